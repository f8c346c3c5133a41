//! A chunk of whole records, and the way through it.

use crate::{
    buffers::Buffers,
    document::Document,
    fast,
    options::LongestRecord,
    scan::{Scanner, Stop, Values, next_bracket, skip_blanks},
    syntax::{SyntaxError, parse_document},
};
use memchr::{memchr, memchr_iter};
use std::{collections::HashMap, ops::ControlFlow, sync::Arc};
use transmog_model::{EventSink, Path, Rejection, RejectionKind};

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
    pub(crate) longest: LongestRecord,
    /// Memory that the events of a record may take.
    pub(crate) record_memory: usize,
    pub(crate) data: Vec<u8>,
    pub(crate) framing: Framing,
    pub(crate) buffers: Buffers,
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.buffers.give(std::mem::take(&mut self.data));
    }
}

/// How the records of a chunk stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Values one after another, a line each as a rule.
    Lines,
    /// Elements of an array with a comma after each but perhaps the last.
    /// `is_first` and `is_last` tell whether the array begins and ends here.
    Elements { is_first: bool, is_last: bool },
    /// The beginning of one record that is too long.
    TooLong,
    /// What is no element and hides where the next one is; the text says what
    /// was expected.
    Broken(&'static str),
}

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
    /// It is no JSON, or no object.
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
}

/// Takes the records of a chunk.
///
/// For each record: [`begin_record`](Self::begin_record), its events, then
/// [`end_record`](Self::end_record); or [`abandon_record`](Self::abandon_record)
/// and either the same again or [`reject_record`](Self::reject_record).
pub trait RecordSink: EventSink {
    /// A record begins.
    fn begin_record(&mut self, at: RecordStart);

    /// An earlier value of the key at `path` was replaced in this record.
    fn duplicate_key(&mut self, path: &Path);

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
    column: u64,
    longest: LongestRecord,
    /// The sink's refusal of the record that the fast parser left.
    refusal: Option<Rejection>,
    counted: Counted,
    unfinished: Unfinished,
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

/// Where values end that do not end in their line, by their brackets. Each part
/// of the chunk is looked at once, however many lines in it are unfinished.
#[derive(Default)]
struct Unfinished {
    /// Offsets of brackets that open, and where they close, if they do.
    ends: HashMap<usize, usize>,
    /// How far the chunk was looked at.
    from: usize,
    to: usize,
    /// A byte that no value can go beyond.
    wrong: usize,
}

impl Unfinished {
    /// The end of the value at `at`; none when its brackets do not close, or
    /// when it holds a byte that was found to be wrong.
    fn end_of(&mut self, data: &[u8], at: usize) -> Option<usize> {
        if !(self.from..self.to).contains(&at) {
            let mut open = Vec::new();
            self.ends.clear();
            self.from = at;
            let mut next = at;
            self.to = loop {
                match next_bracket(data, next) {
                    Err(stop) => break stop,
                    Ok((bracket, true)) => {
                        open.push(bracket);
                        next = bracket + 1;
                    }
                    Ok((bracket, false)) => {
                        next = bracket + 1;
                        if let Some(start) = open.pop() {
                            self.ends.insert(start, next);
                        }
                        if open.is_empty() {
                            break next;
                        }
                    }
                }
            };
        }
        let end = self.ends.get(&at).copied()?;
        // Wrong for what is around it, the value itself may be right.
        let is_wrong = (at + 1..end).contains(&self.wrong);
        (!is_wrong).then_some(end)
    }

    fn is_wrong_at(&mut self, byte: usize) {
        self.wrong = byte;
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
        self.framing != Framing::TooLong
    }

    /// Gives every record to the sink.
    pub fn parse<S: RecordSink>(&self, sink: &mut S) {
        self.parse_first(u32::MAX, sink);
    }

