//! Nullable cells of scalars, and the kinds they can take.

use super::{
    nulls::Nulls,
    scalar::{Scalar, as_text},
    texts::Room,
    typed::Values,
};
use arrow::array::ArrayRef;
use std::ops::Range;
use transmog_model::{Kind, KindSet};

/// Nullable cells of scalars, and the kinds that can be appended without widening.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells {
    values: Values,
    nulls: Nulls,
    len: usize,
    kinds: KindSet,
    /// The magnitudes of integers that are among the kinds.
    integers: Range<u64>,
    /// Whether any text is among the kinds.
    takes_text: bool,
    /// Capacity for the first value.
    room: Room,
}

impl Cells {
    /// No cells, with capacity for as many as `last`.
    pub(crate) fn like(last: &Cells) -> Self {
        let bytes = match &last.values {
            Values::Text(texts) => Room::after(texts.bytes.len()),
            _ => 0,
        };
        Self {
            room: Room {
                cells: Room::after(last.len),
                bytes,
            },
            ..Self::default()
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bytes of the cells from one on, about.
    pub(crate) fn bytes_from(&self, at: usize) -> usize {
        let at = at.min(self.len);
        let cells = self.len - at;
        match &self.values {
            Values::Null => 0,
            Values::Boolean(_) => cells,
            Values::Integer(_) | Values::Float(_) => cells * size_of::<i64>(),
            Values::Decimal(..) => cells * size_of::<i128>(),
            Values::Text(texts) => {
                let text = texts.bytes.len() - texts.offsets[at] as usize;
                cells * size_of::<i32>() + text
            }
        }
    }

    pub(crate) fn push_nulls(&mut self, count: usize) {
        self.nulls.add(self.len, count);
        self.values.pad(count);
        self.len += count;
    }

    pub(crate) fn get(&self, at: usize) -> Scalar<'_> {
        match self.nulls.is_null(at) {
            true => Scalar::Null,
            false => self.values.get(at),
        }
    }

    /// The kinds that can be appended without widening.
    #[inline]
    pub(crate) fn kinds(&self) -> KindSet {
        self.kinds
    }

    pub(crate) fn push(&mut self, scalar: Scalar<'_>) {
        match scalar {
            Scalar::Null => return self.push_nulls(1),
            scalar => self.values.push(scalar),
        }
        self.len += 1;
    }

    /// Appends a value of the kind that most columns have; else gives `false` and does nothing.
    ///
    /// **Be advised:** this runs for nearly every scalar. It takes only what changes neither the
    /// kinds nor the type of the cells, so no other state need be looked at: a kind that is in
    /// the set, an integer within the magnitudes that the set has. All else goes through
    /// [`push`](Self::push), perhaps after widening.
    #[inline(always)]
    pub(crate) fn push_fast(&mut self, scalar: Scalar<'_>) -> bool {
        match (&mut self.values, scalar) {
            (Values::Text(texts), Scalar::Text(text)) if self.takes_text => {
                texts.push(text);
            }
            (Values::Integer(values), Scalar::Integer(value))
                if self.integers.contains(&value.unsigned_abs()) =>
            {
                values.push(value);
            }
            (Values::Float(values), Scalar::Float(value)) if self.kinds.contains(Kind::Float) => {
                values.push(value);
            }
            (Values::Boolean(values), Scalar::Boolean(value)) => values.push(value),
            _ => return false,
        }
        self.len += 1;
        true
    }

    /// The same cells in the type that has room for `kinds` too.
    pub(crate) fn widened(&self, kinds: KindSet) -> Cells {
        let kinds = self.kinds.union(kinds);
        let (integers, takes_text) = (kinds.integers(), kinds.holds(KindSet::of(Kind::String)));
        let physical = |kinds: KindSet| kinds.with_forms(|_| false).scalar_type();
        if physical(kinds) == physical(self.kinds) {
            return Cells {
                kinds,
                integers,
                takes_text,
                ..self.clone()
            };
        }
        let mut wide = Cells {
            values: Values::of(physical(kinds), self.room),
            kinds,
            integers,
            takes_text,
            ..Cells::default()
        };
        for at in 0..self.len {
            wide.push(self.get(at));
        }
        wide
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.values.truncate(len);
        self.nulls.truncate(len);
        self.len = len;
    }

    pub(crate) fn finish(self) -> ArrayRef {
        self.values.finish(self.len, self.nulls.finish(self.len))
    }
}

impl Cells {
    /// The same cells as text.
    pub(super) fn into_text(self) -> Cells {
        let mut text = text_cells();
        let mut cell = Vec::new();
        for at in 0..self.len {
            match self.get(at) {
                Scalar::Null => text.push_nulls(1),
                scalar => {
                    cell.clear();
                    scalar.write_text(&mut cell);
                    text.push(Scalar::Text(as_text(&cell)));
                }
            }
        }
        text
    }
}

/// Empty cells of text.
pub(super) fn text_cells() -> Cells {
    Cells::default().widened(KindSet::of(Kind::String))
}
