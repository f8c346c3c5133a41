//! The ids of the rows of a chunk, and those of the rows above them.

use super::state::Flattener;
use crate::{
    choices::IdGeneration,
    ids::{hash_id, write_child, write_id, write_member},
    keys::{Numbering, row_array, uuid_array},
    table::{ColumnBuilder, KindPlace, NaturalIds},
    values::{Room, Texts},
};
use arrow::{
    array::{ArrayRef, UInt32Array},
    compute::take,
};
use std::sync::Arc;
use transmog_events::JsonPath;
use transmog_model::{Kind, KindSet, text_at};
use uuid::Uuid;

/// The ids of the rows of a table.
#[derive(Default)]
pub(super) enum RowIds {
    /// They are made from the numbers of the rows, later.
    #[default]
    Numbers,
    Uuids(Vec<Uuid>),
    Natural(ArrayRef, NaturalIds),
}

impl RowIds {
    pub(super) fn array(&self) -> Option<ArrayRef> {
        match self {
            RowIds::Numbers => None,
            RowIds::Uuids(ids) => Some(bytes_of(ids.iter())),
            RowIds::Natural(ids, _) => Some(Arc::clone(ids)),
        }
    }

    /// The ids of these rows, or the rows.
    pub(super) fn of_rows(&self, rows: Vec<u32>) -> ArrayRef {
        match self {
            RowIds::Numbers => row_array(rows),
            RowIds::Uuids(ids) => bytes_of(rows.iter().map(|row| &ids[*row as usize])),
            RowIds::Natural(ids, _) => {
                let taken = take(ids, &UInt32Array::from(rows), None);
                taken.expect("the rows are those of the table, and their ids are under 1 GiB")
            }
        }
    }

    pub(super) fn natural(&self) -> Option<NaturalIds> {
        match self {
            RowIds::Natural(_, natural) => Some(natural.clone()),
            _ => None,
        }
    }

    /// Writes the id of a row as text.
    fn write(&self, out: &mut Vec<u8>, row: usize) {
        match self {
            RowIds::Numbers => {}
            RowIds::Uuids(ids) => write_id(out, ids[row]),
            RowIds::Natural(ids, _) => text_at(out, ids, row),
        }
    }
}

fn bytes_of<'i>(ids: impl ExactSizeIterator<Item = &'i Uuid>) -> ArrayRef {
    let mut bytes = Vec::with_capacity(ids.len() * size_of::<Uuid>());
    ids.for_each(|id| bytes.extend_from_slice(id.as_bytes()));
    uuid_array(bytes).expect("each has 16 bytes")
}

impl Flattener {
    /// The ids of the rows of each table.
    pub(super) fn row_ids(&mut self) -> Vec<RowIds> {
        let mut ids = Vec::with_capacity(self.tables.len());
        // Parents are before their children, in the order in which tables were made.
        for table in 0..self.tables.len() {
            let natural = self.tables[table].natural_ids;
            let natural = natural.map(|column| self.columns[column].reset());
            ids.push(match self.options.id_generation {
                _ if self.tables[table].rows == 0 => RowIds::default(),
                IdGeneration::Random | IdGeneration::Sequence => RowIds::Numbers,
                IdGeneration::Hash | IdGeneration::Fields(_) => {
                    RowIds::Uuids(self.generated(table, &ids))
                }
                IdGeneration::Natural => self.natural(table, natural.unwrap_or_default(), &ids),
            });
        }
        ids
    }

    /// Ids of content for all rows of a table.
    fn generated(&self, table: usize, ids: &[RowIds]) -> Vec<Uuid> {
        if self.tables[table].parent.is_none() {
            return self.content_ids.clone();
        }
        let mut child = self.children(table, ids);
        (0..self.tables[table].rows).map(&mut child).collect()
    }

    /// Gives the id of a row that is made from its parent and its place.
    fn children<'f>(&'f self, table: usize, ids: &'f [RowIds]) -> impl FnMut(usize) -> Uuid + 'f {
        let builder = &self.tables[table];
        let path = self.infos[builder.element].path.to_string();
        let parents = &ids[builder.parent.unwrap_or_default()];
        let keys = builder.key.map(|key| self.nodes[key].column as usize);
        let (mut name, mut parent) = (Vec::new(), Vec::new());
        move |row| {
            parent.clear();
            parents.write(&mut parent, builder.parent_rows[row] as usize);
            match keys.and_then(|keys| self.columns[keys].text(row)) {
                Some(key) => write_member(&mut name, &parent, &path, key),
                None => write_child(&mut name, &parent, &path, builder.indexes[row]),
            }
            hash_id(&name)
        }
    }

    /// The natural ids of a table, as text if rows have none.
    fn natural(&self, table: usize, mut column: ColumnBuilder, ids: &[RowIds]) -> RowIds {
        let builder = &self.tables[table];
        let mut natural = NaturalIds {
            path: self.id_path(&self.infos[builder.element].path),
            seen: column.seen,
            first: column.first.clone(),
        };
        let is_without = |row: &usize| column.scalar(*row).is_none();
        let Some(first) = (0..builder.rows).find(is_without) else {
            let ids = std::mem::take(&mut column.values).finish();
            natural.seen = self.seen_with_form(&column, &ids);
            return RowIds::Natural(ids, natural);
        };
        let kinds = KindSet::of(Kind::String);
        column.seen = column.seen.with(kinds, false);
        natural.first.push(KindPlace {
            kinds,
            in_list: false,
            record: self.main_records[builder.main_rows[first] as usize],
        });
        let mut child = self.children(table, ids);
        let mut texts = Texts::with_room(Room {
            cells: builder.rows,
            bytes: builder.rows * uuid::fmt::Hyphenated::LENGTH,
        });
        for row in 0..builder.rows {
            match column.scalar(row) {
                Some(id) => id.write_text(&mut texts.bytes),
                None => write_id(&mut texts.bytes, child(row)),
            }
            texts.push("");
        }
        let texts = texts.finish(None);
        natural.seen = self.seen_with_form(&column, &texts);
        RowIds::Natural(Arc::new(texts), natural)
    }

    /// The path of the natural ids of the rows at `rows`: that of keys that are there, or else that of
    /// a member with the name of the field.
    fn id_path(&self, rows: &JsonPath) -> JsonPath {
        let is_it = |path: &&JsonPath| path.row() == *rows;
        let known = self.infos.iter().filter(|info| info.is_natural_id);
        let known = known.map(|info| &info.path).find(is_it);
        known
            .cloned()
            .unwrap_or_else(|| rows.member(self.options.id_field.as_str()))
    }

    /// How the rows of a table get keys from their numbers, if they do.
    pub(super) fn numbering(&self, table: usize) -> Option<Numbering> {
        let is_numbered = matches!(
            self.options.id_generation,
            IdGeneration::Random | IdGeneration::Sequence
        );
        let path = |table: usize| &self.infos[self.tables[table].element].path;
        let parent = path(self.tables[table].parent.unwrap_or(table));
        is_numbered.then(|| Numbering::new(self.seed, path(table), parent))
    }
}
