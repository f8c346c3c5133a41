//! The way through a record, from one byte that means something to the next.

use super::{
    sound::Scanned,
    state::{Form, Splitter, Step},
};
use crate::{
    ending::{Ending, next_byte},
    json::{Word, find, skip_blanks},
    lead::Lead,
};
use memchr::memrchr;

impl Splitter {
    /// The end of the record, without white space and separators behind it; `None` when only more
    /// bytes tell. `is_all` says that there are no more.
    pub(crate) fn end(&mut self, data: &[u8], is_all: bool) -> Option<usize> {
        match self.soundly(data, is_all) {
            Step::On => {}
            Step::Ended(end) => return Some(end),
            Step::More => return None,
        }
        loop {
            let step = match self.string {
                Some(quote) => self.string(data, quote, is_all),
                None => self.structure(data, is_all),
            };
            match step {
                Step::On => {}
                Step::Ended(end) => return Some(end),
                Step::More => return None,
            }
        }
    }

    /// Goes the short way to the last bracket of the record. `Ended` behind it, where the next element
    /// follows a comma; `More` if only more bytes tell whether the record is sound.
    #[inline]
    fn soundly(&mut self, data: &[u8], is_all: bool) -> Step {
        let Some(mut sound) = self.sound.take() else {
            return Step::On;
        };
        let is_too_long = data.len() - self.start > self.most;
        match sound.scan::<false>(data, Some(self.lead.unwrap_or(0))) {
            Scanned::Last(bracket) if bracket - self.start <= self.most => {
                self.open.push(b'{');
                self.at = bracket;
                let comma = skip_blanks(data, bracket + 1);
                let is_followed = !self.is_lines()
                    && data.get(comma) == Some(&b',')
                    && data.get(skip_blanks(data, comma + 1)) == Some(&b'{');
                if is_followed {
                    return Step::Ended(bracket + 1);
                }
            }
            Scanned::More if !is_all && !is_too_long => {
                self.sound = Some(sound);
                return Step::More;
            }
            _ => self.is_often_doubtful |= !sound.is_cheap(self.start),
        }
        Step::On
    }

    /// The same as [`end`](Self::end), and the end of a record longer than `most` bytes where it
    /// can be told.
    pub(crate) fn end_within(&mut self, data: &[u8], most: usize, is_all: bool) -> Option<usize> {
        self.end(data, is_all).or_else(|| {
            let is_too_long = self.length(data) > most;
            is_too_long.then(|| self.end_of_too_long(data))?
        })
    }

    /// The end of a record when all bytes are there.
    pub(crate) fn end_of(&mut self, data: &[u8], start: usize, line: Lead) -> usize {
        self.begin(data, start, line);
        self.end(data, true).unwrap_or(data.len())
    }

    /// Outside strings: advances to the next byte that means something.
    fn structure(&mut self, data: &[u8], is_all: bool) -> Step {
        let is_outside = self.open.is_empty();
        let is_text = self.first_line.is_some() && self.begins_with(data) != b'{';
        let watched = match self.form {
            Form::Lines { .. } | Form::Documents if is_outside || is_text => b'\n',
            Form::Elements(_) if is_outside => b',',
            _ => b'"',
        };
        let in_word = |word: Word| {
            let either = word.with(0x20);
            word.is(b'"') | word.is(watched) | either.is(b'{') | either.is(b'}')
        };
        let is = |byte| byte == watched || matches!(byte, b'"' | b'{' | b'}' | b'[' | b']');
        if self.is_lines() && self.at == self.start && !self.is_cut {
            match self.punctuation(data, is_all) {
                Step::On => {}
                step => return step,
            }
        }
        let Some(at) = find(data, self.at, in_word, is) else {
            self.at = data.len();
            return match is_all {
                true => self.ends_with(data),
                false => Step::More,
            };
        };
        self.at = at;
        match data[at] {
            b'"' => {
                self.string = (at >= self.plain_until).then_some(at);
                self.at += 1;
                Step::On
            }
            b'{' | b'[' => self.opens(data, is_all),
            b'}' | b']' => self.closes(data, is_all),
            b',' => self.separated(data, is_all),
            _ => self.line_ends(data),
        }
    }

    /// Commas and closing brackets where a line should begin a record: they are rejected by
    /// themselves.
    fn punctuation(&self, data: &[u8], is_all: bool) -> Step {
        let is_punctuation = |byte: &&u8| matches!(byte, b',' | b']');
        let run = data[self.at..].iter().take_while(is_punctuation).count();
        let end = self.at + run;
        match run {
            0 => Step::On,
            _ if end == data.len() && !is_all => Step::More,
            _ => Step::Ended(end),
        }
    }

    /// Ends the record with the last byte, or earlier.
    fn ends_with(&mut self, data: &[u8]) -> Step {
        self.is_unclosed |= !self.open.is_empty();
        let end = match self.is_last_line(data) {
            true => None,
            false => self.settle(data, data.len()),
        };
        Step::Ended(end.unwrap_or_else(|| match self.form {
            // Commas before the next chunk are between two records.
            Form::Lines { .. } | Form::Documents | Form::Elements(Ending::Later) => {
                self.before_next(data, data.len())
            }
            _ => self.trimmed(data, data.len()),
        }))
    }

    /// At a comma behind the last bracket of the record.
    fn separated(&mut self, data: &[u8], is_all: bool) -> Step {
        let at = self.at;
        let Some((next, byte)) = next_byte(data, at + 1, is_all) else {
            return Step::More;
        };
        let is_in_broken = self.is_broken && self.lead.is_some();
        // The indentation of the line that the comma or the byte behind it begins.
        let end = self.trimmed(data, at);
        let newline = memrchr(b'\n', &data[end..next]);
        let indent = newline.map(|newline| match end + newline + 1 {
            line if line > at => next - line,
            line => at - line,
        });
        match (byte, indent) {
            (None, _) => {}
            (_, Some(indent)) if is_in_broken && self.lead < Some(indent) => {
                self.at += 1;
                return Step::On;
            }
            (_, Some(_)) => {}
            (Some(b'"'), None) if next >= self.plain_until => {
                self.comma = Some(at);
                self.at = next;
                return Step::On;
            }
            (Some(b'}'), None) => {
                self.is_broken = true;
                self.at += 1;
                return Step::On;
            }
            // A line of a broken record may contain what looks like another one.
            _ if is_in_broken => {
                self.at += 1;
                return Step::On;
            }
            _ => {}
        }
        Step::Ended(end)
    }

    /// At a line end outside brackets, or the first one of text that is not an object.
    fn line_ends(&mut self, data: &[u8]) -> Step {
        let end = self.trimmed(data, self.at);
        self.first_line = None;
        let goes_on = matches!(data[end - 1], b'{' | b'[' | b',' | b':');
        if self.open.is_empty() || !goes_on {
            return Step::Ended(self.before_next(data, self.at));
        }
        self.at += 1;
        Step::On
    }
}
