//! The fast parser: valid JSON straight to the sink. It gives up on anything unusual, and the
//! exact parser takes over.
//!
//! It needs text that is known to be UTF-8, so no string is checked again. It keeps no stack:
//! which of the open containers are objects is a bit each in a `u64`, which bounds the levels.
//! Keys that the sink expects next are compared in place and never copied
//! ([`EventSink::known_key`]).

use super::{exact::unescaped, words::find_special};
use std::ops::Range;
use transmog_events::{EventSink, Ignored, parse_number};

/// Levels of nesting that it follows, a bit each.
const MAX_LEVELS: u32 = u64::BITS;

/// Powers of ten that a float64 holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
/// Any number of this many digits fits 64 bits.
const MAX_DIGITS: usize = 19;
/// The float64 nearest to a number with fewer digits than this one has it as its shortest text.
const GIVEN_BACK: u64 = 10u64.pow(f64::DIGITS);

/// Parses the value at `at` and gives its end. `None` leaves it to the exact parser; the sink
/// may have seen a part of the value then and must forget it.
pub(crate) fn parse<S: EventSink>(
    text: &str,
    at: usize,
    unescaped: &mut String,
    sink: &mut S,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut parser = Parser {
        text,
        bytes,
        at,
        unescaped,
        sink,
    };
    parser.value()?;
    Some(parser.at)
}

struct Parser<'t, 's, S> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// The string at hand with its escapes resolved.
    unescaped: &'s mut String,
    sink: &'s mut S,
}

