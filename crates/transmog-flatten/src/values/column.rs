//! The cells of a column in the physical form that holds everything it has seen.

use super::{
    cells::{Cells, text_cells},
    lists::Lists,
    scalar::Scalar,
};
use arrow::array::ArrayRef;
use transmog_events::JsonText;
use transmog_model::Observed;

/// The cells of one column of a chunk.
#[derive(Clone, Debug)]
pub(crate) enum ColumnValues {
    /// Scalars only.
    Scalars(Cells),
    /// Lists only, whose elements share a type that keeps them apart.
    Lists(Lists),
    /// Lists of mixed elements, or lists beside scalars: exact text.
    Text(Cells),
}

impl Default for ColumnValues {
    fn default() -> Self {
        ColumnValues::Scalars(Cells::default())
    }
}

impl ColumnValues {
    /// No cells, with capacity for as many as `last`.
    pub(crate) fn like(last: &ColumnValues) -> Self {
        match last {
            ColumnValues::Scalars(cells) => ColumnValues::Scalars(Cells::like(cells)),
            _ => ColumnValues::default(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            ColumnValues::Scalars(cells) | ColumnValues::Text(cells) => cells.len(),
            ColumnValues::Lists(lists) => lists.len(),
        }
    }

    /// Bytes of the cells from one on, about.
    pub(crate) fn bytes_from(&self, at: usize) -> usize {
        match self {
            ColumnValues::Scalars(cells) | ColumnValues::Text(cells) => cells.bytes_from(at),
            ColumnValues::Lists(lists) => {
                let at = at.min(lists.len());
                let elements = lists.elements.bytes_from(lists.offsets[at] as usize);
                (lists.len() - at) * size_of::<i32>() + elements
            }
        }
    }

    pub(crate) fn push_nulls(&mut self, count: usize) {
        match self {
            ColumnValues::Scalars(cells) | ColumnValues::Text(cells) => cells.push_nulls(count),
            ColumnValues::Lists(lists) => lists.push_nulls(count),
        }
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        match self {
            ColumnValues::Scalars(cells) | ColumnValues::Text(cells) => cells.truncate(len),
            ColumnValues::Lists(lists) => lists.truncate(len),
        }
    }

    /// The cells in the physical form for `seen`, which includes what is in them.
    pub(crate) fn widened(&self, seen: &Observed) -> ColumnValues {
        let as_text =
            seen.elements.is_some() && (!seen.scalars.is_empty() || seen.carries_lists_as_json());
        match self {
            ColumnValues::Scalars(cells) if seen.elements.is_none() => {
                ColumnValues::Scalars(cells.widened(seen.scalars))
            }
            ColumnValues::Scalars(cells) if !as_text => {
                let mut lists = Lists::default();
                lists.elements = lists.elements.widened(seen.elements.unwrap_or_default());
                lists.push_nulls(cells.len());
                ColumnValues::Lists(lists)
            }
            ColumnValues::Scalars(cells) => ColumnValues::Text(cells.clone().into_text()),
            ColumnValues::Lists(lists) if !as_text => ColumnValues::Lists(Lists {
                elements: lists.elements.widened(seen.elements.unwrap_or_default()),
                ..lists.clone()
            }),
            ColumnValues::Lists(lists) => {
                let mut text = text_cells();
                let mut json = JsonText::default();
                for at in 0..lists.len() {
                    if lists.nulls.is_null(at) {
                        text.push_nulls(1);
                    } else {
                        json.clear();
                        lists.write_json(at, &mut json);
                        text.push(Scalar::Text(json.as_str()));
                    }
                }
                ColumnValues::Text(text)
            }
            ColumnValues::Text(cells) => ColumnValues::Text(cells.clone()),
        }
    }

    pub(crate) fn finish(self) -> ArrayRef {
        match self {
            ColumnValues::Scalars(cells) | ColumnValues::Text(cells) => cells.finish(),
            ColumnValues::Lists(lists) => lists.finish(),
        }
    }
}
