//! Automation: `cargo xtask ci | layers`.

mod ci;
mod layers;

use std::process::ExitCode;

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    let result = match task.as_str() {
        "ci" => ci::run(),
        "layers" => layers::check(),
        _ => Err(format!("unknown task `{task}`; expected ci or layers")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
