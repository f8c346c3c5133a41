//! The tables of one chunk, growing and finished.

use crate::values::{Cells, ColumnValues, Scalar};
use arrow::array::ArrayRef;
use transmog_events::{Path, RecordError};
use transmog_model::{KindSet, LossKind, Observed};

/// When a value of a new kind, or of more digits, was seen in a column of the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindPlace {
    /// The kinds of the scalar, or of a list's elements.
    pub kinds: KindSet,
    /// Whether it stood in a list.
    pub in_list: bool,
    /// Index of the record in the chunk.
    pub record: u32,
}

/// The tables that the records of a chunk make.
#[derive(Debug, Default)]
pub struct TableSet {
    /// The tables in order of their first row.
    pub tables: Vec<ChunkTable>,
    /// Losses by kind and path: count and index of the first record in the chunk.
    pub losses: Vec<(LossKind, Path, u64, u32)>,
    /// The records that were rejected, in order.
    pub rejected: Vec<RecordError>,
}

/// One table of a chunk.
#[derive(Debug)]
pub struct ChunkTable {
    /// Where its rows stand in a record.
    pub path: Path,
    /// Number of rows.
    pub rows: usize,
    /// Ids of the rows.
    pub ids: ArrayRef,
    /// Ids of the parent rows; none in the main table.
    pub parent_ids: Option<ArrayRef>,
    /// For each row the id of its main row; none in the main table, or unless
    /// [`Options::root_ids`](crate::Options::root_ids).
    pub root_ids: Option<ArrayRef>,
    /// For each row its position in the array; none in the main table, or
    /// unless [`Options::indexes`](crate::Options::indexes).
    pub indexes: Option<ArrayRef>,
    /// For each row the index of its record in the chunk.
    pub records: Vec<u32>,
    /// Data columns in order of first appearance.
    pub columns: Vec<ChunkColumn>,
}

/// A data column of a chunk.
#[derive(Debug)]
pub struct ChunkColumn {
    /// Where its values stand in a record.
    pub path: Path,
    /// What was seen in it.
    pub seen: Observed,
    /// The row of the first cell; those before it are null.
    pub start: usize,
    /// The cells, of type [`Observed::carried_type`]. Rows after the last are null.
    pub cells: ArrayRef,
    /// The first record of each kind.
    pub first: Vec<KindPlace>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnBuilder {
    pub(crate) node: usize,
    /// The row of the first cell.
    pub(crate) start: usize,
    pub(crate) values: ColumnValues,
    pub(crate) seen: Observed,
    pub(crate) first: Vec<KindPlace>,
    /// The row in which it first appeared in the chunk.
    pub(crate) appeared: Option<usize>,
}

impl ColumnBuilder {
    /// Whether scalars of these kinds need no widening.
    #[inline]
    pub(crate) fn takes(&self, kinds: KindSet) -> bool {
        match &self.values {
            ColumnValues::Scalars(cells) => cells.kinds().holds(kinds),
            _ => self.seen.scalars.holds(kinds),
        }
    }

    /// Puts a value where that needs nothing else; false, and nothing done,
    /// when it does.
    #[inline(always)]
    pub(crate) fn put_fast(&mut self, row: u32, scalar: Scalar<'_>) -> bool {
        let ColumnValues::Scalars(cells) = &mut self.values else {
            return false;
        };
        // No value yet: then the column may not have appeared.
        if cells.kinds().is_empty() {
            return false;
        }
        let next = self.start + cells.len();
        if next < row as usize {
            cells.push_nulls(row as usize - next);
        }
        cells.push_fast(scalar)
    }

    /// Bytes of the cells from `row` on, about.
    pub(crate) fn bytes_from(&self, row: usize) -> usize {
        self.values.bytes_from(row.saturating_sub(self.start))
    }

