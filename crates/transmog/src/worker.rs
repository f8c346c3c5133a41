//! A worker turns a chunk into its tables.

use crate::config::{OnDrift, OnError, TransmogConfig};
use arrow::array::StringArray;
use std::{
    collections::BTreeMap,
    ops::{ControlFlow, Range},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
};
use transmog_describe::Statistics;
use transmog_events::{EventSink, Path, Rejection};
use transmog_events::{Outside, RecordError, RecordErrorKind, RecordSink, RecordStart};
use transmog_flatten::{
    Flattener, IdGeneration, Limit, Options, RandomIds, SerializeError, TableSet,
};
use transmog_model::{AlteredCells, Place};
use transmog_reader::{Chunk, Document};

/// Tells which text cells do not arrive as they are.
pub(crate) type CellCheck = Arc<dyn Fn(&StringArray) -> Option<AlteredCells> + Send + Sync>;

/// A piece of the input, of whole records.
pub(crate) trait InputChunk: Send {
    /// Its number in the run, from 0.
    fn number(&self) -> u64;

    /// Bytes that it takes.
    fn bytes(&self) -> usize;

    /// What its first `most` records become.
    fn flatten(&self, worker: &mut Worker, most: u32) -> ChunkResult;
}

impl InputChunk for Chunk {
    fn number(&self) -> u64 {
        self.number
    }

    fn bytes(&self) -> usize {
        self.data().len()
    }

    fn flatten(&self, worker: &mut Worker, most: u32) -> ChunkResult {
        worker.chunk(self, most)
    }
}

/// What a chunk became.
pub(crate) struct ChunkResult {
    pub(crate) number: u64,
    pub(crate) file: Arc<str>,
    pub(crate) byte: u64,
    /// Lines before it in the file.
    pub(crate) line: u64,
    /// Bytes of all inputs read when it was cut.
    pub(crate) bytes_read: u64,
    pub(crate) read: u64,
    /// Bytes that the tables take, about.
    pub(crate) bytes: usize,
    /// The tables of the records, some records each.
    pub(crate) sets: Vec<TableSet>,
    /// Byte and line in the chunk of the records that something is said of.
    pub(crate) places: BTreeMap<u32, (u64, u64)>,
    pub(crate) errors: Vec<Rejected>,
    /// The bytes of those that are kept, one record after another; none where they are no
    /// text, or not in the chunk.
    pub(crate) raw: Option<Vec<u8>>,
}

/// A record that was rejected. Of these there may be one for every few bytes of the input.
pub(crate) struct Rejected {
    /// Number of the record in the chunk, from 0.
    pub(crate) index: u32,
    pub(crate) kind: RecordErrorKind,
    /// Where it is in the chunk.
    pub(crate) bytes: Range<usize>,
    /// Offset of the offending byte in the chunk.
    pub(crate) byte: u64,
    /// Lines before it in the chunk.
    pub(crate) line: u64,
    /// Column in its line, in bytes, from 1.
    pub(crate) column: u64,
    /// JSONPath in the record, when known.
    pub(crate) path: Option<Box<str>>,
    /// What was expected; shared by those of which the same is said.
    pub(crate) message: Arc<str>,
    /// Where the rejected bytes are when they are not in the chunk.
    pub(crate) outside: Option<Box<Outside>>,
}

impl Rejected {
    fn new(error: RecordError, before: Option<&Rejected>) -> Self {
        let same = before.filter(|before| *before.message == error.message);
        Self {
            index: error.index,
            kind: error.kind,
            bytes: error.start..error.end,
            byte: error.byte as u64,
            line: error.line,
            column: error.column,
            path: error.path.map(String::into_boxed_str),
            message: same.map_or_else(|| error.message.into(), |same| Arc::clone(&same.message)),
            outside: error.outside.map(Box::new),
        }
    }
}

/// What happens to a record with such an error.
pub(crate) fn action(kind: RecordErrorKind, on_error: OnError, on_drift: OnDrift) -> OnError {
    match (kind, on_drift) {
        (RecordErrorKind::Limit, _) | (RecordErrorKind::Drift, OnDrift::Error) => OnError::Fail,
        (RecordErrorKind::Drift, OnDrift::Quarantine) => OnError::Quarantine,
        _ => on_error,
    }
}

