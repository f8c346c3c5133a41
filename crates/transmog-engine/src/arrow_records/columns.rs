//! Arrays to columns whose cells are read row by row.

use super::{
    cells::{Bytes, Cells, Column, Index, Member, Spans},
    times::Zone,
};
use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    datatypes::*,
};

/// The most levels of types inside one another, as of JSON.
const MAX_LEVELS: usize = 512;
/// Bytes of a cell whose size is not known, about.
const SOME: usize = 16;

/// The columns of a batch by name.
pub(super) fn of_batch(batch: &RecordBatch) -> Vec<Member<'_>> {
    members(batch.schema_ref().fields(), batch.columns())
}

fn members<'a>(fields: &'a Fields, columns: &'a [ArrayRef]) -> Vec<Member<'a>> {
    let columns = fields.iter().zip(columns);
    columns
        .map(|(field, column)| Member::new(field.name(), of(field, column)))
        .collect()
}

/// What cannot be read of a column of this type, and a name for the column.
pub(super) fn unreadable(field: &Field, level: usize) -> Option<(String, String)> {
    let name = || field.name().clone();
    if level > MAX_LEVELS {
        let message = format!("its type has more than {MAX_LEVELS} levels");
        return Some((name(), message));
    }
    let inner = |field: &Field| unreadable(field, level + 1);
    let found = match field.data_type() {
        DataType::Timestamp(_, zone) if Zone::of(zone.as_deref()).is_none() => {
            let zone = zone.as_deref().unwrap_or_default();
            let message = format!(
                "the time zone {zone:?} is not known here; convert the column to UTC, or build \
                 the crate `arrow` with its feature `chrono-tz`"
            );
            return Some((name(), message));
        }
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _)
        | DataType::RunEndEncoded(_, field) => inner(field),
        DataType::Struct(fields) => fields.iter().find_map(|field| inner(field)),
        DataType::Union(fields, _) => fields.iter().find_map(|(_, field)| inner(field)),
        DataType::Dictionary(_, values) => inner(&Field::new("", (**values).clone(), true)),
        _ => None,
    };
    found.map(|(path, message)| match path.is_empty() {
        true => (name(), message),
        false => (format!("{}.{path}", field.name()), message),
    })
}

macro_rules! values {
    ($array:expr, $type:ty) => {
        $array.as_primitive::<$type>().values()
    };
    ($array:expr, $unit:expr, $second:ty, $milli:ty, $micro:ty, $nano:ty) => {
        match $unit {
            TimeUnit::Second => values!($array, $second),
            TimeUnit::Millisecond => values!($array, $milli),
            TimeUnit::Microsecond => values!($array, $micro),
            TimeUnit::Nanosecond => values!($array, $nano),
        }
    };
}

