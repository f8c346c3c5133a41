//! Batches to row groups.

use crate::{Format, ROW_GROUP_BYTES, encoding::properties, groups::Sizes};
use arrow::array::RecordBatch;
use arrow::{
    array::ArrayRef,
    datatypes::{FieldRef, SchemaRef},
};
use parquet::{
    arrow::{
        ArrowWriter,
        arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves},
    },
    errors::ParquetError,
    file::writer::SerializedFileWriter,
};
use std::{
    io::{self, Write},
    sync::Arc,
};
use transmog_model::{ByteSink, Error, Executor, Result, TableSchema, TableWriter, divide, map_on};

/// Bytes of rows that the library gets at a time, between which a row group can
/// end by its bytes.
const STEP_BYTES: usize = ROW_GROUP_BYTES / 4;

/// Columns of fewer cells together are encoded on one thread.
const MIN_CELLS: usize = 1 << 14;
/// Bytes that the library takes for a column before there is a value in it, at most: it has
/// a dictionary.
const EMPTY_COLUMN_BYTES: usize = 256 << 10;

pub(crate) struct Writer<'w> {
    format: Format,
    schema: TableSchema,
    sizes: Sizes,
    /// Rows of the row group in progress.
    rows: usize,
    state: State<'w>,
    /// Bytes that the row group in progress took from the start.
    begun: usize,
    executor: Option<Arc<dyn Executor>>,
}

/// The first rows decide how columns are encoded.
enum State<'w> {
    Empty(ByteSink<'w>),
    Begun(Box<RowGroups<'w>>),
    /// Beginning failed.
    Failed,
}

impl<'w> Writer<'w> {
    pub(crate) fn create(format: &Format, schema: &TableSchema, out: ByteSink<'w>) -> Result<Self> {
        format.options().validate()?;
        Ok(Self {
            format: format.clone(),
            schema: schema.clone(),
            sizes: Sizes::new(format, schema.columns.len()),
            rows: 0,
            begun: 0,
            state: State::Empty(out),
            executor: None,
        })
    }

    /// The library's writer, made when it is first needed.
    fn writer(&mut self, first: Option<&RecordBatch>) -> Result<&mut RowGroups<'w>> {
        self.state = match std::mem::replace(&mut self.state, State::Failed) {
            State::Empty(out) => {
                let properties = properties(self.format.options(), &self.schema, first);
                let schema = self.schema.arrow_schema();
                let writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties))
                    .and_then(ArrowWriter::into_serialized_writer);
                let (file, factory) = writer.map_err(refused)?;
                State::Begun(Box::new(RowGroups {
                    file,
                    factory,
                    schema,
                    columns: Vec::new(),
                    executor: self.executor.clone(),
                }))
            }
            state => state,
        };
        match &mut self.state {
            State::Begun(writer) => Ok(writer),
            _ => Err(Error::unsupported("the Parquet file could not be begun")),
        }
    }

    /// Ends the row group in progress, if it has rows.
    fn end(&mut self) -> Result<()> {
        if let State::Begun(writer) = &mut self.state
            && self.rows > 0
        {
            writer.end()?;
            if self.sizes.count(std::mem::take(&mut self.rows)) {
                self.format.note_larger();
            }
        }
        Ok(())
    }

    /// Whether the rows of the row group in progress are enough. So many may be too few
    /// bytes for what the end of the file says of them.
    fn has_enough_rows(&self) -> bool {
        let State::Begun(writer) = &self.state else {
            return false;
        };
        let least = self.sizes.footer_bytes();
        self.rows >= self.sizes.max_rows() && (least == 0 || writer.encoded_size() >= least)
    }

    /// Rows to be written before the row group can end.
    fn step(&self) -> usize {
        match self.sizes.max_rows().saturating_sub(self.rows) {
            // There are enough but for their bytes.
            0 => self.rows,
            left => left,
        }
    }
}

