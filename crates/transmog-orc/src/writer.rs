//! Batches to stripes.

use crate::{Options, STRIPE_BYTES, file::OrcFile, stored_names, stored_type};
use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    datatypes::{
        DataType, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType, TimestampNanosecondType,
    },
};
use std::{io::BufWriter, sync::Arc};
use transmog_model::{
    ByteSink, ColumnType, Error, Result, ScalarType, TableSchema, TableWriter, TimestampType, Zone,
    divide_by, text_of, values_size,
};

/// Rows encoded at a time, between which a stripe can end by its bytes.
const STEP: usize = 1024;
/// The same in bytes.
const STEP_BYTES: usize = STRIPE_BYTES / 4;

pub(crate) struct Writer<'w> {
    /// None when something failed: columns may have different lengths.
    file: Option<OrcFile<BufWriter<ByteSink<'w>>>>,
    schema: SchemaRef,
    /// The types of the values, or of the elements of lists.
    types: Vec<ScalarType>,
    max_rows: usize,
    /// Bytes of the stripe before they are compressed.
    buffered: usize,
    table: String,
}

impl<'w> Writer<'w> {
    pub(crate) fn create(
        options: &Options,
        schema: &TableSchema,
        out: ByteSink<'w>,
    ) -> Result<Self> {
        options.validate()?;
        let stored = stored_schema(schema);
        let file = OrcFile::create(BufWriter::new(out), &stored, options.compression())?;
        Ok(Self {
            file: Some(file),
            schema: stored,
            types: schema
                .columns
                .iter()
                .map(|column| column.column_type.scalar())
                .collect(),
            max_rows: options.batch_size(),
            buffered: 0,
            table: schema.name.clone(),
        })
    }

    /// Does something with the file, which is given up when that fails.
    fn with_file(
        &mut self,
        action: impl FnOnce(&mut OrcFile<BufWriter<ByteSink<'w>>>) -> Result<()>,
    ) -> Result<()> {
        let mut file = self.file.take().ok_or_else(|| ended(&self.table))?;
        action(&mut file)?;
        self.file = Some(file);
        Ok(())
    }

    fn end_stripe(&mut self) -> Result<()> {
        self.buffered = 0;
        self.with_file(OrcFile::end_stripe)
    }

    fn stripe_rows(&self) -> usize {
        self.file.as_ref().map_or(0, OrcFile::stripe_rows)
    }
}

/// The error of calls to a writer that failed before.
#[cold]
fn ended(table: &str) -> Error {
    Error::format("orc", format!("the writer of table `{table}` has failed"))
}

/// The schema of what is written.
pub(crate) fn stored_schema(schema: &TableSchema) -> SchemaRef {
    let arrow = schema.arrow_schema();
    let columns = schema.columns.iter().zip(stored_names(schema));
    let fields = arrow.fields().iter().zip(columns);
    let fields = fields.map(|(field, (column, name))| {
        let field = field.as_ref().clone().with_name(name);
        field.with_data_type(match stored_type(column.column_type) {
            // With a time zone it would be `timestamp with local time zone`.
            ColumnType::Scalar(ScalarType::Timestamp(of)) => {
                let local = TimestampType {
                    zone: Zone::Local,
                    ..of
                };
                ScalarType::Timestamp(local).arrow_type()
            }
            stored => stored.arrow_type(),
        })
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The cells as they are stored; those that are given have the type `of`.
fn stored_cells(cells: &ArrayRef, of: ScalarType, stored: &DataType) -> ArrayRef {
    let no_zone = None::<Arc<str>>;
    match (cells.data_type(), stored) {
        (given, stored) if given == stored => Arc::clone(cells),
        (DataType::Timestamp(TimeUnit::Microsecond, _), DataType::Timestamp(..)) => {
            let times = cells.as_primitive::<TimestampMicrosecondType>();
            Arc::new(times.clone().with_timezone_opt(no_zone))
        }
        (DataType::Timestamp(TimeUnit::Nanosecond, _), DataType::Timestamp(..)) => {
            let times = cells.as_primitive::<TimestampNanosecondType>();
            Arc::new(times.clone().with_timezone_opt(no_zone))
        }
        _ => Arc::new(text_of(cells, of)),
    }
}

impl TableWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = batch.columns().iter().zip(self.schema.fields());
        let columns = columns
            .zip(&self.types)
            .map(|((cells, field), of)| stored_cells(cells, *of, field.data_type()));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns.collect())
            .map_err(|e| Error::format("orc", e))?;
        for part in divide_by(&batch, STEP_BYTES, values_size) {
            let mut start = 0;
            while start < part.num_rows() {
                let left = self.max_rows - self.stripe_rows();
                let rows = STEP.min(left).min(part.num_rows() - start);
                let step = part.slice(start, rows);
                self.with_file(|file| file.write(&step))?;
                self.buffered = self.file.as_ref().map_or(0, OrcFile::stripe_bytes);
                start += rows;
                if self.stripe_rows() >= self.max_rows || self.buffered >= STRIPE_BYTES {
                    self.end_stripe()?;
                }
            }
        }
        Ok(())
    }

    fn end_row_group(&mut self) -> Result<()> {
        self.end_stripe()
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        let file = self.file.take().ok_or_else(|| ended(&self.table))?;
        file.finish()
    }
}
