//! Reads input and keeps the accepted and the rejected records.

use std::ops::ControlFlow;
use transmog_events::{
    JsonPath, JsonText, RecordError, RecordSink, RecordStart, Rejection, Remark,
};
use transmog_reader::{Chunk, ChunkReader, Error, ReadOptions, Source};

/// What came out of an input.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// Accepted records as compact JSON text, in order; the value of a member after its key and
    /// `=`.
    pub accepted: Vec<String>,
    /// Where they begin in the file.
    pub starts: Vec<u64>,
    pub rejected: Vec<Rejected>,
    /// Each with its path, as often as it was said.
    pub remarks: Vec<(Remark, String)>,
    /// The error that ended the reading.
    pub error: Option<Error>,
    pub chunks: usize,
}

/// A rejected record, with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub raw: Vec<u8>,
    /// Where it begins in the file.
    pub start: u64,
    /// Records before it in the file.
    pub records_before: usize,
    /// From 1.
    pub line: u64,
    /// From 1.
    pub column: u64,
    /// From 0.
    pub byte: u64,
    pub message: String,
}

impl Records {
    pub(crate) fn of(sources: Vec<Source>, options: ReadOptions) -> Self {
        Self::read(sources, options, false)
    }

    /// The same by the exact parser alone.
    pub(crate) fn exact(data: &[u8]) -> Self {
        let source = Source::bytes("<bytes>", data.to_vec());
        Self::read(vec![source], ReadOptions::default(), true)
    }

    fn read(sources: Vec<Source>, options: ReadOptions, is_exact: bool) -> Self {
        let mut reader = ChunkReader::new(sources, options);
        let mut records = Self::default();
        loop {
            match reader.next_chunk() {
                Ok(Some(chunk)) => {
                    records.chunks += 1;
                    chunk.parse(&mut Sink {
                        records: &mut records,
                        text: JsonText::default(),
                        chunk: &chunk,
                        // Text that is not UTF-8 is read exactly anyway.
                        is_exact: is_exact && std::str::from_utf8(chunk.data()).is_ok(),
                        was_begun: None,
                        start: 0,
                        next_key: None,
                        key: None,
                    });
                }
                Ok(None) => return records,
                Err(error) => {
                    records.error = Some(error);
                    return records;
                }
            }
        }
    }

    pub(crate) fn of_bytes(data: &[u8], options: ReadOptions) -> Self {
        Self::of(vec![Source::bytes("<bytes>", data.to_vec())], options)
    }

    /// The records of input without a broken one.
    pub(crate) fn all(data: &[u8], options: ReadOptions) -> Vec<String> {
        let records = Self::of_bytes(data, options);
        assert!(
            records.error.is_none() && records.rejected.is_empty(),
            "{records:?}"
        );
        records.accepted
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.error.is_none() && self.rejected.is_empty()
    }
}

struct Sink<'a> {
    records: &'a mut Records,
    text: JsonText,
    chunk: &'a Chunk,
    /// Whether what the fast parser gives is refused.
    is_exact: bool,
    /// The record that was begun last, once or again.
    was_begun: Option<(u32, bool)>,
    start: u64,
    next_key: Option<String>,
    key: Option<String>,
}

impl RecordSink for Sink<'_> {
    type Events = JsonText;

    fn begin_record(&mut self, at: RecordStart) -> &mut JsonText {
        assert!(self.text.is_empty(), "a record began inside another");
        let is_again = self.was_begun.is_some_and(|(index, _)| index == at.index);
        self.was_begun = Some((at.index, is_again));
        self.start = self.chunk.byte + at.byte;
        self.key = self.next_key.take();
        &mut self.text
    }

    fn record_key(&mut self, key: &str) {
        self.next_key = Some(key.to_owned());
    }

    fn remark(&mut self, remark: Remark, path: &JsonPath, count: u64) {
        let remarks = &mut self.records.remarks;
        (0..count).for_each(|_| remarks.push((remark, path.to_string())));
    }

    fn end_record(&mut self) -> Result<(), Rejection> {
        if self.is_exact && self.was_begun.is_some_and(|(_, is_again)| !is_again) {
            return Err(Rejection::duplicate_key());
        }
        let key = self.key.take().map(|key| key + "=").unwrap_or_default();
        self.records.accepted.push(key + self.text.as_str());
        self.records.starts.push(self.start);
        self.text.clear();
        Ok(())
    }

    fn abandon_record(&mut self) {
        self.text.clear();
    }

    fn reject_record(&mut self, error: RecordError) -> ControlFlow<()> {
        let (start, raw) = match error.outside {
            Some(outside) => (outside.byte, outside.raw.unwrap_or_default()),
            None => (
                self.chunk.byte + error.start as u64,
                self.chunk.data()[error.start..error.end].to_vec(),
            ),
        };
        self.records.rejected.push(Rejected {
            raw,
            start,
            records_before: self.records.accepted.len() + self.records.rejected.len(),
            line: self.chunk.line + error.line + 1,
            column: error.column,
            byte: self.chunk.byte + error.byte as u64,
            message: error.message,
        });
        ControlFlow::Continue(())
    }
}
