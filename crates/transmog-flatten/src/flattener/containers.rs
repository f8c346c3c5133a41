//! Objects and arrays of a record: columns, lists, rows, JSON text, or left out.

use super::{scalars::not_an_object, state::Flattener};
use crate::{
    choices::ArrayMode,
    cursor::{Frame, Kept, Pending},
    rules::{Mask, Selection, ValueType},
    shape::NONE,
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

    /// An object or an array begins. Nearly all are objects that belong to the row at hand, or are a row
    /// of their own, or arrays, of which neither rules nor the depth say anything.
    #[inline]
    pub(super) fn begin(&mut self, is_array: bool) -> Result<(), Rejection> {
        if self.content.is_some() {
            return self.begin_slowly(is_array);
        }
        match &mut self.cursor.frame {
            Frame::Object { member, row, .. } => {
                let (member, row) = (*member, *row);
                let node = &self.nodes[member as usize];
                match (is_array, self.options.array_mode) {
                    _ if !node.is_plain => return self.begin_slowly(is_array),
                    (false, _) => {
                        self.count_object(member);
                        self.open_object(member, row);
                    }
                    (true, ArrayMode::Separate) => self.open_rows(member, row),
                    (true, ArrayMode::Smart) => self.open_list(member, row, false),
                    (true, _) => return self.begin_slowly(true),
                }
                Ok(())
            }
            Frame::Rows {
                table,
                parent_row,
                index,
            } if !is_array => {
                let (table, parent_row, at) = (*table, *parent_row, *index);
                let node = self.tables[table as usize].element as u32;
                if !self.nodes[node as usize].is_plain {
                    return self.begin_slowly(false);
                }
                *index += 1;
                let row = self.new_row(table, parent_row, at);
                self.open_object(node, row);
                self.growth.allowed()
            }
            _ => self.begin_slowly(is_array),
        }
    }

    fn begin_slowly(&mut self, is_array: bool) -> Result<(), Rejection> {
        if let Some(content) = &mut self.content {
            content.begin(!is_array);
        }
        if let Frame::List { is_kept, .. } = self.cursor.frame {
            if is_kept {
                self.open_element(is_array);
                return self.growth.allowed();
            }
            self.list_to_rows()?;
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
                if self.is_map(root) {
                    self.cursor.pop();
                    self.open_map(root, row);
                }
            }
            Frame::Members { table, row, .. } => {
                let (node, row) = (self.tables[*table as usize].element as u32, *row);
                self.open(node, row, is_array)?;
            }
            Frame::Object { member, row, .. } => {
                let (member, row) = (*member, *row);
                self.open(member, row, is_array)?;
            }
            Frame::Rows {
                table,
                parent_row,
                index,
            } => {
                let (table, parent_row, at) = (*table, *parent_row, *index);
                *index += 1;
                let node = self.tables[table as usize].element as u32;
                match self.is_left_out(node) {
                    true => self.open_skip(is_array),
                    false => {
                        let row = self.new_row(table, parent_row, at);
                        self.open(node, row, is_array)?;
                    }
                }
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
    fn open(&mut self, node: u32, row: u32, is_array: bool) -> Result<(), Rejection> {
        if self.nodes[node as usize].treatment != NONE && self.open_ruled(node, row, is_array)? {
            return Ok(());
        }
        let mode = self.options.array_mode;
        let is_inline = is_array && mode == ArrayMode::Inline;
        let is_cut = !is_inline && self.infos[node as usize].depth >= self.options.max_depth;
        if is_array && mode == ArrayMode::Skip {
            self.loss(node, LossKind::ArraySkipped);
            self.open_skip(true);
        } else if is_cut || is_inline {
            let why = if is_cut { Kept::Cut } else { Kept::Inline };
            self.open_text(node, row, why, is_array);
        } else if !is_array {
            self.count_object(node);
            self.open_object(node, row);
        } else if mode == ArrayMode::Separate {
            self.open_rows(node, row);
        } else {
            self.open_list(node, row, false);
        }
        Ok(())
    }

    /// An object or an array begins of which rules say something; whether that is all there is to do.
    #[cold]
    fn open_ruled(&mut self, node: u32, row: u32, is_array: bool) -> Result<bool, Rejection> {
        let Some(treatment) = self.treatment(node).copied() else {
            return Ok(false);
        };
        self.is_parsed = false;
        if self.is_left_out(node) {
            self.open_skip(is_array);
            return Ok(true);
        }
        let is_whole = is_array && self.options.array_mode == ArrayMode::Inline;
        if is_whole && treatment.leaves_out_whole_array() {
            self.count_left_out(node, None);
            self.open_skip(is_array);
            return Ok(true);
        }
        self.apply(treatment.select);
        if let Some((rule, mask)) = treatment.mask {
            self.apply(Some(rule));
            // What ids are made of gets the masked value at the end.
            if let Some(content) = self.content.take() {
                self.set_aside = Some(content);
            }
            if mask == Mask::Null {
                self.column(node, row);
            }
            self.open_text(node, row, Kept::Mask, is_array);
        } else if treatment.json.is_some() {
            self.apply(treatment.json);
            self.open_text(node, row, Kept::Rule, is_array);
        } else if let Some((rule, to, otherwise)) = treatment.value_type {
            self.apply(Some(rule));
            if to == ValueType::Text {
                self.open_text(node, row, Kept::Rule, is_array);
            } else {
                let found = if is_array { "an array" } else { "an object" };
                self.mismatch(node, to, otherwise, found)?;
                self.column(node, row);
                self.loss(node, LossKind::TypeMismatch);
                self.open_skip(is_array);
            }
        } else if !is_array && treatment.map.is_some() {
            self.open_map(node, row);
        } else if is_array && treatment.table.is_some() {
            self.apply(treatment.table);
            self.open_rows(node, row);
        } else if is_array && treatment.list.is_some() {
            self.apply(treatment.list);
            self.open_list(node, row, true);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn open_skip(&mut self, is_array: bool) {
        self.cursor.push(Frame::Skip { depth: 1 });
        if !is_array {
            self.cursor.open_keys();
        }
    }

    /// An object or an array begins in a list that a rule keeps.
    #[cold]
    fn open_element(&mut self, is_array: bool) {
        if self.growth.is_due(1) {
            self.check_growth();
        }
        self.is_parsed = false;
        let Frame::List {
            node, treatment, ..
        } = self.cursor.frame
        else {
            return;
        };
        let treatment = self.treatments.get(treatment as usize);
        let is_masked = treatment.is_some_and(|treatment| treatment.mask.is_some());
        match treatment
            .filter(|treatment| treatment.leaves_out())
            .copied()
        {
            None => {
                if is_masked && let Some(content) = self.content.take() {
                    self.set_aside = Some(content);
                }
                self.open_text(node, NONE, Kept::Element, is_array);
            }
            Some(treatment) => {
                let table = self.child_table(node);
                let element = self.tables[table as usize].element as u32;
                self.count_left_out(element, treatment.drop);
                self.cursor.pending_left_out += 1;
                self.open_skip(is_array);
            }
        }
    }

    fn is_map(&self, node: u32) -> bool {
        self.treatment(node)
            .is_some_and(|treatment| treatment.map.is_some())
    }

    /// Counts an object that is no row.
    #[inline]
    fn count_object(&mut self, node: u32) {
        if !self.nodes[node as usize].is_row {
            self.opened.push(node);
        }
    }

    fn open_map(&mut self, node: u32, parent_row: u32) {
        self.apply(self.treatment(node).and_then(|treatment| treatment.map));
        let table = self.map_table(node);
        if self.tables[table as usize].is_unknown {
            self.loss(node, LossKind::NotInSchema);
            return self.open_skip(false);
        }
        self.count_object(node);
        self.cursor.open_keys();
        self.cursor.push(Frame::Members {
            table,
            parent_row,
            row: 0,
            index: 0,
        });
    }

    /// The key of a member that is a row.
    pub(super) fn map_key(&mut self, key: &str) -> Result<(), Rejection> {
        self.cursor.check_key(key)?;
        let Frame::Members {
            table,
            parent_row,
            index,
            ..
        } = self.cursor.frame
        else {
            return Ok(());
        };
        let element = self.tables[table as usize].element as u32;
        let is_left_out = (self.treatment(element)).is_some_and(|element| element.leaves_out());
        let mut new_row = 0;
        if !is_left_out {
            new_row = self.new_row(table, parent_row, index);
            let node = self.tables[table as usize].key.unwrap_or_default() as u32;
            if !self.put_fast(node, new_row, Scalar::Text(key)) {
                self.put(node, new_row, Scalar::Text(key));
            }
        }
        if let Frame::Members { index, row, .. } = &mut self.cursor.frame {
            *index += 1;
            *row = new_row;
        }
        self.growth.allowed()
    }

    pub(super) fn end_map(&mut self, table: u32, members: i64) {
        self.cursor.json_objects.pop();
        self.cursor.end_json();
        if members == 0 {
            let map = self.tables[table as usize].array as u32;
            self.loss_of_empty_object(map);
        }
        self.cursor.pop();
    }

    fn open_rows(&mut self, node: u32, parent_row: u32) {
        let table = self.child_table(node);
        if self.tables[table as usize].is_unknown {
            self.loss(node, LossKind::NotInSchema);
            return self.open_skip(true);
        }
        self.cursor.push(Frame::Rows {
            table,
            parent_row,
            index: 0,
        });
    }

    fn open_list(&mut self, node: u32, row: u32, is_kept: bool) {
        let info = &self.infos[node as usize];
        // Only rules need to know the elements before they are rows.
        let treatment = match info.live.is_empty() && info.selection == Selection::Taken {
            true => NONE,
            false => {
                let table = self.child_table(node);
                let element = self.tables[table as usize].element;
                self.nodes[element].treatment
            }
        };
        self.cursor.push(Frame::List {
            node,
            row,
            is_kept,
            treatment,
        });
    }

    fn open_text(&mut self, node: u32, row: u32, why: Kept, is_array: bool) {
        self.cursor.push(Frame::Text {
            node,
            row,
            depth: 1,
            why,
        });
        if is_array {
            self.cursor.json.begin_array();
        } else {
            self.text_object();
        }
    }

    fn open_object(&mut self, node: u32, row: u32) {
        self.cursor.objects += 1;
        let object = self.cursor.objects;
        self.cursor.push(Frame::Object {
            node,
            row,
            object,
            next: self.nodes[node as usize].keys.first,
            member: node,
        });
    }

    fn text_object(&mut self) {
        self.cursor.open_keys();
        self.cursor.json.begin_object();
    }

    /// The list at hand has an object or an array in it, so its elements become rows.
    fn list_to_rows(&mut self) -> Result<(), Rejection> {
        let Frame::List { node, row, .. } = self.cursor.frame else {
            return Ok(());
        };
        let table = self.child_table(node);
        if self.tables[table as usize].is_unknown {
            self.loss(node, LossKind::NotInSchema);
            self.cursor.clear_pending();
            self.cursor.frame = Frame::Skip { depth: 1 };
            return Ok(());
        }
        let left_out = self.cursor.pending_left_out;
        let is_parsed = self.is_parsed;
        let pending = std::mem::take(&mut self.cursor.pending);
        let text = std::mem::take(&mut self.cursor.pending_text);
        for (index, element) in pending.iter().enumerate() {
            // What was parsed is not parsed again.
            self.is_parsed = true;
            self.element(table, row, index as i64, element.scalar(&text))?;
        }
        self.is_parsed = is_parsed;
        let index = (pending.len() + left_out) as i64;
        self.cursor.frame = Frame::Rows {
            table,
            parent_row: row,
            index,
        };
        self.cursor.pending = pending;
        self.cursor.pending_text = text;
        self.cursor.clear_pending();
        Ok(())
    }

    pub(super) fn end_list(
        &mut self,
        node: u32,
        row: u32,
        treatment: u32,
    ) -> Result<(), Rejection> {
        if treatment != NONE {
            self.rule_elements(node, treatment)?;
        }
        let left_out = self.cursor.pending_left_out;
        let pending = std::mem::take(&mut self.cursor.pending);
        let text = std::mem::take(&mut self.cursor.pending_text);
        if pending.is_empty() && left_out > 0 {
            // It is not empty, but what is in it is left out.
        } else if pending.is_empty() && self.options.include_nulls && self.is_scalar_left_out(node)
        {
            // An empty list is a value of its own.
        } else if pending.is_empty() && !self.options.include_nulls {
            self.loss(node, LossKind::EmptyArray);
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
        Ok(())
    }

    /// An empty object leaves no trace and is counted, unless it is a row.
    pub(super) fn loss_of_empty_object(&mut self, node: u32) {
        if !self.nodes[node as usize].is_row {
            self.loss(node, LossKind::EmptyObject);
        }
    }

    /// Ends a level of JSON text, and with the last one the value.
    pub(super) fn end_text(&mut self) {
        let Frame::Text {
            node,
            row,
            depth,
            why,
        } = &mut self.cursor.frame
        else {
            return;
        };
        *depth -= 1;
        if *depth > 0 {
            return;
        }
        let (node, row, why) = (*node, *row, *why);
        let is_cut = why == Kept::Cut;
        let json = std::mem::take(&mut self.cursor.json);
        match json.as_str() {
            text if why == Kept::Element => self.end_element(node, text),
            text if why == Kept::Rule => {
                let is_json = self.treatment(node).is_some_and(|it| it.json.is_some());
                self.put(
                    node,
                    row,
                    if is_json {
                        Scalar::Json(text)
                    } else {
                        Scalar::Text(text)
                    },
                );
            }
            text if why == Kept::Mask => self.end_masked(node, row, text),
            "{}" => self.loss_of_empty_object(node),
            "[]" if !self.options.include_nulls => self.loss(node, LossKind::EmptyArray),
            // Nothing was cut off: it is an empty array as at any depth.
            "[]" if is_cut => {
                if self.options.array_mode == ArrayMode::Smart {
                    self.put_list(node, row, std::iter::empty());
                } else {
                    self.loss(node, LossKind::EmptyArray);
                }
            }
            text => {
                if is_cut {
                    self.loss(node, LossKind::DepthCut);
                }
                self.put(node, row, Scalar::Json(text));
            }
        }
        self.cursor.json = json;
        self.cursor.end_json();
        self.cursor.pop();
    }

    /// An object or an array in a list that a rule keeps ends. Rules are followed at the end of the
    /// list.
    #[cold]
    fn end_element(&mut self, list: u32, text: &str) {
        if self.set_aside.is_some() {
            let table = self.child_table(list);
            let element = self.tables[table as usize].element as u32;
            self.masked_container(element, text);
        }
        self.cursor.keep(Scalar::Text(text));
    }

    /// A masked object or array ends.
    #[cold]
    fn end_masked(&mut self, node: u32, row: u32, text: &str) {
        self.loss(node, LossKind::ByRule);
        if let Some(masked) = self.masked_container(node, text) {
            self.put(node, row, Scalar::Text(&masked));
        }
    }

    /// The text of a masked object or array, which ids are made of, too; `None` is null.
    fn masked_container(&mut self, node: u32, text: &str) -> Option<String> {
        let (_, mask) = self.treatment(node)?.mask?;
        let masked = self.options.rules.masked(mask, text.as_bytes());
        if let Some(mut content) = self.set_aside.take() {
            content.replace(masked.as_deref().map_or(Scalar::Null, Scalar::Text));
            self.content = Some(content);
        }
        masked
    }

    pub(super) fn end_skip(&mut self) {
        if let Frame::Skip { depth } = &mut self.cursor.frame {
            *depth -= 1;
            if *depth == 0 {
                self.cursor.end_json();
                self.cursor.pop();
            }
        }
    }
}
