//! The flattener of one chunk at a time: rows, cells, savepoints and the
//! tables at the end.

use crate::{
    content::Content,
    cursor::Cursor,
    growth::{Growth, Limit, Watch, node_bytes},
    ids::{IdSource, hash_id, write_child, write_id},
    options::{IdGeneration, Options},
    shape::{Found, Members, NODE_LOSSES, NONE, Node, NodeInfo, loss_index},
    table::{
        ChunkColumn, ChunkTable, ColumnBuilder, KindPlace, TableBuilder, TableSet, UUID_BYTES,
        long_ids, sum,
    },
    values::{ColumnValues, Room, Scalar, Texts},
};
use arrow::array::{ArrayRef, Int64Array, StringArray};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use transmog_events::{Path, RecordError, Rejection, Step};
use transmog_model::{Kind, KindSet, LossKind, Observed};
use uuid::Uuid;

/// Bytes of long ids of a chunk's rows after which its tables are to be finished.
const ENOUGH_ID_BYTES: usize = MAX_ID_BYTES / 2;
/// Paths that are remembered from chunk to chunk.
const MAX_NODES: usize = 1 << 17;
/// Bytes of a row beside its ids and cells.
const ROW_BYTES: usize = 20;
/// As many list elements count as a row does.
const ROW_VALUES: usize = 16;
/// Bytes of the ids of a chunk's rows at most, by table.
pub(crate) const MAX_ID_BYTES: usize = 1 << 30;
/// Index of the main table.
pub(crate) const MAIN: usize = 0;

/// Turns the events of records into tables.
///
/// It takes records as any [`RecordSink`](transmog_events::RecordSink) does, and keeps those that are rejected.
/// [`finish`](Self::finish) gives the tables of all records since the last one; the flattener
/// goes on with what it learnt of the shape.
///
/// ```
/// use transmog_events::{EventSink, RecordSink, RecordStart};
/// use transmog_flatten::{Flattener, Options, RandomIds};
///
/// let mut flattener = Flattener::new(Options::default(), Box::new(RandomIds::new()));
/// let events = flattener.begin_record(RecordStart { byte: 0, index: 0 });
/// events.begin_object()?;
/// events.key("a")?;
/// events.integer(1)?;
/// events.end_object()?;
/// flattener.end_record()?;
/// let tables = flattener.finish().tables;
/// assert_eq!(tables[0].rows, 1);
/// assert_eq!(tables[0].columns[0].path.to_string(), "$.a");
/// # Ok::<(), transmog_events::Rejection>(())
/// ```
pub struct Flattener {
    pub(crate) options: Options,
    ids: Box<dyn IdSource>,
    pub(crate) nodes: Vec<Node>,
    /// The rest about each node.
    pub(crate) infos: Vec<NodeInfo>,
    pub(crate) tables: Vec<TableBuilder>,
    /// The columns of all tables.
    pub(crate) columns: Vec<ColumnBuilder>,
    /// Tables in order of their first row in the chunk.
    pub(crate) table_order: Vec<usize>,
    /// Index in the chunk of the record of each main row.
    pub(crate) main_records: Vec<u32>,
    /// What ids are made of, where they are made of content.
    pub(crate) content: Option<Content>,
    /// Ids made from content, one a main row.
    pub(crate) content_ids: Vec<Uuid>,
    pub(crate) record: u32,
    pub(crate) cursor: Cursor,
    /// Rows of the largest table.
    pub(crate) most_rows: usize,
    /// Bytes that long ids take in the records that are kept.
    pub(crate) id_bytes: usize,
    /// Columns as they were before the record widened them.
    pub(crate) widened: Vec<(usize, ColumnBuilder)>,
    /// What the record holds beyond the contract, first of all.
    pub(crate) drift: Option<Rejection>,
    /// Losses of the record: node and kind.
    pub(crate) losses: Vec<(u32, u8)>,
    pub(crate) growth: Growth,
    pub(crate) notes: Notes,
    pub(crate) rejected: Vec<RecordError>,
}

/// What a reader notes of records beside their values.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) is_in_record: bool,
    /// Of the record in progress.
    pub(crate) current: Vec<(LossKind, Path, u64)>,
    /// Of those that were kept, and between records: how many, and the index of the first.
    pub(crate) kept: FxHashMap<(LossKind, Path), (u64, u32)>,
}

impl Notes {
    pub(crate) fn keep(&mut self, kind: LossKind, path: Path, count: u64, record: u32) {
        self.kept.entry((kind, path)).or_insert((0, record)).0 += count;
    }
}

