//! JSON5 and HJSON documents, read whole by a library and given on as lines of
//! JSON.

use crate::error::Error;
use serde_json::Value;
use transmog_model::Location;

/// The document as JSON lines; `None` when the extension is of no dialect.
pub(crate) fn to_lines(name: &str, extension: &str, text: &[u8]) -> Option<Result<Vec<u8>, Error>> {
    let parsed = match extension {
        "json5" => json5_value(text),
        "hjson" => hjson_value(text),
        _ => return None,
    };
    Some(
        parsed
            .map_err(|problem| problem.into_error(name))
            .map(|value| {
                let mut lines = Vec::new();
                let records = match value {
                    Value::Array(records) => records,
                    record => vec![record],
                };
                for record in records {
                    lines.extend_from_slice(record.to_string().as_bytes());
                    lines.push(b'\n');
                }
                lines
            }),
    )
}

enum Problem {
    Syntax(String),
    #[cfg_attr(
        all(feature = "json5", feature = "hjson"),
        expect(dead_code, reason = "both are on")
    )]
    Missing(&'static str),
}

impl Problem {
    fn into_error(self, name: &str) -> Error {
        match self {
            Problem::Syntax(message) => Error::syntax(
                Location {
                    file: name.to_owned(),
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
    std::str::from_utf8(text).map_err(|e| Problem::Syntax(format!("expected UTF-8: {e}")))
}

#[cfg(feature = "json5")]
fn json5_value(text: &[u8]) -> Result<Value, Problem> {
    json5::from_str(utf8(text)?).map_err(|e| Problem::Syntax(e.to_string()))
}

#[cfg(not(feature = "json5"))]
fn json5_value(text: &[u8]) -> Result<Value, Problem> {
    utf8(text)?;
    Err(Problem::Missing("json5"))
}

#[cfg(feature = "hjson")]
fn hjson_value(text: &[u8]) -> Result<Value, Problem> {
    serde_hjson::from_str(utf8(text)?).map_err(|e| Problem::Syntax(e.to_string()))
}

#[cfg(not(feature = "hjson"))]
fn hjson_value(text: &[u8]) -> Result<Value, Problem> {
    utf8(text)?;
    Err(Problem::Missing("hjson"))
}
