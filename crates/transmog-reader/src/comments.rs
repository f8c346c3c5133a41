//! Comments in JSON text, turned into blanks before anything looks at the text.
//!
//! Only so do brackets and quotes in a comment disturb neither the cutting into records nor the
//! recovery behind broken ones. Line ends stay, so every position is that of the input. A string
//! ends with its line at the latest, as it does in JSON, so that one that is not closed cannot
//! turn all behind it into a string.

use memchr::{memchr, memchr_iter, memchr2, memchr3, memrchr};
use std::collections::VecDeque;

/// Blanks the comments of a text that comes piece by piece.
#[derive(Debug, Default)]
pub(crate) struct Comments {
    state: State,
    /// Whether the last piece ended with a slash, which was taken off it.
    has_slash: bool,
    /// The place behind the text so far: bytes, line ends, and bytes since the last one.
    at: Place,
    /// Where the comment at hand begins.
    begin: Place,
    /// Offsets of the comments that nobody took.
    starts: VecDeque<u64>,
}

/// What the next byte is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    String,
    /// Behind a backslash.
    Escape,
    Line,
    Block,
    /// Behind a `*` in a block.
    Star,
}

/// A place in the text; all counts start at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) byte: u64,
    pub(crate) line: u64,
    pub(crate) column: u64,
}

impl Place {
    fn go_on(&mut self, bytes: &[u8]) {
        self.byte += bytes.len() as u64;
        self.line += memchr_iter(b'\n', bytes).count() as u64;
        self.column = match memrchr(b'\n', bytes) {
            Some(newline) => (bytes.len() - newline - 1) as u64,
            None => self.column + bytes.len() as u64,
        };
    }
}

impl Comments {
    /// Begins a piece: gives back what the last one was short of.
    pub(crate) fn begin(&mut self, text: &mut Vec<u8>) {
        if std::mem::take(&mut self.has_slash) {
            text.push(b'/');
        }
    }

    /// Blanks the comments in the text from `from` on, which is the piece since
    /// [`begin`](Self::begin).
    pub(crate) fn blank(&mut self, text: &mut Vec<u8>, from: usize, is_last: bool) {
        let mut counted = from;
        let mut at = from;
        while at < text.len() {
            at = match self.state {
                State::Text => match memchr2(b'"', b'/', &text[at..]) {
                    None => break,
                    Some(found) if text[at + found] == b'"' => {
                        self.state = State::String;
                        at + found + 1
                    }
                    Some(found) => {
                        let slash = at + found;
                        if slash + 1 == text.len() && !is_last {
                            text.pop();
                            self.has_slash = true;
                            break;
                        }
                        self.slash(text, slash, &mut counted)
                    }
                },
                State::String | State::Escape => self.string(text, at),
                State::Line | State::Block | State::Star => self.comment(text, at),
            };
        }
        self.at.go_on(&text[counted..]);
    }

    /// At a slash outside strings: gives the place behind what it begins. Line ends up to
    /// `counted` are counted.
    fn slash(&mut self, text: &mut [u8], slash: usize, counted: &mut usize) -> usize {
        self.state = match text.get(slash + 1) {
            Some(b'/') => State::Line,
            Some(b'*') => State::Block,
            _ => return slash + 1,
        };
        self.at.go_on(&text[*counted..slash]);
        *counted = slash;
        self.begin = self.at;
        self.starts.push_back(self.at.byte);
        fill(&mut text[slash..slash + 2]);
        slash + 2
    }

    /// In a string: gives the place behind the next byte that means something.
    fn string(&mut self, text: &[u8], at: usize) -> usize {
        if self.state == State::Escape {
            self.state = State::String;
            // A line end ends the string all the same.
            return at + usize::from(text[at] != b'\n');
        }
        let Some(found) = memchr3(b'"', b'\\', b'\n', &text[at..]) else {
            return text.len();
        };
        self.state = match text[at + found] {
            b'\\' => State::Escape,
            _ => State::Text,
        };
        at + found + 1
    }

    /// In a comment: blanks it as far as it is known, and gives the place behind that.
    fn comment(&mut self, text: &mut [u8], at: usize) -> usize {
        let (end, state) = match self.state {
            State::Line => (memchr(b'\n', &text[at..]), State::Text),
            State::Block => (memchr(b'*', &text[at..]), State::Star),
            _ => match text[at] {
                b'/' => (Some(0), State::Text),
                b'*' => (Some(0), State::Star),
                _ => (Some(0), State::Block),
            },
        };
        if end.is_some() {
            self.state = state;
        }
        let end = end.map_or(text.len(), |end| at + end + 1);
        fill(&mut text[at..end]);
        end
    }

    /// Where the comment begins that is not closed, when the text has ended.
    pub(crate) fn unclosed(&self) -> Option<Place> {
        matches!(self.state, State::Block | State::Star).then_some(self.begin)
    }

    /// Takes the comments that begin before this byte, as offsets from `from`.
    pub(crate) fn take_before(&mut self, end: u64, from: u64) -> Vec<u32> {
        let count = self.starts.partition_point(|start| *start < end);
        let offset = |start: u64| u32::try_from(start.saturating_sub(from)).unwrap_or(u32::MAX);
        self.starts.drain(..count).map(offset).collect()
    }
}

/// Blanks these bytes except line ends.
fn fill(text: &mut [u8]) {
    for byte in text {
        if !matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text without comments, their number and the place of an unclosed one, for pieces of
    /// this size.
    fn blanked(input: &str, size: usize) -> (String, usize, Option<Place>) {
        let mut comments = Comments::default();
        let mut text = Vec::new();
        let mut pieces = input.as_bytes().chunks(size).peekable();
        while let Some(piece) = pieces.next() {
            let from = text.len();
            comments.begin(&mut text);
            text.extend_from_slice(piece);
            comments.blank(&mut text, from, pieces.peek().is_none());
        }
        let text = String::from_utf8(text).expect("only whole characters are blanked");
        let count = comments.take_before(u64::MAX, 0).len();
        (text, count, comments.unclosed())
    }

    #[test]
    fn comments_are_blank_in_pieces_of_any_size() {
        for (input, expected, count) in [
            ("{} // a\n{}", "{}     \n{}", 1),
            ("/* [\r\n\" */{}", "    \r\n    {}", 1),
            ("{\"a\":\"// /*\"}//", "{\"a\":\"// /*\"}  ", 1),
            ("{\"a\\\"//\":1}/**/", "{\"a\\\"//\":1}    ", 1),
            ("/*/ **/1/***/", "       1     ", 2),
            ("{\"open\n{}// é", "{\"open\n{}     ", 1),
            ("{\"open\\\n{}//", "{\"open\\\n{}  ", 1),
            ("1 / 2 /", "1 / 2 /", 0),
            ("// don't \"\n{\"a\":1}", "          \n{\"a\":1}", 1),
        ] {
            for size in 1..=input.len() {
                let found = blanked(input, size);
                assert_eq!(found, (expected.to_owned(), count, None), "{size}");
            }
        }
    }

    #[test]
    fn an_unclosed_comment_has_a_place() {
        let place = Place {
            byte: 5,
            line: 1,
            column: 2,
        };
        for size in 1..=12 {
            assert_eq!(blanked("{}\n{}/* {} *", size).2, Some(place), "{size}");
        }
    }
}
