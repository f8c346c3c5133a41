//! A chunk of whole records, and the way through it.

use crate::{
    buffers::Buffers,
    document::Document,
    ending::Ending,
    json::{SyntaxError, fast, parse_lenient, skip_blanks},
    lead::Lead,
    options::ReadOptions,
    split::{Form, Splitter},
};
use memchr::{memchr, memchr_iter};
use std::{ops::ControlFlow, sync::Arc};
use transmog_events::{
    Outside, Path, RecordError, RecordErrorKind, RecordSink, RecordStart, Rejection,
};

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

/// What is said of a comma where a value is expected.
const LENIENT: &str = "expected a value, found `,`; `lenient` = `commas` (--lenient commas) takes \
     commas too many";

const VALUE: &str = "expected a value";
const KEY: &str = "expected a key in double quotes";

/// Why a record is rejected.
enum Reason {
    /// It is no JSON object.
    Syntax(String),
    /// The sink does not take its values.
    Data(Rejection),
}

/// The way through one chunk.
struct Pass<'c, S> {
    data: &'c [u8],
    /// The data as text, when all of it is UTF-8.
    text: Option<&'c str>,
    sink: &'c mut S,
    document: Document,
    /// A string of the fast parser.
    unescaped: String,
    index: u32,
    /// Records to read at most.
    most: u32,
    byte: u64,
    column: u64,
    lead: Lead,
    options: &'c ReadOptions,
    counted: Counted,
    splitter: Splitter,
    /// Where the last record ends, when it was rejected.
    rejected_to: Option<usize>,
    /// The sink's refusal of the record that the fast parser left.
    refusal: Option<Rejection>,
    /// What is said of the last record when it is broken, if the input ends early after it.
    note: Option<&'static str>,
}

/// How far lines are counted.
#[derive(Default)]
struct Counted {
    byte: usize,
    lines: u64,
    line_start: usize,
}

impl Counted {
    /// Goes on to a byte; back is slow and rare.
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

    /// Gives every record to the sink.
    pub fn parse<S: RecordSink>(&self, sink: &mut S) {
        self.parse_first(u32::MAX, sink);
    }

    /// Gives the first `most` records to the sink.
    pub fn parse_first<S: RecordSink>(&self, most: u32, sink: &mut S) {
        let text = std::str::from_utf8(&self.data).ok();
        let form = match self.framing {
            Framing::Elements { is_last: true, .. } => Form::Elements(Ending::Behind),
            Framing::Elements { .. } => Form::Elements(Ending::Later),
            Framing::Lines { are_beside } => Form::Lines { are_beside },
            Framing::Refused(_) => Form::Lines { are_beside: false },
        };
        let mut splitter = Splitter::new(form, self.options.longest_record().bytes);
        if let Framing::Elements { indent, .. } = self.framing {
            splitter.indent = indent;
        }
        let mut pass = Pass {
            data: &self.data,
            text,
            sink,
            document: Document::with_memory(self.options.record_memory),
            unescaped: String::new(),
            index: 0,
            most,
            byte: self.byte,
            column: self.column,
            lead: self.lead,
            options: &self.options,
            counted: Counted::default(),
            splitter,
            rejected_to: None,
            refusal: None,
            note: self.ends_early.as_ref().map(|early| early.note),
        };
        let flow = match &self.framing {
            Framing::Lines { .. } => pass.lines(),
            Framing::Elements {
                is_separated,
                is_last,
                ..
            } => pass.elements(*is_separated, *is_last),
            Framing::Refused(refusal) => pass.refused(self, refusal),
        };
        // Broken off by the sink or at the end, the pass is over.
        if let (ControlFlow::Continue(()), Some(early)) = (flow, &self.ends_early) {
            let _ = pass.ends_early(self, early);
        }
    }
}

/// Whether an element may end before these bytes: the chunk ends, or the next element
/// begins, on its own line or as an object.
fn may_follow(rest: &[u8]) -> bool {
    let [comma, rest @ ..] = rest else {
        return true;
    };
    let next = rest
        .iter()
        .find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
    *comma == b',' && matches!(next, None | Some(b'{' | b'\n'))
}

fn start(at: usize, index: u32) -> RecordStart {
    RecordStart {
        byte: at as u64,
        index,
    }
}

