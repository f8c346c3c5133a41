//! Types that a rule gives to values, and the conversion of values to them.

use crate::values::{Scalar, as_text};
use std::{fmt, str::FromStr};
use transmog_events::{DECIMAL_DIGITS, Decimal, Number, gives_back, parse_number};
use transmog_model::{TextForm, write_instant, write_instant_of};

/// The type that a rule gives to the values at its path.
///
/// # Examples
/// ```
/// use transmog_flatten::ValueType;
/// assert_eq!("decimal(10,2)".parse(), Ok(ValueType::Decimal { precision: 10, scale: 2 }));
/// assert_eq!(ValueType::Int64.to_string(), "int64");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueType {
    /// Strings as they are, all other values as their JSON text.
    Text,
    /// 64-bit signed integer.
    Int64,
    /// 64-bit IEEE 754 float.
    Float64,
    /// True or false.
    Boolean,
    /// A number of so many digits, so many of them after the point. Its column has 38 digits.
    Decimal {
        /// Digits before and after the point together, at most 38.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// The whole value as JSON text.
    Json,
    /// A day: text that is a `full-date` of RFC 3339.
    Date,
    /// An instant: text that is a `date-time` of RFC 3339, in UTC if it has no zone; or, if there is a
    /// unit, a number of these since the beginning of 1970.
    Timestamp(Option<TimeUnit>),
    /// Text that is a UUID, with letters of either case.
    Uuid,
}

/// The unit of a number that is a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// 1 s.
    Second,
    /// 10^-3 s.
    Millisecond,
    /// 10^-6 s.
    Microsecond,
    /// 10^-9 s.
    Nanosecond,
}

transmog_events::names! {
    TimeUnit, "unit of time" {
        Second = "s",
        Millisecond = "ms",
        Microsecond = "us",
        Nanosecond = "ns",
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueType::Text => "text",
            ValueType::Int64 => "int64",
            ValueType::Float64 => "float64",
            ValueType::Boolean => "boolean",
            ValueType::Decimal { precision, scale } => {
                return write!(f, "decimal({precision},{scale})");
            }
            ValueType::Json => "json",
            ValueType::Date => "date",
            ValueType::Timestamp(None) => "timestamp",
            ValueType::Timestamp(Some(unit)) => return write!(f, "timestamp({unit})"),
            ValueType::Uuid => "uuid",
        })
    }
}

impl FromStr for ValueType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = [
            ValueType::Text,
            ValueType::Int64,
            ValueType::Float64,
            ValueType::Boolean,
            ValueType::Json,
            ValueType::Date,
            ValueType::Timestamp(None),
            ValueType::Timestamp(Some(TimeUnit::Second)),
            ValueType::Timestamp(Some(TimeUnit::Millisecond)),
            ValueType::Timestamp(Some(TimeUnit::Microsecond)),
            ValueType::Timestamp(Some(TimeUnit::Nanosecond)),
            ValueType::Uuid,
        ];
        if let Some(found) = plain.into_iter().find(|known| known.to_string() == text) {
            return Ok(found);
        }
        let digits = text
            .strip_prefix("decimal(")
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(|inside| inside.split_once(','))
            .and_then(|(precision, scale)| Some((number(precision)?, number(scale)?)));
        match digits {
            Some((precision, scale))
                if (1..=DECIMAL_DIGITS).contains(&precision) && scale <= precision =>
            {
                Ok(ValueType::Decimal { precision, scale })
            }
            Some(_) => Err(format!(
                "expected decimal(p,s) with p from 1 to {DECIMAL_DIGITS} and s at most p, found \
                 `{text}`"
            )),
            None => Err(format!(
                "unknown type `{text}`; expected text, int64, float64, boolean, decimal(p,s), date, \
                 timestamp, timestamp(s|ms|us|ns), uuid or json"
            )),
        }
    }
}

fn number(text: &str) -> Option<u8> {
    text.trim().parse().ok()
}

/// What becomes of a value that is not of the type of a rule.
///
/// # Examples
/// ```
/// use transmog_flatten::OnMismatch;
/// assert_eq!("null".parse(), Ok(OnMismatch::Null));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnMismatch {
    /// Its record is rejected.
    #[default]
    Reject,
    /// It is null, and counted.
    Null,
}

transmog_events::names! {
    OnMismatch, "setting of mismatches" {
        Reject = "reject",
        Null = "null",
    }
}

