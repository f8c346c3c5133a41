//! `cargo xtask ci`: what `.ci/run` runs.

use std::process::Command;

pub(crate) fn run() -> Result<(), String> {
    let status = Command::new("bash")
        .arg(".ci/run")
        .status()
        .map_err(|e| e.to_string())?;
    if status.success() {
        Ok(())
    } else {
        Err(format!(".ci/run: {status}"))
    }
}
