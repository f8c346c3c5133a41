//! A scalar on its way into a column, or into text.

use crate::choices::Numbers;
use transmog_events::{Decimal, JsonText, write_float, write_integer};
use transmog_model::{Kind, KindSet, TextForm};

/// A scalar on its way into a column, or into text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scalar<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    /// Units and scale: half the size of a `Decimal` beside the tag.
    Decimal(i128, u8),
    Float(f64),
    /// A float that decimals can hold too, if it has few digits.
    ShortFloat(f64),
    /// A number with more digits than its nearest float gives back. Text gets its digits, a
    /// column the float.
    Rounded(f64, &'a str),
    /// A number with all its digits. A column has them as a decimal if they are at most 38.
    Exact(&'a str),
    Text(&'a str),
    /// The JSON text of an array or an object.
    Json(&'a str),
}

/// The text that a scalar or a rule wrote.
pub(crate) fn as_text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("scalars are UTF-8")
}

impl<'a> Scalar<'a> {
    /// The value in the form that a column has.
    #[inline]
    pub(crate) fn in_column(self) -> Self {
        match self {
            Scalar::Rounded(nearest, _) => Scalar::Float(nearest),
            Scalar::Exact(text) => Decimal::parse(text).map_or(self, |decimal| {
                Scalar::Decimal(decimal.units(decimal.scale()), decimal.scale())
            }),
            other => other,
        }
    }

    /// The kind of a value in that form; nothing for a null.
    #[inline]
    pub(crate) fn kinds(self, numbers: Numbers) -> KindSet {
        let is_exact = numbers == Numbers::Exact;
        match self {
            Scalar::Null => KindSet::default(),
            Scalar::Boolean(_) => KindSet::of(Kind::Boolean),
            Scalar::Integer(value) if is_exact => KindSet::of_integer(value),
            Scalar::Integer(value) => KindSet::of(Kind::of_integer(value)),
            Scalar::Decimal(units, scale) => {
                KindSet::of_decimal(Kind::Decimal, Decimal::new(units, scale))
            }
            Scalar::Float(_) if !is_exact => KindSet::of(Kind::Float),
            Scalar::Float(value) | Scalar::ShortFloat(value) => match Decimal::of_float(value) {
                Some(decimal) => KindSet::of_decimal(Kind::ShortFloat, decimal),
                None => KindSet::of(Kind::Float),
            },
            Scalar::Rounded(..) => KindSet::of(Kind::Float),
            Scalar::Exact(_) => KindSet::of(Kind::HugeNumber),
            Scalar::Text(_) => KindSet::of(Kind::String),
            Scalar::Json(_) => KindSet::of_form(TextForm::Json),
        }
    }

    /// Appends the value to JSON text.
    pub(crate) fn write_json(self, json: &mut JsonText) {
        match self {
            Scalar::Null => json.null(),
            Scalar::Boolean(value) => json.boolean(value),
            Scalar::Integer(value) => json.integer(value),
            Scalar::Decimal(units, scale) => json.decimal(Decimal::new(units, scale)),
            Scalar::Float(value) | Scalar::ShortFloat(value) => json.float(value),
            Scalar::Rounded(_, text) | Scalar::Exact(text) => json.raw(text),
            Scalar::Text(text) | Scalar::Json(text) => json.string(text),
        }
    }

    /// Appends the value in the form of a text column.
    pub(crate) fn write_text(self, out: &mut Vec<u8>) {
        match self {
            Scalar::Null => {}
            Scalar::Boolean(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
            Scalar::Integer(value) => write_integer(out, value),
            Scalar::Decimal(units, scale) => Decimal::new(units, scale).write(out),
            Scalar::Float(value) | Scalar::ShortFloat(value) => write_float(out, value),
            Scalar::Rounded(_, text)
            | Scalar::Exact(text)
            | Scalar::Text(text)
            | Scalar::Json(text) => out.extend_from_slice(text.as_bytes()),
        }
    }

    /// The value as a decimal of this scale, which has room for it.
    pub(super) fn units(self, scale: u8) -> i128 {
        let decimal = match self {
            Scalar::Integer(value) => Decimal::from(value),
            Scalar::Decimal(units, scale) => Decimal::new(units, scale),
            Scalar::Float(value) | Scalar::ShortFloat(value) => {
                Decimal::of_float(value).expect("the kinds have its digits")
            }
            other => unreachable!("{other:?} is not a decimal"),
        };
        decimal.units(scale)
    }
}
