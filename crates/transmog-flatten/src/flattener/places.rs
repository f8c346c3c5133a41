//! Where values go: the nodes of keys, tables, rows and columns, made when they are new.

use super::state::{Flattener, MAIN};
use crate::{
    growth::Limit,
    shape::{Found, NONE},
    table::{ColumnBuilder, TableBuilder},
};
use transmog_events::{JsonPath, Rejection};
use transmog_model::Observed;

/// As many list elements count as a row does.
const ROW_VALUES: usize = 16;

impl Flattener {
    /// The node and position of a member, which is made if it is new.
    #[inline]
    pub(super) fn member(
        &mut self,
        node: u32,
        key: &str,
        guess: u32,
        object: u64,
    ) -> Result<(u32, u32), Rejection> {
        match self.nodes[node as usize].members.find(key, guess, object) {
            Found::Node(member, at) => Ok((member, at)),
            Found::Duplicate if self.is_key_field(node, key) => Err(self.two_keys()),
            Found::Duplicate => Err(Rejection::duplicate_key()),
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
    pub(super) fn child_table(&mut self, node: u32) -> u32 {
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
    pub(super) fn check_column(&mut self, node: usize, seen: &Observed) {
        if let Some(contract) = &self.options.contract
            && self.drift.is_none()
        {
            self.drift = contract.check(&self.infos[node].path, seen).err();
        }
    }
}
