//! How the program ends, and what it says to people.

use std::{
    fmt::Display,
    io::{self, Write},
    process::ExitCode,
};
use transmog::{Category, Error, spelled};

/// Exit status of a process that SIGINT ended.
const INTERRUPTED: u8 = 130;

/// Says something on standard error, on a line of its own.
pub(crate) fn say(message: impl Display) {
    let message = message.to_string();
    // A pipe that is closed takes nothing.
    let _ = writeln!(io::stderr(), "transmog: {}", spelled(&message));
}

/// Text of many lines for people, with the unseen characters in each line spelled out.
pub(crate) fn lines(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let cells = line.split('\t').map(spelled);
        cells.collect::<Vec<_>>().join("\t")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Says why, and gives the status.
pub(crate) fn failed(error: &Error) -> ExitCode {
    say(error);
    match error.category() {
        Category::Config => ExitCode::from(2),
        Category::Cancelled => ExitCode::from(INTERRUPTED),
        _ => ExitCode::from(1),
    }
}

/// Says what is wrong with the call, and gives the status.
pub(crate) fn wrong_call(message: &str) -> ExitCode {
    say(message);
    ExitCode::from(2)
}

/// Prints what is wrong with the words of a call, or what they ask for: help, the version.
pub(crate) fn parsed(error: &clap::Error) -> ExitCode {
    // A closed pipe under `--help` is no error.
    let _ = error.print();
    match error.use_stderr() {
        true => ExitCode::from(2),
        false => ExitCode::SUCCESS,
    }
}

/// The status after something was printed; a closed pipe is no error.
pub(crate) fn printed(what: &str, written: io::Result<()>) -> ExitCode {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            say(format_args!("cannot write {what}: {error}"));
            ExitCode::from(1)
        }
        _ => ExitCode::SUCCESS,
    }
}
