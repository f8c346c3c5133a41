//! The catalog of a run's tables: paths, names, columns, and the kinds of values in them.

use super::{forms::StoredForms, losses::Losses};
use crate::{
    error::{Category, Error, Result},
    maps::{self, FoundMap, Shape},
    options::Options,
    schema::{Schema, SchemaColumn, SchemaTable},
};
use arrow::array::Array as _;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
use transmog_events::{JsonPath, Rejection};
use transmog_flatten::{
    ChunkTable, KeyKinds, KindPlace, Limit, NamedColumns, Naming, NaturalIds, Opened, TableNames,
    node_bytes,
};
use transmog_model::{
    ColumnRole, ColumnType, KindSet, LossKind, Observed, Place, TableFormat, TableSchema,
};

/// Bytes of a path with objects or arrays, which shares its steps with those of columns.
const OPENED_BYTES: usize = 64;

/// The tables of a run in order of their first row.
pub(crate) struct Catalog {
    options: Arc<Options>,
    forms: StoredForms,
    /// Keys have the type that the format stores.
    naming: Naming,
    tables: Vec<Table>,
    by_path: HashMap<JsonPath, usize>,
    names: TableNames,
    /// How many objects and arrays there were at each path.
    opened: HashMap<JsonPath, Opened>,
    /// The paths of those, in order of appearance.
    opened_order: Vec<JsonPath>,
    /// Bytes of the paths and names of columns and tables.
    name_bytes: usize,
}

/// A table so far.
struct Table {
    path: JsonPath,
    name: String,
    columns: Vec<Column>,
    by_path: HashMap<JsonPath, usize>,
    /// Its natural ids, if it has any.
    ids: Option<Column>,
    rows: u64,
    properties: Arc<Vec<(String, String)>>,
}

/// A data column so far.
struct Column {
    path: JsonPath,
    seen: Observed,
    /// Cells that are not null.
    cells: u64,
    /// Where each kind first appeared.
    first: Vec<(KindPlace, Place)>,
}

/// A complete table of the run.
pub(crate) struct FinishedTable {
    /// The schema, with the types that the format stores.
    pub(crate) schema: TableSchema,
    /// The types of the columns' values, where the format stores these as another type.
    pub(crate) value_types: Vec<Option<ColumnType>>,
    /// The column names in the file.
    pub(crate) stored_names: Vec<String>,
    pub(crate) rows: u64,
}

impl Catalog {
    /// Starts with the main table, or with the tables of a schema in its order.
    pub(crate) fn new(options: &Arc<Options>, forms: StoredForms, losses: &mut Losses) -> Self {
        let mut catalog = Self {
            forms,
            naming: Naming {
                keys: options.naming.keys.map(|keys| forms.stored(keys)),
                ..options.naming.clone()
            },
            names: TableNames::new(&options.naming),
            options: Arc::clone(options),
            tables: Vec::new(),
            by_path: HashMap::new(),
            opened: HashMap::new(),
            opened_order: Vec::new(),
            name_bytes: 0,
        };
        catalog.add_table(&JsonPath::root(), None, losses);
        let given = options.schema.iter().flat_map(|schema| &schema.tables);
        for given in given {
            // The limits do not apply to a given schema.
            let known = catalog.by_path.get(&given.path).copied();
            let at = known.unwrap_or_else(|| catalog.add_table(&given.path, None, losses));
            let table = &mut catalog.tables[at];
            for column in &given.columns {
                if !table.by_path.contains_key(&column.path) {
                    let at = table.add_column(&column.path);
                    table.columns[at].seen = column.seen;
                }
            }
            if let Some(given) = &given.ids {
                let ids = table.ids.get_or_insert_with(|| Column::new(&given.path));
                ids.seen = ids.seen.join(given.seen);
            }
        }
        catalog
    }

    /// Number of tables.
    pub(crate) fn len(&self) -> usize {
        self.tables.len()
    }

    /// Rows of the main table so far.
    pub(crate) fn records(&self) -> u64 {
        self.tables[0].rows
    }

    /// Number of data columns of a table.
    pub(crate) fn columns(&self, at: usize) -> usize {
        self.tables[at].columns.len()
    }

