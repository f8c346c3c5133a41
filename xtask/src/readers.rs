//! `cargo xtask readers`: what others read of what we write.

use crate::command::{python, run};

/// Makes a virtual environment with the readers and runs the check.
pub(crate) fn check(transmog: &str) -> Result<(), String> {
    let python = &python("target/readers", "xtask/readers/requirements.txt")?;
    let script = "xtask/readers/check.py";
    run(python, &[script, transmog, "fixtures/cases"])?;
    run(python, &["xtask/readers/random_tables.py", transmog])
}