impl ChunkResult {
    /// Where a record stands, given the records before the chunk.
    pub(crate) fn place(&self, record: u32, records: u64) -> Place {
        let (byte, line) = self.places.get(&record).copied().unwrap_or_default();
        Place {
            file: Arc::clone(&self.file),
            record: records + u64::from(record) + 1,
            line: self.line + line + 1,
            byte: self.byte + byte,
        }
    }
}

/// Cells of a set at most, about: sparse columns take little only in few rows.
const MAX_CELLS: usize = 1 << 22;
/// Records after which the cells are counted again.
const CELLS_INTERVAL: u32 = 64;

/// Of the memory limit, the records of a set take one part of so many, about.
const SETS: usize = 16;
/// Advice of more than these columns or tables helps nobody.
const MOST_ADVISED: usize = 1 << 20;

/// What the limit would have to be for the rest of the chunk, of which there is `known`
/// so far: text brings a column or a table for each colon at most.
fn enough(limit: Limit, known: usize, rest: &[u8]) -> String {
    let colons = memchr::memchr_iter(b':', rest).count();
    let (option, enough) = match limit {
        Limit::Columns => ("max_columns", known + colons),
        Limit::Tables => ("max_tables", known + colons),
        Limit::Names => return String::new(),
    };
    match enough > MOST_ADVISED {
        true => String::new(),
        false => format!(" ({option} = {enough} is enough so far)"),
    }
}

/// Flattens records; reused from chunk to chunk.
pub(crate) struct Worker {
    flattener: Flattener,
    id_generation: IdGeneration,
    on_error: OnError,
    on_drift: OnDrift,
    check: Option<CellCheck>,
    document: Document,
    starts: Vec<u64>,
    sets: Vec<TableSet>,
    record: u32,
    errors: Vec<Rejected>,
    statistics: Option<(Statistics, SharedStatistics)>,
    /// Bytes after which records are set apart.
    set_memory: usize,
    /// Bytes of the sets of the chunk in progress.
    set_bytes: Arc<AtomicUsize>,
}

/// What all workers of a run saw; each adds what it saw when it ends.
pub(crate) type SharedStatistics = Arc<Mutex<Statistics>>;

/// The statistics of all workers.
pub(crate) fn lock(shared: &SharedStatistics) -> MutexGuard<'_, Statistics> {
    // Nothing panics while the lock is held.
    shared.lock().unwrap_or_else(|poison| poison.into_inner())
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some((seen, shared)) = self.statistics.take() {
            lock(&shared).merge(seen);
        }
    }
}

impl Worker {
    pub(crate) fn new(
        config: &TransmogConfig,
        check: Option<CellCheck>,
        statistics: Option<&SharedStatistics>,
    ) -> Self {
        let options = Options {
            array_mode: config.array_mode,
            id_generation: config.id_generation.clone(),
            id_field: config.id_field.clone(),
            include_nulls: config.include_nulls,
            stringify_values: config.stringify_values,
            numbers: config.numbers,
            root_ids: config.root_field.is_some(),
            indexes: config.index_field.is_some(),
            contract: config.contract(),
            max_columns: config.max_columns,
            max_tables: config.max_tables,
            max_depth: config.max_depth,
            record_memory: config.record_memory(),
            names_memory: config.names_memory(),
        };
        Self {
            flattener: Flattener::new(options, Box::new(RandomIds::new())),
            id_generation: config.id_generation.clone(),
            on_error: config.on_error,
            on_drift: config.on_drift,
            check,
            document: Document::default(),
            starts: Vec::new(),
            sets: Vec::new(),
            record: 0,
            errors: Vec::new(),
            statistics: statistics.map(|shared| {
                let own = Statistics::with_memory(config.statistics_memory());
                (own, Arc::clone(shared))
            }),
            set_memory: config.memory_limit / SETS,
            set_bytes: Arc::default(),
        }
    }

    /// The same, with someone who is told how many bytes the tables of the chunk in
    /// progress take, and may make it wait.
    pub(crate) fn with_watch(mut self, watch: impl Fn(usize) + Send + 'static) -> Self {
        let sets = Arc::clone(&self.set_bytes);
        let watch = move |bytes| watch(sets.load(Ordering::Relaxed) + bytes);
        self.flattener.set_watch(Box::new(watch));
        self
    }

