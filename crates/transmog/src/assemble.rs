//! The merge: tables of chunks, in input order, become the tables of the run.
//!
//! Everything that must not depend on threads or chunk sizes is decided here:
//! row order, column order, types, names, and the ledger.

use crate::{
    config::TransmogConfig,
    error::{Category, Error, Result},
    flush::{Flush, Waiting},
    open_files::max_open_tables,
    schema::{Schema, SchemaColumn, SchemaTable},
    spill::SpillFile,
    tables::{Job, Rows, Tables},
};
use arrow::array::Array as _;
use std::{collections::HashMap, fmt::Display, sync::Arc};
use transmog_events::{Path, Rejection, brief};
use transmog_flatten::{
    ChunkTable, KindPlace, Limit, NamedColumns, Naming, Renamed, TableNames, TableSet, node_bytes,
};
use transmog_model::{KindSet, Ledger, LossKind, Observed, Place, TableFormat, TableSchema};

/// Bytes of a column in a row group at least, as they were before they were encoded:
/// some ten times what the end of a file says of it.
const MIN_COLUMN_CHUNK: usize = 8 << 10;

/// The parts of the memory limit, in bytes. Of the rest, chunks on their way
/// and rows that are being written have their share.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Rows of one table that wait for a flush.
    table_waiting: usize,
    /// Rows of all tables together that wait in memory.
    waiting: usize,
    /// Rows of less are set aside on disk rather than written.
    min_flush: usize,
    /// Rows of a table's row group, as they were before they were encoded.
    table_group: usize,
    /// The same of all tables together.
    group: usize,
    /// Paths and names of columns and tables, and the ledger.
    names: usize,
}

impl Limits {
    fn of(config: &TransmogConfig) -> Self {
        let memory = config.memory_limit;
        Self {
            names: config.names_memory(),
            table_waiting: memory / 32,
            waiting: memory / 16,
            min_flush: memory / 256,
            table_group: memory / 4,
            group: memory / 4,
        }
    }
}

/// The tables of a run, growing chunk by chunk.
pub(crate) struct Assembler<'f> {
    config: TransmogConfig,
    limits: Limits,
    naming: Naming,
    start_micros: i64,
    out: Box<dyn Tables + Send + 'f>,
    rows: Rows,
    /// Makes the file for rows that find no place in memory.
    make_spill: Option<&'f (dyn Fn() -> Result<SpillFile> + Sync)>,
    spill: Option<Arc<SpillFile>>,
    tables: Vec<Table>,
    by_path: HashMap<Path, usize>,
    names: TableNames,
    waiting_bytes: usize,
    group_bytes: usize,
    /// Of the paths and names of columns and tables.
    name_bytes: usize,
    /// Tables whose files are open, the one written to last at the end.
    open: Vec<usize>,
    max_open: usize,
    ledger: Ledger,
    text_refusal: &'static str,
}

struct Table {
    path: Path,
    name: String,
    columns: Vec<DataColumn>,
    by_path: HashMap<Path, usize>,
    waiting: Vec<Waiting>,
    /// Bytes of the waiting rows that are in memory, and of those on disk.
    memory_bytes: usize,
    disk_bytes: usize,
    /// Of the rows in the row group in progress.
    group_bytes: usize,
    rows: u64,
    properties: Arc<Vec<(String, String)>>,
}

struct DataColumn {
    path: Path,
    seen: Observed,
    first: Vec<(KindPlace, Place)>,
}

/// A table of the run, complete.
pub(crate) struct Finished {
    /// With the types as the format stores them.
    pub(crate) schema: TableSchema,
    /// The names of the columns as they stand in the file.
    pub(crate) stored_names: Vec<String>,
    pub(crate) rows: u64,
}

impl<'f> Assembler<'f> {
    pub(crate) fn new(
        config: &TransmogConfig,
        start_micros: i64,
        out: Box<dyn Tables + Send + 'f>,
        rows: Rows,
        make_spill: Option<&'f (dyn Fn() -> Result<SpillFile> + Sync)>,
    ) -> Self {
        let naming = config.naming();
        let mut assembler = Self {
            config: config.clone(),
            limits: Limits::of(config),
            start_micros,
            out,
            rows,
            make_spill,
            spill: None,
            tables: Vec::new(),
            by_path: HashMap::new(),
            names: TableNames::new(&naming),
            naming,
            waiting_bytes: 0,
            group_bytes: 0,
            name_bytes: 0,
            open: Vec::new(),
            max_open: max_open_tables(),
            ledger: Ledger::default(),
            text_refusal: "",
        };
        assembler.new_table(&Path::root(), None);
        if let Some(schema) = &config.schema {
            assembler.take_schema(schema);
        }
        assembler
    }