impl ValueType {
    /// Whether the values are texts of a form, which gives their column its type.
    pub(crate) fn has_form(self) -> bool {
        matches!(
            self,
            ValueType::Date | ValueType::Timestamp(_) | ValueType::Uuid
        )
    }

    /// The value in this type; `None` if it is none of the type. Nothing is rounded, but a number with
    /// more digits than a float64 gives back, which is the nearest one as everywhere.
    pub(crate) fn convert<'a>(
        self,
        value: Scalar<'a>,
        text: &'a mut Vec<u8>,
    ) -> Option<Scalar<'a>> {
        match (self, value) {
            (_, Scalar::Null) => Some(Scalar::Null),
            (ValueType::Text, Scalar::Text(_)) | (ValueType::Boolean, Scalar::Boolean(_)) => {
                Some(value)
            }
            (ValueType::Text, _) => {
                value.write_text(text);
                std::str::from_utf8(text).ok().map(Scalar::Text)
            }
            (ValueType::Json, _) => unreachable!("it is kept as JSON text"),
            (ValueType::Boolean, Scalar::Text("true")) => Some(Scalar::Boolean(true)),
            (ValueType::Boolean, Scalar::Text("false")) => Some(Scalar::Boolean(false)),
            (ValueType::Boolean, _) => None,
            (ValueType::Date, Scalar::Text(text)) => {
                (TextForm::of(text) == TextForm::Date).then_some(value)
            }
            (ValueType::Uuid, Scalar::Text(uuid)) => {
                matches!(uuid_form(uuid, text)?, TextForm::Uuid(_))
                    .then(|| Scalar::Text(as_text(text)))
            }
            (ValueType::Timestamp(None), Scalar::Text(time)) => {
                write_instant(text, time).then(|| Scalar::Text(as_text(text)))
            }
            (ValueType::Date | ValueType::Timestamp(None) | ValueType::Uuid, _) => None,
            (_, Scalar::Text(digits)) => match is_number(digits) {
                true => self.convert(of_text(digits), text),
                false => None,
            },
            (ValueType::Timestamp(Some(unit)), _) => {
                let nanos = nanos(decimal(value)?, unit)?;
                write_instant_of(text, nanos).then(|| Scalar::Text(as_text(text)))
            }
            (ValueType::Int64, _) => {
                let decimal = decimal(value)?;
                let units = (decimal.scale() == 0).then(|| decimal.units(0))?;
                i64::try_from(units).ok().map(Scalar::Integer)
            }
            (ValueType::Float64, _) => float(value),
            (ValueType::Decimal { precision, scale }, _) => {
                let decimal = decimal(value)?;
                let fits = decimal.scale() <= scale && decimal.whole() <= precision - scale;
                fits.then(|| Scalar::Decimal(decimal.units(scale), scale))
            }
        }
    }
}

/// Writes a text with its letters in lower case, and tells its form.
fn uuid_form(text: &str, lower: &mut Vec<u8>) -> Option<TextForm> {
    lower.extend(text.bytes().map(|byte| byte.to_ascii_lowercase()));
    std::str::from_utf8(lower).ok().map(TextForm::of)
}

/// The nanoseconds of a number of a unit; `None` if it has parts of a nanosecond, or is too large.
fn nanos(number: Decimal, unit: TimeUnit) -> Option<i128> {
    let digits: u8 = match unit {
        TimeUnit::Second => 9,
        TimeUnit::Millisecond => 6,
        TimeUnit::Microsecond => 3,
        TimeUnit::Nanosecond => 0,
    };
    let missing = 10i128.pow(u32::from(digits.checked_sub(number.scale())?));
    number.units(number.scale()).checked_mul(missing)
}

/// Whether the text is a number in the grammar of RFC 8259.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| -> usize { text.bytes().take_while(u8::is_ascii_digit).count() };
    let rest = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let count = digits(exponent);
        return count > 0 && count == exponent.len();
    }
    rest.is_empty()
}

/// The value of a number's text.
fn of_text(text: &str) -> Scalar<'_> {
    match parse_number(text) {
        Number::Integer(value) => Scalar::Integer(value),
        Number::Decimal(value) => Scalar::Decimal(value, 0),
        Number::Float(value) => Scalar::Float(value),
        Number::Long(nearest, text) if gives_back(nearest, text) => Scalar::Float(nearest),
        Number::Long(nearest, text) => Scalar::Rounded(nearest, text),
        Number::Huge(text) => Scalar::Exact(text),
    }
}

