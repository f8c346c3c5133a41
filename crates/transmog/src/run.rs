//! The one pipeline: chunks, workers, and the merge in chunk order.

use crate::{
    assemble::Assembler,
    config::{DEFAULT_STREAM_BATCH_SIZE, Leniency, MaxErrors, OnError, Progress, TransmogConfig},
    error::{Category, Error, Result},
    input::{Feed, Origin},
    outcome::Outcome,
    output::Output,
    pool::Pool,
    quarantine::{Quarantine, RejectedBytes},
    records::{RecordSource, Recorded, Records, VALUES},
    spill::SpillFile,
    summary::{MAX_REJECTIONS, RecordCounts},
    tables::{Inline, Rows, SinkFactory, Tables},
    worker::{CellCheck, ChunkResult, SharedStatistics, Worker, action, lock},
};
use std::{
    sync::Arc,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};
use transmog_describe::{Dialect, Statistics};
use transmog_events::Location;
use transmog_events::RecordErrorKind;
use transmog_model::TableFormat;
use transmog_reader::{ChunkReader, ReadOptions};

/// Of the memory limit, a chunk takes one part of so many at most.
const CHUNKS: usize = 64;
/// And what is kept of something rejected that is no record of a chunk.
const RAW: usize = 16;

/// What a run needs besides its input.
pub(crate) struct Setup<'r> {
    pub(crate) config: TransmogConfig,
    /// Records between two calls of the progress callback by default.
    pub(crate) batch_size: usize,
    pub(crate) start_micros: i64,
    /// Which text cells the format alters.
    pub(crate) check: Option<CellCheck>,
    /// Which texts the database that the files are for does not load, and what to do.
    pub(crate) text_refusal: &'static str,
    /// Where rejected records go.
    pub(crate) quarantine: Option<&'r mut Quarantine>,
    pub(crate) rows: Rows,
    /// Where rows wait that find no place in memory.
    pub(crate) spill: Option<&'r (dyn Fn() -> Result<SpillFile> + Sync)>,
    /// Says how types are stored and what columns are called; none in memory.
    pub(crate) format: Option<&'r dyn TableFormat>,
}

impl Setup<'static> {
    /// For rows that go to no file.
    pub(crate) fn in_memory(config: &TransmogConfig, rows: Rows, batch_size: usize) -> Self {
        Self {
            config: config.clone(),
            batch_size,
            start_micros: now_micros(),
            check: None,
            text_refusal: "",
            quarantine: None,
            rows,
            spill: None,
            format: None,
        }
    }
}

impl<'r> Setup<'r> {
    /// For the rows of an output; those of a run that writes nothing are dropped.
    pub(crate) fn of_output(
        config: &TransmogConfig,
        output: &'r Output,
        rows: Rows,
        quarantine: &'r mut Quarantine,
    ) -> Self {
        Self {
            config: output.strictness(config),
            batch_size: DEFAULT_STREAM_BATCH_SIZE,
            start_micros: now_micros(),
            check: Some(output.cell_check()),
            text_refusal: output.sql.map(Dialect::text_refusal).unwrap_or_default(),
            quarantine: Some(quarantine),
            rows,
            spill: None,
            format: Some(&*output.format),
        }
    }
}

/// Now, in microseconds since the epoch.
pub(crate) fn now_micros() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// The merging end of a run.
struct Merge<'r> {
    assembler: Assembler<'r>,
    counts: RecordCounts,
    rejections: Vec<(Location, String)>,
    quarantine: Option<&'r mut Quarantine>,
    config: TransmogConfig,
    batch_size: usize,
    progress: Progress,
    format: Option<&'r dyn TableFormat>,
}

impl<'r> Merge<'r> {
    fn new(setup: Setup<'r>, tables: Box<dyn Tables + Send + 'r>) -> Self {
        let config = setup.config;
        let start_micros = setup.start_micros;
        Self {
            assembler: Assembler::new(&config, start_micros, tables, setup.rows, setup.spill)
                .with_text_refusal(setup.text_refusal),
            counts: RecordCounts::default(),
            rejections: Vec::new(),
            quarantine: setup.quarantine,
            batch_size: config.batch_size.unwrap_or(setup.batch_size),
            config,
            progress: Progress::default(),
            format: setup.format,
        }
    }

