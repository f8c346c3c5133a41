//! Whether a bracket ends the array around the records, and not one in a record.

use super::state::{Form, Splitter};
use crate::{
    ending::{Ending, next_byte},
    json::is_blank,
};
use memchr::memchr;

impl Splitter {
    /// Whether this `]`, which closes no bracket of a record, ends the array; `None` when only
    /// more bytes tell. `is_outside` says that no record is open.
    pub(crate) fn ends_array(
        &self,
        data: &[u8],
        at: usize,
        is_outside: bool,
        is_after_comma: bool,
        is_all: bool,
    ) -> Option<bool> {
        // What looks like the end of the array may be a part of a broken record.
        let is_doubtful = self.has_broken || self.is_broken || is_after_comma;
        match self.form {
            Form::Lines { .. } | Form::Documents => Some(false),
            Form::Elements(Ending::First) => Some(is_outside),
            Form::Elements(ending) => {
                let is_certain = is_outside && !is_doubtful;
                ending.is_at(data, at, is_certain, self.is_outdented(data, at), is_all)
            }
        }
    }

    /// Whether this place begins its line, with less indentation than the elements.
    pub(super) fn is_outdented(&self, data: &[u8], at: usize) -> bool {
        let is_other = |byte: &u8| *byte == b'\n' || !is_blank(*byte);
        let before = data[..at].iter().rposition(is_other);
        let line = before.filter(|before| data[*before] == b'\n');
        let elements = self.indent.filter(|_| self.is_indent_sure);
        let is_less = |newline: usize| elements.is_some_and(|most| at - newline - 1 < most.max(1));
        line.is_some_and(is_less)
    }

    /// Whether this bracket closes an element and text on a line of its own follows, which is not
    /// a part of it; `None` when only more bytes tell.
    #[inline]
    pub(super) fn is_before_text(&self, data: &[u8], is_all: bool) -> Option<bool> {
        if self.is_lines() || self.lead.is_none() || self.is_broken || self.open.len() != 1 {
            return Some(false);
        }
        let (next, byte) = next_byte(data, self.at + 1, is_all)?;
        let is_text = byte.is_some_and(|byte| !b",]}\"{[".contains(&byte));
        Some(is_text && memchr(b'\n', &data[self.at..next]).is_some())
    }

    /// Whether the record, which closes with this bracket, has swallowed the end of the array: a
    /// line in it begins as it did, and behind it an envelope can neither continue nor end.
    /// `None` when only more bytes tell.
    #[inline]
    pub(super) fn swallows_end(&self, data: &[u8], is_all: bool) -> Option<bool> {
        if self.form != Form::Elements(Ending::Envelope)
            || self.first.is_none()
            || self.open.len() != 1
        {
            return Some(false);
        }
        let (next, byte) = next_byte(data, self.at + 1, is_all)?;
        Some(match byte {
            None => true,
            Some(b'{') => {
                let head = self.head(data);
                let is_line = memchr(b'\n', &data[self.at..next]).is_some();
                is_line && !head.is_empty() && !data[next..].starts_with(head)
            }
            Some(_) => false,
        })
    }

    /// Whether this bracket begins its line where the record is broken and the array may end.
    pub(super) fn begins_end(&self, data: &[u8]) -> bool {
        let is_broken = self.is_broken || self.open.last() != Some(&b'[');
        let Some(lead) = self.lead.filter(|_| is_broken && !self.is_lines()) else {
            return false;
        };
        let (_, indent) = self.before(data);
        indent.is_some_and(|indent| indent < lead.max(1))
    }

    /// Whether an array continues behind a `}` that closes no object in it. Then a `{` is missing
    /// before, else the `]` of the array. `None` when only more bytes tell.
    pub(super) fn array_goes_on(&self, data: &[u8], is_all: bool) -> Option<bool> {
        let next = |from| next_byte(data, from, is_all);
        let (comma, byte) = next(self.at + 1)?;
        if byte != Some(b',') {
            return Some(byte == Some(b']'));
        }
        let (value, byte) = next(comma + 1)?;
        if byte != Some(b'{') {
            return Some(false);
        }
        let head = self.head(data);
        if value + head.len() > data.len() && !is_all {
            return None;
        }
        let is_next = !head.is_empty() && data[value..].starts_with(head);
        Some(!is_next)
    }
}
