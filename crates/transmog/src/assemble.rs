//! The merge: tables of chunks, in input order, become the tables of the run.
//!
//! Everything that must not depend on threads or chunk sizes is decided here:
//! row order, column order, types, names, and the ledger.

use crate::{
    config::TransmogConfig,
    error::{Category, Error, Result},
};
use arrow::{
    array::{Array as _, ArrayRef, RecordBatch, TimestampMicrosecondArray, new_null_array},
    compute::concat_batches,
};
use std::{collections::HashMap, sync::Arc};
use transmog_flatten::{ChunkTable, IdGeneration, KindPlace, TableSet};
use transmog_model::{
    Column, ColumnRole, ColumnType, KindSet, Ledger, LossKind, NameScope, Observed, Path, Place,
    ScalarType, Step, TableSchema, TableSink, convert,
};

/// Rows of one table wait for a flush until they take this much memory.
const MAX_TABLE_PENDING_BYTES: usize = 16 << 20;
/// Rows of all tables together wait until they take this much memory.
const MAX_PENDING_BYTES: usize = 32 << 20;
/// A table's row group ends when its rows took this much memory before they
/// were encoded.
const MAX_TABLE_GROUP_BYTES: usize = 96 << 20;
/// The largest row group ends when those of all tables together took this much.
const MAX_GROUP_BYTES: usize = 128 << 20;

/// Gives the sink for a new table.
pub(crate) type SinkFactory<'f> = dyn FnMut(usize) -> Box<dyn TableSink> + 'f;

/// The tables of a run, growing chunk by chunk.
pub(crate) struct Assembler<'f> {
    config: TransmogConfig,
    id_column: String,
    start_micros: i64,
    sinks: Box<SinkFactory<'f>>,
    tables: Vec<Table>,
    by_path: HashMap<Path, usize>,
    names: NameScope,
    pending_bytes: usize,
    group_bytes: usize,
    keep_all: bool,
    pub(crate) ledger: Ledger,
}

struct Table {
    path: Path,
    name: String,
    sink: Box<dyn TableSink>,
    columns: Vec<DataColumn>,
    by_path: HashMap<Path, usize>,
    pending: Vec<Pending>,
    pending_bytes: usize,
    /// Of the rows in the row group in progress.
    group_bytes: usize,
    rows: u64,
}

struct DataColumn {
    path: Path,
    seen: Observed,
    first: Vec<(KindPlace, Place)>,
}

/// Rows of a chunk that wait for a flush.
struct Pending {
    chunk: ChunkTable,
    /// For each column of the chunk its place in the table.
    columns: Vec<usize>,
}

/// A table of the run, complete.
pub(crate) struct Finished {
    pub(crate) schema: TableSchema,
    pub(crate) rows: u64,
}

impl<'f> Assembler<'f> {
    /// `keep_all` holds every row back until the end, so that all batches of a
    /// table have one schema.
    pub(crate) fn new(
        config: &TransmogConfig,
        start_micros: i64,
        keep_all: bool,
        sinks: Box<SinkFactory<'f>>,
    ) -> Self {
        let id_column = match config.id_generation {
            IdGeneration::Natural => config.id_field.replace('.', &config.separator),
            _ => config.id_field.clone(),
        };
        let mut assembler = Self {
            config: config.clone(),
            id_column,
            start_micros,
            sinks,
            tables: Vec::new(),
            by_path: HashMap::new(),
            names: NameScope::default(),
            pending_bytes: 0,
            group_bytes: 0,
            keep_all,
            ledger: Ledger::default(),
        };
        assembler.table(&Path::root(), None);
        assembler
    }