    /// Makes room for the cell of `row`: the rows that had none are null.
    #[inline]
    pub(crate) fn pad_to(&mut self, row: usize) {
        let len = self.values.len();
        if len == 0 {
            self.start = row;
        } else if self.start + len < row {
            self.values.push_nulls(row - self.start - len);
        }
    }

    pub(crate) fn reset(&mut self) -> Self {
        std::mem::replace(
            self,
            Self {
                node: self.node,
                values: ColumnValues::like(&self.values),
                ..Self::default()
            },
        )
    }
}

/// Characters of a generated id.
pub(crate) const UUID_BYTES: usize = 36;

#[derive(Debug)]
pub(crate) struct TableBuilder {
    /// Node of the rows' values.
    pub(crate) element: usize,
    /// Node of the arrays whose elements are the rows.
    pub(crate) array: usize,
    pub(crate) parent: Option<usize>,
    pub(crate) rows: usize,
    pub(crate) parent_rows: Vec<u32>,
    pub(crate) main_rows: Vec<u32>,
    pub(crate) indexes: Vec<i64>,
    /// Columns in order of first appearance in the chunk.
    pub(crate) order: Vec<usize>,
    pub(crate) natural_ids: Cells,
    /// Bytes of the longest id.
    pub(crate) longest_id: usize,
}

impl TableBuilder {
    pub(crate) fn new(element: usize, array: usize, parent: Option<usize>) -> Self {
        Self {
            element,
            array,
            parent,
            rows: 0,
            parent_rows: Vec::new(),
            main_rows: Vec::new(),
            indexes: Vec::new(),
            order: Vec::new(),
            natural_ids: Cells::default(),
            longest_id: UUID_BYTES,
        }
    }

    /// Drops all rows from `rows` on, of their columns too.
    pub(crate) fn truncate(&mut self, rows: usize, columns: &mut [ColumnBuilder]) {
        self.rows = rows;
        self.parent_rows.truncate(rows);
        self.main_rows.truncate(rows);
        self.indexes.truncate(rows);
        self.natural_ids.truncate(rows);
        while let Some(last) = self.order.last()
            && columns[*last].appeared.is_some_and(|row| row >= rows)
        {
            columns[*last].reset();
            self.order.pop();
        }
        for column in &self.order {
            let column = &mut columns[*column];
            let kept = rows.saturating_sub(column.start);
            if column.values.len() > kept {
                column.values.truncate(kept);
            }
        }
    }
}

/// Bytes of long ids in the rows of a table that belong to the last main row, beyond those of
/// generated ones: as they came, in the column of ids, of parents and of roots.
pub(crate) fn long_ids(
    tables: &[TableBuilder],
    table: &TableBuilder,
    main_row: usize,
    root_ids: bool,
) -> [usize; 4] {
    if table.main_rows.last().map(|row| *row as usize) != Some(main_row) {
        return [0; 4];
    }
    let first = (table.main_rows).partition_point(|row| (*row as usize) < main_row);
    let own = sum((first..table.rows).map(|row| long_id(table, row)));
    let parents = table.parent.map_or(0, |parent| {
        let parent = &tables[parent];
        let rows = table.parent_rows[first..].iter();
        sum(rows.map(|row| long_id(parent, *row as usize)))
    });
    let has_root = table.parent.is_some() && root_ids;
    let root = usize::from(has_root) * long_id(&tables[0], main_row);
    [own, own, parents, root.saturating_mul(table.rows - first)]
}

/// Bytes that the id of the row has more than a generated one.
fn long_id(table: &TableBuilder, row: usize) -> usize {
    if table.longest_id <= UUID_BYTES {
        return 0;
    }
    let bytes = |row| table.natural_ids.bytes_from(row);
    (bytes(row) - bytes(row + 1)).saturating_sub(UUID_BYTES + size_of::<i32>())
}

/// The sum of lengths, or as much as there can be.
pub(crate) fn sum(lengths: impl IntoIterator<Item = usize>) -> usize {
    lengths.into_iter().fold(0, usize::saturating_add)
}