    /// Takes the result of the next chunk.
    fn take(&mut self, mut chunk: ChunkResult) -> Result<()> {
        self.config.check_cancelled()?;
        let records = self.counts.read;
        self.progress.bytes = chunk.bytes_read;
        if self.progress.file != chunk.file {
            self.progress.file = Arc::clone(&chunk.file);
        }
        self.reject(&chunk, records)?;
        for set in std::mem::take(&mut chunk.sets) {
            let place = |record| chunk.place(record, records);
            self.assembler.add(set, &place)?;
        }
        self.counts.read += chunk.read;
        tracing::debug!(
            input = %chunk.file,
            records = self.counts.read,
            bytes = chunk.bytes_read,
            "a chunk is merged"
        );
        self.counts.accepted = self.assembler.accepted();
        if let Some(progress) = &self.config.progress {
            let step = self.batch_size as u64;
            let mut at = Progress {
                records: records - records % step + step,
                ..self.progress.clone()
            };
            while at.records <= self.counts.read {
                progress(&at);
                at.records += step;
            }
        }
        Ok(())
    }

    fn reject(&mut self, chunk: &ChunkResult, records: u64) -> Result<()> {
        let mut raw = chunk.raw.as_deref();
        for error in &chunk.errors {
            let is_value = error.line == 0 && error.column == 0;
            let location = Location {
                file: chunk.file.to_string(),
                record: Some(records + u64::from(error.index) + 1),
                line: (!is_value).then_some(chunk.line + error.line + 1),
                column: (!is_value).then_some(error.column),
                byte: (!is_value).then_some(chunk.byte + error.byte),
                path: error.path.as_deref().map(str::to_owned),
            };
            let config = &self.config;
            let action = action(error.kind, config.on_error, config.on_drift);
            if action == OnError::Fail {
                let category = match error.kind {
                    RecordErrorKind::Syntax => Category::Syntax,
                    _ => Category::Data,
                };
                return Err(Error::at(category, location, &*error.message));
            }
            self.counts.rejected += 1;
            if action == OnError::Quarantine
                && let Some(rest) = &mut raw
            {
                let bytes = match &error.outside {
                    Some(outside) => RejectedBytes::of(outside),
                    None => RejectedBytes {
                        byte: chunk.byte + error.bytes.start as u64,
                        length: error.bytes.len() as u64,
                        raw: rest.split_off(..error.bytes.len()),
                    },
                };
                if let Some(quarantine) = self.quarantine.as_deref_mut() {
                    quarantine.add(&location, &error.message, &bytes)?;
                }
            }
            if let Some(MaxErrors::Count(most)) = self.config.max_errors
                && self.counts.rejected > most
            {
                let message = format!(
                    "{}; more than {most} records were rejected (max_errors)",
                    error.message
                );
                return Err(Error::at(Category::Data, location, message));
            }
            tracing::debug!(place = %location, reason = &*error.message, "a record is rejected");
            if self.rejections.len() < MAX_REJECTIONS {
                self.rejections.push((location, error.message.to_string()));
            }
        }
        Ok(())
    }

    /// Completes the tables.
    fn finish(mut self) -> Result<Outcome> {
        self.end()?;
        let schema = self.assembler.observed();
        let (tables, ledger) = self.assembler.finish(self.format)?;
        if let Some(progress) = &self.config.progress {
            progress(&Progress {
                records: self.counts.read,
                total: Some(self.counts.read),
                bytes: match self.progress.total_bytes {
                    Some(total) if self.config.max_records.is_none() => total,
                    _ => self.progress.bytes,
                },
                ..self.progress.clone()
            });
        }
        // The last call may have stopped the run.
        self.config.check_cancelled()?;
        Ok(Outcome {
            counts: self.counts,
            tables,
            ledger,
            schema,
            rejections: self.rejections,
            statistics: None,
        })
    }

