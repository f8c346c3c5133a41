//! The type lattice: a column's type is a function of the set of value kinds
//! seen in it, and joining two columns is the union of their sets.
//!
//! Because the join is a set union it is associative, commutative and
//! idempotent, so a type never depends on threads, chunks or batches.

use arrow::datatypes::{DataType, Field, TimeUnit};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// The kind of one scalar value, as fine as the lattice needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// `true` or `false`.
    Boolean = 1,
    /// An integer that is exact in a float64: |n| <= 2^53.
    Integer = 2,
    /// An int64 beyond 2^53.
    LargeInteger = 4,
    /// An integer beyond int64 of at most 38 digits.
    Decimal = 8,
    /// A number with a fraction or an exponent, within float64.
    Float = 16,
    /// A number no numeric type holds: over 38 digits, or beyond float64.
    HugeNumber = 32,
    /// A string.
    String = 64,
}

impl Kind {
    const ALL: [Kind; 7] = [
        Kind::Boolean,
        Kind::Integer,
        Kind::LargeInteger,
        Kind::Decimal,
        Kind::Float,
        Kind::HugeNumber,
        Kind::String,
    ];

    /// The name in schemas.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Boolean => "boolean",
            Kind::Integer => "integer",
            Kind::LargeInteger => "large_integer",
            Kind::Decimal => "decimal",
            Kind::Float => "float",
            Kind::HugeNumber => "huge_number",
            Kind::String => "string",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind of an int64.
    #[inline]
    #[must_use]
    pub fn of_integer(value: i64) -> Self {
        if value.unsigned_abs() <= 1 << 53 {
            Kind::Integer
        } else {
            Kind::LargeInteger
        }
    }
}

/// A set of scalar kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KindSet(u8);

impl KindSet {
    /// Whether no value but null was seen.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `kind` was seen.
    #[inline]
    #[must_use]
    pub fn contains(self, kind: Kind) -> bool {
        self.0 & kind as u8 != 0
    }

    /// The set with `kind` in it.
    #[inline]
    #[must_use]
    pub fn with(self, kind: Kind) -> Self {
        Self(self.0 | kind as u8)
    }

    /// The union of both sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The kinds in the set.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL
            .into_iter()
            .filter(move |kind| self.contains(*kind))
    }

    /// The narrowest type that holds every kind of the set exactly.
    #[must_use]
    pub fn scalar_type(self) -> ScalarType {
        const BOOLEAN: u8 = Kind::Boolean as u8;
        const INTEGER: u8 = Kind::Integer as u8;
        const INT64: u8 = INTEGER | Kind::LargeInteger as u8;
        const DECIMAL: u8 = INT64 | Kind::Decimal as u8;
        const FLOAT: u8 = INTEGER | Kind::Float as u8;
        match self.0 {
            0 => ScalarType::Null,
            BOOLEAN => ScalarType::Boolean,
            set if set & !INT64 == 0 => ScalarType::Int64,
            set if set & !DECIMAL == 0 => ScalarType::Decimal,
            set if set & !FLOAT == 0 => ScalarType::Float64,
            _ => ScalarType::Text,
        }
    }

    /// Whether values other than strings became text.
    #[must_use]
    pub fn is_joined_to_text(self) -> bool {
        self.scalar_type() == ScalarType::Text && self.0 != Kind::String as u8
    }
}

impl FromIterator<Kind> for KindSet {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::default(), Self::with)
    }
}

/// The type of a scalar column or of a list's elements.
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
    /// `decimal(38, 0)`: an integer of at most 38 digits.
    Decimal,
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
            ScalarType::Decimal => DataType::Decimal128(38, 0),
            ScalarType::Text => DataType::Utf8,
        }
    }
}

impl fmt::Display for ScalarType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ScalarType::Null => "null",
            ScalarType::Boolean => "boolean",
            ScalarType::Int64 => "int64",
            ScalarType::Float64 => "float64",
            ScalarType::Decimal => "decimal(38,0)",
            ScalarType::Text => "text",
        })
    }
}

/// The type of a column.
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

/// What was seen in a column: the kinds of its scalars and, when it held
/// lists, the kinds of their elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Observed {
    /// Kinds of the scalar cells.
    pub scalars: KindSet,
    /// Kinds of the elements of list cells; `None` when there was no list.
    pub elements: Option<KindSet>,
}

impl Observed {
    /// What is seen in a column of strings.
    #[must_use]
    pub fn text() -> Self {
        Self {
            scalars: KindSet::default().with(Kind::String),
            elements: None,
        }
    }

    /// Notes a scalar.
    pub fn add(&mut self, kind: Kind) {
        self.scalars = self.scalars.with(kind);
    }

    /// Whether there was no value but null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.scalars.is_empty() && self.elements.is_none()
    }

    /// The join of both: the union of what was seen.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            scalars: self.scalars.union(other.scalars),
            elements: match (self.elements, other.elements) {
                (Some(a), Some(b)) => Some(a.union(b)),
                (a, b) => a.or(b),
            },
        }
    }

    /// The column type that holds all that was seen.
    #[must_use]
    pub fn column_type(&self) -> ColumnType {
        match self.elements {
            None => ColumnType::Scalar(self.scalars.scalar_type()),
            Some(elements) if self.scalars.is_empty() => ColumnType::List(elements.scalar_type()),
            Some(_) => ColumnType::TEXT,
        }
    }

    /// The column type with "only nulls" written as text, which is how a
    /// finished table stores it.
    #[must_use]
    pub fn final_type(&self) -> ColumnType {
        match self.column_type() {
            ColumnType::Scalar(ScalarType::Null) => ColumnType::TEXT,
            ColumnType::List(ScalarType::Null) => ColumnType::List(ScalarType::Text),
            other => other,
        }
    }

    /// Whether lists of mixed elements are carried as JSON text until the
    /// table is written, so that a string and a number stay distinguishable
    /// should the whole column become text.
    #[must_use]
    pub fn carries_lists_as_json(&self) -> bool {
        self.scalars.is_empty() && self.elements.is_some_and(KindSet::is_joined_to_text)
    }

    /// The Arrow type in which a column with this content travels before its
    /// final type is known.
    #[must_use]
    pub fn carried_type(&self) -> DataType {
        if self.carries_lists_as_json() {
            DataType::Utf8
        } else {
            self.column_type().arrow_type()
        }
    }

    /// Whether values that are not strings became text, in the column or in
    /// its lists.
    #[must_use]
    pub fn is_joined_to_text(&self) -> bool {
        match self.elements {
            None => self.scalars.is_joined_to_text(),
            Some(elements) => !self.scalars.is_empty() || elements.is_joined_to_text(),
        }
    }
}