    /// The index of a table, which may be new.
    pub(crate) fn table(
        &mut self,
        path: &JsonPath,
        first: Place,
        losses: &mut Losses,
    ) -> Result<usize> {
        if let Some(at) = self.by_path.get(path) {
            return Ok(*at);
        }
        if self.tables.len() > self.options.flatten.max_tables {
            let object = Limit::object(self.tables.iter().map(|table| &table.path));
            let limit = Limit::Tables.error(&object, self.options.flatten.max_tables);
            return Err(outgrown(&limit, &object, Some(first)));
        }
        Ok(self.add_table(path, Some(first), losses))
    }

    fn add_table(&mut self, path: &JsonPath, first: Option<Place>, losses: &mut Losses) -> usize {
        let at = self.tables.len();
        let named = self.names.give(&self.options.naming, path);
        if let Some(renamed) = named.renamed {
            losses.note(
                LossKind::TableRenamed,
                path,
                first,
                Some(renamed.to_string()),
            );
        }
        tracing::info!(table = named.name, path = %path, "a table begins");
        self.name_bytes += node_bytes(path);
        self.by_path.insert(path.clone(), at);
        self.tables.push(Table {
            path: path.clone(),
            name: named.name,
            columns: Vec::new(),
            by_path: HashMap::new(),
            ids: None,
            rows: 0,
            properties: named.properties,
        });
        at
    }

