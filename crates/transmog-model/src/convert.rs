//! Carrying columns from the type they were collected in to their final type,
//! exactly.

use crate::{
    json_text::JsonText,
    kind::{ColumnType, Observed, ScalarType},
    number::{write_float, write_integer},
};
use arrow::{
    array::{
        Array, ArrayRef, AsArray, Decimal128Array, Float64Array, ListArray, StringArray,
        StringBuilder, new_null_array,
    },
    buffer::{OffsetBuffer, ScalarBuffer},
    datatypes::{
        DataType, Decimal128Type, Field, Float64Type, Int64Type, TimestampMicrosecondType,
    },
};
use std::{fmt::Write as _, sync::Arc};

/// Converts a column collected as `seen` to `target`, which must be the type
/// of `seen` or one wider.
///
/// # Panics
/// When `target` does not hold what was seen: types come from
/// [`Observed::join`], which only widens.
#[must_use]
pub fn convert(array: &ArrayRef, seen: &Observed, target: ColumnType) -> ArrayRef {
    if seen.carries_lists_as_json() {
        return match target {
            ColumnType::List(ScalarType::Text) => Arc::new(lists_from_json(array.as_string())),
            ColumnType::TEXT => Arc::clone(array),
            other => panic!("a list of mixed elements does not fit {other}"),
        };
    }
    convert_typed(array, target)
}

fn convert_typed(array: &ArrayRef, target: ColumnType) -> ArrayRef {
    let arrow_type = target.arrow_type();
    match (array.data_type(), target) {
        (from, _) if *from == arrow_type => Arc::clone(array),
        (DataType::Null, _) => new_null_array(&arrow_type, array.len()),
        (DataType::Int64, ColumnType::Scalar(ScalarType::Float64)) => {
            let values = array.as_primitive::<Int64Type>();
            Arc::new(values.unary::<_, Float64Type>(|v| v as f64)) as Arc<Float64Array>
        }
        (DataType::Int64, ColumnType::Scalar(ScalarType::Decimal)) => {
            let values = array.as_primitive::<Int64Type>();
            let decimals: Decimal128Array = values.unary::<_, Decimal128Type>(i128::from);
            Arc::new(decimals.with_data_type(DataType::Decimal128(38, 0)))
        }
        (_, ColumnType::TEXT) => Arc::new(text_array(array)),
        (DataType::List(_), ColumnType::List(element)) => {
            let lists = array.as_list::<i32>();
            let values = convert_typed(lists.values(), ColumnType::Scalar(element));
            let field = Arc::new(Field::new(
                Field::LIST_FIELD_DEFAULT_NAME,
                element.arrow_type(),
                true,
            ));
            Arc::new(ListArray::new(
                field,
                lists.offsets().clone(),
                values,
                lists.nulls().cloned(),
            ))
        }
        (from, to) => panic!("{from} does not widen to {to}"),
    }
}

/// Every cell as text: strings verbatim, all else as JSON text; null stays
/// null. Timestamps become `YYYY-MM-DD HH:MM:SS.ffffff`.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "cells are always UTF-8")]
pub fn text_array(array: &dyn Array) -> StringArray {
    if let Some(strings) = array.as_string_opt::<i32>() {
        return strings.clone();
    }
    let mut builder = StringBuilder::with_capacity(array.len(), array.len() * 8);
    let mut cell = Vec::new();
    for row in 0..array.len() {
        if array.is_null(row) || matches!(array.data_type(), DataType::Null) {
            builder.append_null();
        } else {
            cell.clear();
            text_at(&mut cell, array, row);
            // `text_at` appends UTF-8 only.
            builder.append_value(std::str::from_utf8(&cell).expect("cells are UTF-8"));
        }
    }
    builder.finish()
}

/// The column's strings, when it holds text.
#[must_use]
pub fn strings(array: &dyn Array) -> Option<&StringArray> {
    array.as_string_opt::<i32>()
}

/// Appends the text of one cell that is not null, as [`text_array`] has it.
///
/// # Panics
/// When the array's type is none that columns have.
pub fn text_at(out: &mut Vec<u8>, array: &dyn Array, row: usize) {
    match array.data_type() {
        DataType::Utf8 => out.extend_from_slice(array.as_string::<i32>().value(row).as_bytes()),
        DataType::Int64 => write_integer(out, array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => write_float(out, array.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => {
            let text: &[u8] = if array.as_boolean().value(row) {
                b"true"
            } else {
                b"false"
            };
            out.extend_from_slice(text);
        }
        DataType::Decimal128(..) => {
            write_integer(out, array.as_primitive::<Decimal128Type>().value(row));
        }
        DataType::Timestamp(..) => {
            let time = array
                .as_primitive::<TimestampMicrosecondType>()
                .value_as_datetime(row);
            if let Some(time) = time {
                let mut text = String::new();
                write!(text, "{}", time.format("%Y-%m-%d %H:%M:%S%.6f"))
                    .expect("writing to a string");
                out.extend_from_slice(text.as_bytes());
            }
        }
        DataType::List(_) => {
            let mut json = JsonText::default();
            write_list(&mut json, &array.as_list::<i32>().value(row));
            out.extend_from_slice(json.as_str().as_bytes());
        }
        other => panic!("no column has type {other}"),
    }
}

fn write_list(json: &mut JsonText, elements: &ArrayRef) {
    json.begin_array();
    let mut cell = Vec::new();
    for at in 0..elements.len() {
        if elements.is_null(at) || matches!(elements.data_type(), DataType::Null) {
            json.null();
        } else if let Some(strings) = elements.as_string_opt::<i32>() {
            json.string(strings.value(at));
        } else {
            cell.clear();
            text_at(&mut cell, elements, at);
            json.raw(std::str::from_utf8(&cell).expect("numbers are ASCII"));
        }
    }
    json.end_array();
}

/// Lists of text from compact JSON arrays of primitives, as `JsonText` writes them.
fn lists_from_json(cells: &StringArray) -> ListArray {
    let mut offsets = vec![0i32];
    let mut values = StringBuilder::new();
    for cell in cells {
        if let Some(cell) = cell {
            append_elements(&mut values, cell);
        }
        let end = i32::try_from(arrow::array::ArrayBuilder::len(&values));
        offsets.push(end.expect("a batch holds less than 2^31 elements"));
    }
    ListArray::new(
        Arc::new(Field::new(
            Field::LIST_FIELD_DEFAULT_NAME,
            DataType::Utf8,
            true,
        )),
        OffsetBuffer::new(ScalarBuffer::from(offsets)),
        Arc::new(values.finish()),
        cells.nulls().cloned(),
    )
}

fn append_elements(values: &mut StringBuilder, cell: &str) {
    let mut rest = &cell[1..cell.len() - 1];
    while !rest.is_empty() {
        let end = element_end(rest);
        let element = &rest[..end];
        if element == "null" {
            values.append_null();
        } else if element.starts_with('"') {
            let text: String = serde_json::from_str(element).expect("the text was written as JSON");
            values.append_value(text);
        } else {
            values.append_value(element);
        }
        rest = rest[end..].strip_prefix(',').unwrap_or_default();
    }
}

/// Length of the primitive at the start of `text`.
fn element_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes[0] != b'"' {
        return bytes.iter().position(|b| *b == b',').unwrap_or(bytes.len());
    }
    let mut at = 1;
    while bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}
