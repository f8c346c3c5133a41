//! The digits of numbers, and decimal numbers of at most 38 digits.

use crate::number::{DECIMALS, MAX_EXACT, millionths, write_integer};
use std::{cmp::Ordering, fmt};

/// Most digits of a [`Decimal`], before and after the point together.
pub const DECIMAL_DIGITS: u8 = 38;
/// From here on, the text of a float has an exponent, which that of a decimal never has.
const MAX_PLAIN: f64 = 1e21;
/// Numbers with more zeros than this after the point are written with an exponent.
const MAX_ZEROS: usize = 5;

/// The significant digits of a number in the grammar of RFC 8259, without zeros around them, and
/// the place of its point.
#[derive(Clone, Copy, Debug)]
struct Digits<'t> {
    is_negative: bool,
    /// From the first digit that is not 0 to the last one; the point may be among them.
    digits: &'t [u8],
    /// Digits before the point; a negative number counts zeros after it.
    point: i64,
}

impl<'t> Digits<'t> {
    fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let is_negative = bytes.first() == Some(&b'-');
        let is_exponent = |byte: &u8| matches!(byte, b'e' | b'E');
        let end = bytes.iter().position(is_exponent).unwrap_or(bytes.len());
        let mantissa = &bytes[usize::from(is_negative)..end];
        let is_digit = |byte: &u8| matches!(byte, b'1'..=b'9');
        let (Some(first), Some(last)) = (
            mantissa.iter().position(is_digit),
            mantissa.iter().rposition(is_digit),
        ) else {
            return Self {
                is_negative: false,
                digits: &[],
                point: 0,
            };
        };
        let point = mantissa.iter().position(|byte| *byte == b'.');
        let point = point.unwrap_or(mantissa.len());
        let before = match point.checked_sub(first) {
            Some(digits) => digits as i64,
            None => -((first - point - 1) as i64),
        };
        Self {
            is_negative,
            digits: &mantissa[first..=last],
            point: before.saturating_add(exponent(text.get(end + 1..).unwrap_or("0"))),
        }
    }

    fn iter(self) -> impl Iterator<Item = u8> {
        self.digits.iter().copied().filter(u8::is_ascii_digit)
    }

    fn count(self) -> usize {
        self.digits.len() - usize::from(self.digits.contains(&b'.'))
    }
}

impl PartialEq for Digits<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.is_negative, self.point) == (other.is_negative, other.point)
            && self.iter().eq(other.iter())
    }
}

/// The exponent as a number. One that does not fit is beyond all others.
fn exponent(digits: &str) -> i64 {
    digits.parse().unwrap_or(match digits.starts_with('-') {
        true => i64::MIN / 2,
        false => i64::MAX / 2,
    })
}

/// The number of digits in the text of a number, without zeros before and after all others.
///
/// # Examples
/// ```
/// assert_eq!(transmog_events::significant_digits("-0.01200e7"), 2);
/// ```
#[must_use]
pub fn significant_digits(text: &str) -> usize {
    Digits::of(text).count()
}

/// Whether the shortest decimal form of a finite float is the number in `text`, so that the float
/// gives the number back. `text` must follow the grammar of RFC 8259.
///
/// # Examples
/// ```
/// use transmog_events::gives_back;
/// assert!(gives_back(0.1, "1.00e-1"));
/// assert!(!gives_back(0.1, "0.10000000000000001"));
/// ```
#[must_use]
pub fn gives_back(float: f64, text: &str) -> bool {
    Digits::of(ryu_js::Buffer::new().format_finite(float)) == Digits::of(text)
}

/// A number of at most 38 digits, before and after the point together: an integer of units, of
/// which each is ten to the power of minus the scale.
///
/// Decimals compare by value: `1.50` equals `1.5`.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    units: i128,
    scale: u8,
}

impl Decimal {
    /// The number `units` × 10<sup>-`scale`</sup>. The caller keeps both within 38 digits.
    #[must_use]
    pub fn new(units: i128, scale: u8) -> Self {
        Self { units, scale }
    }

