//! The third operation: to batches, as they come.

use crate::{
    config::{DEFAULT_STREAM_BATCH_SIZE, TransmogConfig},
    error::Result,
    input::Input,
    run::{Run, Setup},
    summary::Summary,
    tables::{Rows, SinkFactory},
};
use arrow::array::RecordBatch;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Instant,
};
use transmog_model::{TableSchema, TableSink};

/// Flattens the input to record batches, one after another in bounded memory,
/// each with the name of its table.
///
/// A batch has the columns and types known when it is made: a later one of the
/// same table may have more columns, and wider types. All of them have one
/// schema when the run is given the whole of it, see
/// [`survey`](crate::survey) and [`with_schema`](TransmogConfig::with_schema).
///
/// # Errors
/// When the options contradict each other or an input is not there; other errors
/// are items, and the last ones.
///
/// # Examples
/// ```
/// use transmog::{TransmogConfig, flatten_batches};
/// let mut batches = flatten_batches(r#"{"a":1,"b":[{"c":2},{"c":3}]}"#, &TransmogConfig::default())?;
/// let mut rows = Vec::new();
/// for batch in &mut batches {
///     let (table, batch) = batch?;
///     rows.push((table, batch.num_rows()));
/// }
/// assert_eq!(rows, [("data".to_owned(), 1), ("data_b".to_owned(), 2)]);
/// assert_eq!(batches.summary().map(|summary| summary.records.read), Some(1));
/// # Ok::<(), transmog::Error>(())
/// ```
pub fn flatten_batches(input: impl Into<Input>, config: &TransmogConfig) -> Result<Batches> {
    config.validate()?;
    let queue = Queue::default();
    let sinks: SinkFactory = {
        let queue = Arc::clone(&queue);
        Box::new(move |_| Box::new(ToQueue(Arc::clone(&queue))))
    };
    let setup = Setup::in_memory(config, Rows::Streamed, DEFAULT_STREAM_BATCH_SIZE);
    let started = Instant::now();
    Ok(Batches {
        run: Some(Run::start(input.into().feed(config)?, sinks, setup, true)),
        queue,
        started,
        summary: None,
    })
}

/// Record batches of a run in progress, made by [`flatten_batches`].
pub struct Batches {
    run: Option<Run<'static>>,
    queue: Queue,
    started: Instant,
    summary: Option<Summary>,
}

/// Batches on their way out, with their tables' names.
type Queue = Arc<Mutex<VecDeque<(String, RecordBatch)>>>;

struct ToQueue(Queue);

fn lock(queue: &Queue) -> std::sync::MutexGuard<'_, VecDeque<(String, RecordBatch)>> {
    // Nothing panics while the lock is held.
    queue
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl TableSink for ToQueue {
    fn write(&mut self, schema: &TableSchema, rows: RecordBatch) -> transmog_model::Result<()> {
        lock(&self.0).push_back((schema.name.clone(), rows));
        Ok(())
    }

    fn finish(&mut self, _: &TableSchema) -> transmog_model::Result<()> {
        Ok(())
    }
}

impl Batches {
    /// What the run did; none before its end.
    #[must_use]
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }
}

impl Iterator for Batches {
    type Item = Result<(String, RecordBatch)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = lock(&self.queue).pop_front() {
                return Some(Ok(batch));
            }
            let mut run = self.run.take()?;
            match run.step() {
                Ok(true) => self.run = Some(run),
                Ok(false) => match run.finish() {
                    Ok(outcome) => {
                        let elapsed = self.started.elapsed();
                        self.summary = Some(Summary::in_memory(&outcome, elapsed));
                    }
                    Err(error) => return Some(Err(error)),
                },
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
