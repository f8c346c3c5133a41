//! The tables of one chunk: finished, and while they grow.

use crate::choices::Numbers;
use crate::keys::Numbering;
use crate::shape::Opened;
use crate::values::{ColumnValues, Scalar};
use arrow::array::ArrayRef;
use std::sync::Arc;
use transmog_events::{JsonPath, RecordError};
use transmog_model::{KindSet, LossKind, Observed};

/// The first value of a new kind, or of more digits, in a column of a chunk.
///
/// See [`TableSet`] for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindPlace {
    /// The kinds of the scalar, or of the elements of the list.
    pub kinds: KindSet,
    /// Whether it was in a list.
    pub in_list: bool,
    /// Index of the record in the chunk.
    pub record: u32,
}

/// The tables of the records of a chunk.
///
/// # Examples
/// ```
/// use transmog_events::{RecordSink, RecordStart};
/// use transmog_flatten::{Flattener, Options, SerializeError, serialize_events};
/// let mut flattener = Flattener::new(Options::default());
/// flattener.begin_record(RecordStart { byte: 0, index: 0 });
/// let order = serde_json::json!({"name": "Acme", "teams": [{"size": 7}, {"size": 2.5}], "x": {}});
/// serialize_events(&order, &mut flattener)?;
/// flattener.end_record()?;
/// let set = flattener.finish();
/// let teams = &set.tables[1];
/// assert_eq!((teams.path.to_string().as_str(), teams.rows), ("$.teams[*]", 2));
/// let size = &teams.columns[0];
/// assert_eq!(size.seen.column_type().to_string(), "float64");
/// assert_eq!((size.first.len(), size.first[0].record), (2, 0));
/// let (kind, path, count, _) = &set.losses[0];
/// assert_eq!(format!("{kind} {path} {count}"), "empty_object $.x 1");
/// # Ok::<(), SerializeError>(())
/// ```
#[derive(Debug, Default)]
pub struct TableSet {
    /// The tables in the order of their first row; the main table first.
    pub tables: Vec<ChunkTable>,
    /// Losses by kind and path: the count, and the index of the first record in the chunk.
    pub losses: Vec<(LossKind, JsonPath, u64, u32)>,
    /// The records that were rejected, in order.
    pub rejected: Vec<RecordError>,
    /// How many objects that are no rows, and arrays of rows, there were at each path, in the order in which paths were met.
    pub opened: Vec<(JsonPath, Opened)>,
    /// The numbers of the rules that did something, besides those that give names or carry values.
    pub rules: Vec<u32>,
}

/// One table of a chunk.
///
/// See [`TableSet`] for an example.
#[derive(Debug)]
pub struct ChunkTable {
    /// The path of its rows in a record; that of the main table is `$`.
    pub path: JsonPath,
    /// Number of rows.
    pub rows: usize,
    /// For another table than the main one the index of that of its parents in the [`TableSet`].
    pub parent: Option<usize>,
    /// Set if keys are made from the numbers of rows: random ids, and sequences.
    pub numbering: Option<Numbering>,
    /// Ids of the rows: UUIDs (`FixedSizeBinary(16)`), or natural ones in the type of their kinds;
    /// `None` if they are made from the numbers of the rows.
    pub ids: Option<ArrayRef>,
    /// Ids of the parent rows, or their rows in the set (`UInt32`, from 0); `None` in the main table.
    pub parent_ids: Option<ArrayRef>,
    /// The same for the main rows; `None` in the main table and without
    /// [`Options::root_ids`](crate::Options::root_ids).
    pub root_ids: Option<ArrayRef>,
    /// The kinds of natural ids.
    pub natural_ids: Option<NaturalIds>,
    /// For each row its position in the array, from 0, as `Int64`; `None` in the main table and
    /// without [`Options::indexes`](crate::Options::indexes).
    pub indexes: Option<ArrayRef>,
    /// Where the records of the main table come from; `None` in other tables, and if nobody asks.
    pub origin: Option<Origin>,
    /// For each row the index of its record in the chunk.
    pub records: Vec<u32>,
    /// Data columns in the order of first appearance.
    pub columns: Vec<ChunkColumn>,
}

/// The kinds of the natural ids of a chunk's table. A generated one counts as a string.
#[derive(Clone, Debug)]
pub struct NaturalIds {
    /// The path of the ids in a record.
    pub path: JsonPath,
    /// Their kinds.
    pub seen: Observed,
    /// The first record of each kind.
    pub first: Vec<KindPlace>,
}

