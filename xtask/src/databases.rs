//! `cargo xtask databases`: what is written for databases loads into them.

use crate::command::{python, run};

/// Installs the systems where they are missing and runs the check.
pub(crate) fn check() -> Result<(), String> {
    run("bash", &["xtask/databases/install.sh"])?;
    let python = &python("target/databases", "xtask/databases/requirements.txt")?;
    run("cargo", &["build", "-p", "transmog-cli"])?;
    let script = "xtask/databases/check.py";
    run(python, &[script, "target/debug/transmog", "fixtures/cases"])
}
