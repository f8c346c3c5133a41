//! Where the records of a text begin.

use crate::cell::Cell;

/// Where a record comes from; nothing is known of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The name of its input.
    pub source: Option<String>,
    /// The line where it begins, from 1, and the byte, from 0.
    pub place: Option<(i64, i64)>,
}

impl Origin {
    pub(super) fn source_cell(&self) -> Cell {
        self.source.clone().map_or(Cell::Null, Cell::Text)
    }

    pub(super) fn line_cell(&self) -> Cell {
        self.place.map_or(Cell::Null, |(line, _)| Cell::Int(line))
    }

    pub(super) fn byte_cell(&self) -> Cell {
        self.place.map_or(Cell::Null, |(_, byte)| Cell::Int(byte))
    }
}

/// The origins of the records of a valid input in plain JSON, without an envelope: every object
/// that is in no other one.
#[must_use]
pub fn origins(input: &[u8], source: &str) -> Vec<Origin> {
    let mut origins = Vec::new();
    let (mut line, mut depth) = (1, 0);
    let (mut is_string, mut is_escaped) = (false, false);
    for (at, byte) in input.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_string = !is_string,
            b'\n' => line += 1,
            b'{' if !is_string => {
                if depth == 0 {
                    origins.push(Origin {
                        source: Some(source.to_owned()),
                        place: Some((line, at as i64)),
                    });
                }
                depth += 1;
            }
            b'}' if !is_string => depth -= 1,
            _ => {}
        }
    }
    origins
}
