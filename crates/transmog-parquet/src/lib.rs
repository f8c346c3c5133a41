//! Parquet writer of transmog.
//!
//! Row groups end by rows ([`Options::with_row_group_size`]) and by bytes
//! ([`ROW_GROUP_BYTES`]), whichever comes first. After 2,048 of them the next ones
//! have twice the rows, and so on, because a file has 32,767 at most. Nor do they end by rows
//! when the end of the file takes much memory for them. Columns carry statistics,
//! unless they are UUIDs, and a dictionary, unless they are ids or their first
//! values differ; list elements have the standard name `element`. Every reader
//! knows the encodings, unless [`Encodings::Compact`] asks for newer ones.
//!
//! # Examples
//!
//! An Arrow record batch to a file in memory, and back:
//! ```
//! use arrow::array::{ArrayRef, Int64Array, RecordBatch};
//! use std::sync::Arc;
//! use transmog_model::{TableFormat, TableSchema};
//!
//! let sizes: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
//! let rows = RecordBatch::try_from_iter([("size", sizes)])?;
//! let schema = TableSchema::from_arrow("boxes", &rows.schema())?;
//! let mut file = Vec::new();
//! let format = transmog_parquet::Format::default();
//! let mut writer = format.create(&schema, Box::new(&mut file))?;
//! writer.write(&rows)?;
//! writer.finish()?;
//! assert!(file.starts_with(b"PAR1") && file.ends_with(b"PAR1"));
//!
//! let batches: Vec<_> = format.read(Arc::new(file), &schema)?.collect::<Result<_, _>>()?;
//! assert_eq!(batches[0].column(0), rows.column(0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With options:
//! ```
//! use transmog_model::TableFormat;
//! use transmog_parquet::{Compression, Format, Options};
//!
//! let format = Format::new(Options::default().with_compression(Compression::Zstd));
//! assert_eq!(format.extension(), "parquet");
//! ```

mod compression;
mod encoding;
mod groups;
mod input;
mod merge;
mod options;
mod reader;
mod writer;

pub use compression::Compression;
pub use options::{DEFAULT_ROW_GROUP_SIZE, Encodings, Options, ROW_GROUP_BYTES};

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use transmog_model::{
    ByteSink, ReadAt, Result, Segments, StoredRows, TableFormat, TableSchema, TableWriter,
};

/// Bytes that the end of a file may take in memory, about, unless the format is
/// [bounded](TableFormat::bounded).
const FOOTER_MEMORY: usize = 32 << 20;

/// Parquet with its options.
#[derive(Clone, Debug)]
pub struct Format {
    options: Options,
    footer_memory: usize,
    /// Whether a row group had to have more rows than asked for.
    has_larger: Arc<AtomicBool>,
}

impl Default for Format {
    fn default() -> Self {
        Self::new(Options::default())
    }
}

impl Format {
    /// Parquet with `options`.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            footer_memory: FOOTER_MEMORY,
            has_larger: Arc::default(),
        }
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    fn footer_memory(&self) -> usize {
        self.footer_memory
    }

    /// Notes a row group with more rows than asked for.
    fn note_larger(&self) {
        self.has_larger.store(true, Ordering::Relaxed);
    }
}

impl TableFormat for Format {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn extension(&self) -> &'static str {
        "parquet"
    }

    fn create<'w>(
        &self,
        schema: &TableSchema,
        out: ByteSink<'w>,
    ) -> Result<Box<dyn TableWriter + 'w>> {
        Ok(Box::new(writer::Writer::create(self, schema, out)?))
    }

    fn read(&self, input: Arc<dyn ReadAt>, schema: &TableSchema) -> Result<StoredRows> {
        reader::rows(self, input, schema)
    }

    fn merge(&self, segments: Segments, schema: &TableSchema, out: ByteSink<'_>) -> Result<()> {
        merge::merge(self, segments, schema, out)
    }

    fn bounded(&self, bytes: usize) -> Option<Arc<dyn TableFormat>> {
        let mut format = Self::new(self.options.clone());
        format.footer_memory = bytes;
        Some(Arc::new(format))
    }

    fn note(&self) -> Option<String> {
        self.has_larger.load(Ordering::Relaxed).then(|| {
            format!(
                "Parquet row groups have more than {} rows (row_group_size) where so few would \
                 take more memory until the end of the file than memory_limit allows, or be more \
                 than 32,767; ask for larger ones, or allow more memory",
                self.options.row_group_size()
            )
        })
    }
}
