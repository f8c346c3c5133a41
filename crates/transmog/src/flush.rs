//! Rows of chunks to batches of one schema.

use crate::spill::{Block, SpillFile};
use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch, TimestampMicrosecondArray, new_null_array},
    buffer::BooleanBuffer,
    compute::{concat, concat_batches},
    error::ArrowError,
};
use std::{ops::Range, sync::Arc};
use transmog_flatten::ChunkTable;
use transmog_model::{
    Column, ColumnRole, Error, Result, TableBatch, TableSchema, TableSink, convert,
};

/// Cells of a batch at most, about: a batch of many columns has few rows.
const MAX_CELLS: usize = 1 << 21;
/// Rows from which on a batch is not joined with the next.
const ENOUGH_ROWS: usize = 8192;

/// Rows of a chunk that wait for a flush.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) chunk: ChunkTable,
    /// For each column of the chunk its place in the table.
    pub(crate) columns: Vec<usize>,
    /// Where the arrays are when they are not in memory.
    pub(crate) block: Option<Block>,
}

/// Rows of one table on their way to its sink.
#[derive(Debug)]
pub(crate) struct Flush {
    pub(crate) schema: Arc<TableSchema>,
    /// For each column of the schema its place among the table's data columns.
    pub(crate) sources: Arc<[Option<usize>]>,
    pub(crate) rows: Vec<Waiting>,
    pub(crate) start_micros: i64,
    pub(crate) spill: Option<Arc<SpillFile>>,
    /// Bytes that the rows take in memory.
    pub(crate) bytes: usize,
}

impl Flush {
    /// Gives the rows to the sink.
    pub(crate) fn run(self, sink: &mut dyn TableSink) -> Result<()> {
        let refused = |source: ArrowError| Error::format("table", source);
        let mut small: Vec<RecordBatch> = Vec::new();
        let mut small_rows = 0;
        for mut waiting in self.rows {
            if let (Some(block), Some(spill)) = (waiting.block, &self.spill) {
                spill.read(block, &mut waiting.chunk)?;
            }
            let rows = waiting.chunk.rows;
            let columns = Columns::new(&self.schema, &self.sources, waiting, self.start_micros);
            let step = (MAX_CELLS / self.schema.columns.len()).max(1);
            for start in (0..rows).step_by(step) {
                let batch = columns
                    .batch(start..rows.min(start + step))
                    .map_err(refused)?;
                if batch.strings.is_empty() && batch.rows.num_rows() < ENOUGH_ROWS {
                    small_rows += batch.rows.num_rows();
                    small.push(batch.rows);
                    if small_rows >= step.min(ENOUGH_ROWS) {
                        small_rows = 0;
                        write_small(&self.schema, &mut small, sink)?;
                    }
                    continue;
                }
                small_rows = 0;
                write_small(&self.schema, &mut small, sink)?;
                sink.write(&self.schema, batch)?;
            }
        }
        write_small(&self.schema, &mut small, sink)
    }
}

fn write_small(
    schema: &TableSchema,
    batches: &mut Vec<RecordBatch>,
    sink: &mut dyn TableSink,
) -> Result<()> {
    let rows = match batches.len() {
        0 => return Ok(()),
        1 => batches.remove(0),
        _ => concat_batches(&batches[0].schema(), batches.iter())
            .map_err(|e| Error::format("table", e))?,
    };
    batches.clear();
    let strings = Vec::new();
    sink.write(schema, TableBatch { rows, strings })
}

/// The columns of a chunk's rows in the types of a schema.
struct Columns<'s> {
    schema: &'s TableSchema,
    cells: Vec<Cells>,
    start_micros: i64,
}

/// The cells of a column from some row on; none where it has no value.
struct Cells {
    start: usize,
    array: Option<ArrayRef>,
    strings: Option<BooleanBuffer>,
}

impl<'s> Columns<'s> {
    fn new(
        schema: &'s TableSchema,
        sources: &[Option<usize>],
        waiting: Waiting,
        start_micros: i64,
    ) -> Self {
        let Waiting { chunk, columns, .. } = waiting;
        let most = columns.iter().max().map_or(0, |most| most + 1);
        let mut local: Vec<Option<usize>> = vec![None; most];
        for (at, global) in columns.iter().enumerate() {
            local[*global] = Some(at);
        }
        let cells = |(column, source): (&Column, &Option<usize>)| match column.role {
            ColumnRole::Id => Cells::whole(Some(Arc::clone(&chunk.ids))),
            ColumnRole::Parent => Cells::whole(chunk.parent_ids.clone()),
            ColumnRole::Root => Cells::whole(chunk.root_ids.clone()),
            ColumnRole::Index => Cells::whole(chunk.indexes.clone()),
            ColumnRole::Time => Cells::whole(None),
            ColumnRole::Data => {
                let at = source.and_then(|source| local.get(source).copied().flatten());
                let Some(data) = at.map(|at| &chunk.columns[at]) else {
                    return Cells::whole(None);
                };
                let (array, strings) = convert(&data.cells, &data.seen, column.column_type);
                Cells {
                    start: data.start,
                    array: Some(array),
                    strings,
                }
            }
        };
        Self {
            schema,
            cells: schema.columns.iter().zip(sources).map(cells).collect(),
            start_micros,
        }
    }

    fn batch(&self, rows: Range<usize>) -> Result<TableBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.cells.len());
        let mut all_strings = Vec::new();
        for (at, (column, cells)) in self.schema.columns.iter().zip(&self.cells).enumerate() {
            if column.role == ColumnRole::Time {
                let times = TimestampMicrosecondArray::from_value(self.start_micros, rows.len());
                columns.push(Arc::new(times.with_timezone("UTC")));
                continue;
            }
            columns.push(cells.window(&rows, column)?);
            if let Some(strings) = cells.strings(&rows) {
                all_strings.push((at, strings));
            }
        }
        Ok(TableBatch {
            rows: RecordBatch::try_new(self.schema.arrow_schema(), columns)?,
            strings: all_strings,
        })
    }
}

impl Cells {
    fn whole(array: Option<ArrayRef>) -> Self {
        Self {
            start: 0,
            array,
            strings: None,
        }
    }

    /// The part of `rows` that has cells, as rows of the array.
    fn part(&self, rows: &Range<usize>, len: usize) -> Range<usize> {
        let end = rows.end.min(self.start + len).max(self.start);
        let start = rows.start.clamp(self.start, end);
        start - self.start..end - self.start
    }

    /// The cells of these rows, null where there are none.
    fn window(&self, rows: &Range<usize>, column: &Column) -> Result<ArrayRef, ArrowError> {
        let nulls = |count| new_null_array(&column.column_type.arrow_type(), count);
        let Some(array) = &self.array else {
            return Ok(nulls(rows.len()));
        };
        let part = self.part(rows, array.len());
        if part.is_empty() {
            return Ok(nulls(rows.len()));
        }
        let before = (self.start + part.start) - rows.start;
        let after = rows.len() - before - part.len();
        let cells = array.slice(part.start, part.len());
        if before == 0 && after == 0 {
            return Ok(cells);
        }
        let (before, after) = (nulls(before), nulls(after));
        concat(&[before.as_ref(), cells.as_ref(), after.as_ref()])
    }

    fn strings(&self, rows: &Range<usize>) -> Option<BooleanBuffer> {
        let (strings, array) = (self.strings.as_ref()?, self.array.as_ref()?);
        let part = self.part(rows, array.len());
        let offsets = array.as_list::<i32>().value_offsets();
        let (start, end) = (offsets[part.start] as usize, offsets[part.end] as usize);
        Some(strings.slice(start, end - start))
    }
}
