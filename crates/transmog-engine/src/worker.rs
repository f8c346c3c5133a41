//! A worker turns a chunk into its tables.

use crate::{
    destination::AlteredBy,
    options::Options,
    origin::{Lines, Starts},
    policy::OnError,
    rules::parse_text,
    source::{ChunkPlace, InputChunk},
    statistics::Statistics,
};
use std::{
    collections::BTreeMap,
    ops::{ControlFlow, Range},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
};
use transmog_events::{
    JsonPath, Outside, RecordError, RecordErrorKind, RecordSink, RecordStart, Rejection, Remark,
};
use transmog_flatten::{Flattener, Limit, TableSet};
use transmog_model::{AlteredCells, Observed, Place};

/// The result of a chunk.
pub(crate) struct ChunkResult {
    pub(crate) number: u64,
    pub(crate) at: ChunkPlace,
    /// Number of its records.
    pub(crate) read: u64,
    /// Approximate bytes of the tables.
    pub(crate) bytes: usize,
    /// The tables, each set for some of the records.
    pub(crate) sets: Vec<TableSet>,
    /// Byte and line in the chunk of the records with losses or errors.
    pub(crate) places: BTreeMap<u32, (u64, u64)>,
    pub(crate) errors: Vec<Rejected>,
    /// The object whose keys outgrew a limit of the run.
    pub(crate) outgrown: Option<JsonPath>,
    /// The kept bytes of rejected records, one after another; `None` if they are not text, or not
    /// in the chunk.
    pub(crate) raw: Option<Vec<u8>>,
}

/// A rejected record. It is small, because there may be one for every few bytes of input.
pub(crate) struct Rejected {
    /// Number of the record in the chunk, from 0.
    pub(crate) index: u32,
    pub(crate) kind: RecordErrorKind,
    /// Its place in the chunk.
    pub(crate) bytes: Range<usize>,
    /// Offset of the error in the chunk.
    pub(crate) byte: u64,
    /// Lines before it in the chunk.
    pub(crate) line: u64,
    /// Column in its line, in bytes, from 1.
    pub(crate) column: u64,
    /// JSONPath in the record, if known.
    pub(crate) path: Option<Box<str>>,
    /// The message; shared between records with the same one.
    pub(crate) message: Arc<str>,
    /// The place of the rejected bytes if they are not in the chunk.
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

impl ChunkResult {
    /// The place of a record, given the number of records before the chunk.
    pub(crate) fn place(&self, record: u32, records: u64) -> Place {
        let (byte, line) = self.places.get(&record).copied().unwrap_or_default();
        Place {
            file: Arc::clone(&self.at.file),
            record: records + u64::from(record) + 1,
            line: self.at.line + line + 1,
            byte: self.at.byte + byte,
        }
    }
}

/// The approximate most cells of a table set. Sparse columns are cheap only with few rows.
const MAX_CELLS: usize = 1 << 22;
/// Number of records between two counts of the cells.
const CELLS_INTERVAL: u32 = 64;

/// Messages do not suggest a limit above this.
const MOST_ADVISED: usize = 1 << 20;

/// Suggests a limit that is enough for the rest of the chunk, given the `known` columns or tables:
/// each colon in the text adds at most one.
fn enough(limit: Limit, known: usize, rest: &[u8]) -> String {
    let colons = memchr::memchr_iter(b':', rest).count();
    let (option, enough) = match limit {
        Limit::Columns => ("max_columns", known + colons),
        Limit::Tables => ("max_tables", known + colons),
        // No number is enough for names: a path repeats the keys above it.
        _ => return String::new(),
    };
    match enough > MOST_ADVISED {
        true => String::new(),
        false => format!(" ({option} = {enough} is enough so far)"),
    }
}

/// Flattens records; reused from chunk to chunk.
pub(crate) struct Worker {
    flattener: Flattener,
    options: Arc<Options>,
    /// Finds altered cells.
    altered: Option<Arc<AlteredBy>>,
    starts: Vec<u64>,
    sets: Vec<TableSet>,
    record: u32,
    errors: Vec<Rejected>,
    statistics: Option<(Statistics, SharedStatistics)>,
    /// Bytes of the table sets of the chunk in progress.
    set_bytes: Arc<AtomicUsize>,
}

/// The statistics of all workers of a run; each adds its own when it ends.
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
        options: &Arc<Options>,
        altered: Option<Arc<AlteredBy>>,
        statistics: Option<&SharedStatistics>,
    ) -> Self {
        let mut flattener = Flattener::new(options.flatten.clone());
        flattener.set_parser(parse_text);
        Self {
            flattener,
            options: Arc::clone(options),
            altered,
            starts: Vec::new(),
            sets: Vec::new(),
            record: 0,
            errors: Vec::new(),
            statistics: statistics.map(|shared| {
                let own = Statistics::with_memory(options.limits.statistics);
                (own, Arc::clone(shared))
            }),
            set_bytes: Arc::default(),
        }
    }

    /// Adds a watch, which is told how many bytes the tables of the current chunk take, and may
    /// make the worker wait.
    pub(crate) fn with_watch(mut self, watch: impl Fn(usize) + Send + 'static) -> Self {
        let sets = Arc::clone(&self.set_bytes);
        let watch = move |bytes| watch(sets.load(Ordering::Relaxed) + bytes);
        self.flattener.set_watch(Box::new(watch));
        self
    }

    /// Flattens the records of this chunk, at most `most` of them.
    pub(crate) fn chunk<C: InputChunk>(
        &mut self,
        number: u64,
        chunk: &C,
        most: u32,
    ) -> ChunkResult {
        self.flattener.begin_chunk();
        chunk.parse(most, self);
        self.end_set();
        let (place, data) = (chunk.place(), chunk.text().unwrap_or_default());
        let starts = Starts {
            place: &place,
            text: data,
            bytes: &self.starts,
        };
        let naming = &self.options.naming;
        let bytes = starts.add_origins(&mut self.sets, naming, self.altered.as_deref());
        self.set_bytes.fetch_add(bytes, Ordering::Relaxed);
        let mut result = self.finish(number, place);
        result.raw = chunk.text().map(|text| self.kept(&result.errors, text));
        if let Some(error) = result.errors.last_mut()
            && error.kind == RecordErrorKind::Limit
            && let Some((limit, known, object)) = self.flattener.limit()
        {
            result.outgrown = Some(object.clone());
            let enough = enough(
                limit,
                known,
                data.get(error.bytes.start..).unwrap_or_default(),
            );
            if chunk.is_whole() {
                error.message = (error.message.to_string() + &enough).into();
            }
        }
        let mut lines = Lines::of(data, 0);
        for (byte, line) in result.places.values_mut() {
            *line = lines.at(*byte);
        }
        result
    }

    /// The bytes of the rejected records to keep, if they are in the text.
    fn kept(&self, errors: &[Rejected], text: &[u8]) -> Vec<u8> {
        let mut kept = Vec::new();
        for error in errors {
            let is_kept = self
                .options
                .policy
                .action(error.kind, error.path.as_deref())
                == OnError::Quarantine;
            if is_kept && error.outside.is_none() {
                kept.extend_from_slice(text.get(error.bytes.clone()).unwrap_or_default());
            }
        }
        kept
    }

    /// The tables of the records since the last call.
    fn finish(&mut self, number: u64, at: ChunkPlace) -> ChunkResult {
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
            at,
            read,
            bytes,
            sets,
            places,
            errors,
            outgrown: None,
            raw: None,
        }
    }
}

