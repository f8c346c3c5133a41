//! Nested JSON and JSONL in, related tables out.
//!
//! [`flatten`] makes the tables in memory, [`flatten_stream`] writes them to
//! files in one pass and bounded memory. Objects become columns, arrays of
//! objects become child tables whose rows name their parent, and no value is
//! lost: what an option leaves out is counted in the [`Summary`]'s ledger. The
//! module `streaming` shows both by example.
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

mod assemble;
mod batches;
mod checksum;
mod config;
mod dry_run;
mod entries;
mod error;
mod flush;
mod folder;
mod formats;
mod input;
mod journal;
mod manifest;
mod memory;
mod open_files;
mod outcome;
mod output;
mod pool;
mod previous;
mod quarantine;
mod records;
mod report;
mod run;
mod schema;
mod spill;
mod staging;
mod stream;
mod summary;
mod survey;
mod table_file;
mod tables;
mod worker;
mod writeback;

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
pub use config::{
    DEFAULT_BATCH_SIZE, DEFAULT_MAX_COLUMNS, DEFAULT_MAX_DEPTH, DEFAULT_MAX_TABLES,
    DEFAULT_MEMORY_LIMIT, DEFAULT_NAME, DEFAULT_SEPARATOR, DEFAULT_STREAM_BATCH_SIZE, Leniency,
    MaxErrors, OnDrift, OnError, Progress, ProgressCallback, TransmogConfig,
};
pub use dry_run::{Plan, PlannedFile, dry_run};
pub use error::{Category, Error, Result};
pub use formats::OutputFormat;
pub use input::Input;
pub use manifest::{MANIFEST, Manifest, ManifestFile};
pub use memory::{FlattenResult, Row, Table};
pub use output::{FormatOptions, Output};
pub use records::{RecordSource, Records};
pub use schema::{SCHEMA_VERSION, Schema, SchemaColumn, SchemaTable};
pub use staging::IfExists;
pub use stream::{flatten, flatten_stream, flatten_values, flatten_values_stream};
pub use summary::{MAX_REJECTIONS, RecordCounts, Summary};
pub use survey::survey;
pub use transmog_describe::{
    ColumnStatistics, ColumnSummary, Dialect, Histogram, TableSummary, mermaid,
};
pub use transmog_events::{
    Decimal, EventSink, Location, Named, Number, Path, Rejection, UnknownName, json_spelled,
    parse_number, spelled, write_float,
};
pub use transmog_flatten::{ArrayMode, IdGeneration, Naming, Numbers};
pub use transmog_model::{
    ByteSink, Column, ColumnRole, ColumnType, Kind, KindSet, LedgerEntry, LossKind, Names,
    Observed, Place, ReadAt, ScalarType, Segment, Segments, StoredRows, TableFormat, TableSchema,
    TableWriter, text_at,
};
