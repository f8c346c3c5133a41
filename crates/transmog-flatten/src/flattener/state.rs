//! The state of a flattener: tables, columns, the tree of paths, and the record at hand.

use crate::{
    choices::IdGeneration,
    content::Content,
    cursor::Cursor,
    growth::{Growth, Watch, node_bytes},
    keys::Seed,
    options::Options,
    rules::{Live, Selection, Treatment},
    shape::{Keys, Members, NODE_LOSSES, NONE, Node, NodeInfo, loss_index},
    table::{ColumnBuilder, TableBuilder},
};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use transmog_events::{JsonPath, RecordError, Rejection, Step};
use transmog_model::LossKind;
use uuid::Uuid;

/// Most bytes of ids in a column of a chunk.
pub(super) const MAX_ID_BYTES: usize = 1 << 30;

/// Index of the main table.
pub(super) const MAIN: usize = 0;

/// Turns the events of records into tables, one chunk at a time.
///
/// It takes records as any [`RecordSink`](transmog_events::RecordSink) does, and keeps those that
/// are rejected. [`finish`](Self::finish) gives the tables of all records since the last call;
/// the flattener keeps what it learnt of the shape, and is ready for the next chunk.
///
/// # Examples
/// ```
/// use transmog_events::{EventSink, RecordSink, RecordStart};
/// use transmog_flatten::{Flattener, Options};
///
/// let mut flattener = Flattener::new(Options::default());
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
    pub(super) options: Options,
    /// What random ids are made from.
    pub(super) seed: Option<Seed>,
    pub(super) nodes: Vec<Node>,
    pub(super) members: Members,
    /// The rest about each node.
    pub(super) infos: Vec<NodeInfo>,
    pub(super) tables: Vec<TableBuilder>,
    /// The columns of all tables.
    pub(super) columns: Vec<ColumnBuilder>,
    /// Tables in the order of their first row in the chunk.
    pub(super) table_order: Vec<usize>,
    /// For each main row the index of its record in the chunk.
    pub(super) main_records: Vec<u32>,
    /// The text that ids are made of, if they are made of content.
    pub(super) content: Option<Content>,
    /// Ids made of content, one for each main row.
    pub(super) content_ids: Vec<Uuid>,
    pub(super) record: u32,
    pub(super) cursor: Cursor,
    /// Rows of the largest table.
    pub(super) most_rows: usize,
    /// Bytes that long ids take in the records that were kept.
    pub(super) id_bytes: usize,
    /// Columns as they were before the record widened them.
    pub(super) widened: Vec<(usize, ColumnBuilder)>,
    /// The first value of the record that is not in the contract.
    pub(super) drift: Option<Rejection>,
    /// The nodes of the objects of the record that are no rows.
    pub(super) opened: Vec<u32>,
    /// Losses in the record: node, kind, and how many one after another.
    pub(super) losses: Vec<(u32, u8, u64)>,
    pub(super) growth: Growth,
    /// What rules make of the values at nodes.
    pub(super) treatments: Vec<Treatment>,
    /// Whether values may be skipped: rules leave some out, and no id is made of them.
    pub(super) can_skip: bool,
    /// Whether values are left out that the schema has no place for.
    pub(super) leaves_out_unknown: bool,
    /// The paths of the values that are repeated in the tables below, and their nodes.
    pub(super) carried: Arc<[JsonPath]>,
    pub(super) carried_nodes: Vec<u32>,
    /// Which rules did something.
    pub(super) applied: Vec<bool>,
    /// Those of which the record at hand is the first.
    pub(super) newly_applied: Vec<u32>,
    pub(super) parser: Option<ParseText>,
    /// Whether the next value comes from a string that was parsed.
    pub(super) is_parsed: bool,
    /// The text that ids are made of, while a value is masked or parsed that must not get into it.
    pub(super) set_aside: Option<Content>,
    pub(super) notes: Notes,
    /// Whether the record at hand is a member with a key, whether the next one is, and the last such
    /// key.
    pub(super) has_key: bool,
    pub(super) is_key_next: bool,
    pub(super) record_key: String,
    pub(super) rejected: Vec<RecordError>,
}

/// Gives the events of the JSON in a text at a path to the flattener; `false`, and no event, if the
/// text is no JSON. The flattener does not parse: who drives it does.
pub type ParseText = fn(&str, &JsonPath, &mut Flattener) -> Result<bool, Rejection>;

/// What a reader notes about records besides their values.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) is_in_record: bool,
    /// In the record at hand.
    pub(super) current: Vec<(LossKind, JsonPath, u64)>,
    /// In those that were kept, and between records: the count, and the index of the first.
    pub(super) kept: FxHashMap<(LossKind, JsonPath), (u64, u32)>,
}

impl Notes {
    pub(super) fn keep(&mut self, kind: LossKind, path: JsonPath, count: u64, record: u32) {
        self.kept.entry((kind, path)).or_insert((0, record)).0 += count;
    }
}

