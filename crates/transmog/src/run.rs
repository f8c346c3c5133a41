//! The one pipeline: chunks, workers, and the merge in chunk order.

use crate::{
    assemble::Assembler,
    config::{MaxErrors, OnError, Progress, TransmogConfig},
    error::{Category, Error, Result},
    input::Input,
    summary::RecordCounts,
    worker::{CellCheck, ChunkResult, Worker},
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::{
    collections::BTreeMap,
    panic,
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};
use transmog_model::Location;
use transmog_reader::{Chunk, ChunkReader, ReadOptions};

/// How often a run that waits looks whether it is to stop.
const CANCEL_INTERVAL: Duration = Duration::from_millis(50);

/// Values of one batch of the serde path.
const VALUES_PER_CHUNK: u32 = 4096;

/// The merging end of a run.
pub(crate) struct Merge<'f> {
    pub(crate) assembler: Assembler<'f>,
    pub(crate) counts: RecordCounts,
    pub(crate) quarantine: Vec<u8>,
    config: TransmogConfig,
    batch_size: usize,
    progress: Progress,
}

impl<'f> Merge<'f> {
    pub(crate) fn new(
        config: &TransmogConfig,
        assembler: Assembler<'f>,
        batch_size: usize,
    ) -> Self {
        Self {
            assembler,
            counts: RecordCounts::default(),
            quarantine: Vec::new(),
            config: config.clone(),
            batch_size: config.batch_size.unwrap_or(batch_size),
            progress: Progress::default(),
        }
    }

