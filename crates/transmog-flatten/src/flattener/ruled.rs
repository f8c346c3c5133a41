//! What rules make of values: left out, parsed, masked, of another type, kept whole.

use super::state::Flattener;
use crate::{
    cursor::Frame,
    rules::{OnMismatch, Treatment, ValueType},
    values::{Scalar, as_text},
};
use transmog_events::{JsonText, Rejection, brief};
use transmog_model::LossKind;

/// A scalar after the rules.
enum Ruled<'a> {
    Value(Scalar<'a>),
    /// It is counted, and leaves a null.
    Lost(LossKind),
}

impl Flattener {
    /// A scalar of which rules or natural ids say something.
    #[cold]
    pub(super) fn special_value(
        &mut self,
        node: u32,
        row: u32,
        scalar: Scalar<'_>,
    ) -> Result<(), Rejection> {
        let Some(treatment) = self.treatment(node).copied() else {
            self.id_or_value(node, row, scalar);
            return Ok(());
        };
        if self.is_parsed_or_left_out(node, scalar)? {
            return Ok(());
        }
        self.is_parsed = false;
        let is_empty = matches!(scalar, Scalar::Text("")) && treatment.json.is_none();
        if is_empty && !self.options.include_nulls {
            self.apply(treatment.select);
            self.id_or_value(node, row, scalar);
            return Ok(());
        }
        let mut text = Vec::new();
        match self.ruled(node, &treatment, scalar, &mut text)? {
            Ruled::Value(scalar) => self.id_or_value(node, row, scalar),
            Ruled::Lost(kind) => {
                self.column(node, row);
                self.loss(node, kind);
            }
        }
        Ok(())
    }

    fn id_or_value(&mut self, node: u32, row: u32, scalar: Scalar<'_>) {
        if !(self.infos[node as usize].is_natural_id && self.put_natural_id(node, row, scalar)) {
            self.plain_value(node, row, scalar);
        }
    }

    /// Whether the JSON in a scalar is taken in its place, or the scalar is left out; then it is
    /// counted.
    pub(super) fn is_parsed_or_left_out(
        &mut self,
        node: u32,
        scalar: Scalar<'_>,
    ) -> Result<bool, Rejection> {
        let parse = (self.treatment(node))
            .filter(|treatment| !treatment.leaves_out())
            .and_then(|treatment| treatment.parse);
        if let Some(rule) = parse
            && let Scalar::Text(text) = scalar
            && self.parsed(node, rule, text)?
        {
            return Ok(true);
        }
        let is_left_out = self.is_scalar_left_out(node);
        self.is_parsed &= !is_left_out;
        Ok(is_left_out)
    }

    /// Whether scalars at the node are left out; then this one is counted.
    pub(super) fn is_scalar_left_out(&mut self, node: u32) -> bool {
        self.counts_if(node, Treatment::leaves_out_scalars)
    }

    /// Whether whatever is at the node is left out; then this value is counted.
    pub(super) fn is_left_out(&mut self, node: u32) -> bool {
        self.counts_if(node, Treatment::leaves_out)
    }

    fn counts_if(&mut self, node: u32, leaves_out: fn(&Treatment) -> bool) -> bool {
        let treatment = self
            .treatment(node)
            .filter(|treatment| leaves_out(treatment));
        let Some(rule) = treatment.map(|treatment| treatment.drop) else {
            return false;
        };
        self.count_left_out(node, rule);
        true
    }

    /// Whether the member at hand is left out; then it is counted.
    pub(super) fn leaves_out_member(&mut self) -> bool {
        match self.cursor.frame {
            Frame::Object { member, .. } => self.is_left_out(member),
            _ => false,
        }
    }

    pub(super) fn count_left_out(&mut self, node: u32, rule: Option<u32>) {
        self.apply(rule);
        self.loss(node, LossKind::ByRule);
    }

    /// Notes that a rule did something.
    pub(super) fn apply(&mut self, rule: Option<u32>) {
        if let Some(rule) = rule
            && !std::mem::replace(&mut self.applied[rule as usize], true)
        {
            self.newly_applied.push(rule);
        }
    }

    /// A scalar in a list of which rules say something. It waits as it is: the list may become rows.
    pub(super) fn list_element(
        &mut self,
        list: u32,
        treatment: u32,
        scalar: Scalar<'_>,
    ) -> Result<(), Rejection> {
        let treatment = self.treatments[treatment as usize];
        let table = self.child_table(list);
        let element = self.tables[table as usize].element as u32;
        if self.is_parsed_or_left_out(element, scalar)? {
            self.cursor.pending_left_out += usize::from(treatment.leaves_out_scalars());
            return Ok(());
        }
        self.is_parsed = false;
        self.cursor.keep(scalar);
        Ok(())
    }

    /// Makes of the waiting elements of a list what the rules say.
    pub(super) fn rule_elements(&mut self, list: u32, treatment: u32) -> Result<(), Rejection> {
        let treatment = self.treatments[treatment as usize];
        if !treatment.changes_scalars() {
            return Ok(());
        }
        let table = self.child_table(list);
        let element = self.tables[table as usize].element as u32;
        let pending = std::mem::take(&mut self.cursor.pending);
        let text = std::mem::take(&mut self.cursor.pending_text);
        self.cursor.pending_rounded = 0;
        for waiting in &pending {
            let mut ruled = Vec::new();
            match self.ruled(element, &treatment, waiting.scalar(&text), &mut ruled)? {
                Ruled::Value(scalar) => self.cursor.keep(scalar),
                Ruled::Lost(kind) => {
                    self.loss(element, kind);
                    self.cursor.keep(Scalar::Null);
                }
            }
        }
        Ok(())
    }

