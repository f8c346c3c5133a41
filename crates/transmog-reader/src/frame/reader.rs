//! Sources, one after another, to chunks.

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

/// Cuts sources, one after another, into chunks of whole records.
///
/// It only reads and finds where records end; the records are parsed in [`Chunk::parse`].
///
/// # Examples
/// ```
/// use transmog_reader::{ChunkReader, ReadOptions, Source};
///
/// let source = Source::bytes("orders", "[{\"id\": 1}, {\"id\": 2}]");
/// let mut reader = ChunkReader::new(vec![source], ReadOptions::default());
/// let chunk = reader.next_chunk()?.expect("there are records");
/// assert_eq!((&*chunk.file, chunk.byte), ("orders", 1));
/// assert_eq!(chunk.data(), b"{\"id\": 1}, {\"id\": 2}");
/// assert!(reader.next_chunk()?.is_none());
/// # Ok::<(), transmog_reader::Error>(())
/// ```
pub struct ChunkReader {
    sources: VecDeque<Source>,
    options: ReadOptions,
    current: Option<Box<Framer>>,
    /// Name of the current source.
    file: Arc<str>,
    buffers: Buffers,
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

impl fmt::Debug for ChunkReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkReader").finish_non_exhaustive()
    }
}

impl ChunkReader {
    /// A reader of these sources, in this order. They are opened when their turn comes.
    #[must_use]
    pub fn new(sources: Vec<Source>, options: ReadOptions) -> Self {
        let total = sources.iter().map(Source::size).sum();
        let read = Arc::new(AtomicU64::new(0));
        Self {
            sources: sources.into(),
            buffers: Buffers::new(options.chunk_bytes.saturating_mul(3)),
            options,
            current: None,
            file: "".into(),
            read,
            total,
        }
    }

    /// Size of all sources in bytes, compressed as they are; `None` unless all are files or
    /// bytes. It is the total to [`Chunk::bytes_read`].
    #[must_use]
    pub fn total_bytes(&self) -> Option<u64> {
        self.total
    }

    /// The next chunk, in input order; `None` after the last source.
    ///
    /// # Errors
    /// When a source cannot be opened or read. Unless reading continues after errors
    /// ([`ReadOptions::with_resume`]), also when a document is broken in a way that hides where
    /// its records are: an array or an envelope that does not end, another encoding, no array at
    /// the pointer. Broken records are no such error: [`Chunk::parse`] rejects them.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, Error> {
        self.next().map_err(|error| error.in_file(&self.file))
    }

    fn next(&mut self) -> Result<Option<Chunk>, Error> {
        loop {
            if self.current.is_none() {
                let Some(source) = self.sources.pop_front() else {
                    return Ok(None);
                };
                self.file = Arc::clone(&source.name);
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
                let chunk = match chunk? {
                    Some(mut chunk) => {
                        framer.remark(&mut chunk);
                        Some(chunk)
                    }
                    None => {
                        let last = framer.last_remarks(&self.options);
                        self.current = None;
                        last
                    }
                };
                if let Some(mut chunk) = chunk {
                    chunk.bytes_read = self.read.load(Ordering::Relaxed);
                    return Ok(Some(chunk));
                }
            }
        }
    }
}

impl Framer {
    fn next_chunk(&mut self, options: &ReadOptions) -> Result<Option<Chunk>, Error> {
        while self.state != State::Done {
            let chunk = match self.state {
                State::Lines => self.lines(options)?,
                State::Array { is_separated } => self.elements(is_separated, options)?,
                State::Members { is_first } => self.members(is_first, options)?,
                State::Record => Some(self.record(options)?),
                state => {
                    self.advance(state, options)?;
                    None
                }
            };
            if chunk.is_some() {
                return Ok(chunk);
            }
        }
        Ok(None)
    }

    /// Goes on where there are no records.
    fn advance(&mut self, state: State, options: &ReadOptions) -> Result<(), Error> {
        match state {
            State::Start => self.start(options),
            State::Records => self.records(options),
            State::Document => self.document(options),
            State::Element => self.go_into_element(options),
            _ => self.after(options),
        }
    }
}
