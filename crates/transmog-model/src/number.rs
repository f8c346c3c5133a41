//! Numbers as RFC 8259 writes them, and as text in the form of RFC 8785.

/// The largest magnitude of `decimal(38, 0)`.
const DECIMAL_MAX: u128 = 10u128.pow(38) - 1;

/// A JSON number, exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number<'a> {
    /// An integer within int64.
    Integer(i64),
    /// An integer of at most 38 digits beyond int64.
    Decimal(i128),
    /// A number with a fraction or an exponent, nearest float64.
    Float(f64),
    /// A number beyond 38 digits or beyond float64, as it was written.
    Huge(&'a str),
}

/// Classifies the text of one number. The text must follow the grammar of
/// RFC 8259; other text gives `Huge`.
///
/// ```
/// use transmog_model::{Number, parse_number};
/// assert_eq!(parse_number("7"), Number::Integer(7));
/// assert_eq!(parse_number("7.0"), Number::Float(7.0));
/// assert_eq!(parse_number("18446744073709551616"), Number::Decimal(1 << 64));
/// assert_eq!(parse_number("1e400"), Number::Huge("1e400"));
/// ```
#[must_use]
pub fn parse_number(text: &str) -> Number<'_> {
    if text.bytes().any(|b| matches!(b, b'.' | b'e' | b'E')) {
        return match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Number::Float(value),
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

/// Appends the digits of an integer.
pub fn write_integer(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a finite float in the form of RFC 8785 (ECMAScript
/// `Number::toString`): the shortest text that reads back equal, `1.0` as `1`.
pub fn write_float(out: &mut Vec<u8>, value: f64) {
    // Integers below 2^53 are common in float columns and faster as integers.
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        write_integer(out, value as i64);
    } else {
        out.extend_from_slice(ryu_js::Buffer::new().format_finite(value).as_bytes());
    }
}