    /// Flattens the records of a chunk, `most` of them at most.
    pub(crate) fn chunk(&mut self, chunk: &Chunk, most: u32) -> ChunkResult {
        self.begin_chunk();
        chunk.parse_first(most, self);
        let mut result = self.finish(chunk.number, Arc::clone(&chunk.file));
        result.byte = chunk.byte;
        result.line = chunk.line;
        result.bytes_read = chunk.bytes_read;
        let data = chunk.data();
        let kept = (result.errors.iter())
            .filter(|error| self.action(error.kind) == OnError::Quarantine)
            .filter(|error| error.outside.is_none());
        result.raw = Some(kept.fold(Vec::new(), |mut raw, error| {
            raw.extend_from_slice(&data[error.bytes.clone()]);
            raw
        }));
        if let Some(error) = result.errors.last_mut()
            && error.kind == RecordErrorKind::Limit
            && chunk.is_whole()
            && let Some((limit, known)) = self.flattener.limit()
        {
            let enough = enough(limit, known, &data[error.bytes.start..]);
            error.message = (error.message.to_string() + &enough).into();
        }
        // Lines are counted once, from one place to the next.
        let (mut at, mut line) = (0usize, 0u64);
        for (byte, place_line) in result.places.values_mut() {
            // A record that something is said of between two others may have no place of its own.
            let to = (*byte as usize).clamp(at, data.len());
            line += data[at..to].iter().filter(|b| **b == b'\n').count() as u64;
            at = to;
            *place_line = line;
        }
        result
    }

    /// Whether the tables so far are enough to be merged.
    pub(crate) fn is_full(&self) -> bool {
        self.set_bytes.load(Ordering::Relaxed) > self.set_memory
    }

    fn action(&self, kind: RecordErrorKind) -> OnError {
        action(kind, self.on_error, self.on_drift)
    }

    /// Flattens one value as the next record.
    pub(crate) fn value<T: serde::Serialize + ?Sized>(&mut self, value: &T, index: u32) {
        let mut document = std::mem::take(&mut self.document);
        document.clear();
        let built = record_value(value, &mut document);
        self.recorded(built.map(|()| &document), index);
        self.document = document;
    }

    /// Flattens a record whose events were recorded, or rejects it.
    pub(crate) fn recorded(&mut self, document: Result<&Document, Rejection>, index: u32) {
        let start = RecordStart { byte: 0, index };
        let result = match document {
            Ok(document) => self.replay(start, document),
            Err(rejection) => {
                self.begin_record(start);
                Err(rejection)
            }
        };
        self.judge(result, index);
    }

    /// Flattens the next record from its events.
    pub(crate) fn events(
        &mut self,
        index: u32,
        give: impl FnOnce(&mut dyn EventSink) -> Result<(), Rejection>,
    ) {
        let events = self.begin_record(RecordStart { byte: 0, index });
        let result = give(events).and_then(|()| self.end_record());
        self.judge(result, index);
    }

    /// Rejects a record that is no text when it was not taken.
    fn judge(&mut self, result: Result<(), Rejection>, index: u32) {
        let Err(rejection) = result else { return };
        self.abandon_record();
        let (path, message) = rejection.parts();
        let error = RecordError {
            index,
            start: 0,
            end: 0,
            byte: 0,
            line: 0,
            column: 0,
            kind: RecordErrorKind::of(&rejection),
            path,
            message,
            outside: None,
        };
        let _ = self.reject_record(error);
    }

    /// The records to come are those of another chunk.
    pub(crate) fn begin_chunk(&mut self) {
        self.flattener.begin_chunk();
    }

    fn replay(&mut self, start: RecordStart, document: &Document) -> Result<(), Rejection> {
        document.replay(self.begin_record(start))?;
        for (path, count) in document.duplicates() {
            self.duplicate_keys(path, *count);
        }
        self.end_record()
    }

    /// The tables of the records since the last call.
    pub(crate) fn finish(&mut self, number: u64, file: Arc<str>) -> ChunkResult {
        self.end_set();
        let sets = std::mem::take(&mut self.sets);
        let bytes = self.set_bytes.swap(0, Ordering::Relaxed);
        let starts = std::mem::take(&mut self.starts);
        let errors = std::mem::take(&mut self.errors);
        let tables = || sets.iter().flat_map(|set| &set.tables);
        let columns = tables().flat_map(|table| &table.columns);
        let wanted = columns
            .flat_map(|column| column.first.iter().map(|kind| kind.record))
            .chain(
                sets.iter()
                    .flat_map(|set| set.losses.iter().map(|loss| loss.3)),
            )
            .chain(tables().map(|table| table.records[0]));
        let places = wanted
            .map(|record| {
                (
                    record,
                    (starts.get(record as usize).copied().unwrap_or_default(), 0),
                )
            })
            .collect();
        let read = starts.len() as u64;
        ChunkResult {
            number,
            file,
            byte: 0,
            line: 0,
            bytes_read: 0,
            read,
            bytes,
            sets,
            places,
            errors,
            raw: None,
        }
    }
}

