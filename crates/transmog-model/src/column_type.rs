//! The types that columns have.

use crate::forms::{LetterCase, TimestampType, TimestampUnit, Zone};
use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
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
    /// A day.
    Date,
    /// A time: an instant in UTC, or a local time.
    Timestamp(TimestampType),
    /// A UUID, whose text has letters of this case.
    Uuid(LetterCase),
    /// JSON text of an array or an object.
    Json,
}

/// The key of metadata with the name of an Arrow extension type.
const EXTENSION: &str = "ARROW:extension:name";
/// The key of metadata with the parameters of an Arrow extension type.
const EXTENSION_METADATA: &str = "ARROW:extension:metadata";
/// The names of the extension types that columns have.
const ARROW_UUID: &str = "arrow.uuid";
const ARROW_JSON: &str = "arrow.json";
/// Bytes of a UUID.
const UUID_BYTES: i32 = 16;

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
            ScalarType::Text | ScalarType::Json => DataType::Utf8,
            ScalarType::Date => DataType::Date32,
            ScalarType::Timestamp(of) => {
                let unit = match of.unit {
                    TimestampUnit::Microsecond => TimeUnit::Microsecond,
                    TimestampUnit::Nanosecond => TimeUnit::Nanosecond,
                };
                DataType::Timestamp(unit, of.zone.is_utc().then(|| "UTC".into()))
            }
            ScalarType::Uuid(_) => DataType::FixedSizeBinary(UUID_BYTES),
        }
    }

    /// Whether values are strings in JSON text.
    #[must_use]
    pub fn is_string(self) -> bool {
        use ScalarType::{Date, Json, Text, Timestamp, Uuid};
        matches!(self, Text | Date | Timestamp(_) | Uuid(_) | Json)
    }

    /// The field of the elements of lists.
    pub(crate) fn element_field(self) -> FieldRef {
        Arc::new(self.arrow_field(Field::LIST_FIELD_DEFAULT_NAME, true))
    }

    /// An Arrow field of this type, which says of what extension type it is.
    fn arrow_field(self, name: &str, is_nullable: bool) -> Field {
        let field = Field::new(name, self.arrow_type(), is_nullable);
        let extension = match self {
            ScalarType::Uuid(_) => ARROW_UUID,
            ScalarType::Json => ARROW_JSON,
            _ => return field,
        };
        field.with_metadata(
            [(EXTENSION, extension), (EXTENSION_METADATA, "")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
        )
    }

    fn from_arrow(field: &Field) -> Option<Self> {
        let extension = field.metadata().get(EXTENSION).map(String::as_str);
        Some(match field.data_type() {
            DataType::Null => ScalarType::Null,
            DataType::Boolean => ScalarType::Boolean,
            DataType::Int64 => ScalarType::Int64,
            DataType::Float64 => ScalarType::Float64,
            DataType::Decimal128(_, scale) => ScalarType::Decimal(u8::try_from(*scale).ok()?),
            DataType::Utf8 if extension == Some(ARROW_JSON) => ScalarType::Json,
            DataType::Utf8 => ScalarType::Text,
            DataType::Date32 => ScalarType::Date,
            DataType::FixedSizeBinary(UUID_BYTES) => ScalarType::Uuid(LetterCase::Lower),
            DataType::Timestamp(unit, zone) => ScalarType::Timestamp(TimestampType {
                unit: match unit {
                    TimeUnit::Microsecond => TimestampUnit::Microsecond,
                    TimeUnit::Nanosecond => TimestampUnit::Nanosecond,
                    _ => return None,
                },
                zone: match zone {
                    Some(_) => Zone::Upper,
                    None => Zone::Local,
                },
                ..TimestampType::INSTANT
            }),
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
            ScalarType::Date => "date",
            ScalarType::Timestamp(of) => match (of.zone.is_utc(), of.unit) {
                (true, TimestampUnit::Microsecond) => "timestamp",
                (true, TimestampUnit::Nanosecond) => "timestamp(ns)",
                (false, TimestampUnit::Microsecond) => "local_timestamp",
                (false, TimestampUnit::Nanosecond) => "local_timestamp(ns)",
            },
            ScalarType::Uuid(_) => "uuid",
            ScalarType::Json => "json",
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
}

impl ColumnType {
    /// The text type.
    pub const TEXT: ColumnType = ColumnType::Scalar(ScalarType::Text);

    /// The type of the start of the run.
    pub const RUN_START: ColumnType = ColumnType::Scalar(ScalarType::Timestamp(TimestampType::RUN));

    /// The Arrow type of a finished column. Element fields are named `item`.
    #[must_use]
    pub fn arrow_type(self) -> DataType {
        match self {
            ColumnType::Scalar(scalar) => scalar.arrow_type(),
            ColumnType::List(element) => DataType::List(element.element_field()),
        }
    }

    /// The type of the values, or of the elements of lists.
    #[must_use]
    pub fn scalar(self) -> ScalarType {
        match self {
            ColumnType::Scalar(scalar) | ColumnType::List(scalar) => scalar,
        }
    }

    /// The form of the text of the values where a type has several: the pattern of timestamps, the
    /// case of UUIDs.
    #[must_use]
    pub fn form(self) -> Option<String> {
        match self.scalar() {
            ScalarType::Timestamp(of) => Some(of.to_string()),
            ScalarType::Uuid(case) => Some(case.to_string()),
            _ => None,
        }
    }

    /// The same type with the form of this text, if it can have it.
    #[must_use]
    pub fn with_form(self, form: &str) -> Self {
        let scalar = match self.scalar() {
            ScalarType::Timestamp(of) => form
                .parse()
                .ok()
                .filter(|form: &TimestampType| {
                    form.unit == of.unit && form.zone.is_utc() == of.zone.is_utc()
                })
                .map(ScalarType::Timestamp),
            ScalarType::Uuid(_) => form.parse().ok().map(ScalarType::Uuid),
            _ => None,
        };
        match (self, scalar) {
            (_, None) => self,
            (ColumnType::Scalar(_), Some(scalar)) => ColumnType::Scalar(scalar),
            (ColumnType::List(_), Some(scalar)) => ColumnType::List(scalar),
        }
    }

    /// The Arrow field of a column of this type. It says that values are UUIDs or JSON, by Arrow's
    /// extension types.
    #[must_use]
    pub fn arrow_field(self, name: &str, is_nullable: bool) -> Field {
        match self {
            ColumnType::Scalar(scalar) => scalar.arrow_field(name, is_nullable),
            ColumnType::List(_) => Field::new(name, self.arrow_type(), is_nullable),
        }
    }

    /// The type whose [`arrow_type`](Self::arrow_type) this is.
    pub(crate) fn from_arrow(field: &Field) -> Option<Self> {
        let found = match field.data_type() {
            DataType::List(element) => ColumnType::List(ScalarType::from_arrow(element)?),
            _ => ColumnType::Scalar(ScalarType::from_arrow(field)?),
        };
        (found.arrow_type() == *field.data_type()).then_some(found)
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnType::Scalar(scalar) => scalar.fmt(f),
            ColumnType::List(element) => write!(f, "list<{element}>"),
        }
    }
}
