//! RFC 8259 checked byte by byte, for values that are skipped.
//!
//! They may be larger than memory, so nothing of them is held: the state is a place in the
//! grammar, and a flag for each open container. It is a state machine rather than a parser, so
//! bytes may come in pieces that end anywhere, inside an escape or a character too.
//!
//! *Proved* to agree with the exact parser in `tests.rs` of this folder, in pieces of one byte,
//! of three, and whole.

use super::{block::find_special, exact::MAX_NESTING};
use crate::lenient::Lenient;

const LONE_SURROGATE: &str = "expected a pair of surrogates, found a lone surrogate";

/// The check of one value.
#[derive(Debug)]
pub(crate) struct Validator {
    state: State,
    /// Open containers, true for an array.
    open: Vec<bool>,
    lenient: Lenient,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before a value; in an array that was just opened, its end may come too.
    Value {
        or_end: bool,
    },
    /// Before a key; in an object that was just opened, its end may come too.
    Key {
        or_end: bool,
    },
    Colon,
    /// After a value in a container.
    Next,
    String {
        is_key: bool,
    },
    Escape {
        is_key: bool,
    },
    /// In `\uXXXX`: the digits left, the code so far, and whether a high surrogate was before.
    Unicode {
        is_key: bool,
        left: u8,
        code: u16,
        high: bool,
    },
    /// After a high surrogate, before the `\` or the `u` of the low one.
    LowEscape {
        is_key: bool,
        is_u: bool,
    },
    /// In a character: the bytes left, and the range of the next one.
    Utf8 {
        is_key: bool,
        left: u8,
        least: u8,
        most: u8,
    },
    /// In a word: the letters left.
    Word(&'static [u8]),
    Number(Number),
}

/// The last part of a number that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

/// What the bytes were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// The value ended before this offset.
    Done(usize),
    /// All bytes belong to the value, which does not end with them.
    More,
    /// The byte at this offset is not valid there; what was expected.
    Wrong(usize, &'static str),
}

impl Default for Validator {
    fn default() -> Self {
        Self::new(Lenient::default())
    }
}

impl Validator {
    pub(crate) fn new(lenient: Lenient) -> Self {
        Self {
            lenient,
            state: State::Value { or_end: false },
            open: Vec::new(),
        }
    }

    /// A check of another value, that is as lenient.
    pub(crate) fn again(&self) -> Self {
        Self::new(self.lenient)
    }

    /// The brackets that are open.
    pub(crate) fn open(&self) -> impl Iterator<Item = u8> {
        let bracket = |is_array: &bool| if *is_array { b'[' } else { b'{' };
        self.open.iter().map(bracket)
    }

