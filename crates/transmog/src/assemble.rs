//! The merge: tables of chunks, in input order, become the tables of the run.
//!
//! Everything that must not depend on threads or chunk sizes is decided here:
//! row order, column order, types, names, and the ledger.

use crate::{
    config::TransmogConfig,
    error::{Category, Error, Result},
    flush::{Flush, Waiting},
    open_files::max_open_tables,
    run::Rows,
    schema::{Schema, SchemaColumn, SchemaTable},
    spill::SpillFile,
    tables::{Inline, Job, SinkFactory, Tables},
};
use arrow::array::Array as _;
use std::{collections::HashMap, fmt::Display, sync::Arc};
use transmog_flatten::{ChunkTable, KindPlace, Limit, TableSet, node_bytes};
use transmog_model::{
    Column, ColumnRole, ColumnType, KindSet, Ledger, LossKind, NameScope, Observed, Path, Place,
    Rejection, ScalarType, Step, TableFormat, TableSchema, brief,
};

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
    id_column: String,
    start_micros: i64,
    out: Box<dyn Tables + Send + 'f>,
    rows: Rows,
    /// Makes the file for rows that find no place in memory.
    make_spill: Option<&'f (dyn Fn() -> Result<SpillFile> + Sync)>,
    spill: Option<Arc<SpillFile>>,
    tables: Vec<Table>,
    by_path: HashMap<Path, usize>,
    names: NameScope,
    waiting_bytes: usize,
    group_bytes: usize,
    /// Of the paths and names of columns and tables.
    name_bytes: usize,
    /// Tables whose files are open, the one written to last at the end.
    open: Vec<usize>,
    max_open: usize,
    ledger: Ledger,
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
        let mut assembler = Self {
            config: config.clone(),
            limits: Limits::of(config),
            id_column: config.id_column(),
            start_micros,
            out,
            rows,
            make_spill,
            spill: None,
            tables: Vec::new(),
            by_path: HashMap::new(),
            names: NameScope::of(config.names),
            waiting_bytes: 0,
            group_bytes: 0,
            name_bytes: 0,
            open: Vec::new(),
            max_open: max_open_tables(),
            ledger: Ledger::default(),
        };
        // The main table is the first, within any limit.
        let _ = assembler.table(&Path::root(), None);
        if let Some(schema) = &config.schema {
            assembler.take_schema(schema);
        }
        assembler
    }

    /// The tables of the configured schema, for their names.
    pub(crate) fn of_schema(config: &TransmogConfig) -> Self {
        let sinks: SinkFactory = Box::new(|_| unreachable!("no rows are sent"));
        Self::new(config, 0, Box::new(Inline::new(sinks)), Rows::Dropped, None)
    }

    /// The schemas of all tables as they stand.
    pub(crate) fn table_schemas(&self) -> Vec<TableSchema> {
        let tables = 0..self.tables.len();
        tables.map(|at| self.schema(at, None).0).collect()
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
        if self.rows == Rows::Written {
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
            LossKind::Unloadable => format!(
                "{place}text at {path} that the database does not load as it is: with the character \
                 NUL, or for psql with a line `\\.`; mend the data, or load into duckdb"
            ),
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
        let at = self.tables.len();
        let plain = self.plain_table_name(path);
        let name = self.names.take(&plain);
        if name != plain {
            let detail = format!("{} is {}", brief(&plain), brief(&name));
            self.ledger
                .add_detail(LossKind::TableRenamed, path, first, detail);
        }
        tracing::info!(table = name, path = %path, "a table begins");
        self.name_bytes += node_bytes(path);
        self.by_path.insert(path.clone(), at);
        let properties = self.properties(path, &name);
        self.tables.push(Table {
            path: path.clone(),
            name,
            columns: Vec::new(),
            by_path: HashMap::new(),
            waiting: Vec::new(),
            memory_bytes: 0,
            disk_bytes: 0,
            group_bytes: 0,
            rows: 0,
            properties: Arc::new(properties),
        });
        Ok(at)
    }

    /// What files say of a table beside its columns.
    fn properties(&self, path: &Path, name: &str) -> Vec<(String, String)> {
        let parent = path.ancestors().find_map(|path| self.by_path.get(&path));
        let all = [
            (
                "transmog.version",
                Some(env!("CARGO_PKG_VERSION").to_owned()),
            ),
            ("transmog.table", Some(name.to_owned())),
            ("transmog.path", Some(path.to_string())),
            (
                "transmog.parent",
                parent.map(|at| self.tables[*at].name.clone()),
            ),
            (
                "transmog.parameters",
                Some(self.config.parameters().to_string()),
            ),
        ];
        let given = |(key, value): (&str, Option<String>)| Some((key.to_owned(), value?));
        all.into_iter().filter_map(given).collect()
    }

    /// The run's name and every key of the path; an array directly inside an
    /// array adds `value`.
    fn plain_table_name(&self, path: &Path) -> String {
        let mut name = self.config.name.clone();
        let mut after_elements = false;
        for step in path.steps() {
            match step {
                Step::Member(key) => {
                    name = name + &self.config.separator + key;
                    after_elements = false;
                }
                Step::Elements if after_elements => {
                    name = name + &self.config.separator + "value";
                }
                Step::Elements => after_elements = true,
            }
        }
        name
    }

    /// The schema of a table as it stands, with the data columns it takes.
    fn schema(&self, at: usize, ledger: Option<&mut Ledger>) -> (TableSchema, Vec<Option<usize>>) {
        let table = &self.tables[at];
        let (config, is_child) = (&self.config, at > 0);
        let text = ColumnType::TEXT;
        let index_type = ColumnType::Scalar(ScalarType::Int64);
        let metadata = [
            Some((ColumnRole::Id, Some(self.id_column.as_str()), text)),
            is_child.then_some((ColumnRole::Parent, Some(config.parent_field.as_str()), text)),
            is_child.then_some((ColumnRole::Root, config.root_field.as_deref(), text)),
            is_child.then_some((ColumnRole::Index, config.index_field.as_deref(), index_type)),
        ];
        let mut names = NameScope::of(config.names);
        let mut renamed = Vec::new();
        let mut columns = Vec::new();
        let mut sources = Vec::new();
        let mut take_metadata = |names: &mut NameScope, plain: &str| {
            let name = names.take(plain);
            if name != plain {
                renamed.push((&table.path, None, format!("{plain} is {name}")));
            }
            name
        };
        for (role, name, column_type) in metadata.into_iter().flatten() {
            if let Some(name) = name {
                columns.push(Column {
                    name: take_metadata(&mut names, name),
                    path: None,
                    role,
                    column_type,
                });
                sources.push(None);
            }
        }
        let time = config.time_field.as_deref();
        let time = time.map(|name| take_metadata(&mut names, name));
        for (source, column) in table.columns.iter().enumerate() {
            if column.seen.is_null() && !config.include_nulls {
                continue;
            }
            let plain = plain_column_name(&table.path, &column.path, &config.separator);
            let name = names.take(&plain);
            if name != plain {
                let first = column
                    .first
                    .iter()
                    .map(|(_, place)| place)
                    .min_by_key(|p| p.record);
                renamed.push((
                    &column.path,
                    first.cloned(),
                    format!("{} is {}", brief(&plain), brief(&name)),
                ));
            }
            columns.push(Column {
                name,
                path: Some(column.path.clone()),
                role: ColumnRole::Data,
                column_type: column.seen.final_type(),
            });
            sources.push(Some(source));
        }
        if let Some(ledger) = ledger {
            for (path, first, detail) in renamed {
                ledger.add_detail(LossKind::ColumnRenamed, path, first, detail);
            }
        }
        if let Some(name) = time {
            let column_type = ColumnType::Timestamp;
            columns.push(Column {
                name,
                path: None,
                role: ColumnRole::Time,
                column_type,
            });
            sources.push(None);
        }
        (
            TableSchema {
                name: table.name.clone(),
                path: table.path.clone(),
                columns,
                properties: Arc::clone(&table.properties),
            },
            sources,
        )
    }

    /// The waiting rows of a table on their way to its sink, if there are any.
    fn take_waiting(&mut self, at: usize) -> Option<Job> {
        let (schema, sources) = self.schema(at, None);
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
            sources: sources.into(),
            rows: std::mem::take(&mut table.waiting),
            start_micros: self.start_micros,
            spill: self.spill.clone(),
            bytes,
        }))
    }

    /// Sends the waiting rows of a table to its sink.
    fn flush(&mut self, at: usize) -> Result<()> {
        let Some(flush) = self.take_waiting(at) else {
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
            let most = std::mem::replace(&mut self.config.max_tables, usize::MAX);
            let at = self.table(&given.path, None);
            self.config.max_tables = most;
            let Ok(at) = at else { continue };
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
            let mut ledger = std::mem::take(&mut self.ledger);
            let (mut schema, _) = self.schema(at, Some(&mut ledger));
            self.ledger = ledger;
            let rows = self.take_waiting(at);
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
                let is_guarded = stored.strip_prefix('\'') == Some(&column.name);
                let kind = match is_guarded {
                    true => LossKind::CellGuarded,
                    false => LossKind::ColumnRenamed,
                };
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

/// The keys from the row to the value; the value of the row itself is `value`.
fn plain_column_name(table: &Path, column: &Path, separator: &str) -> String {
    let keys: Vec<&str> = column.steps()[table.steps().len()..]
        .iter()
        .filter_map(|step| match step {
            Step::Member(key) => Some(&**key),
            Step::Elements => None,
        })
        .collect();
    if keys.is_empty() {
        "value".to_owned()
    } else {
        keys.join(separator)
    }
}