    /// The same, with which texts the database does not load, and what to do.
    pub(crate) fn with_text_refusal(self, text_refusal: &'static str) -> Self {
        Self {
            text_refusal,
            ..self
        }
    }

    /// Adds the tables of the next chunk. `place` tells where a record of the
    /// chunk stands.
    pub(crate) fn add(&mut self, set: TableSet, place: &dyn Fn(u32) -> Place) -> Result<()> {
        for (kind, path, count, record) in &set.losses {
            self.count(*kind, path, *count, Some(place(*record)))?;
        }
        let first = set.tables.first().map(|chunk| place(chunk.records[0]));
        for chunk in set.tables {
            self.add_table(chunk, place)?;
        }
        if self.name_bytes + self.ledger.bytes() > self.limits.names {
            let columns = self.tables.iter().flat_map(|table| &table.columns);
            let paths = columns.map(|column| &column.path);
            return Err(limited(Limit::Names.error(paths, self.limits.names), first));
        }
        if matches!(self.rows, Rows::Written | Rows::Streamed) {
            self.relieve()?;
        }
        Ok(())
    }

    fn add_table(&mut self, mut chunk: ChunkTable, place: &dyn Fn(u32) -> Place) -> Result<()> {
        let first = place(chunk.records[0]);
        let at = self.table(&chunk.path, Some(first))?;
        let table = &mut self.tables[at];
        let is_begun = table.rows > 0;
        let mut columns = Vec::with_capacity(chunk.columns.len());
        for column in &chunk.columns {
            let at = match table.by_path.get(&column.path) {
                Some(at) => *at,
                None => {
                    self.name_bytes += node_bytes(&column.path);
                    table.add_column(&column.path)
                }
            };
            let known = &mut table.columns[at];
            let before = known.seen;
            known.seen = known.seen.join(column.seen);
            if is_begun && !known.seen.is_null() {
                log_change(&column.path, before, known.seen, || {
                    let first = column.first.iter().map(|first| first.record).max();
                    place(first.unwrap_or(chunk.records[0]))
                });
            }
            for new in &column.first {
                let like_it = known.first.iter().filter(|(k, _)| k.in_list == new.in_list);
                let mut like_it = like_it.map(|(known, _)| known.kinds).peekable();
                let is_known =
                    like_it.peek().is_some() && like_it.collect::<KindSet>().holds(new.kinds);
                if !is_known {
                    known.first.push((*new, place(new.record)));
                }
            }
            columns.push(at);
        }
        if table.columns.len() > self.config.max_columns {
            let paths = table.columns.iter().map(|column| &column.path);
            let limit = Limit::Columns.error(paths, self.config.max_columns);
            return Err(limited(limit, Some(place(chunk.records[0]))));
        }
        table.rows += chunk.rows as u64;
        if self.rows == Rows::Dropped {
            return Ok(());
        }
        chunk.records = Vec::new();
        let bytes = size(&chunk);
        table.memory_bytes += bytes;
        self.waiting_bytes += bytes;
        table.waiting.push(Waiting {
            chunk,
            columns,
            block: None,
        });
        Ok(())
    }

    /// Writes rows, or sets them aside, until those in memory are few enough.
    fn relieve(&mut self) -> Result<()> {
        for at in 0..self.tables.len() {
            let table = &self.tables[at];
            if table.memory_bytes + table.disk_bytes > self.limits.table_waiting {
                self.flush(at)?;
            }
        }
        while self.waiting_bytes > self.limits.waiting {
            let largest = self.largest(|table| table.memory_bytes);
            let table = &self.tables[largest];
            let is_enough = table.memory_bytes + table.disk_bytes >= self.limits.min_flush;
            if is_enough || self.make_spill.is_none() {
                self.flush(largest)?;
            } else {
                self.set_aside()?;
            }
        }
        Ok(())
    }

