//! Strings of a record, which may lack a quote or have one too many.

use super::state::{Splitter, Step};
use crate::json::{Word, find, skip_blanks};
use memchr::memchr;

impl Splitter {
    /// In a string, which ends at its last quote. It is taken back when a line ends in it, or
    /// when the byte behind it cannot follow a string: then a quote is missing, or is one too
    /// many.
    #[inline]
    pub(super) fn string(&mut self, data: &[u8], quote: usize, is_all: bool) -> Step {
        let in_word = |word: Word| word.is(b'"') | word.is(b'\\') | word.is(b'\n');
        let is = |byte| matches!(byte, b'"' | b'\\' | b'\n');
        let found = find(data, self.at, in_word, is).unwrap_or(data.len());
        self.at = found;
        match (data.get(found), data.get(found + 1)) {
            (None, _) | (Some(b'\\'), None) if !is_all => return Step::More,
            (None, _) | (Some(b'\\'), None) => self.take_back(quote, data.len()),
            (Some(b'\\'), Some(b'\n')) => self.take_back(quote, found + 1),
            (Some(b'\\'), _) => self.at += 2,
            (Some(b'\n'), _) => self.take_back(quote, found),
            _ => {
                let next = skip_blanks(data, found + 1);
                if next == data.len() && !is_all {
                    return Step::More;
                }
                let follows = matches!(data.get(next), None | Some(b':' | b',' | b'}' | b']'));
                if follows || memchr(b'\n', &data[found + 1..next]).is_some() {
                    self.string = None;
                    self.at += 1;
                    return self.string_ends(data, quote, data.get(next) == Some(&b':'));
                }
                self.take_back(quote, found);
            }
        }
        Step::On
    }

    /// Behind a string. A colon behind it says that it is a key.
    fn string_ends(&mut self, data: &[u8], quote: usize, is_key: bool) -> Step {
        let comma = self.comma.take();
        if is_key && !self.is_lines() && self.open.last() != Some(&b'{') {
            // The next record may have lost its bracket, if this is its first key.
            let comma = comma.filter(|_| self.lead.is_none() && self.is_first_key(data, quote));
            if let Some(comma) = comma {
                return Step::Ended(self.trimmed(data, comma));
            }
            // A `{` is missing, or is a `[`.
            self.is_broken = true;
            self.arrays -= usize::from(self.open.pop_if(|open| *open == b'[').is_some());
            self.open.push(b'{');
            return Step::On;
        }
        match comma {
            Some(comma) => Step::Ended(self.trimmed(data, comma)),
            None => Step::On,
        }
    }

    /// Scans again what seemed to be a string, without strings up to `until`.
    fn take_back(&mut self, quote: usize, until: usize) {
        self.is_broken = true;
        self.comma = None;
        self.string = None;
        self.plain_until = until;
        self.at = quote + 1;
    }
}