    /// The number in a JSON text, with no more digits after the point than it needs; `None` if it
    /// has more than 38 digits.
    /// `text` must follow the grammar of RFC 8259.
    ///
    /// # Examples
    /// ```
    /// use transmog_events::Decimal;
    /// let number = Decimal::parse("12.50e-1").expect("few digits");
    /// assert_eq!((number.to_string().as_str(), number.whole(), number.scale()), ("1.25", 1, 2));
    /// assert!(Decimal::parse("1e38").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = Digits::of(text);
        let most = i64::from(DECIMAL_DIGITS);
        let (count, point) = (digits.count() as i64, digits.point);
        if count == 0 {
            return Some(Self::new(0, 0));
        }
        let (whole, scale) = (point.max(0), count.saturating_sub(point).max(0));
        if whole.saturating_add(scale) > most {
            return None;
        }
        let units = digits.iter().fold(0, |units: i128, digit| {
            units * 10 + i128::from(digit - b'0')
        });
        let zeros = u32::try_from(point - count).unwrap_or(0);
        let units = units * 10i128.pow(zeros);
        let units = if digits.is_negative { -units } else { units };
        Some(Self::new(units, scale as u8))
    }

    /// The number that the shortest form of a float is; `None` if it has more than 38 digits, or
    /// is so large that its text has an exponent.
    #[must_use]
    pub fn of_float(float: f64) -> Option<Self> {
        let whole = float as i64;
        if whole as f64 == float && float.abs() < MAX_EXACT {
            return Some(Self::from(whole));
        }
        if let Some(mut units) = millionths(float.abs()) {
            let mut scale = DECIMALS as u8;
            while units % 10 == 0 {
                (units, scale) = (units / 10, scale - 1);
            }
            let units = i128::from(units);
            return Some(Self::new(if float < 0.0 { -units } else { units }, scale));
        }
        match float.abs() < MAX_PLAIN {
            true => Self::parse(ryu_js::Buffer::new().format_finite(float)),
            false => None,
        }
    }

    /// Digits before the point; 0 if the number is below 1.
    #[must_use]
    pub fn whole(self) -> u8 {
        digits_of(self.units.unsigned_abs()).saturating_sub(self.scale)
    }

    /// Digits after the point.
    #[must_use]
    pub fn scale(self) -> u8 {
        self.scale
    }

    /// The units of the number at a larger scale.
    ///
    /// # Panics
    /// When `scale` is less than that of the number, or the units have more than 38 digits.
    #[must_use]
    pub fn units(self, scale: u8) -> i128 {
        let more = scale.checked_sub(self.scale);
        let factor = more.and_then(|more| 10i128.checked_pow(more.into()));
        let units = factor.and_then(|factor| self.units.checked_mul(factor));
        units.expect("a column's decimals have room for all its numbers")
    }

    /// Appends the text of the number: digits for an integer, and for any other the form of RFC
    /// 8785, which is also that of a float of the same value.
    pub fn write(self, out: &mut Vec<u8>) {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(self.units.unsigned_abs()).as_bytes();
        let zeros = digits.iter().rev().take_while(|digit| **digit == b'0');
        let zeros = zeros.count().min(usize::from(self.scale));
        if self.units == 0 || zeros == usize::from(self.scale) {
            let whole = self.units / 10i128.pow(self.scale.into());
            return write_integer(out, whole);
        }
        let (digits, scale) = (
            &digits[..digits.len() - zeros],
            usize::from(self.scale) - zeros,
        );
        if self.units < 0 {
            out.push(b'-');
        }
        match digits.len().checked_sub(scale) {
            Some(whole) if whole > 0 => {
                out.extend_from_slice(&digits[..whole]);
                out.push(b'.');
                out.extend_from_slice(&digits[whole..]);
            }
            _ if scale - digits.len() <= MAX_ZEROS => {
                out.extend_from_slice(b"0.");
                out.resize(out.len() + scale - digits.len(), b'0');
                out.extend_from_slice(digits);
            }
            _ => {
                out.push(digits[0]);
                if digits.len() > 1 {
                    out.push(b'.');
                    out.extend_from_slice(&digits[1..]);
                }
                out.extend_from_slice(b"e-");
                write_integer(out, scale - digits.len() + 1);
            }
        }
    }
}