    fn check_cancelled(&self) -> Result<()> {
        let cancel = self.config.cancel.as_ref();
        if cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            let message = "the run was stopped; nothing was written";
            return Err(Error::new(Category::Cancelled, message));
        }
        Ok(())
    }

    /// Takes the result of the next chunk.
    fn take(&mut self, mut chunk: ChunkResult) -> Result<()> {
        self.check_cancelled()?;
        let records = self.counts.read;
        self.progress.bytes = chunk.bytes_read;
        self.reject(&chunk, records)?;
        let set = std::mem::take(&mut chunk.set);
        self.assembler
            .add(set, &|record| chunk.place(record, records))?;
        self.counts.read += chunk.read;
        self.counts.accepted = self.assembler.accepted();
        if let Some(progress) = &self.config.progress {
            let step = self.batch_size as u64;
            let mut at = Progress {
                records: records - records % step + step,
                ..self.progress
            };
            while at.records <= self.counts.read {
                progress(&at);
                at.records += step;
            }
        }
        Ok(())
    }

    fn reject(&mut self, chunk: &ChunkResult, records: u64) -> Result<()> {
        for (at, error) in chunk.errors.iter().enumerate() {
            let is_value = error.line == 0 && error.column == 0;
            let location = Location {
                file: chunk.file.to_string(),
                record: Some(records + u64::from(error.index) + 1),
                line: (!is_value).then_some(chunk.line + error.line + 1),
                column: (!is_value).then_some(error.column),
                byte: (!is_value).then_some(chunk.byte + error.byte as u64),
                path: error.path.clone(),
            };
            if self.config.on_error == OnError::Fail {
                let category = match error.is_syntax {
                    true => Category::Syntax,
                    false => Category::Data,
                };
                return Err(Error::at(category, location, &error.message));
            }
            self.counts.rejected += 1;
            if let Some(raw) = chunk.rejected.get(at) {
                let line = serde_json::json!({
                    "file": location.file,
                    "record": location.record,
                    "line": location.line,
                    "byte": chunk.byte + error.start as u64,
                    "reason": error.message,
                    "raw": String::from_utf8_lossy(raw),
                });
                self.quarantine
                    .extend_from_slice(line.to_string().as_bytes());
                self.quarantine.push(b'\n');
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
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
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
        if let Some(progress) = &self.config.progress {
            let read = self.counts.read;
            progress(&Progress {
                records: read,
                total: Some(read),
                bytes: self.progress.total_bytes.unwrap_or(self.progress.bytes),
                ..self.progress
            });
        }
        Ok(())
    }
}

/// Reads, flattens and merges the input.
pub(crate) fn run_input(
    input: Input,
    merge: &mut Merge<'_>,
    check: Option<CellCheck>,
) -> Result<()> {
    let config = merge.config.clone();
    let mut sources = input.sources;
    for pattern in &input.patterns {
        sources.extend(transmog_reader::expand(pattern).map_err(|e| Error::read(e, 0))?);
    }
    let options = ReadOptions::default()
        .with_chunk_bytes(config.chunk_bytes)
        .with_max_record_bytes(config.max_record_bytes)
        .with_records_path(config.records_path.clone())
        .with_resume(config.on_error != OnError::Fail);
    let reader = ChunkReader::new(sources, options);
    merge.progress.total_bytes = reader.total_bytes();
    let machine = || thread::available_parallelism().map_or(1, usize::from);
    match config.threads.unwrap_or_else(machine) {
        // A run that can be stopped does not wait for its input on this thread.
        0 | 1 if config.cancel.is_none() => run_alone(reader, merge, check)?,
        threads => run_parallel(reader, merge, check, threads.max(1))?,
    }
    merge.end()
}

fn run_alone(
    mut reader: ChunkReader,
    merge: &mut Merge<'_>,
    check: Option<CellCheck>,
) -> Result<()> {
    let mut worker = Worker::new(&merge.config, check);
    loop {
        match reader.next_chunk() {
            Ok(Some(chunk)) => merge.take(worker.chunk(&chunk))?,
            Ok(None) => return Ok(()),
            Err(error) => return Err(Error::read(error, merge.counts.read)),
        }
    }
}

/// What comes from a thread: a chunk done, or the end after this many chunks,
/// with the error when it is not the end of the input.
enum Done {
    Chunk(Box<ChunkResult>),
    End(u64, Option<Failure>),
}

/// Why a thread ended early.
enum Failure {
    Read(transmog_reader::Error),
    Panic,
}

fn run_parallel(
    reader: ChunkReader,
    merge: &mut Merge<'_>,
    check: Option<CellCheck>,
    threads: usize,
) -> Result<()> {
    // A permit for each chunk between reading and merging bounds the memory.
    let in_flight = threads * 2;
    let (permit, permits) = bounded::<()>(in_flight);
    let (to_workers, chunks) = bounded::<Chunk>(in_flight);
    let (done, results) = bounded::<Done>(in_flight + 1);
    for _ in 0..in_flight {
        // The channel has room for all of them.
        let _ = permit.send(());
    }
    let read_done = done.clone();
    thread::spawn(move || read_chunks(reader, &permits, &to_workers, &read_done));
    for _ in 0..threads {
        let (chunks, done, config) = (chunks.clone(), done.clone(), merge.config.clone());
        thread::spawn(move || {
            let mut worker = Worker::new(&config, check);
            for chunk in chunks {
                let number = chunk.number;
                let work = panic::AssertUnwindSafe(|| worker.chunk(&chunk));
                let result = match panic::catch_unwind(work) {
                    Ok(result) => Done::Chunk(Box::new(result)),
                    Err(_) => Done::End(number, Some(Failure::Panic)),
                };
                let is_end = matches!(result, Done::End(..));
                if done.send(result).is_err() || is_end {
                    break;
                }
            }
        });
    }
    drop((done, chunks));
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    let mut end: Option<(u64, Option<Failure>)> = None;
    loop {
        let result = match results.recv_timeout(CANCEL_INTERVAL) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => {
                merge.check_cancelled()?;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return Err(internal()),
        };
        match result {
            Done::Chunk(chunk) => {
                waiting.insert(chunk.number, chunk);
            }
            // Of two ends the earlier one counts.
            Done::End(after, error) if end.as_ref().is_none_or(|(at, _)| after < *at) => {
                end = Some((after, error));
            }
            Done::End(..) => {}
        }
        while let Some(chunk) = waiting.remove(&next) {
            merge.take(*chunk)?;
            next += 1;
            // The reader may have ended already.
            let _ = permit.try_send(());
        }
        if end.as_ref().is_some_and(|(after, _)| next == *after) {
            return match end.and_then(|(_, failure)| failure) {
                None => Ok(()),
                Some(Failure::Read(error)) => Err(Error::read(error, merge.counts.read)),
                Some(Failure::Panic) => Err(internal()),
            };
        }
    }
}

#[cold]
fn internal() -> Error {
    Error::new(
        Category::Io,
        "a thread ended early; this is a bug, please report it",
    )
}

fn read_chunks(
    mut reader: ChunkReader,
    permits: &Receiver<()>,
    to_workers: &Sender<Chunk>,
    done: &Sender<Done>,
) {
    let mut count = 0;
    while permits.recv().is_ok() {
        let error = match reader.next_chunk() {
            Ok(Some(chunk)) => match to_workers.send(chunk) {
                Ok(()) => {
                    count += 1;
                    continue;
                }
                Err(_) => None,
            },
            Ok(None) => None,
            Err(error) => Some(Failure::Read(error)),
        };
        // Nobody listens when the merge has failed.
        let _ = done.send(Done::End(count, error));
        break;
    }
}

/// Flattens and merges values, on this thread.
pub(crate) fn run_values<T: serde::Serialize>(
    values: impl IntoIterator<Item = T>,
    merge: &mut Merge<'_>,
    check: Option<CellCheck>,
) -> Result<()> {
    let mut worker = Worker::new(&merge.config, check);
    let mut values = values.into_iter();
    merge.progress.total = values.size_hint().1.map(|total| total as u64);
    let file: Arc<str> = "<values>".into();
    for number in 0.. {
        let mut count = 0;
        for value in values.by_ref().take(VALUES_PER_CHUNK as usize) {
            worker.value(&value, count);
            count += 1;
        }
        if count == 0 {
            break;
        }
        merge.take(worker.finish(number, Arc::clone(&file)))?;
    }
    merge.end()
}
