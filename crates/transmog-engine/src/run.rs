//! The pipeline: chunks, workers, and the merge in chunk order.

use crate::{
    arrow_records::ArrowRecords,
    config::{Progress, TransmogConfig},
    destination::{AlteredBy, Destination, Rows},
    erased::AnySource,
    error::{Error, Result},
    merge::{Merge, Merged, StoredForms},
    options::Options,
    outcome::table_summaries,
    pool::{Pool, WORK},
    records::{RecordSource, Recording},
    rejections::Rejections,
    schema::Schema,
    source::ChunkSource,
    statistics::Statistics,
    summary::{RecordCounts, Summary},
    tables::{Inline, Tables},
    worker::{ChunkResult, SharedStatistics, Worker, lock},
};
use std::{sync::Arc, time::Instant};
use transmog_reader::{ChunkReader, LeftOut, Source};

/// The input of a run.
///
/// # Examples
/// ```
/// use transmog_engine::{Feed, Nothing, Run, TransmogConfig, Values};
/// use transmog_reader::Source;
/// let text = Feed::text(vec![Source::bytes("a.json", b"{\"a\":1}".to_vec())]);
/// let values = Feed::records(Values([serde_json::json!({"a": 1})].into_iter()));
/// for feed in [text, values] {
///     let summary = Run::start(feed, Nothing, &TransmogConfig::default())?.complete()?;
///     assert_eq!(summary.records.read, 1);
/// }
/// # Ok::<(), transmog_engine::Error>(())
/// ```
pub struct Feed<'r> {
    origin: Origin<'r>,
    left_out: LeftOut,
    /// Whether the thread that runs the operation reads.
    is_here: bool,
}

enum Origin<'r> {
    Text(Vec<Source>),
    Records(Box<dyn RecordSource + 'r>),
    Arrow(ArrowRecords),
    Chunks(Box<dyn AnySource>),
}

impl<'r> Feed<'r> {
    /// JSON text from these sources, one after another.
    #[must_use]
    pub fn text(sources: Vec<Source>) -> Self {
        Self::of(Origin::Text(sources))
    }

    /// Records that are not text. The thread that runs the operation reads them; other threads make
    /// tables from them.
    #[must_use]
    pub fn records(records: impl RecordSource + 'r) -> Self {
        Self::of(Origin::Records(Box::new(records)))
    }

    /// Rows of Arrow record batches. They are read as chunks are; see [`chunks`](Self::chunks).
    #[must_use]
    pub fn arrow(records: ArrowRecords) -> Self {
        Self::of(Origin::Arrow(records))
    }

    /// Chunks of any kind. With several threads and no `max_records`, a thread of its own reads
    /// them; nobody waits for that thread when a run ends early.
    #[must_use]
    pub fn chunks(source: impl ChunkSource + 'static) -> Self {
        Self::of(Origin::Chunks(Box::new(source)))
    }

    fn of(origin: Origin<'r>) -> Self {
        Self {
            origin,
            left_out: LeftOut::default(),
            is_here: false,
        }
    }

    /// The same input, read by the thread that runs the operation, for a source that no other
    /// thread may use. A run that waits for such a source cannot be stopped meanwhile.
    ///
    /// # Examples
    /// ```
    /// use transmog_engine::{Feed, Nothing, Run, TransmogConfig};
    /// use transmog_reader::Source;
    /// let text = Feed::text(vec![Source::bytes("a.json", b"{\"a\":1}".to_vec())]);
    /// let run = Run::start(text.on_this_thread(), Nothing, &TransmogConfig::default())?;
    /// assert_eq!(run.complete()?.records.read, 1);
    /// # Ok::<(), transmog_engine::Error>(())
    /// ```
    #[must_use]
    pub fn on_this_thread(self) -> Self {
        Self {
            is_here: true,
            ..self
        }
    }

    /// The same input with what its directories have besides, for the [`Summary`].
    #[must_use]
    pub fn with_left_out(self, left_out: LeftOut) -> Self {
        Self { left_out, ..self }
    }
}

