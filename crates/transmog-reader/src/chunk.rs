//! A chunk of whole records, and where they stand.

use crate::{buffers::Buffers, lead::Lead, options::ReadOptions};
use std::sync::Arc;

/// Whole records, and where they stand. Independent of every other chunk.
#[derive(Debug)]
pub struct Chunk {
    /// The input's name.
    pub file: Arc<str>,
    /// Number of the chunk in the run, from 0.
    pub number: u64,
    /// Byte offset in the (decompressed) file, from 0.
    pub byte: u64,
    /// Lines before it in the file.
    pub line: u64,
    /// Bytes of all sources read when it was cut, compressed as they are.
    pub bytes_read: u64,
    /// Bytes before it in its first line.
    pub(crate) column: u64,
    /// What they are.
    pub(crate) lead: Lead,
    pub(crate) data: Vec<u8>,
    pub(crate) framing: Framing,
    /// Why the input ends after it, when it should go on.
    pub(crate) ends_early: Option<Early>,
    pub(crate) options: ReadOptions,
    pub(crate) buffers: Buffers,
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.buffers.give(std::mem::take(&mut self.data));
    }
}

/// How the records of a chunk stand.
#[derive(Debug)]
pub(crate) enum Framing {
    /// Values one after another, a line each as a rule, or beside each other.
    Lines { are_beside: bool },
    /// Elements of an array, with a comma between two. `is_separated` tells that
    /// a comma or the array's `[` stands before them, `is_last` that the array
    /// ends here, `indent` how far the first element is indented that begins its line.
    Elements {
        is_separated: bool,
        is_last: bool,
        indent: Option<usize>,
    },
    /// Bytes that are rejected as one.
    Refused(Box<Refusal>),
}

/// What is wrong with bytes that are rejected as one, and where.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) byte: u64,
    /// Lines before it in the file.
    pub(crate) line: u64,
    /// Bytes before it in its line.
    pub(crate) column: u64,
    /// Length of all of it, of which the chunk has as many bytes as are kept.
    pub(crate) length: u64,
    /// Whether it is one record that is too long.
    pub(crate) is_record: bool,
}

/// An input that ends where it should go on.
#[derive(Debug)]
pub(crate) struct Early {
    pub(crate) message: &'static str,
    /// What is said where a record is broken by it.
    pub(crate) note: &'static str,
    /// Offset of the `[` that is not closed in the file.
    pub(crate) bracket: Option<u64>,
}

impl Chunk {
    /// The bytes.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Whether no record in it is cut off.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match &self.framing {
            Framing::Refused(refusal) => refusal.length == self.data.len() as u64,
            _ => true,
        }
    }
}
