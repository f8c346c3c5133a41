//! A short way through records that are sound: objects in which brackets, strings, colons and
//! commas stand as JSON has them. Such a record ends where its outermost bracket closes, and no
//! evidence need be collected. At anything else the scan gives up, and the record is gone through
//! again the long way.

use crate::json::{find_special, is_blank};

/// A scan that gives up behind more bytes than this is not tried again, nor is a string or a number
/// of more bytes looked at again when more come: that bounds the time.
const MOST_AGAIN: usize = 64 << 10;
/// Containers open at a time.
const MAX_OPEN: u32 = 64;

/// How far a record is known to be sound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sound {
    at: usize,
    /// A bit for each open container, 1 for an object; the innermost one is the lowest.
    open: u64,
    depth: u32,
    next: Next,
    /// The beginning of the line if only blanks, commas and closing brackets are before this place.
    line: Option<usize>,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Key,
    KeyOrEnd,
    Colon,
    Value,
    ValueOrEnd,
    CommaOrEnd,
}

/// What a scan found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// The record is sound; its last bracket.
    Last(usize),
    /// All bytes are.
    More,
    /// The record may be broken.
    Doubtful,
}

impl Sound {
    /// Before the object at `start`.
    pub(crate) fn new(start: usize) -> Self {
        Self {
            at: start,
            open: 0,
            depth: 0,
            next: Next::Value,
            line: None,
        }
    }

    /// Goes on with the bytes that there are. An object that begins a line with an indentation of at
    /// most `indent` may be the next record. If the scan `IS_STRICT`, what it finds to be sound is
    /// valid: it gives up at escapes, at characters beyond ASCII, and at unusual numbers.
    pub(crate) fn scan<const IS_STRICT: bool>(
        &mut self,
        data: &[u8],
        indent: Option<usize>,
    ) -> Scanned {
        let Self {
            mut at,
            mut open,
            mut depth,
            mut next,
            mut line,
        } = *self;
        let found = loop {
            let Some(byte) = data.get(at).copied() else {
                break Scanned::More;
            };
            match byte {
                b'"' => {
                    let behind = match next {
                        Next::Key | Next::KeyOrEnd => Next::Colon,
                        Next::Value | Next::ValueOrEnd => Next::CommaOrEnd,
                        _ => break Scanned::Doubtful,
                    };
                    match string_end::<IS_STRICT>(data, at + 1) {
                        Scanned::Last(quote) => at = quote + 1,
                        Scanned::More if data.len() - at <= MOST_AGAIN => break Scanned::More,
                        _ => break Scanned::Doubtful,
                    }
                    (next, line) = (behind, None);
                }
                b':' if next == Next::Colon => {
                    at += 1;
                    (next, line) = (Next::Value, None);
                }
                b',' if next == Next::CommaOrEnd => {
                    at += 1;
                    next = if open & 1 == 1 {
                        Next::Key
                    } else {
                        Next::Value
                    };
                }
                b'{' | b'[' => {
                    let may_open = matches!(next, Next::Value | Next::ValueOrEnd);
                    let may_be_next = line
                        .zip(indent)
                        .is_some_and(|(line, indent)| blanks(data, line) <= indent);
                    if !may_open || depth == MAX_OPEN || may_be_next {
                        break Scanned::Doubtful;
                    }
                    at += 1;
                    depth += 1;
                    let is_object = byte == b'{';
                    open = open << 1 | u64::from(is_object);
                    next = if is_object {
                        Next::KeyOrEnd
                    } else {
                        Next::ValueOrEnd
                    };
                    line = None;
                }
                b'}' | b']' => {
                    let is_object = byte == b'}';
                    let or_end = if is_object {
                        Next::KeyOrEnd
                    } else {
                        Next::ValueOrEnd
                    };
                    let may_close = next == Next::CommaOrEnd || next == or_end;
                    if !may_close || (open & 1 == 1) != is_object {
                        break Scanned::Doubtful;
                    }
                    open >>= 1;
                    depth -= 1;
                    next = Next::CommaOrEnd;
                    if depth == 0 {
                        break Scanned::Last(at);
                    }
                    at += 1;
                }
                b'\n' => {
                    at += 1;
                    line = Some(at);
                }
                b' ' | b'\t' | b'\r' => at += 1,
                _ if matches!(next, Next::Value | Next::ValueOrEnd) => {
                    let end = scalar_end(data, at);
                    if end == at || end - at > MOST_AGAIN {
                        break Scanned::Doubtful;
                    }
                    if end == data.len() {
                        break Scanned::More;
                    }
                    if IS_STRICT && !is_plain_scalar(&data[at..end]) {
                        break Scanned::Doubtful;
                    }
                    at = end;
                    (next, line) = (Next::CommaOrEnd, None);
                }
                _ => break Scanned::Doubtful,
            }
        };
        *self = Self {
            at,
            open,
            depth,
            next,
            line,
        };
        found
    }

    /// Whether a scan that gave up here may be tried with another record.
    pub(super) fn is_cheap(&self, start: usize) -> bool {
        self.at - start <= MOST_AGAIN
    }

    /// Adjusts places when bytes before all others are gone.
    pub(super) fn forget(&mut self, back: impl Fn(&mut usize)) {
        back(&mut self.at);
        self.line.as_mut().map(back);
    }
}

/// Blanks from here on.
fn blanks(data: &[u8], at: usize) -> usize {
    let rest = data[at..].iter();
    rest.take_while(|byte| is_blank(**byte)).count()
}

/// The last quote of the string whose first one is before `at`.
#[inline]
fn string_end<const IS_STRICT: bool>(data: &[u8], mut at: usize) -> Scanned {
    loop {
        match find_special::<IS_STRICT>(data, at) {
            None => return Scanned::More,
            Some(found) if data[found] == b'"' => return Scanned::Last(found),
            Some(found) if data[found] == b'\\' && !IS_STRICT => match data.get(found + 1) {
                None => return Scanned::More,
                Some(0..0x20) => return Scanned::Doubtful,
                Some(_) => at = found + 2,
            },
            Some(_) => return Scanned::Doubtful,
        }
    }
}

/// The end of a number or a word.
#[inline]
fn scalar_end(data: &[u8], mut at: usize) -> usize {
    while let Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'+' | b'.') = data.get(at) {
        at += 1;
    }
    at
}

/// Whether it is a word of JSON, or a number without an exponent.
#[inline]
fn is_plain_scalar(scalar: &[u8]) -> bool {
    let number = scalar.strip_prefix(b"-").unwrap_or(scalar);
    let mut parts = number.splitn(2, |byte| *byte == b'.');
    let are_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let whole = parts
        .next()
        .is_some_and(|part| are_digits(part) && (part.len() == 1 || part[0] != b'0'));
    whole && parts.next().is_none_or(are_digits) || matches!(scalar, b"true" | b"false" | b"null")
}
