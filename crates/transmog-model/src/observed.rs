//! The type lattice: a column's type is a function of the set of value kinds
//! seen in it, and joining two columns is the union of their sets.
//!
//! Because the join is a set union it is associative, commutative and
//! idempotent, so a type never depends on threads, chunks or batches.

use crate::{
    column_type::{ColumnType, ScalarType},
    forms::TextForm,
    kind::{Kind, KindSet},
};
use arrow::{
    array::{Array, AsArray, StringArray},
    datatypes::DataType,
};
use serde::{Deserialize, Serialize};

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
        let both = Self {
            scalars: self.scalars.union(other.scalars),
            elements: match (self.elements, other.elements) {
                (Some(a), Some(b)) => Some(a.union(b)),
                (a, b) => a.or(b),
            },
        };
        // Beside lists a scalar is text, whatever its form.
        match both.elements.is_some() && !both.scalars.is_empty() {
            true => both.with_forms(|_| false),
            false => both,
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
            // Text stays text until the form of all texts is known.
            self.with_forms(|_| false).column_type().arrow_type()
        }
    }

    /// The same, texts in any form unless `keeps` says that theirs stays.
    #[must_use]
    pub fn with_forms(self, keeps: impl Fn(TextForm) -> bool) -> Self {
        Self {
            scalars: self.scalars.with_forms(&keeps),
            elements: self.elements.map(|elements| elements.with_forms(keeps)),
        }
    }

    /// The same with the form of its texts, given all cells that it was seen in, as
    /// [`carried_type`](Self::carried_type) has them.
    ///
    /// # Examples
    ///
    /// ```
    /// use arrow::array::StringArray;
    /// use transmog_model::{Observed, ScalarType};
    ///
    /// let days = StringArray::from(vec![Some("2026-01-02"), None]);
    /// let seen = Observed::text().with_form_of(&days);
    /// assert_eq!(seen.final_type().scalar(), ScalarType::Date);
    /// ```
    #[must_use]
    pub fn with_form_of(self, cells: &dyn Array) -> Self {
        match (self.elements, cells.data_type()) {
            (None, DataType::Utf8) if self.scalars.is_text() => Self {
                scalars: with_form_of(self.scalars, cells.as_string()),
                ..self
            },
            (Some(elements), DataType::List(_)) if elements.is_text() => {
                let values = cells.as_list::<i32>().values();
                let texts = values.as_string_opt::<i32>();
                Self {
                    elements: texts.map(|texts| with_form_of(elements, texts)),
                    ..self
                }
            }
            _ => self,
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

/// The kind of these strings with their form.
fn with_form_of(kinds: KindSet, texts: &StringArray) -> KindSet {
    if kinds.form() != TextForm::Plain {
        return kinds;
    }
    let mut form: Option<TextForm> = None;
    for text in texts.iter().flatten() {
        let next = TextForm::of(text);
        let both = form.map_or(next, |form| form.join(next));
        if both == TextForm::Plain {
            return kinds;
        }
        form = Some(both);
    }
    form.map_or(kinds, KindSet::of_form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::INT64;
    use transmog_events::Decimal;

    /// No value, and values of all kinds and some digits.
    fn values() -> [KindSet; 22] {
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
            KindSet::of_text("2026-01-02"),
            KindSet::of_text("2026-01-02T03:04:05Z"),
            KindSet::of_text("2026-01-02T03:04:05.1Z"),
            KindSet::of_text("2026-01-02T03:04:05.000000001Z"),
            KindSet::of_text("0001-01-01T00:00:00Z"),
            KindSet::of_text("0190163d-8694-739b-aea5-966c26f8ad90"),
            KindSet::of_form(TextForm::Json),
        ]
    }

    /// Sets of up to two values.
    fn sets() -> Vec<KindSet> {
        let pairs = values().map(|a| values().map(|b| a.union(b)));
        let mut sets = pairs.concat();
        sets.sort_by_key(|set| format!("{set:?}"));
        sets.dedup();
        sets
    }

    /// Whether a column of the one type can become one of the other.
    fn is_wider(from: ScalarType, to: ScalarType) -> bool {
        use ScalarType::{Decimal, Float64, Int64, Null, Text, Timestamp};
        match (from, to) {
            (Timestamp(from), Timestamp(to)) => from.zone == to.zone,
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
