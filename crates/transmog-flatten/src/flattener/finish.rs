//! The tables of the records as Arrow arrays.

use super::{
    keys::RowIds,
    state::{Flattener, MAIN},
};
use crate::{
    shape::{NONE, Opened},
    table::{ChunkColumn, ChunkTable, TableSet, UUID_BYTES},
};
use arrow::array::{ArrayRef, Int64Array};
use std::sync::Arc;
use transmog_events::JsonPath;
use transmog_model::LossKind;

/// Paths that are kept from chunk to chunk; with more, all are forgotten.
const MAX_NODES: usize = 1 << 17;

impl Flattener {
    /// Gives the tables of the records since the last call, and the records that were rejected.
    /// The flattener is empty then, but for the paths it knows.
    pub fn finish(&mut self) -> TableSet {
        let mut set = TableSet::default();
        let ids = self.row_ids();
        set.opened = self.take_opened();
        let carried = self.carried_rows();
        let order = std::mem::take(&mut self.table_order);
        for table in &order {
            let mut finished = self.finish_table(*table, &ids);
            let parent = self.tables[*table].parent;
            finished.parent = order.iter().position(|other| Some(*other) == parent);
            set.tables.push(finished);
        }
        carried.add_to(&mut set.tables);
        let applied = self.applied.iter_mut().enumerate();
        let applied = applied.filter_map(|(rule, applied)| std::mem::take(applied).then_some(rule));
        set.rules = applied.map(|rule| rule as u32).collect();
        set.losses = self.take_losses();
        set.rejected = std::mem::take(&mut self.rejected);
        self.main_records.clear();
        self.content_ids.clear();
        (self.most_rows, self.id_bytes) = (0, 0);
        if self.nodes.len() > MAX_NODES || self.growth.names > self.options.names_memory / 2 {
            self.forget_shape();
        }
        set
    }

    /// The losses of the records: those that the flattener counted, then those that the reader
    /// noted.
    fn take_losses(&mut self) -> Vec<(LossKind, JsonPath, u64, u32)> {
        let mut losses = Vec::new();
        for info in &mut self.infos {
            for (kind, entry) in LossKind::ALL.into_iter().zip(&mut info.losses) {
                if entry.0 > 0 {
                    losses.push((kind, info.path.clone(), entry.0, entry.1));
                    *entry = (0, 0);
                }
            }
        }
        let mut notes: Vec<_> = self.notes.kept.drain().collect();
        notes.sort_unstable_by(|(a, (_, first)), (b, (_, other))| (first, a).cmp(&(other, b)));
        let notes = notes.into_iter();
        losses.extend(notes.map(|((kind, path), (count, first))| (kind, path, count, first)));
        losses
    }

    /// How many objects and arrays of rows there were at each path.
    fn take_opened(&mut self) -> Vec<(JsonPath, Opened)> {
        let mut opened = Vec::new();
        for (node, info) in self.nodes.iter().zip(&mut self.infos) {
            let mut here = Opened {
                objects: std::mem::take(&mut info.objects),
                arrays: 0,
            };
            if let Some(rows) = self.tables.get(node.child_table as usize) {
                here.arrays = rows.arrays();
            }
            if here != Opened::default() {
                opened.push((info.path.clone(), here));
            }
        }
        opened
    }

    /// Forgets all paths: keys that are data would fill the memory.
    fn forget_shape(&mut self) {
        self.nodes.clear();
        self.infos.clear();
        self.tables.clear();
        self.columns.clear();
        self.treatments.clear();
        self.carried_nodes.fill(NONE);
        self.growth.names = 0;
        self.new_main_table();
    }

    fn finish_table(&mut self, table: usize, ids: &[RowIds]) -> ChunkTable {
        let columns = self.finish_columns(table);
        let numbering = self.numbering(table);
        let builder = &mut self.tables[table];
        let rows = std::mem::take(&mut builder.rows);
        let parent_rows = take(&mut builder.parent_rows);
        let main_rows = take(&mut builder.main_rows);
        let indexes = take(&mut builder.indexes);
        builder.longest_id = UUID_BYTES;
        let records = main_rows.iter();
        let records = records.map(|row| self.main_records[*row as usize]);
        let records = records.collect();
        let is_child = table != MAIN;
        ChunkTable {
            path: self.infos[builder.element].path.clone(),
            rows,
            parent: None,
            numbering,
            ids: ids[table].array(),
            root_ids: (is_child && self.options.root_ids).then(|| ids[MAIN].of_rows(main_rows)),
            parent_ids: builder
                .parent
                .map(|parent| ids[parent].of_rows(parent_rows)),
            natural_ids: ids[table].natural(),
            indexes: (is_child && self.options.indexes)
                .then(|| Arc::new(Int64Array::from(indexes)) as ArrayRef),
            origin: None,
            records,
            columns,
        }
    }
}

impl Flattener {
    /// The data columns of a table, in the order of their first appearance.
    fn finish_columns(&mut self, table: usize) -> Vec<ChunkColumn> {
        let mut columns = Vec::new();
        for column in std::mem::take(&mut self.tables[table].order) {
            let mut column = self.columns[column].reset();
            let cells = std::mem::take(&mut column.values).finish();
            columns.push(ChunkColumn {
                path: self.infos[column.node].path.clone(),
                seen: self.seen_with_form(&column, &cells),
                start: column.start,
                cells,
                first: column.first,
                is_carried: false,
            });
        }
        columns
    }
}

/// The rows, replaced by none with room for as many: the next chunk has about as many.
fn take<T>(rows: &mut Vec<T>) -> Vec<T> {
    let room = Vec::with_capacity(rows.len());
    std::mem::replace(rows, room)
}
