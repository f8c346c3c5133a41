//! The state of the way through a chunk, and rejections with their places.

use crate::{
    chunk::{Chunk, Framing},
    document::Document,
    encoding::MALFORMED,
    ending::Ending,
    json::skip_blanks,
    lead::Lead,
    options::ReadOptions,
    split::{Form, Splitter},
};
use memchr::memchr_iter;
use std::ops::ControlFlow;
use transmog_events::{
    Outside, PatternStep, RecordError, RecordErrorKind, RecordSink, RecordStart, Rejection,
};

/// Why a record is rejected.
pub(super) enum Reason {
    /// It is not JSON, or not an object.
    Syntax(String),
    /// The sink does not accept it.
    Data(Rejection),
}

/// The way through one chunk.
pub(super) struct Pass<'c, S> {
    pub(super) data: &'c [u8],
    /// The data as text, if all of it is UTF-8.
    pub(super) text: Option<&'c str>,
    pub(super) sink: &'c mut S,
    pub(super) document: Document,
    /// A string with its escapes resolved, for the fast parser.
    pub(super) unescaped: String,
    pub(super) index: u32,
    /// Read at most this many records.
    pub(super) most: u32,
    pub(super) byte: u64,
    pub(super) column: u64,
    pub(super) lead: Lead,
    pub(super) options: &'c ReadOptions,
    /// The steps to the records in what is framed; `None` where that is the records.
    pub(super) steps: Option<&'c [PatternStep]>,
    /// Where the unit at hand begins, and whether all of it is known to be sound.
    pub(super) unit: usize,
    /// Says of what is behind it whether the unit may end there.
    pub(super) may_follow: fn(&[u8]) -> bool,
    pub(super) is_sound: bool,
    /// The record of it that waits for its end, until that is known.
    pub(super) waiting: Option<usize>,
    /// Records before this place were taken.
    pub(super) taken_to: usize,
    /// The key of the record at hand, if it is the value of a member, and where a member and its
    /// value begin, if members are framed.
    pub(super) key: Option<String>,
    pub(super) member: Option<(usize, usize)>,
    line_count: LineCount,
    pub(super) splitter: Splitter,
    /// Where the stretch at hand ends, of records one after another.
    pub(super) stretch_end: usize,
    /// Those of the chunk that are to come.
    known_ends: &'c [(usize, usize)],
    /// The end of the last record, if it was rejected.
    pub(super) rejected_to: Option<usize>,
    /// Why the sink refused the record that the fast parser left, if nothing else in it can
    /// change that.
    pub(super) refusal: Option<Rejection>,
    /// Added to the message of the last record if it is broken: the input ends early after it.
    pub(super) note: Option<&'c str>,
    /// Where the comments begin that no record had yet.
    pub(super) comments: &'c [u32],
    /// What the bytes were decoded from, if not UTF-8.
    encoding: Option<&'static str>,
    /// What the text looks like, for the message about its first record.
    resemblance: Option<&'static str>,
}

/// Lines counted so far.
#[derive(Default)]
struct LineCount {
    byte: usize,
    lines: u64,
    line_start: usize,
}

impl LineCount {
    /// Counts up to a byte. Going back counts from the beginning, and is rare.
    fn go_to(&mut self, data: &[u8], byte: usize) {
        if byte < self.byte {
            *self = Self::default();
        }
        for newline in memchr_iter(b'\n', &data[self.byte..byte]) {
            self.lines += 1;
            self.line_start = self.byte + newline + 1;
        }
        self.byte = byte;
    }
}

impl<'c, S: RecordSink> Pass<'c, S> {
    /// The state before the first record of a chunk, of which `most` are read.
    pub(super) fn new(chunk: &'c Chunk, most: u32, sink: &'c mut S) -> Self {
        Self {
            data: &chunk.data,
            text: simdutf8::basic::from_utf8(&chunk.data).ok(),
            sink,
            document: Document::with_memory(chunk.options.record_memory),
            unescaped: String::new(),
            index: 0,
            most,
            byte: chunk.byte,
            column: chunk.column,
            lead: chunk.lead,
            options: &chunk.options,
            steps: chunk.step.map(|step| &chunk.options.steps()[step..]),
            unit: 0,
            may_follow: <[u8]>::is_empty,
            is_sound: false,
            waiting: None,
            taken_to: 0,
            key: chunk.key.as_deref().map(str::to_owned),
            member: None,
            line_count: LineCount::default(),
            splitter: splitter(chunk),
            stretch_end: 0,
            known_ends: &chunk.known_ends,
            rejected_to: None,
            refusal: None,
            note: chunk.ends_early.as_ref().map(|early| &*early.note),
            comments: &chunk.remarks.comments,
            encoding: chunk.remarks.encoding,
            resemblance: chunk.remarks.resemblance,
        }
    }

