//! Parts of the input that are not plain and sound, and in which the path goes on: they are framed
//! for themselves, and what is found in them is given to the sink.
//!
//! A part is read by the same [`ChunkReader`] as a file is, so recovery and messages are the same
//! for a document that is a file and for one that is a line.

use super::pass::{Pass, Reason};
use crate::{
    document::Document, error::Error, frame::ChunkReader, json::parse_lenient, source::Source,
};
use std::ops::ControlFlow;
use transmog_events::{
    Ignored, JsonPath, Outside, RecordError, RecordSink, RecordStart, Rejection, Remark,
};

/// What was found in a part.
enum Found {
    /// A record that begins here, and the key of its member.
    Record(usize, Option<String>),
    Rejected(RecordError),
}

impl<S: RecordSink> Pass<'_, S> {
    /// Gives the records in the part between `at` and `end`, but those taken before, and what is
    /// rejected of it.
    pub(super) fn part(&mut self, at: usize, end: usize) -> ControlFlow<()> {
        let (found, commas) = self.find(at, end);
        if commas > 0 {
            (self.sink).remark(Remark::LenientComma, &JsonPath::root(), commas);
        }
        for found in found {
            if self.index == self.most {
                break;
            }
            match found {
                Found::Record(start, _) if at + start < self.taken_to => {}
                Found::Record(start, key) => self.found(at + start, end, key)?,
                Found::Rejected(error) => self.rejected(at, error)?,
            }
        }
        ControlFlow::Continue(())
    }

    /// Frames a part and parses its records, which tell nothing but their places.
    fn find(&self, at: usize, end: usize) -> (Vec<Found>, u64) {
        let part = &self.data[at..end];
        let steps = self.steps.unwrap_or_default().len();
        let mut options = self.options.clone().with_chunk_bytes(part.len() + 1);
        // It is decoded already.
        options.encoding = None;
        options.part = Some(options.steps().len() - steps);
        let mut reader = ChunkReader::new(vec![Source::bytes("", part)], options);
        let mut places = Places::default();
        loop {
            match reader.next_chunk() {
                Ok(Some(chunk)) => {
                    places.chunk = chunk.byte as usize;
                    chunk.parse(&mut places);
                }
                Ok(None) => return (places.found, places.commas),
                Err(error) => {
                    let error = whole(&error, part.len());
                    places.found.push(Found::Rejected(error));
                    return (places.found, places.commas);
                }
            }
        }
    }

    fn found(&mut self, at: usize, end: usize, key: Option<String>) -> ControlFlow<()> {
        let key = key.or_else(|| self.key.clone());
        let around = std::mem::replace(&mut self.key, key);
        let lenient = self.options.lenient;
        let length = parse_lenient(&self.data[at..end], &mut Document::default(), lenient);
        let flow = self.one_record(at, length.map_or(end, |length| at + length));
        self.key = around;
        flow
    }

    fn rejected(&mut self, at: usize, error: RecordError) -> ControlFlow<()> {
        if let Some(outside) = error.outside {
            self.begin(at);
            let outside = Outside {
                byte: outside.byte + self.byte + at as u64,
                ..outside
            };
            return self.reject_outside(at + error.byte, &error.message, outside);
        }
        self.begin(at + error.start);
        self.reject(
            at + error.start,
            at + error.end,
            at + error.byte,
            Reason::Syntax(error.message),
        )
    }
}

/// The rejection of a part as a whole.
fn whole(error: &Error, length: usize) -> RecordError {
    let byte = error.location().and_then(|location| location.byte);
    RecordError {
        index: 0,
        start: 0,
        end: length,
        byte: byte.map_or(0, |byte| byte as usize),
        line: 0,
        column: 0,
        kind: transmog_events::RecordErrorKind::Syntax,
        path: None,
        message: error.message().into_owned(),
        outside: None,
    }
}

/// Notes the places of records and rejections.
#[derive(Default)]
struct Places {
    events: Ignored,
    found: Vec<Found>,
    commas: u64,
    /// Where the chunk begins in the part, and the record in the chunk.
    chunk: usize,
    at: usize,
    next_key: Option<String>,
    key: Option<String>,
    is_in_record: bool,
}

impl RecordSink for Places {
    type Events = Ignored;

    fn begin_record(&mut self, at: RecordStart) -> &mut Ignored {
        self.at = at.byte as usize;
        self.key = self.next_key.take();
        self.is_in_record = true;
        &mut self.events
    }

    fn record_key(&mut self, key: &str) {
        self.next_key = Some(key.to_owned());
    }

    fn remark(&mut self, remark: Remark, _: &JsonPath, count: u64) {
        // Those in records are counted when the records are given.
        if !self.is_in_record && remark == Remark::LenientComma {
            self.commas += count;
        }
    }

    fn end_record(&mut self) -> Result<(), Rejection> {
        let record = Found::Record(self.chunk + self.at, self.key.take());
        self.found.push(record);
        self.is_in_record = false;
        Ok(())
    }

    fn abandon_record(&mut self) {
        self.is_in_record = false;
    }

    fn reject_record(&mut self, mut error: RecordError) -> ControlFlow<()> {
        if error.outside.is_none() {
            error.start += self.chunk;
            error.end += self.chunk;
        }
        error.byte += self.chunk;
        self.found.push(Found::Rejected(error));
        ControlFlow::Continue(())
    }
}
