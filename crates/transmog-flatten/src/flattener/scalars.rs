//! Scalars of a record, wherever they are.

use super::state::Flattener;
use crate::{choices::Numbers, cursor::Frame, shape::NONE, values::Scalar};
use std::borrow::Cow;
use transmog_events::Rejection;
use transmog_model::LossKind;

impl Flattener {
    /// A scalar wherever it is. Nearly all are members that go to the end of their column, which
    /// needs no call.
    #[inline(always)]
    pub(super) fn scalar(&mut self, scalar: Scalar<'_>) -> Result<(), Rejection> {
        if self.content.is_some() {
            self.content_scalar(scalar);
        }
        if let Frame::Object { member, row, .. } = self.cursor.frame
            && !matches!(scalar, Scalar::Null | Scalar::Text(""))
            && self.put_fast(member, row, scalar)
        {
            return Ok(());
        }
        self.scalar_slowly(scalar)
    }

    #[inline(never)]
    fn scalar_slowly(&mut self, scalar: Scalar<'_>) -> Result<(), Rejection> {
        match &mut self.cursor.frame {
            Frame::Object { member, row, .. } => {
                let (member, row) = (*member, *row);
                self.value(member, row, scalar)?;
            }
            Frame::Members { table, row, .. } => {
                let (node, row) = (self.tables[*table as usize].element as u32, *row);
                self.value(node, row, scalar)?;
            }
            Frame::List {
                node, treatment, ..
            } => {
                let (node, treatment) = (*node, *treatment);
                match treatment {
                    NONE => self.cursor.keep(scalar),
                    _ => self.list_element(node, treatment, scalar)?,
                }
                if self.growth.is_due(1) {
                    self.check_growth();
                    self.growth.allowed()?;
                }
            }
            Frame::Rows {
                table,
                parent_row,
                index,
            } => {
                let (table, parent_row, at) = (*table, *parent_row, *index);
                *index += 1;
                self.element(table, parent_row, at, scalar)?;
                self.growth.allowed()?;
            }
            Frame::Text { .. } => scalar.write_json(&mut self.cursor.json),
            Frame::Skip { .. } => {}
            Frame::Start => return Err(not_an_object()),
        }
        Ok(())
    }

    /// A scalar that is the value of a member, or of a row.
    fn value(&mut self, node: u32, row: u32, scalar: Scalar<'_>) -> Result<(), Rejection> {
        if self.nodes[node as usize].is_special {
            return self.special_value(node, row, scalar);
        }
        self.plain_value(node, row, scalar);
        Ok(())
    }

    /// A scalar to which nothing is left to do.
    pub(super) fn plain_value(&mut self, node: u32, row: u32, scalar: Scalar<'_>) {
        match scalar {
            Scalar::Null | Scalar::Text("") if self.leaves_out_unknown && self.is_unknown(node) => {
                self.loss(node, LossKind::NotInSchema);
            }
            Scalar::Null => {
                self.column(node, row);
                if !self.options.include_nulls {
                    self.loss(node, LossKind::Null);
                }
            }
            Scalar::Text("") if !self.options.include_nulls => {
                self.column(node, row);
                self.loss(node, LossKind::EmptyString);
            }
            scalar => self.put(node, row, scalar),
        }
    }

    /// A scalar that is an element of an array whose elements are rows.
    pub(super) fn element(
        &mut self,
        table: u32,
        parent_row: u32,
        index: i64,
        scalar: Scalar<'_>,
    ) -> Result<(), Rejection> {
        let node = self.tables[table as usize].element as u32;
        if self.nodes[node as usize].is_special && self.is_parsed_or_left_out(node, scalar)? {
            return Ok(());
        }
        if !self.options.include_nulls {
            let treatment = self.treatment(node);
            let keeps_json = treatment.is_some_and(|treatment| treatment.json.is_some());
            let loss = match scalar {
                Scalar::Null => Some(LossKind::Null),
                Scalar::Text("") if !keeps_json => Some(LossKind::EmptyString),
                _ => None,
            };
            if let Some(loss) = loss {
                self.loss(node, loss);
                return Ok(());
            }
        }
        let row = self.new_row(table, parent_row, index);
        let is_value = !matches!(scalar, Scalar::Null | Scalar::Text(""));
        if is_value && self.put_fast(node, row, scalar) {
            return Ok(());
        }
        self.value(node, row, scalar)
    }

    /// A number with more digits than its nearest float64 gives back.
    #[cold]
    pub(super) fn long_number(&mut self, nearest: f64, text: &str) -> Result<(), Rejection> {
        let text = one_form(text);
        self.scalar(match self.options.numbers {
            Numbers::Float64 => Scalar::Rounded(nearest, &text),
            Numbers::Exact => Scalar::Exact(&text),
        })
    }
}

/// A number as it was written, but with the exponent `e400` for `E400` and `e+400`: not all front
/// ends tell these apart.
pub(super) fn one_form(text: &str) -> Cow<'_, str> {
    match text.contains(['E', '+']) {
        true => text.replace('E', "e").replace('+', "").into(),
        false => text.into(),
    }
}

#[cold]
pub(super) fn not_an_object() -> Rejection {
    Rejection::invalid(None, "expected an object as the record")
}