impl<S: EventSink> Parser<'_, '_, S> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next byte that is not blank.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        let mut byte = self.peek()?;
        while byte <= b' ' {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return None;
            }
            self.at += 1;
            byte = self.peek()?;
        }
        Some(byte)
    }

    fn value(&mut self) -> Option<()> {
        let mut levels = 0;
        // Of the levels entered, whether each is an object.
        let mut objects: u64 = 0;
        loop {
            match self.next()? {
                b'"' => self.string()?,
                b'-' | b'0'..=b'9' => self.number()?,
                bracket @ (b'{' | b'[') => {
                    if levels == MAX_LEVELS {
                        return None;
                    }
                    let is_object = bracket == b'{';
                    self.at += 1;
                    match is_object {
                        true => self.sink.begin_object().ok()?,
                        false => self.sink.begin_array().ok()?,
                    }
                    let end = if is_object { b'}' } else { b']' };
                    if self.next()? != end {
                        levels += 1;
                        objects = objects << 1 | u64::from(is_object);
                        if !(is_object && self.key()?) {
                            continue;
                        }
                    } else {
                        self.at += 1;
                        match is_object {
                            true => self.sink.end_object().ok()?,
                            false => self.sink.end_array().ok()?,
                        }
                    }
                }
                b't' => {
                    self.word(b"true")?;
                    self.sink.boolean(true).ok()?;
                }
                b'f' => {
                    self.word(b"false")?;
                    self.sink.boolean(false).ok()?;
                }
                b'n' => {
                    self.word(b"null")?;
                    self.sink.null().ok()?;
                }
                _ => return None,
            }
            // After a value: go to the next one, and close what ends here.
            loop {
                if levels == 0 {
                    return Some(());
                }
                let is_object = objects & 1 == 1;
                match self.next()? {
                    b',' => {
                        self.at += 1;
                        if is_object {
                            self.next()?;
                            if self.key()? {
                                continue;
                            }
                        }
                        break;
                    }
                    b'}' if is_object => self.sink.end_object().ok()?,
                    b']' if !is_object => self.sink.end_array().ok()?,
                    _ => return None,
                }
                self.at += 1;
                levels -= 1;
                objects >>= 1;
            }
        }
    }

    #[inline]
    fn word(&mut self, word: &[u8]) -> Option<()> {
        let found = self.bytes.get(self.at..self.at + word.len())?;
        self.at += word.len();
        (found == word).then_some(())
    }

    /// A member's key and the colon, and the value if the sink leaves it out; whether it does.
    #[inline]
    fn key(&mut self) -> Option<bool> {
        if self.peek()? != b'"' {
            return None;
        }
        self.at += 1;
        match self.sink.known_key(&self.text[self.at..]) {
            Some(length) => {
                self.at += length + 1;
                self.colon()?;
                Some(false)
            }
            None => self.read_key(),
        }
    }

    /// The same of a key that the sink does not expect.
    fn read_key(&mut self) -> Option<bool> {
        match self.plain_string()? {
            Some(key) => self.sink.key(&self.text[key]).ok()?,
            None => self.sink.key(self.unescaped).ok()?,
        }
        self.colon()?;
        let is_left_out = self.sink.leaves_out();
        if is_left_out {
            self.at = parse(self.text, self.at, self.unescaped, &mut Ignored)?;
        }
        Some(is_left_out)
    }

    #[inline]
    fn colon(&mut self) -> Option<()> {
        let byte = self.next()?;
        self.at += 1;
        (byte == b':').then_some(())
    }

    #[inline]
    fn string(&mut self) -> Option<()> {
        self.at += 1;
        match self.plain_string()? {
            Some(string) => self.sink.string(&self.text[string]).ok(),
            None => self.sink.string(self.unescaped).ok(),
        }
    }

    /// The rest of a string after its first quote: its place in the text, or `None` inside when
    /// it had escapes and is in `unescaped`.
    #[inline]
    fn plain_string(&mut self) -> Option<Option<Range<usize>>> {
        let start = self.at;
        let end = next_special(self.bytes, start);
        self.at = end + 1;
        match self.bytes.get(end)? {
            b'"' => Some(Some(start..end)),
            b'\\' => {
                self.unescaped.clear();
                self.unescaped.push_str(&self.text[start..end]);
                self.escaped_string().map(|()| None)
            }
            _ => None,
        }
    }

    /// The rest of a string after a backslash.
    fn escaped_string(&mut self) -> Option<()> {
        loop {
            let escape = self.peek()?;
            self.at += 1;
            let character = match escape {
                b'u' => self.unicode()?,
                _ => unescaped(escape)?,
            };
            self.unescaped.push(character);
            let start = self.at;
            let end = next_special(self.bytes, start);
            self.unescaped.push_str(&self.text[start..end]);
            self.at = end + 1;
            match self.bytes.get(end)? {
                b'"' => return Some(()),
                b'\\' => {}
                _ => return None,
            }
        }
    }

    /// The character of `\uXXXX`, or of a pair of them.
    fn unicode(&mut self) -> Option<char> {
        let mut code = self.hex()?;
        if (0xd800..0xdc00).contains(&code) {
            self.word(b"\\u")?;
            let low = self.hex()?;
            if !(0xdc00..0xe000).contains(&low) {
                return None;
            }
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        char::from_u32(code)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |code, digit| {
            Some(code * 16 + char::from(*digit).to_digit(16)?)
        })
    }

    /// Appends the digits from `self.at` on to `number` and counts them. Beyond
    /// [`MAX_DIGITS`] the number wraps and must not be used.
    #[inline]
    fn digits(&mut self, number: &mut u64) -> usize {
        let start = self.at;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            *number = number
                .wrapping_mul(10)
                .wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        self.at - start
    }

    /// A number.
    ///
    /// **Be advised:** this is the fast path of Clinger's algorithm. Its digits are collected
    /// without the point, as one integer times a power of ten. When the integer is at most
    /// 2^53 and the power at most 10^22, float64 holds both exactly, and IEEE 754 rounds one
    /// multiplication or division correctly: the result is the nearest float64, as
    /// `str::parse` gives it. At most [`MAX_DIGITS`] digits are trusted, since more may have
    /// wrapped. All other numbers go to [`any_number`](Self::any_number).
    ///
    /// *Proved* by `floats_are_the_nearest` below and by `json/tests.rs`.
    #[inline]
    fn number(&mut self) -> Option<()> {
        let start = self.at;
        let is_negative = self.peek() == Some(b'-');
        self.at += usize::from(is_negative);
        let leads_with_zero = self.peek() == Some(b'0');
        let mut digits = 0;
        let mut count = self.digits(&mut digits);
        if count == 0 || (leads_with_zero && count > 1) {
            return None;
        }
        let mut power = 0;
        match self.peek() {
            Some(b'.') => {
                self.at += 1;
                let fraction = self.digits(&mut digits);
                if fraction == 0 {
                    return None;
                }
                count += fraction;
                power -= i64::try_from(fraction).ok()?;
                if let Some(b'e' | b'E') = self.peek() {
                    power += self.exponent()?;
                }
            }
            Some(b'e' | b'E') => power = self.exponent()?,
            _ if count < MAX_DIGITS => {
                let value = digits as i64;
                let value = if is_negative { -value } else { value };
                return self.sink.integer(value).ok();
            }
            _ => return self.any_number(start),
        }
        // Both numbers are exact, so their product or quotient is the nearest.
        let exact = |power: i64| POWERS.get(usize::try_from(power).ok()?);
        if count <= MAX_DIGITS && digits <= 1 << f64::MANTISSA_DIGITS {
            let value = digits as f64;
            let value = match (exact(power), exact(-power)) {
                (Some(power), _) => value * power,
                (_, Some(power)) => value / power,
                _ => return self.any_number(start),
            };
            let value = if is_negative { -value } else { value };
            return match digits < GIVEN_BACK {
                true => self.sink.float(value).ok(),
                false => self.sink.long_float(value, &self.text[start..self.at]).ok(),
            };
        }
        self.any_number(start)
    }

    fn exponent(&mut self) -> Option<i64> {
        self.at += 1;
        let sign = self.peek()?;
        self.at += usize::from(matches!(sign, b'+' | b'-'));
        let mut exponent = 0;
        // An exponent of that many digits is beyond every exact power.
        match self.digits(&mut exponent) {
            0 => None,
            1..MAX_DIGITS if sign == b'-' => Some(-(exponent as i64)),
            1..MAX_DIGITS => Some(exponent as i64),
            _ => Some(i64::MAX / 2),
        }
    }

    /// The number from `start` to here, without a shortcut.
    fn any_number(&mut self, start: usize) -> Option<()> {
        let number = parse_number(&self.text[start..self.at]);
        number.give(self.sink).ok()
    }
}