    /// Adds a chunk's columns of a table, and returns the index of each.
    pub(crate) fn take(
        &mut self,
        at: usize,
        chunk: &ChunkTable,
        place: &dyn Fn(u32) -> Place,
    ) -> Result<Vec<usize>> {
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
            known.cells += (column.cells.len() - column.cells.logical_null_count()) as u64;
            if is_begun && !known.seen.is_null() {
                log_change(&column.path, before, known.seen, || {
                    let first = column.first.iter().map(|first| first.record).max();
                    place(first.unwrap_or(chunk.records[0]))
                });
            }
            for new in &column.first {
                known.note_first(new, place);
            }
            columns.push(at);
        }
        if table.columns.len() > self.options.flatten.max_columns {
            let object = Limit::object(table.columns.iter().map(|column| &column.path));
            let limit = Limit::Columns.error(&object, self.options.flatten.max_columns);
            return Err(outgrown(&limit, &object, Some(place(chunk.records[0]))));
        }
        if let Some(ids) = &chunk.natural_ids {
            table.add_ids(ids, place);
        }
        table.rows += chunk.rows as u64;
        if i64::try_from(table.rows).is_err() {
            let place = place(chunk.records[0]);
            let message = format!(
                "{place}: expected at most {} rows in {}; split the input",
                i64::MAX,
                chunk.path
            );
            return Err(Error::new(Category::Data, message));
        }
        Ok(columns)
    }

    /// Rows of a table so far.
    pub(crate) fn rows(&self, at: usize) -> u64 {
        self.tables[at].rows
    }

    /// The kinds of the natural ids that the key columns of a table hold: with those of the tables
    /// above, which may become more whenever rows come there.
    fn key_kinds(&self, path: &JsonPath) -> KeyKinds {
        KeyKinds::of(path, |path| {
            let table = &self.tables[*self.by_path.get(path)?];
            let ids = table.ids.as_ref();
            Some(ids.map(|ids| ids.seen.scalars).unwrap_or_default())
        })
    }

    /// The types of the values in the columns of a table, whatever the format stores.
    fn value_types(&self, table: &Table) -> impl Iterator<Item = ColumnType> {
        let columns = table.columns.iter();
        let data = columns.map(|column| (&column.path, self.seen(table, column)));
        let keys = self.key_kinds(&table.path);
        let named = self.options.naming.columns(&table.path, keys, data);
        named.columns.into_iter().map(|column| column.column_type)
    }

    /// Adds the objects and arrays of a chunk.
    pub(crate) fn add_opened(&mut self, opened: Vec<(JsonPath, Opened)>) {
        for (path, more) in opened {
            let known = match self.opened.get_mut(&path) {
                Some(known) => known,
                None => {
                    self.opened_order.push(path.clone());
                    self.opened.entry(path).or_default()
                }
            };
            known.objects += more.objects;
            known.arrays += more.arrays;
        }
    }

    /// The objects that look like maps.
    pub(crate) fn maps(&self) -> Vec<FoundMap> {
        let mut record = Shape::default();
        for path in &self.opened_order {
            let opened = self.opened.get(path).copied().unwrap_or_default();
            record.add(path, opened.objects, opened.arrays);
        }
        for table in &self.tables {
            let own = table.columns.iter().filter(|c| !c.is_carried_to(table));
            // What is no other value is an object.
            let value = table
                .by_path
                .get(&table.path)
                .map(|at| table.columns[*at].cells);
            let objects = table.rows.saturating_sub(value.unwrap_or_default());
            record.add(&table.path, objects, 0);
            own.for_each(|column| record.add_cells(&column.path, column.seen, column.cells));
        }
        maps::find(&record)
    }

    /// An error if names and the ledger take more than their share of memory.
    pub(crate) fn check_names(&self, losses: &Losses, first: Option<Place>) -> Result<()> {
        let most = self.options.limits.names;
        let opened = self.opened_order.len() * OPENED_BYTES;
        if self.name_bytes + opened + losses.bytes() <= most {
            return Ok(());
        }
        let columns = self.tables.iter().flat_map(|table| &table.columns);
        let object = Limit::object(columns.map(|column| &column.path));
        Err(outgrown(&Limit::Names.error(&object, most), &object, first))
    }

    /// The current schema of a table, with its data columns.
    pub(crate) fn schema(&self, at: usize) -> (TableSchema, NamedColumns) {
        let table = &self.tables[at];
        let columns = table.columns.iter();
        let data = columns.map(|column| (&column.path, self.stored(table, column)));
        let keys = self.key_kinds(&table.path);
        let keys = keys.map(|kinds| self.forms.keep_kinds(kinds));
        let mut named = self.naming.columns(&table.path, keys, data);
        let schema = TableSchema {
            name: table.name.clone(),
            path: table.path.clone(),
            columns: std::mem::take(&mut named.columns),
            properties: Arc::clone(&table.properties),
        };
        (schema, named)
    }

    /// The same in the types of a segment.
    pub(crate) fn segment_schema(&self, at: usize) -> (TableSchema, NamedColumns) {
        let (mut schema, named) = self.schema(at);
        let columns = &self.tables[at].columns;
        for (column, source) in schema.columns.iter_mut().zip(&named.sources) {
            if let Some(source) = source {
                let seen = self.stored(&self.tables[at], &columns[*source]);
                column.column_type = seen.segment_type();
            }
        }
        (schema, named)
    }

    /// The kinds of values in a column. One that repeats the values of a table above has the kinds of
    /// all values there, so its type does not depend on which of them have rows below.
    fn seen(&self, table: &Table, column: &Column) -> Observed {
        let from = match column.is_carried_to(table) {
            true => self.by_path.get(&column.path.row()),
            false => None,
        };
        let source = from.and_then(|from| {
            let from = &self.tables[*from];
            Some(from.columns[*from.by_path.get(&column.path)?].seen)
        });
        source.unwrap_or(column.seen)
    }

    /// The same as the format can store it.
    fn stored(&self, table: &Table, column: &Column) -> Observed {
        self.forms.keep(self.seen(table, column))
    }

    /// The rules that did nothing, given the numbers of those that changed values.
    pub(crate) fn without_effect(&self, applied: &BTreeSet<u32>) -> Vec<String> {
        let rules = &self.options.flatten.rules;
        if rules.rules().is_empty() {
            return Vec::new();
        }
        let paths = |table: &Table| -> Vec<JsonPath> {
            let own = table.columns.iter().filter(|c| !c.is_carried_to(table));
            own.map(|column| column.path.clone()).collect()
        };
        let columns = self.tables.iter().flat_map(paths).collect();
        let tables = self.by_path.keys().cloned().collect();
        let idle = rules.without_effect(applied, &columns, &tables);
        idle.into_iter().map(ToString::to_string).collect()
    }

    /// The schema of all tables so far.
    pub(crate) fn observed(&self) -> Schema {
        let column = |table: &Table, column: &Column| SchemaColumn {
            path: column.path.clone(),
            name: None,
            seen: self.seen(table, column),
        };
        let table = |table: &Table| SchemaTable {
            path: table.path.clone(),
            name: None,
            rows: table.rows,
            ids: table.ids.as_ref().map(|ids| column(table, ids)),
            columns: (table.columns.iter())
                .map(|of_table| column(table, of_table))
                .collect(),
        };
        Schema {
            tables: self.tables.iter().map(table).collect(),
            rules: self.options.flatten.rules.rules().to_vec(),
            ..Schema::default()
        }
    }

    /// Counts the renamed columns of a table.
    pub(crate) fn count_renamed(&self, at: usize, named: &NamedColumns, losses: &mut Losses) {
        let table = &self.tables[at];
        for renamed in &named.renamed {
            let column = renamed.source.map(|source| &table.columns[source]);
            let path = column.map_or(&table.path, |column| &column.path);
            let places = column.into_iter().flat_map(|column| &column.first);
            let first = places.map(|(_, place)| place);
            let first = first.min_by_key(|place| place.record).cloned();
            losses.note(
                LossKind::ColumnRenamed,
                path,
                first,
                Some(renamed.to_string()),
            );
        }
    }

    /// Counts the losses that the types of a complete table and its format cause; returns the table
    /// as it is stored.
    pub(crate) fn finish(
        &self,
        at: usize,
        mut schema: TableSchema,
        format: Option<&dyn TableFormat>,
        losses: &mut Losses,
    ) -> FinishedTable {
        let table = &self.tables[at];
        let own = table.columns.iter().filter(|c| !c.is_carried_to(table));
        let own = own.chain(&table.ids);
        for column in own.filter(|c| c.seen.is_joined_to_text()) {
            losses.note(
                LossKind::JoinedToText,
                &column.path,
                column.joined_at(),
                None,
            );
        }
        let mut value_types = Vec::with_capacity(schema.columns.len());
        for (column, plain) in schema.columns.iter_mut().zip(self.value_types(table)) {
            // Text whose form the format lacks is text here.
            let stored = column.column_type;
            let stored = format.map_or(stored, |format| format.stored_type(stored));
            // JSON text is text, whatever the file says of it.
            column.column_type = stored;
            value_types.push((stored != plain).then_some(plain));
            if stored.arrow_type() == plain.arrow_type() {
                continue;
            }
            let id = table.ids.as_ref().filter(|_| column.role == ColumnRole::Id);
            if let Some(path) = column.path.as_ref().or(id.map(|id| &id.path)) {
                let detail = format!("{plain} is stored as {stored}");
                losses.note(LossKind::StoredAsText, path, None, Some(detail));
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
            losses.note(kind, path, None, Some(detail));
        }
        FinishedTable {
            value_types,
            stored_names,
            schema,
            rows: table.rows,
        }
    }
}

