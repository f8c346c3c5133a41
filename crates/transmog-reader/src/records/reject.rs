//! What is rejected without being parsed: extra commas, elements without a comma before them, and
//! the bytes of chunks that are rejected as a whole.

use super::{
    KEY_COPIES,
    parse::LENIENT,
    pass::{Pass, Reason},
};
use crate::{
    chunk::{Chunk, Early, Member, Refusal},
    json::skip_blanks,
};
use std::ops::ControlFlow;
use transmog_events::{JsonPath, Outside, RecordError, RecordErrorKind, RecordSink, Remark};

impl<S: RecordSink> Pass<'_, S> {
    /// A comma with nothing between it and the last one, or the end of the array.
    #[cold]
    pub(super) fn reject_comma(&mut self, at: usize) -> ControlFlow<()> {
        if self.options.lenient.commas {
            (self.sink).remark(Remark::LenientComma, &JsonPath::root(), 1);
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

    /// A member whose key is too long for one of a record.
    #[cold]
    pub(super) fn reject_long_key(&mut self, member: Member) -> ControlFlow<()> {
        let longest = self.options.longest_record();
        let message = format!(
            "expected a key of at most {} bytes, a part of {}; allow more",
            longest.bytes / KEY_COPIES,
            longest.option
        );
        self.key = None;
        self.begin(member.value);
        self.reject(
            member.value,
            member.end,
            member.key,
            Reason::Syntax(message),
        )
    }

    #[cold]
    pub(super) fn reject_unseparated(&mut self, at: usize) -> ControlFlow<()> {
        let end = self.splitter.end_of(self.data, at, self.lead);
        self.begin(at);
        let message = "expected `,` or `]` after the element".to_owned();
        self.reject(at, end, at, Reason::Syntax(message))
    }

    /// Rejects the whole chunk.
    pub(super) fn refused(&mut self, chunk: &Chunk, refusal: &Refusal) -> ControlFlow<()> {
        // The reason of the sink goes first: a longer record would not help.
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

    /// Rejects the end of an input that ends early, unless the last record was rejected for it.
    pub(super) fn ends_early(&mut self, chunk: &Chunk, early: &Early) -> ControlFlow<()> {
        let end = self.data.len();
        if self.index == self.most
            || (self.rejected_to).is_some_and(|to| skip_blanks(self.data, to) == end)
        {
            return ControlFlow::Continue(());
        }
        let outside = match early.open {
            Some(open) => Outside {
                byte: open.byte,
                length: open.length,
                raw: (open.length == open.mark.len() as u64).then(|| open.mark.to_vec()),
            },
            None => Outside {
                byte: chunk.byte + end as u64,
                length: 0,
                raw: None,
            },
        };
        self.begin(end);
        self.reject_outside(end, &early.message, outside)
    }
}
