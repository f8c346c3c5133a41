//! Reader to whoever takes records: where each begins and ends, and those that are rejected.

use crate::{
    event::{EventSink, Rejection, RejectionKind},
    path::Path,
};
use std::ops::ControlFlow;

/// Where a record begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordStart {
    /// Offset in the chunk.
    pub byte: u64,
    /// Number of the record in the chunk, from 0.
    pub index: u32,
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordErrorKind {
    /// It is not JSON, or not an object.
    Syntax,
    /// Its values are not acceptable.
    Data,
    /// It has what a given schema does not hold.
    Drift,
    /// The run cannot go on.
    Limit,
}

impl RecordErrorKind {
    /// What a sink found wrong.
    #[must_use]
    pub fn of(rejection: &Rejection) -> Self {
        match rejection.kind() {
            RejectionKind::Drift { .. } => RecordErrorKind::Drift,
            RejectionKind::Limit { .. } => RecordErrorKind::Limit,
            _ => RecordErrorKind::Data,
        }
    }
}

/// A record that was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError {
    /// Number of the record in the chunk, from 0.
    pub index: u32,
    /// Offset of the record's first byte in the chunk.
    pub start: usize,
    /// Offset after its last byte.
    pub end: usize,
    /// Offset of the offending byte in the chunk.
    pub byte: usize,
    /// Lines before it in the chunk.
    pub line: u64,
    /// Column in its line, in bytes, from 1.
    pub column: u64,
    /// What is wrong with it.
    pub kind: RecordErrorKind,
    /// JSONPath in the record, when known.
    pub path: Option<String>,
    /// What was expected.
    pub message: String,
    /// Where the rejected bytes are when they are not in the chunk.
    pub outside: Option<Outside>,
}

/// Rejected bytes that are not in the chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// Offset of the first one in the file.
    pub byte: u64,
    /// How many there are.
    pub length: u64,
    /// The bytes, unless they are too many to be kept.
    pub raw: Option<Vec<u8>>,
}

/// Takes the records of a chunk.
///
/// For each record: [`begin_record`](Self::begin_record), its events, what is noted of it,
/// then [`end_record`](Self::end_record); or [`abandon_record`](Self::abandon_record)
/// and either the same again or [`reject_record`](Self::reject_record).
pub trait RecordSink {
    /// What takes the events of a record.
    type Events: EventSink;

    /// A record begins, whose events go to what this gives.
    fn begin_record(&mut self, at: RecordStart) -> &mut Self::Events;

    /// So many earlier values of the key at `path` were replaced in this record.
    fn duplicate_keys(&mut self, path: &Path, count: u64);

    /// So many commas too many were taken in the arrays or objects at `path`, or between
    /// records, then at the root and outside a record.
    fn lenient_commas(&mut self, path: &Path, count: u64);

    /// The record is whole.
    ///
    /// # Errors
    /// When it is not acceptable.
    fn end_record(&mut self) -> Result<(), Rejection>;

    /// Why the record in progress cannot be taken, when nothing that follows in it can
    /// change that: then it is not parsed any further.
    fn refusal(&mut self) -> Option<Rejection> {
        None
    }

    /// Forgets the record in progress.
    fn abandon_record(&mut self);

    /// A record is left out; `Break` ends the chunk.
    fn reject_record(&mut self, error: RecordError) -> ControlFlow<()>;
}
