//! Nested JSON and JSONL in, related tables out. [`flatten`] makes the tables in memory,
//! [`flatten_stream`] writes them to files in one pass and bounded memory. Objects become columns.
//! Arrays of objects become child tables whose rows name their parent. No value is lost in silence:
//! the ledger of the [`Summary`] counts what an option leaves out. The module `streaming` has
//! examples of both.
//!
//! ```
//! use transmog::{Input, TransmogConfig, flatten};
//!
//! let json = r#"{"name":"Acme","teams":[{"name":"R&D","size":7},{"name":"Ops"}]}"#;
//! let result = flatten(Input::text(json), &TransmogConfig::default())?;
//! assert_eq!(result.main().len(), 1);
//! let teams = result.table("data_teams").expect("an array of objects is a table");
//! let sizes: Vec<_> = teams.rows().map(|row| row.text("size")).collect();
//! assert_eq!(sizes, [Some("7".to_owned()), None]);
//! # Ok::<(), transmog::Error>(())
//! ```

mod batches;
#[cfg(feature = "describe")]
mod described;
mod dry_run;
mod formats;
#[cfg(feature = "describe")]
mod html_report;
mod input;
mod maps;
mod output;
mod paths;
#[cfg(feature = "store")]
mod remote;
mod result;
mod stream;
mod survey;

#[cfg(all(feature = "csv", feature = "parquet", feature = "orc"))]
#[doc = include_str!("../docs/streaming.md")]
pub mod streaming {}

/// The examples of the book, as tests.
#[cfg(doctest)]
mod book {
    macro_rules! pages {
        ($($page:ident)*) => {
            $(
                #[doc = include_str!(concat!("../../../docs/src/", stringify!($page), ".md"))]
                mod $page {}
            )*
        };
    }
    #[doc = include_str!("../../../docs/src/getting-started.md")]
    mod getting_started {}
    #[doc = include_str!("../../../README.md")]
    mod readme {}
    pages! { arrays configuration errors ids outputs schema types }
}

pub use batches::{Batches, flatten_batches};
pub use dry_run::dry_run;
pub use formats::OutputFormat;
#[cfg(feature = "describe")]
pub use html_report::html_report;
pub use input::Input;
pub use maps::{MapSearch, find_maps};
pub use output::{FormatOptions, Output};
pub use paths::url_scheme;
pub use result::FlattenResult;
pub use stream::{flatten, flatten_stream, flatten_values, flatten_values_stream};
pub use survey::survey;
#[cfg(feature = "describe")]
pub use transmog_describe::{Dialect, SqlOptions, mermaid};
pub use transmog_engine::{
    ArrowRecords, Category, DEFAULT_BATCH_SIZE, DEFAULT_MAX_COLUMNS, DEFAULT_MAX_DEPTH,
    DEFAULT_MAX_TABLES, DEFAULT_MEMORY_LIMIT, DEFAULT_NAME, DEFAULT_SEPARATOR,
    DEFAULT_STREAM_BATCH_SIZE, Drift, Error, FoundMap, IfExists, Layout, LeftOut, MANIFEST,
    MASK_KEY, MAX_REJECTIONS, Manifest, ManifestFile, MapReason, MaxErrors, OnDrift, OnError, Plan,
    PlannedFile, Progress, ProgressCallback, RecordCounts, RecordSource, Records, Result, Row,
    SCHEMA_VERSION, Schema, SchemaColumn, SchemaTable, Summary, Table, TransmogConfig,
    max_schema_bytes,
};
pub use transmog_events::{
    Decimal, EventSink, JsonPath, Location, Named, Number, PathPattern, PatternError, PatternStep,
    Rejection, UnknownName, json_spelled, parse_number, spelled, write_float,
};
pub use transmog_flatten::{
    Action, ArrayMode, IdGeneration, IdType, Mask, MaskKey, Naming, Numbers, OnMismatch, Rule,
    RuleError, TimeUnit, ValueType,
};
pub use transmog_model::{
    ByteSink, Column, ColumnRole, ColumnStatistics, ColumnSummary, ColumnType, DetectType,
    Fraction, Histogram, Kind, KindSet, LedgerEntry, LetterCase, LossKind, Names, Observed, Place,
    ReadAt, ScalarType, Segment, Segments, Separator, StoredRows, TableFormat, TableSchema,
    TableSummary, TableWriter, TextForm, TimestampForm, TimestampType, TimestampUnit, Zone,
    text_at, text_of,
};
pub use transmog_reader::{Encoding, Leniency};
#[cfg(feature = "store")]
pub use transmog_store::{StoreOptions, Stores};
