//! Finding where values end without parsing them: brackets and quotes only.

use crate::words::{Word, find, first};
use memchr::memchr3;

/// State of a scan that goes on as bytes come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scanner {
    /// Brackets open.
    pub(crate) depth: usize,
    in_string: bool,
    /// The last byte was a backslash in a string.
    escaped: bool,
}

/// What a scan stopped at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The bracket at this offset closed the outermost one.
    Closed(usize),
    /// A comma outside all brackets.
    Comma(usize),
    /// A closing bracket outside all brackets.
    Excess(usize),
    /// All bytes were scanned.
    End,
}

impl Scanner {
    /// Whether a bracket or a quote is open.
    pub(crate) fn is_open(&self) -> bool {
        self.depth > 0 || self.in_string
    }

    /// Scans `bytes` from `at` to the next stop.
    pub(crate) fn next(&mut self, bytes: &[u8], mut at: usize) -> Stop {
        loop {
            if self.in_string {
                if self.escaped {
                    if at >= bytes.len() {
                        return Stop::End;
                    }
                    self.escaped = false;
                    at += 1;
                    continue;
                }
                match next_in_string(bytes, at) {
                    Some(quote) if bytes[quote] == b'"' => {
                        self.in_string = false;
                        at = quote + 1;
                    }
                    Some(backslash) => {
                        self.escaped = true;
                        at = backslash + 1;
                    }
                    None => return Stop::End,
                }
                continue;
            }
            while let Some(word) = Word::at(bytes, at) {
                // `{` and `[`, and `}` and `]`, differ in this bit.
                let either = word.with(0x20);
                let mut found = word.is(b'"') | either.is(b'{') | either.is(b'}');
                if self.depth == 0 {
                    found |= word.is(b',');
                }
                match first(found) {
                    Some(found) => {
                        at += found;
                        break;
                    }
                    None => at += 8,
                }
            }
            let Some(byte) = bytes.get(at) else {
                return Stop::End;
            };
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth == 0 => return Stop::Excess(at),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Stop::Closed(at);
                    }
                }
                b',' if self.depth == 0 => return Stop::Comma(at),
                _ => {}
            }
            at += 1;
        }
    }
}

/// The next quote or backslash from `at` on.
#[inline]
fn next_in_string(bytes: &[u8], at: usize) -> Option<usize> {
    let in_word = |word: Word| word.is(b'"') | word.is(b'\\');
    find(bytes, at, in_word, |byte| matches!(byte, b'"' | b'\\'))
}

/// The next bracket outside strings from `at` on, and whether it opens; or where
/// a string meets a line end, beyond which there is no JSON, or the end.
pub(crate) fn next_bracket(bytes: &[u8], mut at: usize) -> Result<(usize, bool), usize> {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => return Ok((at, true)),
            b'}' | b']' => return Ok((at, false)),
            b'"' => {
                at += 1;
                loop {
                    let found = bytes
                        .get(at..)
                        .and_then(|rest| memchr3(b'"', b'\\', b'\n', rest));
                    match found.map(|found| (at + found, bytes[at + found])) {
                        Some((quote, b'"')) => {
                            at = quote;
                            break;
                        }
                        Some((escape, b'\\')) if bytes.get(escape + 1) == Some(&b'\n') => {
                            return Err(escape + 1);
                        }
                        Some((escape, b'\\')) => at = escape + 2,
                        Some((newline, _)) => return Err(newline),
                        None => return Err(bytes.len()),
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    Err(bytes.len())
}

/// Values one after another that are looked through for the places between two.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Values {
    depth: usize,
    /// How far the look got; never within a string.
    pub(crate) at: usize,
}

impl Values {
    /// From the beginning of a value on.
    pub(crate) fn from(at: usize) -> Self {
        Self { depth: 0, at }
    }

    /// The next place where one object ends and another begins, blanks aside.
    pub(crate) fn next_end(&mut self, bytes: &[u8]) -> Option<usize> {
        while let Ok((bracket, opens)) = next_bracket(bytes, self.at) {
            self.at = bracket + 1;
            if opens {
                self.depth += 1;
                continue;
            }
            self.depth = self.depth.saturating_sub(1);
            let is_end = self.depth == 0 && bytes[bracket] == b'}';
            if is_end && bytes.get(skip_blanks(bytes, self.at)) == Some(&b'{') {
                return Some(self.at);
            }
        }
        None
    }
}

/// Whether a byte is white space of JSON.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Offset of the first byte from `at` that is not blank, or the length.
pub(crate) fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    let found = bytes[at..].iter().position(|byte| !is_blank(*byte));
    found.map_or(bytes.len(), |found| at + found)
}
