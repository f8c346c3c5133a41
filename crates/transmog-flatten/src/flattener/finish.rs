//! The tables of the records as Arrow arrays.

use super::state::{Flattener, MAIN};
use crate::{
    choices::IdGeneration,
    ids::{hash_id, write_child, write_id, write_member},
    shape::{NONE, Opened},
    table::{ChunkColumn, ChunkTable, TableSet, UUID_BYTES},
    values::{Room, Scalar, Texts},
};
use arrow::array::{ArrayRef, Int64Array, StringArray};
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
        // Parents are before their children, in the order in which tables were made.
        let mut ids: Vec<Option<StringArray>> = vec![None; self.tables.len()];
        for table in 0..self.tables.len() {
            if self.tables[table].rows > 0 {
                let parent = self.tables[table]
                    .parent
                    .and_then(|parent| ids[parent].clone());
                ids[table] = Some(self.row_ids(table, parent.as_ref()));
            }
        }
        set.opened = self.take_opened();
        let carried = self.carried_rows();
        for table in std::mem::take(&mut self.table_order) {
            set.tables.push(self.finish_table(table, &ids));
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
            let key = builder.key.map(|key| self.nodes[key].column as usize);
            let key = key.and_then(|key| self.columns[key].text(row));
            let id = match (&self.options.id_generation, parent_ids) {
                (IdGeneration::Random, _) => self.ids.next_id(),
                (_, None) => self.content_ids[row],
                (_, Some(ids)) => {
                    let parent = ids.value(builder.parent_rows[row] as usize);
                    match key {
                        Some(key) => write_member(&mut name, parent, &path, key),
                        None => write_child(&mut name, parent, &path, builder.indexes[row]),
                    }
                    hash_id(&name)
                }
            };
            write_id(&mut texts.bytes, id);
            texts.push("");
        }
        texts.finish(None)
    }

    fn finish_table(&mut self, table: usize, ids: &[Option<StringArray>]) -> ChunkTable {
        let columns = self.finish_columns(table);
        let builder = &mut self.tables[table];
        let rows = std::mem::take(&mut builder.rows);
        let parent_rows = take(&mut builder.parent_rows);
        let main_rows = take(&mut builder.main_rows);
        let indexes = take(&mut builder.indexes);
        builder.natural_ids = Default::default();
        builder.longest_id = UUID_BYTES;
        let own = ids[table].clone().expect("a table with rows has ids");
        let gather = |of: usize, rows: &[u32]| -> ArrayRef {
            gathered(ids[of].as_ref().expect("a parent table has rows"), rows)
        };
        let is_child = table != MAIN;
        ChunkTable {
            path: self.infos[builder.element].path.clone(),
            rows,
            ids: Arc::new(own),
            parent_ids: builder.parent.map(|parent| gather(parent, &parent_rows)),
            root_ids: (is_child && self.options.root_ids).then(|| gather(MAIN, &main_rows)),
            indexes: (is_child && self.options.indexes)
                .then(|| Arc::new(Int64Array::from(indexes)) as ArrayRef),
            origin: None,
            records: main_rows
                .iter()
                .map(|row| self.main_records[*row as usize])
                .collect(),
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

/// The ids of these rows.
fn gathered(ids: &StringArray, rows: &[u32]) -> ArrayRef {
    let lengths = (rows.iter()).map(|row| ids.value_length(*row as usize) as usize);
    let mut texts = Texts::with_room(Room {
        cells: rows.len(),
        bytes: lengths.sum(),
    });
    rows.iter()
        .for_each(|row| texts.push(ids.value(*row as usize)));
    Arc::new(texts.finish(None))
}
