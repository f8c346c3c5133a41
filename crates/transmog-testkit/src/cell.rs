//! One cell of a table, and its form in case files.

use arrow::{
    array::{Array, AsArray},
    datatypes::{DataType, Decimal128Type, Float64Type, Int64Type},
};
use serde_json::{Value, json};

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
    /// A `decimal(38,0)`.
    Decimal(i128),
    /// Text; an instant as `YYYY-MM-DD HH:MM:SS.ffffff`.
    Text(String),
    /// The cells of a list.
    List(Vec<Cell>),
    /// The generated id of a row, whatever it is (in expectations only).
    Id {
        /// Name of the table.
        table: String,
        /// Row in the table, from 0.
        row: usize,
    },
}

/// Reads one cell of an Arrow array.
///
/// # Panics
/// When the array's type is none that transmog's columns have.
#[must_use]
pub fn cell_at(array: &dyn Array, row: usize) -> Cell {
    if array.is_null(row) {
        return Cell::Null;
    }
    match array.data_type() {
        DataType::Null => Cell::Null,
        DataType::Boolean => Cell::Bool(array.as_boolean().value(row)),
        DataType::Int64 => Cell::Int(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Cell::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(..) => {
            Cell::Decimal(array.as_primitive::<Decimal128Type>().value(row))
        }
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row).to_owned()),
        DataType::LargeUtf8 => Cell::Text(array.as_string::<i64>().value(row).to_owned()),
        DataType::Utf8View => Cell::Text(array.as_string_view().value(row).to_owned()),
        DataType::Timestamp(..) => {
            let mut text = Vec::new();
            transmog_model::text_at(&mut text, array, row);
            Cell::Text(String::from_utf8(text).expect("instants are ASCII"))
        }
        DataType::List(_) => list_cell(&array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => list_cell(&array.as_list::<i64>().value(row)),
        other => panic!("no column has type {other}"),
    }
}

fn list_cell(elements: &dyn Array) -> Cell {
    Cell::List(
        (0..elements.len())
            .map(|at| cell_at(elements, at))
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
        (Value::String(text), "text" | "timestamp") => Ok(Cell::Text(text.clone())),
        (_, "int64") => Ok(Cell::Int(digits()?.parse().map_err(|_| unfit())?)),
        (_, "float64") => Ok(Cell::Float(digits()?.parse().map_err(|_| unfit())?)),
        (Value::Object(object), "decimal(38,0)") => {
            let digits = object.get("decimal").and_then(Value::as_str);
            let value = digits.and_then(|digits| digits.parse().ok());
            Ok(Cell::Decimal(value.ok_or_else(unfit)?))
        }
        _ => Err(unfit()),
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
        Cell::Decimal(value) => json!({"decimal": value.to_string()}),
        Cell::Text(text) => json!(text),
        Cell::List(cells) => cells.iter().map(cell_to_json).collect(),
        Cell::Id { table, row } => json!({"id": format!("{table}/{row}")}),
    }
}
