//! Automation: `cargo xtask ci | fuzz | layers | readers | torture`.

#![allow(clippy::print_stdout, reason = "tasks say what they do")]

mod ci;
mod command;
mod fuzz;
mod layers;
mod readers;
mod torture;

use command::Profile;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (task, rest) = words.split_first().unwrap_or((&"", &[]));
    let result = match *task {
        "ci" => ci::check(),
        "fuzz" => fuzz(rest),
        "layers" => layers::check(),
        "readers" => readers::check(),
        "torture" => torture::check(Profile::Release),
        _ => Err(format!(
            "unknown task `{task}`; expected ci, fuzz, layers, readers or torture"
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
