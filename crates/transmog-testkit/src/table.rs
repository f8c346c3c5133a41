//! Tables as cases state them and as runs give them.

use crate::cell::Cell;

/// Stands for the run's start in the cells of expected time columns.
pub const TIME_CELL: &str = "<time>";

/// A column as a case states it.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedColumn {
    /// The name.
    pub name: String,
    /// The `Display` of `transmog_model::ColumnType`.
    pub column_type: String,
    /// JSONPath of its values; none for a metadata column.
    pub path: Option<String>,
}

/// A table as a case states it. Ids of random generation are [`Cell::Id`].
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

/// A table as a run gave it. Its id column is the first.
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
