//! Exit statuses and messages.

use std::{
    fmt::Display,
    io::{self, Write},
    process::ExitCode,
};
use transmog::{Category, Error, spelled};

/// Exit status of a process that SIGINT ended.
const INTERRUPTED: u8 = 130;

/// Prints a message on its own line on standard error.
pub(crate) fn say(message: impl Display) {
    let message = message.to_string();
    // A closed pipe is not an error.
    let _ = writeln!(io::stderr(), "transmog: {}", spelled(&message));
}

/// Text of several lines, with the control characters in each line escaped.
pub(crate) fn lines(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let cells = line.split('\t').map(spelled);
        cells.collect::<Vec<_>>().join("\t")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Prints the error and returns its status.
pub(crate) fn failed(error: &Error) -> ExitCode {
    say(error);
    match error.category() {
        Category::Config => ExitCode::from(2),
        Category::Cancelled => ExitCode::from(INTERRUPTED),
        _ => ExitCode::from(1),
    }
}

/// Prints a usage error and returns its status.
pub(crate) fn wrong_call(message: &str) -> ExitCode {
    say(message);
    ExitCode::from(2)
}

/// Prints an error of the arguments, or the requested help or version.
pub(crate) fn parsed(error: &clap::Error) -> ExitCode {
    // A closed pipe under `--help` is not an error.
    let _ = error.print();
    match error.use_stderr() {
        true => ExitCode::from(2),
        false => ExitCode::SUCCESS,
    }
}

/// The status after printing; a closed pipe is not an error.
pub(crate) fn printed(what: &str, written: io::Result<()>) -> ExitCode {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            say(format_args!("cannot write {what}: {error}"));
            ExitCode::from(1)
        }
        _ => ExitCode::SUCCESS,
    }
}
