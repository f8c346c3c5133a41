//! The events of a record.

use super::{scalars::one_form, state::Flattener};
use crate::{
    choices::Numbers,
    cursor::Frame,
    values::{Scalar, as_text},
};
use transmog_events::{EventSink, Rejection, gives_back, significant_digits};
use transmog_model::LossKind;

/// A float64 is trusted with numbers of this many significant digits: enough to tell all float64
/// apart.
const FLOAT_DIGITS: usize = 17;

impl EventSink for Flattener {
    #[inline]
    fn begin_object(&mut self) -> Result<(), Rejection> {
        self.begin(false)
    }

    #[inline]
    fn key(&mut self, key: &str) -> Result<(), Rejection> {
        if let Some(content) = &mut self.content {
            content.key(key);
        }
        match self.cursor.frame {
            Frame::Object {
                node, object, next, ..
            } => {
                let place = self.member(node, key, next, object)?;
                if let Frame::Object { next, member, .. } = &mut self.cursor.frame {
                    *next = place.next;
                    *member = place.node;
                }
            }
            Frame::Text { .. } => {
                self.cursor.check_key(key)?;
                self.cursor.json.key(key);
            }
            // Keys are checked in what is left out, too.
            Frame::Skip { .. } => self.cursor.check_key(key)?,
            Frame::Members { .. } => self.map_key(key)?,
            _ => {}
        }
        Ok(())
    }

    #[inline]
    fn leaves_out(&mut self) -> bool {
        self.can_skip && self.leaves_out_member()
    }

    #[inline(always)]
    fn known_key(&mut self, json: &[u8]) -> Option<usize> {
        let Frame::Object {
            object,
            next,
            member,
            ..
        } = &mut self.cursor.frame
        else {
            return None;
        };
        let (place, length) = self.members.next_in(json, *next, *object)?;
        *member = place.node;
        *next = place.next;
        if let Some(content) = &mut self.content {
            content.key(as_text(&json[..length]));
        }
        Some(length)
    }

    #[inline]
    fn end_object(&mut self) -> Result<(), Rejection> {
        if let Some(content) = &mut self.content {
            content.end();
        }
        match self.cursor.frame {
            Frame::Object { node, member, .. } => {
                // No member came.
                if member == node {
                    self.loss_of_empty_object(node);
                }
                self.cursor.pop();
            }
            Frame::Members { table, index, .. } => self.end_map(table, index),
            Frame::Text { .. } => {
                self.cursor.json_objects.pop();
                self.cursor.json.end_object();
                self.end_text();
            }
            _ => {
                self.cursor.json_objects.pop();
                self.end_skip();
            }
        }
        Ok(())
    }

    #[inline]
    fn begin_array(&mut self) -> Result<(), Rejection> {
        self.begin(true)
    }

    fn end_array(&mut self) -> Result<(), Rejection> {
        if let Some(content) = &mut self.content {
            content.end();
        }
        match self.cursor.frame {
            Frame::List {
                node,
                row,
                treatment,
                ..
            } => {
                self.end_list(node, row, treatment)?;
                self.cursor.pop();
            }
            Frame::Rows { table, index, .. } => {
                if index == 0 {
                    let array = self.tables[table as usize].array as u32;
                    self.loss(array, LossKind::EmptyArray);
                }
                self.cursor.pop();
            }
            Frame::Text { .. } => {
                self.cursor.json.end_array();
                self.end_text();
            }
            _ => self.end_skip(),
        }
        Ok(())
    }

    #[inline]
    fn null(&mut self) -> Result<(), Rejection> {
        self.scalar(Scalar::Null)
    }

    #[inline]
    fn boolean(&mut self, value: bool) -> Result<(), Rejection> {
        self.scalar(Scalar::Boolean(value))
    }

    #[inline(always)]
    fn integer(&mut self, value: i64) -> Result<(), Rejection> {
        self.scalar(Scalar::Integer(value))
    }

    #[inline]
    fn decimal(&mut self, value: i128) -> Result<(), Rejection> {
        self.scalar(Scalar::Decimal(value, 0))
    }

    #[inline(always)]
    fn float(&mut self, value: f64) -> Result<(), Rejection> {
        self.scalar(Scalar::Float(value))
    }

    #[inline]
    fn long_float(&mut self, nearest: f64, text: &str) -> Result<(), Rejection> {
        let is_float = match self.options.numbers {
            // Below the normal range, a float64 has fewer digits.
            Numbers::Float64 if nearest.is_subnormal() => gives_back(nearest, text),
            // Most numbers are this short with their point, and need no look at their digits.
            Numbers::Float64 => {
                text.len() <= FLOAT_DIGITS + 1 || significant_digits(text) <= FLOAT_DIGITS
            }
            Numbers::Exact => gives_back(nearest, text),
        };
        match is_float {
            true if self.wants_digits() && !gives_back(nearest, text) => self.digits(nearest, text),
            true => self.scalar(Scalar::Float(nearest)),
            false => self.long_number(nearest, text),
        }
    }

    fn exact_number(&mut self, text: &str) -> Result<(), Rejection> {
        let is_integer = !text.contains(['.', 'e', 'E']);
        match text.parse::<f64>() {
            Ok(float) if !is_integer && float.is_finite() && gives_back(float, text) => {
                self.scalar(Scalar::ShortFloat(float))
            }
            _ => self.scalar(Scalar::Exact(&one_form(text))),
        }
    }

    #[inline(always)]
    fn string(&mut self, value: &str) -> Result<(), Rejection> {
        self.scalar(Scalar::Text(value))
    }
}