    fn end(&mut self) -> Result<()> {
        if self.counts.accepted == 0
            && let Some((place, reason)) = self.rejections.first()
        {
            let what = match self.counts.rejected {
                1 => "the only record was".to_owned(),
                count => format!("all {count} records were"),
            };
            let message = format!("{reason}; {what} rejected, so there is nothing to write");
            return Err(Error::at(Category::Data, place.clone(), message));
        }
        if let Some(MaxErrors::Share(most)) = self.config.max_errors
            && self.counts.rejected as f64 > most * self.counts.read as f64
        {
            return Err(Error::new(
                Category::Data,
                format!(
                    "{} of {} records were rejected, more than {}% (max_errors)",
                    self.counts.rejected,
                    self.counts.read,
                    most * 100.0
                ),
            ));
        }
        Ok(())
    }
}

/// The input in chunks that are flattened.
enum Chunks<'r> {
    /// By the threads of a pool.
    Pool(Box<Pool>),
    /// On this thread.
    Alone(ChunkReader, Box<Worker>),
    /// Records that are no text, on this thread.
    Records(Box<dyn RecordSource + 'r>, Box<Worker>, u64),
    /// The same by the threads of a pool, which this thread feeds.
    Fed(Box<Feeder<'r>>),
}

/// Records that are no text on their way to the threads of a pool.
struct Feeder<'r> {
    source: Box<dyn RecordSource + 'r>,
    pool: Pool,
    /// Of the next chunk.
    number: u64,
    /// How it ended.
    end: Option<Result<()>>,
    /// Bytes of a chunk, and of a record at most.
    chunk_bytes: usize,
    record_memory: usize,
}

impl Feeder<'_> {
    fn next(&mut self, records: u64) -> Result<Option<ChunkResult>> {
        while self.end.is_none() && self.pool.has_room(self.chunk_bytes) {
            let mut chunk = Recorded::new(self.number, self.chunk_bytes, self.record_memory);
            let mut batch = Records::recording(&mut chunk);
            let asked = self.source.next_records(&mut batch);
            let is_last = asked.is_err() || batch.is_empty();
            if !batch.is_empty() {
                self.pool.give(Box::new(chunk));
                self.number += 1;
            }
            if is_last {
                self.pool.end(self.number);
                self.end = Some(asked);
            }
        }
        match self.pool.next_result(records)? {
            // What comes before the end of the source is said first.
            None => self.end.take().unwrap_or(Ok(())).map(|()| None),
            chunk => Ok(chunk),
        }
    }
}

impl Chunks<'_> {
    /// What the next chunk became; none at the end.
    /// After `most` records it is the end.
    fn next(&mut self, records: u64, most: Option<u64>) -> Result<Option<ChunkResult>> {
        let left = most.map_or(u64::MAX, |most| most - records);
        let most = u32::try_from(left).unwrap_or(u32::MAX);
        if most == 0 {
            return Ok(None);
        }
        match self {
            Chunks::Pool(pool) => pool.next_result(records),
            Chunks::Fed(feeder) => feeder.next(records),
            Chunks::Alone(reader, worker) => {
                let chunk = reader.next_chunk().map_err(|e| Error::read(e, records))?;
                Ok(chunk.map(|chunk| worker.chunk(&chunk, most)))
            }
            Chunks::Records(source, worker, number) => {
                let mut batch = Records::new(worker, most);
                source.next_records(&mut batch)?;
                let is_empty = batch.is_empty();
                *number += 1;
                let chunk = worker.finish(*number - 1, VALUES.into());
                Ok((!is_empty).then_some(chunk))
            }
        }
    }
}

/// A run in progress.
pub(crate) struct Run<'r> {
    chunks: Chunks<'r>,
    merge: Merge<'r>,
    statistics: Option<SharedStatistics>,
}

