//! Progress on standard error.

use crate::args::{self, ShapeArgs};
use indicatif::{
    BinaryBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle,
};
use std::{
    io::{self, IsTerminal, Write},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use transmog::{Progress, spelled};

/// The time between two lines of progress.
const LINE_INTERVAL: Duration = Duration::from_secs(1);

/// How progress is shown.
#[derive(Clone)]
pub(crate) enum Display {
    Nowhere,
    Bar(ProgressBar, Files),
    Lines(Arc<Lines>, Files),
}

/// Whether progress names the current file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Files {
    One,
    Many,
}

/// Progress as lines for a log.
pub(crate) struct Lines {
    started: Instant,
    /// When the last one was written.
    last: Mutex<Instant>,
}

impl Display {
    pub(crate) fn of(args: &ShapeArgs) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let files = match &args.inputs[..] {
            [input] if input.is_file() || input.as_os_str() == "-" => Files::One,
            _ => Files::Many,
        };
        let lines = || {
            let now = Instant::now();
            let last = Mutex::new(now);
            Display::Lines(Arc::new(Lines { started: now, last }), files)
        };
        match args.progress {
            args::Progress::Plain => lines(),
            // A bar needs a terminal.
            args::Progress::Always if !is_terminal => lines(),
            // A bar and log lines would mix.
            args::Progress::Auto if !is_terminal || args.quiet || args.verbose > 0 => {
                Display::Nowhere
            }
            args::Progress::Never => Display::Nowhere,
            args::Progress::Auto | args::Progress::Always => Display::Bar(bar(), files),
        }
    }

    pub(crate) fn show(&self, progress: &Progress) {
        match self {
            Display::Nowhere => {}
            Display::Bar(bar, files) => {
                if let (None, Some(total)) = (bar.length(), progress.total_bytes) {
                    bar.set_length(total);
                    let template =
                        "{bar:30} {bytes}/{total_bytes}, {msg}, {bytes_per_sec}, {eta} to go";
                    set_style(bar, template);
                }
                bar.set_position(progress.bytes);
                bar.set_message(format!(
                    "{} records{}",
                    HumanCount(progress.records),
                    file(progress, *files)
                ));
            }
            Display::Lines(lines, files) => lines.show(progress, *files),
        }
    }

    pub(crate) fn end(&self) {
        if let Display::Bar(bar, _) = self {
            bar.finish_and_clear();
        }
    }
}

/// The current file, if there are several.
fn file(progress: &Progress, files: Files) -> String {
    match files {
        Files::One => String::new(),
        Files::Many => format!(", {}", spelled(&progress.file)),
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    set_style(&bar, "{spinner} {bytes}, {msg}, {elapsed}");
    bar.set_message("0 records");
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn set_style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

impl Lines {
    fn show(&self, progress: &Progress, files: Files) {
        let now = Instant::now();
        let is_end = progress.total == Some(progress.records);
        // Nothing panics while the lock is held.
        let mut last = self
            .last
            .lock()
            .unwrap_or_else(|poison| poison.into_inner());
        if now.duration_since(*last) < LINE_INTERVAL && !is_end {
            return;
        }
        *last = now;
        let rate = progress.bytes as f64 / self.started.elapsed().as_secs_f64().max(0.001);
        let (total, left) = match progress.total_bytes {
            Some(total) => {
                let seconds = total.saturating_sub(progress.bytes) as f64 / rate.max(1.0);
                let left = HumanDuration(Duration::from_secs_f64(seconds.ceil()));
                (
                    format!(" of {}", BinaryBytes(total)),
                    format!(", {left} to go"),
                )
            }
            None => (String::new(), String::new()),
        };
        let left = if is_end { String::new() } else { left };
        // A closed pipe is not an error.
        let _ = writeln!(
            io::stderr(),
            "transmog: {}{total}, {} records, {}/s{left}{}",
            BinaryBytes(progress.bytes),
            HumanCount(progress.records),
            BinaryBytes(rate as u64),
            file(progress, files)
        );
    }
}
