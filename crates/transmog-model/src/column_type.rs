//! The types that columns have.

use arrow::datatypes::{DataType, Field, TimeUnit};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};
use transmog_events::DECIMAL_DIGITS;

/// The type of a scalar column or of a list's elements. It is exhaustive, as [`ColumnType`] is.
///
/// # Examples
///
/// ```
/// use arrow::datatypes::DataType;
/// use transmog_model::ScalarType;
///
/// assert_eq!(ScalarType::Int64.arrow_type(), DataType::Int64);
/// assert_eq!(ScalarType::Decimal(2).arrow_type(), DataType::Decimal128(38, 2));
/// assert_eq!(ScalarType::default(), ScalarType::Null);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScalarType {
    /// Only nulls so far.
    #[default]
    Null,
    /// True or false.
    Boolean,
    /// 64-bit signed integer.
    Int64,
    /// 64-bit IEEE 754 float.
    Float64,
    /// A number of at most 38 digits, so many of them after the point.
    Decimal(u8),
    /// UTF-8 text.
    Text,
}

impl ScalarType {
    /// The Arrow type.
    #[must_use]
    pub fn arrow_type(self) -> DataType {
        match self {
            ScalarType::Null => DataType::Null,
            ScalarType::Boolean => DataType::Boolean,
            ScalarType::Int64 => DataType::Int64,
            ScalarType::Float64 => DataType::Float64,
            ScalarType::Decimal(scale) => DataType::Decimal128(DECIMAL_DIGITS, scale.cast_signed()),
            ScalarType::Text => DataType::Utf8,
        }
    }

    fn from_arrow(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Null => ScalarType::Null,
            DataType::Boolean => ScalarType::Boolean,
            DataType::Int64 => ScalarType::Int64,
            DataType::Float64 => ScalarType::Float64,
            DataType::Decimal128(_, scale) => ScalarType::Decimal(u8::try_from(*scale).ok()?),
            DataType::Utf8 => ScalarType::Text,
            _ => return None,
        })
    }
}

impl fmt::Display for ScalarType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ScalarType::Null => "null",
            ScalarType::Boolean => "boolean",
            ScalarType::Int64 => "int64",
            ScalarType::Float64 => "float64",
            ScalarType::Decimal(scale) => return write!(f, "decimal({DECIMAL_DIGITS},{scale})"),
            ScalarType::Text => "text",
        })
    }
}

/// The type of a column. It is exhaustive: a writer must handle every type, and the compiler tells
/// its author of a new one. A wildcard would write the new type's columns in a wrong one, or fail.
///
/// # Examples
///
/// ```
/// use transmog_model::{ColumnType, ScalarType};
///
/// assert_eq!(ColumnType::List(ScalarType::Int64).to_string(), "list<int64>");
/// assert_eq!(ColumnType::Scalar(ScalarType::Decimal(2)).to_string(), "decimal(38,2)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// One value a row.
    Scalar(ScalarType),
    /// A list of values of one type a row.
    List(ScalarType),
    /// An instant, UTC, in microseconds (the time column only).
    Timestamp,
}

impl ColumnType {
    /// The text type.
    pub const TEXT: ColumnType = ColumnType::Scalar(ScalarType::Text);

    /// The Arrow type of a finished column. Element fields are named `item`.
    #[must_use]
    pub fn arrow_type(self) -> DataType {
        match self {
            ColumnType::Scalar(scalar) => scalar.arrow_type(),
            ColumnType::List(element) => DataType::List(Arc::new(Field::new(
                Field::LIST_FIELD_DEFAULT_NAME,
                element.arrow_type(),
                true,
            ))),
            ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }

    /// The type whose [`arrow_type`](Self::arrow_type) this is.
    pub(crate) fn from_arrow(data_type: &DataType) -> Option<Self> {
        let found = match data_type {
            DataType::List(element) => {
                ColumnType::List(ScalarType::from_arrow(element.data_type())?)
            }
            DataType::Timestamp(..) => ColumnType::Timestamp,
            scalar => ColumnType::Scalar(ScalarType::from_arrow(scalar)?),
        };
        (found.arrow_type() == *data_type).then_some(found)
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnType::Scalar(scalar) => scalar.fmt(f),
            ColumnType::List(element) => write!(f, "list<{element}>"),
            ColumnType::Timestamp => f.write_str("timestamp"),
        }
    }
}
