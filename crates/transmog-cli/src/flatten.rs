//! `transmog flatten`.

use crate::{
    args::{FlattenArgs, Report},
    exit, file, html, report, shape,
};
use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use transmog::{
    Error, FormatOptions, IfExists, Input, LossKind, Output, OutputFormat, Plan, Schema,
    SqlOptions, Summary, TransmogConfig, dry_run, flatten_stream, html_report, json_spelled,
    max_schema_bytes,
};

pub(crate) fn run(args: &FlattenArgs) -> ExitCode {
    let html = page_elsewhere(args);
    let with_schema = |input| args.schema.iter().fold(input, Input::with_protected);
    let input = with_schema(shape::input(&args.shape));
    let refused = html.and_then(|path| file::refuse(path, &input));
    let refused = refused.or_else(|| {
        html.filter(|_| is_kept(args))
            .and_then(file::refuse_existing)
    });
    let among = |path| file::refuse_among(path, &args.output);
    if let Some(refused) = refused.or_else(|| args.html.as_deref().and_then(among)) {
        return refused;
    }
    if args.html.as_deref() == Some(Path::new("-")) && args.report == Some(Report::Json) {
        return exit::wrong_call(
            "--html - and --report json both write to standard output; give \
                                 --html a file",
        );
    }
    // A missing file is a usage error, like an unknown flag.
    let read_schema = |path| {
        let mut schema = read_schema(path, args.shape.memory_limit)?;
        // A name of the call goes before that in the file.
        if let (Some(name), Some(main)) = (&args.shape.name, schema.tables.first_mut()) {
            main.name = Some(name.clone());
        }
        Ok::<_, String>(Arc::new(schema))
    };
    let schema = match args.schema.as_deref().map(read_schema).transpose() {
        Ok(schema) => schema,
        Err(message) => return exit::wrong_call(&message),
    };
    if args.dry_run {
        let work = |input, config| {
            let config = own_config(args, config, schema);
            let (input, config) = shape::with_maps(&args.shape, input, config)?;
            dry_run(with_schema(input), &args.output, &output(args)?, &config)
        };
        return shape::run(&args.shape, work, |plan| say_plan(args, &plan));
    }
    let page = html.map(|path| Arc::new(Page::elsewhere(args, path)));
    let work = |input, config| {
        let config = own_config(args, config, schema);
        let (input, config) = shape::with_maps(&args.shape, input, config)?;
        let output = with_page_elsewhere(output(args)?, page.as_ref());
        flatten_stream(with_schema(input), &args.output, &output, &config)
    };
    let replaced = html.filter(|path| file::is_file(path));
    shape::run(&args.shape, work, |mut summary| {
        let replaced = replaced.map(|path| path.to_string_lossy().into_owned());
        summary.replaced.extend(replaced);
        let appeared = page.as_deref().map_or(ExitCode::SUCCESS, Page::appear);
        let said = say(args, &summary);
        match said == ExitCode::SUCCESS {
            true => appeared,
            false => said,
        }
    })
}

/// A page outside the output directory. It is written before the tables are renamed, so that the
/// run writes everything or nothing.
struct Page {
    path: PathBuf,
    title: String,
    inputs: Vec<String>,
    complete: Mutex<Option<file::Complete>>,
}

impl Page {
    fn elsewhere(args: &FlattenArgs, path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            title: args.shape.name().to_owned(),
            inputs: html::inputs(&args.shape),
            complete: Mutex::default(),
        }
    }

    fn write(&self, summary: &Summary) -> io::Result<()> {
        let text = html_report(summary, &self.title, &self.inputs, None);
        match file::Complete::write(&self.path, &text) {
            Ok(complete) => *self.complete() = Some(complete),
            // A closed pipe is not an error.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(error) => {
                let message = format!("cannot write {}: {error}", file::shown(&self.path));
                return Err(io::Error::new(error.kind(), message));
            }
        }
        Ok(())
    }

    fn appear(&self) -> ExitCode {
        let complete = self.complete().take();
        let appeared = complete.map_or(Ok(()), file::Complete::appear);
        exit::printed(&file::shown(&self.path), appeared)
    }

    fn complete(&self) -> MutexGuard<'_, Option<file::Complete>> {
        // Nothing panics while the lock is held.
        (self.complete.lock()).unwrap_or_else(PoisonError::into_inner)
    }
}

fn with_page_elsewhere(output: Output, page: Option<&Arc<Page>>) -> Output {
    match page.map(Arc::clone) {
        Some(page) => output.with_before_commit(move |summary| page.write(summary)),
        None => output,
    }
}

/// Whether existing files must not be replaced.
fn is_kept(args: &FlattenArgs) -> bool {
    args.if_exists == IfExists::Error
}

