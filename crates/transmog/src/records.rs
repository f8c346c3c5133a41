//! Records that are no text: values of a program.

use crate::{error::Result, worker::Worker};
use transmog_events::{EventSink, Rejection};

/// Records of a batch that flatten together.
const RECORDS_PER_BATCH: u32 = 4096;

/// Gives records as parse events: for values that are neither JSON text nor
/// `serde::Serialize`, those of another language say. It is asked on the thread
/// that runs the operation.
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
    worker: &'w mut Worker,
    count: u32,
    most: u32,
}

impl<'w> Records<'w> {
    /// A batch of `most` records at most.
    pub(crate) fn new(worker: &'w mut Worker, most: u32) -> Self {
        let most = most.min(RECORDS_PER_BATCH);
        Self {
            worker,
            count: 0,
            most,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether it is time to flatten what there is.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.count >= self.most || self.worker.is_full()
    }

    /// Adds a record, whose events `give` calls in document order. No object may
    /// hold a key twice. A record that is rejected is the error policy's to judge.
    pub fn add(&mut self, give: impl FnOnce(&mut dyn EventSink) -> Result<(), Rejection>) {
        self.worker.events(self.count, give);
        self.count += 1;
    }

    fn add_value<T: serde::Serialize>(&mut self, value: &T) {
        self.worker.value(value, self.count);
        self.count += 1;
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