/// The number as a decimal, with every digit; `None` if it has too many, or is none.
fn decimal(value: Scalar<'_>) -> Option<Decimal> {
    match value {
        Scalar::Integer(value) => Some(Decimal::from(value)),
        Scalar::Decimal(units, scale) => Some(Decimal::new(units, scale)),
        Scalar::Float(value) | Scalar::ShortFloat(value) => {
            Decimal::parse(shortest(value).as_str())
        }
        Scalar::Rounded(_, text) | Scalar::Exact(text) => Decimal::parse(text),
        Scalar::Null | Scalar::Boolean(_) | Scalar::Text(_) | Scalar::Json(_) => None,
    }
}

/// The number as a float64, if that gives the number back or is the nearest one to its digits.
fn float(value: Scalar<'_>) -> Option<Scalar<'_>> {
    match value {
        Scalar::Integer(integer) => float_of_integer(integer.into()),
        Scalar::Decimal(integer, 0) => float_of_integer(integer),
        Scalar::Float(_) | Scalar::ShortFloat(_) | Scalar::Rounded(..) => Some(value),
        Scalar::Exact(text) => {
            let float: f64 = text.parse().ok()?;
            (float.is_finite() && gives_back(float, text)).then_some(Scalar::Float(float))
        }
        _ => None,
    }
}

fn float_of_integer(integer: i128) -> Option<Scalar<'static>> {
    let float = integer as f64;
    let is_small = integer.unsigned_abs() <= 1 << 53;
    (is_small || gives_back(float, &integer.to_string())).then_some(Scalar::Float(float))
}

/// The shortest text of a float.
fn shortest(value: f64) -> String {
    let mut text = Vec::new();
    transmog_events::write_float(&mut text, value);
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{ValueType, is_number};
    use crate::values::Scalar;

    #[test]
    fn numbers_follow_the_grammar_of_json() {
        for text in ["0", "-0", "10", "1.5", "1e5", "1.5E+10", "0.0e-1"] {
            assert!(is_number(text), "{text}");
        }
        for text in [
            "", "-", "+1", "01", "1.", ".5", "1e", "1e+", " 1", "1 ", "0x1", "NaN", "1.5.5", "1e5x",
        ] {
            assert!(!is_number(text), "{text}");
        }
    }

    #[test]
    fn a_value_is_converted_exactly_or_not_at_all() {
        let text = |value: Scalar<'_>| {
            let mut out = Vec::new();
            value.write_text(&mut out);
            String::from_utf8(out).expect("UTF-8")
        };
        let decimal = ValueType::Decimal {
            precision: 5,
            scale: 2,
        };
        for (to, value, expected) in [
            (ValueType::Int64, Scalar::Text("42"), Some("42")),
            (ValueType::Int64, Scalar::Text("007"), None),
            (ValueType::Int64, Scalar::Text("4.2e1"), Some("42")),
            (ValueType::Int64, Scalar::Float(2.9), None),
            (ValueType::Int64, Scalar::Float(2.0), Some("2")),
            (ValueType::Int64, Scalar::Text("9223372036854775808"), None),
            (ValueType::Int64, Scalar::Boolean(true), None),
            (ValueType::Float64, Scalar::Integer((1 << 53) + 1), None),
            (
                ValueType::Float64,
                Scalar::Decimal(10i128.pow(20), 0),
                Some("100000000000000000000"),
            ),
            (ValueType::Float64, Scalar::Decimal(1 << 64, 0), None),
            (ValueType::Float64, Scalar::Text("1.10"), Some("1.1")),
            (ValueType::Float64, Scalar::Text("1e400"), None),
            (ValueType::Boolean, Scalar::Text("true"), Some("true")),
            (ValueType::Boolean, Scalar::Text("True"), None),
            (ValueType::Boolean, Scalar::Integer(1), None),
            (decimal, Scalar::Text("123.45"), Some("123.45")),
            (decimal, Scalar::Text("1234.5"), None),
            (decimal, Scalar::Float(1.005), None),
            (decimal, Scalar::Float(0.1), Some("0.1")),
            (ValueType::Text, Scalar::Float(1.0), Some("1")),
            (ValueType::Text, Scalar::Boolean(false), Some("false")),
        ] {
            let mut buffer = Vec::new();
            let found = to.convert(value, &mut buffer).map(text);
            assert_eq!(found.as_deref(), expected, "{value:?} as {to}");
        }
    }
}