/// The file of the page, if it is outside the output directory. Inside, it appears together with
/// the tables' files.
fn page_elsewhere(args: &FlattenArgs) -> Option<&Path> {
    let html = args.html.as_deref();
    html.filter(|path| *path == Path::new("-") || !file::is_in(path, &args.output))
}

/// The output with the page, if that is in the output directory.
fn with_page(args: &FlattenArgs, output: Output) -> Output {
    let name = args.html.as_deref().and_then(Path::file_name);
    let name = name.filter(|_| page_elsewhere(args).is_none());
    let Some(name) = name else {
        return output;
    };
    let (title, inputs) = (args.shape.name().to_owned(), html::inputs(&args.shape));
    let page = move |summary: &Summary| html_report(summary, &title, &inputs, None);
    output.with_companion(name.to_string_lossy(), page)
}

/// Reads a schema. Parsed, it takes a few times the memory of its text.
fn read_schema(path: &Path, memory_limit: usize) -> Result<Schema, String> {
    let shown = path.display();
    let at_most = max_schema_bytes(memory_limit) as u64;
    let text = file::read(path, at_most).map_err(|e| match e.kind() {
        io::ErrorKind::FileTooLarge => {
            format!(
                "cannot read {shown}: {e}; if it is a schema, allow more memory (--memory-limit)"
            )
        }
        _ => format!("cannot read {shown}: {e}"),
    })?;
    let is_json = text.trim_start().starts_with('{');
    let schema = match is_json {
        true => Schema::from_json(&text),
        false => Schema::from_toml(&text),
    };
    schema.map_err(|e| format!("{shown}: {e}"))
}

fn own_config(
    args: &FlattenArgs,
    config: TransmogConfig,
    schema: Option<Arc<Schema>>,
) -> TransmogConfig {
    let strict = match &args.strict {
        None => Vec::new(),
        Some(kinds) if kinds.is_empty() => LossKind::all_strict(),
        Some(kinds) => kinds.clone(),
    };
    let config = config
        .with_strict(strict)
        .with_schema(schema)
        .with_statistics(args.html.is_some());
    let config = match args.on_drift {
        Some(on_drift) => config.with_on_drift(on_drift),
        None => config,
    };
    match args.batch_size {
        Some(records) => config.with_batch_size(records),
        None => config,
    }
}

fn output(args: &FlattenArgs) -> Result<Output, Error> {
    let options = FormatOptions {
        compression: args.compression.clone(),
        row_group_size: args.row_group_size,
        encodings: args.encodings.clone(),
        batch_size: args.batch_size.filter(|_| args.format == OutputFormat::Orc),
        // Databases do not run formulas, and need the unchanged values.
        formula_guard: (args.no_formula_guard
            || (args.sql.is_some() && args.format == OutputFormat::Csv))
            .then_some(false),
        ..FormatOptions::default()
    };
    let sql = args.sql.map(SqlOptions::of);
    let sql = sql.map(|sql| sql.with_if_not_exists(args.sql_if_not_exists));
    let output = Output::with_options(args.format, &options)?
        .with_if_exists(args.if_exists)
        .with_layout(args.layout)
        .with_sql(sql)
        .with_data_package(args.data_package);
    Ok(with_page(args, output))
}

/// Prints what would be written. It is the result of the command, so it goes to standard output.
fn say_plan(args: &FlattenArgs, plan: &Plan) -> ExitCode {
    let html = page_elsewhere(args).filter(|path| *path != Path::new("-"));
    let text = match args.report {
        Some(Report::None) => return ExitCode::SUCCESS,
        None if args.shape.quiet => return ExitCode::SUCCESS,
        Some(Report::Json) => json(args, &plan.to_json()),
        Some(Report::Text) | None => report::plan(plan, &args.output, html, args.shape.verbose > 0),
    };
    file::write(Path::new("-"), &text)
}

/// Prints the report.
fn say(args: &FlattenArgs, summary: &Summary) -> ExitCode {
    let report = args.report.unwrap_or({
        if args.shape.quiet || !io::stderr().is_terminal() {
            Report::None
        } else {
            Report::Text
        }
    });
    let written = match report {
        Report::None => Ok(()),
        Report::Json => io::stdout().write_all(json(args, &summary.to_json()).as_bytes()),
        Report::Text => {
            io::stderr().write_all(report::text(summary, args.shape.verbose > 0).as_bytes())
        }
    };
    exit::printed("the report", written)
}

/// A report as a line of JSON, with the file of options if there is one.
fn json(args: &FlattenArgs, report: &str) -> String {
    let mut report: serde_json::Value =
        serde_json::from_str(report).expect("a report is one JSON object");
    if let Some(file) = &args.shape.config {
        report["config"] = file.to_string_lossy().into();
    }
    json_spelled(&report.to_string()).into_owned() + "\n"
}