    /// Sets the rows of all tables aside on disk.
    fn set_aside(&mut self) -> Result<()> {
        let spill = match (&self.spill, &self.make_spill) {
            (Some(spill), _) => Arc::clone(spill),
            (None, Some(make)) => Arc::clone(self.spill.insert(Arc::new(make()?))),
            (None, None) => return Ok(()),
        };
        for table in &mut self.tables {
            for waiting in table.waiting.iter_mut().filter(|w| w.block.is_none()) {
                waiting.block = Some(spill.write(&mut waiting.chunk).map_err(Error::write)?);
            }
            table.disk_bytes += std::mem::take(&mut table.memory_bytes);
        }
        self.waiting_bytes = 0;
        Ok(())
    }

    /// The table with the most of these bytes.
    fn largest(&self, bytes: impl Fn(&Table) -> usize) -> usize {
        let sizes = self.tables.iter().map(bytes).enumerate();
        sizes
            .max_by_key(|(_, bytes)| *bytes)
            .map_or(0, |(at, _)| at)
    }

    /// Counts losses; an error when the kind is strict.
    pub(crate) fn count(
        &mut self,
        kind: LossKind,
        path: &Path,
        count: u64,
        first: Option<Place>,
    ) -> Result<()> {
        self.judge(kind, path, first.as_ref())?;
        self.ledger.add(kind, path, count, first);
        Ok(())
    }

    fn judge(&self, kind: LossKind, path: &dyn Display, first: Option<&Place>) -> Result<()> {
        if !self.config.strict.contains(&kind) {
            return Ok(());
        }
        let place = first.map(|place| format!("{place}: ")).unwrap_or_default();
        let path = path.to_string();
        let path = brief(&path);
        let message = match kind {
            LossKind::Unloadable => {
                format!(
                    "{place}text at {path} that the database {}",
                    self.text_refusal
                )
            }
            LossKind::Rounded => format!(
                "{place}strict: {kind} at {path}: a number of more than 17 digits became the nearest \
                 float64; keep its digits with numbers = exact, or take `{kind}` off the strict kinds"
            ),
            kind => format!(
                "{place}strict: {kind} at {path}; change the data or take `{kind}` off the strict \
                 kinds"
            ),
        };
        Err(Error::new(Category::Data, message))
    }

    /// Rows of the main table so far.
    pub(crate) fn accepted(&self) -> u64 {
        self.tables[0].rows
    }

    fn table(&mut self, path: &Path, first: Option<Place>) -> Result<usize> {
        if let Some(at) = self.by_path.get(path) {
            return Ok(*at);
        }
        if self.tables.len() > self.config.max_tables {
            let paths = self.tables.iter().map(|table| &table.path);
            let limit = Limit::Tables.error(paths, self.config.max_tables);
            return Err(limited(limit, first));
        }
        Ok(self.new_table(path, first))
    }

    fn new_table(&mut self, path: &Path, first: Option<Place>) -> usize {
        let at = self.tables.len();
        let named = self.names.give(&self.naming, path);
        if let Some(renamed) = named.renamed {
            let detail = renamed.to_string();
            self.ledger
                .add_detail(LossKind::TableRenamed, path, first, detail);
        }
        tracing::info!(table = named.name, path = %path, "a table begins");
        self.name_bytes += node_bytes(path);
        self.by_path.insert(path.clone(), at);
        self.tables.push(Table {
            path: path.clone(),
            name: named.name,
            columns: Vec::new(),
            by_path: HashMap::new(),
            waiting: Vec::new(),
            memory_bytes: 0,
            disk_bytes: 0,
            group_bytes: 0,
            rows: 0,
            properties: named.properties,
        });
        at
    }

    /// The schema of a table as it stands, with the data columns it takes.
    fn schema(&self, at: usize) -> (TableSchema, NamedColumns) {
        let table = &self.tables[at];
        let data = table
            .columns
            .iter()
            .map(|column| (&column.path, column.seen));
        let mut named = self.naming.columns(&table.path, data);
        let schema = TableSchema {
            name: table.name.clone(),
            path: table.path.clone(),
            columns: std::mem::take(&mut named.columns),
            properties: Arc::clone(&table.properties),
        };
        (schema, named)
    }