impl Flattener {
    /// A flattener without records.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let seed = options.seed.unwrap_or_else(Seed::random);
        let content = match &options.id_generation {
            IdGeneration::Hash => Some(Content::of_records()),
            IdGeneration::Fields(names) => Some(Content::of_fields(names)),
            _ => None,
        };
        let mut flattener = Self {
            seed: (options.id_generation == IdGeneration::Random).then_some(seed),
            options,
            content,
            nodes: Vec::new(),
            members: Members::default(),
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
            opened: Vec::new(),
            losses: Vec::new(),
            growth: Growth::default(),
            treatments: Vec::new(),
            can_skip: false,
            leaves_out_unknown: false,
            carried: Arc::default(),
            carried_nodes: Vec::new(),
            applied: Vec::new(),
            newly_applied: Vec::new(),
            parser: None,
            is_parsed: false,
            set_aside: None,
            notes: Notes::default(),
            has_key: false,
            is_key_next: false,
            record_key: String::new(),
            rejected: Vec::new(),
        };
        flattener.can_skip = flattener.options.rules.leave_out() && flattener.content.is_none();
        let contract = flattener.options.contract.as_ref();
        flattener.leaves_out_unknown = contract.is_some_and(|contract| contract.leaves_out());
        flattener.carried = flattener.options.rules.carried().into();
        flattener.carried_nodes = vec![NONE; flattener.carried.len()];
        flattener.applied = vec![false; flattener.options.rules.rules().len()];
        flattener.new_main_table();
        flattener
    }

    /// Sets how strings that hold JSON are parsed where a rule says so. Without, they stay text.
    pub fn set_parser(&mut self, parser: ParseText) {
        self.parser = Some(parser);
    }

    /// Bytes that a string that is parsed may take while it is.
    #[must_use]
    pub fn record_memory(&self) -> usize {
        self.options.record_memory
    }

    /// Sets who is told, from time to time, how many bytes the records take, and may make the
    /// flattener wait.
    pub fn set_watch(&mut self, watch: Watch) {
        self.growth.watch = Some(watch);
    }

    /// Begins the records of another chunk, which count from 0 again.
    pub fn begin_chunk(&mut self) {
        self.record = 0;
    }

    #[inline]
    pub(super) fn loss(&mut self, node: u32, kind: LossKind) {
        let kind = loss_index(kind) as u8;
        match self.losses.last_mut() {
            Some((last, of, count)) if *last == node && *of == kind => *count += 1,
            _ => self.losses.push((node, kind, 1)),
        }
    }

    pub(super) fn new_main_table(&mut self) {
        let rules = self.options.rules.begin();
        let root = self.new_ruled_node(JsonPath::root(), MAIN, rules);
        self.tables.push(TableBuilder::new(root, root, None));
    }

    /// The node one step from another.
    pub(super) fn new_node(&mut self, from: usize, step: Step, table: usize) -> usize {
        let info = &self.infos[from];
        let rules = self.options.rules.step(&info.live, info.selection, &step);
        let path = info.path.then(step);
        self.new_ruled_node(path, table, rules)
    }

    pub(super) fn new_ruled_node(
        &mut self,
        path: JsonPath,
        table: usize,
        (live, mut treatment): (Box<[Live]>, Treatment),
    ) -> usize {
        self.growth.names += node_bytes(&path);
        if let Some(at) = self.carried.iter().position(|carried| *carried == path) {
            self.carried_nodes[at] = self.nodes.len() as u32;
        }
        let is_natural_id =
            self.options.id_generation == IdGeneration::Natural && self.is_id_field(&path, table);
        if is_natural_id {
            // It is selected as the id, not as a value.
            treatment.selection = Selection::Taken;
        }
        let (depth, selection) = (path.steps().len(), treatment.selection);
        let treatment = match treatment == Treatment::default() {
            true => NONE,
            false => {
                self.treatments.push(treatment);
                self.treatments.len() as u32 - 1
            }
        };
        self.nodes.push(Node {
            column: NONE,
            table: table as u32,
            child_table: NONE,
            treatment,
            is_special: is_natural_id || treatment != NONE,
            is_plain: treatment == NONE && depth < self.options.max_depth,
            is_row: self
                .tables
                .get(table)
                .is_none_or(|table| table.element == self.nodes.len()),
            keys: Keys::default(),
        });
        self.infos.push(NodeInfo {
            depth,
            path,
            losses: [(0, 0); NODE_LOSSES],
            objects: 0,
            is_natural_id,
            map_table: NONE,
            left_out: NONE,
            live,
            selection,
        });
        self.nodes.len() - 1
    }

    /// Whether the keys from a row of the table to `path`, joined with dots, are the field of
    /// natural ids.
    fn is_id_field(&self, path: &JsonPath, table: usize) -> bool {
        let depth = match self.tables.get(table) {
            Some(table) => self.infos[table.element].depth,
            None => return false,
        };
        let mut rest = Some(self.options.id_field.as_str());
        for (at, step) in path.steps()[depth..].iter().enumerate() {
            rest = rest.and_then(|rest| match step {
                Step::Member(key) if at == 0 => rest.strip_prefix(&**key),
                Step::Member(key) => rest.strip_prefix('.')?.strip_prefix(&**key),
                Step::Elements | Step::Members | Step::Key => None,
            });
        }
        rest == Some("") && path.steps().len() > depth
    }
}
