//! The flags.

use clap::{
    Arg, ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use std::path::PathBuf;
use transmog::{
    ArrayMode, DetectType, Dialect, Encoding, IdGeneration, IdType, IfExists, Layout, Leniency,
    LossKind, MaxErrors, Named, Names, Numbers, OnDrift, OnError, OnMismatch, OutputFormat,
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
    /// Find the exact schema of all tables and describe their columns; writes no data
    Schema(Box<SchemaArgs>),
    /// Write an HTML page that describes the data
    Report(Box<ReportArgs>),
    /// Print shell completions
    Completions {
        /// bash, elvish, fish, powershell or zsh
        shell: clap_complete::Shell,
    },
    /// Write manual pages, one file for each command
    Man {
        /// Directory for the pages
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
}

/// The command with its flags. Switches also take `=false`, so that the command line can turn off
/// what a configuration file turns on.
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

/// Whether the flag is a switch: it takes no value.
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
  The same ids in every run, bad records written to a file, a report for a script:
    transmog flatten in.json -o out --id hash --on-error quarantine --report json

Exit status: 0 done; 1 the data or the output failed; 2 wrong usage.";

/// The flags of all commands that read input.
#[derive(Args, Debug)]
pub(crate) struct ShapeArgs {
    /// Files, directories or globs of JSON or JSONL, also .gz, .zst, .bz2 or .xz; `-` is standard input.
    /// Also URLs: s3://, gs://, az://, abfss://, http:// and https://
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Also read the directories in an input directory
    #[arg(long)]
    pub(crate) recursive: bool,
    /// Option of the stores that URLs lead to, as in endpoint=http://localhost:9000 or region=eu-west-1.
    /// What is not given comes from the environment
    #[arg(long = "store", value_name = "KEY=VALUE")]
    pub(crate) stores: Vec<String>,
    /// Name of the main table and prefix of the others [default: data]
    #[arg(short, long)]
    pub(crate) name: Option<String>,
    /// What to make of arrays
    #[arg(long, default_value = "smart", value_name = "MODE",
        value_parser = one_of::<ArrayMode>())]
    pub(crate) array_mode: ArrayMode,
    /// Where the records of a document are, as in $.data.items or $.users.*
    #[arg(long, value_name = "PATH")]
    pub(crate) records_path: Option<String>,
    /// Member for the keys of records that are members of an object ($.users.*)
    #[arg(long, default_value = "_key", value_name = "NAME")]
    pub(crate) key_field: String,
    /// Encoding of the input, as in latin1 or utf-16le [default: UTF-8, or as its mark says]
    #[arg(long, value_name = "LABEL")]
    pub(crate) encoding: Option<Encoding>,
    /// Accept and count what is not quite JSON: NaN and Infinity as null, lone surrogates as
    /// U+FFFD, extra commas, comments
    #[arg(long, value_name = "KIND", value_delimiter = ',',
        value_parser = one_of::<Leniency>())]
    pub(crate) lenient: Vec<Leniency>,
    /// Joins keys to column and table names
    #[arg(long, default_value = "_", value_name = "S")]
    pub(crate) separator: String,
    /// Allowed names of tables and columns: any, any that differ by more than case, or
    /// lower case letters, digits and `_`
    #[arg(long, default_value = "exact", value_name = "WHICH",
        value_parser = one_of::<Names>())]
    pub(crate) names: Names,
    /// random, sequence (1, 2, 3, …), hash, natural, or field names separated by commas
    #[arg(long, default_value = "random", value_name = "HOW")]
    pub(crate) id: IdGeneration,
    /// Makes random ids from this number: they are the same in every run
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// Type of ids that are UUIDs: text, or uuid (16 bytes, where the format has such a type)
    #[arg(long, default_value = "text", value_name = "TYPE", value_parser = one_of::<IdType>())]
    pub(crate) id_type: IdType,
    /// Name of the id column; with `--id natural` the key or path of the ids
    #[arg(long, default_value = "_id", value_name = "NAME")]
    pub(crate) id_field: String,
    /// Name of the parent id column
    #[arg(long, default_value = "_parent_id", value_name = "NAME")]
    pub(crate) parent_field: String,
    /// Name of the column with the start of the run
    #[arg(long, default_value = "_timestamp", value_name = "NAME")]
    pub(crate) time_field: String,
    /// Leave out the time column
    #[arg(long, conflicts_with = "time_field")]
    pub(crate) no_time_field: bool,
    /// Add a column with the id of the main row
    #[arg(long, value_name = "NAME")]
    pub(crate) root_field: Option<String>,
    /// Add a column with the position in the array
    #[arg(long, value_name = "NAME")]
    pub(crate) index_field: Option<String>,
    /// Add a column with the name of the input to the main table
    #[arg(long, value_name = "NAME")]
    pub(crate) source_field: Option<String>,
    /// Add a column with the line where the record begins, from 1, to the main table
    #[arg(long, value_name = "NAME")]
    pub(crate) line_field: Option<String>,
    /// Add a column with the byte where the record begins, from 0, to the main table
    #[arg(long, value_name = "NAME")]
    pub(crate) byte_field: Option<String>,
    /// Keep nulls and empty strings apart
    #[arg(long)]
    pub(crate) include_nulls: bool,
    /// Make every value text
    #[arg(long)]
    pub(crate) stringify: bool,
    /// How to store a number with a fraction or an exponent: as the nearest float64, or exact
    #[arg(long, default_value = "float64", value_name = "NUMBERS",
        value_parser = one_of::<Numbers>())]
    pub(crate) numbers: Numbers,
    /// Give a column of text one of these types (date, timestamp, uuid; without a list any of them)
    /// if every one of its texts has the same form
    #[arg(long, value_name = "TYPE,...", num_args = 0.., require_equals = true,
        value_delimiter = ',', value_parser = one_of::<DetectType>())]
    pub(crate) detect_types: Option<Vec<DetectType>>,
    #[command(flatten)]
    pub(crate) rules: RuleArgs,
    /// Keep values nested deeper than this as JSON text
    #[arg(long, default_value_t = transmog::DEFAULT_MAX_DEPTH, value_name = "N")]
    pub(crate) max_depth: usize,
    /// Number of threads [default: all cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Approximate memory use in bytes, or with K, M or G
    #[arg(long, default_value = "256M", value_name = "SIZE", value_parser = size)]
    pub(crate) memory_limit: usize,
    /// Most columns in a table
    #[arg(long, default_value_t = transmog::DEFAULT_MAX_COLUMNS, value_name = "N")]
    pub(crate) max_columns: usize,
    /// Most tables
    #[arg(long, default_value_t = transmog::DEFAULT_MAX_TABLES, value_name = "N")]
    pub(crate) max_tables: usize,
    /// Longest record in bytes, or with K, M or G
    #[arg(long, default_value = "128M", value_name = "SIZE", value_parser = size)]
    pub(crate) max_record_bytes: usize,
    /// What to do with bad records
    #[arg(long, default_value = "fail", value_name = "POLICY",
        value_parser = one_of::<OnError>())]
    pub(crate) on_error: OnError,
    /// End the run when more than this number or share of records is rejected
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_errors: Option<MaxErrors>,
    /// Accept standard input or a pipe that ends without a byte
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// How to show progress on standard error
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) progress: Progress,
    /// Print only errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Log what the run does; give it twice to log more
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Read options from this file [default: transmog.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Read no options from a file
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,
}

