//! `cargo xtask ci`: all checks that must pass before a change lands.

use crate::{
    budget,
    command::{Profile, finish, run, transmog},
    databases, fuzz,
    layers::{self, FORMATS},
    python, readers, report, torture,
};
use std::{process::Command, thread, time::Instant};

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
    step("format", || run("cargo", &["fmt", "--all", "--check"]))?;
    step("lints", || {
        let clippy = ["clippy", "--workspace", "--all-targets", "--"];
        run("cargo", &[&clippy[..], &["-D", "warnings"]].concat())
    })?;
    step("layers", layers::check)?;
    step("each format alone", each_format_alone)?;
    step("documentation", || {
        let mut doc = Command::new("cargo");
        doc.args(["doc", "--workspace", "--no-deps"]);
        finish(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    step("tests", || run("cargo", &["test", "--workspace"]))?;
    let transmog = &transmog()?;
    // These checks mostly wait for other programs and do not use cargo, so they run at the same
    // time.
    let others = || {
        step("readers", || readers::check(transmog, false))?;
        step("databases", || databases::check(transmog))?;
        step("report", || report::check(transmog))
    };
    let builds = || {
        step("probe", || {
            run("cargo", &[&["run", "--quiet"][..], &PROBE].concat())
        })?;
        step("Python", || python::check(Profile::Dev))?;
        step("budget", || budget::check(false))?;
        step("fuzzing", || {
            fuzz::run(Profile::Dev, FUZZ_SECONDS, &fuzz::TARGETS)
        })
    };
    thread::scope(|scope| {
        let others = scope.spawn(others);
        let built = builds();
        let others = others
            .join()
            .map_err(|_| "a check ended early".to_owned())?;
        others.and(built)
    })?;
    step("torture", || torture::check(Profile::Dev, false))
}

/// Does a check and prints how long it took.
fn step(name: &str, check: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let started = Instant::now();
    let checked = check();
    println!("{name}: {} s", started.elapsed().as_secs());
    checked
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