/// Where the records of a chunk come from. Whoever reads them knows it; the flattener does not. A
/// part that is `None` is null in every row.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The name of their input.
    pub source: Option<Arc<str>>,
    /// For each record the line where it begins, from 1, as `Int64`.
    pub lines: Option<ArrayRef>,
    /// For each record the byte where it begins, from 0, as `Int64`.
    pub bytes: Option<ArrayRef>,
}

/// A data column of a chunk.
///
/// See [`TableSet`] for an example.
#[derive(Debug)]
pub struct ChunkColumn {
    /// The path of its values in a record.
    pub path: JsonPath,
    /// The kinds of values in it.
    pub seen: Observed,
    /// The row of the first cell. Rows before it are null.
    pub start: usize,
    /// The cells, of the type [`Observed::carried_type`]. Rows behind the last cell are null.
    pub cells: ArrayRef,
    /// The first record of each kind.
    pub first: Vec<KindPlace>,
    /// Whether it repeats the values of a table above.
    pub is_carried: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnBuilder {
    pub(crate) node: usize,
    /// The row of the first cell.
    pub(crate) start: usize,
    pub(crate) values: ColumnValues,
    pub(crate) seen: Observed,
    pub(crate) first: Vec<KindPlace>,
    /// The row of its first appearance in the chunk.
    pub(crate) appeared: Option<usize>,
    /// Whether the schema has a form for its texts, to which each is held.
    pub(crate) has_form: bool,
}

impl ColumnBuilder {
    pub(crate) fn of(node: usize, has_form: bool) -> Self {
        Self {
            node,
            has_form,
            ..Self::default()
        }
    }

    /// The kinds of a value that comes into the column.
    #[inline]
    pub(crate) fn kinds_of(&self, scalar: Scalar<'_>, numbers: Numbers) -> KindSet {
        match scalar {
            Scalar::Text(text) if self.has_form => KindSet::of_text(text),
            scalar => scalar.kinds(numbers),
        }
    }

    /// Whether scalars of these kinds need no widening.
    #[inline]
    pub(crate) fn takes(&self, kinds: KindSet) -> bool {
        match &self.values {
            ColumnValues::Scalars(cells) => cells.kinds().holds(kinds),
            _ => self.seen.scalars.holds(kinds),
        }
    }

    /// Puts a value into its cell, if no other work is needed; else gives `false` and does
    /// nothing.
    #[inline(always)]
    pub(crate) fn put_fast(&mut self, row: u32, scalar: Scalar<'_>) -> bool {
        let ColumnValues::Scalars(cells) = &mut self.values else {
            return false;
        };
        if self.start + cells.len() == row as usize {
            return cells.push_fast(scalar);
        }
        self.put_behind_nulls(row, scalar)
    }

    /// The same where cells before it are null.
    fn put_behind_nulls(&mut self, row: u32, scalar: Scalar<'_>) -> bool {
        let ColumnValues::Scalars(cells) = &mut self.values else {
            return false;
        };
        // Without a value, the column may not have appeared.
        if cells.kinds().is_empty() {
            return false;
        }
        let next = self.start + cells.len();
        if next < row as usize {
            cells.push_nulls(row as usize - next);
        }
        cells.push_fast(scalar)
    }

    /// Puts a list into its cell, if no other work is needed; else gives `false` and does nothing.
    #[inline]
    pub(crate) fn put_list_fast<'s>(
        &mut self,
        row: u32,
        elements: impl Iterator<Item = Scalar<'s>>,
    ) -> bool {
        match &mut self.values {
            ColumnValues::Lists(lists) if self.start + lists.len() == row as usize => {
                lists.push_fast(elements)
            }
            _ => false,
        }
    }

    /// The scalar in the cell of `row`, unless it is null.
    pub(crate) fn scalar(&self, row: usize) -> Option<Scalar<'_>> {
        let ColumnValues::Scalars(cells) = &self.values else {
            return None;
        };
        let at = row.checked_sub(self.start).filter(|at| *at < cells.len())?;
        match cells.get(at) {
            Scalar::Null => None,
            scalar => Some(scalar),
        }
    }

    /// The text in the cell of `row`.
    pub(crate) fn text(&self, row: usize) -> Option<&str> {
        match self.scalar(row)? {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Bytes of the cells from `row` on, about.
    pub(crate) fn bytes_from(&self, row: usize) -> usize {
        self.values.bytes_from(row.saturating_sub(self.start))
    }

    /// Fills with nulls up to the cell of `row`.
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
                values: ColumnValues::like(&self.values),
                ..Self::of(self.node, self.has_form)
            },
        )
    }
}

