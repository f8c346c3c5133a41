//! Arrow IPC writer of transmog: files in the Arrow IPC file format.
//!
//! # Examples
//!
//! ```
//! use transmog_arrow::{Compression, Format, Options};
//! use transmog_model::TableFormat;
//!
//! let format = Format::new(Options::default().with_compression(Compression::Zstd));
//! assert_eq!(format.extension(), "arrow");
//! ```

mod compression;
mod options;
mod reader;
mod writer;

pub use compression::Compression;
pub use options::Options;

use transmog_model::{
    ByteSink, Result, Segments, TableFormat, TableSchema, TableWriter, merge_rows,
};

/// Arrow IPC with its options.
#[derive(Clone, Debug, Default)]
pub struct Format {
    options: Options,
}

impl Format {
    /// Arrow IPC with `options`.
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
        "arrow"
    }

    fn extension(&self) -> &'static str {
        "arrow"
    }

    fn create(&self, schema: &TableSchema, out: ByteSink) -> Result<Box<dyn TableWriter>> {
        Ok(Box::new(writer::Writer::create(
            &self.options,
            schema,
            out,
        )?))
    }

    fn merge(&self, segments: Segments, schema: &TableSchema, out: ByteSink) -> Result<()> {
        merge_rows(self, segments, schema, out, reader::rows)
    }
}
