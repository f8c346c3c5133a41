//! Where values go: the nodes of keys, tables, rows and columns, made when they are new.

use super::state::{Flattener, MAIN};
use crate::{
    growth::{Limit, node_bytes},
    options::OnUnknown,
    rules::Treatment,
    shape::{Found, NONE, Place},
    table::{ColumnBuilder, TableBuilder},
};
use arrow::array::Array;
use transmog_events::{JsonPath, PatternStep, Rejection, Step};
use transmog_model::Observed;

/// Members that are left out are looked up by their names if these are at most this long, and this
/// many in an object.
const MAX_LEFT_OUT_NAME: usize = 256;
const MAX_LEFT_OUT: usize = 1 << 12;

/// As many list elements count as a row does.
const ROW_VALUES: usize = 16;

impl Flattener {
    /// The place of a member, which is made if it is new.
    #[inline]
    pub(super) fn member(
        &mut self,
        node: u32,
        key: &str,
        guess: u32,
        object: u64,
    ) -> Result<Place, Rejection> {
        let keys = &self.nodes[node as usize].keys;
        match self.members.find(keys, key, guess, object) {
            Found::Place(place) => Ok(place),
            // What is left out whatever its name is not looked at.
            Found::Duplicate(place) if self.infos[node as usize].left_out == place.node => {
                Ok(place)
            }
            Found::Duplicate(..) if self.is_key_field(node, key) => Err(self.two_keys()),
            Found::Duplicate(..) => Err(Rejection::duplicate_key()),
            Found::New => self.new_member(node as usize, key, object),
        }
    }

    /// Whether this is the member for the key of the record, and the record has one.
    fn is_key_field(&self, node: u32, key: &str) -> bool {
        self.has_key && node as usize == self.tables[0].element && *key == *self.options.key_field
    }

    #[cold]
    fn two_keys(&self) -> Rejection {
        let field = &self.options.key_field;
        let message = format!(
            "expected no member `{field}` in the record, for its own key goes there; choose another \
             `key_field` (--key-field)"
        );
        Rejection::invalid(Some(JsonPath::root().member(&**field).to_string()), message)
    }

    #[cold]
    fn new_member(&mut self, node: usize, key: &str, object: u64) -> Result<Place, Rejection> {
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
        let member = self.new_node(node, Step::Member(key.into()), at);
        if self.is_left_out_with_others(member) && !self.is_key_field(node as u32, key) {
            self.forget_last_node();
            return Ok(self.left_out_member(node, key, object));
        }
        let leaves_out = (self.treatment(member as u32)).is_some_and(Treatment::leaves_out);
        let keys = &mut self.nodes[node].keys;
        let place = self.members.add(keys, key, member as u32, object);
        if leaves_out {
            self.members.hide_last();
        }
        Ok(place)
    }

    /// Whether the member is left out whatever its name is.
    fn is_left_out_with_others(&self, member: usize) -> bool {
        let Some(treatment) = self.treatment(member as u32) else {
            return false;
        };
        let by_name = |rule: u32| {
            let rule = &self.options.rules.rules()[rule as usize];
            !matches!(rule.path.steps().last(), Some(PatternStep::Members))
        };
        treatment.leaves_out() && !treatment.drop.is_some_and(by_name)
    }

    /// Forgets the node that was made last.
    fn forget_last_node(&mut self) {
        let (node, info) = (self.nodes.pop(), self.infos.pop());
        if node.is_some_and(|node| node.treatment != NONE) {
            self.treatments.pop();
        }
        self.growth.names -= info.map_or(0, |info| node_bytes(&info.path));
    }

    /// The node that all members share which are left out whatever their names: these may be data.
    fn left_out_member(&mut self, node: usize, key: &str, object: u64) -> Place {
        if self.infos[node].left_out == NONE {
            let table = self.nodes[node].table as usize;
            let left_out = self.new_node(node, Step::Members, table) as u32;
            self.infos[node].left_out = left_out;
        }
        let left_out = self.infos[node].left_out;
        let keys = &mut self.nodes[node].keys;
        if keys.len() >= MAX_LEFT_OUT || key.len() > MAX_LEFT_OUT_NAME {
            return Place {
                node: left_out,
                next: NONE,
            };
        }
        self.growth.names += key.len();
        let place = self.members.add(keys, key, left_out, object);
        self.members.hide_last();
        place
    }

    /// What rules make of the values at a node, if they do.
    #[inline]
    pub(super) fn treatment(&self, node: u32) -> Option<&Treatment> {
        self.treatments
            .get(self.nodes[node as usize].treatment as usize)
    }

    /// The table of the members of objects at `node`.
    #[inline]
    pub(super) fn map_table(&mut self, node: u32) -> u32 {
        match self.infos[node as usize].map_table {
            NONE => self.new_map_table(node as usize) as u32,
            table => table,
        }
    }

