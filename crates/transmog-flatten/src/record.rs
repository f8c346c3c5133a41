//! The events of a record to rows and cells.

use crate::{
    cursor::{Frame, Pending},
    flattener::Flattener,
    options::{ArrayMode, Numbers},
    values::Scalar,
};
use std::borrow::Cow;
use transmog_events::{EventSink, Rejection, gives_back, significant_digits};
use transmog_model::LossKind;

/// Significant digits of a number that a float64 is trusted with: as many as tell
/// all float64 apart.
const FLOAT_DIGITS: usize = 17;

impl Flattener {
    /// The value of a member, or of a row.
    fn value(&mut self, node: u32, row: u32, scalar: Scalar<'_>) {
        if self.nodes[node as usize].is_natural_id && self.put_natural_id(node, row, scalar) {
            return;
        }
        match scalar {
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

    /// An element that is a primitive, of an array whose elements are rows.
    fn element(&mut self, table: u32, parent_row: u32, index: i64, scalar: Scalar<'_>) {
        let node = self.tables[table as usize].element as u32;
        if !self.options.include_nulls {
            match scalar {
                Scalar::Null => return self.loss(node, LossKind::Null),
                Scalar::Text("") => return self.loss(node, LossKind::EmptyString),
                _ => {}
            }
        }
        let row = self.new_row(table, parent_row, index);
        self.value(node, row, scalar);
    }

    /// A value wherever it stands; a member that goes to the end of its column,
    /// as nearly all do, with no call.
    #[inline(always)]
    fn scalar(&mut self, scalar: Scalar<'_>) -> Result<(), Rejection> {
        if let Some(content) = &mut self.content {
            content.scalar(scalar);
        }
        if let Frame::Object { member, row, .. } = self.cursor.frame
            && !matches!(scalar, Scalar::Null | Scalar::Text(""))
            && self.put_fast(member, row, scalar)
        {
            return Ok(());
        }
        self.scalar_slowly(scalar)
    }

    /// A number of more digits than its nearest float64 gives back.
    #[cold]
    fn long_number(&mut self, nearest: f64, text: &str) -> Result<(), Rejection> {
        let text = one_form(text);
        self.scalar(match self.options.numbers {
            Numbers::Float64 => Scalar::Rounded(nearest, &text),
            Numbers::Exact => Scalar::Exact(&text),
        })
    }

    fn scalar_slowly(&mut self, scalar: Scalar<'_>) -> Result<(), Rejection> {
        match &mut self.cursor.frame {
            Frame::Object { member, row, .. } => {
                let (member, row) = (*member, *row);
                self.value(member, row, scalar);
            }
            Frame::List { .. } => {
                self.cursor.keep(scalar);
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
                self.element(table, parent_row, at, scalar);
                self.growth.allowed()?;
            }
            Frame::Text { .. } => scalar.write_json(&mut self.cursor.json),
            Frame::Skip { .. } => {}
            Frame::Start => return Err(not_an_object()),
        }
        Ok(())
    }

    /// The list in progress holds an object or an array: its elements are rows.
    fn list_to_rows(&mut self) {
        let Frame::List { node, row } = self.cursor.frame else {
            return;
        };
        let table = self.child_table(node);
        let pending = std::mem::take(&mut self.cursor.pending);
        let text = std::mem::take(&mut self.cursor.pending_text);
        for (index, element) in pending.iter().enumerate() {
            self.element(table, row, index as i64, element.scalar(&text));
        }
        let index = pending.len() as i64;
        self.cursor.frame = Frame::Rows {
            table,
            parent_row: row,
            index,
        };
        self.cursor.pending = pending;
        self.cursor.pending_text = text;
        self.cursor.clear_pending();
    }

    fn end_list(&mut self, node: u32, row: u32) {
        let pending = std::mem::take(&mut self.cursor.pending);
        let text = std::mem::take(&mut self.cursor.pending_text);
        if pending.is_empty() && !self.options.include_nulls {
            self.loss_of_empty(node, LossKind::EmptyArray);
        } else if self.options.stringify_values {
            let mut cells = Vec::new();
            for element in &pending {
                let mut cell = Vec::new();
                element.scalar(&text).write_text(&mut cell);
                cells.push(String::from_utf8(cell).expect("scalars are UTF-8"));
            }
            let elements = pending
                .iter()
                .zip(&cells)
                .map(|(element, cell)| match element {
                    Pending::Scalar(Scalar::Null) => Scalar::Null,
                    _ => Scalar::Text(cell),
                });
            self.put_list(node, row, elements);
        } else {
            for _ in 0..self.cursor.pending_rounded {
                self.loss(node, LossKind::Rounded);
            }
            self.put_list(
                node,
                row,
                pending.iter().map(|element| element.scalar(&text)),
            );
        }
        self.cursor.pending = pending;
        self.cursor.pending_text = text;
        self.cursor.clear_pending();
    }

    /// An empty member value leaves no trace and is counted; an empty element
    /// is a row already.
    fn loss_of_empty(&mut self, node: u32, kind: LossKind) {
        let table = self.nodes[node as usize].table as usize;
        if self.tables[table].element != node as usize {
            self.loss(node, kind);
        }
    }

    /// Ends a level of JSON text; the value when it was the last.
    fn end_text(&mut self) {
        let Frame::Text {
            node,
            row,
            depth,
            is_cut,
        } = &mut self.cursor.frame
        else {
            return;
        };
        *depth -= 1;
        if *depth > 0 {
            return;
        }
        let (node, row, is_cut) = (*node, *row, *is_cut);
        let json = std::mem::take(&mut self.cursor.json);
        match json.as_str() {
            "{}" => self.loss_of_empty(node, LossKind::EmptyObject),
            "[]" if !self.options.include_nulls => self.loss_of_empty(node, LossKind::EmptyArray),
            // Nothing was cut off: an empty array as at any depth.
            "[]" if is_cut => {
                if self.options.array_mode == ArrayMode::Smart {
                    self.put_list(node, row, std::iter::empty());
                } else {
                    self.loss_of_empty(node, LossKind::EmptyArray);
                }
            }
            text => {
                if is_cut {
                    self.loss(node, LossKind::DepthCut);
                }
                self.put(node, row, Scalar::Text(text));
            }
        }
        self.cursor.json = json;
        self.cursor.clear_json();
        self.cursor.pop();
    }

    fn open_object(&mut self, node: u32, row: u32) {
        self.cursor.objects += 1;
        let object = self.cursor.objects;
        self.cursor.push(Frame::Object {
            node,
            row,
            object,
            next: 0,
            member: node,
        });
    }

    /// An object or an array stands at `node` in `row`.
    fn open(&mut self, node: u32, row: u32, is_array: bool) {
        let mode = self.options.array_mode;
        let is_inline = is_array && mode == ArrayMode::Inline;
        let is_cut = !is_inline && self.infos[node as usize].depth >= self.options.max_depth;
        if is_array && mode == ArrayMode::Skip {
            self.loss(node, LossKind::ArraySkipped);
            self.cursor.push(Frame::Skip { depth: 1 });
        } else if is_cut || is_inline {
            self.cursor.push(Frame::Text {
                node,
                row,
                depth: 1,
                is_cut,
            });
            if is_array {
                self.cursor.json.begin_array();
            } else {
                self.text_object();
            }
        } else if !is_array {
            self.open_object(node, row);
        } else if mode == ArrayMode::Separate {
            let table = self.child_table(node);
            self.cursor.push(Frame::Rows {
                table,
                parent_row: row,
                index: 0,
            });
        } else {
            self.cursor.push(Frame::List { node, row });
        }
    }

    fn text_object(&mut self) {
        self.cursor.open_keys();
        self.cursor.json.begin_object();
    }

    fn begin(&mut self, is_array: bool) -> Result<(), Rejection> {
        if let Some(content) = &mut self.content {
            content.begin(!is_array);
        }
        if matches!(self.cursor.frame, Frame::List { .. }) {
            self.list_to_rows();
        }
        match &mut self.cursor.frame {
            Frame::Start if is_array => return Err(not_an_object()),
            Frame::Start => {
                let row = self.new_row(0, 0, 0);
                let root = self.tables[0].element as u32;
                self.open_object(root, row);
            }
            Frame::Object { member, row, .. } => {
                let (member, row) = (*member, *row);
                self.open(member, row, is_array);
            }
            Frame::Rows {
                table,
                parent_row,
                index,
            } => {
                let (table, parent_row, at) = (*table, *parent_row, *index);
                *index += 1;
                let node = self.tables[table as usize].element as u32;
                let row = self.new_row(table, parent_row, at);
                self.open(node, row, is_array);
            }
            Frame::Text { depth, .. } => {
                *depth += 1;
                if is_array {
                    self.cursor.json.begin_array();
                } else {
                    self.text_object();
                }
            }
            Frame::Skip { depth } => {
                *depth += 1;
                if !is_array {
                    self.cursor.open_keys();
                }
            }
            Frame::List { .. } => unreachable!("the list became rows"),
        }
        self.growth.allowed()
    }

    fn end_skip(&mut self) {
        if let Frame::Skip { depth } = &mut self.cursor.frame {
            *depth -= 1;
            if *depth == 0 {
                self.cursor.clear_json();
                self.cursor.pop();
            }
        }
    }
}

/// A number as it stands, but for its exponent, which is `e400` where `E400` or
/// `e+400` was written: front ends do not all tell these apart.
fn one_form(text: &str) -> Cow<'_, str> {
    match text.contains(['E', '+']) {
        true => text.replace('E', "e").replace('+', "").into(),
        false => text.into(),
    }
}

#[cold]
fn not_an_object() -> Rejection {
    Rejection::invalid(None, "expected an object as the record")
}

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
                let (found, at) = self.member(node, key, next, object)?;
                if let Frame::Object { next, member, .. } = &mut self.cursor.frame {
                    *next = at + 1;
                    *member = found;
                }
            }
            Frame::Text { .. } => {
                self.cursor.check_key(key)?;
                self.cursor.json.key(key);
            }
            // What is omitted has its keys counted as anywhere.
            Frame::Skip { .. } => self.cursor.check_key(key)?,
            _ => {}
        }
        Ok(())
    }

    #[inline]
    fn known_key(&mut self, json: &str) -> Option<usize> {
        let Frame::Object {
            node,
            object,
            next,
            member,
            ..
        } = &mut self.cursor.frame
        else {
            return None;
        };
        let members = &mut self.nodes[*node as usize].members;
        let (known, length) = members.next_in(json.as_bytes(), *next, *object)?;
        *member = known;
        *next += 1;
        if let Some(content) = &mut self.content {
            content.key(&json[..length]);
        }
        Some(length)
    }

    #[inline]
    fn end_object(&mut self) -> Result<(), Rejection> {
        if let Some(content) = &mut self.content {
            content.end();
        }
        match self.cursor.frame {
            Frame::Object { node, next, .. } => {
                if next == 0 {
                    self.loss_of_empty(node, LossKind::EmptyObject);
                }
                self.cursor.pop();
            }
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
            Frame::List { node, row } => {
                self.end_list(node, row);
                self.cursor.pop();
            }
            Frame::Rows { table, index, .. } => {
                if index == 0 {
                    let array = self.tables[table as usize].array as u32;
                    self.loss_of_empty(array, LossKind::EmptyArray);
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

    #[inline]
    fn integer(&mut self, value: i64) -> Result<(), Rejection> {
        self.scalar(Scalar::Integer(value))
    }

    #[inline]
    fn decimal(&mut self, value: i128) -> Result<(), Rejection> {
        self.scalar(Scalar::Decimal(value, 0))
    }

    #[inline]
    fn float(&mut self, value: f64) -> Result<(), Rejection> {
        self.scalar(Scalar::Float(value))
    }

    #[inline]
    fn long_float(&mut self, nearest: f64, text: &str) -> Result<(), Rejection> {
        let is_float = match self.options.numbers {
            // Below the normal range a float64 has fewer digits.
            Numbers::Float64 if nearest.is_subnormal() => gives_back(nearest, text),
            // Mostly it takes no look: so many characters and the point.
            Numbers::Float64 => {
                text.len() <= FLOAT_DIGITS + 1 || significant_digits(text) <= FLOAT_DIGITS
            }
            Numbers::Exact => gives_back(nearest, text),
        };
        match is_float {
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

    #[inline]
    fn string(&mut self, value: &str) -> Result<(), Rejection> {
        self.scalar(Scalar::Text(value))
    }
}
