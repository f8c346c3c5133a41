//! Tables as the JSON of case files.

use crate::{
    cell::{cell_from_json, cell_to_json},
    table::{ExpectedColumn, ExpectedTable},
};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Reads the `tables` object of a case file.
pub(crate) fn tables_from_json(value: &Value) -> Result<Vec<ExpectedTable>, String> {
    let tables = value.as_object().ok_or("`tables` is no object")?;
    tables
        .iter()
        .map(|(name, table)| {
            table_from_json(name, table).map_err(|error| format!("table {name}: {error}"))
        })
        .collect()
}

fn table_from_json(name: &str, value: &Value) -> Result<ExpectedTable, String> {
    let array = |key: &str| {
        let items = value.get(key).and_then(Value::as_array);
        items.ok_or_else(|| format!("no array `{key}`"))
    };
    let columns = array("columns")?.iter().map(|column| {
        let text = |key: &str| column.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(ExpectedColumn {
            name: text("name").ok_or("a column without name")?,
            column_type: text("type").ok_or("a column without type")?,
            path: text("path"),
        })
    });
    let columns: Vec<ExpectedColumn> = columns.collect::<Result<_, String>>()?;
    let rows = array("rows")?.iter().map(|row| {
        let cells = row.as_array().ok_or("a row is an array")?;
        if cells.len() != columns.len() {
            return Err(format!(
                "{} cells in {} columns",
                cells.len(),
                columns.len()
            ));
        }
        let cell = |(cell, column): (&Value, &ExpectedColumn)| {
            cell_from_json(cell, &column.column_type)
                .map_err(|error| format!("column {}: {error}", column.name))
        };
        cells.iter().zip(&columns).map(cell).collect()
    });
    Ok(ExpectedTable {
        name: name.to_owned(),
        path: value
            .get("path")
            .and_then(Value::as_str)
            .ok_or("no `path`")?
            .to_owned(),
        rows: rows.collect::<Result<_, String>>()?,
        columns,
    })
}

/// The `tables` object of a case file, with one line for each column and row.
///
/// # Panics
/// Never: writing to a string does not fail.
#[must_use]
pub fn write_tables_json(tables: &[ExpectedTable]) -> String {
    let mut out = String::from("{");
    for (at, table) in tables.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let (name, path) = (json!(table.name), json!(table.path));
        write!(out, "{comma}\n    {name}: {{\n      \"path\": {path},").expect("a string");
        let columns = table.columns.iter().map(
            |column| json!({"name": column.name, "type": column.column_type, "path": column.path}),
        );
        write_lines(&mut out, "columns", columns.collect());
        out.push(',');
        let rows = table
            .rows
            .iter()
            .map(|row| row.iter().map(cell_to_json).collect());
        write_lines(&mut out, "rows", rows.collect());
        out.push_str("\n    }");
    }
    out.push_str("\n  }");
    out
}

fn write_lines(out: &mut String, key: &str, lines: Vec<Value>) {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("\n        {line}"))
        .collect();
    write!(out, "\n      \"{key}\": [{}\n      ]", lines.join(",")).expect("a string");
}
