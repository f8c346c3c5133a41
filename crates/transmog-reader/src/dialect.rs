//! JSON5 and HJSON documents, read whole by a library and given on as JSON.
//!
//! Values go straight to JSON text, so that duplicate keys are counted as in
//! JSON. The libraries give numbers as float64; one that this may have rounded
//! is an error rather than another number.

use crate::error::Error;
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use std::fmt;
use transmog_model::{JsonText, Location};

/// From here on a float64 no longer tells neighbouring integers apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The document as JSON; `None` when the extension is of no dialect.
pub(crate) fn to_json(name: &str, extension: &str, text: &[u8]) -> Option<Result<Vec<u8>, Error>> {
    let parse = match extension {
        "json5" => json5_document,
        "hjson" => hjson_document,
        _ => return None,
    };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let document = utf8(text).and_then(parse);
    Some(match document {
        Ok(Json(json)) => Ok(json.as_str().as_bytes().to_vec()),
        Err(problem) => Err(problem.into_error(name)),
    })
}

enum Problem {
    Syntax {
        line: Option<usize>,
        column: Option<usize>,
        message: String,
    },
    #[cfg_attr(
        all(feature = "json5", feature = "hjson"),
        expect(dead_code, reason = "both are on")
    )]
    Missing(&'static str),
}

impl Problem {
    fn into_error(self, name: &str) -> Error {
        match self {
            Problem::Syntax {
                line,
                column,
                message,
            } => Error::syntax(
                Location {
                    file: name.to_owned(),
                    line: line.map(|line| line as u64),
                    column: column.map(|column| column as u64),
                    ..Location::default()
                },
                message,
            ),
            Problem::Missing(feature) => Error::unsupported(format!(
                "{name}: this build reads no {feature}; build transmog with the feature `{feature}`"
            )),
        }
    }
}

fn utf8(text: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(text).map_err(|error| Problem::Syntax {
        line: None,
        column: None,
        message: format!("expected UTF-8: {error}; convert the input to UTF-8"),
    })
}

#[cfg(feature = "json5")]
fn json5_document(text: &str) -> Result<Json, Problem> {
    json5::from_str(text).map_err(|error| {
        let position = error.position();
        Problem::Syntax {
            line: position.as_ref().map(|position| position.line + 1),
            column: position.as_ref().map(|position| position.column + 1),
            message: error.to_string(),
        }
    })
}

#[cfg(not(feature = "json5"))]
fn json5_document(_: &str) -> Result<Json, Problem> {
    Err(Problem::Missing("json5"))
}

#[cfg(feature = "hjson")]
fn hjson_document(text: &str) -> Result<Json, Problem> {
    serde_hjson::from_str(text).map_err(|error| {
        let place = match &error {
            serde_hjson::Error::Syntax(_, line, column) => Some((*line, *column)),
            _ => None,
        };
        Problem::Syntax {
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            message: error.to_string(),
        }
    })
}

#[cfg(not(feature = "hjson"))]
fn hjson_document(_: &str) -> Result<Json, Problem> {
    Err(Problem::Missing("hjson"))
}

/// A document as JSON text.
struct Json(JsonText);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut json = JsonText::default();
        de::DeserializeSeed::deserialize(Value(&mut json), deserializer)?;
        Ok(Self(json))
    }
}

/// Appends a value to JSON text.
struct Value<'j>(&'j mut JsonText);

impl<'de> de::DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.0.boolean(value);
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        self.0.integer(value);
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        self.0.integer(value);
        Ok(())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<(), E> {
        if !value.is_finite() {
            return Err(E::custom(
                "expected a finite number within float64; write it as a string to keep it",
            ));
        }
        if value.abs() >= EXACT {
            return Err(E::custom(format!(
                "expected a number this dialect keeps exact, found one near {value:e}; write it \
                 as a string, or the document as JSON"
            )));
        }
        // `1.0` stays a number with a fraction, as in JSON.
        match value.fract() == 0.0 {
            true => self.0.raw(&format!("{value:.1}")),
            false => self.0.float(value),
        }
        Ok(())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<(), E> {
        self.0.string(value);
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.0.null();
        Ok(())
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        self.0.begin_array();
        while elements.next_element_seed(Value(&mut *self.0))?.is_some() {}
        self.0.end_array();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.0.begin_object();
        while let Some(key) = members.next_key::<String>()? {
            self.0.key(&key);
            members.next_value_seed(Value(&mut *self.0))?;
        }
        self.0.end_object();
        Ok(())
    }
}