    /// What the rules make of a scalar that is not left out.
    fn ruled<'a>(
        &mut self,
        node: u32,
        treatment: &Treatment,
        scalar: Scalar<'a>,
        text: &'a mut Vec<u8>,
    ) -> Result<Ruled<'a>, Rejection> {
        self.apply(treatment.select);
        if matches!(scalar, Scalar::Null) {
            return Ok(Ruled::Value(scalar));
        }
        if let Some((rule, mask)) = treatment.mask {
            self.apply(Some(rule));
            scalar.write_text(text);
            let Some(masked) = self.options.rules.masked(mask, text) else {
                return Ok(Ruled::Lost(LossKind::ByRule));
            };
            self.loss(node, LossKind::ByRule);
            *text = masked.into_bytes();
            return Ok(Ruled::Value(Scalar::Text(as_text(text))));
        }
        if treatment.json.is_some() {
            self.apply(treatment.json);
            let mut json = JsonText::default();
            scalar.write_json(&mut json);
            text.extend_from_slice(json.as_str().as_bytes());
            return Ok(Ruled::Value(Scalar::Json(as_text(text))));
        }
        let Some((rule, to, otherwise)) = treatment.value_type else {
            return Ok(Ruled::Value(scalar));
        };
        self.apply(Some(rule));
        match to.convert(scalar, text) {
            Some(converted) => Ok(Ruled::Value(converted)),
            None => {
                self.mismatch(node, to, otherwise, &described(scalar))?;
                Ok(Ruled::Lost(LossKind::TypeMismatch))
            }
        }
    }

    /// An error for a value that is none of the type, unless it is to be null.
    pub(super) fn mismatch(
        &self,
        node: u32,
        to: ValueType,
        otherwise: OnMismatch,
        found: &str,
    ) -> Result<(), Rejection> {
        match otherwise {
            OnMismatch::Null => Ok(()),
            OnMismatch::Reject => {
                let path = self.infos[node as usize].path.to_string();
                let message = format!(
                    "expected a value of type {to}, as a rule says, found {found}; choose another \
                     type, or on_mismatch null"
                );
                Err(Rejection::invalid(Some(path), message))
            }
        }
    }

    /// Takes the JSON in a string; whether there is any.
    fn parsed(&mut self, node: u32, rule: u32, text: &str) -> Result<bool, Rejection> {
        if self.is_parsed || text.is_empty() {
            return Ok(false);
        }
        let Some(parser) = self.parser else {
            return Ok(false);
        };
        self.apply(Some(rule));
        let content = self.content.take();
        let path = self.infos[node as usize].path.clone();
        self.is_parsed = true;
        self.step_back();
        let is_json = parser(text, &path, self);
        self.content = content.or_else(|| self.content.take());
        let is_json = is_json?;
        // Text that is not JSON is not tried twice.
        self.is_parsed = !is_json;
        if !is_json {
            self.step_on();
            self.loss(node, LossKind::NotJson);
        }
        Ok(is_json)
    }

    /// The JSON in an element is that element.
    fn step_back(&mut self) {
        if let Frame::Rows { index, .. } = &mut self.cursor.frame {
            *index -= 1;
        }
    }

    fn step_on(&mut self) {
        if let Frame::Rows { index, .. } = &mut self.cursor.frame {
            *index += 1;
        }
    }

    /// What rules make of a scalar that comes now.
    fn treatment_at_hand(&self) -> Option<&Treatment> {
        let node = match self.cursor.frame {
            Frame::Object { member, .. } => member,
            Frame::Members { table, .. } | Frame::Rows { table, .. } => {
                self.tables[table as usize].element as u32
            }
            Frame::List { treatment, .. } => return self.treatments.get(treatment as usize),
            _ => return None,
        };
        self.treatment(node)
    }

    /// Whether a rule makes an exact number of a number that comes now.
    #[inline]
    pub(super) fn wants_digits(&self) -> bool {
        let is_exact = |treatment: &Treatment| {
            let exact = |to| {
                use ValueType::{Decimal, Int64, Timestamp};
                matches!(to, Int64 | Decimal { .. } | Timestamp(Some(_)))
            };
            treatment.value_type.is_some_and(|(_, to, _)| exact(to))
        };
        !self.treatments.is_empty() && self.treatment_at_hand().is_some_and(is_exact)
    }

    /// A number with all its digits where a rule makes an exact number of it. Ids are made of the
    /// float64 as everywhere.
    #[cold]
    pub(super) fn digits(&mut self, nearest: f64, text: &str) -> Result<(), Rejection> {
        let mut content = self.content.take();
        if let Some(content) = &mut content {
            content.scalar(Scalar::Float(nearest));
        }
        let done = self.long_number(nearest, text);
        self.content = content;
        done
    }

    /// A scalar for the text that ids are made of, masked if the value is.
    #[cold]
    pub(super) fn content_scalar(&mut self, scalar: Scalar<'_>) {
        let mask = self.treatment_at_hand().and_then(|it| it.mask);
        let Some(content) = &mut self.content else {
            return;
        };
        let (Some((_, mask)), false) = (mask, matches!(scalar, Scalar::Null)) else {
            return content.scalar(scalar);
        };
        let mut text = Vec::new();
        scalar.write_text(&mut text);
        let masked = self.options.rules.masked(mask, &text);
        content.scalar(masked.as_deref().map_or(Scalar::Null, Scalar::Text));
    }
}

/// The scalar for a message: its kind, and the value cut short.
fn described(scalar: Scalar<'_>) -> String {
    let mut text = Vec::new();
    scalar.write_text(&mut text);
    let text = String::from_utf8_lossy(&text);
    match scalar {
        Scalar::Text(_) => format!("the text `{}`", brief(&text)),
        _ => format!("`{}`", brief(&text)),
    }
}
