//! Numbers in the grammar of RFC 8259, and their text in the form of RFC 8785.

use crate::event::{EventSink, Rejection};

/// The largest magnitude of `decimal(38, 0)`.
const DECIMAL_MAX: u128 = 10u128.pow(38) - 1;

/// A JSON number, with nothing lost: which of the numeric events it is. It is exhaustive, as these
/// are.
///
/// # Examples
/// ```
/// use transmog_events::{JsonText, Number, Rejection, parse_number};
///
/// let number = parse_number("12345678901234567890");
/// assert_eq!(number, Number::Decimal(12_345_678_901_234_567_890));
/// let mut text = JsonText::default();
/// number.give(&mut text)?;
/// assert_eq!(text.as_str(), "12345678901234567890");
/// # Ok::<(), Rejection>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Number<'a> {
    /// An integer within int64.
    Integer(i64),
    /// An integer beyond int64 with at most 38 digits.
    Decimal(i128),
    /// A number with a fraction or an exponent that its nearest float64 gives back.
    Float(f64),
    /// A number with a fraction or an exponent that its nearest float64 may not give back, and
    /// the number as it was written: one of more than 15 characters, or below the normal range of
    /// float64.
    Long(f64, &'a str),
    /// A number of more than 38 digits, or beyond the range of float64, as it was written.
    Huge(&'a str),
}

impl Number<'_> {
    /// Gives the number to a sink as its event.
    ///
    /// # Errors
    /// When the sink does not accept the record.
    pub fn give<S: EventSink + ?Sized>(self, sink: &mut S) -> Result<(), Rejection> {
        match self {
            Number::Integer(value) => sink.integer(value),
            Number::Decimal(value) => sink.decimal(value),
            Number::Float(value) => sink.float(value),
            Number::Long(nearest, text) => sink.long_float(nearest, text),
            Number::Huge(text) => sink.exact_number(text),
        }
    }
}

/// Classifies the text of one number. The text must follow the grammar of RFC 8259; any other
/// text gives [`Number::Huge`] or a wrong number, without a panic.
///
/// # Examples
/// ```
/// use transmog_events::{Number, parse_number};
/// assert_eq!(parse_number("7"), Number::Integer(7));
/// assert_eq!(parse_number("7.0"), Number::Float(7.0));
/// assert_eq!(parse_number("18446744073709551616"), Number::Decimal(1 << 64));
/// assert_eq!(parse_number("0.10000000000000001"), Number::Long(0.1, "0.10000000000000001"));
/// assert_eq!(parse_number("1e400"), Number::Huge("1e400"));
/// assert_eq!(parse_number("1e-400"), Number::Huge("1e-400"));
/// assert_eq!(parse_number("0e-400"), Number::Float(0.0));
/// ```
#[must_use]
pub fn parse_number(text: &str) -> Number<'_> {
    if text.bytes().any(|b| matches!(b, b'.' | b'e' | b'E')) {
        return match text.parse::<f64>() {
            Ok(value) if value.is_finite() && (value != 0.0 || is_zero(text)) => {
                let is_given_back = text.len() <= f64::DIGITS as usize && !value.is_subnormal();
                match is_given_back {
                    true => Number::Float(value),
                    false => Number::Long(value, text),
                }
            }
            _ => Number::Huge(text),
        };
    }
    if let Ok(value) = text.parse::<i64>() {
        return Number::Integer(value);
    }
    match text.parse::<i128>() {
        Ok(value) if value.unsigned_abs() <= DECIMAL_MAX => Number::Decimal(value),
        _ => Number::Huge(text),
    }
}

/// Whether all digits before the exponent are 0.
fn is_zero(text: &str) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    !mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

/// Appends an integer of any primitive type in decimal digits.
#[inline]
pub fn write_integer(out: &mut Vec<u8>, value: impl itoa::Integer + TryInto<u32> + Copy) {
    match value.try_into() {
        Ok(short) if short < EIGHT_DIGITS => write_short_integer(out, short),
        _ => out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()),
    }
}

/// Numbers of at most eight digits are below it.
const EIGHT_DIGITS: u32 = 100_000_000;

/// The eight digits of a number below [`EIGHT_DIGITS`], a byte each, the first one in the lowest.
///
/// The number is split in halves of four digits, these in pairs, and pairs in digits, all parts at
/// once. The factors are reciprocals, exact for numbers of so many digits: `x * 10486 >> 20` is
/// `x / 100` up to 9999, and `x * 103 >> 10` is `x / 10` up to 99.
#[inline(always)]
fn eight_digits(number: u32) -> u64 {
    let halves = u64::from(number / 10_000) | u64::from(number % 10_000) << 32;
    let hundreds = (halves * 10_486) >> 20 & 0x7f_0000_007f;
    let pairs = hundreds | (halves - hundreds * 100) << 16;
    let tens = (pairs * 103) >> 10 & 0xf_000f_000f_000f;
    tens | (pairs - tens * 10) << 8
}

/// `0` in each byte.
const ZEROES: u64 = 0x3030_3030_3030_3030;

