//! Records that are no text: values of a program.

use crate::{
    error::Result,
    worker::{ChunkResult, InputChunk, Worker, record_value},
};
use transmog_events::{EventSink, Rejection};
use transmog_reader::Document;

/// What values are called where inputs have the names of their files.
pub(crate) const VALUES: &str = "<values>";
/// Records of a batch that flatten together.
const RECORDS_PER_BATCH: u32 = 4096;

/// Gives records as parse events: for values that are neither JSON text nor
/// `serde::Serialize`, those of another language say. It is asked on the thread
/// that runs the operation; other threads make tables of what it gives.
///
/// # Examples
/// ```
/// use transmog::{Input, RecordSource, Records, Result, TransmogConfig, flatten};
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
/// let result = flatten(Input::records(Squares(0..10)), &TransmogConfig::default())?;
/// assert_eq!(result.main().rows().last().and_then(|row| row.text("square")), Some("81".into()));
/// # Ok::<(), transmog::Error>(())
/// ```
pub trait RecordSource: Send {
    /// Adds the next records until `records` is full; none when there are no more.
    ///
    /// # Errors
    /// When the records cannot be had, which ends the run; see
    /// [`Error::from_source`](crate::Error::from_source).
    fn next_records(&mut self, records: &mut Records<'_>) -> Result<()>;

    /// Number of records, when it is known.
    fn total(&self) -> Option<u64> {
        None
    }
}

/// Takes the records of a [`RecordSource`].
pub struct Records<'w> {
    to: To<'w>,
    count: u32,
    most: u32,
}

/// Where the events of records go.
enum To<'w> {
    /// To tables, at once.
    Worker(&'w mut Worker),
    /// Into memory, for another thread.
    Recorded(&'w mut Recorded),
}

impl<'w> Records<'w> {
    /// A batch of `most` records at most.
    pub(crate) fn new(worker: &'w mut Worker, most: u32) -> Self {
        let most = most.min(RECORDS_PER_BATCH);
        worker.begin_chunk();
        Self {
            to: To::Worker(worker),
            count: 0,
            most,
        }
    }

    /// A batch for another thread.
    pub(crate) fn recording(recorded: &'w mut Recorded) -> Self {
        Self {
            to: To::Recorded(recorded),
            count: 0,
            most: RECORDS_PER_BATCH,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether it is time to flatten what there is.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.count >= self.most
            || match &self.to {
                To::Worker(worker) => worker.is_full(),
                To::Recorded(recorded) => recorded.bytes >= recorded.enough_bytes,
            }
    }

    /// Adds a record, whose events `give` calls in document order. No object may
    /// hold a key twice. A record that is rejected is the error policy's to judge.
    pub fn add(&mut self, give: impl FnOnce(&mut dyn EventSink) -> Result<(), Rejection>) {
        match &mut self.to {
            To::Worker(worker) => worker.events(self.count, give),
            To::Recorded(recorded) => recorded.add(|document| give(document)),
        }
        self.count += 1;
    }

    fn add_value<T: serde::Serialize>(&mut self, value: &T) {
        match &mut self.to {
            To::Worker(worker) => worker.value(value, self.count),
            To::Recorded(recorded) => recorded.add(|document| record_value(value, document)),
        }
        self.count += 1;
    }
}

/// Records whose events wait for the thread that makes tables of them.
pub(crate) struct Recorded {
    number: u64,
    records: Vec<Result<Document, Rejection>>,
    bytes: usize,
    /// More are not recorded when there are so many.
    enough_bytes: usize,
    /// Bytes that a record may take.
    record_memory: usize,
}

impl Recorded {
    pub(crate) fn new(number: u64, enough_bytes: usize, record_memory: usize) -> Self {
        Self {
            number,
            records: Vec::new(),
            bytes: 0,
            enough_bytes,
            record_memory,
        }
    }

    fn add(&mut self, give: impl FnOnce(&mut Document) -> Result<(), Rejection>) {
        let mut document = Document::with_memory(self.record_memory);
        let given = give(&mut document);
        self.bytes += size_of::<Document>() + document.bytes();
        self.records.push(given.map(|()| document));
    }
}

impl InputChunk for Recorded {
    fn number(&self) -> u64 {
        self.number
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn flatten(&self, worker: &mut Worker, _: u32) -> ChunkResult {
        worker.begin_chunk();
        for (index, record) in (0..).zip(&self.records) {
            worker.recorded(record.as_ref().map_err(Rejection::clone), index);
        }
        worker.finish(self.number, VALUES.into())
    }
}

/// Values of a `serde::Serialize` type.
pub(crate) struct Values<I>(pub(crate) I);

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
