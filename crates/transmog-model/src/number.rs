//! Numbers as RFC 8259 writes them, and as text in the form of RFC 8785.

use std::borrow::Cow;

/// The largest magnitude of `decimal(38, 0)`.
const DECIMAL_MAX: u128 = 10u128.pow(38) - 1;

/// A JSON number, exact.
#[derive(Clone, Debug, PartialEq)]
pub enum Number<'a> {
    /// An integer within int64.
    Integer(i64),
    /// An integer of at most 38 digits beyond int64.
    Decimal(i128),
    /// A number with a fraction or an exponent, nearest float64.
    Float(f64),
    /// A number beyond 38 digits, or too large or too small for float64, as it
    /// was written but for its exponent, which is `e400` where `E400` or `e+400` stood.
    Huge(Cow<'a, str>),
}

/// Classifies the text of one number. The text must follow the grammar of
/// RFC 8259; other text gives `Huge`.
///
/// ```
/// use transmog_model::{Number, parse_number};
/// assert_eq!(parse_number("7"), Number::Integer(7));
/// assert_eq!(parse_number("7.0"), Number::Float(7.0));
/// assert_eq!(parse_number("18446744073709551616"), Number::Decimal(1 << 64));
/// assert_eq!(parse_number("1e400"), Number::Huge("1e400".into()));
/// assert_eq!(parse_number("1e-400"), Number::Huge("1e-400".into()));
/// assert_eq!(parse_number("0e-400"), Number::Float(0.0));
/// ```
#[must_use]
pub fn parse_number(text: &str) -> Number<'_> {
    if text.bytes().any(|b| matches!(b, b'.' | b'e' | b'E')) {
        return match text.parse::<f64>() {
            Ok(value) if value.is_finite() && (value != 0.0 || is_zero(text)) => {
                Number::Float(value)
            }
            _ if text.contains(['E', '+']) => {
                let text = text.replace('E', "e").replace('+', "");
                Number::Huge(text.into())
            }
            _ => Number::Huge(text.into()),
        };
    }
    if let Ok(value) = text.parse::<i64>() {
        return Number::Integer(value);
    }
    match text.parse::<i128>() {
        Ok(value) if value.unsigned_abs() <= DECIMAL_MAX => Number::Decimal(value),
        _ => Number::Huge(text.into()),
    }
}

/// Whether every digit before the exponent is 0.
fn is_zero(text: &str) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    !mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

/// Appends the digits of an integer.
pub fn write_integer(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a finite float in the form of RFC 8785 (ECMAScript
/// `Number::toString`): the shortest text that reads back equal, `1.0` as `1`.
pub fn write_float(out: &mut Vec<u8>, value: f64) {
    // Integers below 2^53 are common in float columns and faster as integers.
    let whole = value as i64;
    if whole as f64 == value && value.abs() < 9_007_199_254_740_992.0 {
        write_integer(out, whole);
    } else {
        out.extend_from_slice(ryu_js::Buffer::new().format_finite(value).as_bytes());
    }
}
