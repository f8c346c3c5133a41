//! What is around a place in the record: before it in its line, and at the beginning of the
//! record, whose first key tells records of one kind.

use super::state::{Form, MAX_HEAD, Splitter};
use crate::{
    json::{Checked, Validator, is_blank, skip_blanks},
    lead::Lead,
};
use memchr::memchr;

impl Splitter {
    /// The byte before this place, white space aside, and the indentation of the line if it
    /// begins here.
    #[inline]
    pub(super) fn before(&self, data: &[u8]) -> (u8, Option<usize>) {
        let before = &data[self.start..self.at];
        let text = before.iter().rfind(|byte| !is_blank(**byte));
        let in_line = Lead::Inside.at(before, before.len());
        (text.copied().unwrap_or(b'{'), in_line.indent())
    }

    /// `end` without the white space before it.
    #[inline]
    pub(super) fn trimmed(&self, data: &[u8], end: usize) -> usize {
        let record = &data[self.start..end];
        let last = record.iter().rposition(|byte| !is_blank(*byte));
        self.start + last.map_or(0, |last| last + 1)
    }

    /// The end of this record, when the next one is at `next`. Commas behind a closing bracket
    /// are not a part of it, and none are in an array.
    #[inline]
    pub(super) fn before_next(&self, data: &[u8], next: usize) -> usize {
        let record = &data[self.start..next];
        let is_between = |byte: &u8| is_blank(*byte) || *byte == b',';
        match record.iter().rposition(|byte| !is_between(byte)) {
            _ if self.form == Form::Documents => self.trimmed(data, next),
            Some(last) if !self.is_lines() || matches!(record[last], b'}' | b']') => {
                self.start + last + 1
            }
            _ => self.trimmed(data, next),
        }
    }

    /// The beginning of the record up to the end of its first key; empty if that is gone or
    /// longer than [`MAX_HEAD`].
    pub(super) fn head<'d>(&self, data: &'d [u8]) -> &'d [u8] {
        let record = &data[self.start..self.at];
        if self.is_cut || record[0] != b'{' {
            return &[];
        }
        // It is asked for again and again.
        let key = skip_blanks(&record[..record.len().min(MAX_HEAD)], 1) + 1;
        let end = record.get(key..).and_then(|rest| {
            let rest = &rest[..rest.len().min(MAX_HEAD)];
            (record[key - 1] == b'"').then_some(())?;
            memchr(b'"', rest)
        });
        end.map_or(&[], |end| &record[..=key + end])
    }

    /// Whether the string at `quote` is the first key of the record.
    pub(super) fn is_first_key(&self, data: &[u8], quote: usize) -> bool {
        let head = self.head(data);
        let key = memchr(b'"', head).map(|at| &head[at..]);
        key.is_some_and(|key| data[quote..].starts_with(key))
    }

    /// Whether a line with this indentation may begin the next record. `None` is the middle of a
    /// line.
    #[inline]
    pub(super) fn begins_line(&self, data: &[u8], indent: Option<usize>) -> bool {
        let is_object = self.is_lines() || self.begins_with(data) == b'{';
        let most = self.lead.unwrap_or(if is_object { 0 } else { usize::MAX });
        indent.is_some_and(|indent| indent <= most)
    }

    /// Whether the bytes here begin as the record did.
    pub(super) fn begins_alike(&self, data: &[u8]) -> bool {
        let head = self.head(data);
        !head.is_empty() && data[self.at..].starts_with(head)
    }

    /// Whether only more bytes tell whether those here begin as the record did.
    pub(super) fn is_cut_short(&self, data: &[u8], is_all: bool) -> bool {
        self.at + self.head(data).len() > data.len() && !is_all
    }

    /// Whether elements may be beside this one, which begins its line: no earlier ones tell.
    pub(super) fn may_be_beside(&self) -> bool {
        !self.is_lines() && self.open.len() == 1 && self.line_count <= 1 && self.beside_count == 0
    }

    /// Whether a whole object is here that begins as the record did, and after it comes another
    /// one in the same line, or the line ends; `None` when only more bytes tell.
    pub(super) fn others_follow(&self, data: &[u8], is_all: bool) -> Option<bool> {
        if self.is_cut_short(data, is_all) {
            return None;
        }
        if !self.begins_alike(data) {
            return Some(false);
        }
        let end = match Validator::default().feed(&data[self.at..]) {
            Checked::Done(length) => self.at + length,
            Checked::More if !is_all => return None,
            Checked::More | Checked::Wrong(..) => return Some(false),
        };
        let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\r');
        let text = |from: usize| (data[from..].iter().position(is_text)).map(|at| from + at);
        let next = match text(end) {
            Some(comma) if data[comma] == b',' => text(comma + 1),
            next => next,
        };
        match next {
            None => is_all.then_some(true),
            Some(next) => Some(matches!(data[next], b'{' | b'\n' | b']')),
        }
    }

    /// Whether a bracket may open behind this byte, inside the open brackets.
    #[inline]
    pub(super) fn may_follow(&self, before: u8) -> bool {
        match self.open.last() {
            Some(b'{') => before == b':',
            Some(_) => matches!(before, b'[' | b','),
            None => true,
        }
    }

    /// How far the end of the first line was looked for, if lines are records.
    pub(super) fn first_line(&self) -> Option<usize> {
        let are_lines = self.is_lines() && self.form != Form::Lines { are_beside: true };
        self.first_line.filter(|_| are_lines && !self.is_cut)
    }

    /// Whether the record begins on the last line, if lines are records.
    pub(super) fn is_last_line(&self, data: &[u8]) -> bool {
        (self.first_line()).is_some_and(|from| memchr(b'\n', &data[from..]).is_none())
    }
}