impl Table {
    fn add_column(&mut self, path: &JsonPath) -> usize {
        let at = self.columns.len();
        self.by_path.insert(path.clone(), at);
        self.columns.push(Column::new(path));
        at
    }

    fn add_ids(&mut self, new: &NaturalIds, place: &dyn Fn(u32) -> Place) {
        let ids = self.ids.get_or_insert_with(|| Column::new(&new.path));
        ids.seen = ids.seen.join(new.seen);
        new.first
            .iter()
            .for_each(|first| ids.note_first(first, place));
    }
}

impl Column {
    fn new(path: &JsonPath) -> Self {
        Self {
            path: path.clone(),
            seen: Observed::default(),
            cells: 0,
            first: Vec::new(),
        }
    }

    /// Whether it repeats the values of a table above.
    fn is_carried_to(&self, table: &Table) -> bool {
        !self.path.steps().starts_with(table.path.steps())
    }

    /// Remembers where kinds of values first appeared, unless they are known.
    fn note_first(&mut self, new: &KindPlace, place: &dyn Fn(u32) -> Place) {
        let like_it = self.first.iter().filter(|(k, _)| k.in_list == new.in_list);
        let mut like_it = like_it.map(|(known, _)| known.kinds).peekable();
        let is_known = like_it.peek().is_some() && like_it.collect::<KindSet>().holds(new.kinds);
        if !is_known {
            self.first.push((*new, place(new.record)));
        }
    }

    /// The place of the record that made the column text.
    fn joined_at(&self) -> Option<Place> {
        let mut first: Vec<_> = self.first.iter().collect();
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
}

/// Logs a new column of a table that already has rows, or a wider type.
fn log_change(path: &JsonPath, before: Observed, now: Observed, place: impl FnOnce() -> Place) {
    let (old, new) = (before.final_type(), now.final_type());
    if before.is_null() {
        tracing::info!(path = %path, column_type = %new, first = %place(), "a column is new");
    } else if old != new {
        tracing::info!(path = %path, from = %old, to = %new, first = %place(), "a type is wider");
    }
}

/// The run exceeded a limit.
#[cold]
fn outgrown(limit: &Rejection, object: &JsonPath, place: Option<Place>) -> Error {
    let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
    Error::new(Category::Data, format!("{place}{limit}")).of_object(object.clone())
}
