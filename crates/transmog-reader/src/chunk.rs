//! A chunk: whole records, and their place in the input.

use crate::{buffers::Buffers, lead::Lead, options::ReadOptions};
use std::sync::Arc;

/// Whole records and their place in the input: the unit of work. What a chunk gives depends on
/// the chunk alone, so threads can parse chunks in any order. A record that cannot be read,
/// and a part of the input that is rejected as a whole, are also chunks or parts of them.
///
/// Its buffer is used again when it is dropped.
#[derive(Debug)]
pub struct Chunk {
    /// Name of the text for messages: that of its source, with a note if it was converted to JSON.
    pub file: Arc<str>,
    /// Name of the input: a path, or the name given to its source.
    pub source: Arc<str>,
    /// Offset of its first byte in the (decompressed) input, from 0.
    pub byte: u64,
    /// Lines before it in the file.
    pub line: u64,
    /// Bytes of all sources that had been read when it was cut; of compressed ones,
    /// compressed bytes.
    pub bytes_read: u64,
    /// Bytes before it in its first line.
    pub(crate) column: u64,
    /// What kind of bytes they are.
    pub(crate) lead: Lead,
    pub(crate) data: Vec<u8>,
    pub(crate) framing: Framing,
    /// The step of the path that is next in what the framing has; `None` where that is the records.
    pub(crate) step: Option<usize>,
    /// The key of the member that the records are in, if it is a record's key.
    pub(crate) key: Option<Arc<str>>,
    /// Where records begin and end whose own bytes may not tell their end, as the framer found them.
    pub(crate) known_ends: Vec<(usize, usize)>,
    /// Set when the input ends after this chunk and should not.
    pub(crate) ends_early: Option<Early>,
    pub(crate) remarks: Remarks,
    pub(crate) options: ReadOptions,
    pub(crate) buffers: Buffers,
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.buffers.give(std::mem::take(&mut self.data));
    }
}

/// How the records of a chunk are arranged.
#[derive(Debug)]
pub(crate) enum Framing {
    /// Values one after another: one a line, or beside each other (`are_beside`).
    Lines { are_beside: bool },
    /// Elements of an array, with a comma between two. `is_separated` says that a comma or
    /// the `[` of the array is before them, `is_last` that the array ends with them, and
    /// `indent` is the indentation of the first element that begins its line.
    Elements {
        is_separated: bool,
        is_last: bool,
        indent: Option<usize>,
    },
    /// Members of an object whose values are records, with their places.
    Members(Vec<Member>),
    /// Bytes that are rejected as a whole.
    Refused(Box<Refusal>),
}

/// A member of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    /// Offset of the first quote of its key.
    pub(crate) key: usize,
    /// Offset of its value.
    pub(crate) value: usize,
    /// Offset behind its value.
    pub(crate) end: usize,
}

/// Why and where bytes are rejected as a whole.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) byte: u64,
    /// Lines before it in the file.
    pub(crate) line: u64,
    /// Bytes before it in its line.
    pub(crate) column: u64,
    /// Length of all of it; the chunk has the bytes that are kept.
    pub(crate) length: u64,
    /// Whether it is one record that is too long.
    pub(crate) is_record: bool,
}

/// What is not closed at the end of an input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unclosed {
    /// Offset of its beginning in the file.
    pub(crate) byte: u64,
    /// Bytes that are not read because of it.
    pub(crate) length: u64,
    /// The first of them.
    pub(crate) mark: &'static [u8],
}

/// An input that ends early.
#[derive(Debug)]
pub(crate) struct Early {
    pub(crate) message: String,
    /// Added to the message of a record that is broken by it.
    pub(crate) note: String,
    /// Offset in the file of what is not closed, and its bytes.
    pub(crate) open: Option<Unclosed>,
}

/// What there is to say of the bytes of a chunk.
#[derive(Debug)]
pub(crate) struct Remarks {
    /// What the text looks like, if not like JSON; for the first chunk of a source.
    pub(crate) resemblance: Option<&'static str>,
    /// What the bytes were decoded from, if not UTF-8.
    pub(crate) encoding: Option<&'static str>,
    /// Where comments began that are blanks now, as offsets in the chunk.
    pub(crate) comments: Vec<u32>,
    /// Bytes of the source that belong to no compressed member.
    pub(crate) trailing: u64,
}

impl Chunk {
    /// The bytes of the chunk: text of records, with what is between them.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Bytes that it takes in memory.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.data.len()
            + self.known_ends.len() * size_of::<(usize, usize)>()
            + self.remarks.comments.len() * size_of::<u32>()
    }

    /// Length in the input, of which it may have a part only.
    pub(crate) fn length(&self) -> u64 {
        match &self.framing {
            Framing::Refused(refusal) => refusal.length,
            _ => self.data.len() as u64,
        }
    }

    /// Whether it has all its bytes; `false` when it is a rejected part of the input that
    /// was too large to keep ([`ReadOptions::with_max_raw_bytes`]).
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.length() == self.data.len() as u64
    }
}