impl Flattener {
    /// A flattener with no records.
    #[must_use]
    pub fn new(options: Options, ids: Box<dyn IdSource>) -> Self {
        let content = match &options.id_generation {
            IdGeneration::Hash => Some(Content::of_records()),
            IdGeneration::Fields(names) => Some(Content::of_fields(names)),
            _ => None,
        };
        let mut flattener = Self {
            options,
            ids,
            content,
            nodes: Vec::new(),
            infos: Vec::new(),
            tables: Vec::new(),
            columns: Vec::new(),
            table_order: Vec::new(),
            main_records: Vec::new(),
            content_ids: Vec::new(),
            record: 0,
            cursor: Cursor::default(),
            most_rows: 0,
            id_bytes: 0,
            widened: Vec::new(),
            drift: None,
            losses: Vec::new(),
            growth: Growth::default(),
            notes: Notes::default(),
            rejected: Vec::new(),
        };
        flattener.new_main_table();
        flattener
    }

    /// From now on someone is told now and then how many bytes the records in progress
    /// take, and may make it wait.
    pub fn set_watch(&mut self, watch: Watch) {
        self.growth.watch = Some(watch);
    }

    #[inline]
    pub(crate) fn loss(&mut self, node: u32, kind: LossKind) {
        self.losses.push((node, loss_index(kind) as u8));
    }

    fn new_main_table(&mut self) {
        let root = self.new_node(Path::root(), MAIN);
        self.tables.push(TableBuilder::new(root, root, None));
    }

    fn new_node(&mut self, path: Path, table: usize) -> usize {
        self.growth.names += node_bytes(&path);
        self.nodes.push(Node {
            column: NONE,
            table: table as u32,
            child_table: NONE,
            is_natural_id: self.options.id_generation == IdGeneration::Natural
                && self.is_id_field(&path, table),
            members: Members::default(),
        });
        self.infos.push(NodeInfo {
            depth: path.steps().len(),
            path,
            losses: [(0, 0); NODE_LOSSES],
        });
        self.nodes.len() - 1
    }

    /// Whether the keys from a row of the table to `path`, joined with dots, are the
    /// field of natural ids.
    fn is_id_field(&self, path: &Path, table: usize) -> bool {
        let depth = match self.tables.get(table) {
            Some(table) => self.infos[table.element].depth,
            None => return false,
        };
        let mut rest = Some(self.options.id_field.as_str());
        for (at, step) in path.steps()[depth..].iter().enumerate() {
            rest = rest.and_then(|rest| match step {
                Step::Member(key) if at == 0 => rest.strip_prefix(&**key),
                Step::Member(key) => rest.strip_prefix('.')?.strip_prefix(&**key),
                Step::Elements => None,
            });
        }
        rest == Some("") && path.steps().len() > depth
    }

    /// The node and position of a member, made when it is new.
    #[inline]
    pub(crate) fn member(
        &mut self,
        node: u32,
        key: &str,
        guess: u32,
        object: u64,
    ) -> Result<(u32, u32), Rejection> {
        match self.nodes[node as usize].members.find(key, guess, object) {
            Found::Node(member, at) => Ok((member, at)),
            Found::Duplicate => Err(Rejection::duplicate_key()),
            Found::New => self.new_member(node as usize, key, object),
        }
    }

    #[cold]
    fn new_member(&mut self, node: usize, key: &str, object: u64) -> Result<(u32, u32), Rejection> {
        let at = self.nodes[node].table as usize;
        let columns = self.tables[at].order.len();
        if columns > self.options.max_columns {
            return Err(self.hit(Limit::Columns, Some(at), columns));
        }
        if self.table_order.len() > self.options.max_tables {
            return Err(self.hit(Limit::Tables, None, self.table_order.len()));
        }
        if self.growth.names > self.options.names_memory {
            return Err(self.hit(Limit::Names, None, self.growth.names));
        }
        let path = self.infos[node].path.member(key);
        let member = self.new_node(path, at) as u32;
        let place = self.nodes[node].members.add(key, member, object);
        Ok((member, place))
    }

    /// The table of the elements of arrays at `node`.
    #[inline]
    pub(crate) fn child_table(&mut self, node: u32) -> u32 {
        match self.nodes[node as usize].child_table {
            NONE => self.new_child_table(node as usize) as u32,
            table => table,
        }
    }