/// How the chunks of a run are read and flattened.
enum Chunks<'r> {
    /// One thread reads, others flatten.
    Pool(Box<Pool>),
    /// The calling thread reads, others flatten. The number is the assumed size of a chunk before
    /// it is read.
    Fed(Box<dyn AnySource + 'r>, Box<Pool>, usize),
    /// The calling thread does both. The number is that of the next chunk.
    Alone(Box<dyn AnySource + 'r>, Box<Worker>, u64),
}

impl<'r> Chunks<'r> {
    fn new(
        feed: Feed<'r>,
        options: &Arc<Options>,
        altered: Option<&Arc<AlteredBy>>,
        statistics: Option<&SharedStatistics>,
    ) -> (Self, Progress) {
        let source: Box<dyn AnySource> = match feed.origin {
            Origin::Text(sources) => Box::new(ChunkReader::new(sources, options.read.clone())),
            Origin::Arrow(records) => Box::new(records.chunks(options.chunk_bytes)),
            Origin::Chunks(source) => source,
            Origin::Records(source) => {
                let source = Recording {
                    source,
                    chunk_bytes: options.chunk_bytes,
                    record_memory: options.limits.record,
                    end: None,
                };
                return Self::here(Box::new(source), options, altered, statistics);
            }
        };
        if feed.is_here {
            return Self::here(source, options, altered, statistics);
        }
        let progress = progress(&*source);
        // A run that can be stopped must not block on input on this thread. Files do not block.
        let waits = options.cancel.is_some() && progress.total_bytes.is_none();
        let is_alone = (options.threads <= 1 && !waits) || options.max_records.is_some();
        let pool = match is_alone {
            true => Err(source),
            false => Pool::start(source, options, altered, statistics),
        };
        let chunks = match pool {
            Ok(pool) => Self::Pool(Box::new(pool)),
            Err(source) => Self::alone(source, options, altered, statistics),
        };
        (chunks, progress)
    }

    /// The calling thread reads.
    fn here(
        source: Box<dyn AnySource + 'r>,
        options: &Arc<Options>,
        altered: Option<&Arc<AlteredBy>>,
        statistics: Option<&SharedStatistics>,
    ) -> (Self, Progress) {
        let progress = progress(&*source);
        let pool = (options.threads > 1 && options.max_records.is_none())
            .then(|| Pool::unfed(options, altered, statistics));
        let chunks = match pool.filter(Pool::has_threads) {
            Some(pool) => Self::Fed(source, Box::new(pool), options.chunk_bytes),
            None => Self::alone(source, options, altered, statistics),
        };
        (chunks, progress)
    }

    fn alone(
        source: Box<dyn AnySource + 'r>,
        options: &Arc<Options>,
        altered: Option<&Arc<AlteredBy>>,
        statistics: Option<&SharedStatistics>,
    ) -> Self {
        let worker = Worker::new(options, altered.cloned(), statistics);
        Self::Alone(source, Box::new(worker), 0)
    }

    /// Does the jobs of tables: the threads of the pool, if there is one and `Rows` allows it.
    fn tables(&self, rows: Rows) -> Box<dyn Tables> {
        match self {
            Chunks::Pool(pool) | Chunks::Fed(_, pool, _) if rows != Rows::Yielded => {
                Box::new(pool.tables())
            }
            _ => Box::new(Inline::default()),
        }
    }

    /// The result of the next chunk; `None` at the end, or after `most` records.
    fn next(&mut self, most: u32) -> Result<Option<ChunkResult>> {
        if most == 0 {
            return Ok(None);
        }
        match self {
            Chunks::Pool(pool) => pool.next_result(),
            Chunks::Fed(source, pool, bytes) => {
                while !pool.has_end() && !pool.has_result() && pool.has_room(*bytes) {
                    match source.next(u32::MAX) {
                        Ok(Some(chunk)) => pool.give(chunk),
                        Ok(None) => pool.end(Ok(())),
                        Err(error) => pool.end(Err(error)),
                    }
                }
                pool.next_result()
            }
            Chunks::Alone(source, worker, number) => {
                let Some(chunk) = source.next(most)? else {
                    return Ok(None);
                };
                *number += 1;
                Ok(Some(chunk.flatten(*number - 1, worker, most)))
            }
        }
    }
}

/// The progress before the first record.
fn progress(source: &dyn AnySource) -> Progress {
    Progress {
        total: source.total_records(),
        total_bytes: source.total_bytes(),
        ..Progress::default()
    }
}

/// A run in progress: it reads its input once and gives the tables to their destination.
///
/// # Examples
/// ```
/// use transmog_engine::{Feed, Memory, Run, TransmogConfig};
/// use transmog_reader::Source;
///
/// let json = br#"{"a":1,"b":[{"c":2},{"c":3}]}"#;
/// let input = Feed::text(vec![Source::bytes("example", json.to_vec())]);
/// let memory = Memory::default();
/// let summary = Run::start(input, memory.clone(), &TransmogConfig::default())?.complete()?;
/// assert_eq!(summary.records.accepted, 1);
/// let names: Vec<_> = memory.take().iter().map(|table| table.name().to_owned()).collect();
/// assert_eq!(names, ["data", "data_b"]);
/// # Ok::<(), transmog_engine::Error>(())
/// ```
pub struct Run<'r> {
    // Declared first, so the threads end before the destination is dropped.
    chunks: Chunks<'r>,
    merge: Merge,
    destination: Box<dyn Destination + 'r>,
    options: Arc<Options>,
    rejections: Rejections,
    counts: RecordCounts,
    progress: Progress,
    statistics: Option<SharedStatistics>,
    left_out: LeftOut,
    started: Instant,
    stage: Stage,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Reading,
    /// All chunks are merged.
    Read,
    Failed,
}

