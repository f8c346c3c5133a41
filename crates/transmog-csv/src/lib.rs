//! CSV writer of transmog (RFC 4180).
//!
//! Lines end in LF. A null cell is empty, the empty string is `""`. Lists are
//! JSON text, timestamps `YYYY-MM-DD HH:MM:SS.ffffff`. Cells that a
//! spreadsheet would run as a formula get a leading `'` (see [`is_formula`])
//! unless [`Options::with_formula_guard`] turns that off.
//!
//! Read back, a null is told from the empty string by its quotes, a list is its JSON text, and a
//! guarded cell keeps its `'`, because a text may begin with one.
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
//! let format = transmog_csv::Format::default();
//! let mut writer = format.create(&schema, Box::new(&mut file))?;
//! writer.write(&rows)?;
//! writer.finish()?;
//! assert_eq!(file, b"size\n1\n2\n");
//!
//! let batches: Vec<_> = format.read(Arc::new(file), &schema)?.collect::<Result<_, _>>()?;
//! assert_eq!(batches[0].column(0), rows.column(0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With options:
//! ```
//! use transmog_csv::{Format, Options};
//! use transmog_model::TableFormat;
//!
//! let format = Format::new(Options::default().with_compression("gzip".parse()?));
//! assert_eq!(format.extension(), "csv.gz");
//! # Ok::<(), transmog_model::Error>(())
//! ```

mod cells;
mod columns;
mod compression;
mod formula;
mod merge;
mod options;
mod reader;
mod rows;
mod writer;

pub use compression::Compression;
pub use formula::is_formula;
pub use options::{
    DEFAULT_DELIMITER, DEFAULT_FORMULA_GUARD, DEFAULT_INCLUDE_HEADER, DEFAULT_QUOTECHAR, Options,
};

use arrow::array::StringArray;
use formula::count_formulas;
use std::sync::Arc;
use transmog_model::{
    AlteredCells, ByteSink, ColumnType, LossKind, ReadAt, Result, Segments, StoredRows,
    TableFormat, TableSchema, TableWriter,
};

/// CSV with its options.
#[derive(Clone, Debug, Default)]
pub struct Format {
    options: Options,
}

impl Format {
    /// CSV with `options`.
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
        "csv"
    }

    fn extension(&self) -> &'static str {
        match self.options.compression() {
            Compression::None => "csv",
            Compression::Gzip => "csv.gz",
            Compression::Zstd => "csv.zst",
        }
    }

    fn stored_type(&self, column_type: ColumnType) -> ColumnType {
        match column_type {
            ColumnType::List(_) => ColumnType::TEXT,
            // A file has one form for the start of the run.
            ColumnType::RUN_START => ColumnType::RUN_START,
            ColumnType::Scalar(scalar) if scalar.is_string() => ColumnType::TEXT,
            other => other,
        }
    }

    fn stored_names(&self, schema: &TableSchema) -> Vec<String> {
        let guard = self.options.formula_guard() && self.options.include_header();
        let names = schema.columns.iter().map(|column| &column.name);
        names
            .map(|name| match guard && is_formula(name) {
                true => format!("'{name}"),
                false => name.clone(),
            })
            .collect()
    }

    fn renaming(&self) -> LossKind {
        LossKind::CellGuarded
    }

    fn altered_cells(&self, texts: &StringArray) -> Option<AlteredCells> {
        let formulas = self.options.formula_guard().then(|| count_formulas(texts));
        formulas.flatten().map(|(count, first)| AlteredCells {
            kind: LossKind::CellGuarded,
            count,
            first,
        })
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
        reader::rows(self, &self.options, input, schema)
    }

    fn merge(&self, segments: Segments, schema: &TableSchema, out: ByteSink<'_>) -> Result<()> {
        merge::merge(&self.options, segments, schema, out)
    }
}
