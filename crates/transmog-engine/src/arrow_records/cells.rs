//! The cells of a column by their type, so that nothing is looked up for each row.

use super::times::Zone;
use arrow::{
    array::{Array, ArrowPrimitiveType, BinaryViewArray, BooleanArray, StringViewArray},
    buffer::{NullBuffer, RunEndBuffer},
    datatypes::{Float16Type, IntervalDayTime, IntervalMonthDayNano, TimeUnit, i256},
};
use transmog_events::{EventSink, Rejection};

/// A column of a batch, or one inside another.
pub(super) struct Column<'a> {
    pub(super) length: usize,
    pub(super) nulls: Option<&'a NullBuffer>,
    pub(super) cells: Cells<'a>,
}

/// A column with its name, as a member of an object.
pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    /// The name as it stands in JSON behind the first quote, if nothing in it needs an escape. A
    /// sink that expects it compares many bytes at once, so there are blanks behind it.
    json: String,
    pub(super) column: Column<'a>,
}

impl<'a> Member<'a> {
    pub(super) fn new(name: &'a str, column: Column<'a>) -> Self {
        let is_plain = |char: char| char >= ' ' && !matches!(char, '"' | '\\');
        let json = match name.chars().all(is_plain) {
            true => format!("{name}\":                "),
            false => String::new(),
        };
        Self { name, json, column }
    }

    /// Gives the name to a sink.
    #[inline]
    pub(super) fn key<S: EventSink>(&self, events: &mut S) -> Result<(), Rejection> {
        match events.known_key(self.json.as_bytes()) {
            Some(_) => Ok(()),
            None => events.key(self.name),
        }
    }
}

/// The cells by their type.
pub(super) enum Cells<'a> {
    Null,
    Boolean(&'a BooleanArray),
    Int8(&'a [i8]),
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    UInt8(&'a [u8]),
    UInt16(&'a [u16]),
    UInt32(&'a [u32]),
    UInt64(&'a [u64]),
    Float16(&'a [<Float16Type as ArrowPrimitiveType>::Native]),
    Float32(&'a [f32]),
    Float64(&'a [f64]),
    Decimal32(&'a [i32], i8),
    Decimal64(&'a [i64], i8),
    Decimal128(&'a [i128], i8),
    Decimal256(&'a [i256], i8),
    Text(Bytes<'a>),
    Binary(Bytes<'a>),
    Uuid(Bytes<'a>),
    Date32(&'a [i32]),
    /// Milliseconds, which should be those of whole days.
    Date64(&'a [i64]),
    Time32(&'a [i32], TimeUnit),
    Time64(&'a [i64], TimeUnit),
    Timestamp(&'a [i64], TimeUnit, Zone),
    Duration(&'a [i64], TimeUnit),
    Months(&'a [i32]),
    DayTime(&'a [IntervalDayTime]),
    MonthDayNano(&'a [IntervalMonthDayNano]),
    List(Spans<'a>, Box<Column<'a>>),
    Struct(Vec<Member<'a>>),
    /// Keys and values.
    Map(Spans<'a>, Box<(Column<'a>, Column<'a>)>),
    /// Cells that others point to.
    Indirect(Index<'a>, Box<Column<'a>>),
    /// The type of each cell, its row in the column of the type, and these columns.
    Union(&'a [i8], Option<&'a [i32]>, Vec<(i8, Column<'a>)>),
}

/// Strings of bytes.
pub(super) enum Bytes<'a> {
    Small(&'a [i32], &'a [u8]),
    Large(&'a [i64], &'a [u8]),
    BinaryView(&'a BinaryViewArray),
    TextView(&'a StringViewArray),
    Fixed(usize, &'a [u8]),
}

impl<'a> Bytes<'a> {
    /// The bytes of a cell; `None` if the column is broken.
    pub(super) fn get(&self, row: usize) -> Option<&'a [u8]> {
        match self {
            Bytes::Small(offsets, bytes) => {
                bytes.get(*offsets.get(row)? as usize..*offsets.get(row + 1)? as usize)
            }
            Bytes::Large(offsets, bytes) => {
                bytes.get(*offsets.get(row)? as usize..*offsets.get(row + 1)? as usize)
            }
            Bytes::BinaryView(cells) => (row < cells.len()).then(|| cells.value(row)),
            Bytes::TextView(cells) => (row < cells.len()).then(|| cells.value(row).as_bytes()),
            Bytes::Fixed(width, bytes) => bytes.get(row * width..(row + 1) * width),
        }
    }
}

/// The elements of each list.
pub(super) enum Spans<'a> {
    Small(&'a [i32]),
    Large(&'a [i64]),
    /// Offsets and lengths.
    SmallViews(&'a [i32], &'a [i32]),
    LargeViews(&'a [i64], &'a [i64]),
    Fixed(usize),
}

impl Spans<'_> {
    pub(super) fn get(&self, row: usize) -> std::ops::Range<usize> {
        match self {
            Spans::Small(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Spans::Large(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Spans::SmallViews(offsets, sizes) => {
                let start = offsets[row] as usize;
                start..start.saturating_add(sizes[row] as usize)
            }
            Spans::LargeViews(offsets, sizes) => {
                let start = offsets[row] as usize;
                start..start.saturating_add(sizes[row] as usize)
            }
            Spans::Fixed(length) => row * length..(row + 1) * length,
        }
    }
}

/// Which cell stands for a row: the keys of a dictionary, or the ends of runs.
pub(super) enum Index<'a> {
    Int8(&'a [i8]),
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    UInt8(&'a [u8]),
    UInt16(&'a [u16]),
    UInt32(&'a [u32]),
    UInt64(&'a [u64]),
    Runs16(&'a RunEndBuffer<i16>),
    Runs32(&'a RunEndBuffer<i32>),
    Runs64(&'a RunEndBuffer<i64>),
}

impl Index<'_> {
    pub(super) fn get(&self, row: usize) -> usize {
        match self {
            Index::Int8(keys) => keys[row] as usize,
            Index::Int16(keys) => keys[row] as usize,
            Index::Int32(keys) => keys[row] as usize,
            Index::Int64(keys) => keys[row] as usize,
            Index::UInt8(keys) => keys[row].into(),
            Index::UInt16(keys) => keys[row].into(),
            Index::UInt32(keys) => keys[row] as usize,
            Index::UInt64(keys) => keys[row] as usize,
            Index::Runs16(ends) => ends.get_physical_index(row),
            Index::Runs32(ends) => ends.get_physical_index(row),
            Index::Runs64(ends) => ends.get_physical_index(row),
        }
    }
}
