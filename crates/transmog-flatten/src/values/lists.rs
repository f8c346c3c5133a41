//! Lists of scalars, one a row.

use super::{cells::Cells, nulls::Nulls, scalar::Scalar};
use arrow::{
    array::{ArrayRef, ListArray},
    buffer::{OffsetBuffer, ScalarBuffer},
    datatypes::Field,
};
use std::sync::Arc;
use transmog_events::JsonText;

/// Lists of scalars, one a row.
#[derive(Clone, Debug)]
pub(crate) struct Lists {
    pub(crate) offsets: Vec<i32>,
    pub(super) nulls: Nulls,
    pub(crate) elements: Cells,
}

impl Default for Lists {
    fn default() -> Self {
        Self {
            offsets: vec![0],
            nulls: Nulls::default(),
            elements: Cells::default(),
        }
    }
}

impl Lists {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Appends a list of elements of the kinds that most have; else gives `false` and does nothing.
    #[inline]
    pub(crate) fn push_fast<'s>(&mut self, elements: impl Iterator<Item = Scalar<'s>>) -> bool {
        let start = self.elements.len();
        for element in elements {
            match element {
                Scalar::Null => self.elements.push_nulls(1),
                element if self.elements.push_fast(element) => {}
                _ => {
                    self.elements.truncate(start);
                    return false;
                }
            }
        }
        self.end();
        true
    }

    /// Ends a list: its elements were appended since the last one.
    pub(crate) fn end(&mut self) {
        let end = i32::try_from(self.elements.len()).expect("a chunk's lists are under 2^31");
        self.offsets.push(end);
    }

    pub(crate) fn push_nulls(&mut self, count: usize) {
        let len = self.len();
        self.nulls.add(len, count);
        self.offsets.resize(len + 1 + count, self.offsets[len]);
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.offsets.truncate(len + 1);
        self.nulls.truncate(len);
        self.elements.truncate(self.offsets[len] as usize);
    }

    pub(super) fn write_json(&self, at: usize, json: &mut JsonText) {
        json.begin_array();
        for element in self.offsets[at]..self.offsets[at + 1] {
            self.elements.get(element as usize).write_json(json);
        }
        json.end_array();
    }

    pub(super) fn finish(self) -> ArrayRef {
        let element = self.elements.kinds().with_forms(|_| false).scalar_type();
        let element = element.arrow_type();
        let field = Arc::new(Field::new(Field::LIST_FIELD_DEFAULT_NAME, element, true));
        let (len, values) = (self.len(), self.elements.finish());
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        let nulls = self.nulls.finish(len);
        Arc::new(ListArray::new(field, offsets, values, nulls))
    }
}
