//! How an input and its documents begin.

use crate::{
    document::Document,
    json::{parse_document, skip_blanks},
    stream::MAX_LOOK,
};
use memchr::{memchr, memchr_iter};

/// How the documents that hold an array of records begin, if they begin a line.
#[derive(Debug)]
pub(crate) struct Opening {
    /// Columns before the document.
    pub(crate) indent: usize,
    /// The first bytes, up to the end of an envelope's first key.
    pub(crate) head: Vec<u8>,
    /// The key of the array in an envelope, quoted.
    pub(crate) key: Option<Vec<u8>>,
}

impl Opening {
    /// That of an array with this indentation.
    pub(crate) fn of_array(indent: usize) -> Self {
        Self {
            indent,
            head: b"[".to_vec(),
            key: None,
        }
    }

    /// Whether a document begins here; `None` when only more bytes tell.
    pub(crate) fn is_at(&self, bytes: &[u8], is_all: bool) -> Option<bool> {
        let compared = bytes.len().min(self.head.len());
        if bytes[..compared] != self.head[..compared] {
            return Some(false);
        }
        // Its first key is on a line of its own, where no element has one.
        if self.head.contains(&b'\n') {
            return match compared == self.head.len() {
                true => Some(true),
                false => is_all.then_some(false),
            };
        }
        let look = &bytes[..bytes.len().min(MAX_LOOK)];
        let newline = memchr(b'\n', look);
        let line = &look[..newline.unwrap_or(look.len())];
        if newline.is_none() && look.len() < MAX_LOOK && !is_all {
            return None;
        }
        let Some(key) = &self.key else {
            let first = line.get(skip_blanks(line, compared));
            return Some(matches!(first, Some(b'{' | b']')));
        };
        let mut keys = memchr::memmem::find_iter(line, key);
        Some(keys.any(|at| {
            let colon = skip_blanks(line, at + key.len());
            line.get(colon) == Some(&b':') && line.get(skip_blanks(line, colon + 1)) == Some(&b'[')
        }))
    }

    /// Where a line in the first `to` bytes begins a document; `None` when only more bytes tell.
    pub(crate) fn find(&self, bytes: &[u8], to: usize, is_all: bool) -> Option<Option<usize>> {
        for at in self.lines(&bytes[..to]) {
            if self.is_at(&bytes[at..], is_all)? {
                return Some(Some(at));
            }
        }
        Some(None)
    }

    /// The places behind the blanks of each line with the indentation of documents, except the
    /// first line.
    fn lines(&self, bytes: &[u8]) -> impl Iterator<Item = usize> {
        memchr_iter(b'\n', bytes).filter_map(|newline| {
            let line = &bytes[newline + 1..];
            let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
            (blanks.count() == self.indent).then_some(newline + 1 + self.indent)
        })
    }
}

/// Whether the bytes behind a `[` are those of an array of records, and not of a line such as
/// `[10:00] {"a":1}`; `None` when only more bytes tell, unless `is_enough`.
pub(crate) fn is_array(bytes: &[u8], is_enough: bool) -> Option<bool> {
    let mut document = Document::default();
    let mut at = 0;
    loop {
        at = skip_blanks(bytes, at);
        let line_end = memchr(b'\n', bytes).unwrap_or(bytes.len());
        match bytes.get(at) {
            None => return is_enough.then_some(true),
            Some(b'{' | b'[' | b']' | b',') => return Some(true),
            Some(_) if at > line_end => return Some(true),
            Some(_) => {}
        }
        let value = parse_document(&bytes[at..], &mut document);
        let (next, is_value) = match value {
            Ok(length) => (skip_blanks(bytes, at + length), true),
            Err(error) if error.is_end && !is_enough => return None,
            // All that was looked at is values.
            Err(error) if error.is_end && bytes.len() + 1 >= MAX_LOOK => return Some(true),
            Err(error) => (at + error.byte, false),
        };
        // This is not how an array continues: the next bracket tells more.
        let is_bracket = |byte: &&u8| matches!(byte, b'[' | b']' | b'{' | b'}' | b'\n');
        let is_tail = |byte: &&u8| !matches!(byte, b' ' | b'\t' | b'\r');
        let rest = &bytes[next..];
        let decisive = match rest.first() {
            Some(b',') if is_value => {
                at = next + 1;
                continue;
            }
            // The key of an element that lost its bracket.
            Some(b':') if is_value && bytes[at] == b'"' => return Some(true),
            Some(b']') if is_value => rest[1..].iter().find(is_tail),
            _ => rest.iter().find(is_bracket),
        };
        return match (rest.first(), decisive) {
            (_, None) if !is_enough => None,
            (None, None) if is_value && bytes.len() + 1 >= MAX_LOOK => Some(true),
            (Some(b']'), after) if is_value => Some(matches!(after, None | Some(b'\n'))),
            (_, bracket) => Some(bracket == Some(&b'}')),
        };
    }
}

/// Whether this line has an object right behind another one.
pub(crate) fn are_beside(line: &[u8]) -> bool {
    let mut is_string = false;
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        match byte {
            b'\\' => at += 1,
            b'"' => is_string = !is_string,
            b'}' if !is_string && line.get(skip_blanks(line, at + 1)) == Some(&b'{') => {
                return true;
            }
            _ => {}
        }
        at += 1;
    }
    false
}