    #[cold]
    fn new_map_table(&mut self, node: usize) -> usize {
        let table = self.new_table(node, Step::Members);
        let key = self.new_node(self.tables[table].element, Step::Key, table);
        self.tables[table].key = Some(key);
        self.infos[node].map_table = table as u32;
        table
    }

    /// The table of the elements of arrays at `node`.
    #[inline]
    pub(super) fn child_table(&mut self, node: u32) -> u32 {
        match self.nodes[node as usize].child_table {
            NONE => self.new_child_table(node as usize) as u32,
            table => table,
        }
    }

    #[cold]
    fn new_child_table(&mut self, node: usize) -> usize {
        let table = self.new_table(node, Step::Elements);
        self.nodes[node].child_table = table as u32;
        table
    }

    /// The table of what is one step from a node.
    fn new_table(&mut self, node: usize, step: Step) -> usize {
        let table = self.tables.len();
        let parent = self.nodes[node].table as usize;
        let element = self.new_node(node, step, table);
        let mut builder = TableBuilder::new(element, node, Some(parent));
        builder.is_unknown = self.is_table_unknown(element);
        self.tables.push(builder);
        table
    }

    /// Begins a row.
    #[inline]
    pub(super) fn new_row(&mut self, table: u32, parent_row: u32, index: i64) -> u32 {
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

    /// The column of a node, which appears now if it had not in this chunk.
    #[inline]
    pub(super) fn column(&mut self, node: u32, row: u32) -> usize {
        let column = match self.nodes[node as usize].column {
            NONE => {
                let has_form = self.given_forms(node).is_some();
                self.columns
                    .push(ColumnBuilder::of(node as usize, has_form));
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

    /// The column of the schema for the values at a node, if it has a form.
    #[cold]
    pub(super) fn given_forms(&self, node: u32) -> Option<Observed> {
        let contract = self.options.contract.as_ref()?;
        let given = *contract.columns.get(&self.infos[node as usize].path)?;
        (given.with_forms(|_| false) != given).then_some(given)
    }

    /// What was seen in a column, with the form of its texts if the column is to have it: by a rule, by
    /// the schema, or because the options ask for it.
    pub(super) fn seen_with_form(&self, column: &ColumnBuilder, cells: &dyn Array) -> Observed {
        let node = column.node as u32;
        let asked = &self.options.detect;
        let treatment = match column.seen.elements {
            None => self.treatment(node),
            Some(_) => self.elements_treatment(node),
        };
        let rule = treatment.and_then(|it| it.value_type);
        let is_typed = rule.is_some_and(|(_, to, _)| to.has_form());
        let has_form = !asked.is_empty() || column.has_form || is_typed;
        if !has_form || self.options.stringify_values {
            return column.seen;
        }
        let given = self.given_forms(node).unwrap_or_default();
        let given = [Some(given.scalars), given.elements];
        column.seen.with_form_of(cells).with_forms(|form| {
            let Some(detected) = form.detected() else {
                return true;
            };
            let is_given = given
                .iter()
                .flatten()
                .any(|it| it.form().detected() == Some(detected));
            is_given || is_typed || (rule.is_none() && asked.contains(&detected))
        })
    }

    /// What rules make of the elements of a list.
    fn elements_treatment(&self, list: u32) -> Option<&Treatment> {
        let table = self.nodes[list as usize].child_table;
        let table = self.tables.get(table as usize)?;
        self.treatment(table.element as u32)
    }

    #[cold]
    fn check_table(&mut self, table: usize) {
        if let Some(contract) = &self.options.contract
            && self.drift.is_none()
        {
            let path = &self.infos[self.tables[table].element].path;
            if contract.on_unknown(path) == OnUnknown::Reject {
                self.drift = contract.check_table(path).err();
            }
        }
    }

    /// Whether a column that has seen these kinds is in the schema, or may be taken nevertheless; if not,
    /// the value is left out.
    #[cold]
    pub(super) fn check_column(&mut self, node: usize, seen: &Observed) -> bool {
        let Some(contract) = &self.options.contract else {
            return true;
        };
        let path = &self.infos[node].path;
        let Some(drift) = contract.check(path, seen).err() else {
            return true;
        };
        match contract.on_unknown(path) {
            OnUnknown::Take => true,
            OnUnknown::LeaveOut => false,
            OnUnknown::Reject => {
                self.drift.get_or_insert(drift);
                true
            }
        }
    }

    /// Whether the schema has no column for the node, and its values are left out then.
    #[cold]
    pub(super) fn is_unknown(&self, node: u32) -> bool {
        let path = &self.infos[node as usize].path;
        self.options.contract.as_ref().is_some_and(|contract| {
            !contract.columns.contains_key(path) && contract.on_unknown(path) == OnUnknown::LeaveOut
        })
    }

    /// Whether the schema has no such table, and its rows are left out then.
    fn is_table_unknown(&self, element: usize) -> bool {
        let path = &self.infos[element].path;
        self.options.contract.as_ref().is_some_and(|contract| {
            !contract.tables.contains(path) && contract.on_unknown(path) == OnUnknown::LeaveOut
        })
    }
}
