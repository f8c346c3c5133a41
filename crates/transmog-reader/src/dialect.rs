//! JSON5 and HJSON documents, read whole by a library and converted to JSON text.
//!
//! The text goes the way of any JSON, so duplicate keys are counted as there. The libraries
//! give numbers as float64. An integer that this may have rounded is an error rather than
//! another number; a fraction with more digits than its float64 gives back gets its digits from
//! the document again.

use crate::{error::Error, json::MAX_NESTING};
use rustc_hash::FxHashMap;
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use std::{fmt, ops::Range, thread};
use transmog_events::{JsonText, Location, significant_digits};

/// Stack for each level of a document, on which the libraries recurse: several times what they
/// were measured to need.
const LEVEL_STACK: usize = 32 << 10;

/// Significant digits of a fraction that a float64 gives back.
const MAX_DIGITS: usize = 17;
/// From here on, neighbouring integers may have the same float64.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The document as JSON; `None` if the extension is not that of a dialect.
pub(crate) fn to_json(name: &str, extension: &str, text: &[u8]) -> Option<Result<Vec<u8>, Error>> {
    let parse = match extension {
        "json5" => json5_document,
        "hjson" => hjson_document,
        _ => return None,
    };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let document = utf8(text).and_then(|text| with_stack(|| parse(text)));
    let document = document.and_then(|Json(json)| with_all_digits(json.as_str(), text));
    Some(match document {
        Ok(json) => Ok(json.into_bytes()),
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
                "{name}: this build does not read {feature}; build transmog with the feature `{feature}`"
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

/// The tokens of a text that look like numbers with a fraction or an exponent, and their places.
fn fractions(text: &[u8]) -> impl Iterator<Item = (Range<usize>, &str)> {
    let is_of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text[at..].iter().position(is_of_number)?;
            let end = text[start..].iter().position(|byte| !is_of_number(byte));
            at = end.map_or(text.len(), |end| start + end);
            let token = std::str::from_utf8(&text[start..at]).unwrap_or_default();
            if token.contains(['.', 'e', 'E']) && token.contains(|c: char| c.is_ascii_digit()) {
                return Some((start..at, token));
            }
        }
    })
}

/// The JSON text of a document in which each number whose float64 may not give its digits back
/// has the digits that it has in the document.
fn with_all_digits(json: &str, document: &[u8]) -> Result<String, Problem> {
    let is_long = |value: f64, token: &str| {
        let digits = significant_digits(token);
        digits > MAX_DIGITS || value.is_subnormal() || value == 0.0 && digits > 0
    };
    let value = |token: &str| token.parse::<f64>().ok();
    let has_long = fractions(document)
        .any(|(_, token)| value(token).is_some_and(|value| is_long(value, token)));
    if !has_long {
        return Ok(json.to_owned());
    }
    // The text of each float64 in the document, if there is only one, and whether it is long.
    let mut written: FxHashMap<u64, (Option<&str>, bool)> = FxHashMap::default();
    for (_, token) in fractions(document) {
        let Some(value) = value(token) else { continue };
        let known = written
            .entry(value.to_bits())
            .or_insert((Some(token), false));
        known.0 = known.0.filter(|known| *known == token);
        known.1 |= is_long(value, token);
    }
    let mut all_digits = String::with_capacity(json.len());
    let mut copied = 0;
    let mut string_end = 0;
    for (range, token) in fractions(json.as_bytes()) {
        string_end = past_strings(json.as_bytes(), string_end, range.start);
        let known = value(token).and_then(|value| written.get(&value.to_bits()));
        let Some((token, true)) = known.filter(|_| string_end <= range.start) else {
            continue;
        };
        let Some(token) = token else {
            let near = &json[range];
            return Err(Problem::Syntax {
                line: None,
                column: None,
                message: format!(
                    "expected numbers that differ as float64 in this dialect, found several near \
                     {near}; write them as strings, or the document as JSON"
                ),
            });
        };
        all_digits.push_str(&json[copied..range.start]);
        all_digits.push_str(&as_json(token));
        copied = range.end;
    }
    all_digits.push_str(&json[copied..]);
    Ok(all_digits)
}

/// The end of the last string of a JSON text that begins before `until`. `at` is outside
/// strings.
fn past_strings(json: &[u8], mut at: usize, until: usize) -> usize {
    while at < until
        && let Some(quote) = memchr::memchr(b'"', &json[at..until])
    {
        at += quote + 1;
        while let Some(byte) = json.get(at).filter(|byte| **byte != b'"') {
            at += if *byte == b'\\' { 2 } else { 1 };
        }
        at += 1;
    }
    at
}

/// A number of a dialect as JSON: without a `+`, and with digits around its point.
fn as_json(token: &str) -> String {
    let token = token.trim_start_matches('+');
    let (sign, digits) = match token.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", token),
    };
    let zero = if digits.starts_with('.') { "0" } else { "" };
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => digits.split_at(at),
        None => (digits, ""),
    };
    let after = if mantissa.ends_with('.') { "0" } else { "" };
    format!("{sign}{zero}{mantissa}{after}{exponent}")
}

/// Parses on a thread whose stack holds [`MAX_NESTING`] levels.
fn with_stack(parse: impl FnOnce() -> Result<Json, Problem> + Send) -> Result<Json, Problem> {
    let failed = |message: String| Problem::Syntax {
        line: None,
        column: None,
        message,
    };
    thread::scope(|scope| {
        let parser = thread::Builder::new()
            .stack_size(MAX_NESTING * LEVEL_STACK)
            .spawn_scoped(scope, parse)
            .map_err(|error| failed(format!("cannot start a thread to parse: {error}")))?;
        let died = |_| failed("the parser ended early; this is a bug, please report it".into());
        parser.join().map_err(died)?
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
        // An error in a value has no place: line and column are zero.
        let (line, column, message) = match &error {
            serde_hjson::Error::Syntax(what, line, column) => (*line, *column, format!("{what:?}")),
            _ => (0, 0, error.to_string()),
        };
        Problem::Syntax {
            line: Some(line).filter(|line| *line > 0),
            column: Some(column).filter(|column| *column > 0),
            message,
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
        let value = Value {
            json: &mut json,
            levels: MAX_NESTING,
        };
        de::DeserializeSeed::deserialize(value, deserializer)?;
        Ok(Self(json))
    }
}

/// Appends a value to JSON text. The libraries call it for each level, so levels are counted
/// here.
struct Value<'j> {
    json: &'j mut JsonText,
    /// Levels that may still be opened.
    levels: usize,
}

impl Value<'_> {
    /// A value one level deeper.
    fn inner<E: de::Error>(&mut self) -> Result<Value<'_>, E> {
        match self.levels.checked_sub(1) {
            Some(levels) => Ok(Value {
                json: self.json,
                levels,
            }),
            None => Err(E::custom(format!(
                "expected nesting of at most {MAX_NESTING} levels"
            ))),
        }
    }
}

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
        self.json.boolean(value);
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        self.json.integer(value);
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        self.json.integer(value);
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
            true => self.json.raw(&format!("{value:.1}")),
            false => self.json.float(value),
        }
        Ok(())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<(), E> {
        self.json.string(value);
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.json.null();
        Ok(())
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        self.json.begin_array();
        while elements
            .next_element_seed(self.inner::<A::Error>()?)?
            .is_some()
        {}
        self.json.end_array();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.json.begin_object();
        while let Some(key) = members.next_key::<String>()? {
            self.json.key(&key);
            members.next_value_seed(self.inner::<A::Error>()?)?;
        }
        self.json.end_object();
        Ok(())
    }
}
