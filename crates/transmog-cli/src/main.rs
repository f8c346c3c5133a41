//! The command line of transmog: flags in, summary and exit status out.

mod allocator;
mod args;
mod config_file;
mod exit;
mod file;
mod flatten;
mod html;
mod manual;
mod progress;
mod report;
mod schema;
mod shape;
mod trace;

use args::{Cli, Command};
use clap::FromArgMatches;
use std::{env, process::ExitCode};

fn main() -> ExitCode {
    allocator::share_one_arena();
    let words = match config_file::with_options(env::args_os().collect()) {
        Ok(words) => words,
        Err(message) => return exit::wrong_call(&message),
    };
    let call = args::command().try_get_matches_from(words);
    let cli = match call.and_then(|call| Cli::from_arg_matches(&call)) {
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