impl<'r> Run<'r> {
    /// Begins to read. Tables are written by the threads that flatten, unless
    /// `inline` wants that on this one.
    pub(crate) fn start(
        feed: Feed<'r>,
        sinks: SinkFactory,
        setup: Setup<'r>,
        inline: bool,
    ) -> Self {
        let config = setup.config.clone();
        let alone = |sinks| Box::new(Inline::new(sinks));
        let statistics = config.statistics.then(|| {
            let statistics = Statistics::with_memory(config.statistics_memory());
            SharedStatistics::new(statistics.into())
        });
        let worker = |statistics: &Option<_>| {
            Box::new(Worker::new(
                &config,
                setup.check.clone(),
                statistics.as_ref(),
            ))
        };
        let machine = || thread::available_parallelism().map_or(1, usize::from);
        let threads = config.threads.unwrap_or_else(machine);
        let chunk_bytes = config.chunk_bytes.min(config.memory_limit / CHUNKS);
        let sources = match feed.origin {
            Origin::Text(sources) => sources,
            Origin::Records(records) => {
                let total = records.total();
                let pool = (threads > 1 && config.max_records.is_none()).then(|| {
                    Pool::unfed(&config, setup.check.as_ref(), statistics.as_ref(), threads)
                });
                let pool = pool.filter(Pool::has_threads);
                let tables: Box<dyn Tables + Send> = match &pool {
                    Some(pool) if !inline => Box::new(pool.tables(sinks)),
                    _ => alone(sinks),
                };
                let chunks = match pool {
                    Some(pool) => Chunks::Fed(Box::new(Feeder {
                        source: records,
                        pool,
                        number: 0,
                        end: None,
                        chunk_bytes,
                        record_memory: config.record_memory(),
                    })),
                    None => Chunks::Records(records, worker(&statistics), 0),
                };
                let mut merge = Merge::new(setup, tables);
                merge.progress.total = total;
                return Self {
                    chunks,
                    merge,
                    statistics,
                };
            }
        };
        let options = ReadOptions::default()
            .with_chunk_bytes(chunk_bytes)
            .with_max_record_bytes(config.max_record_bytes)
            .with_record_memory(config.record_memory())
            .with_max_raw_bytes(config.memory_limit / RAW)
            .with_records_path(config.records_path.clone())
            .with_lenient_commas(config.lenient.contains(&Leniency::Commas))
            .with_resume(config.on_error != OnError::Fail);
        let reader = ChunkReader::new(sources, options);
        let total_bytes = reader.total_bytes();
        // A run that can be stopped does not wait for its input on this thread;
        // files do not make it wait.
        let waits = config.cancel.is_some() && total_bytes.is_none();
        let is_alone = (threads <= 1 && !waits) || config.max_records.is_some();
        let pool = match is_alone {
            true => Err(Box::new(reader)),
            false => Pool::start(
                reader,
                &config,
                setup.check.as_ref(),
                statistics.as_ref(),
                threads,
            ),
        };
        let tables: Box<dyn Tables + Send> = match &pool {
            Ok(pool) if !inline => Box::new(pool.tables(sinks)),
            _ => alone(sinks),
        };
        let chunks = match pool {
            Ok(pool) => Chunks::Pool(Box::new(pool)),
            Err(reader) => Chunks::Alone(*reader, worker(&statistics)),
        };
        let mut merge = Merge::new(setup, tables);
        merge.progress.total_bytes = total_bytes;
        Self {
            chunks,
            merge,
            statistics,
        }
    }

    /// Merges the next chunk; false when there is none.
    pub(crate) fn step(&mut self) -> Result<bool> {
        let (records, most) = (self.merge.counts.read, self.merge.config.max_records);
        match self.chunks.next(records, most)? {
            Some(chunk) => self.merge.take(chunk).map(|()| true),
            None => Ok(false),
        }
    }

    /// Completes the tables.
    pub(crate) fn finish(self) -> Result<Outcome> {
        // The threads of a pool write to the end.
        let Self {
            chunks,
            merge,
            statistics,
        } = self;
        let outcome = merge.finish();
        // Their workers have seen all cells.
        drop(chunks);
        let mut outcome = outcome?;
        outcome.statistics = statistics.map(|shared| std::mem::take(&mut *lock(&shared)));
        Ok(outcome)
    }

    /// The whole run.
    pub(crate) fn complete(mut self) -> Result<Outcome> {
        while self.step()? {}
        self.finish()
    }
}
