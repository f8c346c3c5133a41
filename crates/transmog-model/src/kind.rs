//! The type lattice: a column's type is a function of the set of value kinds
//! seen in it, and joining two columns is the union of their sets.
//!
//! Because the join is a set union it is associative, commutative and
//! idempotent, so a type never depends on threads, chunks or batches.

use arrow::datatypes::{DataType, Field, TimeUnit};
use serde::{Deserialize, Serialize};
use std::{fmt, ops::Range, sync::Arc};
use transmog_events::{DECIMAL_DIGITS, Decimal, digits_of};

/// The kind of one scalar value, as fine as the lattice needs it.
///
/// # Examples
///
/// ```
/// use transmog_model::Kind;
///
/// assert_eq!(Kind::of_integer(1 << 53), Kind::Integer);
/// assert_eq!(Kind::of_integer((1 << 53) + 1), Kind::LargeInteger);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// `true` or `false`.
    Boolean = 1,
    /// An integer that is exact in a float64: |n| <= 2^53.
    Integer = 2,
    /// An int64 beyond 2^53.
    LargeInteger = 4,
    /// A number of at most 38 digits that neither an int64 nor a float64 is.
    Decimal = 8,
    /// A number with a fraction or an exponent, within float64.
    Float = 16,
    /// A number no numeric type holds: over 38 digits, or beyond float64.
    HugeNumber = 32,
    /// A string.
    String = 64,
    /// A float64 that is a number of at most 38 digits too. Where numbers are not
    /// exact it is a [`Float`](Self::Float) like all others.
    ShortFloat = 128,
}

transmog_events::names! {
    Kind, "kind" {
        Boolean = "boolean",
        Integer = "integer",
        LargeInteger = "large_integer",
        Decimal = "decimal",
        Float = "float",
        HugeNumber = "huge_number",
        String = "string",
        ShortFloat = "short_float",
    }
}

/// The largest magnitude of the integers that are all exact in a float64.
const MAX_SMALL: u64 = 1 << 53;

impl Kind {
    /// Digits before and after the point that values of this kind have at most,
    /// where a decimal holds them.
    fn digits(self) -> (u8, u8) {
        match self {
            Kind::Integer => (16, 0),
            Kind::LargeInteger => (19, 0),
            Kind::Decimal => (DECIMAL_DIGITS, 0),
            Kind::ShortFloat => (21, DECIMAL_DIGITS),
            _ => (0, 0),
        }
    }

    /// The kind of an int64.
    #[inline]
    #[must_use]
    pub fn of_integer(value: i64) -> Self {
        if value.unsigned_abs() <= MAX_SMALL {
            Kind::Integer
        } else {
            Kind::LargeInteger
        }
    }
}

/// A set of scalar kinds and, while a decimal may hold all their values, the
/// most digits before and after the point that any of these has.
///
/// # Examples
///
/// ```
/// use transmog_model::{Kind, KindSet, ScalarType};
///
/// let set = KindSet::of_integer(42).union(KindSet::of(Kind::LargeInteger));
/// assert_eq!(set.scalar_type(), ScalarType::Int64);
/// // No float64 holds all large integers.
/// assert_eq!(set.with(Kind::Float).scalar_type(), ScalarType::Text);
/// assert!(set.holds(KindSet::of_integer(7)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KindSet {
    kinds: u8,
    whole: u8,
    scale: u8,
}

const BOOLEAN: u8 = Kind::Boolean as u8;
const INTEGER: u8 = Kind::Integer as u8;
const INT64: u8 = INTEGER | Kind::LargeInteger as u8;
const ANY_FLOAT: u8 = Kind::Float as u8 | Kind::ShortFloat as u8;
const DECIMAL: u8 = INT64 | Kind::Decimal as u8 | Kind::ShortFloat as u8;

