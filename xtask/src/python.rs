//! `cargo xtask python`: the Python package as its users get it.

use crate::command::{Profile, finish, python, run};
use std::{env, fs, path::Path, process::Command};

const PACKAGE: &str = "crates/transmog-python";
const WHEELS: &str = "target/python/wheels";

/// Builds the wheel as pip does, installs it in a fresh virtual environment, and
/// there checks its types and runs its tests.
pub(crate) fn check(profile: Profile) -> Result<(), String> {
    let manifest = ["--manifest-path", "crates/transmog-python/Cargo.toml"];
    run("cargo", &[&["fmt", "--check"][..], &manifest].concat())?;
    let clippy = ["clippy", "--target-dir", "target"];
    let deny = ["--", "-D", "warnings"];
    run("cargo", &[&clippy[..], &manifest, &deny].concat())?;

    for folder in [WHEELS, "target/python/venv"] {
        if Path::new(folder).exists() {
            fs::remove_dir_all(folder).map_err(|error| format!("{folder}: {error}"))?;
        }
    }
    let requirements = format!("{PACKAGE}/tests/requirements.txt");
    let python = &python("target/python/venv", &requirements)?;
    let target = env::current_dir().map_err(|error| error.to_string())?;
    let mut wheel = Command::new(python);
    wheel
        .args(["-m", "pip", "wheel", "--quiet", "--no-deps", "-w", WHEELS])
        .arg(format!("./{PACKAGE}"))
        .env("CARGO_TARGET_DIR", target.join("target"))
        .env("MATURIN_PEP517_ARGS", format!("--profile {}", profile.name()));
    finish(&mut wheel)?;
    let install = ["-m", "pip", "install", "--quiet", "--no-index"];
    let found = ["--find-links", WHEELS, "transmog-rs"];
    run(python, &[&install[..], &found].concat())?;

    run(python, &["-m", "mypy", "--strict", "-p", "transmog"])?;
    run(python, &["-m", "mypy.stubtest", "transmog"])?;
    run(python, &["-m", "pytest", "-p", "no:cacheprovider", PACKAGE])
}