    /// Adds the tables of the next chunk. `place` tells where a record of the
    /// chunk stands.
    pub(crate) fn add(&mut self, set: TableSet, place: &dyn Fn(u32) -> Place) -> Result<()> {
        for (kind, path, count, record) in &set.losses {
            self.count(*kind, path, *count, Some(place(*record)))?;
        }
        for chunk in set.tables {
            let first = place(chunk.records[0]);
            let at = self.table(&chunk.path, Some(first));
            let table = &mut self.tables[at];
            let mut bytes = chunk.ids.get_array_memory_size() * 2 + chunk.rows * 16;
            let mut columns = Vec::with_capacity(chunk.columns.len());
            for column in &chunk.columns {
                bytes += column.cells.get_array_memory_size();
                let at = match table.by_path.get(&column.path) {
                    Some(at) => *at,
                    None => {
                        table
                            .by_path
                            .insert(column.path.clone(), table.columns.len());
                        table.columns.push(DataColumn {
                            path: column.path.clone(),
                            seen: Observed::default(),
                            first: Vec::new(),
                        });
                        table.columns.len() - 1
                    }
                };
                let known = &mut table.columns[at];
                known.seen = known.seen.join(column.seen);
                for kind in &column.first {
                    let is_known = |(k, _): &(KindPlace, Place)| {
                        (k.kind, k.in_list) == (kind.kind, kind.in_list)
                    };
                    if !known.first.iter().any(is_known) {
                        known.first.push((*kind, place(kind.record)));
                    }
                }
                columns.push(at);
            }
            table.rows += chunk.rows as u64;
            table.pending_bytes += bytes;
            self.pending_bytes += bytes;
            table.pending.push(Pending { chunk, columns });
            if !self.keep_all && self.tables[at].pending_bytes > MAX_TABLE_PENDING_BYTES {
                self.flush(at)?;
            }
        }
        while !self.keep_all && self.pending_bytes > MAX_PENDING_BYTES {
            self.flush(self.largest(|table| table.pending_bytes))?;
        }
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

    fn judge(&self, kind: LossKind, path: &Path, first: Option<&Place>) -> Result<()> {
        if !self.config.strict.contains(&kind) {
            return Ok(());
        }
        let place = first.map(|place| format!("{place}: ")).unwrap_or_default();
        Err(Error::new(
            Category::Data,
            format!(
                "{place}strict: {kind} at {path}; change the data or take `{kind}` off the strict kinds"
            ),
        ))
    }

    /// Rows of the main table so far.
    pub(crate) fn accepted(&self) -> u64 {
        self.tables[0].rows
    }

    fn table(&mut self, path: &Path, first: Option<Place>) -> usize {
        if let Some(at) = self.by_path.get(path) {
            return *at;
        }
        let at = self.tables.len();
        let plain = self.plain_table_name(path);
        let name = self.names.take(&plain);
        if name != plain {
            let detail = format!("{plain} is {name}");
            self.ledger
                .add_detail(LossKind::TableRenamed, path, first, detail);
        }
        self.by_path.insert(path.clone(), at);
        self.tables.push(Table {
            path: path.clone(),
            name,
            sink: (self.sinks)(at),
            columns: Vec::new(),
            by_path: HashMap::new(),
            pending: Vec::new(),
            pending_bytes: 0,
            group_bytes: 0,
            rows: 0,
        });
        at
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
        let mut names = NameScope::default();
        let mut columns = Vec::new();
        let mut sources = Vec::new();
        for (role, name, column_type) in metadata.into_iter().flatten() {
            if let Some(name) = name {
                columns.push(Column {
                    name: names.take(name),
                    path: None,
                    role,
                    column_type,
                });
                sources.push(None);
            }
        }
        let time = config.time_field.as_deref().map(|name| names.take(name));
        let mut renamed = Vec::new();
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
                renamed.push((&column.path, first.cloned(), format!("{plain} is {name}")));
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
            },
            sources,
        )
    }

    /// Hands the waiting rows of a table to its sink.
    fn flush(&mut self, at: usize) -> Result<()> {
        let (schema, sources) = self.schema(at, None);
        let arrow_schema = schema.arrow_schema();
        let table = &mut self.tables[at];
        let bytes = std::mem::take(&mut table.pending_bytes);
        self.pending_bytes -= bytes;
        table.group_bytes += bytes;
        self.group_bytes += bytes;
        let mut batches = Vec::with_capacity(table.pending.len());
        for pending in std::mem::take(&mut table.pending) {
            let columns = cells(&schema, &sources, pending, self.start_micros);
            let batch = RecordBatch::try_new(Arc::clone(&arrow_schema), columns)
                .map_err(|source| Error::write(transmog_model::Error::format("table", source)))?;
            batches.push(batch);
        }
        if !self.keep_all && batches.len() > 1 {
            let batch = concat_batches(&arrow_schema, &batches)
                .map_err(|source| Error::write(transmog_model::Error::format("table", source)))?;
            batches = vec![batch];
        }
        for batch in batches {
            table.sink.write(&schema, batch).map_err(Error::write)?;
        }
        if table.group_bytes > MAX_TABLE_GROUP_BYTES {
            self.end_row_group(at)?;
        }
        while self.group_bytes > MAX_GROUP_BYTES {
            self.end_row_group(self.largest(|table| table.group_bytes))?;
        }
        Ok(())
    }

    fn end_row_group(&mut self, at: usize) -> Result<()> {
        let table = &mut self.tables[at];
        self.group_bytes -= std::mem::take(&mut table.group_bytes);
        table.sink.end_row_group().map_err(Error::write)
    }

    /// Completes every table and the ledger.
    pub(crate) fn finish(
        mut self,
        stored: &dyn Fn(ColumnType) -> ColumnType,
    ) -> Result<(Vec<Finished>, Ledger)> {
        let mut finished = Vec::new();
        for at in 0..self.tables.len() {
            let mut ledger = std::mem::take(&mut self.ledger);
            let (mut schema, _) = self.schema(at, Some(&mut ledger));
            self.ledger = ledger;
            if self.tables[at].rows == 0 {
                let empty = RecordBatch::new_empty(schema.arrow_schema());
                self.tables[at]
                    .sink
                    .write(&schema, empty)
                    .map_err(Error::write)?;
            } else if !self.tables[at].pending.is_empty() {
                self.flush(at)?;
            }
            self.tables[at].sink.finish().map_err(Error::write)?;
            let table = &self.tables[at];
            for column in &table.columns {
                if column.seen.is_joined_to_text() {
                    let first = joined_at(column);
                    self.ledger
                        .add(LossKind::JoinedToText, &column.path, 1, first);
                }
            }
            for column in &mut schema.columns {
                let stored = stored(column.column_type);
                if let Some(path) = &column.path
                    && stored != column.column_type
                {
                    let detail = format!("{} is stored as {stored}", column.column_type);
                    self.ledger
                        .add_detail(LossKind::StoredAsText, path, None, detail);
                    column.column_type = stored;
                }
            }
            finished.push(Finished {
                schema,
                rows: self.tables[at].rows,
            });
        }
        for entry in self.ledger.entries() {
            if self.config.strict.contains(&entry.kind) {
                let path = &entry.path;
                return Err(Error::new(
                    Category::Data,
                    format!(
                        "strict: {} at {path}; change the data or take `{}` off the strict kinds",
                        entry.kind, entry.kind
                    ),
                ));
            }
        }
        Ok((finished, self.ledger))
    }
}