impl KindSet {
    /// Values of one kind, of as many digits as it may have.
    #[inline]
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        let (whole, scale) = kind.digits();
        Self {
            kinds: kind as u8,
            whole,
            scale,
        }
    }

    /// A value of this kind that is this decimal.
    #[must_use]
    pub fn of_decimal(kind: Kind, value: Decimal) -> Self {
        Self::of(kind).with_digits(value.whole(), value.scale())
    }

    /// An int64, by its digits.
    #[must_use]
    pub fn of_integer(value: i64) -> Self {
        let digits = digits_of(value.unsigned_abs().into());
        Self::of(Kind::of_integer(value)).with_digits(digits, 0)
    }

    /// The same kinds with values of at most so many digits before and after the point.
    #[must_use]
    pub fn with_digits(self, whole: u8, scale: u8) -> Self {
        Self {
            kinds: self.kinds,
            whole,
            scale,
        }
        .settled()
    }

    /// What counts: no digits where no decimal can be, and a float64 of whatever
    /// digits is one of few digits too.
    #[inline]
    fn settled(mut self) -> Self {
        if self.contains(Kind::Float) {
            self.kinds &= !(Kind::ShortFloat as u8);
        }
        if self.kinds & !DECIMAL != 0 {
            (self.whole, self.scale) = (0, 0);
        }
        self
    }

    /// The most digits before and after the point.
    #[must_use]
    pub fn digits(self) -> (u8, u8) {
        (self.whole, self.scale)
    }

    /// Whether no value but null was seen.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.kinds == 0
    }

    /// Whether `kind` was seen.
    #[inline]
    #[must_use]
    pub fn contains(self, kind: Kind) -> bool {
        self.kinds & kind as u8 != 0
    }

    /// Whether the union with `other` is this set.
    #[inline]
    #[must_use]
    pub fn holds(self, other: Self) -> bool {
        self.union(other) == self
    }

    /// The set with `kind` in it.
    #[inline]
    #[must_use]
    pub fn with(self, kind: Kind) -> Self {
        self.union(Self::of(kind))
    }

    /// The union of both sets.
    #[inline]
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            kinds: self.kinds | other.kinds,
            whole: self.whole.max(other.whole),
            scale: self.scale.max(other.scale),
        }
        .settled()
    }

    /// The kinds in the set.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL
            .into_iter()
            .filter(move |kind| self.contains(*kind))
    }

    /// The magnitudes of the integers that are in the set, the end excluded.
    #[must_use]
    pub fn integers(self) -> Range<u64> {
        let start = match self.contains(Kind::Integer) {
            true => 0,
            false => MAX_SMALL + 1,
        };
        let end = match self.contains(Kind::LargeInteger) {
            true => u64::MAX,
            false => MAX_SMALL + 1,
        };
        start..end.min(10u64.checked_pow(self.whole.into()).unwrap_or(u64::MAX))
    }

    /// The narrowest type that holds every value of the set exactly.
    #[must_use]
    pub fn scalar_type(self) -> ScalarType {
        match self.kinds {
            0 => ScalarType::Null,
            BOOLEAN => ScalarType::Boolean,
            set if set & !INT64 == 0 => ScalarType::Int64,
            set if set & !(INTEGER | ANY_FLOAT) == 0 => ScalarType::Float64,
            set if set & !DECIMAL == 0 && self.whole + self.scale <= DECIMAL_DIGITS => {
                ScalarType::Decimal(self.scale)
            }
            _ => ScalarType::Text,
        }
    }

    /// Whether values other than strings became text.
    #[must_use]
    pub fn is_joined_to_text(self) -> bool {
        self.scalar_type() == ScalarType::Text && self.kinds != Kind::String as u8
    }
}

impl FromIterator<Kind> for KindSet {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::default(), Self::with)
    }
}

