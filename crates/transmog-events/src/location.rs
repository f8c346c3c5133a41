//! Where in the input something is.

use crate::brief::brief;
use std::fmt;

/// Where in the input something was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The input's name: a path, `<stdin>`, `<bytes>`, ….
    pub file: String,
    /// Number of the record in the whole run, from 1.
    pub record: Option<u64>,
    /// Line in the file, from 1.
    pub line: Option<u64>,
    /// Column in the line, in bytes, from 1.
    pub column: Option<u64>,
    /// Byte offset in the (decompressed) file, from 0.
    pub byte: Option<u64>,
    /// JSONPath in the record.
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
