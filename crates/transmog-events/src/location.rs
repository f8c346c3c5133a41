//! A place in the input.

use crate::brief::brief;
use std::fmt;

/// A place in the input, of an error or a rejected record. Each part is there if it is known.
///
/// # Examples
/// ```
/// use transmog_events::Location;
///
/// let location = Location {
///     file: "orders.jsonl".to_owned(),
///     line: Some(3),
///     column: Some(17),
///     ..Location::default()
/// };
/// assert_eq!(location.to_string(), "orders.jsonl, line 3, column 17");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// Name of the input: a path, `<stdin>`, or the name given to its source.
    pub file: String,
    /// Number of the record in the whole run, from 1.
    pub record: Option<u64>,
    /// Line in the file, from 1.
    pub line: Option<u64>,
    /// Column in the line, in bytes, from 1.
    pub column: Option<u64>,
    /// Offset in the (decompressed) input, in bytes from 0.
    pub byte: Option<u64>,
    /// JSONPath of the value in the record.
    pub path: Option<String>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for (name, value) in [
            ("record", self.record),
            ("line", self.line),
            ("column", self.column),
            ("byte", self.byte),
        ] {
            if let Some(value) = value {
                write!(f, ", {name} {value}")?;
            }
        }
        match &self.path {
            Some(path) => write!(f, ", at {}", brief(path)),
            None => Ok(()),
        }
    }
}
