//! The log on standard error.

use std::io;
use tracing::Level;
use tracing_subscriber::{field::MakeExt, fmt};
use transmog::spelled;

/// Starts the log: warnings, with `-v` the events of the run, with `-vv` also those of each chunk.
pub(crate) fn start(verbosity: u8, quiet: bool) {
    let level = match verbosity {
        0 if quiet => return,
        0 => Level::WARN,
        1 => Level::INFO,
        _ => Level::DEBUG,
    };
    // Fields contain file names and paths.
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
    // It fails only if a subscriber is set already.
    let _ = lines.try_init();
}
