//! `cargo xtask databases`: what is written for databases loads into them.

use crate::command::{python, run};

/// Installs the systems where they are missing and runs the check.
pub(crate) fn check(transmog: &str) -> Result<(), String> {
    run("bash", &["xtask/databases/install.sh"])?;
    let python = &python("target/databases", "xtask/databases/requirements.txt")?;
    let script = "xtask/databases/check.py";
    run(python, &[script, transmog, "fixtures/cases"])
}