/// The column of an array.
fn of<'a>(field: &Field, array: &'a ArrayRef) -> Column<'a> {
    let array = array.as_ref();
    let cells = match array.data_type() {
        DataType::Null => Cells::Null,
        DataType::Boolean => Cells::Boolean(array.as_boolean()),
        DataType::Int8 => Cells::Int8(values!(array, Int8Type)),
        DataType::Int16 => Cells::Int16(values!(array, Int16Type)),
        DataType::Int32 => Cells::Int32(values!(array, Int32Type)),
        DataType::Int64 => Cells::Int64(values!(array, Int64Type)),
        DataType::UInt8 => Cells::UInt8(values!(array, UInt8Type)),
        DataType::UInt16 => Cells::UInt16(values!(array, UInt16Type)),
        DataType::UInt32 => Cells::UInt32(values!(array, UInt32Type)),
        DataType::UInt64 => Cells::UInt64(values!(array, UInt64Type)),
        DataType::Float16 => Cells::Float16(values!(array, Float16Type)),
        DataType::Float32 => Cells::Float32(values!(array, Float32Type)),
        DataType::Float64 => Cells::Float64(values!(array, Float64Type)),
        DataType::Decimal32(_, scale) => Cells::Decimal32(values!(array, Decimal32Type), *scale),
        DataType::Decimal64(_, scale) => Cells::Decimal64(values!(array, Decimal64Type), *scale),
        DataType::Decimal128(_, scale) => Cells::Decimal128(values!(array, Decimal128Type), *scale),
        DataType::Decimal256(_, scale) => Cells::Decimal256(values!(array, Decimal256Type), *scale),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Cells::Text(bytes(array)),
        DataType::FixedSizeBinary(16) if field.extension_type_name() == Some("arrow.uuid") => {
            Cells::Uuid(bytes(array))
        }
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => Cells::Binary(bytes(array)),
        DataType::Date32 => Cells::Date32(values!(array, Date32Type)),
        DataType::Date64 => Cells::Date64(values!(array, Date64Type)),
        DataType::Time32(unit @ TimeUnit::Second) => {
            Cells::Time32(values!(array, Time32SecondType), *unit)
        }
        DataType::Time32(unit) => Cells::Time32(values!(array, Time32MillisecondType), *unit),
        DataType::Time64(unit @ TimeUnit::Microsecond) => {
            Cells::Time64(values!(array, Time64MicrosecondType), *unit)
        }
        DataType::Time64(unit) => Cells::Time64(values!(array, Time64NanosecondType), *unit),
        DataType::Timestamp(unit, zone) => {
            let cells = values!(
                array,
                unit,
                TimestampSecondType,
                TimestampMillisecondType,
                TimestampMicrosecondType,
                TimestampNanosecondType
            );
            // An unknown zone was refused before.
            let zone = Zone::of(zone.as_deref()).unwrap_or(Zone::Fixed(0));
            Cells::Timestamp(cells, *unit, zone)
        }
        DataType::Duration(unit) => {
            let cells = values!(
                array,
                unit,
                DurationSecondType,
                DurationMillisecondType,
                DurationMicrosecondType,
                DurationNanosecondType
            );
            Cells::Duration(cells, *unit)
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            Cells::Months(values!(array, IntervalYearMonthType))
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            Cells::DayTime(values!(array, IntervalDayTimeType))
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            Cells::MonthDayNano(values!(array, IntervalMonthDayNanoType))
        }
        DataType::Struct(fields) => Cells::Struct(members(fields, array.as_struct().columns())),
        DataType::Dictionary(..) => dictionary(field, array),
        DataType::RunEndEncoded(ends, values) => runs(ends, values, array),
        DataType::Union(fields, _) => {
            let union = array.as_union();
            let columns = fields.iter();
            let columns = columns.map(|(id, field)| (id, of(field, union.child(id))));
            let rows = union.offsets().map(|rows| &**rows);
            Cells::Union(union.type_ids(), rows, columns.collect())
        }
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => list(array),
        DataType::Map(..) => {
            let map = array.as_map();
            let (keys, values) = map.entries_fields();
            let entries = (of(keys, map.keys()), of(values, map.values()));
            Cells::Map(Spans::Small(map.value_offsets()), Box::new(entries))
        }
    };
    Column {
        length: array.len(),
        nulls: array.nulls(),
        cells,
    }
}

fn bytes(array: &dyn Array) -> Bytes<'_> {
    match array.data_type() {
        DataType::Utf8 => {
            let cells = array.as_string::<i32>();
            Bytes::Small(cells.value_offsets(), cells.value_data())
        }
        DataType::LargeUtf8 => {
            let cells = array.as_string::<i64>();
            Bytes::Large(cells.value_offsets(), cells.value_data())
        }
        DataType::Binary => {
            let cells = array.as_binary::<i32>();
            Bytes::Small(cells.value_offsets(), cells.value_data())
        }
        DataType::LargeBinary => {
            let cells = array.as_binary::<i64>();
            Bytes::Large(cells.value_offsets(), cells.value_data())
        }
        DataType::Utf8View => Bytes::TextView(array.as_string_view()),
        DataType::BinaryView => Bytes::BinaryView(array.as_binary_view()),
        _ => {
            let cells = array.as_fixed_size_binary();
            Bytes::Fixed(cells.value_size(), cells.value_data())
        }
    }
}

fn list(array: &dyn Array) -> Cells<'_> {
    let (spans, elements) = match array.data_type() {
        DataType::List(field) => {
            let lists = array.as_list::<i32>();
            (
                Spans::Small(lists.value_offsets()),
                of(field, lists.values()),
            )
        }
        DataType::LargeList(field) => {
            let lists = array.as_list::<i64>();
            (
                Spans::Large(lists.value_offsets()),
                of(field, lists.values()),
            )
        }
        DataType::ListView(field) => {
            let lists = array.as_list_view::<i32>();
            let spans = Spans::SmallViews(lists.value_offsets(), lists.value_sizes());
            (spans, of(field, lists.values()))
        }
        DataType::LargeListView(field) => {
            let lists = array.as_list_view::<i64>();
            let spans = Spans::LargeViews(lists.value_offsets(), lists.value_sizes());
            (spans, of(field, lists.values()))
        }
        _ => {
            let lists = array.as_fixed_size_list();
            let length = lists.value_length().unsigned_abs() as usize;
            let DataType::FixedSizeList(field, _) = array.data_type() else {
                return Cells::Null;
            };
            (Spans::Fixed(length), of(field, lists.values()))
        }
    };
    Cells::List(spans, Box::new(elements))
}

