//! The boundary between readers and those who take records: the beginning and the end of each,
//! and rejected ones.

use crate::{
    event::{EventSink, Rejection, RejectionKind},
    path::JsonPath,
};
use std::ops::ControlFlow;

/// The place of a record in its chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordStart {
    /// Offset of its first byte in the chunk.
    pub byte: u64,
    /// Number of the record in the chunk, from 0.
    pub index: u32,
}

/// Why a record was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordErrorKind {
    /// It is not JSON, or not an object.
    Syntax,
    /// Its values are not acceptable.
    Data,
    /// It has a value or a row that the given schema has no place for.
    Drift,
    /// The run reached a limit and cannot continue.
    Limit,
}

impl RecordErrorKind {
    /// The kind of a sink's rejection.
    #[must_use]
    pub fn of(rejection: &Rejection) -> Self {
        match rejection.kind() {
            RejectionKind::Drift { .. } => RecordErrorKind::Drift,
            RejectionKind::Limit { .. } => RecordErrorKind::Limit,
            _ => RecordErrorKind::Data,
        }
    }
}

/// A rejected record: its place, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError {
    /// Number of the record in the chunk, from 0.
    pub index: u32,
    /// Offset of the record's first byte in the chunk.
    pub start: usize,
    /// Offset behind its last byte.
    pub end: usize,
    /// Offset of the offending byte in the chunk.
    pub byte: usize,
    /// Lines before the offending byte in the chunk.
    pub line: u64,
    /// Column of the offending byte in its line of the input, in bytes from 1.
    pub column: u64,
    /// What is wrong with it.
    pub kind: RecordErrorKind,
    /// JSONPath of the value in the record, if known.
    pub path: Option<String>,
    /// What was expected, and what to do where there is a choice.
    pub message: String,
    /// The rejected bytes, if they are not in the chunk.
    pub outside: Option<Outside>,
}

/// The place of rejected bytes that are not in the chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// Offset of the first one in the input.
    pub byte: u64,
    /// Their number.
    pub length: u64,
    /// The bytes; `None` if there are too many to keep.
    pub raw: Option<Vec<u8>>,
}

/// What a reader changed or left out, where the text was not quite JSON or not quite clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Remark {
    /// An earlier value of a key that a later one replaced; with the path of the key.
    DuplicateKey,
    /// `NaN` or an infinity, read as null.
    LenientNonFinite,
    /// Half a surrogate pair, read as U+FFFD.
    LenientSurrogate,
    /// An extra comma; with the path of its array or object.
    LenientComma,
    /// A comment, with the path of the root.
    LenientComment,
    /// A byte of the input outside its compressed data, with the path of the root.
    TrailingByte,
}

/// Takes the records of a chunk.
///
/// For each record there is a call of [`begin_record`](Self::begin_record); then its events, and
/// [`remark`](Self::remark) if there is something to say of it; then
/// [`end_record`](Self::end_record). After
/// [`abandon_record`](Self::abandon_record), in place of the last or after an error of it, the
/// same record begins again or goes to [`reject_record`](Self::reject_record).
pub trait RecordSink {
    /// The sink of the events of a record.
    type Events: EventSink;

    /// Begins a record and gives the sink of its events.
    fn begin_record(&mut self, at: RecordStart) -> &mut Self::Events;

    /// The record that begins next is the value of a member with this key. Nothing by default.
    fn record_key(&mut self, key: &str) {
        let _ = key;
    }

    /// Something that happened `count` times at `path` in this record. Outside a record it is about
    /// what is between records, with the path of the root, and belongs to the last record.
    fn remark(&mut self, remark: Remark, path: &JsonPath, count: u64);

    /// Ends the record, which has all its events.
    ///
    /// # Errors
    /// When the record is not acceptable.
    fn end_record(&mut self) -> Result<(), Rejection>;

    /// Why the record cannot be accepted, if nothing else in it can change that: then it is not
    /// parsed any further. `None` by default.
    fn refusal(&mut self) -> Option<Rejection> {
        None
    }

    /// Forgets the events of the record.
    fn abandon_record(&mut self);

    /// Takes a rejected record; `Break` ends the chunk.
    fn reject_record(&mut self, error: RecordError) -> ControlFlow<()>;
}
