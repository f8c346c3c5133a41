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
mod signals;
mod trace;

use args::{Cli, Command};
use clap::FromArgMatches;
use std::{env, ffi::OsString, process::ExitCode};
use transmog::spelled;

fn parse<W: Into<OsString> + Clone>(
    words: impl IntoIterator<Item = W>,
) -> Result<Cli, clap::Error> {
    let call = args::command().try_get_matches_from(words);
    call.and_then(|call| Cli::from_arg_matches(&call))
}

fn main() -> ExitCode {
    allocator::share_one_arena();
    signals::make_full_files_errors();
    let words = match config_file::with_options(env::args_os().collect()) {
        Ok(words) => words,
        Err(message) => return exit::wrong_call(&message),
    };
    let cli = match parse(&words) {
        Ok(cli) => cli,
        // The escaped arguments give the same error, in a form that is safe for a terminal.
        Err(error) => {
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            let shown = parse(words.iter().map(|word| spelled(word).into_owned()));
            return exit::parsed(&shown.err().unwrap_or(error));
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