impl Worker {
    /// Sets the tables of the records so far apart.
    fn end_set(&mut self) {
        self.set_bytes
            .fetch_add(self.flattener.bytes(), Ordering::Relaxed);
        let mut set = self.flattener.finish();
        if let Some(check) = &self.check {
            let are_ids_values = self.id_generation == IdGeneration::Natural;
            count_checked(&mut set, check, are_ids_values);
        }
        if let Some((seen, _)) = &mut self.statistics {
            for column in set.tables.iter().flat_map(|table| &table.columns) {
                seen.add(&column.path, &column.cells);
            }
        }
        self.sets.push(set);
    }
}

/// Records the events of a value.
pub(crate) fn record_value<T: serde::Serialize + ?Sized>(
    value: &T,
    document: &mut Document,
) -> Result<(), Rejection> {
    match transmog_flatten::serialize_events(value, document) {
        Ok(()) => Ok(()),
        Err(SerializeError::Rejected(rejection)) => Err(rejection),
        Err(error) => Err(Rejection::invalid(None, error.to_string())),
    }
}

/// Counts text cells, ids among them where they are
/// values of the input.
fn count_checked(set: &mut TableSet, check: &CellCheck, are_ids_values: bool) {
    for table in &set.tables {
        let ids = [
            Some(&table.ids),
            table.parent_ids.as_ref(),
            table.root_ids.as_ref(),
        ];
        let ids = ids.into_iter().flatten().filter(|_| are_ids_values);
        let ids = ids.map(|ids| (&table.path, 0, ids));
        let data = table.columns.iter();
        let data = data.map(|column| (&column.path, column.start, &column.cells));
        for (path, start, cells) in ids.chain(data) {
            let Some(cells) = transmog_model::strings(cells) else {
                continue;
            };
            if let Some(altered) = check(cells) {
                let record = table.records[start + altered.first];
                let AlteredCells { kind, count, .. } = altered;
                set.losses.push((kind, path.clone(), count, record));
            }
        }
    }
}

impl RecordSink for Worker {
    type Events = Flattener;

    #[inline]
    fn begin_record(&mut self, at: RecordStart) -> &mut Flattener {
        if self.starts.len() <= at.index as usize {
            self.starts.push(at.byte);
        }
        self.record = at.index;
        self.flattener.begin_record(at)
    }

    fn duplicate_keys(&mut self, path: &Path, count: u64) {
        self.flattener.duplicate_keys(path, count);
    }

    fn lenient_commas(&mut self, path: &Path, count: u64) {
        self.flattener.lenient_commas(path, count);
    }

    fn end_record(&mut self) -> Result<(), Rejection> {
        self.flattener.end_record()?;
        let is_due = self.record.is_multiple_of(CELLS_INTERVAL) || self.flattener.was_large();
        if is_due
            && (self.flattener.cells() > MAX_CELLS || self.flattener.bytes() > self.set_memory)
        {
            self.end_set();
            self.flattener.report();
        }
        Ok(())
    }

    fn refusal(&mut self) -> Option<Rejection> {
        self.flattener.refusal()
    }

    fn abandon_record(&mut self) {
        self.flattener.abandon_record();
    }

    fn reject_record(&mut self, error: RecordError) -> ControlFlow<()> {
        if self.starts.len() <= error.index as usize {
            self.starts.push(error.start as u64);
        }
        let is_last = self.action(error.kind) == OnError::Fail;
        let rejected = Rejected::new(error, self.errors.last());
        self.errors.push(rejected);
        if is_last {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejected_records_take_little_and_what_is_said_of_them_is_kept_once() {
        let error = |message: &str| RecordError {
            index: 0,
            start: 0,
            end: 1,
            byte: 0,
            line: 0,
            column: 1,
            kind: RecordErrorKind::Syntax,
            path: None,
            message: message.to_owned(),
            outside: None,
        };
        let first = Rejected::new(error("expected a value"), None);
        let second = Rejected::new(error("expected a value"), Some(&first));
        assert!(Arc::ptr_eq(&first.message, &second.message));
        let third = Rejected::new(error("expected a key"), Some(&second));
        assert_eq!(&*third.message, "expected a key");
        assert!(size_of::<Rejected>() <= 128);
    }
}
