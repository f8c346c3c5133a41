//! The source of records, in chunks that are flattened independently.

use crate::error::{Error, Result};
use std::sync::Arc;
use transmog_events::RecordSink;
use transmog_reader::{Chunk, ChunkReader};

/// Gives the input chunk by chunk. JSON text, values of a program, and other sources of records use
/// the same threads.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use transmog_engine::{ChunkPlace, ChunkSource, Feed, InputChunk, Memory, Run, TransmogConfig};
/// use transmog_events::{EventSink, RecordSink, RecordStart};
///
/// /// Counts from one number to another.
/// struct Count(std::ops::Range<i64>);
///
/// impl ChunkSource for Count {
///     type Chunk = Count;
///     fn next_chunk(&mut self, most: u32) -> transmog_engine::Result<Option<Count>> {
///         let chunk = self.0.start..self.0.end.min(self.0.start + i64::from(most.min(100)));
///         self.0.start = chunk.end;
///         Ok((!chunk.is_empty()).then_some(Count(chunk)))
///     }
/// }
///
/// impl InputChunk for Count {
///     fn place(&self) -> ChunkPlace {
///         ChunkPlace::of_values(Arc::from("<count>"))
///     }
///     fn bytes(&self) -> usize {
///         size_of::<Self>()
///     }
///     fn parse<S: RecordSink>(&self, most: u32, sink: &mut S) {
///         for (index, number) in (0..most).zip(self.0.clone()) {
///             let events = sink.begin_record(RecordStart { byte: 0, index });
///             let taken = events.begin_object().and_then(|()| events.key("n"))
///                 .and_then(|()| events.integer(number)).and_then(|()| events.end_object());
///             taken.and_then(|()| sink.end_record()).expect("an object is a record");
///         }
///     }
/// }
///
/// let memory = Memory::default();
/// Run::start(Feed::chunks(Count(0..250)), memory.clone(), &TransmogConfig::default())?.complete()?;
/// let tables = memory.take();
/// assert_eq!(tables[0].rows().last().and_then(|row| row.text("n")).as_deref(), Some("249"));
/// # Ok::<(), transmog_engine::Error>(())
/// ```
pub trait ChunkSource: Send {
    /// A chunk of whole records.
    type Chunk: InputChunk + 'static;

    /// The next chunk; `None` at the end. The run takes only the first `most` records of a chunk,
    /// so a source may leave out the others.
    ///
    /// # Errors
    /// When the input cannot be read, which ends the run. The record number in the error's location
    /// counts from the chunk that could not be read.
    fn next_chunk(&mut self, most: u32) -> Result<Option<Self::Chunk>>;

    /// Number of records, if known.
    fn total_records(&self) -> Option<u64> {
        None
    }

    /// Bytes of all inputs, if known. A source that does not know may block on its input.
    fn total_bytes(&self) -> Option<u64> {
        None
    }
}

/// A chunk of whole records that does not depend on other chunks.
///
/// # Examples
/// ```
/// use transmog_engine::InputChunk;
/// use transmog_reader::{ChunkReader, ReadOptions, Source};
/// let sources = vec![Source::bytes("a.jsonl", b"{\"a\":1}\n{\"a\":2}\n".to_vec())];
/// let mut reader = ChunkReader::new(sources, ReadOptions::default());
/// let chunk = reader.next_chunk()?.expect("two records");
/// assert_eq!(&*InputChunk::place(&chunk).file, "a.jsonl");
/// assert!(InputChunk::text(&chunk).is_some_and(|text| text.starts_with(b"{\"a\":1}")));
/// # Ok::<(), transmog_reader::Error>(())
/// ```
pub trait InputChunk: Send {
    /// Its place in the input.
    fn place(&self) -> ChunkPlace;

    /// Its size in memory, in bytes.
    fn bytes(&self) -> usize;

    /// Its text, to which errors and rejected records refer; `None` if it is not text.
    fn text(&self) -> Option<&[u8]> {
        None
    }

    /// Whether it is the whole input.
    fn is_whole(&self) -> bool {
        false
    }

    /// Gives the first `most` records to the sink.
    fn parse<S: RecordSink>(&self, most: u32, sink: &mut S);
}

/// The place of a chunk in the input.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use transmog_engine::ChunkPlace;
/// let values = ChunkPlace::of_values(Arc::from("<queue>"));
/// assert_eq!((&*values.file, values.line), ("<queue>", 0));
/// let of_text = ChunkPlace { byte: 4096, line: 70, ..values };
/// assert_eq!(of_text.bytes_read, 0);
/// ```
#[derive(Clone, Debug)]
pub struct ChunkPlace {
    /// Name of its file, or a substitute for it.
    pub file: Arc<str>,
    /// Name of its input for [`source_field`](crate::TransmogConfig::with_source_field), if it has
    /// one.
    pub source: Option<Arc<str>>,
    /// Whether bytes and lines are those of the input: not in values, nor in a document that was
    /// converted to JSON.
    pub has_positions: bool,
    /// Bytes before it in the file.
    pub byte: u64,
    /// Lines before it in the file.
    pub line: u64,
    /// Bytes read of all inputs when it was cut.
    pub bytes_read: u64,
}

impl ChunkPlace {
    /// The place of records that are not text, with a substitute for the file name.
    #[must_use]
    pub fn of_values(file: Arc<str>) -> Self {
        Self {
            file,
            source: None,
            has_positions: false,
            byte: 0,
            line: 0,
            bytes_read: 0,
        }
    }
}

impl ChunkSource for ChunkReader {
    type Chunk = Chunk;

    fn next_chunk(&mut self, _: u32) -> Result<Option<Chunk>> {
        ChunkReader::next_chunk(self).map_err(Error::read)
    }

    fn total_bytes(&self) -> Option<u64> {
        ChunkReader::total_bytes(self)
    }
}

impl InputChunk for Chunk {
    fn place(&self) -> ChunkPlace {
        ChunkPlace {
            file: Arc::clone(&self.file),
            source: Some(Arc::clone(&self.source)),
            has_positions: self.file == self.source,
            byte: self.byte,
            line: self.line,
            bytes_read: self.bytes_read,
        }
    }

    fn bytes(&self) -> usize {
        self.memory()
    }

    fn text(&self) -> Option<&[u8]> {
        Some(self.data())
    }

    fn is_whole(&self) -> bool {
        Chunk::is_whole(self)
    }

    fn parse<S: RecordSink>(&self, most: u32, sink: &mut S) {
        self.parse_first(most, sink);
    }
}