    /// Gives the first `most` records to the sink.
    pub fn parse_first<S: RecordSink>(&self, most: u32, sink: &mut S) {
        let text = std::str::from_utf8(&self.data).ok();
        let document = Document::with_memory(self.record_memory);
        let mut pass = Pass {
            data: &self.data,
            text,
            sink,
            document,
            unescaped: String::new(),
            index: 0,
            most,
            column: self.column,
            longest: self.longest,
            refusal: None,
            counted: Counted::default(),
            unfinished: Unfinished::default(),
        };
        // Broken off by the sink or at the end, the pass is over.
        let _ = match self.framing {
            Framing::Lines => pass.lines(),
            Framing::Elements { is_first, is_last } => pass.elements(is_first, is_last),
            Framing::TooLong => {
                let at = skip_blanks(&self.data, 0);
                pass.too_long(at)
            }
            Framing::Broken(expected) => {
                let at = skip_blanks(&self.data, 0);
                pass.begin(at);
                let end = self.data.len();
                pass.reject(at, end, end, Reason::Syntax(expected.to_owned()))
            }
        };
    }
}

impl<S: RecordSink> Pass<'_, S> {
    fn lines(&mut self) -> ControlFlow<()> {
        let mut at = 0;
        loop {
            at = skip_blanks(self.data, at);
            if at == self.data.len() || self.index == self.most {
                return ControlFlow::Continue(());
            }
            let line_end = memchr(b'\n', &self.data[at..]).map_or(self.data.len(), |n| at + n);
            at = self.line(at, line_end)?;
        }
    }

    /// The record at `at`; gives where the next may begin.
    fn line(&mut self, at: usize, line_end: usize) -> ControlFlow<(), usize> {
        if self.fast(at, line_end) {
            return ControlFlow::Continue(line_end);
        }
        if let Some(refusal) = self.refusal.take() {
            let end = self.end_of_rejected(at, line_end);
            return then(self.refuse(at, end, refusal), end);
        }
        let mut document = std::mem::take(&mut self.document);
        let mut result = parse_document(&self.data[at..line_end], &mut document);
        let mut end_of_value = None;
        if let Err(error) = &result
            && error.is_end
            && line_end < self.data.len()
        {
            // Not whole in its line: an object over several lines, perhaps.
            end_of_value = self.unfinished.end_of(self.data, at);
            if let Some(end) = end_of_value {
                if self.fast(at, end) {
                    self.document = document;
                    return ControlFlow::Continue(end);
                }
                if let Some(refusal) = self.refusal.take() {
                    self.document = document;
                    return then(self.refuse(at, end, refusal), end);
                }
                result = parse_document(&self.data[at..end], &mut document);
                if let Err(error) = &result {
                    self.unfinished.is_wrong_at(at + error.byte);
                }
            }
        }
        let next = match result {
            Ok(end) => {
                let end = at + end;
                then(self.exact(at, end, &document), end)
            }
            Err(error) => {
                let side_by_side = Values::from(at).next_end(&self.data[..line_end]);
                let end = match (side_by_side, end_of_value) {
                    (Some(end), _) => end,
                    (_, Some(end)) => self.next_record(at, line_end).min(end),
                    _ => self.end_of_rejected(at, line_end),
                };
                then(self.reject_syntax(at, end, error), end)
            }
        };
        self.document = document;
        next
    }

    /// Where the text at `at` ends, which is no JSON: with its line, or when that
    /// leaves brackets or quotes open, where the bracket closes, but before the
    /// next line that begins a record, so that no part of it is taken for one.
    fn end_of_rejected(&mut self, at: usize, line_end: usize) -> usize {
        if !Scanner::default().is_open_after(&self.data[at..line_end]) {
            return line_end;
        }
        let next_record = self.next_record(at, line_end);
        let end_of_open = self.end_of_open(at, line_end);
        end_of_open.map_or(next_record, |end| end.min(next_record))
    }

    /// Where the first bracket closes that the text from `at` to `line_end` leaves open.
    fn end_of_open(&mut self, at: usize, line_end: usize) -> Option<usize> {
        let mut from = at;
        loop {
            let (bracket, opens) = next_bracket(self.data, from).ok()?;
            if bracket >= line_end {
                return None;
            }
            from = bracket + 1;
            if opens {
                from = self.unfinished.end_of(self.data, bracket)?;
                if from > line_end {
                    return Some(from);
                }
            }
        }
    }

