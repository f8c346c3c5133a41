//! Growing columns of one chunk: exact values of one physical type, widened in
//! place when a value of another kind comes.

use crate::{options::Numbers, validity::Validity};
use arrow::{
    array::{
        ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, ListArray, NullArray,
        StringArray,
    },
    buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer},
    datatypes::{DataType, Field},
};
use std::{ops::Range, sync::Arc};
use transmog_events::{DECIMAL_DIGITS, Decimal, JsonText, write_float, write_integer};
use transmog_model::{Kind, KindSet, Observed, ScalarType};

/// A scalar on its way into a column, or into text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scalar<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    /// Units, and the digits after the point: half the size of a `Decimal` beside the tag.
    Decimal(i128, u8),
    Float(f64),
    /// A float that decimals hold too, if it has few digits.
    ShortFloat(f64),
    /// A number of more digits than its nearest float gives back. Text has its
    /// digits, a column the float.
    Rounded(f64, &'a str),
    /// A number with all its digits. A column has them as a decimal, if they are few enough.
    Exact(&'a str),
    Text(&'a str),
}

impl<'a> Scalar<'a> {
    /// The value as it is in a column.
    #[inline]
    pub(crate) fn in_column(self) -> Self {
        match self {
            Scalar::Rounded(nearest, _) => Scalar::Float(nearest),
            Scalar::Exact(text) => Decimal::parse(text).map_or(self, |decimal| {
                Scalar::Decimal(decimal.units(decimal.scale()), decimal.scale())
            }),
            other => other,
        }
    }

    /// The kind of a value that is in a column; nothing for a null.
    #[inline]
    pub(crate) fn kinds(self, numbers: Numbers) -> KindSet {
        let is_exact = numbers == Numbers::Exact;
        match self {
            Scalar::Null => KindSet::default(),
            Scalar::Boolean(_) => KindSet::of(Kind::Boolean),
            Scalar::Integer(value) if is_exact => KindSet::of_integer(value),
            Scalar::Integer(value) => KindSet::of(Kind::of_integer(value)),
            Scalar::Decimal(units, scale) => {
                KindSet::of_decimal(Kind::Decimal, Decimal::new(units, scale))
            }
            Scalar::Float(_) if !is_exact => KindSet::of(Kind::Float),
            Scalar::Float(value) | Scalar::ShortFloat(value) => match Decimal::of_float(value) {
                Some(decimal) => KindSet::of_decimal(Kind::ShortFloat, decimal),
                None => KindSet::of(Kind::Float),
            },
            Scalar::Rounded(..) => KindSet::of(Kind::Float),
            Scalar::Exact(_) => KindSet::of(Kind::HugeNumber),
            Scalar::Text(_) => KindSet::of(Kind::String),
        }
    }

    /// Appends the value to JSON text.
    pub(crate) fn write_json(self, json: &mut JsonText) {
        match self {
            Scalar::Null => json.null(),
            Scalar::Boolean(value) => json.boolean(value),
            Scalar::Integer(value) => json.integer(value),
            Scalar::Decimal(units, scale) => json.decimal(Decimal::new(units, scale)),
            Scalar::Float(value) | Scalar::ShortFloat(value) => json.float(value),
            Scalar::Rounded(_, text) | Scalar::Exact(text) => json.raw(text),
            Scalar::Text(text) => json.string(text),
        }
    }

    /// Appends the value as it stands in a text column.
    pub(crate) fn write_text(self, out: &mut Vec<u8>) {
        match self {
            Scalar::Null => {}
            Scalar::Boolean(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
            Scalar::Integer(value) => write_integer(out, value),
            Scalar::Decimal(units, scale) => Decimal::new(units, scale).write(out),
            Scalar::Float(value) | Scalar::ShortFloat(value) => write_float(out, value),
            Scalar::Rounded(_, text) | Scalar::Exact(text) | Scalar::Text(text) => {
                out.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// The value as a decimal of a column that has room for it.
    fn units(self, scale: u8) -> i128 {
        let decimal = match self {
            Scalar::Integer(value) => Decimal::from(value),
            Scalar::Decimal(units, scale) => Decimal::new(units, scale),
            Scalar::Float(value) | Scalar::ShortFloat(value) => {
                Decimal::of_float(value).expect("the kinds have its digits")
            }
            other => unreachable!("{other:?} is no decimal"),
        };
        decimal.units(scale)
    }
}

/// Strings one after another, Arrow layout.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    pub(crate) offsets: Vec<i32>,
    pub(crate) bytes: Vec<u8>,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            offsets: vec![0],
            bytes: Vec::new(),
        }
    }
}

/// What cells take, known from those of the last chunk.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Room {
    pub(crate) cells: usize,
    pub(crate) bytes: usize,
}

impl Room {
    /// Room for a little more than `used`.
    fn after(used: usize) -> usize {
        used + used / 16
    }
}

impl Texts {
    pub(crate) fn with_room(room: Room) -> Self {
        let mut texts = Self {
            offsets: Vec::with_capacity(room.cells + 1),
            bytes: Vec::with_capacity(room.bytes),
        };
        texts.offsets.push(0);
        texts
    }

    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    #[inline]
    fn end(&mut self) {
        // A chunk's text is bounded far below 2 GiB by the record size bound.
        let end = i32::try_from(self.bytes.len()).expect("a chunk's column is under 2 GiB");
        self.offsets.push(end);
    }

    #[inline]
    pub(crate) fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.end();
    }

    fn push_scalar(&mut self, scalar: Scalar<'_>) {
        scalar.write_text(&mut self.bytes);
        self.end();
    }

    fn truncate(&mut self, len: usize) {
        self.offsets.truncate(len + 1);
        self.bytes.truncate(self.offsets[len] as usize);
    }

    pub(crate) fn get(&self, at: usize) -> &str {
        let range = self.offsets[at] as usize..self.offsets[at + 1] as usize;
        std::str::from_utf8(&self.bytes[range]).expect("only whole strings are appended")
    }

    pub(crate) fn finish(self, nulls: Option<NullBuffer>) -> StringArray {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        StringArray::new(offsets, Buffer::from_vec(self.bytes), nulls)
    }
}

/// The cells of a column, nulls included as zeroes, in one physical type.
#[derive(Clone, Debug, Default)]
pub(crate) enum Values {
    /// Nulls only, this many.
    #[default]
    Null,
    Boolean(Vec<bool>),
    Integer(Vec<i64>),
    Float(Vec<f64>),
    /// Units, and the digits after the point.
    Decimal(Vec<i128>, u8),
    Text(Texts),
}

impl Values {
    fn of(scalar: ScalarType, room: Room) -> Self {
        match scalar {
            ScalarType::Null => Values::Null,
            ScalarType::Boolean => Values::Boolean(Vec::with_capacity(room.cells)),
            ScalarType::Int64 => Values::Integer(Vec::with_capacity(room.cells)),
            ScalarType::Float64 => Values::Float(Vec::with_capacity(room.cells)),
            ScalarType::Decimal(scale) => Values::Decimal(Vec::with_capacity(room.cells), scale),
            ScalarType::Text => Values::Text(Texts::with_room(room)),
        }
    }

    /// Appends `count` zeroes, the cells under nulls.
    fn pad(&mut self, count: usize) {
        match self {
            Values::Null => {}
            Values::Boolean(values) => values.resize(values.len() + count, false),
            Values::Integer(values) => values.resize(values.len() + count, 0),
            Values::Float(values) => values.resize(values.len() + count, 0.0),
            Values::Decimal(values, _) => values.resize(values.len() + count, 0),
            Values::Text(texts) => {
                let end = texts.offsets[texts.len()];
                texts.offsets.resize(texts.offsets.len() + count, end);
            }
        }
    }

    fn get(&self, at: usize) -> Scalar<'_> {
        match self {
            Values::Null => Scalar::Null,
            Values::Boolean(values) => Scalar::Boolean(values[at]),
            Values::Integer(values) => Scalar::Integer(values[at]),
            Values::Float(values) => Scalar::Float(values[at]),
            Values::Decimal(values, scale) => Scalar::Decimal(values[at], *scale),
            Values::Text(texts) => Scalar::Text(texts.get(at)),
        }
    }

    /// Appends a value whose kind is in the set this was made for.
    fn push(&mut self, scalar: Scalar<'_>) {
        match (self, scalar) {
            (_, Scalar::Null) => unreachable!("nulls are padded"),
            (Values::Boolean(values), Scalar::Boolean(value)) => values.push(value),
            (Values::Integer(values), Scalar::Integer(value)) => values.push(value),
            (Values::Float(values), Scalar::Float(value) | Scalar::ShortFloat(value)) => {
                values.push(value);
            }
            // Only integers up to 2^53 are ever in a float column.
            (Values::Float(values), Scalar::Integer(value)) => values.push(value as f64),
            (Values::Text(texts), scalar) => texts.push_scalar(scalar),
            (Values::Decimal(values, scale), scalar) => values.push(scalar.units(*scale)),
            (values, scalar) => unreachable!("{scalar:?} does not fit {values:?}"),
        }
    }

    fn truncate(&mut self, len: usize) {
        match self {
            Values::Null => {}
            Values::Boolean(values) => values.truncate(len),
            Values::Integer(values) => values.truncate(len),
            Values::Float(values) => values.truncate(len),
            Values::Decimal(values, _) => values.truncate(len),
            Values::Text(texts) => texts.truncate(len),
        }
    }

    fn finish(self, len: usize, nulls: Option<NullBuffer>) -> ArrayRef {
        match self {
            Values::Null => Arc::new(NullArray::new(len)),
            Values::Boolean(values) => {
                Arc::new(BooleanArray::new(BooleanBuffer::from(values), nulls))
            }
            Values::Integer(values) => Arc::new(Int64Array::new(values.into(), nulls)),
            Values::Float(values) => Arc::new(Float64Array::new(values.into(), nulls)),
            Values::Decimal(values, scale) => {
                let array = Decimal128Array::new(values.into(), nulls);
                let scale = scale.cast_signed();
                Arc::new(array.with_data_type(DataType::Decimal128(DECIMAL_DIGITS, scale)))
            }
            Values::Text(texts) => Arc::new(texts.finish(nulls)),
        }
    }
}