impl<'r> Run<'r> {
    /// Starts a run.
    ///
    /// # Errors
    /// When options conflict.
    pub fn start(
        mut feed: Feed<'r>,
        destination: impl Destination + 'r,
        config: &TransmogConfig,
    ) -> Result<Self> {
        let started = Instant::now();
        let rows = destination.rows();
        if matches!(feed.origin, Origin::Records(_) | Origin::Arrow(_)) {
            config.refuse_text_options()?;
        }
        let options = Arc::new(Options::resolve(config, rows)?);
        let statistics = options.has_statistics.then(|| {
            let statistics = Statistics::with_memory(options.limits.statistics);
            SharedStatistics::new(statistics.into())
        });
        let (altered, refusal) = match destination.cell_check() {
            Some(check) => (Some(check.altered), check.refusal),
            None => (None, None),
        };
        let forms = StoredForms::of(destination.format());
        let left_out = std::mem::take(&mut feed.left_out);
        let (chunks, progress) = Chunks::new(feed, &options, altered.as_ref(), statistics.as_ref());
        Ok(Self {
            merge: Merge::new(&options, chunks.tables(rows), rows, refusal, forms),
            chunks,
            options,
            destination: Box::new(destination),
            rejections: Rejections::default(),
            counts: RecordCounts::default(),
            progress,
            statistics,
            left_out,
            started,
            stage: Stage::Reading,
        })
    }

    /// The same run, which began at this time: [`Summary::elapsed`] counts from then on.
    /// Default: the time of [`start`](Self::start).
    #[must_use]
    pub fn started_at(self, started: Instant) -> Self {
        Self { started, ..self }
    }

    /// Merges the next chunk; false if there is none.
    ///
    /// # Errors
    /// When the input cannot be read, a record ends the run, or rows cannot be written.
    pub fn step(&mut self) -> Result<bool> {
        match self.stage {
            Stage::Reading => {}
            Stage::Read => return Ok(false),
            Stage::Failed => return Err(has_failed()),
        }
        let stepped = self.next_chunk();
        self.stage = match &stepped {
            Ok(true) => Stage::Reading,
            Ok(false) => Stage::Read,
            Err(_) => Stage::Failed,
        };
        stepped
    }

    fn next_chunk(&mut self) -> Result<bool> {
        let most = self.options.max_records.unwrap_or(u64::MAX);
        let most = u32::try_from(most.saturating_sub(self.counts.read)).unwrap_or(u32::MAX);
        let next = self.chunks.next(most);
        match next.map_err(|error| error.after(self.counts.read))? {
            Some(chunk) => self.take(chunk).map(|()| true),
            None => Ok(false),
        }
    }

