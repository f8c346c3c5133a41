//! What is done while it is done, on standard error.

use std::io;
use tracing::Level;
use tracing_subscriber::{field::MakeExt, fmt};
use transmog::spelled;

/// Begins to say it: warnings, the events of the run, or also what is done with each chunk.
pub(crate) fn start(verbosity: u8, quiet: bool) {
    let level = match verbosity {
        0 if quiet => return,
        0 => Level::WARN,
        1 => Level::INFO,
        _ => Level::DEBUG,
    };
    // Names of files and paths stand in the fields.
    let fields = fmt::format::debug_fn(|out, field, value| {
        let value = format!("{value:?}");
        match field.name() {
            "message" => out.write_str(&spelled(&value)),
            name => write!(out, "{name}={}", spelled(&value)),
        }
    });
    let lines = fmt()
        .with_max_level(level)
        .with_target(false)
        .with_timer(fmt::time::uptime())
        .fmt_fields(fields.delimited(" "))
        .with_writer(io::stderr);
    // There is none yet.
    let _ = lines.try_init();
}