/// The rules by path. Each flag may be given many times.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rules by path, as in $.items[*].size; each may be given many times")]
pub(crate) struct RuleArgs {
    /// Take only the values at this path, and what is in them
    #[arg(long, value_name = "PATH")]
    pub(crate) select: Vec<String>,
    /// Leave out the values at this path
    #[arg(long, value_name = "PATH")]
    pub(crate) drop: Vec<String>,
    /// Keep the values at this path whole, as JSON text
    #[arg(long = "json-text", value_name = "PATH")]
    pub(crate) json_text: Vec<String>,
    /// Take text at this path that holds JSON as that JSON
    #[arg(long, value_name = "PATH")]
    pub(crate) parse: Vec<String>,
    /// The keys of the object at this path are data: a child table with a row for each member
    #[arg(long, value_name = "PATH")]
    pub(crate) map: Vec<String>,
    /// Find objects whose keys are data and make them maps: auto looks at the input before the run
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(crate) maps: Option<Maps>,
    /// Make a child table of the arrays at this path
    #[arg(long, value_name = "PATH")]
    pub(crate) table: Vec<String>,
    /// Make a list column of the arrays at this path
    #[arg(long, value_name = "PATH")]
    pub(crate) list: Vec<String>,
    /// Name of the column or the table of this path
    #[arg(long, value_name = "PATH=NAME")]
    pub(crate) rename: Vec<String>,
    /// Type of the values at this path: text, int64, float64, boolean, decimal(p,s),
    /// date, timestamp, timestamp(s|ms|us|ns) from numbers, uuid or json
    #[arg(long = "type", value_name = "PATH=TYPE")]
    pub(crate) value_type: Vec<String>,
    /// What to do with a value that is not of the type of its rule
    #[arg(long, default_value = "reject", value_name = "WHAT",
        value_parser = one_of::<OnMismatch>())]
    pub(crate) on_mismatch: OnMismatch,
    /// Hide the values at this path: hmac (under the key in TRANSMOG_MASK_KEY), null or redact
    #[arg(long, value_name = "PATH=HOW")]
    pub(crate) mask: Vec<String>,
    /// Repeat the value at this path in all tables below its own
    #[arg(long, value_name = "PATH")]
    pub(crate) carry: Vec<String>,
}