impl Worker {
    /// Ends the current table set and starts a new one.
    fn end_set(&mut self) {
        self.set_bytes
            .fetch_add(self.flattener.bytes(), Ordering::Relaxed);
        let mut set = self.flattener.finish();
        if let Some(altered) = &self.altered {
            count_altered(&mut set, &**altered);
        }
        if let Some((seen, _)) = &mut self.statistics {
            let columns = set.tables.iter().flat_map(|table| &table.columns);
            for column in columns.filter(|column| !column.is_carried) {
                seen.add(&column.path, column.seen, &column.cells);
            }
        }
        self.sets.push(set);
    }
}

/// Counts the altered text cells, including ids that are values of the input.
fn count_altered(set: &mut TableSet, altered: &AlteredBy) {
    for table in &set.tables {
        let ids = [
            table.ids.as_ref(),
            table.parent_ids.as_ref(),
            table.root_ids.as_ref(),
        ];
        let are_values = table.natural_ids.is_some();
        let ids = ids.into_iter().flatten().filter(|_| are_values);
        let ids = ids.map(|ids| (&table.path, 0, ids, Observed::text()));
        let data = table.columns.iter();
        let data = data.map(|column| (&column.path, column.start, &column.cells, column.seen));
        for (path, start, cells, seen) in ids.chain(data) {
            if let Some(altered) = altered(cells, seen) {
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

    fn record_key(&mut self, key: &str) {
        self.flattener.record_key(key);
    }

    fn remark(&mut self, remark: Remark, path: &JsonPath, count: u64) {
        self.flattener.remark(remark, path, count);
    }

    fn end_record(&mut self) -> Result<(), Rejection> {
        self.flattener.end_record()?;
        let is_due = self.record.is_multiple_of(CELLS_INTERVAL) || self.flattener.was_large();
        if is_due
            && (self.flattener.cells() > MAX_CELLS
                || self.flattener.bytes() > self.options.limits.set)
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
        let is_last = self
            .options
            .policy
            .action(error.kind, error.path.as_deref())
            == OnError::Fail;
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
    fn rejected_records_are_small_and_share_messages() {
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
