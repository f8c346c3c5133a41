//! The flags.

use clap::{
    Arg, ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use std::path::PathBuf;
use transmog::{
    ArrayMode, Dialect, IdGeneration, IfExists, Leniency, LossKind, MaxErrors, Named, Names,
    Numbers, OnDrift, OnError, OutputFormat,
};

/// Nested JSON and JSONL in, related tables out.
#[derive(Debug, Parser)]
#[command(name = "transmog", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Flatten nested JSON into related tables
    Flatten(Box<FlattenArgs>),
    /// Find the exact schema of all tables, and what they hold, without writing data
    Schema(Box<SchemaArgs>),
    /// Write a page that shows what is in the data, for a browser
    Report(Box<ReportArgs>),
    /// Print completions for a shell
    Completions {
        /// bash, elvish, fish, powershell or zsh
        shell: clap_complete::Shell,
    },
    /// Write the pages of the manual, a file for each command
    Man {
        /// Directory for the pages
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
}

/// The command with its flags. Those that turn something on take `=false`, too, so that a
/// call can turn off what a configuration file turns on.
pub(crate) fn command() -> clap::Command {
    let switch = |arg: Arg| match is_switch(&arg) {
        true => arg
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .value_name("BOOL")
            .value_parser(clap::value_parser!(bool))
            .default_value("false")
            .default_missing_value("true")
            .hide_default_value(true)
            .hide_possible_values(true),
        false => arg,
    };
    Cli::command().mut_subcommands(|command| command.mut_args(switch))
}

/// Whether the flag turns something on, and that is all.
pub(crate) fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

const EXAMPLES: &str = "\
Examples:
  Tables as CSV files in ./out:
    transmog flatten orders.jsonl -o out
  Parquet, from compressed files:
    transmog flatten 'logs/*.jsonl.gz' -n logs -f parquet -o out
  The records inside an API's envelope, from standard input:
    curl -s https://example.com/api | transmog flatten - --records-path /data/items -o out
  The same ids every time, bad records set aside, a report for a script:
    transmog flatten in.json -o out --id hash --on-error quarantine --report json

Exit status: 0 done; 1 the data or the output failed; 2 the call was wrong.";

/// What is read, and what becomes of it.
#[derive(Args, Debug)]
pub(crate) struct ShapeArgs {
    /// Files, directories or globs of JSON or JSONL, plain, .gz or .zst; `-` is standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Name of the main table, and prefix of the others
    #[arg(short, long, default_value = "data")]
    pub(crate) name: String,
    /// What becomes of arrays
    #[arg(long, default_value = "smart", value_name = "MODE",
        value_parser = one_of::<ArrayMode>())]
    pub(crate) array_mode: ArrayMode,
    /// JSON Pointer to the array of records in an envelope
    #[arg(long, value_name = "PTR")]
    pub(crate) records_path: Option<String>,
    /// Take what is not JSON, and count it: commas
    #[arg(long, value_name = "KIND", value_delimiter = ',',
        value_parser = one_of::<Leniency>())]
    pub(crate) lenient: Vec<Leniency>,
    /// What joins keys to names
    #[arg(long, default_value = "_", value_name = "S")]
    pub(crate) separator: String,
    /// Names that tables and columns may have: any, any that differ by more than case, or
    /// lower case letters, digits and `_`
    #[arg(long, default_value = "exact", value_name = "WHICH",
        value_parser = one_of::<Names>())]
    pub(crate) names: Names,
    /// random, hash, natural, or field names separated by commas
    #[arg(long, default_value = "random", value_name = "HOW")]
    pub(crate) id: IdGeneration,
    /// Name of the id column; with `--id natural` the key or path of the ids
    #[arg(long, default_value = "_id", value_name = "NAME")]
    pub(crate) id_field: String,
    /// Name of the parent id column
    #[arg(long, default_value = "_parent_id", value_name = "NAME")]
    pub(crate) parent_field: String,
    /// Name of the column with the start of the run
    #[arg(long, default_value = "_timestamp", value_name = "NAME")]
    pub(crate) time_field: String,
    /// Leave the time column out
    #[arg(long, conflicts_with = "time_field")]
    pub(crate) no_time_field: bool,
    /// Add a column with the id of the main row
    #[arg(long, value_name = "NAME")]
    pub(crate) root_field: Option<String>,
    /// Add a column with the position in the array
    #[arg(long, value_name = "NAME")]
    pub(crate) index_field: Option<String>,
    /// Keep nulls and empty strings apart
    #[arg(long)]
    pub(crate) include_nulls: bool,
    /// Make every value text
    #[arg(long)]
    pub(crate) stringify: bool,
    /// What a number with a fraction or an exponent is: the nearest float64, or exact
    #[arg(long, default_value = "float64", value_name = "NUMBERS",
        value_parser = one_of::<Numbers>())]
    pub(crate) numbers: Numbers,
    /// Keep what lies deeper than this as JSON text
    #[arg(long, default_value_t = transmog::DEFAULT_MAX_DEPTH, value_name = "N")]
    pub(crate) max_depth: usize,
    /// Threads; all cores by default
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Memory to take, in bytes, or with K, M or G after it
    #[arg(long, default_value = "256M", value_name = "SIZE", value_parser = size)]
    pub(crate) memory_limit: usize,
    /// Columns of a table at most
    #[arg(long, default_value_t = transmog::DEFAULT_MAX_COLUMNS, value_name = "N")]
    pub(crate) max_columns: usize,
    /// Tables at most
    #[arg(long, default_value_t = transmog::DEFAULT_MAX_TABLES, value_name = "N")]
    pub(crate) max_tables: usize,
    /// Longest record, in bytes, or with K, M or G after it
    #[arg(long, default_value = "128M", value_name = "SIZE", value_parser = size)]
    pub(crate) max_record_bytes: usize,
    /// What becomes of records that cannot be taken
    #[arg(long, default_value = "fail", value_name = "POLICY",
        value_parser = one_of::<OnError>())]
    pub(crate) on_error: OnError,
    /// End the run beyond this many (or this share of) rejected records
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_errors: Option<MaxErrors>,
    /// Take standard input or a pipe, too, when it ends without a byte, which is an error else
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// What to show of the progress on standard error
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) progress: Progress,
    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say what is done while it is done; twice, say more
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Take options from this file; without it from transmog.toml, if that is there
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Take no options from a file
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,
}

