//! `cargo xtask readers`: what others read of what we write.

use crate::command::run;

/// Makes a virtual environment with the readers and runs the check.
pub(crate) fn check() -> Result<(), String> {
    let environment = "target/readers";
    run("python3", &["-m", "venv", environment])?;
    let python = &format!("{environment}/bin/python");
    let requirements = "xtask/readers/requirements.txt";
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    run(python, &[&install[..], &["-r", requirements]].concat())?;
    run("cargo", &["build", "-p", "transmog-cli"])?;
    let script = "xtask/readers/check.py";
    run(python, &[script, "target/debug/transmog", "fixtures/cases"])
}
