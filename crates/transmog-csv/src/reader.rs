//! The rows of a file this crate wrote, as batches of text, of which the model makes the types.

use crate::{Options, rows::Rows};
use arrow::{
    array::{ArrayRef, RecordBatch, RecordBatchOptions, StringBuilder},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use std::{error::Error as StdError, io, str, sync::Arc};
use transmog_model::{Error, ReadAt, Result, StoredRows, TableFormat, TableSchema, stored_rows};

/// Bytes of the rows of a batch, about.
const BATCH_BYTES: usize = 4 << 20;
/// Rows of a batch at most.
const BATCH_ROWS: usize = 8192;
/// Cells of a batch, about.
const BATCH_CELLS: usize = 1 << 21;
/// Bytes of a row at most: Arrow counts those of a text column with 31 bits.
const ROW_BYTES: usize = i32::MAX as usize - BATCH_BYTES;

/// Why a batch cannot be read.
type Cause = Box<dyn StdError + Send + Sync>;

pub(crate) fn rows(
    format: &dyn TableFormat,
    options: &Options,
    input: Arc<dyn ReadAt>,
    schema: &TableSchema,
) -> Result<StoredRows> {
    options.validate()?;
    let names = match options.include_header() {
        true => None,
        false => Some(format.stored_names(schema)),
    };
    let batches = Batches::open(options, input, names)
        .map_err(|e| Error::reading(format.name(), &schema.name, e))?;
    Ok(stored_rows(format, schema, batches))
}

struct Batches {
    rows: Rows,
    schema: SchemaRef,
    columns: Vec<StringBuilder>,
    /// A cell without its quotes.
    buffer: Vec<u8>,
}

impl Batches {
    /// Without names, the first row has them.
    fn open(
        options: &Options,
        input: Arc<dyn ReadAt>,
        names: Option<Vec<String>>,
    ) -> Result<Self, Cause> {
        let mut rows = Rows::new(options, input)?;
        let names = match names {
            Some(names) => names,
            None => header(&mut rows)?,
        };
        let fields = names.iter();
        let fields: Vec<_> = fields
            .map(|name| Field::new(name, DataType::Utf8, true))
            .collect();
        Ok(Self {
            columns: names.iter().map(|_| StringBuilder::new()).collect(),
            schema: Arc::new(Schema::new(fields)),
            buffer: Vec::new(),
            rows,
        })
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>, Cause> {
        let most = (BATCH_CELLS / self.columns.len().max(1)).clamp(1, BATCH_ROWS);
        let (mut rows, mut bytes) = (0, 0);
        while rows < most && bytes < BATCH_BYTES && self.rows.next()? {
            self.append()?;
            rows += 1;
            bytes += self.rows.bytes();
        }
        if rows == 0 {
            return Ok(None);
        }
        let columns = self.columns.iter_mut();
        let columns = columns.map(|cells| Arc::new(cells.finish()) as ArrayRef);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = Arc::clone(&self.schema);
        let batch = RecordBatch::try_new_with_options(schema, columns.collect(), &options);
        Ok(Some(batch?))
    }

    /// Adds the cells of the row to their columns.
    fn append(&mut self) -> Result<(), Cause> {
        let row = self.rows.row;
        self.rows.expect(self.columns.len())?;
        if self.rows.bytes() > ROW_BYTES {
            return Err(format!("row {row} has more than {ROW_BYTES} bytes").into());
        }
        for (at, column) in self.columns.iter_mut().enumerate() {
            match self.rows.cell(at, &mut self.buffer) {
                None => column.append_null(),
                Some(cell) => column.append_value(text(cell, row)?),
            }
        }
        Ok(())
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, Cause>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}

/// The names in the first row.
fn header(rows: &mut Rows) -> Result<Vec<String>, Cause> {
    if !rows.next()? {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    let mut buffer = Vec::new();
    let names = (0..rows.len()).map(|at| {
        let name = rows.cell(at, &mut buffer).unwrap_or_default();
        text(name, rows.row).map(str::to_owned)
    });
    names.collect()
}

fn text(cell: &[u8], row: u64) -> Result<&str, Cause> {
    str::from_utf8(cell).map_err(|e| format!("row {row} is not UTF-8: {e}").into())
}