/// What `transmog flatten` takes.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FlattenArgs {
    #[command(flatten)]
    pub(crate) shape: ShapeArgs,
    /// Directory for the files
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Format of the files
    #[arg(short, long, default_value = "csv",
        value_parser = one_of::<OutputFormat>())]
    pub(crate) format: OutputFormat,
    /// Compression or codec of the format
    #[arg(long, value_name = "C")]
    pub(crate) compression: Option<String>,
    /// Rows of a Parquet row group
    #[arg(long, value_name = "N")]
    pub(crate) row_group_size: Option<usize>,
    /// How Parquet encodes values: as every reader knows, or smaller, as newer ones know
    #[arg(long, value_name = "WHICH",
        value_parser = PossibleValuesParser::new(["default", "compact"]))]
    pub(crate) encodings: Option<String>,
    /// Records between two progress reports; rows of an ORC stripe
    #[arg(long, value_name = "N")]
    pub(crate) batch_size: Option<usize>,
    /// Begin with the schema in this file, which `transmog schema --json` wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// What happens when a record does not fit the schema
    #[arg(
        long,
        default_value = "evolve",
        value_name = "POLICY",
        value_parser = one_of::<OnDrift>(),
        requires = "schema"
    )]
    pub(crate) on_drift: OnDrift,
    /// End the run on a loss: of any kind, or of the kinds named
    #[arg(long, value_name = "KIND,...", num_args = 0.., require_equals = true, value_delimiter = ',')]
    pub(crate) strict: Option<Vec<LossKind>>,
    /// Also write a page that shows what is in the data, for a browser, to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Also write schema.sql and load.sql for a database
    #[arg(long, value_name = "SYSTEM",
        value_parser = one_of::<Dialect>())]
    pub(crate) sql: Option<Dialect>,
    /// Also write datapackage.json, which describes the files (Data Package, version 2)
    #[arg(long)]
    pub(crate) data_package: bool,
    /// Leave CSV cells that begin as formulas do as they are; --sql does, too
    #[arg(long)]
    pub(crate) no_formula_guard: bool,
    /// What happens when a file is there already
    #[arg(long, default_value = "overwrite", value_name = "WHAT",
        value_parser = one_of::<IfExists>())]
    pub(crate) if_exists: IfExists,
    /// What to say at the end: text on standard error, json on standard output, or nothing
    #[arg(long, value_enum)]
    pub(crate) report: Option<Report>,
    /// Read the input, say what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What `transmog schema` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  What is in a file, and at its beginning:
    transmog schema orders.jsonl
    transmog schema orders.jsonl.gz --sample 1000
  A diagram of its tables, for a page in Markdown:
    transmog schema orders.jsonl --mermaid
  The schema for later runs, and a run that takes nothing else:
    transmog schema january.jsonl --json schema.json
    transmog flatten february.jsonl -o out --schema schema.json --on-drift error")]
pub(crate) struct SchemaArgs {
    #[command(flatten)]
    pub(crate) shape: ShapeArgs,
    /// Write the schema as JSON to this file; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Print an entity-relationship diagram for Mermaid
    #[arg(long, conflicts_with = "json")]
    pub(crate) mermaid: bool,
    /// Look at the first N records only
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sample: Option<u64>,
}

/// What `transmog report` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  What is in a file, as a page to open in a browser:
    transmog report orders.jsonl -o report.html
  What is at the beginning of a large one, broken records aside:
    transmog report logs.jsonl.gz --sample 10000 --on-error skip -o report.html")]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) shape: ShapeArgs,
    /// File for the page; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Look at the first N records only
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sample: Option<u64>,
}

/// What to say at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Report {
    Text,
    Json,
    None,
}

/// What to show of the progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// A bar on a terminal
    Auto,
    /// A bar on a terminal, else lines
    Always,
    /// A line every second, for a log
    Plain,
    Never,
}

/// One of the choices: help and completions list them, and a slip of the pen is met
/// with the one that was meant.
fn one_of<T: Named + Clone + Send + Sync + 'static>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::NAMES.iter().copied()).try_map(|name| name.parse())
}

/// A number of bytes: `1000`, `64K`, `256M`, `1G`, in powers of 1024.
fn size(text: &str) -> Result<usize, String> {
    let upper = text.to_ascii_uppercase();
    let plain = upper.trim_end_matches('B').trim_end_matches('I');
    let (digits, shift) = match plain.strip_suffix(['K', 'M', 'G']) {
        Some(digits) if plain.ends_with('K') => (digits, 10),
        Some(digits) if plain.ends_with('M') => (digits, 20),
        Some(digits) => (digits, 30),
        None => (plain, 0),
    };
    let number: Option<usize> = digits.parse().ok();
    number
        .and_then(|number| number.checked_mul(1 << shift))
        .ok_or_else(|| format!("expected a size such as 1000, 64K, 256M or 1G, found `{text}`"))
}
