//! What both commands do: flags to a configuration, Ctrl-C, progress, errors.

use crate::{
    args::{Progress, ShapeArgs},
    exit,
};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{self, IsTerminal},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use transmog::{Error, Input, TransmogConfig};

/// Runs `work` with the configuration of the flags, and says what it says.
pub(crate) fn run<T>(
    args: &ShapeArgs,
    work: impl FnOnce(Input, TransmogConfig) -> Result<T, Error>,
    say: impl FnOnce(T) -> ExitCode,
) -> ExitCode {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    // Without the handler Ctrl-C still ends the run; the next one cleans up.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    let bar = progress_bar(args);
    let shown = bar.clone();
    let input = args.inputs.iter().fold(Input::default(), Input::and_path);
    let config = config(args)
        .with_progress_callback(move |progress| show(&shown, progress))
        .with_cancel(move || cancel.load(Ordering::Relaxed));
    let result = work(input, config);
    bar.finish_and_clear();
    match result {
        Ok(done) => say(done),
        Err(error) => exit::failed(&error),
    }
}

fn config(args: &ShapeArgs) -> TransmogConfig {
    let config = TransmogConfig::default()
        .with_name(&args.name)
        .with_separator(&args.separator)
        .with_array_mode(args.array_mode)
        .with_id_generation(args.id.clone())
        .with_id_field(&args.id_field)
        .with_parent_field(&args.parent_field)
        .with_root_field(args.root_field.clone())
        .with_index_field(args.index_field.clone())
        .with_time_field((!args.no_time_field).then(|| args.time_field.clone()))
        .with_include_nulls(args.include_nulls)
        .with_stringify_values(args.stringify)
        .with_max_depth(args.max_depth)
        .with_records_path(args.records_path.clone())
        .with_memory_limit(args.memory_limit)
        .with_max_columns(args.max_columns)
        .with_max_tables(args.max_tables)
        .with_max_record_bytes(args.max_record_bytes)
        .with_on_error(args.on_error)
        .with_max_errors(args.max_errors);
    match args.threads {
        Some(threads) => config.with_threads(threads),
        None => config,
    }
}

fn progress_bar(args: &ShapeArgs) -> ProgressBar {
    let show = match args.progress {
        Progress::Always => true,
        Progress::Never => false,
        Progress::Auto => io::stderr().is_terminal() && !args.quiet,
    };
    if !show {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    if args.progress == Progress::Always {
        bar.set_draw_target(ProgressDrawTarget::stderr());
    }
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

fn show(bar: &ProgressBar, progress: &transmog::Progress) {
    if bar.is_hidden() {
        return;
    }
    if let (None, Some(total)) = (bar.length(), progress.total_bytes) {
        bar.set_length(total);
        set_style(
            bar,
            "{bar:30} {bytes}/{total_bytes}, {msg}, {bytes_per_sec}, {eta} to go",
        );
    }
    bar.set_position(progress.bytes);
    bar.set_message(format!("{} records", HumanCount(progress.records)));
}