impl ShapeArgs {
    /// The name of the main table.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(transmog::DEFAULT_NAME)
    }
}

/// The arguments of `transmog flatten`.
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
    /// How Parquet encodes values: for every reader, or smaller for newer readers
    #[arg(long, value_name = "WHICH",
        value_parser = PossibleValuesParser::new(["default", "compact"]))]
    pub(crate) encodings: Option<String>,
    /// Records between progress reports; with ORC also the rows of a stripe
    #[arg(long, value_name = "N")]
    pub(crate) batch_size: Option<usize>,
    /// Follow the schema in this file, from `transmog schema --json` or `--toml`
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// What to do when a record does not fit the schema [default: as the file says, or evolve]
    #[arg(
        long,
        value_name = "POLICY",
        value_parser = one_of::<OnDrift>(),
        requires = "schema"
    )]
    pub(crate) on_drift: Option<OnDrift>,
    /// End the run on a loss of any kind, or of these kinds
    #[arg(long, value_name = "KIND,...", num_args = 0.., require_equals = true, value_delimiter = ',')]
    pub(crate) strict: Option<Vec<LossKind>>,
    /// Also write an HTML page that describes the data to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Also write schema.sql and load.sql for a database
    #[arg(long, value_name = "SYSTEM",
        value_parser = one_of::<Dialect>())]
    pub(crate) sql: Option<Dialect>,
    /// Let schema.sql leave tables as they are that the database has already
    #[arg(long, requires = "sql")]
    pub(crate) sql_if_not_exists: bool,
    /// Also write datapackage.json, which describes the files (Data Package, version 2)
    #[arg(long)]
    pub(crate) data_package: bool,
    /// Do not guard CSV cells that look like formulas; implied by --sql
    #[arg(long)]
    pub(crate) no_formula_guard: bool,
    /// One file for each table, or a directory for each with its parts
    #[arg(long, default_value = "file", value_name = "WHICH",
        value_parser = one_of::<Layout>())]
    pub(crate) layout: Layout,
    /// What to do if a file already exists
    #[arg(long, default_value = "overwrite", value_name = "WHAT",
        value_parser = one_of::<IfExists>())]
    pub(crate) if_exists: IfExists,
    /// Report at the end: text on standard error, json on standard output, or none
    #[arg(long, value_enum)]
    pub(crate) report: Option<Report>,
    /// Read the input, print what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The arguments of `transmog schema`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  The columns of a file, or of its first records:
    transmog schema orders.jsonl
    transmog schema orders.jsonl.gz --sample 1000
  A diagram of the tables for Markdown:
    transmog schema orders.jsonl --mermaid
  A schema for later runs, and a run that accepts nothing else:
    transmog schema january.jsonl --toml shape.toml
    transmog flatten february.jsonl -o out --schema shape.toml --on-drift error")]
pub(crate) struct SchemaArgs {
    #[command(flatten)]
    pub(crate) shape: ShapeArgs,
    /// Write the schema as JSON to this file; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write the schema as TOML to this file, to be changed by hand; `-` is standard output
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub(crate) toml: Option<PathBuf>,
    /// Print an entity-relationship diagram for Mermaid
    #[arg(long, conflicts_with_all = ["json", "toml"])]
    pub(crate) mermaid: bool,
    /// Read only the first N records
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sample: Option<u64>,
}

/// The arguments of `transmog report`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  A page that describes a file:
    transmog report orders.jsonl -o report.html
  The first records of a large file, without broken ones:
    transmog report logs.jsonl.gz --sample 10000 --on-error skip -o report.html")]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) shape: ShapeArgs,
    /// File for the page; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Read only the first N records
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sample: Option<u64>,
}

/// The report at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Report {
    Text,
    Json,
    None,
}

/// Whether maps are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Maps {
    /// Before the run; standard input is kept on disk meanwhile
    Auto,
    Off,
}

/// How to show progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// A bar on a terminal
    Auto,
    /// A bar on a terminal, otherwise lines
    Always,
    /// A line every second, for a log
    Plain,
    Never,
}

/// One of the choices. Help and completions list them, and for a typo the error suggests the
/// nearest one.
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
