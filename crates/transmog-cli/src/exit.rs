//! How the program ends.

use std::{
    io::{self, Write},
    process::ExitCode,
};
use transmog::{Category, Error};

/// Exit status of a process that SIGINT ended.
const INTERRUPTED: u8 = 130;

/// Says why, and gives the status.
pub(crate) fn failed(error: &Error) -> ExitCode {
    let _ = writeln!(io::stderr(), "transmog: {error}");
    match error.category() {
        Category::Config => ExitCode::from(2),
        Category::Cancelled => ExitCode::from(INTERRUPTED),
        _ => ExitCode::from(1),
    }
}

/// Says what is wrong with the call, and gives the status.
pub(crate) fn wrong_call(message: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "transmog: {message}");
    ExitCode::from(2)
}

/// The status after something was printed; a closed pipe is no error.
pub(crate) fn printed(what: &str, written: io::Result<()>) -> ExitCode {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(io::stderr(), "transmog: cannot write {what}: {error}");
            ExitCode::from(1)
        }
        _ => ExitCode::SUCCESS,
    }
}
