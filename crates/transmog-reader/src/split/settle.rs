//! The end of a broken record.

use super::state::{Splitter, Step};
use crate::json::skip_blanks;
use memchr::memchr;

impl Splitter {
    /// The end of a record that has become too long, if it can be told.
    pub(crate) fn end_of_too_long(&mut self, data: &[u8]) -> Option<usize> {
        let next = self.first.or(self.first_alike());
        self.is_unclosed |= next.is_some();
        next.and_then(|_| self.settle(data, self.at))
    }

    /// The end of the record, if it is broken and the evidence suffices.
    #[inline]
    pub(super) fn settle(&mut self, data: &[u8], at: usize) -> Option<usize> {
        if !self.is_broken && !self.is_unclosed {
            return None;
        }
        self.is_broken = true;
        if let Some(end) = self.end_of_first_line(data, at) {
            return Some(end);
        }
        // A record that ends with open brackets may have ended in an array.
        let ends = self.is_unclosed || self.first.is_some();
        let first = match (self.first, self.first_alike().filter(|_| ends)) {
            (Some(first), Some(alike)) => first.min(alike),
            (first, alike) => first.or(alike)?,
        };
        // What was known beforehand says more than what is left of this record.
        if !self.is_known {
            self.broken.clear();
            self.broken.extend(self.inner.iter().map(|inner| inner.0));
            self.is_broken_to_end = self.is_unclosed;
            self.known_alike.clear();
            let alike = self.alike.iter().map(|alike| alike.0);
            self.known_alike.extend(alike);
        }
        Some(self.before_next(data, first))
    }

    /// The end of the first line, unless something says that the record continues.
    fn end_of_first_line(&mut self, data: &[u8], at: usize) -> Option<usize> {
        let from = self.first_line()?;
        let Some(newline) = memchr(b'\n', &data[from..at]) else {
            self.first_line = Some(at);
            return None;
        };
        self.first_line = None;
        let end = self.trimmed(data, from + newline);
        let next = data.get(skip_blanks(data, from + newline));
        let goes_on = matches!(data[end - 1], b'{' | b'[' | b',' | b':')
            || matches!(next, None | Some(b'}' | b']' | b','));
        (!goes_on).then_some(end)
    }

    /// Ends the record before the next one at `at`, or earlier if it is broken.
    pub(super) fn ended_before(&mut self, data: &[u8], at: usize) -> Step {
        let end = self.settle(data, at);
        Step::Ended(end.unwrap_or_else(|| self.before_next(data, at)))
    }
}