/// Nullable cells of scalars with the set of kinds seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells {
    values: Values,
    validity: Validity,
    len: usize,
    kinds: KindSet,
    /// The magnitudes of integers that are among the kinds.
    integers: Range<u64>,
    /// For the first value.
    room: Room,
}

impl Cells {
    /// No cells, with room for as many as `last`.
    pub(crate) fn like(last: &Cells) -> Self {
        let bytes = match &last.values {
            Values::Text(texts) => Room::after(texts.bytes.len()),
            _ => 0,
        };
        Self {
            room: Room {
                cells: Room::after(last.len),
                bytes,
            },
            ..Self::default()
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bytes of the cells from one on, about.
    pub(crate) fn bytes_from(&self, at: usize) -> usize {
        let at = at.min(self.len);
        let cells = self.len - at;
        match &self.values {
            Values::Null => 0,
            Values::Boolean(_) => cells,
            Values::Integer(_) | Values::Float(_) => cells * size_of::<i64>(),
            Values::Decimal(..) => cells * size_of::<i128>(),
            Values::Text(texts) => {
                let text = texts.bytes.len() - texts.offsets[at] as usize;
                cells * size_of::<i32>() + text
            }
        }
    }

    pub(crate) fn push_nulls(&mut self, count: usize) {
        self.validity.push_nulls(count);
        self.values.pad(count);
        self.len += count;
    }

    #[inline]
    fn push_valid(&mut self) {
        self.validity.push_valid();
        self.len += 1;
    }

    pub(crate) fn is_valid(&self, at: usize) -> bool {
        self.validity.is_valid(at)
    }

    pub(crate) fn get(&self, at: usize) -> Scalar<'_> {
        if self.is_valid(at) {
            self.values.get(at)
        } else {
            Scalar::Null
        }
    }

    /// The kinds that can be appended without widening.
    #[inline]
    pub(crate) fn kinds(&self) -> KindSet {
        self.kinds
    }

    pub(crate) fn push(&mut self, scalar: Scalar<'_>) {
        match scalar {
            Scalar::Null => return self.push_nulls(1),
            scalar => self.values.push(scalar),
        }
        self.push_valid();
    }

    /// Appends a value of the one kind that the cells are made for as a rule;
    /// false, and nothing done, when it is to go the long way.
    #[inline(always)]
    pub(crate) fn push_fast(&mut self, scalar: Scalar<'_>) -> bool {
        match (&mut self.values, scalar) {
            (Values::Text(texts), Scalar::Text(text)) if self.kinds.contains(Kind::String) => {
                texts.push(text);
            }
            (Values::Integer(values), Scalar::Integer(value))
                if self.integers.contains(&value.unsigned_abs()) =>
            {
                values.push(value);
            }
            (Values::Float(values), Scalar::Float(value)) if self.kinds.contains(Kind::Float) => {
                values.push(value);
            }
            (Values::Boolean(values), Scalar::Boolean(value)) => values.push(value),
            _ => return false,
        }
        self.push_valid();
        true
    }

    /// The same cells with room for `kinds` too.
    pub(crate) fn widened(&self, kinds: KindSet) -> Cells {
        let kinds = self.kinds.union(kinds);
        let mut wide = Cells {
            values: Values::of(kinds.scalar_type(), self.room),
            kinds,
            integers: kinds.integers(),
            ..Cells::default()
        };
        if kinds.scalar_type() == self.kinds.scalar_type() {
            return Cells {
                kinds,
                integers: kinds.integers(),
                ..self.clone()
            };
        }
        for at in 0..self.len {
            wide.push(self.get(at));
        }
        wide
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.values.truncate(len);
        self.validity.truncate(len);
        self.len = len;
    }

    pub(crate) fn finish(self) -> ArrayRef {
        self.values.finish(self.len, self.validity.finish())
    }
}

/// Lists of scalars, one a row.
#[derive(Clone, Debug)]
pub(crate) struct Lists {
    pub(crate) offsets: Vec<i32>,
    validity: Validity,
    pub(crate) elements: Cells,
}

impl Default for Lists {
    fn default() -> Self {
        Self {
            offsets: vec![0],
            validity: Validity::default(),
            elements: Cells::default(),
        }
    }
}

impl Lists {
    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Ends the list that the elements appended since the last one make.
    pub(crate) fn end(&mut self) {
        let end = i32::try_from(self.elements.len()).expect("a chunk's lists are under 2^31");
        self.offsets.push(end);
        self.validity.push_valid();
    }

