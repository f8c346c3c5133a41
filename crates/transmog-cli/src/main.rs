//! The command line of transmog: flags in, summary and exit status out.

mod allocator;
mod args;
mod exit;
mod file;
mod flatten;
mod html;
mod manual;
mod progress;
mod report;
mod schema;
mod shape;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    allocator::share_one_arena();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe under `--help` is no error.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(2)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match cli.command {
        Command::Flatten(args) => flatten::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Report(args) => html::run(&args),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { output } => manual::write(&output),
    }
}
