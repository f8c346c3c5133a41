//! The fast parser: valid JSON straight to the sink. It gives up on anything unusual, and the
//! exact parser takes over.
//!
//! It needs text that is known to be UTF-8, so no string is checked again. It keeps no stack:
//! which of the open containers are objects is a bit each in a `u64`, which bounds the levels.
//! Keys that the sink expects next are compared in place and never copied
//! ([`EventSink::known_key`]).
//!
//! The place in the text goes from call to call as a number, so that it stays in a register. Strings
//! and keys are looked at sixteen bytes at a time and digits eight at a time, which may be bytes
//! behind the end of the value; no byte behind it is taken.

use super::{block::find_special, exact::unescaped, words::Word};
use std::ops::Range;
use transmog_events::{EventSink, Ignored, parse_number};

/// Levels of nesting that it follows, a bit each.
const MAX_LEVELS: u32 = u64::BITS;

/// Powers of ten that a float64 holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
/// The same of 64 bits, for digits that are read together.
const WHOLE_POWERS: [u64; 9] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
];
/// Any number of this many digits fits 64 bits.
const MAX_DIGITS: usize = 19;
/// The float64 nearest to a number with fewer digits than this one has it as its shortest text.
const GIVEN_BACK: u64 = 10u64.pow(f64::DIGITS);
/// Bytes of the quote and the colon behind a key.
const KEY_END: usize = 2;
/// Bytes behind the end of a value that are looked at.
const LOOK_AHEAD: usize = 32;

/// Parses the value that begins at the start of `range`, and gives its end, which is at most that of
/// the range. `None` leaves it to the exact parser; the sink may have seen a part of the value then
/// and must forget it.
#[inline]
pub(crate) fn parse<S: EventSink>(
    text: &str,
    range: Range<usize>,
    unescaped: &mut String,
    sink: &mut S,
) -> Option<usize> {
    let all = text.as_bytes();
    let mut parser = Parser {
        text,
        bytes: &all[..range.end],
        ahead: &all[..all.len().min(range.end + LOOK_AHEAD)],
        unescaped,
        sink,
    };
    parser.value(range.start)
}

struct Parser<'t, 's, S> {
    text: &'t str,
    /// The text up to where the value must end.
    bytes: &'t [u8],
    /// The same and a little more.
    ahead: &'t [u8],
    /// The string at hand with its escapes resolved.
    unescaped: &'s mut String,
    sink: &'s mut S,
}

/// A string: its place in the text, or it had escapes and is in `unescaped`.
enum Text {
    Plain(Range<usize>),
    Unescaped,
}