/// Length of a generated id.
pub(crate) const UUID_BYTES: usize = 36;

#[derive(Debug)]
pub(crate) struct TableBuilder {
    /// Node of the values of the rows.
    pub(crate) element: usize,
    /// Node of the arrays or objects whose elements or members are the rows.
    pub(crate) array: usize,
    /// Node of the keys, if the rows are the members of objects.
    pub(crate) key: Option<usize>,
    /// Whether the rows are left out, because the schema has no such table.
    pub(crate) is_unknown: bool,
    pub(crate) parent: Option<usize>,
    pub(crate) rows: usize,
    pub(crate) parent_rows: Vec<u32>,
    pub(crate) main_rows: Vec<u32>,
    pub(crate) indexes: Vec<i64>,
    /// Columns in order of first appearance in the chunk.
    pub(crate) order: Vec<usize>,
    /// The column of natural ids, once there are any. It is none of `order`.
    pub(crate) natural_ids: Option<usize>,
    /// Length of the longest id in bytes.
    pub(crate) longest_id: usize,
}

impl TableBuilder {
    pub(crate) fn new(element: usize, array: usize, parent: Option<usize>) -> Self {
        Self {
            element,
            array,
            key: None,
            is_unknown: false,
            parent,
            rows: 0,
            parent_rows: Vec::new(),
            main_rows: Vec::new(),
            indexes: Vec::new(),
            order: Vec::new(),
            natural_ids: None,
            longest_id: UUID_BYTES,
        }
    }

    /// How many arrays the rows are of.
    pub(crate) fn arrays(&self) -> u64 {
        let more = self
            .parent_rows
            .windows(2)
            .filter(|pair| pair[0] != pair[1]);
        more.count() as u64 + u64::from(!self.parent_rows.is_empty())
    }

    /// Removes all rows from `rows` on, in the columns too.
    pub(crate) fn truncate(&mut self, rows: usize, columns: &mut [ColumnBuilder]) {
        self.rows = rows;
        self.parent_rows.truncate(rows);
        self.main_rows.truncate(rows);
        self.indexes.truncate(rows);
        while let Some(last) = self.order.last()
            && columns[*last].appeared.is_some_and(|row| row >= rows)
        {
            columns[*last].reset();
            self.order.pop();
        }
        for column in self.order.iter().chain(&self.natural_ids) {
            let column = &mut columns[*column];
            let kept = rows.saturating_sub(column.start);
            if column.values.len() > kept {
                column.values.truncate(kept);
            }
        }
    }
}

/// Bytes that the long ids in the rows of the last main row take beyond generated ones: as they
/// came, in the column of ids, of parent ids and of root ids.
pub(crate) fn long_ids(
    (tables, columns): (&[TableBuilder], &[ColumnBuilder]),
    table: &TableBuilder,
    main_row: usize,
    root_ids: bool,
) -> [usize; 4] {
    if table.main_rows.last().map(|row| *row as usize) != Some(main_row) {
        return [0; 4];
    }
    let first = (table.main_rows).partition_point(|row| (*row as usize) < main_row);
    let own = sum((first..table.rows).map(|row| long_id(columns, table, row)));
    let parents = table.parent.map_or(0, |parent| {
        let parent = &tables[parent];
        let rows = table.parent_rows[first..].iter();
        sum(rows.map(|row| long_id(columns, parent, *row as usize)))
    });
    let has_root = table.parent.is_some() && root_ids;
    let root = usize::from(has_root) * long_id(columns, &tables[0], main_row);
    [own, own, parents, root.saturating_mul(table.rows - first)]
}

/// Bytes that the id of the row takes beyond a generated one.
fn long_id(columns: &[ColumnBuilder], table: &TableBuilder, row: usize) -> usize {
    let Some(ids) = table.natural_ids.filter(|_| table.longest_id > UUID_BYTES) else {
        return 0;
    };
    let bytes = |row| columns[ids].bytes_from(row);
    (bytes(row) - bytes(row + 1)).saturating_sub(UUID_BYTES + size_of::<i32>())
}

/// The sum of lengths, or the largest number.
pub(crate) fn sum(lengths: impl IntoIterator<Item = usize>) -> usize {
    lengths.into_iter().fold(0, usize::saturating_add)
}
