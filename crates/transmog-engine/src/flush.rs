//! Rows of chunks on their way to the sink of their table.

use crate::spill::{Block, SpillFile};
use std::sync::Arc;
use transmog_flatten::{ChunkTable, Gathered};
use transmog_model::{Error, Result, TableSchema, TableSink};

/// The most cells of a batch, roughly: a batch with many columns has few rows.
const MAX_CELLS: usize = 1 << 21;
/// A batch of at least this many rows is not joined with the next one.
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
        let data = self.sources.iter().flatten();
        let mut places = vec![None; data.max().map_or(0, |most| most + 1)];
        for (place, source) in self.sources.iter().enumerate() {
            if let Some(source) = source {
                places[*source] = Some(place);
            }
        }
        let mut gathered = Gathered::new(self.schema, Some(self.start_micros));
        for mut waiting in self.rows {
            if let (Some(block), Some(spill)) = (waiting.block, &self.spill) {
                spill.read(block, &mut waiting.chunk)?;
            }
            // Many rows go as they are, few together with others.
            let are_many = waiting.chunk.rows >= ENOUGH_ROWS;
            if are_many {
                write(&mut gathered, sink)?;
            }
            let Waiting { chunk, columns, .. } = waiting;
            gathered.add(chunk, |at| places.get(columns[at]).copied().flatten());
            let is_enough = gathered.rows() >= ENOUGH_ROWS || gathered.cells() >= MAX_CELLS;
            if are_many || is_enough {
                write(&mut gathered, sink)?;
            }
        }
        write(&mut gathered, sink)
    }
}

/// Gives the rows to the sink and forgets them.
fn write(gathered: &mut Gathered, sink: &mut dyn TableSink) -> Result<()> {
    let rows = gathered.rows();
    let batches = gathered.cells().div_ceil(MAX_CELLS).max(1);
    let step = rows.div_ceil(batches).max(1).min(gathered.most_rows());
    for start in (0..rows).step_by(step) {
        let batch = gathered.batch(start..rows.min(start + step));
        let batch = batch.map_err(|source| Error::format("table", source))?;
        sink.write(gathered.schema(), batch)?;
    }
    gathered.clear();
    Ok(())
}
