//! `cargo xtask databases`: checks that databases load the SQL and the files.

use crate::command::{python, run};

/// Installs missing systems and runs the check.
pub(crate) fn check(transmog: &str) -> Result<(), String> {
    run("bash", &["xtask/databases/install.sh"])?;
    let python = &python("target/databases", "xtask/databases/requirements.txt")?;
    let script = "xtask/databases/check.py";
    run(python, &[script, transmog, "fixtures/cases"])
}