/// The place of the next quote, backslash or control character, or the end.
#[inline]
fn next_special(bytes: &[u8], at: usize) -> usize {
    find_special::<false>(bytes, at).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use transmog_events::JsonText;

    #[test]
    fn floats_are_the_nearest() {
        let mut bits = 1u64;
        for step in 0..100_000i64 {
            // Xorshift.
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            let (whole, fraction) = (bits >> (step % 60), bits % 1000);
            for text in [
                format!("{whole}.{fraction:03}"),
                format!("-{whole}e{}", step % 60 - 30),
                format!("{}.{fraction}E+{}", whole % 100, step % 30),
            ] {
                let mut sink = JsonText::default();
                parse(&text, 0, &mut String::new(), &mut sink).expect("a number");
                let found: f64 = sink.as_str().parse().expect("a number");
                assert_eq!(Ok(found), text.parse(), "{text}");
            }
        }
    }

    #[test]
    fn special_bytes_are_found_wherever_they_stand() {
        let is_special = |byte: u8| byte == b'"' || byte == b'\\' || byte < 0x20;
        for byte in 0..=255 {
            for other in [b'a', 0x80, 0xff, b'!', b'#', b'[', b']', 0x20, byte] {
                for len in 0..20 {
                    for at in 0..len {
                        let mut bytes = vec![other; len];
                        bytes[at] = byte;
                        let first = bytes.iter().position(|byte| is_special(*byte));
                        assert_eq!(next_special(&bytes, 0), first.unwrap_or(len), "{bytes:?}");
                    }
                }
            }
        }
    }
}