    /// The next line after `line_end` that begins with `{`, indented no further
    /// than what is at `at`; or the end.
    fn next_record(&self, at: usize, line_end: usize) -> usize {
        let line_start = memchr::memrchr(b'\n', &self.data[..at]).map_or(0, |newline| newline + 1);
        let indent = at - line_start;
        for newline in memchr_iter(b'\n', &self.data[line_end..]) {
            let next_line = line_end + newline + 1;
            let next = skip_blanks(self.data, next_line);
            if self.data.get(next) == Some(&b'{') && next - next_line <= indent {
                return next_line;
            }
        }
        self.data.len()
    }

    fn elements(&mut self, is_first: bool, is_last: bool) -> ControlFlow<()> {
        let mut at = skip_blanks(self.data, 0);
        if at == self.data.len() && is_first && is_last {
            return ControlFlow::Continue(());
        }
        loop {
            let may_follow = |after| matches!(after, None | Some(b','));
            let end = match self.fast_value(at, self.data.len(), may_follow) {
                Some(end) => end,
                None => {
                    let comma = Scanner::default().next_comma(self.data, at);
                    let end = comma.unwrap_or(self.data.len());
                    self.element(at, end)?;
                    end
                }
            };
            if end == self.data.len() || self.index == self.most {
                return ControlFlow::Continue(());
            }
            at = skip_blanks(self.data, end + 1);
            // After the last comma of a chunk the next one goes on.
            if at == self.data.len() && !is_last {
                return ControlFlow::Continue(());
            }
        }
    }

    fn element(&mut self, at: usize, end: usize) -> ControlFlow<()> {
        if let Some(refusal) = self.refusal.take() {
            return self.refuse(at, end, refusal);
        }
        let mut document = std::mem::take(&mut self.document);
        let result = parse_document(&self.data[at..end], &mut document);
        let flow = match result {
            Ok(length) => {
                let after = skip_blanks(&self.data[..end], at + length);
                if after < end {
                    let message = "expected `,` or `]` after the element".to_owned();
                    let error = SyntaxError {
                        byte: after - at,
                        message,
                        is_end: false,
                    };
                    self.reject_syntax(at, end, error)
                } else {
                    self.exact(at, at + length, &document)
                }
            }
            Err(error) => self.reject_syntax(at, end, error),
        };
        self.document = document;
        flow
    }

    /// Tries the fast parser on the record at `at`; whether it is done, with
    /// nothing but blanks from its end to `end`.
    #[inline]
    fn fast(&mut self, at: usize, end: usize) -> bool {
        self.fast_value(at, end, |after| after.is_none()).is_some()
    }

    /// The same where `may_follow` says what may stand between the record and
    /// `end`; gives the place of that.
    #[inline]
    fn fast_value(
        &mut self,
        at: usize,
        end: usize,
        may_follow: impl FnOnce(Option<u8>) -> bool,
    ) -> Option<usize> {
        let text = self.text?;
        if self.data.get(at) != Some(&b'{') {
            return None;
        }
        self.begin(at);
        let after = fast::parse(&text[..end], at, &mut self.unescaped, self.sink)
            .filter(|value_end| value_end - at <= self.longest.bytes)
            .map(|value_end| skip_blanks(&self.data[..end], value_end))
            .filter(|after| may_follow(self.data[..end].get(*after).copied()));
        if after.is_some() && self.sink.end_record().is_ok() {
            self.index += 1;
            return after;
        }
        self.refusal = self.sink.refusal();
        self.sink.abandon_record();
        None
    }

    /// Rejects a record that the sink does not take, whatever is in the rest of it.
    #[cold]
    fn refuse(&mut self, at: usize, end: usize, refusal: Rejection) -> ControlFlow<()> {
        self.begin(at);
        self.reject(at, end, at, Reason::Data(refusal))
    }

