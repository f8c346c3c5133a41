//! Records that are not text: values of a program, as recorded parse events.

use crate::{
    error::Result,
    source::{ChunkPlace, ChunkSource, InputChunk},
};
use std::ops::ControlFlow;
use transmog_events::{
    EventSink, RecordError, RecordErrorKind, RecordSink, RecordStart, Rejection,
};
use transmog_flatten::SerializeError;
use transmog_reader::Document;

/// Stands for the file name of values.
const VALUES: &str = "<values>";
/// The most records of a chunk.
const RECORDS_PER_CHUNK: u32 = 4096;

/// Gives records as parse events, for values that are neither JSON text nor `serde::Serialize`,
/// such as those of another language. It is called on the thread that runs the operation; other
/// threads make tables from the records.
///
/// # Examples
/// ```
/// use transmog_engine::{Feed, Memory, RecordSource, Records, Result, Run, TransmogConfig};
///
/// struct Squares(std::ops::Range<i64>);
///
/// impl RecordSource for Squares {
///     fn next_records(&mut self, records: &mut Records<'_>) -> Result<()> {
///         while !records.is_full()
///             && let Some(number) = self.0.next()
///         {
///             records.add(|events| {
///                 events.begin_object()?;
///                 events.key("square")?;
///                 events.integer(number * number)?;
///                 events.end_object()
///             });
///         }
///         Ok(())
///     }
/// }
///
/// let memory = Memory::default();
/// Run::start(Feed::records(Squares(0..10)), memory.clone(), &TransmogConfig::default())?.complete()?;
/// let tables = memory.take();
/// assert_eq!(tables[0].rows().last().and_then(|row| row.text("square")), Some("81".into()));
/// # Ok::<(), transmog_engine::Error>(())
/// ```
pub trait RecordSource: Send {
    /// Adds the next records until `records` is full. Adding none means the end.
    ///
    /// # Errors
    /// When the source fails, which ends the run; see
    /// [`Error::from_source`](crate::Error::from_source).
    fn next_records(&mut self, records: &mut Records<'_>) -> Result<()>;

    /// Number of records, if known.
    fn total(&self) -> Option<u64> {
        None
    }
}

/// Takes the records of a [`RecordSource`].
///
/// # Examples
/// ```
/// use transmog_engine::{Feed, Nothing, RecordSource, Records, Result, Run, TransmogConfig};
///
/// struct Names(Vec<&'static str>);
///
/// impl RecordSource for Names {
///     fn next_records(&mut self, records: &mut Records<'_>) -> Result<()> {
///         while !records.is_full()
///             && let Some(name) = self.0.pop()
///         {
///             records.add_value(&serde_json::json!({"name": name}));
///         }
///         Ok(())
///     }
/// }
///
/// let feed = Feed::records(Names(vec!["Ada", "Grace"]));
/// let summary = Run::start(feed, Nothing, &TransmogConfig::default())?.complete()?;
/// assert_eq!(summary.records.accepted, 2);
/// # Ok::<(), transmog_engine::Error>(())
/// ```
pub struct Records<'c> {
    chunk: &'c mut RecordedChunk,
    most: u32,
    /// The chunk is full after this many bytes.
    enough_bytes: usize,
    /// The most bytes of a record.
    record_memory: usize,
}

impl Records<'_> {
    /// Whether the chunk is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.chunk.records.len() >= self.most as usize || self.chunk.bytes >= self.enough_bytes
    }

    /// Adds a record. `give` calls its events in document order. No object may have a key twice.
    /// The error policy applies to a rejected record.
    pub fn add(&mut self, give: impl FnOnce(&mut dyn EventSink) -> Result<(), Rejection>) {
        self.record(|document| give(document));
    }

    /// Adds a value of a `serde::Serialize` type as a record. A value that JSON cannot represent,
    /// such as NaN, is rejected.
    pub fn add_value<T: serde::Serialize + ?Sized>(&mut self, value: &T) {
        self.record(|document| {
            transmog_flatten::serialize_events(value, document).map_err(|error| match error {
                SerializeError::Rejected(rejection) => rejection,
                error => Rejection::invalid(None, error.to_string()),
            })
        });
    }

    fn record(&mut self, give: impl FnOnce(&mut Document) -> Result<(), Rejection>) {
        let mut document = Document::with_memory(self.record_memory);
        let given = give(&mut document);
        self.chunk.bytes += size_of::<Document>() + document.bytes();
        self.chunk.records.push(given.map(|()| document));
    }
}