/// The place of the record with which the column became text.
fn joined_at(column: &DataColumn) -> Option<Place> {
    let mut first: Vec<_> = column.first.iter().collect();
    first.sort_by_key(|(_, place)| place.record);
    let mut seen = Observed::default();
    for (kind, place) in first {
        match (kind.in_list, kind.kind) {
            (false, Some(kind)) => seen.add(kind),
            (_, kind) => {
                let kinds: KindSet = kind.into_iter().collect();
                seen = seen.join(Observed {
                    elements: Some(kinds),
                    ..Observed::default()
                });
            }
        }
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

/// The columns of a chunk's rows in the types of the schema.
fn cells(
    schema: &TableSchema,
    sources: &[Option<usize>],
    pending: Pending,
    start_micros: i64,
) -> Vec<ArrayRef> {
    let Pending { chunk, columns } = pending;
    let local: HashMap<usize, usize> = columns
        .iter()
        .enumerate()
        .map(|(local, global)| (*global, local))
        .collect();
    let missing = |column: &Column| new_null_array(&column.column_type.arrow_type(), chunk.rows);
    let or_missing =
        |array: Option<ArrayRef>, column: &Column| array.unwrap_or_else(|| missing(column));
    schema
        .columns
        .iter()
        .zip(sources)
        .map(|(column, source)| match column.role {
            ColumnRole::Id => Arc::new(chunk.ids.clone()) as ArrayRef,
            ColumnRole::Parent => {
                or_missing(chunk.parent_ids.clone().map(|a| Arc::new(a) as _), column)
            }
            ColumnRole::Root => {
                or_missing(chunk.root_ids.clone().map(|a| Arc::new(a) as _), column)
            }
            ColumnRole::Index => {
                or_missing(chunk.indexes.clone().map(|a| Arc::new(a) as _), column)
            }
            ColumnRole::Time => Arc::new(
                TimestampMicrosecondArray::from_value(start_micros, chunk.rows)
                    .with_timezone("UTC"),
            ),
            ColumnRole::Data => match source.and_then(|source| local.get(&source)) {
                Some(at) => {
                    let data = &chunk.columns[*at];
                    convert(&data.cells, &data.seen, column.column_type)
                }
                None => missing(column),
            },
        })
        .collect()
}
