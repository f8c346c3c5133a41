//! What is before a record in its line.

use crate::json::is_blank;

/// At most this many bytes are before a record that begins its line.
const MAX_LEAD: usize = 1 << 10;

/// What is before a place in its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lead {
    /// What may be between two records: blanks, commas and closing brackets.
    Between {
        /// Blanks at the beginning of the line.
        indent: usize,
        length: usize,
    },
    /// Anything else.
    Inside,
}

impl Lead {
    /// At the start of a line.
    pub(crate) const START: Self = Lead::Between {
        indent: 0,
        length: 0,
    };

    /// The indentation of the line, if a record that begins here begins the line.
    pub(crate) fn indent(self) -> Option<usize> {
        match self {
            Lead::Between { indent, .. } => Some(indent),
            Lead::Inside => None,
        }
    }

    /// The same if there are only blanks.
    pub(crate) fn blanks(self) -> Option<usize> {
        match self {
            Lead::Between { indent, length } => (indent == length).then_some(indent),
            Lead::Inside => None,
        }
    }

    /// What is before `end` in its line, where `self` is before the bytes.
    pub(crate) fn at(self, bytes: &[u8], end: usize) -> Self {
        let near = &bytes[end.saturating_sub(MAX_LEAD + 1)..end];
        let is_between = |byte: &u8| is_blank(*byte) || matches!(byte, b',' | b'}' | b']');
        let is_other = |byte: &u8| *byte == b'\n' || !is_between(byte);
        let (line, start) = match near.iter().rposition(is_other) {
            Some(at) if near[at] != b'\n' => return Lead::Inside,
            Some(at) => (&near[at + 1..], Lead::START),
            None => (near, self),
        };
        let Lead::Between { indent, length } = start else {
            return Lead::Inside;
        };
        let blanks = line.iter().position(|byte| !is_blank(*byte));
        match length + line.len() {
            length if length > MAX_LEAD => Lead::Inside,
            longer if indent == length => Lead::Between {
                indent: indent + blanks.unwrap_or(line.len()),
                length: longer,
            },
            length => Lead::Between { indent, length },
        }
    }
}