/// Recorded records that wait for a thread to flatten them.
#[derive(Default)]
pub(crate) struct RecordedChunk {
    records: Vec<Result<Document, Rejection>>,
    bytes: usize,
}

impl InputChunk for RecordedChunk {
    fn place(&self) -> ChunkPlace {
        ChunkPlace::of_values(VALUES.into())
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn parse<S: RecordSink>(&self, most: u32, sink: &mut S) {
        for (index, record) in (0..most).zip(&self.records) {
            let start = RecordStart { byte: 0, index };
            let taken = match record {
                Ok(document) => replay(document, start, sink),
                Err(rejection) => {
                    sink.begin_record(start);
                    Err(rejection.clone())
                }
            };
            let Err(rejection) = taken else { continue };
            sink.abandon_record();
            if reject(&rejection, index, sink).is_break() {
                return;
            }
        }
    }
}

/// Replays a record into the sink.
pub(crate) fn replay<S: RecordSink>(
    document: &Document,
    start: RecordStart,
    sink: &mut S,
) -> Result<(), Rejection> {
    document.replay(sink.begin_record(start))?;
    for ((remark, path), count) in document.remarks() {
        sink.remark(*remark, path, *count);
    }
    sink.end_record()
}

/// Rejects a record that is not text.
pub(crate) fn reject<S: RecordSink>(
    rejection: &Rejection,
    index: u32,
    sink: &mut S,
) -> ControlFlow<()> {
    let (path, message) = rejection.parts();
    sink.reject_record(RecordError {
        index,
        start: 0,
        end: 0,
        byte: 0,
        line: 0,
        column: 0,
        kind: RecordErrorKind::of(rejection),
        path,
        message,
        outside: None,
    })
}

/// The chunks of a [`RecordSource`].
pub(crate) struct Recording<S> {
    pub(crate) source: S,
    /// Bytes of a chunk, and of a record at most.
    pub(crate) chunk_bytes: usize,
    pub(crate) record_memory: usize,
    /// How the source ended, if it has.
    pub(crate) end: Option<Result<()>>,
}

impl<S: RecordSource> ChunkSource for Recording<S> {
    type Chunk = RecordedChunk;

    fn next_chunk(&mut self, most: u32) -> Result<Option<RecordedChunk>> {
        let mut chunk = RecordedChunk::default();
        if self.end.is_none() {
            let asked = self.source.next_records(&mut Records {
                chunk: &mut chunk,
                most: most.min(RECORDS_PER_CHUNK),
                enough_bytes: self.chunk_bytes,
                record_memory: self.record_memory,
            });
            if asked.is_err() || chunk.records.is_empty() {
                self.end = Some(asked);
            }
        }
        match chunk.records.is_empty() {
            false => Ok(Some(chunk)),
            // The records before the end of the source are flattened first.
            true => self.end.replace(Ok(())).unwrap_or(Ok(())).map(|()| None),
        }
    }

    fn total_records(&self) -> Option<u64> {
        self.source.total()
    }
}

/// Values of a `serde::Serialize` type as records.
///
/// # Examples
/// ```
/// use transmog_engine::{Feed, Memory, Run, TransmogConfig, Values};
/// let values = Values([serde_json::json!({"a": 1}), serde_json::json!({"a": 2.5})].into_iter());
/// let memory = Memory::default();
/// let summary = Run::start(Feed::records(values), memory, &TransmogConfig::default())?.complete()?;
/// assert_eq!(summary.records.accepted, 2);
/// # Ok::<(), transmog_engine::Error>(())
/// ```
pub struct Values<I>(pub I);

impl<I> RecordSource for Values<I>
where
    I: Iterator<Item: serde::Serialize> + Send,
{
    fn next_records(&mut self, records: &mut Records<'_>) -> Result<()> {
        while !records.is_full()
            && let Some(value) = self.0.next()
        {
            records.add_value(&value);
        }
        Ok(())
    }

    fn total(&self) -> Option<u64> {
        self.0.size_hint().1.map(|total| total as u64)
    }
}

impl RecordSource for Box<dyn RecordSource + '_> {
    fn next_records(&mut self, records: &mut Records<'_>) -> Result<()> {
        (**self).next_records(records)
    }

    fn total(&self) -> Option<u64> {
        (**self).total()
    }
}
