//! `cargo xtask python`: checks the Python package, installed as users install it.

use crate::command::{Profile, environment, finish, pip, run};
use std::{env, fs, path::Path};

const PACKAGE: &str = "crates/transmog-python";
const WHEELS: &str = "target/python/wheels";

/// Lints the package's Rust code, installs the package in a fresh virtual environment, and checks
/// its types and runs its tests there.
pub(crate) fn check(profile: Profile) -> Result<(), String> {
    let manifest = ["--manifest-path", "crates/transmog-python/Cargo.toml"];
    run("cargo", &[&["fmt", "--check"][..], &manifest].concat())?;
    // The lints take as long as a full build.
    if profile == Profile::Release {
        let clippy = ["clippy", "--target-dir", "target"];
        let deny = ["--", "-D", "warnings"];
        run("cargo", &[&clippy[..], &manifest, &deny].concat())?;
    }

    let python = &installed("target/python/venv", profile)?;
    let requirements = format!("{PACKAGE}/tests/requirements.txt");
    finish(pip(python, "install").args(["-r", &requirements]))?;
    run(python, &["-m", "mypy", "--strict", "-p", "transmog"])?;
    run(python, &["-m", "mypy.stubtest", "transmog"])?;
    run(python, &["-m", "pytest", "-p", "no:cacheprovider", PACKAGE])
}

/// Creates a fresh virtual environment in `folder`, installs the package with pip, and returns its
/// Python.
pub(crate) fn installed(folder: &str, profile: Profile) -> Result<String, String> {
    for folder in [WHEELS, folder] {
        if Path::new(folder).exists() {
            fs::remove_dir_all(folder).map_err(|error| format!("{folder}: {error}"))?;
        }
    }
    let python = environment(folder)?;
    let target = env::current_dir().map_err(|error| error.to_string())?;
    let mut wheel = pip(&python, "wheel");
    wheel
        .args(["--no-deps", "-w", WHEELS, &format!("./{PACKAGE}")])
        .env("CARGO_TARGET_DIR", target.join("target"))
        .env(
            "MATURIN_PEP517_ARGS",
            format!("--profile {}", profile.name()),
        );
    finish(&mut wheel)?;
    let found = ["--no-index", "--find-links", WHEELS, "transmog-rs"];
    finish(pip(&python, "install").args(found))?;
    Ok(python)
}
