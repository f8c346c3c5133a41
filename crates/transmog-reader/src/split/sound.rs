//! A short way through records that are sound: objects in which brackets, strings, colons and
//! commas stand as JSON has them. Such a record ends where its outermost bracket closes, and no
//! evidence need be collected. At anything else the scan gives up, and the record is gone through
//! again the long way.

use crate::json::{Word, find, is_blank};

/// A scan that gives up behind more bytes than this is not tried again, nor is a string or a number
/// of more bytes looked at again when more come: that bounds the time.
const MOST_AGAIN: usize = 64 << 10;
/// Containers open at a time.
const MAX_OPEN: u32 = 64;

/// How far a record is known to be sound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sound {
    pub(super) at: usize,
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
pub(super) enum Scanned {
    /// The record is sound; its last bracket.
    Last(usize),
    /// All bytes are.
    More,
    /// The record may be broken.
    Doubtful,
}

impl Sound {
    /// Before the object at `start`.
    pub(super) fn new(start: usize) -> Self {
        Self {
            at: start,
            open: 0,
            depth: 0,
            next: Next::Value,
            line: None,
        }
    }

    /// Goes on with the bytes that there are. An object that begins a line with an indentation of at
    /// most `indent` may be the next record.
    pub(super) fn scan(&mut self, data: &[u8], indent: usize) -> Scanned {
        let is_object = |open: u64| open & 1 == 1;
        while let Some(byte) = data.get(self.at) {
            let at = self.at;
            self.at += 1;
            match byte {
                b'"' => {
                    self.next = match self.next {
                        Next::Key | Next::KeyOrEnd => Next::Colon,
                        Next::Value | Next::ValueOrEnd => Next::CommaOrEnd,
                        _ => return Scanned::Doubtful,
                    };
                    match string_end(data, at + 1) {
                        Scanned::Last(quote) => self.at = quote + 1,
                        _ if data.len() - at > MOST_AGAIN => return Scanned::Doubtful,
                        Scanned::More => return self.again_from(at),
                        Scanned::Doubtful => return Scanned::Doubtful,
                    }
                    self.line = None;
                }
                b':' if self.next == Next::Colon => {
                    self.next = Next::Value;
                    self.line = None;
                }
                b',' if self.next == Next::CommaOrEnd => {
                    self.next = match is_object(self.open) {
                        true => Next::Key,
                        false => Next::Value,
                    };
                }
                b'{' | b'[' => {
                    let may_open = matches!(self.next, Next::Value | Next::ValueOrEnd);
                    if !may_open || self.depth == MAX_OPEN || self.may_be_next(data, at, indent) {
                        return Scanned::Doubtful;
                    }
                    self.open = self.open << 1 | u64::from(*byte == b'{');
                    self.depth += 1;
                    self.next = match byte {
                        b'{' => Next::KeyOrEnd,
                        _ => Next::ValueOrEnd,
                    };
                    self.line = None;
                }
                b'}' | b']' => {
                    let may_close = match byte {
                        b'}' => matches!(self.next, Next::KeyOrEnd | Next::CommaOrEnd),
                        _ => matches!(self.next, Next::ValueOrEnd | Next::CommaOrEnd),
                    };
                    if !may_close || is_object(self.open) != (*byte == b'}') {
                        return Scanned::Doubtful;
                    }
                    self.open >>= 1;
                    self.depth -= 1;
                    self.next = Next::CommaOrEnd;
                    if self.depth == 0 {
                        return Scanned::Last(at);
                    }
                }
                b'\n' => self.line = Some(self.at),
                b' ' | b'\t' | b'\r' => {}
                _ if matches!(self.next, Next::Value | Next::ValueOrEnd) => {
                    let rest = data[at..].iter();
                    let length = rest.take_while(|byte| is_in_scalar(**byte)).count();
                    if length == 0 || length > MOST_AGAIN {
                        return Scanned::Doubtful;
                    }
                    if at + length == data.len() {
                        return self.again_from(at);
                    }
                    self.at = at + length;
                    self.next = Next::CommaOrEnd;
                    self.line = None;
                }
                _ => return Scanned::Doubtful,
            }
        }
        Scanned::More
    }

    /// Waits for the rest of a string or scalar that begins here.
    fn again_from(&mut self, at: usize) -> Scanned {
        self.at = at;
        if self.next == Next::Colon {
            self.next = Next::Key;
        } else if self.next == Next::CommaOrEnd {
            self.next = Next::Value;
        }
        Scanned::More
    }

    /// Whether the object here begins its line as a record may.
    fn may_be_next(&self, data: &[u8], at: usize, indent: usize) -> bool {
        self.line.is_some_and(|line| {
            let blanks = data[line..at].iter().take_while(|byte| is_blank(**byte));
            blanks.count() <= indent
        })
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

/// The last quote of the string whose first one is before `at`.
#[inline]
fn string_end(data: &[u8], mut at: usize) -> Scanned {
    let in_word = |word: Word| word.is(b'"') | word.is(b'\\') | word.below(0x20);
    let is = |byte| byte == b'"' || byte == b'\\' || byte < 0x20;
    loop {
        match find(data, at, in_word, is) {
            None => return Scanned::More,
            Some(found) if data[found] == b'"' => return Scanned::Last(found),
            Some(found) if data[found] == b'\\' => match data.get(found + 1) {
                None => return Scanned::More,
                Some(0..0x20) => return Scanned::Doubtful,
                Some(_) => at = found + 2,
            },
            Some(_) => return Scanned::Doubtful,
        }
    }
}

/// Bytes of numbers and words.
#[inline]
fn is_in_scalar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}