    /// Merges the result of the next chunk.
    fn take(&mut self, mut chunk: ChunkResult) -> Result<()> {
        let _span = tracing::trace_span!(target: WORK, "merge", number = chunk.number).entered();
        self.options.check_cancelled()?;
        let records = self.counts.read;
        self.progress.bytes = chunk.at.bytes_read;
        if self.progress.file != chunk.at.file {
            self.progress.file = Arc::clone(&chunk.at.file);
        }
        let policy = &self.options.policy;
        (self.rejections).take(&chunk, records, policy, &mut *self.destination)?;
        for set in std::mem::take(&mut chunk.sets) {
            let place = |record| chunk.place(record, records);
            self.merge.add(set, &place, &mut *self.destination)?;
        }
        self.counts = RecordCounts {
            read: records + chunk.read,
            accepted: self.merge.accepted(),
            rejected: self.rejections.count,
        };
        tracing::debug!(
            input = %chunk.at.file,
            records = self.counts.read,
            bytes = chunk.at.bytes_read,
            "a chunk is merged"
        );
        self.report(records);
        Ok(())
    }

    /// Calls the progress callback for each interval that ends within these records.
    fn report(&self, before: u64) {
        let Some(callback) = &self.options.progress else {
            return;
        };
        let step = self.options.progress_interval;
        let mut records = before - before % step + step;
        while records <= self.counts.read {
            callback(&Progress {
                records,
                ..self.progress.clone()
            });
            records += step;
        }
    }

    /// Runs to the end and completes the tables.
    ///
    /// # Errors
    /// As [`step`](Self::step) and [`finish`](Self::finish).
    pub fn complete(mut self) -> Result<Summary> {
        while self.step()? {}
        self.finish()
    }

    /// Completes the tables after the last chunk.
    ///
    /// # Errors
    /// When more records were rejected than the options allow, rows cannot be written, or the
    /// destination cannot commit.
    pub fn finish(self) -> Result<Summary> {
        self.finish_with_schema().map(|(summary, _)| summary)
    }

    /// The same, and returns the schema of all tables.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_with_schema(self) -> Result<(Summary, Schema)> {
        // Variables are dropped in reverse order: the threads end before the destination.
        let Self {
            options,
            mut destination,
            rejections,
            counts,
            progress,
            statistics,
            left_out,
            started,
            chunks,
            merge,
            stage,
        } = self;
        match stage {
            Stage::Read => {}
            Stage::Failed => return Err(has_failed()),
            Stage::Reading => {
                let message = "the run has not read all of its input; step until there is no more";
                return Err(Error::config(message));
            }
        }
        rejections.judge(counts, &options.policy)?;
        let Merged {
            tables,
            ledger,
            schema,
            maps,
            without_effect,
        } = merge.finish(&mut *destination)?;
        report_end(&options, counts, progress);
        // The last callback may have stopped the run.
        options.check_cancelled()?;
        // The statistics are complete once the workers have ended.
        drop(chunks);
        let statistics = statistics.map(|shared| std::mem::take(&mut *lock(&shared)));
        let mut summary = Summary {
            records: counts,
            ids: options.flatten.id_generation.clone(),
            tables: table_summaries(&tables, &schema, statistics.as_ref()),
            ledger,
            maps,
            rules_without_effect: without_effect,
            rejections: rejections.first,
            left_out,
            elapsed: started.elapsed(),
            ..Summary::default()
        };
        destination.commit(&mut summary)?;
        summary.elapsed = started.elapsed();
        Ok((summary, schema))
    }
}

#[cold]
fn has_failed() -> Error {
    Error::config("the run has failed and cannot continue; start another one")
}

/// Calls the progress callback for the last time.
fn report_end(options: &Options, counts: RecordCounts, progress: Progress) {
    if let Some(callback) = &options.progress {
        callback(&Progress {
            records: counts.read,
            total: Some(counts.read),
            bytes: match progress.total_bytes {
                Some(total) if options.max_records.is_none() => total,
                _ => progress.bytes,
            },
            ..progress
        });
    }
}
