//! How much memory the records take, and the end of those that take too much.

use super::state::{Flattener, MAIN, MAX_ID_BYTES};
use crate::{
    growth::Limit,
    shape::Node,
    table::{TableBuilder, long_ids, sum},
};
use transmog_events::{JsonPath, Rejection, Step};

/// With this many bytes of long ids, the tables of a chunk are to be finished.
const ENOUGH_ID_BYTES: usize = MAX_ID_BYTES / 2;

/// Bytes of a row besides its ids and cells.
const ROW_BYTES: usize = 20;

impl Flattener {
    /// Cells of all tables, rows times columns: what the rows take at most, when few of many
    /// columns have a value in a row. It is the largest number when the tables are to be
    /// finished, so that no column of ids outgrows its bound.
    #[must_use]
    pub fn cells(&self) -> usize {
        if self.id_bytes > ENOUGH_ID_BYTES {
            return usize::MAX;
        }
        let cells = |table: &TableBuilder| table.rows * table.order.len();
        self.tables.iter().map(cells).sum()
    }

    /// Bytes of memory that the records since the last [`finish`](Self::finish) take, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let ids = self.id_bytes + self.growth.id_bytes;
        let bytes = self.tables.iter().map(|table| self.bytes_from(table, 0));
        ids + bytes.sum::<usize>()
    }

    /// Whether the last record was so large that its bytes were counted.
    #[must_use]
    pub fn was_large(&self) -> bool {
        self.growth.was_checked
    }

    /// Calls the [watch](Self::set_watch) with the number of bytes.
    pub fn report(&mut self) {
        let bytes = self.bytes().saturating_add(self.cursor.pending_bytes());
        if let Some(watch) = &mut self.growth.watch {
            watch(bytes);
        }
    }

    /// The limit of the run that was reached last, the size of what it bounds, and the object with
    /// the most keys.
    #[must_use]
    pub fn limit(&self) -> Option<(Limit, usize, &JsonPath)> {
        let hit = self.growth.hit.as_ref();
        hit.map(|(limit, known, object)| (*limit, *known, object))
    }

    /// Refuses the record if it has become too large. The count does not depend on the records
    /// before it.
    #[cold]
    pub(super) fn check_growth(&mut self) {
        let (mut bytes, mut largest) = (self.cursor.pending_bytes(), (0, MAIN));
        for (at, table) in self.tables.iter().enumerate() {
            if table.rows > 0 {
                let own = self.bytes_of_record(table);
                bytes = bytes.saturating_add(own);
                largest = largest.max((own, at));
            }
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
            // They will not be copied.
            self.growth.id_bytes = 0;
        }
        if self.growth.watch.is_some() {
            self.report();
        }
    }

    /// Bytes that the record in progress takes in a table.
    fn bytes_of_record(&self, table: &TableBuilder) -> usize {
        let main_row = self.main_records.len().saturating_sub(1);
        let first = (table.main_rows).partition_point(|row| (*row as usize) < main_row);
        let ids = match self.growth.id_bytes {
            0 => 0,
            _ => sum(long_ids(
                (&self.tables, &self.columns),
                table,
                main_row,
                self.options.root_ids,
            )),
        };
        self.bytes_from(table, first).saturating_add(ids)
    }

    /// The error of a run that outgrew a limit; `known` is the size of what it bounds. It names
    /// the object with the most keys, of a table or of all.
    #[cold]
    pub(super) fn hit(&mut self, limit: Limit, table: Option<usize>, known: usize) -> Rejection {
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
        let object = Limit::object(paths);
        let rejection = limit.error(&object, bound);
        self.growth.hit = Some((limit, known, object));
        self.growth.refuse(rejection.clone());
        rejection
    }

    /// Bytes of the rows of a table from one on.
    fn bytes_from(&self, table: &TableBuilder, row: usize) -> usize {
        let columns = table
            .order
            .iter()
            .map(|at| self.columns[*at].bytes_from(row));
        let ids = match self.options.root_ids {
            true => 3,
            false => 2,
        };
        (table.rows - row) * (ROW_BYTES + ids * self.options.key_bytes()) + columns.sum::<usize>()
    }
}

/// The error of a record that becomes too large.
#[cold]
fn too_large(rows: &JsonPath, limit: usize) -> Rejection {
    let (what, keep) = match rows.steps().last() {
        Some(Step::Members) => ("members", "keep the object as JSON text (the rule json)"),
        _ => ("array", "keep it in the row (array mode inline)"),
    };
    let message = format!(
        "expected a record that becomes at most {limit} bytes in tables (memory_limit); allow more, \
         read the {what} as records (records_path), or {keep}"
    );
    Rejection::too_large(rows.to_string(), message)
}
