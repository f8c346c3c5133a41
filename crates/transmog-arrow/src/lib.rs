//! Arrow IPC writer of transmog: files in the Arrow IPC file format.
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
//! let format = transmog_arrow::Format::default();
//! let mut writer = format.create(&schema, Box::new(&mut file))?;
//! writer.write(&rows)?;
//! writer.finish()?;
//! assert!(file.starts_with(b"ARROW1") && file.ends_with(b"ARROW1"));
//!
//! let batches: Vec<_> = format.read(Arc::new(file), &schema)?.collect::<Result<_, _>>()?;
//! assert_eq!(batches[0].column(0), rows.column(0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With options:
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

use std::sync::Arc;
use transmog_model::{ByteSink, ReadAt, Result, StoredRows, TableFormat, TableSchema, TableWriter};

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

    fn create<'w>(
        &self,
        schema: &TableSchema,
        out: ByteSink<'w>,
    ) -> Result<Box<dyn TableWriter + 'w>> {
        Ok(Box::new(writer::Writer::create(
            &self.options,
            schema,
            out,
        )?))
    }

    fn read(&self, input: Arc<dyn ReadAt>, schema: &TableSchema) -> Result<StoredRows> {
        reader::rows(self, input, schema)
    }
}