    #[cold]
    fn new_child_table(&mut self, node: usize) -> usize {
        let table = self.tables.len();
        let parent = self.nodes[node].table as usize;
        let path = self.infos[node].path.elements();
        let element = self.new_node(path, table);
        self.tables
            .push(TableBuilder::new(element, node, Some(parent)));
        self.nodes[node].child_table = table as u32;
        table
    }

    /// Begins a row.
    #[inline]
    pub(crate) fn new_row(&mut self, table: u32, parent_row: u32, index: i64) -> u32 {
        let table = table as usize;
        if self.tables[table].rows == 0 {
            self.table_order.push(table);
            self.check_table(table);
        }
        let builder = &mut self.tables[table];
        let row = builder.rows as u32;
        builder.rows += 1;
        self.most_rows = self.most_rows.max(builder.rows);
        if self.growth.is_due(ROW_VALUES) {
            self.check_growth();
        }
        let builder = &mut self.tables[table];
        builder.main_rows.push(self.main_records.len() as u32 - 1);
        if table != MAIN {
            builder.parent_rows.push(parent_row);
            builder.indexes.push(index);
        }
        row
    }

    /// The column at a node, appearing now if it had not in this chunk.
    pub(crate) fn column(&mut self, node: u32, row: u32) -> usize {
        let column = match self.nodes[node as usize].column {
            NONE => {
                self.columns.push(ColumnBuilder {
                    node: node as usize,
                    ..ColumnBuilder::default()
                });
                self.nodes[node as usize].column = self.columns.len() as u32 - 1;
                self.columns.len() - 1
            }
            column => column as usize,
        };
        let at = &mut self.columns[column].appeared;
        if at.is_none() {
            *at = Some(row as usize);
            let table = self.nodes[node as usize].table as usize;
            self.tables[table].order.push(column);
            // Without its nulls kept, a column comes with its first value.
            if self.options.include_nulls {
                self.check_column(node as usize, &Observed::default());
            }
        }
        column
    }

    #[cold]
    fn check_table(&mut self, table: usize) {
        if let Some(contract) = &self.options.contract
            && self.drift.is_none()
        {
            let path = &self.infos[self.tables[table].element].path;
            self.drift = contract.check_table(path).err();
        }
    }

    #[cold]
    fn check_column(&mut self, node: usize, seen: &Observed) {
        if let Some(contract) = &self.options.contract
            && self.drift.is_none()
        {
            self.drift = contract.check(&self.infos[node].path, seen).err();
        }
    }

    /// Puts a scalar that is not null into its column where that needs nothing
    /// else; false, and nothing done, when it does.
    #[inline(always)]
    pub(crate) fn put_fast(&mut self, node: u32, row: u32, scalar: Scalar<'_>) -> bool {
        let node = &self.nodes[node as usize];
        match self.columns.get_mut(node.column as usize) {
            Some(column) if !node.is_natural_id => column.put_fast(row, scalar),
            _ => false,
        }
    }

    /// Puts a scalar that is not null into its column.
    pub(crate) fn put(&mut self, node: u32, row: u32, scalar: Scalar<'_>) {
        let mut buffer = Vec::new();
        let scalar = match self.options.stringify_values {
            true => stringified(scalar, &mut buffer),
            false => scalar,
        };
        if let Scalar::Rounded(..) = scalar {
            self.loss(node, LossKind::Rounded);
        }
        let scalar = scalar.in_column();
        let kinds = scalar.kinds(self.options.numbers);
        let column = self.column(node, row);
        if !self.columns[column].takes(kinds) {
            self.widen(column, kinds, false);
        }
        let builder = &mut self.columns[column];
        builder.pad_to(row as usize);
        match &mut builder.values {
            ColumnValues::Scalars(cells) => cells.push(scalar),
            ColumnValues::Text(cells) => {
                let mut text = Vec::new();
                scalar.write_text(&mut text);
                let text = std::str::from_utf8(&text).expect("scalars are UTF-8");
                cells.push(Scalar::Text(text));
            }
            ColumnValues::Lists(_) => unreachable!("a scalar widens a column of lists to text"),
        }
    }

