//! One record: by the fast parser, then by the exact one.

use super::pass::{Pass, Reason};
use crate::{
    document::Document,
    json::{SyntaxError, fast, is_blank, parse_lenient, skip_blanks},
    split::Form,
};
use std::ops::ControlFlow;
use transmog_events::{JsonPath, Outside, RecordSink, Rejection, Remark};

/// The messages about what is accepted on request.
pub(super) const LENIENT: &str = "expected a value, found `,`; `lenient` = `commas` (--lenient commas) accepts \
     extra commas";
const TRAILING: &str = "expected a value after the comma; `lenient` = `commas` (--lenient commas) accepts \
     extra commas";
const COMMENT: &str = "expected JSON, found a comment; `lenient` = `comments` (--lenient comments) accepts \
     comments";

const VALUE: &str = "expected a value";
const KEY: &str = "expected a key in double quotes";

impl<S: RecordSink> Pass<'_, S> {
    /// Tries the fast parser on the record at `at`. `true` when it took the record and only white
    /// space is left before `end`.
    #[inline]
    pub(super) fn fast(&mut self, at: usize, end: usize) -> bool {
        self.fast_value(at, end, |rest| rest.is_empty()).is_some()
    }

    /// The same where `may_follow` says what may be left; gives the place of that.
    #[inline]
    pub(super) fn fast_value(
        &mut self,
        at: usize,
        end: usize,
        may_follow: fn(&[u8]) -> bool,
    ) -> Option<usize> {
        let text = self.text?;
        if let Some(steps) = self.steps {
            self.may_follow = may_follow;
            return self.follow_unit(&text[..end], at, steps);
        }
        if self.data.get(at) != Some(&b'{') {
            return None;
        }
        let mut unescaped = std::mem::take(&mut self.unescaped);
        let after = fast::parse(text, at..end, &mut unescaped, self.begin(at))
            .filter(|value_end| value_end - at <= self.options.longest_record().bytes)
            .map(|value_end| skip_blanks(&self.data[..end], value_end))
            .filter(|after| may_follow(&self.data[*after..end]));
        self.unescaped = unescaped;
        if let Some(after) = after
            && self.end_record(after).is_ok()
        {
            self.index += 1;
            self.rejected_to = None;
            return Some(after);
        }
        self.refusal = self.sink.refusal();
        self.sink.abandon_record();
        None
    }

    /// What is between `at` and `end`, a record or what holds records, which the fast parser left.
    pub(super) fn record(&mut self, at: usize, end: usize) -> ControlFlow<()> {
        match self.steps {
            Some(_) => self.part(at, end),
            None => self.one_record(at, end),
        }
    }

    /// The record between `at` and `end`.
    pub(super) fn one_record(&mut self, at: usize, end: usize) -> ControlFlow<()> {
        if let Some(refusal) = self.refusal.take() {
            self.begin(at);
            return self.reject(at, end, at, Reason::Data(refusal));
        }
        if end - at > self.options.longest_record().bytes {
            self.begin(at);
            return self.reject_too_long(at, end);
        }
        let mut document = std::mem::take(&mut self.document);
        let flow = match parse_lenient(&self.data[at..end], &mut document, self.options.lenient) {
            Ok(length) => {
                let after = skip_blanks(&self.data[..end], at + length);
                if after == end {
                    self.exact(at, end, &document)
                } else {
                    let message = match self.splitter.form() {
                        Form::Lines { .. } | Form::Documents => {
                            "expected the line to end after the record"
                        }
                        Form::Elements(_) => "expected `,` or `]` after the element",
                    };
                    self.begin(at);
                    self.reject(at, end, after, Reason::Syntax(message.to_owned()))
                }
            }
            Err(mut error) => {
                if let Some(message) = advice(&self.data[at..end], &error) {
                    message.clone_into(&mut error.message);
                }
                self.reject_syntax(at, end, error)
            }
        };
        self.document = document;
        flow
    }

    /// Gives a record that the exact parser took to the sink.
    fn exact(&mut self, at: usize, end: usize, document: &Document) -> ControlFlow<()> {
        if self.data[at] != b'{' {
            let found = document.description();
            let message = format!("expected an object as the record, found {found}");
            self.begin(at);
            return self.reject(at, end, at, Reason::Syntax(message));
        }
        match self.replay(at, end, document) {
            Ok(()) => {
                self.index += 1;
                self.rejected_to = None;
                ControlFlow::Continue(())
            }
            Err(rejection) => self.reject(at, end, at, Reason::Data(rejection)),
        }
    }

    fn replay(&mut self, at: usize, end: usize, document: &Document) -> Result<(), Rejection> {
        document.replay(self.begin(at))?;
        for ((remark, path), count) in document.remarks() {
            self.sink.remark(*remark, path, *count);
        }
        self.end_record(end)
    }

    /// Ends the record, which is before `end`, with what there is to say of its comments.
    #[inline]
    fn end_record(&mut self, end: usize) -> Result<(), Rejection> {
        if self.comments.is_empty() {
            return self.sink.end_record();
        }
        let count = (self.comments).partition_point(|start| (*start as usize) < end);
        self.remark_comments(count);
        self.sink.end_record()?;
        self.comments = &self.comments[count..];
        Ok(())
    }

    /// The same of the next comments.
    fn remark_comments(&mut self, count: usize) {
        if count > 0 {
            let root = JsonPath::root();
            (self.sink).remark(Remark::LenientComment, &root, count as u64);
        }
    }

    /// Says what there is to say of the chunk behind its last record.
    pub(super) fn remark_rest(&mut self, trailing: u64) {
        self.remark_comments(self.comments.len());
        if trailing > 0 {
            (self.sink).remark(Remark::TrailingByte, &JsonPath::root(), trailing);
        }
    }

    fn reject_syntax(&mut self, at: usize, end: usize, error: SyntaxError) -> ControlFlow<()> {
        self.begin(at);
        self.reject(at, end, at + error.byte, Reason::Syntax(error.message))
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
}

/// A message with more advice about this error in a record, if there is one.
fn advice(record: &[u8], error: &SyntaxError) -> Option<&'static str> {
    let rest = record.get(error.byte..)?;
    let is_begin = matches!(&*error.message, VALUE | KEY);
    match rest {
        [b'/', b'/' | b'*', ..] => Some(COMMENT),
        [b',', ..] if is_begin => Some(LENIENT),
        [b'}' | b']', ..] if is_begin => {
            let before = record[..error.byte].iter().rfind(|byte| !is_blank(**byte));
            (before == Some(&b',')).then_some(TRAILING)
        }
        _ => None,
    }
}
