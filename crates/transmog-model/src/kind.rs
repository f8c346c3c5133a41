//! Kinds of values, and sets of them. A set gives the type of scalars that holds them all.

use crate::{column_type::ScalarType, forms::TextForm};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use transmog_events::{DECIMAL_DIGITS, Decimal, digits_of};

/// The kind of one scalar value, as fine as the lattice needs it. It is exhaustive: who computes
/// types from kinds must handle each.
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

/// A set of scalar kinds; while a decimal may hold all their values, the most digits before and
/// after the point that any of these has; and if all are strings, the form of these.
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
/// let date = KindSet::of_text("2026-01-02");
/// assert_eq!(date.scalar_type(), ScalarType::Date);
/// assert_eq!(date.with(Kind::Integer).scalar_type(), ScalarType::Text);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KindSet {
    pub(crate) kinds: u8,
    pub(crate) whole: u8,
    pub(crate) scale: u8,
    pub(crate) form: TextForm,
}

const STRING: u8 = Kind::String as u8;
const BOOLEAN: u8 = Kind::Boolean as u8;
const INTEGER: u8 = Kind::Integer as u8;
pub(crate) const INT64: u8 = INTEGER | Kind::LargeInteger as u8;
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
            form: TextForm::Plain,
        }
    }

    /// A string, by its form.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self::of_form(TextForm::of(text))
    }

    /// Strings of this form.
    #[must_use]
    pub fn of_form(form: TextForm) -> Self {
        Self {
            form,
            ..Self::of(Kind::String)
        }
    }

    /// The form of the strings, if there is nothing else.
    #[must_use]
    pub fn form(self) -> TextForm {
        self.form
    }

    /// The same kinds, the strings in any form unless `keeps` says that theirs stays.
    #[must_use]
    pub fn with_forms(self, keeps: impl FnOnce(TextForm) -> bool) -> Self {
        match self.form == TextForm::Plain || keeps(self.form) {
            true => self,
            false => Self {
                form: TextForm::Plain,
                ..self
            },
        }
    }

    /// Whether there are strings and nothing else.
    #[must_use]
    pub fn is_text(self) -> bool {
        self.kinds == STRING
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
            whole,
            scale,
            ..self
        }
        .settled()
    }

    /// What counts: no digits where no decimal can be, no form unless all are strings, and a float64
    /// of whatever digits is one of few digits too.
    #[inline]
    fn settled(mut self) -> Self {
        if self.contains(Kind::Float) {
            self.kinds &= !(Kind::ShortFloat as u8);
        }
        if self.kinds & !DECIMAL != 0 {
            (self.whole, self.scale) = (0, 0);
        }
        if self.kinds != STRING {
            self.form = TextForm::Plain;
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
            form: match (self.contains(Kind::String), other.contains(Kind::String)) {
                (true, true) => self.form.join(other.form),
                (_, true) => other.form,
                _ => self.form,
            },
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
            STRING => self.form.scalar_type(),
            _ => ScalarType::Text,
        }
    }

    /// Whether values other than strings became text.
    #[must_use]
    pub fn is_joined_to_text(self) -> bool {
        self.scalar_type() == ScalarType::Text && self.kinds != STRING
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
