//! What a run made: tables, columns and what they hold.

use crate::{column_type::ColumnType, schema::ColumnRole};
use serde::Serialize;

/// One table of a run.
///
/// # Examples
///
/// ```
/// use transmog_model::{ColumnRole, ColumnSummary, ColumnType, TableSummary};
///
/// let id = ColumnSummary {
///     name: "_id".to_owned(),
///     role: ColumnRole::Id,
///     column_type: ColumnType::TEXT,
///     value_type: None,
///     path: None,
///     statistics: None,
/// };
/// let table = TableSummary {
///     name: "orders".to_owned(),
///     path: "$".to_owned(),
///     rows: 2,
///     parent: None,
///     bytes: Some(40),
///     file: Some("orders.csv".to_owned()),
///     columns: vec![id],
/// };
/// assert_eq!(table.columns[0].role.name(), "id");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableSummary {
    /// The table's name.
    pub name: String,
    /// JSONPath (RFC 9535) of its rows.
    pub path: String,
    /// Number of rows.
    pub rows: u64,
    /// Name of the table with the rows' parents; none for the main table.
    pub parent: Option<String>,
    /// Size of the file; 0 in memory.
    pub bytes: Option<u64>,
    /// The file, relative to the output directory; none in memory.
    pub file: Option<String>,
    /// The columns in order.
    pub columns: Vec<ColumnSummary>,
}

/// One column of a table.
///
/// See [`TableSummary`] for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// The name in the file.
    pub name: String,
    /// Its role: an id, data, ….
    #[serde(serialize_with = "role_name")]
    pub role: ColumnRole,
    /// The type as the format stores it.
    #[serde(rename = "type", serialize_with = "type_name")]
    pub column_type: ColumnType,
    /// The type of the values, where the format stores them as text: `timestamp`, `list<int64>`.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "value_type_name"
    )]
    pub value_type: Option<ColumnType>,
    /// JSONPath of its values; none for a metadata column.
    pub path: Option<String>,
    /// What its cells hold, when that was asked for; none for a metadata column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistics: Option<ColumnStatistics>,
}

fn role_name<S: serde::Serializer>(role: &ColumnRole, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(role.name())
}

impl ColumnSummary {
    /// The type of the values, however the format stores them.
    ///
    /// # Examples
    ///
    /// ```
    /// use transmog_model::{ColumnRole, ColumnSummary, ColumnType, ScalarType};
    ///
    /// let days = ColumnSummary {
    ///     name: "day".to_owned(),
    ///     role: ColumnRole::Data,
    ///     column_type: ColumnType::TEXT,
    ///     value_type: Some(ColumnType::Scalar(ScalarType::Date)),
    ///     path: Some("$.day".to_owned()),
    ///     statistics: None,
    /// };
    /// assert_eq!(days.values().to_string(), "date");
    /// ```
    #[must_use]
    pub fn values(&self) -> ColumnType {
        self.value_type.unwrap_or(self.column_type)
    }
}

fn value_type_name<S: serde::Serializer>(
    value_type: &Option<ColumnType>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value_type {
        Some(value_type) => type_name(value_type, serializer),
        None => serializer.serialize_none(),
    }
}

fn type_name<S: serde::Serializer>(
    column_type: &ColumnType,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(column_type)
}

/// What the cells of a data column hold.
///
/// # Examples
///
/// ```
/// use transmog_model::{ColumnStatistics, Histogram};
///
/// let of_sizes = ColumnStatistics {
///     would_be: None,
///     nulls: 1,
///     distinct: 2,
///     distinct_is_exact: true,
///     min: Some("0".to_owned()),
///     max: Some("10".to_owned()),
///     examples: vec!["0".to_owned(), "10".to_owned()],
///     common: vec![("10".to_owned(), 3)],
///     histogram: Some(Histogram { min: 0.0, max: 10.0, counts: vec![1, 3] }),
/// };
/// let values: u64 = of_sizes.histogram.iter().flat_map(|it| &it.counts).sum();
/// assert_eq!(values, 4);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnStatistics {
    /// The type that [detection](crate::DetectType) would give the column; none where it would
    /// change nothing.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "value_type_name"
    )]
    pub would_be: Option<ColumnType>,
    /// Cells without a value.
    pub nulls: u64,
    /// About how many different values there are: within 10 % in 98 of 100 cases.
    pub distinct: u64,
    /// Whether that is the exact number.
    pub distinct_is_exact: bool,
    /// The least value as text: by number in a column of numbers, by time in one of timestamps or
    /// of texts that could be, else the first in the order of bytes. None for lists.
    pub min: Option<String>,
    /// The greatest value, as [`min`](Self::min).
    pub max: Option<String>,
    /// Up to three values as text, cut where they are long.
    pub examples: Vec<String>,
    /// The most frequent values and how often each occurs; empty where there are too many
    /// different ones, or each occurs once.
    pub common: Vec<(String, u64)>,
    /// How numbers spread.
    pub histogram: Option<Histogram>,
}

/// How many values lie in each of so many equal parts of a range.
///
/// See [`ColumnStatistics`] for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Histogram {
    /// Where the first part begins.
    pub min: f64,
    /// Where the last part ends.
    pub max: f64,
    /// Values in each part; estimated where there are too many different ones.
    pub counts: Vec<u64>,
}