    /// Checks the next bytes of the value. Offsets count from the first of these bytes.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Checked {
        let mut at = 0;
        while at < bytes.len() {
            // Most bytes are in strings and numbers, and change nothing.
            match self.state {
                State::String { is_key } => {
                    let Some(special) = find_special::<true>(bytes, at) else {
                        break;
                    };
                    at = special;
                    if bytes[at] == b'"' && is_key {
                        self.state = State::Colon;
                        at += 1;
                        continue;
                    }
                }
                State::Number(Number::Integer | Number::Fraction | Number::ExponentDigits) => {
                    let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit());
                    at += digits.count();
                    if at == bytes.len() {
                        break;
                    }
                }
                _ => {}
            }
            match self.byte(bytes[at]) {
                Ok(Step::Taken) => at += 1,
                Ok(Step::Again) => {}
                Err(expected) => return Checked::Wrong(at, expected),
            }
            if self.state == State::Next && self.open.is_empty() {
                return Checked::Done(at);
            }
        }
        Checked::More
    }

    fn byte(&mut self, byte: u8) -> Result<Step, &'static str> {
        match self.state {
            State::Value { .. } | State::Key { .. } | State::Colon | State::Next => {
                self.structure(byte)?;
            }
            State::String { is_key } => self.string(byte, is_key)?,
            State::Escape { is_key } => {
                self.state = match byte {
                    b'u' => hex(is_key, false),
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {
                        State::String { is_key }
                    }
                    _ => return Err("expected an escape of JSON"),
                };
            }
            State::Unicode {
                is_key,
                left,
                code,
                high,
            } => {
                let digit = (byte as char).to_digit(16);
                let code = code << 4 | digit.ok_or("expected four hexadecimal digits")? as u16;
                self.state = match left {
                    2.. => State::Unicode {
                        is_key,
                        left: left - 1,
                        code,
                        high,
                    },
                    _ => surrogate(is_key, code, high, self.lenient.surrogates)?,
                };
            }
            State::LowEscape { is_key, is_u } => {
                self.state = match (is_u, byte) {
                    (false, b'\\') => State::LowEscape { is_key, is_u: true },
                    (true, b'u') => hex(is_key, true),
                    _ if !self.lenient.surrogates => return Err(LONE_SURROGATE),
                    (true, _) => State::Escape { is_key },
                    (false, _) => State::String { is_key },
                };
                if !matches!(self.state, State::LowEscape { .. } | State::Unicode { .. }) {
                    return Ok(Step::Again);
                }
            }
            State::Utf8 {
                is_key,
                left,
                least,
                most,
            } => {
                if !(least..=most).contains(&byte) {
                    return Err("expected UTF-8; convert the input to UTF-8");
                }
                self.state = match left {
                    1 => State::String { is_key },
                    _ => State::Utf8 {
                        is_key,
                        left: left - 1,
                        least: 0x80,
                        most: 0xbf,
                    },
                };
            }
            State::Word([letter, rest @ ..]) if *letter == byte => {
                self.state = match rest {
                    [] => State::Next,
                    rest => State::Word(rest),
                };
            }
            State::Word(_) => return Err("expected a value"),
            State::Number(number) => return self.number(number, byte),
        }
        Ok(Step::Taken)
    }

    /// A byte between values, keys and punctuation.
    fn structure(&mut self, byte: u8) -> Result<(), &'static str> {
        let or_end = self.lenient.commas;
        match self.state {
            _ if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') => Ok(()),
            State::Value { .. } if byte == b',' && self.is_lenient_comma(true) => {
                self.next(State::Value { or_end: true })
            }
            State::Key { .. } if byte == b',' && self.is_lenient_comma(false) => {
                self.next(State::Key { or_end: true })
            }
            State::Value { or_end: true } if byte == b']' => self.close(true),
            State::Value { .. } => self.value(byte),
            State::Key { or_end: true } if byte == b'}' => self.close(false),
            State::Key { .. } if byte == b'"' => self.next(State::String { is_key: true }),
            State::Key { .. } => Err("expected a key in double quotes"),
            State::Colon if byte == b':' => self.next(State::Value { or_end: false }),
            State::Colon => Err("expected `:` after the key"),
            _ => match (byte, self.open.last()) {
                (b',', Some(true)) => self.next(State::Value { or_end }),
                (b',', _) => self.next(State::Key { or_end }),
                (b']', _) => self.close(true),
                (b'}', _) => self.close(false),
                (_, Some(true)) => Err("expected `,` or `]`"),
                _ => Err("expected `,` or `}`"),
            },
        }
    }

    /// Whether a comma may come before an element of an array, or before a key.
    fn is_lenient_comma(&self, is_array: bool) -> bool {
        self.lenient.commas && self.open.last() == Some(&is_array)
    }

    fn next(&mut self, state: State) -> Result<(), &'static str> {
        self.state = state;
        Ok(())
    }

    fn value(&mut self, byte: u8) -> Result<(), &'static str> {
        self.state = match byte {
            b'{' | b'[' if self.open.len() == MAX_NESTING => {
                return Err("expected nesting of at most 1024 levels");
            }
            b'{' => {
                self.open.push(false);
                State::Key { or_end: true }
            }
            b'[' => {
                self.open.push(true);
                State::Value { or_end: true }
            }
            b'"' => State::String { is_key: false },
            b't' => State::Word(b"rue"),
            b'f' => State::Word(b"alse"),
            b'n' => State::Word(b"ull"),
            b'N' if self.lenient.non_finite => State::Word(b"aN"),
            b'I' if self.lenient.non_finite => State::Word(b"nfinity"),
            b'-' => State::Number(Number::Minus),
            b'0' => State::Number(Number::Zero),
            b'1'..=b'9' => State::Number(Number::Integer),
            _ => return Err("expected a value"),
        };
        Ok(())
    }

    fn close(&mut self, is_array: bool) -> Result<(), &'static str> {
        match (self.open.last(), is_array) {
            (Some(true), false) => Err("expected `,` or `]`"),
            (Some(false), true) => Err("expected `,` or `}`"),
            _ => {
                self.open.pop();
                self.next(State::Next)
            }
        }
    }

    fn string(&mut self, byte: u8, is_key: bool) -> Result<(), &'static str> {
        let utf8 = |left, least, most| State::Utf8 {
            is_key,
            left,
            least,
            most,
        };
        self.state = match byte {
            b'"' if is_key => State::Colon,
            b'"' => State::Next,
            b'\\' => State::Escape { is_key },
            0..0x20 => return Err("expected control characters in strings to be escaped"),
            0x20..0x80 => State::String { is_key },
            // The well-formed sequences of Unicode, table 3-7.
            0xc2..=0xdf => utf8(1, 0x80, 0xbf),
            0xe0 => utf8(2, 0xa0, 0xbf),
            0xed => utf8(2, 0x80, 0x9f),
            0xe1..=0xef => utf8(2, 0x80, 0xbf),
            0xf0 => utf8(3, 0x90, 0xbf),
            0xf1..=0xf3 => utf8(3, 0x80, 0xbf),
            0xf4 => utf8(3, 0x80, 0x8f),
            _ => return Err("expected UTF-8; convert the input to UTF-8"),
        };
        Ok(())
    }

    fn number(&mut self, number: Number, byte: u8) -> Result<Step, &'static str> {
        use Number::{
            Exponent, ExponentDigits, ExponentSign, Fraction, Integer, Minus, Point, Zero,
        };
        let next = match (number, byte) {
            (Minus, b'I') if self.lenient.non_finite => {
                self.state = State::Word(b"nfinity");
                return Ok(Step::Taken);
            }
            (Minus, b'0') => Zero,
            (Minus, b'1'..=b'9') | (Integer, b'0'..=b'9') => Integer,
            (Zero, b'0'..=b'9') => return Err("expected a number without leading zeros"),
            (Zero | Integer, b'.') => Point,
            (Point | Fraction, b'0'..=b'9') => Fraction,
            (Zero | Integer | Fraction, b'e' | b'E') => Exponent,
            (Exponent, b'+' | b'-') => ExponentSign,
            (Exponent | ExponentSign | ExponentDigits, b'0'..=b'9') => ExponentDigits,
            (Zero | Integer | Fraction | ExponentDigits, _) => {
                self.state = State::Next;
                return Ok(Step::Again);
            }
            _ => return Err("expected a digit"),
        };
        self.state = State::Number(next);
        Ok(Step::Taken)
    }
}

/// Before the four digits of a `\uXXXX`, behind that of a high surrogate if `high`.
fn hex(is_key: bool, high: bool) -> State {
    State::Unicode {
        is_key,
        left: 4,
        code: 0,
        high,
    }
}

/// Behind a `\uXXXX` of this code: a low surrogate must come after a high one, and only there,
/// unless that `is_lenient`.
fn surrogate(is_key: bool, code: u16, high: bool, is_lenient: bool) -> Result<State, &'static str> {
    let is_high = (0xd800..0xdc00).contains(&code);
    let is_low = (0xdc00..0xe000).contains(&code);
    match is_high {
        _ if high != is_low && !is_lenient => Err(LONE_SURROGATE),
        true => Ok(State::LowEscape {
            is_key,
            is_u: false,
        }),
        false => Ok(State::String { is_key }),
    }
}

/// What became of a byte.
enum Step {
    Taken,
    /// It ended a number or an escape, and belongs to what follows that.
    Again,
}
