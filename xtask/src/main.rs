//! Automation: `cargo xtask ci | layers | readers`.

mod ci;
mod command;
mod layers;
mod readers;

use std::process::ExitCode;

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    let result = match task.as_str() {
        "ci" => ci::check(),
        "layers" => layers::check(),
        "readers" => readers::check(),
        _ => Err(format!(
            "unknown task `{task}`; expected ci, layers or readers"
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
