//! Automation: `cargo xtask bench | budget | ci | compare | databases | fuzz | layers | python |
//! readers | report | scaling | torture`.

#![allow(clippy::print_stdout, reason = "tasks say what they do")]

mod budget;
mod ci;
mod circles;
mod command;
mod compare;
mod databases;
mod faults;
mod file_map;
mod fuzz;
mod layers;
mod python;
mod readers;
mod report;
mod scaling;
mod torture;

use command::{Profile, transmog};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (task, rest) = words.split_first().unwrap_or((&"", &[]));
    let result = match *task {
        "bench" => bench(rest),
        "budget" => budget::check(rest == ["--write"]),
        "ci" => ci::check(),
        "compare" => compare(rest),
        "databases" => transmog().and_then(|program| databases::check(&program)),
        "fuzz" => fuzz(rest),
        "layers" => layers::check(),
        "python" => python::check(Profile::Release),
        "readers" => transmog().and_then(|program| readers::check(&program, rest == ["--all"])),
        "report" => transmog().and_then(|program| report::check(&program)),
        "scaling" => scaling(rest),
        "torture" => torture::check(Profile::Release, rest == ["--all"]),
        _ => Err(format!(
            "unknown task `{task}`; expected bench, budget, ci, compare, databases, fuzz, layers, python, readers, report, scaling or torture"
        )),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the benchmarks; the arguments go to criterion.
fn bench(words: &[&str]) -> Result<(), String> {
    let arguments = ["bench", "-p", "transmog-benches", "--"];
    command::run("cargo", &[&arguments, words].concat())
}

/// `--size MB`.
fn scaling(words: &[&str]) -> Result<(), String> {
    let megabytes = match words {
        [] => Some(200),
        ["--size", number] => number.parse().ok(),
        _ => None,
    };
    scaling::scaling(megabytes.ok_or("expected --size MEGABYTES")?)
}

/// `--size MB` and `--runs N`.
fn compare(words: &[&str]) -> Result<(), String> {
    let (mut megabytes, mut runs) = (200, 3);
    for pair in words.chunks(2) {
        let number = |text: &&str| text.parse().ok();
        match (pair[0], pair.get(1).and_then(number)) {
            ("--size", Some(number)) => megabytes = number,
            ("--runs", Some(number)) => runs = number,
            _ => return Err("expected --size MEGABYTES, --runs NUMBER".to_owned()),
        }
    }
    compare::compare(megabytes, runs)
}

/// Seconds first, then the targets: all of them by default.
fn fuzz(words: &[&str]) -> Result<(), String> {
    let (seconds, targets) = words.split_first().unwrap_or((&"60", &[]));
    let seconds = seconds
        .parse()
        .map_err(|_| format!("expected a number of seconds, found `{seconds}`"))?;
    match targets {
        [] => fuzz::run(Profile::Release, seconds, &fuzz::TARGETS),
        targets => fuzz::run(Profile::Release, seconds, targets),
    }
}