/// Appends the first `count` of eight digits. All eight are copied, since a fixed number of bytes is
/// copied faster.
#[inline(always)]
fn write_digits(out: &mut Vec<u8>, digits: u64, count: usize) {
    let end = out.len() + count;
    out.extend_from_slice(&(digits | ZEROES).to_le_bytes());
    out.truncate(end);
}

#[inline(always)]
fn write_short_integer(out: &mut Vec<u8>, value: u32) {
    let digits = eight_digits(value);
    // The last digit is written even if it is 0.
    let zeroes = (digits | 1 << 56).trailing_zeros() / 8;
    write_digits(out, digits >> (zeroes * 8), 8 - zeroes as usize);
}

/// Appends a finite float in the form of RFC 8785, which is that of `Number::toString` in
/// ECMAScript: the shortest text that reads back equal, `1.0` as `1`.
///
/// # Examples
/// ```
/// let mut out = Vec::new();
/// transmog_events::write_float(&mut out, 1e21);
/// assert_eq!(out, b"1e+21");
/// ```
#[inline]
pub fn write_float(out: &mut Vec<u8>, value: f64) {
    // Integers below 2^53 are common in float columns and faster as integers.
    let whole = value as i64;
    if whole as f64 == value && value.abs() < MAX_EXACT {
        write_integer(out, whole);
    } else if !write_short_decimal(out, value) {
        out.extend_from_slice(ryu_js::Buffer::new().format_finite(value).as_bytes());
    }
}

/// Integers below this are exact in float64.
pub(crate) const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
/// Digits after the point that are tried, and ten to their power.
pub(crate) const DECIMALS: usize = 6;
const SCALE: f64 = 1e6;
/// With this many decimals, a number below this has at most 15 digits.
const MAX_SHORT: f64 = 1e9;
/// Smaller numbers are written with an exponent.
const MIN_SHORT: f64 = 1e-6;

/// A number of few decimals, an amount or a coordinate for example, times a million.
///
/// **Be advised:** two different numbers of at most 15 digits never have the same nearest
/// float64. So if such a number gives the float back on division, it is the shortest text of that
/// float, and the long search for the shortest text is saved. *Proved* by the test below against
/// `ryu-js`, on random floats.
pub(crate) fn millionths(magnitude: f64) -> Option<u64> {
    if !(MIN_SHORT..MAX_SHORT).contains(&magnitude) {
        return None;
    }
    // Signed integers are converted faster.
    let scaled = (magnitude * SCALE + 0.5) as i64;
    (scaled as f64 / SCALE == magnitude).then_some(scaled.cast_unsigned())
}

/// Appends a number of few decimals. `false`, and nothing appended, if it has more.
fn write_short_decimal(out: &mut Vec<u8>, value: f64) -> bool {
    let Some(scaled) = millionths(value.abs()) else {
        return false;
    };
    let (whole, decimals) = (scaled / SCALE as u64, scaled % SCALE as u64);
    if value < 0.0 {
        out.push(b'-');
    }
    write_integer(out, whole);
    let digits = eight_digits(decimals as u32 * 10u32.pow(8 - DECIMALS as u32));
    let zeroes = digits.leading_zeros() as usize / 8;
    let mut text = [b'.'; 1 + 8];
    text[1..].copy_from_slice(&(digits | ZEROES).to_le_bytes());
    let end = out.len() + text.len() - zeroes;
    out.extend_from_slice(&text);
    out.truncate(end);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: f64) -> String {
        let mut out = Vec::new();
        write_float(&mut out, value);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn integers_are_written_in_decimal_digits() {
        let mut bits = 1u64;
        for step in 0..200_000u64 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let value = (bits >> (step % 64)).cast_signed();
            for value in [
                value,
                -value,
                step as i64,
                EIGHT_DIGITS as i64 - step as i64,
            ] {
                let mut out = Vec::new();
                write_integer(&mut out, value);
                assert_eq!(out, value.to_string().as_bytes());
            }
        }
        for value in [i64::MIN, i64::MAX, 0, -1, 99_999_999, 100_000_000] {
            let mut out = Vec::new();
            write_integer(&mut out, value);
            assert_eq!(out, value.to_string().as_bytes());
        }
    }

    #[test]
    fn floats_are_written_as_rfc_8785_demands() {
        let mut bits = 1u64;
        let check = |value: f64| {
            let shortest = ryu_js::Buffer::new().format_finite(value).to_owned();
            assert_eq!(text(value), shortest, "{value:e}");
        };
        for step in 0..200_000u64 {
            // Xorshift.
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            let scale = [1.0, 10.0, 100.0, 1e3, 1e6, 1e7, 1e9, 1e15][(step % 8) as usize];
            for value in [
                f64::from_bits(bits),
                (bits >> 20) as f64 / scale,
                -((bits >> 40) as f64 / scale),
                ((bits >> 40) as f64 / scale).next_up(),
            ] {
                if value.is_finite() {
                    check(value);
                }
            }
        }
        for value in [
            0.0,
            -0.0,
            1e-6,
            1e-7,
            0.1,
            0.5,
            1e9,
            999_999_999.999_999,
            1e21,
            1e-5,
        ] {
            check(value);
            check(-value);
        }
    }
}
