//! Closing brackets: of a container, of the record, or of the array around it.

use super::state::{Form, Splitter, Step};
use crate::lead::Lead;

impl Splitter {
    /// At a closing bracket.
    #[inline]
    pub(super) fn closes(&mut self, data: &[u8], is_all: bool) -> Step {
        let at = self.at;
        if self.is_beyond()
            && let Some(end) = self.end_of_too_long(data)
        {
            return Step::Ended(end);
        }
        if self.is_lines() && !is_all && self.tail_end(data, at + 1) == data.len() {
            return Step::More;
        }
        let wanted = if data[at] == b'}' { b'{' } else { b'[' };
        let is_open = match wanted {
            b'[' => self.arrays > 0,
            _ => self.arrays < self.open.len(),
        };
        if wanted == b'[' {
            match self.closes_around(data, is_open, is_all) {
                Step::On => {}
                step => return step,
            }
        }
        let Some(is_before_text) = self.is_before_text(data, is_all) else {
            return Step::More;
        };
        match self.swallows_end(data, is_all) {
            None => return Step::More,
            Some(swallows) => self.is_unclosed |= swallows,
        }
        self.is_broken |= self.open.last() != Some(&wanted);
        if let Some(end) = self.settle(data, at) {
            return Step::Ended(end);
        }
        let is_excess = wanted == b'{' && self.open.last() == Some(&b'[');
        let is_excess = match is_open && is_excess {
            true => match self.array_goes_on(data, is_all) {
                Some(goes_on) => goes_on,
                None => return Step::More,
            },
            false => !is_open,
        };
        self.at += 1;
        if is_excess {
            return Step::On;
        }
        self.close(wanted);
        match self.open.is_empty() {
            true if is_before_text => Step::Ended(self.at),
            true => self.closed(data),
            false => Step::On,
        }
    }

    /// The end of the bytes from here on that are not a part of a record. Brackets one after another
    /// are looked at once.
    fn tail_end(&mut self, data: &[u8], from: usize) -> usize {
        let (start, end) = self.tail;
        let known = if (start..=end).contains(&from) {
            end
        } else {
            from
        };
        let more = data[known..]
            .iter()
            .take_while(|byte| is_tail(byte))
            .count();
        self.tail = (from, known + more);
        known + more
    }

    /// Whether this `]` closes the array that the record is in, and not one in the record.
    fn closes_around(&mut self, data: &[u8], is_open: bool, is_all: bool) -> Step {
        let at = self.at;
        if !is_open || self.begins_end(data) {
            let is_outside = self.open.is_empty();
            let is_first = at == self.start;
            match self.ends_array(data, at, is_outside, is_first, is_all) {
                None => return Step::More,
                Some(true) => {
                    self.is_unclosed = !self.open.is_empty();
                    let end = self.settle(data, at);
                    return Step::Ended(end.unwrap_or_else(|| self.trimmed(data, at)));
                }
                Some(false) => {}
            }
        }
        if is_open && self.lead.is_none() && !self.alike.is_empty() {
            match self.ends_array(data, at, false, false, is_all) {
                None => return Step::More,
                Some(ends) => self.is_unclosed |= ends,
            }
        }
        Step::On
    }

    /// Closes the innermost bracket of this kind and those in it, which nothing closed, and
    /// forgets what began in them.
    fn close(&mut self, wanted: u8) {
        while let Some(bracket) = self.open.pop() {
            self.arrays -= usize::from(bracket == b'[');
            if bracket == wanted {
                break;
            }
        }
        let depth = self.open.len();
        while self.inner.pop_if(|inner| inner.1 >= depth).is_some() {}
        while self.alike.pop_if(|alike| alike.1 > depth).is_some() {}
    }

    /// Behind the last bracket of the record.
    fn closed(&mut self, data: &[u8]) -> Step {
        self.first = None;
        if !self.is_lines() || self.is_prefixed(data) {
            return Step::On;
        }
        let tail = data[self.at..].iter().position(|byte| !is_tail(byte));
        match tail.map(|tail| (self.at + tail, data[self.at + tail])) {
            Some((next, b'{')) if self.is_broken && self.lead.is_some() => {
                let lead = Lead::Inside.at(&data[self.start..next], next - self.start);
                match self.begins_line(data, lead.indent()) {
                    true => Step::Ended(self.at),
                    false => Step::On,
                }
            }
            None | Some((_, b'\n' | b'{')) if self.form != Form::Documents => Step::Ended(self.at),
            None => Step::Ended(self.trimmed(data, data.len())),
            Some((next, b'\n' | b'{')) => Step::Ended(self.trimmed(data, next)),
            Some(_) => Step::On,
        }
    }
}

/// Whether a byte behind a record on its line is not a part of it: blanks, and commas and
/// brackets of an array around it.
fn is_tail(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b',' | b']')
}