fn dictionary<'a>(field: &Field, array: &'a dyn Array) -> Cells<'a> {
    let dictionary = array.as_any_dictionary();
    let keys = dictionary.keys();
    let index = match keys.data_type() {
        DataType::Int8 => Index::Int8(values!(keys, Int8Type)),
        DataType::Int16 => Index::Int16(values!(keys, Int16Type)),
        DataType::Int32 => Index::Int32(values!(keys, Int32Type)),
        DataType::Int64 => Index::Int64(values!(keys, Int64Type)),
        DataType::UInt8 => Index::UInt8(values!(keys, UInt8Type)),
        DataType::UInt16 => Index::UInt16(values!(keys, UInt16Type)),
        DataType::UInt32 => Index::UInt32(values!(keys, UInt32Type)),
        _ => Index::UInt64(values!(keys, UInt64Type)),
    };
    // Extension types are those of the values.
    Cells::Indirect(index, Box::new(of(field, dictionary.values())))
}

fn runs<'a>(ends: &Field, values: &Field, array: &'a dyn Array) -> Cells<'a> {
    let (index, cells) = match ends.data_type() {
        DataType::Int16 => {
            let runs = array.as_run::<Int16Type>();
            (Index::Runs16(runs.run_ends()), runs.values())
        }
        DataType::Int32 => {
            let runs = array.as_run::<Int32Type>();
            (Index::Runs32(runs.run_ends()), runs.values())
        }
        _ => {
            let runs = array.as_run::<Int64Type>();
            (Index::Runs64(runs.run_ends()), runs.values())
        }
    };
    Cells::Indirect(index, Box::new(of(values, cells)))
}

/// Bytes that the values of these rows take, about.
pub(super) fn size(batch: &RecordBatch) -> usize {
    let columns = batch.columns().iter();
    columns
        .map(|column| size_of_cells(column, 0, column.len()))
        .sum()
}

/// Bytes of `count` cells of the array from this one on, about.
fn size_of_cells(array: &dyn Array, from: usize, count: usize) -> usize {
    let end = from + count;
    let inner = |values: &ArrayRef, start: usize, end: usize| {
        let end = end.min(values.len());
        size_of_cells(values, start.min(end), end - start.min(end)) + count * 4
    };
    match array.data_type() {
        DataType::Utf8 => span(array.as_string::<i32>().value_offsets(), from, end) + count * 4,
        DataType::Binary => span(array.as_binary::<i32>().value_offsets(), from, end) + count * 4,
        DataType::LargeUtf8 => {
            span(array.as_string::<i64>().value_offsets(), from, end) + count * 8
        }
        DataType::LargeBinary => {
            span(array.as_binary::<i64>().value_offsets(), from, end) + count * 8
        }
        // The length is in the lowest 32 bits.
        DataType::Utf8View => views(&array.as_string_view().views()[from..end]),
        DataType::BinaryView => views(&array.as_binary_view().views()[from..end]),
        DataType::FixedSizeBinary(width) => count * width.unsigned_abs() as usize,
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            let offsets = lists.value_offsets();
            inner(
                lists.values(),
                offsets[from] as usize,
                offsets[end] as usize,
            )
        }
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            let offsets = lists.value_offsets();
            inner(
                lists.values(),
                offsets[from] as usize,
                offsets[end] as usize,
            )
        }
        DataType::FixedSizeList(_, length) => {
            let length = length.unsigned_abs() as usize;
            let lists = array.as_fixed_size_list();
            inner(lists.values(), from * length, end * length)
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let offsets = map.value_offsets();
            let (start, end) = (offsets[from] as usize, offsets[end] as usize);
            inner(map.keys(), start, end) + inner(map.values(), start, end)
        }
        DataType::Struct(_) => {
            let columns = array.as_struct().columns().iter();
            columns
                .map(|column| size_of_cells(column, from, count))
                .sum()
        }
        other => count * other.primitive_width().unwrap_or(SOME),
    }
}

fn span<O: Copy + TryInto<usize>>(offsets: &[O], from: usize, end: usize) -> usize {
    let at = |row: usize| offsets[row].try_into().unwrap_or_default();
    at(end).saturating_sub(at(from))
}

fn views(views: &[u128]) -> usize {
    views.iter().map(|view| *view as u32 as usize + SOME).sum()
}