impl<S: RecordSink> Pass<'_, S> {
    fn lines(&mut self) -> ControlFlow<()> {
        let mut at = 0;
        let mut line_end = 0;
        loop {
            at = skip_blanks(self.data, at);
            if at == self.data.len() || self.index == self.most {
                return ControlFlow::Continue(());
            }
            if self.data[at] == b',' && self.options.lenient_commas {
                self.sink.lenient_commas(&Path::root(), 1);
                at += 1;
                continue;
            }
            if line_end <= at {
                let newline = memchr(b'\n', &self.data[at..]);
                line_end = newline.map_or(self.data.len(), |newline| at + newline);
            }
            if self.fast(at, line_end) {
                at = line_end;
                continue;
            }
            let end = self.splitter.end_of(self.data, at, self.lead);
            let is_line = skip_blanks(&self.data[..line_end.max(end)], end) == line_end;
            if is_line || !self.fast(at, end) {
                self.record(at, end)?;
            }
            at = end;
        }
    }

    fn elements(&mut self, mut is_separated: bool, is_last: bool) -> ControlFlow<()> {
        let mut at = 0;
        // A comma after an element.
        let mut comma = None;
        loop {
            at = skip_blanks(self.data, at);
            if self.index == self.most {
                return ControlFlow::Continue(());
            }
            match self.data.get(at) {
                None => {
                    return match comma.filter(|_| is_last) {
                        Some(comma) => self.reject_comma(comma),
                        None => ControlFlow::Continue(()),
                    };
                }
                Some(b',') => {
                    comma = (!is_separated).then_some(at);
                    if is_separated {
                        self.reject_comma(at)?;
                    }
                    is_separated = true;
                    at += 1;
                    continue;
                }
                Some(_) => {}
            }
            if !is_separated && !self.options.resume {
                return self.reject_unseparated(at);
            }
            at = match self.fast_value(at, self.data.len(), may_follow) {
                Some(end) => end,
                None => {
                    let end = self.splitter.end_of(self.data, at, self.lead);
                    self.record(at, end)?;
                    end
                }
            };
            comma = None;
            is_separated = false;
        }
    }

    /// The record between `at` and `end`, which the fast parser did not take.
    fn record(&mut self, at: usize, end: usize) -> ControlFlow<()> {
        if let Some(refusal) = self.refusal.take() {
            self.begin(at);
            return self.reject(at, end, at, Reason::Data(refusal));
        }
        if end - at > self.options.longest_record().bytes {
            self.begin(at);
            return self.reject_too_long(at, end);
        }
        let mut document = std::mem::take(&mut self.document);
        let flow = match parse_lenient(
            &self.data[at..end],
            &mut document,
            self.options.lenient_commas,
        ) {
            Ok(length) => {
                let after = skip_blanks(&self.data[..end], at + length);
                if after == end {
                    self.exact(at, end, &document)
                } else {
                    let message = match self.splitter.form() {
                        Form::Lines { .. } => "expected the line to end after the record",
                        Form::Elements(_) => "expected `,` or `]` after the element",
                    };
                    self.begin(at);
                    self.reject(at, end, after, Reason::Syntax(message.to_owned()))
                }
            }
            Err(mut error) => {
                let is_comma = self.data[at + error.byte..end].first() == Some(&b',');
                if is_comma && matches!(&*error.message, VALUE | KEY) {
                    LENIENT.clone_into(&mut error.message);
                }
                self.reject_syntax(at, end, error)
            }
        };
        self.document = document;
        flow
    }

    #[cold]
    fn reject_too_long(&mut self, at: usize, end: usize) -> ControlFlow<()> {
        let message = self.options.too_long();
        if end - at <= self.options.max_raw_bytes {
            return self.reject(at, end, at, Reason::Syntax(message));
        }
        let outside = Outside {
            byte: self.byte + at as u64,
            length: (end - at) as u64,
            raw: None,
        };
        self.rejected_to = Some(end);
        self.reject_outside(at, &message, outside)
    }

    /// A comma with nothing between it and the last one, or the array's end.
    #[cold]
    fn reject_comma(&mut self, at: usize) -> ControlFlow<()> {
        if self.options.lenient_commas {
            self.sink.lenient_commas(&Path::root(), 1);
            return ControlFlow::Continue(());
        }
        self.begin(at);
        let is_last = self.note.is_some() && skip_blanks(self.data, at + 1) == self.data.len();
        let message = match is_last {
            true => "expected a value after the comma, found the end",
            false => LENIENT,
        };
        self.reject(at, at + 1, at, Reason::Syntax(message.to_owned()))
    }

    #[cold]
    fn reject_unseparated(&mut self, at: usize) -> ControlFlow<()> {
        let end = self.splitter.end_of(self.data, at, self.lead);
        self.begin(at);
        let message = "expected `,` or `]` after the element".to_owned();
        self.reject(at, end, at, Reason::Syntax(message))
    }

    /// Rejects the whole chunk.
    fn refused(&mut self, chunk: &Chunk, refusal: &Refusal) -> ControlFlow<()> {
        // What the sink says of the beginning goes first: a longer record would not help.
        let valid = match std::str::from_utf8(self.data) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        self.text = std::str::from_utf8(&self.data[..valid]).ok();
        if refusal.is_record {
            self.fast_value(0, valid, |_| false);
        }
        let by_sink = self.refusal.take();
        self.begin(0);
        self.index += 1;
        let (kind, path, message) = match &by_sink {
            Some(by_sink) => {
                let (path, message) = by_sink.parts();
                (RecordErrorKind::of(by_sink), path, message)
            }
            None => (RecordErrorKind::Syntax, None, refusal.message.clone()),
        };
        let outside = (!chunk.is_whole() || self.data.len() > self.options.max_raw_bytes)
            .then_some(Outside {
                byte: chunk.byte,
                length: refusal.length,
                raw: None,
            });
        self.sink.abandon_record();
        self.sink.reject_record(RecordError {
            index: 0,
            start: 0,
            end: self.data.len(),
            byte: refusal.byte.saturating_sub(chunk.byte) as usize,
            line: refusal.line.saturating_sub(chunk.line),
            column: refusal.column + 1,
            kind,
            path,
            message,
            outside,
        })
    }

    /// The input ends here and should not; a record that is broken by that says so.
    fn ends_early(&mut self, chunk: &Chunk, early: &Early) -> ControlFlow<()> {
        let end = self.data.len();
        if self.index == self.most
            || (self.rejected_to).is_some_and(|to| skip_blanks(self.data, to) == end)
        {
            return ControlFlow::Continue(());
        }
        let outside = match early.bracket {
            Some(byte) => Outside {
                byte,
                length: 1,
                raw: Some(b"[".to_vec()),
            },
            None => Outside {
                byte: chunk.byte + end as u64,
                length: 0,
                raw: None,
            },
        };
        self.begin(end);
        self.reject_outside(end, early.message, outside)
    }

    /// Tries the fast parser on the record at `at`; whether it is done, with
    /// nothing but blanks from its end to `end`.
    #[inline]
    fn fast(&mut self, at: usize, end: usize) -> bool {
        self.fast_value(at, end, |rest| rest.is_empty()).is_some()
    }

    /// The same where `may_follow` says what may stand between the record and
    /// `end`; gives the place of that.
    #[inline]
    fn fast_value(
        &mut self,
        at: usize,
        end: usize,
        may_follow: impl FnOnce(&[u8]) -> bool,
    ) -> Option<usize> {
        let text = self.text?;
        if self.data.get(at) != Some(&b'{') {
            return None;
        }
        let events = self.sink.begin_record(start(at, self.index));
        let after = fast::parse(&text[..end], at, &mut self.unescaped, events)
            .filter(|value_end| value_end - at <= self.options.longest_record().bytes)
            .map(|value_end| skip_blanks(&self.data[..end], value_end))
            .filter(|after| may_follow(&self.data[*after..end]));
        if after.is_some() && self.sink.end_record().is_ok() {
            self.index += 1;
            self.rejected_to = None;
            return after;
        }
        self.refusal = self.sink.refusal();
        self.sink.abandon_record();
        None
    }

    /// Gives a record that was parsed exactly to the sink.
    fn exact(&mut self, at: usize, end: usize, document: &Document) -> ControlFlow<()> {
        if self.data[at] != b'{' {
            let found = document.description();
            let message = format!("expected an object as the record, found {found}");
            self.begin(at);
            return self.reject(at, end, at, Reason::Syntax(message));
        }
        match self.replay(at, document) {
            Ok(()) => {
                self.index += 1;
                self.rejected_to = None;
                ControlFlow::Continue(())
            }
            Err(rejection) => self.reject(at, end, at, Reason::Data(rejection)),
        }
    }

    fn replay(&mut self, at: usize, document: &Document) -> Result<(), Rejection> {
        document.replay(self.sink.begin_record(start(at, self.index)))?;
        for (path, count) in document.duplicates() {
            self.sink.duplicate_keys(path, *count);
        }
        for (path, count) in document.commas() {
            self.sink.lenient_commas(path, *count);
        }
        self.sink.end_record()
    }

    fn reject_syntax(&mut self, at: usize, end: usize, error: SyntaxError) -> ControlFlow<()> {
        self.begin(at);
        self.reject(at, end, at + error.byte, Reason::Syntax(error.message))
    }

    #[inline]
    fn begin(&mut self, at: usize) {
        self.sink.begin_record(start(at, self.index));
    }

    #[cold]
    fn reject(&mut self, start: usize, end: usize, byte: usize, reason: Reason) -> ControlFlow<()> {
        let (kind, path, message) = match reason {
            Reason::Syntax(message) => (RecordErrorKind::Syntax, None, message),
            Reason::Data(rejection) => {
                let (path, message) = rejection.parts();
                (RecordErrorKind::of(&rejection), path, message)
            }
        };
        self.rejected_to = Some(end);
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

    /// Rejects what is not in the chunk, at an offset in it.
    #[cold]
    fn reject_outside(&mut self, byte: usize, message: &str, outside: Outside) -> ControlFlow<()> {
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
        (self.counted).go_to(self.data, error.byte.min(self.data.len()));
        error.line = self.counted.lines;
        let before_chunk = if error.line == 0 { self.column } else { 0 };
        error.column = before_chunk + (error.byte - self.counted.line_start) as u64 + 1;
        self.index += 1;
        self.sink.reject_record(error)
    }
}