    /// Puts a list into its column.
    pub(crate) fn put_list<'a>(
        &mut self,
        node: u32,
        row: u32,
        elements: impl Iterator<Item = Scalar<'a>> + Clone,
    ) {
        let column = self.column(node, row);
        let numbers = self.options.numbers;
        let elements = elements.map(Scalar::in_column);
        let kinds: KindSet = elements.clone().map(|e| e.kinds(numbers)).collect();
        let known = self.columns[column].seen.elements;
        if known.is_none_or(|known| !known.holds(kinds)) {
            self.widen(column, kinds, true);
        }
        let builder = &mut self.columns[column];
        builder.pad_to(row as usize);
        match &mut builder.values {
            ColumnValues::Lists(lists) => {
                for element in elements {
                    if !lists.elements.push_fast(element) {
                        lists.elements.push(element);
                    }
                }
                lists.end();
            }
            ColumnValues::Text(cells) => {
                let mut json = transmog_events::JsonText::default();
                json.begin_array();
                elements.for_each(|element| element.write_json(&mut json));
                json.end_array();
                cells.push(Scalar::Text(json.as_str()));
            }
            ColumnValues::Scalars(_) => unreachable!("a list widens a column of scalars"),
        }
    }

    #[cold]
    fn widen(&mut self, column: usize, kinds: KindSet, in_list: bool) {
        let seen = self.columns[column].seen.with(kinds, in_list);
        self.check_column(self.columns[column].node, &seen);
        let builder = &mut self.columns[column];
        let mut wide = ColumnBuilder {
            node: builder.node,
            start: builder.start,
            values: builder.values.widened(&seen),
            seen,
            first: builder.first.clone(),
            appeared: builder.appeared,
        };
        wide.first.push(KindPlace {
            kinds,
            in_list,
            record: self.record,
        });
        let old = std::mem::replace(builder, wide);
        self.widened.push((column, old));
    }

    /// Takes the value as the row's id; whether it did. A value that can be no
    /// id is counted: a child row gets a generated one, a main row is an error.
    #[cold]
    pub(crate) fn put_natural_id(&mut self, node: u32, row: u32, scalar: Scalar<'_>) -> bool {
        let table = self.nodes[node as usize].table as usize;
        let ids = &mut self.tables[table].natural_ids;
        match scalar {
            _ if ids.len() > row as usize => return false,
            Scalar::Null => {
                self.loss(node, LossKind::Null);
                return true;
            }
            Scalar::Text("") => {
                self.loss(node, LossKind::EmptyString);
                return true;
            }
            _ => {}
        }
        if ids.kinds().is_empty() {
            *ids = ids.widened(KindSet::of(Kind::String));
        }
        let missing = row as usize - ids.len();
        if missing > 0 {
            ids.push_nulls(missing);
        }
        let mut text = Vec::new();
        scalar.write_text(&mut text);
        self.growth.has_long_ids |= text.len() > UUID_BYTES;
        self.tables[table].longest_id = self.tables[table].longest_id.max(text.len());
        let ids = &mut self.tables[table].natural_ids;
        ids.push(Scalar::Text(
            std::str::from_utf8(&text).expect("scalars are UTF-8"),
        ));
        true
    }

    /// The records to come are those of another chunk, and count from 0 again.
    pub fn begin_chunk(&mut self) {
        self.record = 0;
    }

    /// Cells of all tables, rows times columns: what the rows take in memory
    /// at most, when few of many columns have a value in a row. No number is larger when their
    /// ids are to be finished, so that no column of them outgrows its bound.
    #[must_use]
    pub fn cells(&self) -> usize {
        if self.id_bytes > ENOUGH_ID_BYTES {
            return usize::MAX;
        }
        let cells = |table: &TableBuilder| table.rows * table.order.len();
        self.tables.iter().map(cells).sum()
    }

    /// Bytes that the records since the last [`finish`](Self::finish) take, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let ids = self.id_bytes + self.growth.id_bytes;
        let bytes = self.tables.iter().map(|table| self.bytes_from(table, 0));
        ids + bytes.sum::<usize>()
    }

    /// Bytes of the table's rows from one on.
    fn bytes_from(&self, table: &TableBuilder, row: usize) -> usize {
        let columns = table
            .order
            .iter()
            .map(|at| self.columns[*at].bytes_from(row));
        let ids = match self.options.root_ids {
            true => 3,
            false => 2,
        };
        (table.rows - row) * (ROW_BYTES + ids * (UUID_BYTES + size_of::<i32>()))
            + columns.sum::<usize>()
    }

    /// Refuses the record in progress when it became too large. What is counted does not
    /// depend on the records before it.
    #[cold]
    pub(crate) fn check_growth(&mut self) {
        let main_row = self.main_records.len().saturating_sub(1) as u32;
        let own = |table: &TableBuilder| {
            let first = table.main_rows.partition_point(|row| *row < main_row);
            let ids = match self.growth.id_bytes {
                0 => 0,
                _ => sum(long_ids(
                    &self.tables,
                    table,
                    main_row as usize,
                    self.options.root_ids,
                )),
            };
            self.bytes_from(table, first).saturating_add(ids)
        };
        let (mut bytes, mut largest) = (self.cursor.pending_bytes(), (0, MAIN));
        for (at, table) in self
            .tables
            .iter()
            .enumerate()
            .filter(|(_, table)| table.rows > 0)
        {
            let own = own(table);
            bytes = bytes.saturating_add(own);
            largest = largest.max((own, at));
        }
        self.growth.was_checked = true;
        if bytes > self.options.record_memory {
            let element = self.tables[largest.1].element;
            let list = self
                .cursor
                .list()
                .filter(|_| self.cursor.pending_bytes() > largest.0);
            let path = &self.infos[list.map_or(element, |node| node as usize)].path;
            let limit = self.options.record_memory;
            self.growth.refuse(too_large(path, limit));
            // They come to no copies.
            self.growth.id_bytes = 0;
        }
        if self.growth.watch.is_some() {
            self.report();
        }
    }

    /// The error of the run that outgrew a limit, `known` of what it bounds so far. It
    /// names the object with the most keys, in a table or in all.
    #[cold]
    fn hit(&mut self, limit: Limit, table: Option<usize>, known: usize) -> Rejection {
        let paths: Vec<_> = match (limit, table) {
            (Limit::Tables, _) => {
                let elements = self.tables.iter().map(|table| table.element);
                elements.map(|at| &self.infos[at].path).collect()
            }
            (_, table) => {
                let nodes = self.nodes.iter().zip(&self.infos);
                let of_table = |node: &Node| table.is_none_or(|table| node.table as usize == table);
                let nodes = nodes.filter(|(node, _)| of_table(node));
                nodes.map(|(_, info)| &info.path).collect()
            }
        };
        let bound = match limit {
            Limit::Columns => self.options.max_columns,
            Limit::Tables => self.options.max_tables,
            Limit::Names => self.options.names_memory,
        };
        let rejection = limit.error(paths, bound);
        self.growth.hit = Some((limit, known));
        self.growth.refuse(rejection.clone());
        rejection
    }

    /// Whether the record that ended last was so large that its bytes were counted.
    #[must_use]
    pub fn was_large(&self) -> bool {
        self.growth.was_checked
    }

    /// Tells the one who [watches](Self::set_watch) how many bytes there are.
    pub fn report(&mut self) {
        let bytes = self.bytes().saturating_add(self.cursor.pending_bytes());
        if let Some(watch) = &mut self.growth.watch {
            watch(bytes);
        }
    }

    /// The limit of the run that was hit last, and how much of what it bounds there was.
    #[must_use]
    pub fn limit(&self) -> Option<(Limit, usize)> {
        self.growth.hit
    }

    /// Hands over the tables of the records since the last call.
    pub fn finish(&mut self) -> TableSet {
        let mut set = TableSet::default();
        // Parents stand before their children, in the order tables were made.
        let mut ids: Vec<Option<StringArray>> = vec![None; self.tables.len()];
        for table in 0..self.tables.len() {
            if self.tables[table].rows > 0 {
                let parent = self.tables[table]
                    .parent
                    .and_then(|parent| ids[parent].clone());
                ids[table] = Some(self.row_ids(table, parent.as_ref()));
            }
        }
        for table in std::mem::take(&mut self.table_order) {
            set.tables.push(self.finish_table(table, &ids));
        }
        for info in &mut self.infos {
            for (kind, entry) in LossKind::ALL.into_iter().zip(&mut info.losses) {
                if entry.0 > 0 {
                    set.losses.push((kind, info.path.clone(), entry.0, entry.1));
                    *entry = (0, 0);
                }
            }
        }
        let mut notes: Vec<_> = self.notes.kept.drain().collect();
        notes.sort_unstable_by(|(a, (_, first)), (b, (_, other))| (first, a).cmp(&(other, b)));
        let notes = notes.into_iter();
        (set.losses).extend(notes.map(|((kind, path), (count, first))| (kind, path, count, first)));
        set.rejected = std::mem::take(&mut self.rejected);
        self.main_records.clear();
        self.content_ids.clear();
        (self.most_rows, self.id_bytes) = (0, 0);
        if self.nodes.len() > MAX_NODES || self.growth.names > self.options.names_memory / 2 {
            self.forget_shape();
        }
        set
    }

    /// Forgets the paths met so far: keys that are data would fill the memory.
    fn forget_shape(&mut self) {
        self.nodes.clear();
        self.infos.clear();
        self.tables.clear();
        self.columns.clear();
        self.growth.names = 0;
        self.new_main_table();
    }

    fn row_ids(&mut self, table: usize, parent_ids: Option<&StringArray>) -> StringArray {
        let builder = &self.tables[table];
        let mut texts = Texts::with_room(Room {
            cells: builder.rows,
            bytes: builder.rows * UUID_BYTES,
        });
        let path = self.infos[builder.element].path.to_string();
        let mut name = Vec::new();
        for row in 0..builder.rows {
            let natural = &builder.natural_ids;
            if row < natural.len()
                && let Scalar::Text(id) = natural.get(row)
            {
                texts.push(id);
                continue;
            }
            let id = match (&self.options.id_generation, parent_ids) {
                (IdGeneration::Random, _) => self.ids.next_id(),
                (_, None) => self.content_ids[row],
                (_, Some(ids)) => {
                    let parent = ids.value(builder.parent_rows[row] as usize);
                    write_child(&mut name, parent, &path, builder.indexes[row]);
                    hash_id(&name)
                }
            };
            write_id(&mut texts.bytes, id);
            texts.push("");
        }
        texts.finish(None)
    }

    fn finish_table(&mut self, table: usize, ids: &[Option<StringArray>]) -> ChunkTable {
        let builder = &mut self.tables[table];
        let rows = std::mem::take(&mut builder.rows);
        // The next chunk has about as many.
        fn take<T>(rows: &mut Vec<T>) -> Vec<T> {
            let room = Vec::with_capacity(rows.len());
            std::mem::replace(rows, room)
        }
        let parent_rows = take(&mut builder.parent_rows);
        let main_rows = take(&mut builder.main_rows);
        let indexes = take(&mut builder.indexes);
        builder.natural_ids = Default::default();
        builder.longest_id = UUID_BYTES;
        let own = ids[table].clone().expect("a table with rows has ids");
        let gather = |of: usize, rows: &[u32]| -> ArrayRef {
            let ids = ids[of].as_ref().expect("a parent table has rows");
            let lengths = rows
                .iter()
                .map(|row| ids.value_length(*row as usize) as usize);
            let mut texts = Texts::with_room(Room {
                cells: rows.len(),
                bytes: lengths.sum(),
            });
            rows.iter()
                .for_each(|row| texts.push(ids.value(*row as usize)));
            Arc::new(texts.finish(None))
        };
        let is_child = table != MAIN;
        let columns = std::mem::take(&mut builder.order)
            .into_iter()
            .map(|column| {
                let column = self.columns[column].reset();
                ChunkColumn {
                    path: self.infos[column.node].path.clone(),
                    seen: column.seen,
                    start: column.start,
                    cells: column.values.finish(),
                    first: column.first,
                }
            })
            .collect();
        ChunkTable {
            path: self.infos[builder.element].path.clone(),
            rows,
            ids: Arc::new(own),
            parent_ids: builder.parent.map(|parent| gather(parent, &parent_rows)),
            root_ids: (is_child && self.options.root_ids).then(|| gather(MAIN, &main_rows)),
            indexes: (is_child && self.options.indexes)
                .then(|| Arc::new(Int64Array::from(indexes)) as ArrayRef),
            records: main_rows
                .iter()
                .map(|row| self.main_records[*row as usize])
                .collect(),
            columns,
        }
    }
}

/// The error of a record that becomes too large.
#[cold]
fn too_large(rows: &Path, limit: usize) -> Rejection {
    let message = format!(
        "expected a record that becomes at most {limit} bytes in tables (memory_limit); allow more, \
         read the array as records (records_path), or keep it in the row (array mode inline)"
    );
    Rejection::too_large(rows.to_string(), message)
}

/// The scalar as text, where every leaf is to be text.
fn stringified<'a>(scalar: Scalar<'a>, buffer: &'a mut Vec<u8>) -> Scalar<'a> {
    match scalar {
        Scalar::Null | Scalar::Text(_) => scalar,
        scalar => {
            scalar.write_text(buffer);
            Scalar::Text(std::str::from_utf8(buffer).expect("scalars are UTF-8"))
        }
    }
}
