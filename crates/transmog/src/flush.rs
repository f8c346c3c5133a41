//! Rows of chunks to batches of one schema.

use crate::spill::{Block, SpillFile};
use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanBufferBuilder, RecordBatch, TimestampMicrosecondArray,
        new_null_array,
    },
    buffer::BooleanBuffer,
    compute::concat,
    datatypes::SchemaRef,
    error::ArrowError,
};
use std::{ops::Range, sync::Arc};
use transmog_flatten::ChunkTable;
use transmog_model::{
    ColumnRole, ColumnType, Error, Result, TableBatch, TableSchema, TableSink, convert,
};

/// Cells of a batch at most, about: a batch of many columns has few rows.
const MAX_CELLS: usize = 1 << 21;
/// Rows from which on a batch is not joined with the next, about.
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
        let mut gathered = Gathered::new(&self);
        for mut waiting in self.rows {
            if let (Some(block), Some(spill)) = (waiting.block, &self.spill) {
                spill.read(block, &mut waiting.chunk)?;
            }
            // Many rows go as they are, few together with others.
            let are_many = waiting.chunk.rows >= ENOUGH_ROWS;
            if are_many {
                gathered.write(sink)?;
            }
            gathered.add(waiting);
            if are_many || gathered.is_enough() {
                gathered.write(sink)?;
            }
        }
        gathered.write(sink)
    }
}

/// Rows of one chunk or of several, in the types of a schema. What it takes, in memory
/// and in time, are the columns that have cells in these rows and a word for each other.
struct Gathered {
    schema: Arc<TableSchema>,
    arrow: SchemaRef,
    start_micros: i64,
    /// For each data column of the table its place in the schema.
    places: Vec<Option<usize>>,
    /// The cells of each column of the schema, in the order of their rows.
    columns: Vec<Vec<Piece>>,
    /// Columns that have some.
    filled: usize,
    rows: usize,
}

/// Cells of a column, from a row on.
struct Piece {
    start: usize,
    array: ArrayRef,
    strings: Option<BooleanBuffer>,
}

impl Gathered {
    fn new(flush: &Flush) -> Self {
        let data = flush.sources.iter().flatten();
        let mut places = vec![None; data.max().map_or(0, |most| most + 1)];
        for (place, source) in flush.sources.iter().enumerate() {
            if let Some(source) = source {
                places[*source] = Some(place);
            }
        }
        Self {
            schema: Arc::clone(&flush.schema),
            arrow: flush.schema.arrow_schema(),
            start_micros: flush.start_micros,
            places,
            columns: flush.schema.columns.iter().map(|_| Vec::new()).collect(),
            filled: 0,
            rows: 0,
        }
    }

    fn add(&mut self, waiting: Waiting) {
        let Waiting { chunk, columns, .. } = waiting;
        let start = self.rows;
        self.rows += chunk.rows;
        let metadata = [
            (ColumnRole::Id, Some(chunk.ids)),
            (ColumnRole::Parent, chunk.parent_ids),
            (ColumnRole::Root, chunk.root_ids),
            (ColumnRole::Index, chunk.indexes),
        ];
        for (role, array) in metadata {
            let place = (self.schema.columns.iter()).position(|column| column.role == role);
            if let (Some(place), Some(array)) = (place, array) {
                self.push(place, start, array, None);
            }
        }
        for (data, source) in chunk.columns.into_iter().zip(columns) {
            if let Some(place) = self.places.get(source).copied().flatten() {
                let column_type = self.schema.columns[place].column_type;
                let (array, strings) = convert(&data.cells, &data.seen, column_type);
                self.push(place, start + data.start, array, strings);
            }
        }
    }

    fn push(&mut self, at: usize, start: usize, array: ArrayRef, strings: Option<BooleanBuffer>) {
        if array.is_empty() {
            return;
        }
        let pieces = &mut self.columns[at];
        self.filled += usize::from(pieces.is_empty());
        pieces.push(Piece {
            start,
            array,
            strings,
        });
    }

    fn is_enough(&self) -> bool {
        self.rows >= ENOUGH_ROWS || self.rows * self.filled >= MAX_CELLS
    }