impl<S: EventSink> Parser<'_, '_, S> {
    #[inline(always)]
    fn peek(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// The next byte that is not blank, and its place.
    #[inline(always)]
    fn next(&self, at: usize) -> Option<(u8, usize)> {
        match self.peek(at)? {
            0..=b' ' => self.behind_blanks(at),
            byte => Some((byte, at)),
        }
    }

    #[inline(never)]
    fn behind_blanks(&self, mut at: usize) -> Option<(u8, usize)> {
        loop {
            match self.peek(at)? {
                b' ' | b'\t' | b'\n' | b'\r' => at += 1,
                byte => return Some((byte, at)),
            }
        }
    }

    /// The value at `at`, or behind blanks there. Each of these functions gives the place behind what
    /// it read.
    fn value(&mut self, mut at: usize) -> Option<usize> {
        let mut levels = 0;
        // Of the levels entered, whether each is an object.
        let mut objects: u64 = 0;
        loop {
            let (byte, start) = self.next(at)?;
            at = start + 1;
            match byte {
                b'"' => at = self.string(at)?,
                b'-' | b'0'..=b'9' => at = self.number(start)?,
                b'{' | b'[' => {
                    if levels == MAX_LEVELS {
                        return None;
                    }
                    let is_object = byte == b'{';
                    match is_object {
                        true => self.sink.begin_object().ok()?,
                        false => self.sink.begin_array().ok()?,
                    }
                    let (first, start) = self.next(at)?;
                    match (is_object, first) {
                        (true, b'}') => {
                            self.sink.end_object().ok()?;
                            at = start + 1;
                        }
                        (false, b']') => {
                            self.sink.end_array().ok()?;
                            at = start + 1;
                        }
                        _ => {
                            levels += 1;
                            objects = objects << 1 | u64::from(is_object);
                            at = start;
                            if !is_object {
                                continue;
                            }
                            let is_left_out;
                            (at, is_left_out) = self.key(first, start)?;
                            if !is_left_out {
                                continue;
                            }
                        }
                    }
                }
                b't' => {
                    at = self.word(start, b"true")?;
                    self.sink.boolean(true).ok()?;
                }
                b'f' => {
                    at = self.word(start, b"false")?;
                    self.sink.boolean(false).ok()?;
                }
                b'n' => {
                    at = self.word(start, b"null")?;
                    self.sink.null().ok()?;
                }
                _ => return None,
            }
            // After a value: go to the next one, and close what ends here.
            loop {
                if levels == 0 {
                    return Some(at);
                }
                let is_object = objects & 1 == 1;
                if is_object && self.bytes.get(at..at + 2) == Some(b",\"") {
                    let is_left_out;
                    (at, is_left_out) = self.key(b'"', at + 1)?;
                    match is_left_out {
                        true => continue,
                        false => break,
                    }
                }
                let (byte, place) = self.next(at)?;
                at = place + 1;
                match byte {
                    b',' => {
                        if is_object {
                            let (quote, place) = self.next(at)?;
                            let is_left_out;
                            (at, is_left_out) = self.key(quote, place)?;
                            if is_left_out {
                                continue;
                            }
                        }
                        break;
                    }
                    b'}' if is_object => self.sink.end_object().ok()?,
                    b']' if !is_object => self.sink.end_array().ok()?,
                    _ => return None,
                }
                levels -= 1;
                objects >>= 1;
            }
        }
    }

    #[inline(always)]
    fn word(&self, at: usize, word: &[u8]) -> Option<usize> {
        let end = at + word.len();
        (self.bytes.get(at..end)? == word).then_some(end)
    }

    /// A member's key, which begins with this byte, and the colon, and the value if the sink leaves it
    /// out; whether it does.
    #[inline(always)]
    fn key(&mut self, quote: u8, at: usize) -> Option<(usize, bool)> {
        if quote != b'"' {
            return None;
        }
        let start = at + 1;
        match self.sink.known_key(self.ahead.get(start..)?) {
            Some(length) => Some((start + length + KEY_END, false)),
            None => self.read_key(start),
        }
    }

    /// The same of a key that the sink does not expect.
    #[inline(never)]
    fn read_key(&mut self, at: usize) -> Option<(usize, bool)> {
        let (key, at) = self.plain_string(at)?;
        match key {
            Text::Plain(key) => self.sink.key(&self.text[key]).ok()?,
            Text::Unescaped => self.sink.key(self.unescaped).ok()?,
        }
        let at = self.colon(at)?;
        let is_left_out = self.sink.leaves_out();
        if is_left_out {
            let range = at..self.bytes.len();
            let end = parse(self.text, range, self.unescaped, &mut Ignored)?;
            return Some((end, true));
        }
        Some((at, false))
    }

    #[inline(always)]
    fn colon(&self, at: usize) -> Option<usize> {
        let (byte, at) = self.next(at)?;
        (byte == b':').then_some(at + 1)
    }

    /// The rest of a string after its first quote.
    #[inline(always)]
    fn string(&mut self, at: usize) -> Option<usize> {
        let (string, at) = self.plain_string(at)?;
        match string {
            Text::Plain(string) => self.sink.string(&self.text[string]).ok()?,
            Text::Unescaped => self.sink.string(self.unescaped).ok()?,
        }
        Some(at)
    }

    #[inline(always)]
    fn plain_string(&mut self, start: usize) -> Option<(Text, usize)> {
        let end = find_special::<false>(self.ahead, start)?;
        match self.peek(end)? {
            b'"' => Some((Text::Plain(start..end), end + 1)),
            b'\\' => Some((Text::Unescaped, self.escaped_string(start, end)?)),
            _ => None,
        }
    }

    /// A string from `start` on with the first backslash at `at`.
    #[inline(never)]
    fn escaped_string(&mut self, start: usize, mut at: usize) -> Option<usize> {
        self.unescaped.clear();
        self.unescaped.push_str(&self.text[start..at]);
        loop {
            let escape = self.peek(at + 1)?;
            at += 2;
            let character = match escape {
                b'u' => self.unicode(&mut at)?,
                _ => unescaped(escape)?,
            };
            self.unescaped.push(character);
            let end = find_special::<false>(self.bytes, at)?;
            self.unescaped.push_str(&self.text[at..end]);
            at = end;
            match self.peek(end)? {
                b'"' => return Some(end + 1),
                b'\\' => {}
                _ => return None,
            }
        }
    }

    /// The character of `\uXXXX`, or of a pair of them, of which the first `\u` was read.
    fn unicode(&self, at: &mut usize) -> Option<char> {
        let mut code = self.hex(at)?;
        if (0xd800..0xdc00).contains(&code) {
            *at = self.word(*at, b"\\u")?;
            let low = self.hex(at)?;
            if !(0xdc00..0xe000).contains(&low) {
                return None;
            }
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        char::from_u32(code)
    }

    fn hex(&self, at: &mut usize) -> Option<u32> {
        let digits = self.bytes.get(*at..*at + 4)?;
        *at += 4;
        digits.iter().try_fold(0, |code, digit| {
            Some(code * 16 + char::from(*digit).to_digit(16)?)
        })
    }

    /// Appends the digits from `at` on to `number`, and gives the place behind them. Beyond
    /// [`MAX_DIGITS`] the number wraps and must not be used.
    #[inline(always)]
    fn digits(&self, mut at: usize, number: &mut u64) -> usize {
        while let Some(word) = Word::at(self.ahead, at) {
            let (count, digits) = word.digits();
            *number = number
                .wrapping_mul(WHOLE_POWERS[count])
                .wrapping_add(digits);
            at += count;
            if count < size_of::<Word>() {
                return at;
            }
        }
        while let Some(digit @ b'0'..=b'9') = self.peek(at) {
            *number = number
                .wrapping_mul(10)
                .wrapping_add(u64::from(digit - b'0'));
            at += 1;
        }
        at
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
    #[inline(always)]
    fn number(&mut self, start: usize) -> Option<usize> {
        let is_negative = self.bytes[start] == b'-';
        let first = start + usize::from(is_negative);
        let mut digits = 0;
        let at = self.digits(first, &mut digits);
        let count = at - first;
        // No digit, or one too many behind a zero.
        if count == 0 || (count > 1 && self.bytes.get(first) == Some(&b'0')) {
            return None;
        }
        match self.peek(at) {
            Some(b'.') => {
                let end = self.digits(at + 1, &mut digits);
                let fraction = end - (at + 1);
                if fraction == 0 {
                    return None;
                }
                if let Some(b'e' | b'E') = self.peek(end) {
                    return self.scientific(start, end, digits, count, fraction);
                }
                if count + fraction <= MAX_DIGITS
                    && digits <= 1 << f64::MANTISSA_DIGITS
                    && let Some(power) = POWERS.get(fraction)
                {
                    let value = digits as f64 / power;
                    return self.float(
                        start,
                        end,
                        digits,
                        if is_negative { -value } else { value },
                    );
                }
                self.any_number(start, end)
            }
            Some(b'e' | b'E') => self.scientific(start, at, digits, count, 0),
            _ if count < MAX_DIGITS && at <= self.bytes.len() => {
                let value = digits as i64;
                let value = if is_negative { -value } else { value };
                self.sink.integer(value).ok()?;
                Some(at)
            }
            _ => self.any_number(start, at),
        }
    }

    /// A number with an exponent, which begins at `at`.
    #[inline(never)]
    fn scientific(
        &mut self,
        start: usize,
        at: usize,
        digits: u64,
        count: usize,
        fraction: usize,
    ) -> Option<usize> {
        let (exponent, end) = self.exponent(at + 1)?;
        let power = exponent - i64::try_from(fraction).ok()?;
        let exact = |power: i64| POWERS.get(usize::try_from(power).ok()?);
        if count + fraction > MAX_DIGITS || digits > 1 << f64::MANTISSA_DIGITS {
            return self.any_number(start, end);
        }
        // Both numbers are exact, so their product or quotient is the nearest.
        let value = match (exact(power), exact(-power)) {
            (Some(power), _) => digits as f64 * power,
            (_, Some(power)) => digits as f64 / power,
            _ => return self.any_number(start, end),
        };
        let is_negative = self.bytes[start] == b'-';
        self.float(start, end, digits, if is_negative { -value } else { value })
    }

    /// The exponent from `at` on, which may have a sign.
    fn exponent(&self, at: usize) -> Option<(i64, usize)> {
        let sign = self.peek(at)?;
        let first = at + usize::from(matches!(sign, b'+' | b'-'));
        let mut exponent = 0;
        let end = self.digits(first, &mut exponent);
        // An exponent of that many digits is beyond every exact power.
        let exponent = match end - first {
            0 => return None,
            1..MAX_DIGITS if sign == b'-' => -(exponent as i64),
            1..MAX_DIGITS => exponent as i64,
            _ => i64::MAX / 2,
        };
        Some((exponent, end))
    }

    /// The float64 that is nearest to the number with these digits.
    #[inline(always)]
    fn float(&mut self, start: usize, end: usize, digits: u64, nearest: f64) -> Option<usize> {
        // Digits behind the end of the text are none of this number.
        if end > self.bytes.len() {
            return None;
        }
        match digits < GIVEN_BACK {
            true => self.sink.float(nearest).ok()?,
            false => self.sink.long_float(nearest, &self.text[start..end]).ok()?,
        }
        Some(end)
    }

    /// The number from `start` to `end`, without a shortcut.
    #[inline(never)]
    fn any_number(&mut self, start: usize, end: usize) -> Option<usize> {
        self.bytes.get(start..end)?;
        let number = parse_number(&self.text[start..end]);
        number.give(self.sink).ok()?;
        Some(end)
    }
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
                parse(&text, 0..text.len(), &mut String::new(), &mut sink).expect("a number");
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
                        assert_eq!(find_special::<false>(&bytes, 0), first, "{bytes:?}");
                    }
                }
            }
        }
    }
}
