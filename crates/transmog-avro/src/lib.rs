//! Avro writer of transmog: Avro object container files.
//!
//! Table and column names become legal Avro names; where a column's name had
//! to change, the field's `doc` holds the original. Columns that can be null
//! are unions `["null", T]`, and so are the elements of lists. Read back, the names are those of
//! the table.
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
//! let format = transmog_avro::Format::default();
//! let mut writer = format.create(&schema, Box::new(&mut file))?;
//! writer.write(&rows)?;
//! writer.finish()?;
//! assert!(file.starts_with(b"Obj\x01"));
//!
//! let batches: Vec<_> = format.read(Arc::new(file), &schema)?.collect::<Result<_, _>>()?;
//! assert_eq!(batches[0].column(0), rows.column(0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With options:
//! ```
//! use transmog_avro::{Compression, Format, Options};
//! use transmog_model::TableFormat;
//!
//! let format = Format::new(Options::default().with_codec(Compression::Zstd));
//! assert_eq!(format.extension(), "avro");
//! ```

mod compression;
mod container;
mod options;
mod reader;
mod schema;
mod writer;

pub use compression::Compression;
pub use options::{DEFAULT_SYNC_INTERVAL, Options};

use std::sync::Arc;
use transmog_model::{ByteSink, ReadAt, Result, StoredRows, TableFormat, TableSchema, TableWriter};

/// Avro with its options.
#[derive(Clone, Debug, Default)]
pub struct Format {
    options: Options,
}

impl Format {
    /// Avro with `options`.
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
        "avro"
    }

    fn extension(&self) -> &'static str {
        "avro"
    }

    fn stored_names(&self, schema: &TableSchema) -> Vec<String> {
        schema::stored_names(schema)
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
        let block_bytes = writer::block_bytes(&self.options, schema.columns.len());
        reader::rows(self, input, schema, block_bytes)
    }
}