/// The number of decimal digits of an integer; 0 has none.
#[must_use]
pub fn digits_of(value: u128) -> u8 {
    value.checked_ilog10().map_or(0, |log| log as u8 + 1)
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self::new(value.into(), 0)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = |number: &Self| {
            let unit = 10i128.pow(number.scale.into());
            let rest = number.units % unit;
            let more = u32::from(DECIMAL_DIGITS.saturating_sub(number.scale));
            (number.units / unit, rest * 10i128.pow(more))
        };
        parts(self).cmp(&parts(other))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        self.write(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::write_float;

    #[test]
    fn digits_are_counted_without_the_zeros_around_them() {
        for (text, count) in [
            ("0", 0),
            ("-0.000e5", 0),
            ("1.000000000000000000000", 1),
            ("0.00012300", 3),
            ("-120.034000E-7", 6),
            ("100", 1),
            ("1.123456789012345678", 19),
        ] {
            assert_eq!(significant_digits(text), count, "{text}");
        }
    }

    #[test]
    fn a_float_gives_back_what_is_its_shortest_form() {
        for (text, is_given_back) in [
            ("0.1", true),
            ("0.10", true),
            ("1e-1", true),
            ("100.0e-003", true),
            ("40.417881799999996", true),
            ("0.10000000000000001", false),
            ("8.000000000000001", false),
            ("9007199254740993.0", false),
            ("9007199254740992.0", true),
            ("-1.5E+300", true),
            ("5e-324", true),
            ("4.9e-324", false),
            ("1e-400", false),
            ("0e-99999999999999999999", true),
        ] {
            let float: f64 = text.parse().expect("a number");
            assert_eq!(gives_back(float, text), is_given_back, "{text}");
        }
        assert!(!gives_back(0.1, "-0.1"));
    }

    #[test]
    fn decimals_have_the_digits_they_need() {
        for (text, expected) in [
            ("1.1234567890123456780", Some("1.123456789012345678")),
            ("-0.00000012345678901234567", Some("-1.2345678901234567e-7")),
            ("0.0000010", Some("0.000001")),
            ("12345678901234567890.0", Some("12345678901234567890")),
            ("123456789012345678e3", Some("123456789012345678000")),
            ("1E+37", Some("10000000000000000000000000000000000000")),
            ("1e38", None),
            ("1e-38", Some("1e-38")),
            ("1e-39", None),
            ("1e-9223372036854775809", None),
            ("10.1234567890123456789012345678901234567", None),
            (
                "0.12345678901234567890123456789012345678",
                Some("0.12345678901234567890123456789012345678"),
            ),
            ("-0.0", Some("0")),
        ] {
            let decimal = Decimal::parse(text).map(|decimal| decimal.to_string());
            assert_eq!(decimal.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn decimals_of_floats_have_their_text_at_any_scale() {
        let mut bits = 1u64;
        let mut count = 0;
        for step in 0..200_000u64 {
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            let scale = [1.0, 1e3, 1e6, 1e9, 1e15, 1e21][(step % 6) as usize];
            for float in [(bits >> 11) as f64 / scale, -((bits >> 40) as f64 / scale)] {
                let Some(decimal) = Decimal::of_float(float) else {
                    continue;
                };
                count += 1;
                let mut text = Vec::new();
                write_float(&mut text, float);
                let text = String::from_utf8_lossy(&text);
                assert_eq!(decimal.to_string(), text);
                assert_eq!(Decimal::parse(&text), Some(decimal));
                let wider = DECIMAL_DIGITS - decimal.whole();
                let scaled = Decimal::new(decimal.units(wider), wider);
                assert_eq!((scaled.to_string().as_str(), scaled), (&*text, decimal));
            }
        }
        assert!(count > 300_000, "{count}");
        for float in [1e21, -1e300, 1e-39] {
            assert_eq!(Decimal::of_float(float), None);
        }
    }

    #[test]
    fn decimals_are_ordered_by_value() {
        let ordered = [
            "-12", "-1.5", "-0.5", "-1e-38", "0", "1e-38", "0.3", "0.31", "1", "99",
        ];
        let decimals = ordered.map(|text| Decimal::parse(text).expect("few digits"));
        assert!(decimals.is_sorted_by(|a, b| a < b), "{decimals:?}");
    }
}
