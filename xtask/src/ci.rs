//! `cargo xtask ci`: all checks that must pass before a change lands.

use crate::{
    budget,
    command::{Profile, finish, run, transmog},
    databases, fuzz,
    layers::{self, FORMATS},
    python, readers, report, torture,
};
use std::{process::Command, thread};

/// Seconds for each fuzz target: a smoke test.
const FUZZ_SECONDS: u64 = 3;
/// An example that uses only the reader and the flatten core.
const PROBE: [&str; 4] = [
    "--manifest-path",
    "xtask/probe/Cargo.toml",
    "--target-dir",
    "target/probe",
];

pub(crate) fn check() -> Result<(), String> {
    run("cargo", &["fmt", "--all", "--check"])?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--"];
    run("cargo", &[&clippy[..], &["-D", "warnings"]].concat())?;
    layers::check()?;
    each_format_alone()?;
    let mut doc = Command::new("cargo");
    doc.args(["doc", "--workspace", "--no-deps"]);
    finish(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    run("cargo", &["test", "--workspace"])?;
    let transmog = &transmog()?;
    // These checks mostly wait for other programs and do not use cargo, so they run at the same
    // time.
    let others = || {
        readers::check(transmog, false)?;
        databases::check(transmog)?;
        report::check(transmog)
    };
    let builds = || {
        run("cargo", &[&["run", "--quiet"][..], &PROBE].concat())?;
        python::check(Profile::Dev)?;
        budget::check(false)?;
        fuzz::run(Profile::Dev, FUZZ_SECONDS, &fuzz::TARGETS)
    };
    thread::scope(|scope| {
        let others = scope.spawn(others);
        let built = builds();
        let others = others
            .join()
            .map_err(|_| "a check ended early".to_owned())?;
        others.and(built)
    })?;
    torture::check(Profile::Dev, false)
}

/// Checks that the facade builds with each single format and with none. [`layers`] checks which
/// crates it needs then.
fn each_format_alone() -> Result<(), String> {
    let facade = ["-p", "transmog", "--no-default-features"];
    let strict = ["--", "-D", "warnings"];
    run("cargo", &[&["clippy"][..], &facade, &strict].concat())?;
    let described = [&facade[..], &["--features", "describe"]].concat();
    run("cargo", &[&["clippy"][..], &described, &strict].concat())?;
    for format in FORMATS {
        let alone = [&facade[..], &["--features", format]].concat();
        run("cargo", &[&["clippy"][..], &alone, &strict].concat())?;
    }
    Ok(())
}
