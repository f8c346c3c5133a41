//! Parquet writer of transmog.
//!
//! Row groups end by rows ([`Options::with_row_group_size`]) and by bytes
//! ([`ROW_GROUP_BYTES`]), whichever comes first. After 2,048 of them the next ones
//! have twice the rows, and so on, because a file has 32,767 at most. Columns carry statistics,
//! unless they are UUIDs, and a dictionary, unless they are ids or their first
//! values differ; list elements have the standard name `element`. Every reader
//! knows the encodings, unless [`Encodings::Compact`] asks for newer ones.
//!
//! # Examples
//!
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
mod merge;
mod options;
mod writer;

pub use compression::Compression;
pub use options::{DEFAULT_ROW_GROUP_SIZE, Encodings, Options, ROW_GROUP_BYTES};

use transmog_model::{ByteSink, Result, Segments, TableFormat, TableSchema, TableWriter};

/// Parquet with its options.
#[derive(Clone, Debug, Default)]
pub struct Format {
    options: Options,
}

impl Format {
    /// Parquet with `options`.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }
}

impl TableFormat for Format {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn extension(&self) -> &'static str {
        "parquet"
    }

    fn create(&self, schema: &TableSchema, out: ByteSink) -> Result<Box<dyn TableWriter>> {
        Ok(Box::new(writer::Writer::create(
            &self.options,
            schema,
            out,
        )?))
    }

    fn merge(&self, segments: Segments, schema: &TableSchema, out: ByteSink) -> Result<()> {
        merge::merge(&self.options, segments, schema, out)
    }
}
