//! Values and numbers as text.

use serde_json::Value;
use transmog_model::{write_float, write_json_string};

/// What a number is, by its text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Class {
    /// |n| <= 2^53.
    Small(i64),
    /// Another int64.
    Large(i64),
    /// At most 38 digits.
    Decimal(i128),
    /// Within float64, written with a fraction or an exponent.
    Float(f64),
    /// None of these.
    Huge,
}

/// Classifies the text of a number.
pub(crate) fn classify(text: &str) -> Class {
    if text.contains(['.', 'e', 'E']) {
        let value: f64 = text.parse().unwrap_or(f64::INFINITY);
        // `1e-400` is not zero.
        let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
        let vanishes = value == 0.0 && mantissa.chars().any(|c| ('1'..='9').contains(&c));
        return if value.is_finite() && !vanishes {
            Class::Float(value)
        } else {
            Class::Huge
        };
    }
    if text.trim_start_matches('-').len() > 38 {
        return Class::Huge;
    }
    match text.parse::<i128>() {
        Ok(value) if value.abs() <= 1 << 53 => Class::Small(value as i64),
        Ok(value) => match i64::try_from(value) {
            Ok(value) => Class::Large(value),
            Err(_) => Class::Decimal(value),
        },
        Err(_) => Class::Huge,
    }
}

/// The text of a number wherever it becomes text.
pub(crate) fn number_text(text: &str) -> String {
    match classify(text) {
        Class::Small(value) | Class::Large(value) => value.to_string(),
        Class::Decimal(value) => value.to_string(),
        Class::Float(value) => {
            let mut out = Vec::new();
            write_float(&mut out, value);
            String::from_utf8(out).expect("digits are ASCII")
        }
        // `serde_json` adds the plus sign on reading.
        Class::Huge => text.replace("e+", "e"),
    }
}

/// A JSON string.
pub(crate) fn string_json(text: &str) -> String {
    let mut out = Vec::new();
    write_json_string(&mut out, text);
    String::from_utf8(out).expect("strings are UTF-8")
}

/// Compact JSON text, members in order, or sorted by the bytes of their keys.
pub(crate) fn value_json(value: &Value, sorted: bool) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number_text(&number.to_string()),
        Value::String(text) => string_json(text),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| value_json(item, sorted)).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            if sorted {
                members.sort_by_key(|(key, _)| key.as_bytes());
            }
            let members: Vec<_> = members
                .into_iter()
                .map(|(key, value)| format!("{}:{}", string_json(key), value_json(value, sorted)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
    }
}
