//! ORC writer of transmog.
//!
//! Lists, decimals and UUIDs are written as their text, times as plain timestamps in UTC, which
//! Spark reads, under names that it can read. Stripes end by rows ([`Options::with_batch_size`]) and by bytes
//! ([`STRIPE_BYTES`]), whichever comes first. Read back, lists, decimals and UUIDs are text, and the names are
//! those of the table.
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
//! let format = transmog_orc::Format::default();
//! let mut writer = format.create(&schema, Box::new(&mut file))?;
//! writer.write(&rows)?;
//! writer.finish()?;
//! assert!(file.starts_with(b"ORC"));
//!
//! let batches: Vec<_> = format.read(Arc::new(file), &schema)?.collect::<Result<_, _>>()?;
//! assert_eq!(batches[0].column(0), rows.column(0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With options:
//! ```
//! use transmog_model::{ColumnType, ScalarType, TableFormat};
//! use transmog_orc::{Compression, Format, Options};
//!
//! let format = Format::new(Options::default().with_compression(Compression::Lz4));
//! let list = ColumnType::List(ScalarType::Int64);
//! assert_eq!(format.stored_type(list), ColumnType::TEXT);
//! ```

mod bytes;
mod column;
mod compression;
mod file;
mod input;
mod integers;
mod options;
mod reader;
mod writer;

pub use compression::Compression;
pub use options::{DEFAULT_BATCH_SIZE, Options, STRIPE_BYTES};

use std::sync::Arc;
use transmog_model::{
    ByteSink, ColumnType, ReadAt, Result, ScalarType, StoredRows, TableFormat, TableSchema,
    TableWriter, TextForm, legal_names,
};

/// ORC with its options.
#[derive(Clone, Debug, Default)]
pub struct Format {
    options: Options,
}

impl Format {
    /// ORC with `options`.
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

/// Lists, decimals, UUIDs, JSON and columns of nothing but nulls become text.
fn stored_type(column_type: ColumnType) -> ColumnType {
    use ScalarType::{Decimal, Json, Null, Uuid};
    match column_type {
        ColumnType::List(_) | ColumnType::Scalar(Decimal(_) | Null | Uuid(_) | Json) => {
            ColumnType::TEXT
        }
        other => other,
    }
}

/// Spark reads no column whose name is empty, and cuts one with a backtick short.
fn stored_names(schema: &TableSchema) -> Vec<String> {
    let names = schema.columns.iter().map(|column| &*column.name);
    legal_names(names, |name| match name {
        "" => "_".to_owned(),
        name => name.replace('`', "_"),
    })
}

impl TableFormat for Format {
    fn name(&self) -> &'static str {
        "orc"
    }

    fn extension(&self) -> &'static str {
        "orc"
    }

    fn stored_type(&self, column_type: ColumnType) -> ColumnType {
        stored_type(column_type)
    }

    fn stores_form(&self, form: TextForm) -> bool {
        let column_type = ColumnType::Scalar(form.scalar_type());
        let is_lacking = matches!(form, TextForm::Timestamp(form) if form.is_just_before_1970());
        !is_lacking && stored_type(column_type) == column_type
    }

    fn stored_names(&self, schema: &TableSchema) -> Vec<String> {
        stored_names(schema)
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
