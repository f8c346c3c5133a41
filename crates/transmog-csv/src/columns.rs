//! The columns of a batch, each looked at once before its cells are written row
//! by row.

use crate::cells::Cells;
use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, ListArray, StringArray},
    buffer::NullBuffer,
    datatypes::{
        DataType, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    },
};
use memchr::{memchr, memchr3};
use transmog_events::{Decimal, write_float, write_integer};
use transmog_model::{text_at, write_list_at};

/// A column whose cells are written from the first to the last.
pub(crate) struct Column<'b> {
    nulls: Option<&'b NullBuffer>,
    cells: Typed<'b>,
}

enum Typed<'b> {
    Null,
    Text(Texts<'b>),
    Integer(&'b [i64]),
    Float(&'b [f64]),
    Boolean(&'b BooleanArray),
    Decimal(&'b Decimal128Array, u8),
    List(&'b ListArray),
    /// Timestamps, mostly the same: the last one and its text.
    Time(&'b ArrayRef, &'b [i64], Option<i64>, Vec<u8>),
    /// Values of another type.
    Other(&'b ArrayRef),
}

impl<'b> Column<'b> {
    pub(crate) fn new(array: &'b ArrayRef, cells: &Cells) -> Self {
        let typed = match array.data_type() {
            DataType::Null => Typed::Null,
            DataType::Utf8 => Typed::Text(Texts::new(array.as_string(), cells)),
            DataType::Int64 => Typed::Integer(array.as_primitive::<Int64Type>().values()),
            DataType::Float64 => Typed::Float(array.as_primitive::<Float64Type>().values()),
            DataType::Boolean => Typed::Boolean(array.as_boolean()),
            DataType::Decimal128(_, scale) => {
                Typed::Decimal(array.as_primitive::<Decimal128Type>(), scale.unsigned_abs())
            }
            DataType::List(_) => Typed::List(array.as_list()),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let times = array.as_primitive::<TimestampMicrosecondType>().values();
                Typed::Time(array, times, None, Vec::new())
            }
            _ => Typed::Other(array),
        };
        Self {
            nulls: array.nulls().filter(|nulls| nulls.null_count() > 0),
            cells: typed,
        }
    }

    /// Writes the cell of a row; rows come in order.
    #[inline(always)]
    pub(crate) fn write(&mut self, row: usize, out: &mut Cells) {
        if self.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return;
        }
        match &mut self.cells {
            Typed::Null => {}
            Typed::Text(texts) => texts.write(row, out),
            Typed::Integer(cells) => out.plain(|out| write_integer(out, cells[row])),
            Typed::Float(cells) => out.plain(|out| write_float(out, cells[row])),
            Typed::Boolean(cells) => {
                let text: &[u8] = if cells.value(row) { b"true" } else { b"false" };
                out.plain(|out| out.extend_from_slice(text));
            }
            Typed::Decimal(cells, scale) => {
                out.plain(|out| Decimal::new(cells.value(row), *scale).write(out));
            }
            Typed::List(lists) => out.any(|out| write_list_at(out, lists, row)),
            Typed::Time(array, times, last, text) => {
                if *last != Some(times[row]) {
                    *last = Some(times[row]);
                    text.clear();
                    text_at(text, array, row);
                }
                out.plain(|out| out.extend_from_slice(text));
            }
            Typed::Other(array) => out.plain(|out| text_at(out, array, row)),
        }
    }
}

/// Text cells, and where the next byte stands that makes a cell need quotes.
struct Texts<'b> {
    cells: &'b StringArray,
    offsets: &'b [i32],
    bytes: &'b [u8],
    bytes_that_end: [u8; 3],
    next_special: usize,
    next_return: usize,
    /// The nearer of these: no cell that ends before it needs quotes.
    next: usize,
}

impl<'b> Texts<'b> {
    fn new(cells: &'b StringArray, out: &Cells) -> Self {
        let offsets = cells.value_offsets();
        let end = offsets[cells.len()] as usize;
        let mut texts = Self {
            cells,
            offsets,
            bytes: &cells.value_data()[..end],
            bytes_that_end: [out.delimiter, out.quotechar, b'\n'],
            next_special: 0,
            next_return: 0,
            next: 0,
        };
        let start = offsets[0] as usize;
        texts.next_special = texts.special_from(start);
        texts.next_return = texts.return_from(start);
        texts.next = texts.next_special.min(texts.next_return);
        texts
    }

    fn special_from(&self, start: usize) -> usize {
        let [a, b, c] = self.bytes_that_end;
        memchr3(a, b, c, &self.bytes[start..]).map_or(usize::MAX, |at| start + at)
    }

    fn return_from(&self, start: usize) -> usize {
        memchr(b'\r', &self.bytes[start..]).map_or(usize::MAX, |at| start + at)
    }

    #[inline(always)]
    fn write(&mut self, row: usize, out: &mut Cells) {
        let (start, end) = (self.offsets[row] as usize, self.offsets[row + 1] as usize);
        if end > self.next || !out.as_it_is(&self.bytes[start..end]) {
            self.write_slowly(row, start, end, out);
        }
    }

    #[inline(never)]
    fn write_slowly(&mut self, row: usize, start: usize, end: usize, out: &mut Cells) {
        if self.next_special < start {
            self.next_special = self.special_from(start);
        }
        if self.next_return < start {
            self.next_return = self.return_from(start);
        }
        self.next = self.next_special.min(self.next_return);
        out.scanned_text(self.cells.value(row), self.next < end);
    }
}
