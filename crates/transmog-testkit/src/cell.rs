//! One cell of a table, and its form in case files.

use crate::formed::{date_text, time_text, uuid_text};
use arrow::{
    array::{Array, AsArray},
    datatypes::{
        DataType, Date32Type, Decimal128Type, Field, Float64Type, Int64Type, TimeUnit,
        TimestampMicrosecondType, TimestampNanosecondType,
    },
};
use serde_json::{Value, json};
use transmog_model::text_array;

/// Largest integer that case files write as a JSON number.
const MAX_PLAIN: u64 = 1 << 53;

/// The value of one cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An int64.
    Int(i64),
    /// A float64.
    Float(f64),
    /// A decimal: its digits without the point, and the number of digits after the point.
    Decimal(i128, u8),
    /// Text; a date, a timestamp or a UUID as the input has it.
    Text(String),
    /// The cells of a list.
    List(Vec<Cell>),
    /// The generated id of a row, with any value (only in expectations).
    Id {
        /// Name of the table.
        table: String,
        /// Row in the table, from 0.
        row: usize,
    },
}

/// Reads one cell of an Arrow array. `field` says what form the text of a timestamp or a UUID has.
///
/// # Panics
/// When transmog's columns do not have the array's type.
#[must_use]
pub fn cell_at(array: &dyn Array, row: usize, field: &Field) -> Cell {
    let form = field.metadata().get("transmog.form");
    cell_of_form(array, row, form.map_or("", String::as_str))
}

/// The cells of an Arrow array as text, those made of text in its form, as [`cell_at`] has it.
///
/// # Panics
/// When transmog's columns do not have the array's type.
#[must_use]
pub fn texts_of(array: &dyn Array, field: &Field) -> Vec<Option<String>> {
    let element = match array.data_type() {
        DataType::List(element) => element.data_type(),
        other => other,
    };
    let is_of_text = matches!(
        element,
        DataType::Date32 | DataType::Timestamp(..) | DataType::FixedSizeBinary(_)
    );
    if !is_of_text {
        let texts = text_array(array);
        return texts.iter().map(|text| text.map(str::to_owned)).collect();
    }
    let text = |row| match cell_at(array, row, field) {
        Cell::Null => None,
        Cell::Text(text) => Some(text),
        cell => Some(cell_to_json(&cell).to_string()),
    };
    (0..array.len()).map(text).collect()
}

fn cell_of_form(array: &dyn Array, row: usize, form: &str) -> Cell {
    if array.is_null(row) {
        return Cell::Null;
    }
    match array.data_type() {
        DataType::Null => Cell::Null,
        DataType::Boolean => Cell::Bool(array.as_boolean().value(row)),
        DataType::Int64 => Cell::Int(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Cell::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => {
            let units = array.as_primitive::<Decimal128Type>().value(row);
            Cell::Decimal(units, scale.unsigned_abs())
        }
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row).to_owned()),
        DataType::LargeUtf8 => Cell::Text(array.as_string::<i64>().value(row).to_owned()),
        DataType::Utf8View => Cell::Text(array.as_string_view().value(row).to_owned()),
        DataType::Date32 => Cell::Text(date_text(array.as_primitive::<Date32Type>().value(row))),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            Cell::Text(time_text(i128::from(micros) * 1000, form))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            let nanos = array.as_primitive::<TimestampNanosecondType>().value(row);
            Cell::Text(time_text(nanos.into(), form))
        }
        DataType::FixedSizeBinary(16) => {
            Cell::Text(uuid_text(array.as_fixed_size_binary().value(row), form))
        }
        DataType::List(_) => list_cell(&array.as_list::<i32>().value(row), form),
        DataType::LargeList(_) => list_cell(&array.as_list::<i64>().value(row), form),
        other => panic!("no column has type {other}"),
    }
}

fn list_cell(elements: &dyn Array, form: &str) -> Cell {
    Cell::List(
        (0..elements.len())
            .map(|at| cell_of_form(elements, at, form))
            .collect(),
    )
}

/// Reads a cell of a case file; `column_type` tells numbers apart.
pub(crate) fn cell_from_json(value: &Value, column_type: &str) -> Result<Cell, String> {
    let unfit = || format!("{value} is no cell of type {column_type}");
    let digits = || match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(unfit()),
    };
    if let Some(id) = value.get("id").and_then(Value::as_str) {
        let (table, row) = id.rsplit_once('/').ok_or_else(unfit)?;
        let row = row.parse().map_err(|_| unfit())?;
        return Ok(Cell::Id {
            table: table.to_owned(),
            row,
        });
    }
    if let Some(element) = column_type
        .strip_prefix("list<")
        .and_then(|rest| rest.strip_suffix('>'))
        && let Value::Array(items) = value
    {
        let cells = items.iter().map(|item| cell_from_json(item, element));
        return Ok(Cell::List(cells.collect::<Result<_, _>>()?));
    }
    match (value, column_type) {
        (Value::Null, _) => Ok(Cell::Null),
        (Value::Bool(flag), "boolean") => Ok(Cell::Bool(*flag)),
        (Value::String(text), column_type) if is_in_text(column_type) => {
            Ok(Cell::Text(text.clone()))
        }
        (_, "int64") => Ok(Cell::Int(digits()?.parse().map_err(|_| unfit())?)),
        (_, "float64") => Ok(Cell::Float(digits()?.parse().map_err(|_| unfit())?)),
        (Value::Object(object), decimal) if let Some(scale) = scale_of(decimal) => {
            let text = object.get("decimal").and_then(Value::as_str);
            let text = text.ok_or_else(unfit)?;
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            let units = format!("{whole}{fraction:0<width$}", width = scale.into());
            match units.parse() {
                Ok(units) if fraction.len() <= scale.into() => Ok(Cell::Decimal(units, scale)),
                _ => Err(unfit()),
            }
        }
        _ => Err(unfit()),
    }
}

/// Whether the cells of a column are texts in case files.
fn is_in_text(column_type: &str) -> bool {
    let column_type = column_type.trim_start_matches("local_");
    let column_type = column_type.trim_end_matches("(ns)");
    ["text", "json", "date", "timestamp", "uuid"].contains(&column_type)
}

/// Digits after the point of a decimal type.
pub(crate) fn scale_of(column_type: &str) -> Option<u8> {
    let scale = column_type.strip_prefix("decimal(38,")?.strip_suffix(')')?;
    scale.parse().ok()
}

/// A decimal in plain notation, with all digits after the point.
fn plain(units: i128, scale: u8) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let width = usize::from(scale) + 1;
    let digits = format!("{:0>width$}", units.unsigned_abs());
    match digits.split_at(digits.len() - usize::from(scale)) {
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    }
}

/// Writes a cell as case files have it.
pub(crate) fn cell_to_json(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(flag) => json!(flag),
        Cell::Int(value) if value.unsigned_abs() <= MAX_PLAIN => json!(value),
        Cell::Int(value) => json!(value.to_string()),
        Cell::Float(value) => json!(value),
        Cell::Decimal(units, scale) => json!({"decimal": plain(*units, *scale)}),
        Cell::Text(text) => json!(text),
        Cell::List(cells) => cells.iter().map(cell_to_json).collect(),
        Cell::Id { table, row } => json!({"id": format!("{table}/{row}")}),
    }
}
