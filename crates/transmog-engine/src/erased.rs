//! Sources and chunks behind a `dyn` pointer, with one call per chunk.

use crate::{
    error::Result,
    source::{ChunkSource, InputChunk},
    worker::{ChunkResult, Worker},
};

/// A [`ChunkSource`] of any type.
pub(crate) trait AnySource: Send {
    fn next(&mut self, most: u32) -> Result<Option<Box<dyn AnyChunk>>>;
    fn total_records(&self) -> Option<u64>;
    fn total_bytes(&self) -> Option<u64>;
}

/// An [`InputChunk`] of any type.
pub(crate) trait AnyChunk: Send {
    /// Its size in bytes.
    fn bytes(&self) -> usize;

    /// Flattens its first `most` records, as this chunk of the run.
    fn flatten(&self, number: u64, worker: &mut Worker, most: u32) -> ChunkResult;
}

impl<S: ChunkSource> AnySource for S {
    fn next(&mut self, most: u32) -> Result<Option<Box<dyn AnyChunk>>> {
        let chunk = self.next_chunk(most)?;
        Ok(chunk.map(|chunk| Box::new(chunk) as _))
    }

    fn total_records(&self) -> Option<u64> {
        ChunkSource::total_records(self)
    }

    fn total_bytes(&self) -> Option<u64> {
        ChunkSource::total_bytes(self)
    }
}

impl<C: InputChunk> AnyChunk for C {
    fn bytes(&self) -> usize {
        InputChunk::bytes(self)
    }

    fn flatten(&self, number: u64, worker: &mut Worker, most: u32) -> ChunkResult {
        worker.chunk(number, self, most)
    }
}