    /// The end of the record at this place, if the framer noted it.
    #[inline]
    pub(super) fn known_end(&mut self, at: usize) -> Option<usize> {
        while let [(start, end), rest @ ..] = self.known_ends
            && *start <= at
        {
            self.known_ends = rest;
            if *start == at {
                return Some(*end);
            }
        }
        None
    }

    /// Begins a record.
    #[inline]
    pub(super) fn begin(&mut self, at: usize) -> &mut S::Events {
        let at = RecordStart {
            byte: at as u64,
            index: self.index,
        };
        if let Some(key) = &self.key {
            self.sink.record_key(key);
        }
        self.sink.begin_record(at)
    }

    /// Rejects a record for an error at `byte`.
    #[cold]
    pub(super) fn reject(
        &mut self,
        start: usize,
        end: usize,
        byte: usize,
        reason: Reason,
    ) -> ControlFlow<()> {
        let (kind, path, message) = match reason {
            Reason::Syntax(message) => {
                let message = self.explained(byte, message);
                (RecordErrorKind::Syntax, None, message)
            }
            Reason::Data(rejection) => {
                let (path, message) = rejection.parts();
                (RecordErrorKind::of(&rejection), path, message)
            }
        };
        self.rejected_to = Some(end);
        // The key of a member belongs to it.
        let member = self.member.filter(|(_, value)| *value == start);
        let start = member.map_or(start, |(key, _)| key);
        let is_last = skip_blanks(self.data, end) == self.data.len();
        let message = match self.note.filter(|_| is_last) {
            Some(note) => format!("{message}; {note}"),
            None => message,
        };
        self.give(RecordError {
            index: self.index,
            start,
            end,
            byte,
            line: 0,
            column: 0,
            kind,
            path,
            message,
            outside: None,
        })
    }

    /// The message with what is known of the text besides.
    fn explained(&self, byte: usize, message: String) -> String {
        let is_malformed = self.data.get(byte) == Some(&MALFORMED);
        match (self.encoding, self.resemblance) {
            (Some(encoding), _) if is_malformed => format!(
                "expected text in {encoding}, found bytes that are not; name the encoding that \
                 it is in (`encoding`), or fix the input"
            ),
            (_, Some(resemblance)) if self.index == 0 => format!("{message}; {resemblance}"),
            _ => message,
        }
    }

    /// Rejects bytes that are not in the chunk, at an offset in it.
    #[cold]
    pub(super) fn reject_outside(
        &mut self,
        byte: usize,
        message: &str,
        outside: Outside,
    ) -> ControlFlow<()> {
        self.give(RecordError {
            index: self.index,
            start: byte,
            end: byte,
            byte,
            line: 0,
            column: 0,
            kind: RecordErrorKind::Syntax,
            path: None,
            message: message.to_owned(),
            outside: Some(outside),
        })
    }

    /// Gives a rejected record to the sink, with line and column of its error.
    fn give(&mut self, mut error: RecordError) -> ControlFlow<()> {
        self.sink.abandon_record();
        (self.line_count).go_to(self.data, error.byte.min(self.data.len()));
        error.line = self.line_count.lines;
        let before_chunk = if error.line == 0 { self.column } else { 0 };
        error.column = before_chunk + (error.byte - self.line_count.line_start) as u64 + 1;
        self.index += 1;
        self.sink.reject_record(error)
    }
}

/// A splitter that finds the records that the framer found.
fn splitter(chunk: &Chunk) -> Splitter {
    let form = match chunk.framing {
        Framing::Elements { is_last: true, .. } => Form::Elements(Ending::Behind),
        Framing::Elements { .. } => Form::Elements(Ending::Later),
        Framing::Lines { are_beside: false } if chunk.step.is_some() => Form::Documents,
        Framing::Lines { are_beside } => Form::Lines { are_beside },
        Framing::Members(_) | Framing::Refused(_) => Form::Lines { are_beside: false },
    };
    let mut splitter = Splitter::new(form, chunk.options.longest_record().bytes);
    if let Framing::Elements { indent, .. } = chunk.framing {
        splitter.indent = indent;
    }
    splitter
}
