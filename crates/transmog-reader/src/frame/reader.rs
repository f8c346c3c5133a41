//! One source after another.

use super::framer::{Framer, State};
use crate::{buffers::Buffers, chunk::Chunk, error::Error, options::ReadOptions, source::Source};
use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Cuts sources, one after another, into chunks.
pub struct ChunkReader {
    sources: VecDeque<Source>,
    options: ReadOptions,
    current: Option<Box<Framer>>,
    number: u64,
    buffers: Buffers,
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

impl fmt::Debug for ChunkReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkReader")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl ChunkReader {
    /// A reader of these sources.
    #[must_use]
    pub fn new(sources: Vec<Source>, options: ReadOptions) -> Self {
        let total = sources.iter().map(Source::size).sum();
        let read = Arc::new(AtomicU64::new(0));
        Self {
            sources: sources.into(),
            buffers: Buffers::new(options.chunk_bytes.saturating_mul(3)),
            options,
            current: None,
            number: 0,
            read,
            total,
        }
    }

    /// Bytes of all sources, when they are files or bytes.
    #[must_use]
    pub fn total_bytes(&self) -> Option<u64> {
        self.total
    }

    /// The next chunk; `None` at the end of the last source.
    ///
    /// # Errors
    /// When a source cannot be read; and, unless reading goes on after errors,
    /// when it is not JSON in a way that hides where its records stand.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, Error> {
        loop {
            if self.current.is_none() {
                let Some(source) = self.sources.pop_front() else {
                    return Ok(None);
                };
                let (read, options) = (Arc::clone(&self.read), &self.options);
                let framer = Framer::open(source, read, &self.buffers, options)?;
                self.current = Some(Box::new(framer));
            }
            if let Some(framer) = &mut self.current {
                let chunk = match framer.next_chunk(&self.options) {
                    Err(error) if self.options.resume && error.is_content() => {
                        framer.give_up(&error, &self.options).map(Some)
                    }
                    chunk => chunk,
                };
                if let Some(mut chunk) = chunk? {
                    chunk.number = self.number;
                    chunk.bytes_read = self.read.load(Ordering::Relaxed);
                    self.number += 1;
                    return Ok(Some(chunk));
                }
            }
            self.current = None;
        }
    }
}

impl Framer {
    fn next_chunk(&mut self, options: &ReadOptions) -> Result<Option<Chunk>, Error> {
        loop {
            match self.state {
                State::Start => self.start(options)?,
                State::Records => self.records(options)?,
                State::Document => self.document(options)?,
                State::Lines => return self.lines(options),
                State::Array { is_separated } => return self.elements(is_separated, options),
                State::After => self.after(options)?,
                State::Done => return Ok(None),
            }
        }
    }
}
