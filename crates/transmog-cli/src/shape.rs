//! Common parts of the commands: flags to a configuration, Ctrl-C, progress, errors.

use crate::{
    args::{Maps, RuleArgs, ShapeArgs},
    exit,
    progress::Display,
    trace,
};
use std::{
    io::{self, IsTerminal as _},
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use transmog::{
    DetectType, Error, FoundMap, Input, Rule, RuleError, Schema, StoreOptions, Stores, Summary,
    TransmogConfig, find_maps, survey,
};

/// Runs `work` with the configuration from the flags, and prints its result or its error.
pub(crate) fn run<T>(
    args: &ShapeArgs,
    work: impl FnOnce(Input, TransmogConfig) -> Result<T, Error>,
    say: impl FnOnce(T) -> ExitCode,
) -> ExitCode {
    trace::start(args.verbose, args.quiet);
    if let Some(file) = &args.config {
        tracing::info!(file = %file.display(), "options come from a file");
    }
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    // Without the handler, Ctrl-C still ends the run, and the next run cleans up.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    if !args.quiet && args.inputs.iter().any(|input| input == Path::new("-")) {
        say_if_waiting();
    }
    let rules = match rules(&args.rules) {
        Ok(rules) => rules,
        Err(error) => return exit::wrong_call(&format!("rule {error}")),
    };
    let stores = match StoreOptions::parse(&args.stores) {
        Ok(options) => Stores::new(options),
        Err(error) => return exit::wrong_call(&format!("--store: {error}")),
    };
    let display = Display::of(args);
    let shown = display.clone();
    let config = config(args)
        .with_rules(rules)
        .with_progress_callback(move |progress| shown.show(progress))
        .with_cancel(move || cancel.load(Ordering::Relaxed));
    let result = work(input(args).with_stores(stores), config);
    display.end();
    match result {
        Ok(done) => say(done),
        Err(error) => exit::failed(&error),
    }
}

/// The schema and the summary of an input, and the maps in it.
pub(crate) struct Surveyed {
    pub(crate) schema: Schema,
    pub(crate) summary: Summary,
    pub(crate) maps: Vec<FoundMap>,
    /// The path that makes records of the members of the whole input.
    pub(crate) records_path: Option<String>,
}

/// Looks at an input, and finds maps in it unless the flags say no.
pub(crate) fn survey_with_maps(
    args: &ShapeArgs,
    input: Input,
    config: &TransmogConfig,
) -> Result<Surveyed, Error> {
    if args.rules.maps == Some(Maps::Off) {
        let (schema, summary) = survey(input, config)?;
        return Ok(Surveyed {
            schema,
            summary,
            maps: Vec::new(),
            records_path: None,
        });
    }
    let search = find_maps(input, config)?;
    Ok(Surveyed {
        schema: search.schema,
        summary: search.summary,
        maps: search.maps,
        records_path: search.records_path,
    })
}

/// The input and the configuration of a run, with the maps that are found if the flags say so.
pub(crate) fn with_maps(
    args: &ShapeArgs,
    input: Input,
    config: TransmogConfig,
) -> Result<(Input, TransmogConfig), Error> {
    if args.rules.maps != Some(Maps::Auto) {
        return Ok((input, config));
    }
    let search = find_maps(input, &config)?;
    let config = search.config(&config);
    if !args.quiet {
        for map in &search.maps {
            exit::say(format_args!("map {map}"));
        }
        if let Some(path) = &search.records_path {
            exit::say(format_args!(
                "its members are the records (--records-path '{path}')"
            ));
        }
    }
    Ok((search.into_input(), config))
}

/// Says that standard input is waited for, if a person has to type it.
fn say_if_waiting() {
    if io::stdin().is_terminal() {
        let end = if cfg!(windows) {
            "Ctrl-Z and Enter"
        } else {
            "Ctrl-D"
        };
        exit::say(format_args!(
            "reading JSON from the terminal; {end} on an empty line ends it"
        ));
    }
}

/// The files that the command reads: its inputs and its file of options.
pub(crate) fn input(args: &ShapeArgs) -> Input {
    let input = Input::default().with_recursive(args.recursive);
    let input = args.inputs.iter().fold(input, Input::and_path);
    args.config.iter().fold(input, Input::with_protected)
}

/// The rules of the flags.
fn rules(args: &RuleArgs) -> Result<Vec<Rule>, RuleError> {
    let flags = [
        ("select", &args.select),
        ("drop", &args.drop),
        ("json", &args.json_text),
        ("parse", &args.parse),
        ("map", &args.map),
        ("table", &args.table),
        ("list", &args.list),
        ("rename", &args.rename),
        ("type", &args.value_type),
        ("mask", &args.mask),
        ("carry", &args.carry),
    ];
    let rules = flags.into_iter().flat_map(|(name, texts)| {
        let rules = texts.iter().map(move |text| Rule::parse(name, text));
        rules.map(|rule| rule.map(|rule| rule.on_mismatch(args.on_mismatch)))
    });
    rules.collect()
}

pub(crate) fn config(args: &ShapeArgs) -> TransmogConfig {
    let config = TransmogConfig::default()
        .with_name(args.name())
        .with_separator(&args.separator)
        .with_names(args.names)
        .with_array_mode(args.array_mode)
        .with_id_generation(args.id.clone())
        .with_seed(args.seed)
        .with_id_type(args.id_type)
        .with_id_field(&args.id_field)
        .with_key_field(&args.key_field)
        .with_parent_field(&args.parent_field)
        .with_root_field(args.root_field.clone())
        .with_index_field(args.index_field.clone())
        .with_source_field(args.source_field.clone())
        .with_line_field(args.line_field.clone())
        .with_byte_field(args.byte_field.clone())
        .with_time_field((!args.no_time_field).then(|| args.time_field.clone()))
        .with_include_nulls(args.include_nulls)
        .with_stringify_values(args.stringify)
        .with_numbers(args.numbers)
        .with_detect_types(detect_types(args))
        .with_max_depth(args.max_depth)
        .with_records_path(args.records_path.clone())
        .with_lenient(args.lenient.clone())
        .with_encoding(args.encoding)
        .with_memory_limit(args.memory_limit)
        .with_max_columns(args.max_columns)
        .with_max_tables(args.max_tables)
        .with_max_record_bytes(args.max_record_bytes)
        .with_on_error(args.on_error)
        .with_allow_empty(args.allow_empty)
        .with_max_errors(args.max_errors);
    match args.threads {
        Some(threads) => config.with_threads(threads),
        None => config,
    }
}

/// The types to detect; all of them if none is named.
fn detect_types(args: &ShapeArgs) -> Vec<DetectType> {
    match &args.detect_types {
        None => Vec::new(),
        Some(named) if named.is_empty() => DetectType::ALL.to_vec(),
        Some(named) => named.clone(),
    }
}