    /// Counts the columns of a table that got other names.
    fn count_renamed(&mut self, at: usize, renamed: &[Renamed]) {
        let table = &self.tables[at];
        for renamed in renamed {
            let column = renamed.source.map(|source| &table.columns[source]);
            let path = column.map_or(&table.path, |column| &column.path);
            let places = column.into_iter().flat_map(|column| &column.first);
            let first = places
                .map(|(_, place)| place)
                .min_by_key(|place| place.record);
            let detail = renamed.to_string();
            self.ledger
                .add_detail(LossKind::ColumnRenamed, path, first.cloned(), detail);
        }
    }

    /// The waiting rows of a table on their way to its sink, if there are any.
    fn take_waiting(&mut self, at: usize, is_last: bool) -> Option<Job> {
        let (mut schema, named) = self.schema(at);
        if self.rows == Rows::Written && !is_last {
            let columns = &self.tables[at].columns;
            for (column, source) in schema.columns.iter_mut().zip(&named.sources) {
                if let Some(source) = source {
                    column.column_type = columns[*source].seen.segment_type();
                }
            }
        }
        let table = &mut self.tables[at];
        if table.waiting.is_empty() {
            return None;
        }
        self.waiting_bytes -= table.memory_bytes;
        let bytes = std::mem::take(&mut table.memory_bytes) + std::mem::take(&mut table.disk_bytes);
        table.group_bytes += bytes;
        self.group_bytes += bytes;
        Some(Job::Flush(Flush {
            schema: Arc::new(schema),
            sources: named.sources.into(),
            rows: std::mem::take(&mut table.waiting),
            start_micros: self.start_micros,
            spill: self.spill.clone(),
            bytes,
        }))
    }

    /// Sends the waiting rows of a table to its sink.
    fn flush(&mut self, at: usize) -> Result<()> {
        let Some(flush) = self.take_waiting(at, false) else {
            return Ok(());
        };
        self.open.retain(|open| *open != at);
        if self.open.len() >= self.max_open {
            let least_recent = self.open.remove(0);
            self.end_group(least_recent, Job::EndSegment)?;
        }
        self.open.push(at);
        self.out.send(at, vec![flush])?;
        if self.group_is_large(at, self.limits.table_group) {
            self.end_group(at, Job::EndRowGroup)?;
        }
        while self.group_bytes > self.limits.group {
            let largest = self.largest(|table| table.group_bytes);
            if !self.group_is_large(largest, 0) {
                break;
            }
            self.end_group(largest, Job::EndRowGroup)?;
        }
        Ok(())
    }

    /// Whether the row group of a table has more than so many bytes, and enough for what
    /// each row group adds to the end of the file, which is in memory until then.
    fn group_is_large(&self, at: usize, bytes: usize) -> bool {
        let table = &self.tables[at];
        table.group_bytes > bytes.max(table.columns.len() * MIN_COLUMN_CHUNK)
    }

    fn end_group(&mut self, at: usize, job: Job) -> Result<()> {
        self.group_bytes -= std::mem::take(&mut self.tables[at].group_bytes);
        self.out.send(at, vec![job])
    }

    /// Begins with the tables and columns of a schema, in its order.
    fn take_schema(&mut self, schema: &Schema) {
        for given in &schema.tables {
            // The limits are for what comes unasked.
            let known = self.by_path.get(&given.path).copied();
            let at = known.unwrap_or_else(|| self.new_table(&given.path, None));
            let table = &mut self.tables[at];
            for column in &given.columns {
                if !table.by_path.contains_key(&column.path) {
                    let at = table.add_column(&column.path);
                    table.columns[at].seen = column.seen;
                }
            }
        }
    }

    /// What was seen so far, in all tables.
    pub(crate) fn observed(&self) -> Schema {
        let column = |column: &DataColumn| SchemaColumn {
            path: column.path.clone(),
            seen: column.seen,
        };
        let table = |table: &Table| SchemaTable {
            path: table.path.clone(),
            rows: table.rows,
            columns: table.columns.iter().map(column).collect(),
        };
        Schema {
            tables: self.tables.iter().map(table).collect(),
        }
    }

