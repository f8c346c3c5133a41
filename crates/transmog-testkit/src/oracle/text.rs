//! Values and numbers as text.

use serde_json::Value;
use transmog_events::{write_float, write_json_string};

/// The kind of a number, from its text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Class {
    /// |n| <= 2^53.
    Small(i64),
    /// Another int64.
    Large(i64),
    /// Written with a fraction or an exponent, and a float64.
    Float(f64),
    /// Another number of at most 38 digits, in plain notation.
    Decimal(Plain),
    /// Any other number.
    Huge,
}

/// A number in plain notation: the digits before and after the point, without leading and trailing
/// zeros.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plain {
    pub(crate) is_negative: bool,
    pub(crate) whole: String,
    pub(crate) fraction: String,
}

impl Plain {
    /// `None` if the exponent is too large.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let unsigned = mantissa.trim_start_matches('-');
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let (mut whole, mut fraction) = (whole.to_owned(), fraction.to_owned());
        if (whole.clone() + &fraction)
            .chars()
            .all(|digit| digit == '0')
        {
            (whole, fraction) = (String::new(), String::new());
        } else {
            let exponent: i32 = exponent.parse().ok().filter(|e: &i32| e.abs() < 1000)?;
            for _ in 0..exponent {
                whole.push(if fraction.is_empty() {
                    '0'
                } else {
                    fraction.remove(0)
                });
            }
            for _ in exponent..0 {
                fraction.insert(0, whole.pop().unwrap_or('0'));
            }
        }
        Some(Self {
            is_negative: mantissa.starts_with('-'),
            whole: whole.trim_start_matches('0').to_owned(),
            fraction: fraction.trim_end_matches('0').to_owned(),
        })
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    /// The digits without leading and trailing zeros.
    fn significant(&self) -> usize {
        let digits = format!("{}{}", self.whole, self.fraction);
        digits.trim_matches('0').len()
    }

    fn fits_decimal(&self) -> bool {
        self.whole.len() + self.fraction.len() <= 38
    }

    /// The digits without the point, `scale` of them after it.
    pub(crate) fn units(&self, scale: u8) -> i128 {
        let width = usize::from(scale);
        let digits = format!("0{}{:0<width$}", self.whole, self.fraction);
        let units: i128 = digits.parse().expect("at most 38 digits");
        if self.is_negative { -units } else { units }
    }

    pub(crate) fn text(&self) -> String {
        let sign = if self.is_negative { "-" } else { "" };
        let digits = self.fraction.trim_start_matches('0');
        let zeros = self.fraction.len() - digits.len();
        match (self.whole.as_str(), self.fraction.as_str()) {
            ("", "") => "0".into(),
            (whole, "") => format!("{sign}{whole}"),
            ("", fraction) if zeros < 6 => format!("{sign}0.{fraction}"),
            ("", _) if digits.len() == 1 => format!("{sign}{digits}e-{}", zeros + 1),
            ("", _) => format!("{sign}{}.{}e-{}", &digits[..1], &digits[1..], zeros + 1),
            (whole, fraction) => format!("{sign}{whole}.{fraction}"),
        }
    }
}

/// Whether the text is a number with a fraction or an exponent.
pub(crate) fn is_fraction(text: &str) -> bool {
    text.contains(['.', 'e', 'E'])
}

/// The float64 of a number with a fraction or an exponent; `None` for 1e400 and 1e-400.
pub(crate) fn nearest(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let is_zero = Plain::of(text).is_some_and(|plain| plain.is_zero());
    (value.is_finite() && (value != 0.0 || is_zero)).then_some(value)
}

/// Whether a column rounds the number, which is counted.
pub(crate) fn is_rounded(text: &str) -> bool {
    let digits = Plain::of(text).map_or(0, |plain| plain.significant());
    let is_small = nearest(text).is_some_and(f64::is_subnormal);
    let is_rounded = digits > 17 || is_small && !is_given_back(text);
    is_fraction(text) && nearest(text).is_some() && is_rounded
}