    /// Gives the rows to the sink and forgets them.
    fn write(&mut self, sink: &mut dyn TableSink) -> Result<()> {
        let refused = |source: ArrowError| Error::format("table", source);
        let batches = (self.rows * self.filled).div_ceil(MAX_CELLS).max(1);
        let step = self.rows.div_ceil(batches).max(1);
        for start in (0..self.rows).step_by(step) {
            let batch = self.batch(start..self.rows.min(start + step));
            sink.write(&self.schema, batch.map_err(refused)?)?;
        }
        self.columns.iter_mut().for_each(Vec::clear);
        (self.filled, self.rows) = (0, 0);
        Ok(())
    }

    fn batch(&self, rows: Range<usize>) -> Result<TableBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        let mut all_strings = Vec::new();
        // Columns without cells share their nulls.
        let mut nulls: Vec<(ColumnType, ArrayRef)> = Vec::new();
        for (at, (column, pieces)) in self.schema.columns.iter().zip(&self.columns).enumerate() {
            if column.role == ColumnRole::Time {
                let times = TimestampMicrosecondArray::from_value(self.start_micros, rows.len());
                columns.push(Arc::new(times.with_timezone("UTC")));
                continue;
            }
            let first = pieces.partition_point(|piece| piece.end() <= rows.start);
            let last = pieces.partition_point(|piece| piece.start < rows.end);
            let pieces = &pieces[first..last.max(first)];
            let column_type = column.column_type;
            columns.push(match pieces {
                [] => match nulls.iter().find(|(of, _)| *of == column_type) {
                    Some((_, nulls)) => Arc::clone(nulls),
                    None => {
                        let array = new_null_array(&column_type.arrow_type(), rows.len());
                        nulls.push((column_type, Arc::clone(&array)));
                        array
                    }
                },
                pieces => window(pieces, &rows, column_type)?,
            });
            if let Some(strings) = strings(pieces, &rows) {
                all_strings.push((at, strings));
            }
        }
        Ok(TableBatch {
            rows: RecordBatch::try_new(Arc::clone(&self.arrow), columns)?,
            strings: all_strings,
        })
    }
}

impl Piece {
    fn end(&self) -> usize {
        self.start + self.array.len()
    }

    /// The part of `rows` that it has, as rows of the array.
    fn part(&self, rows: &Range<usize>) -> Range<usize> {
        let (start, end) = (rows.start.max(self.start), rows.end.min(self.end()));
        start - self.start..end - self.start
    }
}

/// The cells of these rows, null where no piece has any.
fn window(
    pieces: &[Piece],
    rows: &Range<usize>,
    column_type: ColumnType,
) -> Result<ArrayRef, ArrowError> {
    let nulls = |count| new_null_array(&column_type.arrow_type(), count);
    let mut parts = Vec::with_capacity(pieces.len() * 2 + 1);
    let mut at = rows.start;
    for piece in pieces {
        let part = piece.part(rows);
        if piece.start > at {
            parts.push(nulls(piece.start - at));
        }
        at = piece.start + part.end;
        parts.push(piece.array.slice(part.start, part.len()));
    }
    if at < rows.end {
        parts.push(nulls(rows.end - at));
    }
    match &parts[..] {
        [only] => Ok(Arc::clone(only)),
        parts => concat(&parts.iter().map(|part| part.as_ref()).collect::<Vec<_>>()),
    }
}

/// Which elements of these lists were strings; none when all were.
fn strings(pieces: &[Piece], rows: &Range<usize>) -> Option<BooleanBuffer> {
    if pieces.iter().all(|piece| piece.strings.is_none()) {
        return None;
    }
    let mut bits = BooleanBufferBuilder::new(0);
    for piece in pieces {
        let part = piece.part(rows);
        let offsets = piece.array.as_list::<i32>().value_offsets();
        let (start, end) = (offsets[part.start] as usize, offsets[part.end] as usize);
        match &piece.strings {
            Some(strings) => bits.append_buffer(&strings.slice(start, end - start)),
            None => bits.append_n(end - start, true),
        }
    }
    Some(bits.finish())
}