    /// Completes every table and the ledger.
    pub(crate) fn finish(
        mut self,
        format: Option<&dyn TableFormat>,
    ) -> Result<(Vec<Finished>, Ledger)> {
        let mut finished = Vec::new();
        for at in 0..self.tables.len() {
            let (mut schema, named) = self.schema(at);
            self.count_renamed(at, &named.renamed);
            let rows = self.take_waiting(at, true);
            self.group_bytes -= std::mem::take(&mut self.tables[at].group_bytes);
            let end = Job::Finish(Arc::new(schema.clone()));
            self.out.send(at, rows.into_iter().chain([end]).collect())?;
            let table = &self.tables[at];
            for column in &table.columns {
                if column.seen.is_joined_to_text() {
                    let first = joined_at(column);
                    self.ledger
                        .add(LossKind::JoinedToText, &column.path, 1, first);
                }
            }
            for column in &mut schema.columns {
                let plain = column.column_type;
                let stored = format.map_or(plain, |format| format.stored_type(plain));
                if let Some(path) = &column.path
                    && stored != column.column_type
                {
                    let detail = format!("{} is stored as {stored}", column.column_type);
                    self.ledger
                        .add_detail(LossKind::StoredAsText, path, None, detail);
                    column.column_type = stored;
                }
            }
            let stored_names = match format {
                Some(format) => format.stored_names(&schema),
                None => schema.columns.iter().map(|c| c.name.clone()).collect(),
            };
            for (column, stored) in schema.columns.iter().zip(&stored_names) {
                if column.name == *stored {
                    continue;
                }
                let kind = format.map_or(LossKind::ColumnRenamed, TableFormat::renaming);
                let detail = format!("column {} is {stored}", column.name);
                let path = column.path.as_ref().unwrap_or(&schema.path);
                self.ledger.add_detail(kind, path, None, detail);
            }
            finished.push(Finished {
                stored_names,
                schema,
                rows: self.tables[at].rows,
            });
        }
        self.out.wait()?;
        for entry in self.ledger.entries() {
            self.judge(entry.kind, &entry.path, entry.first.as_ref())?;
        }
        Ok((finished, self.ledger))
    }
}

/// Says that a column of a table with rows is new, or that its type became wider.
fn log_change(path: &Path, before: Observed, now: Observed, place: impl FnOnce() -> Place) {
    let (old, new) = (before.final_type(), now.final_type());
    if before.is_null() {
        tracing::info!(path = %path, column_type = %new, first = %place(), "a column is new");
    } else if old != new {
        tracing::info!(path = %path, from = %old, to = %new, first = %place(), "a type is wider");
    }
}

/// The error of a run that outgrew a limit.
#[cold]
fn limited(limit: Rejection, place: Option<Place>) -> Error {
    let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
    Error::new(Category::Data, format!("{place}{limit}"))
}

impl Table {
    fn add_column(&mut self, path: &Path) -> usize {
        let at = self.columns.len();
        self.by_path.insert(path.clone(), at);
        self.columns.push(DataColumn {
            path: path.clone(),
            seen: Observed::default(),
            first: Vec::new(),
        });
        at
    }
}

/// Bytes of the rows, the same whatever memory was reserved for them.
fn size(chunk: &ChunkTable) -> usize {
    let metadata = [
        Some(&chunk.ids),
        chunk.parent_ids.as_ref(),
        chunk.root_ids.as_ref(),
    ];
    let data = chunk.columns.iter().map(|column| &column.cells);
    let arrays = metadata.into_iter().flatten().chain(data);
    let bytes = arrays.map(|array| {
        let data = array.to_data();
        data.get_slice_memory_size().unwrap_or_else(|_| array.len())
    });
    // The arrays themselves take memory too, which counts where they are small.
    chunk.rows * 16 + bytes.map(|bytes| bytes + 256).sum::<usize>()
}

/// The place of the record with which the column became text.
fn joined_at(column: &DataColumn) -> Option<Place> {
    let mut first: Vec<_> = column.first.iter().collect();
    first.sort_by_key(|(_, place)| place.record);
    let mut seen = Observed::default();
    for (new, place) in first {
        seen = seen.with(new.kinds, new.in_list);
        if seen.is_joined_to_text() {
            return Some(place.clone());
        }
    }
    None
}
