//! The pipeline from records to tables.
//!
//! A [`Run`] reads its [`Feed`] in chunks of whole records, flattens them on several threads,
//! merges the tables of the chunks in input order, and gives rows to a [`Destination`]: in memory
//! ([`Memory`]), batch by batch ([`Channel`]), to files in a directory ([`Directory`]), or nowhere
//! ([`Nothing`]). The tables do not depend on the number of threads or the size of chunks, except
//! for random ids. The crate knows no file format by name, and no input except JSON text, recorded
//! values and the rows of Arrow record batches. Others implement traits: [`TableFormat`](transmog_model::TableFormat) and
//! [`ChunkSource`]. The crate `transmog` combines them.
//!
//! ```
//! use transmog_engine::{Feed, Memory, Run, TransmogConfig, Values};
//!
//! let teams = serde_json::json!({"name": "Acme", "teams": [{"name": "R&D"}, {"name": "Ops"}]});
//! let memory = Memory::default();
//! let feed = Feed::records(Values([teams].into_iter()));
//! Run::start(feed, memory.clone(), &TransmogConfig::default())?.complete()?;
//! let tables = memory.take();
//! assert_eq!((tables[0].len(), tables[1].len()), (1, 2));
//! # Ok::<(), transmog_engine::Error>(())
//! ```

mod arrow_records;
mod config;
mod destination;
mod destinations;
mod erased;
mod error;
mod flush;
mod limits;
mod maps;
mod merge;
mod open_files;
mod options;
mod origin;
mod outcome;
mod policy;
mod pool;
mod records;
mod rejections;
mod rules;
mod run;
mod schema;
mod schema_file;
mod sketch;
mod source;
mod spill;
mod statistics;
mod summary;
mod tables;
mod worker;

pub use arrow_records::ArrowRecords;
pub use config::{
    Cancel, DEFAULT_BATCH_SIZE, DEFAULT_MAX_COLUMNS, DEFAULT_MAX_DEPTH, DEFAULT_MAX_TABLES,
    DEFAULT_MEMORY_LIMIT, DEFAULT_NAME, DEFAULT_SEPARATOR, DEFAULT_STREAM_BATCH_SIZE, Progress,
    ProgressCallback, TransmogConfig,
};
pub use destination::{AlteredBy, CellCheck, Destination, RejectedRecord, Rows};
pub use destinations::{
    BeforeCommit, Channel, Companion, Directory, DirectoryPlan, FileId, IfExists, Layout, MANIFEST,
    MakeCompanion, Manifest, ManifestFile, Memory, Nothing, OutputFiles, Plan, PlannedFile, Row,
    Table, save,
};
pub use error::{Category, Error, Result};
pub use limits::max_schema_bytes;
pub use maps::{FoundMap, MapReason};
pub use policy::{MaxErrors, OnDrift, OnError};
pub use records::{RecordSource, Records, Values};
pub use rules::MASK_KEY;
pub use run::{Feed, Run};
pub use schema::{Drift, Schema, SchemaColumn, SchemaTable};
pub use schema_file::SCHEMA_VERSION;
pub use source::{ChunkPlace, ChunkSource, InputChunk};
pub use summary::{MAX_REJECTIONS, RecordCounts, Summary};
pub use transmog_reader::LeftOut;
