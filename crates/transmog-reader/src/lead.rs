//! What stands before a record in its line.

use crate::json::is_blank;

/// Bytes before a record that begins its line.
const MAX_LEAD: usize = 1 << 10;

/// What stands before a place in its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lead {
    /// What may stand between two records: blanks, commas and brackets that close.
    Between {
        /// Blanks before anything else.
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

    /// How far the line is indented, when a record that begins here begins the line.
    pub(crate) fn indent(self) -> Option<usize> {
        match self {
            Lead::Between { indent, .. } => Some(indent),
            Lead::Inside => None,
        }
    }

    /// The same when there are only blanks.
    pub(crate) fn blanks(self) -> Option<usize> {
        match self {
            Lead::Between { indent, length } => (indent == length).then_some(indent),
            Lead::Inside => None,
        }
    }

    /// What stands before `end`, where this stands before the bytes.
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