    /// The beginning of a record that is too long. What the sink says of it goes first:
    /// a longer record would not help.
    #[cold]
    fn too_long(&mut self, at: usize) -> ControlFlow<()> {
        let end = self.data.len();
        let whole = match std::str::from_utf8(self.data) {
            Ok(_) => end,
            Err(error) => error.valid_up_to(),
        };
        self.text = std::str::from_utf8(&self.data[..whole]).ok();
        if self.fast(at, whole) {
            // It was the blanks behind the record that were too many.
            return ControlFlow::Continue(());
        }
        match self.refusal.take() {
            Some(refusal) => self.refuse(at, end, refusal),
            None => {
                self.begin(at);
                self.reject_too_long(at, end)
            }
        }
    }

    /// Gives a record that was parsed exactly to the sink.
    fn exact(&mut self, at: usize, end: usize, document: &Document) -> ControlFlow<()> {
        self.begin(at);
        if end - at > self.longest.bytes {
            return self.reject_too_long(at, end);
        }
        if self.data[at] != b'{' {
            let found = document.description();
            let message = format!("expected an object as the record, found {found}");
            return self.reject(at, end, at, Reason::Syntax(message));
        }
        for path in document.duplicates() {
            self.sink.duplicate_key(path);
        }
        let taken = document
            .replay(self.sink)
            .and_then(|()| self.sink.end_record());
        match taken {
            Ok(()) => {
                self.index += 1;
                ControlFlow::Continue(())
            }
            Err(rejection) => self.reject(at, end, at, Reason::Data(rejection)),
        }
    }

    fn reject_syntax(&mut self, at: usize, end: usize, error: SyntaxError) -> ControlFlow<()> {
        self.begin(at);
        self.reject(at, end, at + error.byte, Reason::Syntax(error.message))
    }

    #[cold]
    fn reject_too_long(&mut self, at: usize, end: usize) -> ControlFlow<()> {
        let message = format!(
            "expected a record of at most {} bytes ({}); allow more, or mend the input if a \
             bracket or quote is not closed",
            self.longest.bytes, self.longest.option
        );
        self.reject(at, end, at, Reason::Syntax(message))
    }

    #[inline]
    fn begin(&mut self, at: usize) {
        self.sink.begin_record(RecordStart {
            byte: at as u64,
            index: self.index,
        });
    }

    #[cold]
    fn reject(&mut self, start: usize, end: usize, byte: usize, reason: Reason) -> ControlFlow<()> {
        self.sink.abandon_record();
        let (kind, path, message) = match reason {
            Reason::Syntax(message) => (RecordErrorKind::Syntax, None, message),
            Reason::Data(rejection) => {
                let (path, message) = rejection.parts();
                (RecordErrorKind::of(&rejection), path, message)
            }
        };
        self.counted.go_to(self.data, byte.min(self.data.len()));
        let line = self.counted.lines;
        let before_chunk = if line == 0 { self.column } else { 0 };
        let column = before_chunk + (byte - self.counted.line_start) as u64 + 1;
        let index = self.index;
        self.index += 1;
        self.sink.reject_record(RecordError {
            index,
            start,
            end,
            byte,
            line,
            column,
            kind,
            path,
            message,
        })
    }
}

/// Goes on at `next` unless the flow breaks.
fn then(flow: ControlFlow<()>, next: usize) -> ControlFlow<(), usize> {
    flow?;
    ControlFlow::Continue(next)
}

impl Scanner {
    /// Whether brackets or quotes are open after the text.
    fn is_open_after(mut self, text: &[u8]) -> bool {
        let mut at = 0;
        loop {
            match self.next(text, at) {
                Stop::Comma(stop) | Stop::Closed(stop) | Stop::Excess(stop) => at = stop + 1,
                Stop::End => return self.is_open(),
            }
        }
    }

    /// The next comma outside all brackets.
    fn next_comma(mut self, data: &[u8], mut at: usize) -> Option<usize> {
        loop {
            match self.next(data, at) {
                Stop::Comma(comma) => return Some(comma),
                Stop::Closed(bracket) | Stop::Excess(bracket) => at = bracket + 1,
                Stop::End => return None,
            }
        }
    }
}
