//! Expected tables of cases, and tables from runs.

use crate::cell::Cell;

/// Stands for the start of the run in the cells of expected time columns.
pub const TIME_CELL: &str = "<time>";

/// An expected column.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedColumn {
    /// The name.
    pub name: String,
    /// The `Display` of `transmog_model::ColumnType`.
    pub column_type: String,
    /// JSONPath of its values; `None` for a metadata column.
    pub path: Option<String>,
}

/// An expected table. Random ids are [`Cell::Id`].
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedTable {
    /// The name.
    pub name: String,
    /// JSONPath of its rows.
    pub path: String,
    /// The columns in order.
    pub columns: Vec<ExpectedColumn>,
    /// The rows in order.
    pub rows: Vec<Vec<Cell>>,
}

/// A table from a run. Its first column is the id.
#[derive(Clone, Debug, PartialEq)]
pub struct ActualTable {
    /// The name.
    pub name: String,
    /// JSONPath of its rows.
    pub path: String,
    /// Name, type and JSONPath of the columns in order.
    pub columns: Vec<(String, String, Option<String>)>,
    /// The rows in order.
    pub rows: Vec<Vec<Cell>>,
}
