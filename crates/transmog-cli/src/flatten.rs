//! `transmog flatten`.

use crate::{
    args::{FlattenArgs, Progress, Report},
    report,
};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use transmog::{
    Category, Error, FormatOptions, Input, LossKind, Output, OutputFormat, Summary, TransmogConfig,
    flatten_stream,
};

/// Exit status of a process that SIGINT ended.
const INTERRUPTED: u8 = 130;

pub(crate) fn run(args: &FlattenArgs) -> ExitCode {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    // Without the handler Ctrl-C still ends the run; the next one cleans up.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    let bar = progress_bar(args);
    let result = flatten(args, &cancel, &bar);
    bar.finish_and_clear();
    match result {
        Ok(summary) => say(args, &summary),
        Err(error) => {
            let _ = writeln!(io::stderr(), "transmog: {error}");
            match error.category() {
                Category::Config => ExitCode::from(2),
                Category::Cancelled => ExitCode::from(INTERRUPTED),
                _ => ExitCode::from(1),
            }
        }
    }
}

fn flatten(
    args: &FlattenArgs,
    cancel: &Arc<AtomicBool>,
    bar: &ProgressBar,
) -> Result<Summary, Error> {
    let output = output(args)?;
    let input = args.inputs.iter().fold(Input::default(), Input::and_path);
    let shown = bar.clone();
    let mut config = TransmogConfig::default()
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
        .with_max_errors(args.max_errors)
        .with_progress_callback(move |progress| show(&shown, progress))
        .with_cancel(Arc::clone(cancel));
    if let Some(records) = args.batch_size {
        config = config.with_batch_size(records);
    }
    if let Some(threads) = args.threads {
        config = config.with_threads(threads);
    }
    if let Some(kinds) = &args.strict {
        let all = kinds.is_empty();
        config = config.with_strict(if all {
            LossKind::ALL.to_vec()
        } else {
            kinds.clone()
        });
    }
    flatten_stream(input, &args.output, &output, &config)
}

fn output(args: &FlattenArgs) -> Result<Output, Error> {
    let options = FormatOptions {
        compression: args.compression.clone(),
        row_group_size: args.row_group_size,
        batch_size: args.batch_size.filter(|_| args.format == OutputFormat::Orc),
        ..FormatOptions::default()
    };
    Ok(Output::with_options(args.format, &options)?.with_if_exists(args.if_exists))
}

fn progress_bar(args: &FlattenArgs) -> ProgressBar {
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

/// Prints the report.
fn say(args: &FlattenArgs, summary: &Summary) -> ExitCode {
    let report = args.report.unwrap_or({
        if args.quiet || !io::stderr().is_terminal() {
            Report::None
        } else {
            Report::Text
        }
    });
    let written = match report {
        Report::None => Ok(()),
        Report::Json => writeln!(io::stdout(), "{}", summary.to_json()),
        Report::Text => io::stderr().write_all(report::text(summary, args.verbose).as_bytes()),
    };
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(io::stderr(), "transmog: cannot write the report: {error}");
            ExitCode::from(1)
        }
        _ => ExitCode::SUCCESS,
    }
}
