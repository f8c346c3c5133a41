//! Values in rows, and in the types that rules give them.

use super::text::{
    Plain, float_text, is_fraction, is_given_back, is_rounded, nearest, number_text, value_json,
};
use serde_json::Value;

/// A value in a row.
#[derive(Clone, Debug)]
pub(crate) enum Leaf {
    /// No value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A number that keeps all its digits.
    Exact(String),
    /// A string.
    Text(String),
    /// A value kept as JSON text.
    Json(String),
    /// A float64, and the number it is made from.
    Float(f64, String),
    /// A decimal of so many digits after the point.
    Decimal(Plain, u8),
    /// A list kept in its row.
    List(Vec<Leaf>),
}

/// A record that is not taken.
pub(crate) struct Rejected;

/// The value in a type; `None` if it is none of that type.
pub(crate) fn convert(value: &Value, to: &str, exact: bool) -> Option<Leaf> {
    match (to, value) {
        ("text", Value::String(text)) => Some(Leaf::Text(text.clone())),
        ("text", value) => Some(Leaf::Text(value_json(value, false, exact))),
        ("boolean", Value::Bool(flag)) => Some(Leaf::Bool(*flag)),
        ("boolean", Value::String(text)) => match text.as_str() {
            "true" => Some(Leaf::Bool(true)),
            "false" => Some(Leaf::Bool(false)),
            _ => None,
        },
        ("boolean", _) => None,
        (to, Value::Number(number)) => number_in(&number.to_string(), to, exact),
        (to, Value::String(text)) => {
            // A number that is a whole JSON text, without white space.
            let number: serde_json::Number = serde_json::from_str(text).ok()?;
            let is_bare = text.trim() == text;
            is_bare.then(|| number_in(&number.to_string(), to, exact))?
        }
        _ => None,
    }
}

fn number_in(text: &str, to: &str, exact: bool) -> Option<Leaf> {
    match to {
        "int64" => {
            let plain = Plain::of(text)?;
            let is_whole = plain.fraction.is_empty() && plain.whole.len() < 20;
            let value = is_whole.then(|| i64::try_from(plain.units(0)).ok())??;
            Some(Leaf::Number(value.to_string()))
        }
        "float64" => {
            let value = nearest(text)?;
            let may_round = is_fraction(text) && !exact;
            let is_held = may_round || is_given_back(text);
            let made_from = if is_fraction(text) { text } else { "0" };
            // An integer has no negative zero.
            let value = if value == 0.0 && !is_fraction(text) {
                0.0
            } else {
                value
            };
            is_held.then(|| Leaf::Float(value, made_from.to_owned()))
        }
        decimal => {
            let inside = decimal.strip_prefix("decimal(")?.strip_suffix(')')?;
            let (precision, scale) = inside.split_once(',')?;
            let (precision, scale): (usize, u8) = (precision.parse().ok()?, scale.parse().ok()?);
            let plain = Plain::of(text)?;
            let whole = precision - usize::from(scale);
            let fits = plain.whole.len() <= whole && plain.fraction.len() <= usize::from(scale);
            fits.then_some(Leaf::Decimal(plain, scale))
        }
    }
}

impl Leaf {
    /// The text of a converted value.
    pub(crate) fn text(&self, exact: bool) -> String {
        match self {
            Leaf::Bool(flag) => flag.to_string(),
            Leaf::Number(text) => number_text(text, exact),
            Leaf::Exact(text) => number_text(text, true),
            Leaf::Float(_, text) if is_rounded(text) => number_text(text, exact),
            Leaf::Float(value, _) => float_text(*value),
            Leaf::Decimal(plain, _) => plain.text(),
            _ => String::new(),
        }
    }
}