impl FromIterator<KindSet> for KindSet {
    fn from_iter<I: IntoIterator<Item = KindSet>>(sets: I) -> Self {
        sets.into_iter().fold(Self::default(), Self::union)
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

/// The type of a column.
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

/// What was seen in a column: the kinds of its scalars and, when it held
/// lists, the kinds of their elements.
///
/// # Examples
///
/// ```
/// use transmog_model::{ColumnType, Kind, KindSet, Observed, ScalarType};
///
/// let elements = KindSet::of(Kind::Integer).with(Kind::String);
/// let lists = Observed::default().with(elements, true);
/// assert_eq!(lists.final_type(), ColumnType::List(ScalarType::Text));
/// // A string in a later row makes text of the whole column.
/// assert_eq!(lists.join(Observed::text()).final_type(), ColumnType::TEXT);
/// ```
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
            scalars: KindSet::of(Kind::String),
            elements: None,
        }
    }

    /// Notes a scalar.
    pub fn add(&mut self, kind: Kind) {
        self.scalars = self.scalars.with(kind);
    }

    /// The same with these scalars, or elements of lists, seen too.
    #[must_use]
    pub fn with(self, kinds: KindSet, in_list: bool) -> Self {
        self.join(match in_list {
            false => Self {
                scalars: kinds,
                elements: None,
            },
            true => Self {
                scalars: KindSet::default(),
                elements: Some(kinds),
            },
        })
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

    /// The column type in which a segment of a file holds the column while more
    /// rows may come: [`final_type`](Self::final_type), but text in place of
    /// lists of mixed elements, whose JSON text tells `1` from `"1"`.
    ///
    /// # Examples
    ///
    /// ```
    /// use transmog_model::{ColumnType, Kind, KindSet, Observed, ScalarType};
    ///
    /// let lists = |kinds| Observed::default().with(kinds, true);
    /// let strings = KindSet::of(Kind::String);
    /// assert_eq!(lists(strings).segment_type(), ColumnType::List(ScalarType::Text));
    /// assert_eq!(lists(strings.with(Kind::Boolean)).segment_type(), ColumnType::TEXT);
    /// ```
    #[must_use]
    pub fn segment_type(&self) -> ColumnType {
        match self.carries_lists_as_json() {
            true => ColumnType::TEXT,
            false => self.final_type(),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// No value, and values of all kinds and some digits.
    fn values() -> [KindSet; 15] {
        let decimal = |kind, text| {
            KindSet::of_decimal(kind, Decimal::parse(text).expect("at most 38 digits"))
        };
        [
            KindSet::default(),
            KindSet::of(Kind::Boolean),
            KindSet::of(Kind::Integer),
            KindSet::of(Kind::LargeInteger),
            KindSet::of(Kind::Float),
            KindSet::of(Kind::HugeNumber),
            KindSet::of(Kind::String),
            KindSet::of_integer(0),
            KindSet::of_integer(-999),
            KindSet::of_integer(i64::MIN),
            decimal(Kind::Decimal, "18446744073709551616"),
            decimal(Kind::Decimal, "1.123456789012345678"),
            decimal(Kind::Decimal, "0.12345678901234567890123456789012345678"),
            decimal(Kind::ShortFloat, "0.5"),
            decimal(Kind::ShortFloat, "1e20"),
        ]
    }

    /// Sets of up to two values.
    fn sets() -> Vec<KindSet> {
        let pairs = values().map(|a| values().map(|b| a.union(b)));
        let mut sets = pairs.concat();
        sets.sort_by_key(|set| (set.kinds, set.whole, set.scale));
        sets.dedup();
        sets
    }

    /// Whether a column of the one type can become one of the other.
    fn is_wider(from: ScalarType, to: ScalarType) -> bool {
        use ScalarType::{Decimal, Float64, Int64, Null, Text};
        match (from, to) {
            (Null, _) | (_, Text) => true,
            (Int64 | Float64, Decimal(_)) | (Int64, Float64) => true,
            (Decimal(from), Decimal(to)) => from <= to,
            _ => from == to,
        }
    }

    #[test]
    fn the_join_is_a_union_and_types_only_widen() {
        let sets = sets();
        assert!(sets.len() > 60, "{}", sets.len());
        for &a in &sets {
            assert_eq!(a.union(a), a);
            for &b in &sets {
                let both = a.union(b);
                assert_eq!(both, b.union(a));
                assert!(both.holds(a) && both.holds(b), "{a:?} {b:?}");
                let (from, to) = (a.scalar_type(), both.scalar_type());
                assert!(is_wider(from, to), "{a:?} {b:?}: {from} to {to}");
                // Every set is a union of values.
                for c in values() {
                    assert_eq!(both.union(c), a.union(b.union(c)), "{a:?} {b:?} {c:?}");
                }
            }
        }
    }

    #[test]
    fn integers_of_a_set_are_those_it_holds() {
        for set in sets() {
            let all = set.integers();
            for value in [
                0,
                1,
                9,
                10,
                999,
                1000,
                1 << 53,
                (1 << 53) + 1,
                i64::MAX,
                i64::MIN,
            ] {
                let is_in = all.contains(&value.unsigned_abs());
                let counts = set.kinds & !INT64 == 0;
                let holds = set.holds(KindSet::of_integer(value));
                assert!(!counts || is_in == holds, "{set:?} {value}");
            }
        }
    }
}