/// Whether a float64 preserves the number: whether it equals the shortest text of its float64.
pub(crate) fn is_given_back(text: &str) -> bool {
    nearest(text).is_some_and(|value| {
        let (value, text) = (Plain::of(&float_text(value)), Plain::of(text));
        let both = |value: Plain, text: Plain| {
            let same_sign = text.is_zero() || value.is_negative == text.is_negative;
            (value.whole, value.fraction) == (text.whole, text.fraction) && same_sign
        };
        value
            .zip(text)
            .is_some_and(|(value, text)| both(value, text))
    })
}

/// The kind of a number in a column.
pub(crate) fn classify(text: &str, exact: bool) -> Class {
    let plain = Plain::of(text);
    if is_fraction(text)
        && let Some(value) = nearest(text)
        && (!exact || is_given_back(text))
    {
        return Class::Float(value);
    }
    let is_held = exact || !is_fraction(text);
    match plain.filter(|plain| is_held && plain.fits_decimal()) {
        None => Class::Huge,
        Some(plain) if is_fraction(text) => Class::Decimal(plain),
        Some(plain) => match i64::try_from(plain.units(0)) {
            Ok(value) if value.unsigned_abs() <= 1 << 53 => Class::Small(value),
            Ok(value) => Class::Large(value),
            Err(_) => Class::Decimal(plain),
        },
    }
}

/// The number as a decimal of at most 38 digits; `None` for floats whose text has a large exponent.
pub(crate) fn decimal(class: &Class) -> Option<Plain> {
    let plain = match class {
        Class::Small(value) | Class::Large(value) => Plain::of(&value.to_string())?,
        Class::Decimal(plain) => plain.clone(),
        Class::Float(value) if value.abs() < 1e21 => Plain::of(&float_text(*value))?,
        Class::Float(_) | Class::Huge => return None,
    };
    plain.fits_decimal().then_some(plain)
}

pub(crate) fn float_text(value: f64) -> String {
    let mut out = Vec::new();
    write_float(&mut out, value);
    String::from_utf8(out).expect("digits are ASCII")
}

/// The digits as written. `serde_json` adds the plus sign on reading.
fn as_it_stands(text: &str) -> String {
    text.replace('E', "e").replace("e+", "e")
}

/// The text of a number in a text column.
pub(crate) fn column_text(text: &str, exact: bool) -> String {
    match classify(text, exact) {
        Class::Small(value) | Class::Large(value) => value.to_string(),
        Class::Decimal(plain) => plain.text(),
        Class::Float(value) => float_text(value),
        Class::Huge => as_it_stands(text),
    }
}

/// The text of a number in a record, or a part of one, that is kept as text.
pub(crate) fn number_text(text: &str, exact: bool) -> String {
    let keeps_digits = match exact {
        true => is_fraction(text) && !is_given_back(text),
        false => is_rounded(text),
    };
    match keeps_digits {
        true => as_it_stands(text),
        false => column_text(text, exact),
    }
}

/// A JSON string.
pub(crate) fn string_json(text: &str) -> String {
    let mut out = Vec::new();
    write_json_string(&mut out, text);
    String::from_utf8(out).expect("strings are UTF-8")
}

/// Compact JSON text, members in order, or sorted by the bytes of their keys.
pub(crate) fn value_json(value: &Value, sorted: bool, exact: bool) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number_text(&number.to_string(), exact),
        Value::String(text) => string_json(text),
        Value::Array(items) => {
            let items = items.iter().map(|item| value_json(item, sorted, exact));
            let items: Vec<_> = items.collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            if sorted {
                members.sort_by_key(|(key, _)| key.as_bytes());
            }
            let members: Vec<_> = members
                .into_iter()
                .map(|(key, value)| {
                    format!("{}:{}", string_json(key), value_json(value, sorted, exact))
                })
                .collect();
            format!("{{{}}}", members.join(","))
        }
    }
}