/// The file, and the columns of the row group in progress, which are encoded side by side.
struct RowGroups<'w> {
    file: SerializedFileWriter<ByteSink<'w>>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// Empty between row groups.
    columns: Vec<ArrowColumnWriter>,
    executor: Option<Arc<dyn Executor>>,
}

impl RowGroups<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if self.columns.is_empty() {
            let at = self.file.flushed_row_groups().len();
            self.columns = self.factory.create_column_writers(at).map_err(refused)?;
        }
        let columns = std::mem::take(&mut self.columns).into_iter();
        let cells = self.schema.fields().iter().zip(batch.columns());
        let items = columns.zip(cells.map(|(field, cells)| (Arc::clone(field), Arc::clone(cells))));
        let has_enough = batch.num_rows() * batch.num_columns() >= MIN_CELLS;
        let executor = self.executor.as_ref().filter(|_| has_enough);
        let written = map_on(executor, items.collect(), |(mut column, (field, cells))| {
            encode(&mut column, &field, &cells).map(|()| column)
        })?;
        self.columns = written
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(refused)?;
        Ok(())
    }

    /// Ends the row group in progress.
    fn end(&mut self) -> Result<()> {
        let columns = std::mem::take(&mut self.columns);
        let closed = map_on(self.executor.as_ref(), columns, ArrowColumnWriter::close)?;
        let mut group = self.file.next_row_group().map_err(refused)?;
        for chunk in closed {
            let appended = chunk.and_then(|chunk| chunk.append_to_row_group(&mut group));
            appended.map_err(refused)?;
        }
        group.close().map_err(refused)?;
        Ok(())
    }

    fn memory_size(&self) -> usize {
        self.columns
            .iter()
            .map(ArrowColumnWriter::memory_size)
            .sum()
    }

    fn encoded_size(&self) -> usize {
        let sizes = self
            .columns
            .iter()
            .map(ArrowColumnWriter::get_estimated_total_bytes);
        sizes.sum()
    }
}

/// Encodes the cells of a column, which has one leaf: lists are of scalars.
fn encode(
    column: &mut ArrowColumnWriter,
    field: &FieldRef,
    cells: &ArrayRef,
) -> Result<(), ParquetError> {
    compute_leaves(field, cells)?
        .iter()
        .try_for_each(|leaf| column.write(leaf))
}

#[cold]
pub(crate) fn refused(source: ParquetError) -> Error {
    match source {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(source) => Error::io("writing Parquet", *source),
            Err(source) => Error::format("parquet", source),
        },
        other => Error::format("parquet", other),
    }
}

impl TableWriter for Writer<'_> {
    fn set_executor(&mut self, executor: &Arc<dyn Executor>) {
        self.executor = Some(Arc::clone(executor));
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer(Some(batch))?;
        for part in divide(batch, STEP_BYTES) {
            let mut start = 0;
            while start < part.num_rows() {
                let rows = self.step().min(part.num_rows() - start);
                let writer = self.writer(None)?;
                writer.write(&part.slice(start, rows))?;
                let bytes = writer.memory_size();
                // What columns take from the start is not the rows', and would come again
                // with the next group.
                if self.rows == 0 {
                    self.begun = bytes.min(part.num_columns() * EMPTY_COLUMN_BYTES);
                }
                self.rows += rows;
                start += rows;
                let most = self.sizes.max_bytes() + self.begun;
                if self.has_enough_rows() || bytes >= most {
                    self.end()?;
                }
            }
        }
        Ok(())
    }

    fn end_row_group(&mut self) -> Result<()> {
        let bytes = match &self.state {
            State::Begun(writer) => writer.memory_size().saturating_sub(self.begun),
            _ => 0,
        };
        match bytes >= self.sizes.min_bytes() {
            true => self.end(),
            false => Ok(()),
        }
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.writer(None)?;
        self.end()?;
        let Self { state, schema, .. } = *self;
        let State::Begun(writer) = state else {
            unreachable!("the writer is begun");
        };
        let mut out = writer.file.into_inner().map_err(refused)?;
        out.flush()
            .map_err(|e| Error::writing("Parquet", &schema.name, e))
    }
}
