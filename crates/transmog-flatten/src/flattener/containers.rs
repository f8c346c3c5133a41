//! Objects and arrays of a record: columns, lists, rows, JSON text, or left out.

use super::{scalars::not_an_object, state::Flattener};
use crate::{
    cursor::{Frame, Pending},
    options::ArrayMode,
    values::Scalar,
};
use std::sync::Arc;
use transmog_events::{EventSink, Rejection};
use transmog_model::LossKind;

impl Flattener {
    /// Puts the key of the record into it, as its first member.
    #[cold]
    fn put_key(&mut self) -> Result<(), Rejection> {
        let field = Arc::clone(&self.options.key_field);
        let key = std::mem::take(&mut self.record_key);
        let put = self.key(&field).and_then(|()| self.string(&key));
        self.record_key = key;
        put
    }

    /// An object or an array begins.
    pub(super) fn begin(&mut self, is_array: bool) -> Result<(), Rejection> {
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
                if self.has_key {
                    self.put_key()?;
                }
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

    /// An object or an array begins at `node` in `row`.
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

    fn text_object(&mut self) {
        self.cursor.open_keys();
        self.cursor.json.begin_object();
    }

    /// The list at hand has an object or an array in it, so its elements become rows.
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

    pub(super) fn end_list(&mut self, node: u32, row: u32) {
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

    /// An empty value of a member leaves no trace and is counted; an empty element is a row
    /// already.
    pub(super) fn loss_of_empty(&mut self, node: u32, kind: LossKind) {
        let table = self.nodes[node as usize].table as usize;
        if self.tables[table].element != node as usize {
            self.loss(node, kind);
        }
    }

    /// Ends a level of JSON text, and with the last one the value.
    pub(super) fn end_text(&mut self) {
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
            // Nothing was cut off: it is an empty array as at any depth.
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

    pub(super) fn end_skip(&mut self) {
        if let Frame::Skip { depth } = &mut self.cursor.frame {
            *depth -= 1;
            if *depth == 0 {
                self.cursor.clear_json();
                self.cursor.pop();
            }
        }
    }
}