    pub(crate) fn push_nulls(&mut self, count: usize) {
        let end = self.offsets[self.len()];
        self.offsets.resize(self.offsets.len() + count, end);
        self.validity.push_nulls(count);
    }

    fn truncate(&mut self, len: usize) {
        self.offsets.truncate(len + 1);
        self.validity.truncate(len);
        self.elements.truncate(self.offsets[len] as usize);
    }

    fn write_json(&self, at: usize, json: &mut JsonText) {
        json.begin_array();
        for element in self.offsets[at]..self.offsets[at + 1] {
            self.elements.get(element as usize).write_json(json);
        }
        json.end_array();
    }

    fn finish(self) -> ArrayRef {
        let element = self.elements.kinds.scalar_type().arrow_type();
        let field = Arc::new(Field::new(Field::LIST_FIELD_DEFAULT_NAME, element, true));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        let (values, nulls) = (self.elements.finish(), self.validity.finish());
        Arc::new(ListArray::new(field, offsets, values, nulls))
    }
}

/// The cells of one column of a chunk.
#[derive(Clone, Debug)]
pub(crate) enum ColumnValues {
    /// Scalars, and nothing else so far.
    Scalars(Cells),
    /// Lists whose elements share a type that keeps them apart.
    Lists(Lists),
    /// Lists of mixed elements, or lists beside scalars: exact text.
    Text(Cells),
}

impl Default for ColumnValues {
    fn default() -> Self {
        ColumnValues::Scalars(Cells::default())
    }
}

impl ColumnValues {
    /// No cells, with room for as many as `last`.
    pub(crate) fn like(last: &ColumnValues) -> Self {
        match last {
            ColumnValues::Scalars(cells) => ColumnValues::Scalars(Cells::like(cells)),
            _ => ColumnValues::default(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            ColumnValues::Scalars(cells) | ColumnValues::Text(cells) => cells.len(),
            ColumnValues::Lists(lists) => lists.len(),
        }
    }

    /// Bytes of the cells from one on, about.
    pub(crate) fn bytes_from(&self, at: usize) -> usize {
        match self {
            ColumnValues::Scalars(cells) | ColumnValues::Text(cells) => cells.bytes_from(at),
            ColumnValues::Lists(lists) => {
                let at = at.min(lists.len());
                let elements = lists.elements.bytes_from(lists.offsets[at] as usize);
                (lists.len() - at) * size_of::<i32>() + elements
            }
        }
    }

    pub(crate) fn push_nulls(&mut self, count: usize) {
        match self {
            ColumnValues::Scalars(cells) | ColumnValues::Text(cells) => cells.push_nulls(count),
            ColumnValues::Lists(lists) => lists.push_nulls(count),
        }
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        match self {
            ColumnValues::Scalars(cells) | ColumnValues::Text(cells) => cells.truncate(len),
            ColumnValues::Lists(lists) => lists.truncate(len),
        }
    }

    /// The column in the physical form for `seen`, which holds all it has seen.
    pub(crate) fn widened(&self, seen: &Observed) -> ColumnValues {
        let as_text =
            seen.elements.is_some() && (!seen.scalars.is_empty() || seen.carries_lists_as_json());
        match self {
            ColumnValues::Scalars(cells) if seen.elements.is_none() => {
                ColumnValues::Scalars(cells.widened(seen.scalars))
            }
            ColumnValues::Scalars(cells) if !as_text => {
                let mut lists = Lists::default();
                lists.elements = lists.elements.widened(seen.elements.unwrap_or_default());
                lists.push_nulls(cells.len());
                ColumnValues::Lists(lists)
            }
            ColumnValues::Scalars(cells) => ColumnValues::Text(cells.clone().into_text()),
            ColumnValues::Lists(lists) if !as_text => ColumnValues::Lists(Lists {
                elements: lists.elements.widened(seen.elements.unwrap_or_default()),
                ..lists.clone()
            }),
            ColumnValues::Lists(lists) => {
                let mut text = text_cells();
                let mut json = JsonText::default();
                for at in 0..lists.len() {
                    if lists.validity.is_valid(at) {
                        json.clear();
                        lists.write_json(at, &mut json);
                        text.push(Scalar::Text(json.as_str()));
                    } else {
                        text.push_nulls(1);
                    }
                }
                ColumnValues::Text(text)
            }
            ColumnValues::Text(cells) => ColumnValues::Text(cells.clone()),
        }
    }

    pub(crate) fn finish(self) -> ArrayRef {
        match self {
            ColumnValues::Scalars(cells) | ColumnValues::Text(cells) => cells.finish(),
            ColumnValues::Lists(lists) => lists.finish(),
        }
    }
}

/// Empty cells of text.
fn text_cells() -> Cells {
    Cells::default().widened(KindSet::of(Kind::String))
}

impl Cells {
    /// The same cells as text.
    fn into_text(self) -> Cells {
        let mut text = text_cells();
        let mut cell = Vec::new();
        for at in 0..self.len {
            match self.get(at) {
                Scalar::Null => text.push_nulls(1),
                scalar => {
                    cell.clear();
                    scalar.write_text(&mut cell);
                    let cell = std::str::from_utf8(&cell).expect("scalars are UTF-8");
                    text.push(Scalar::Text(cell));
                }
            }
        }
        text
    }
}
