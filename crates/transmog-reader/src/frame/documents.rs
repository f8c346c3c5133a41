//! Documents, one after another, that hold records where the path leads.

use super::framer::{Framer, State};
use crate::{
    chunk::Chunk,
    ending::Ending,
    error::Error,
    json::{Checked, Validator, skip_blanks},
    opening::Opening,
    options::ReadOptions,
    seek::{self, Open, Target},
    split::{Form, MAX_HEAD},
    stream::MAX_LOOK,
};
use memchr::memchr;
use transmog_events::{PathPattern, PatternStep};

const AFTER_ARRAY: &str = "expected nothing after the array";

impl Framer {
    /// Advances to the records in the next document.
    pub(super) fn document(&mut self, options: &ReadOptions) -> Result<(), Error> {
        self.state = State::Done;
        if self.stream.peek(options)?.is_none() {
            self.state = State::Lines;
            return Ok(());
        }
        if options.part.is_none() && !self.is_begun {
            self.are_lines = self.are_documents_lines(options)?;
        }
        self.is_begun = true;
        if self.are_lines {
            self.begin_lines(options);
            return Ok(());
        }
        self.open_document(options)
    }

    /// Advances to the records in the document that is next, whatever its lines.
    pub(super) fn open_document(&mut self, options: &ReadOptions) -> Result<(), Error> {
        self.state = State::Done;
        let step = options.part.unwrap_or(0);
        self.opening = self.envelope_opening(step, options)?;
        self.top = (
            self.stream.at,
            self.stream.bytes().first().copied().unwrap_or(b'{'),
        );
        self.stream.hold();
        self.envelope.clear();
        self.go_in(step, options)
    }

    /// Begins lines that are documents each.
    fn begin_lines(&mut self, options: &ReadOptions) {
        self.step = Some(0);
        self.begin_records(Form::Documents, options);
        self.state = State::Lines;
    }

    /// Whether each document has a line of its own: the first is one, and an object begins the
    /// next line.
    fn are_documents_lines(&mut self, options: &ReadOptions) -> Result<bool, Error> {
        if self.stream.at.lead.blanks().is_none() {
            return Ok(false);
        }
        let mut validator = Validator::new(options.lenient);
        let mut checked = 0;
        let end = loop {
            let bytes = self.stream.bytes();
            let look = &bytes[..bytes.len().min(MAX_LOOK)];
            if look.first() != Some(&b'{') {
                return Ok(false);
            }
            match validator.feed(&look[checked..]) {
                Checked::Done(end) => break checked + end,
                Checked::More if look.len() < MAX_LOOK && !self.stream.is_end => {
                    checked = look.len();
                    self.stream.fill(options)?;
                }
                _ => return Ok(false),
            }
        };
        loop {
            let bytes = self.stream.bytes();
            let next = skip_blanks(bytes, end);
            if memchr(b'\n', &bytes[..end]).is_some() || next > MAX_LOOK {
                return Ok(false);
            }
            match bytes.get(next) {
                Some(byte) => {
                    let is_next_line = memchr(b'\n', &bytes[end..next]).is_some();
                    return Ok(*byte == b'{' && is_next_line);
                }
                None if self.stream.is_end => return Ok(false),
                None => self.stream.fill(options)?,
            }
        }
    }

    /// Follows the path from this step on, whose value is next, to the records.
    fn go_in(&mut self, step: usize, options: &ReadOptions) -> Result<(), Error> {
        self.begin_records(Form::Lines { are_beside: false }, options);
        let none = PathPattern::default();
        let path = options.records_path.as_ref().unwrap_or(&none);
        let target = seek::seek(&mut self.stream, path, step, &mut self.envelope, options)?;
        match target {
            Target::Records => self.begin_elements(None, options),
            Target::Elements { step } => self.begin_elements(Some(step), options),
            Target::Members { step } => {
                self.step = Some(step);
                self.consume(1);
                self.state = State::Members { is_first: true };
            }
            Target::Record => {
                self.step = None;
                self.state = State::Record;
            }
        }
        Ok(())
    }

    /// Enters the array whose `[` is next; in its elements the path goes on with this
    /// step.
    fn begin_elements(&mut self, step: Option<usize>, options: &ReadOptions) {
        self.step = step;
        self.begin_array(ending_in(&self.envelope), options);
    }

    /// Goes into the element that is next, which is an array or too long to be held.
    pub(super) fn go_into_element(&mut self, options: &ReadOptions) -> Result<(), Error> {
        let step = self.step.unwrap_or_default();
        let bracket = self.bracket;
        self.envelope.push(Open::Elements { step, bracket });
        self.state = State::Done;
        self.stream.hold();
        self.go_in(step, options)
    }

    /// The chunk of the one record of a document.
    pub(super) fn record(&mut self, options: &ReadOptions) -> Result<Chunk, Error> {
        self.state = State::Done;
        let mut validator = Validator::new(options.lenient);
        let mut checked = 0;
        let end = loop {
            let bytes = self.stream.bytes();
            match validator.feed(&bytes[checked..]) {
                Checked::Done(end) => break checked + end,
                Checked::Wrong(at, expected) => {
                    return Err(self.stream.error(checked + at, expected));
                }
                Checked::More if self.stream.is_end => {
                    let message = "expected the rest of the record, found the end";
                    return Err(self.stream.error(bytes.len(), message));
                }
                Checked::More if bytes.len() > options.longest() => {
                    return Err(self.stream.error(0, options.too_long()));
                }
                Checked::More => checked = bytes.len(),
            }
            self.stream.fill(options)?;
        };
        let framing = self.framing_of_lines();
        let chunk = self.chunk(end, framing, options);
        self.stream.hold();
        self.state = State::After;
        Ok(chunk)
    }

    /// How the next document begins, if it begins its line.
    fn envelope_opening(
        &mut self,
        step: usize,
        options: &ReadOptions,
    ) -> Result<Option<Opening>, Error> {
        let Some(indent) = self.stream.at.lead.blanks() else {
            return Ok(None);
        };
        let Some(key) = array_key(&options.steps()[step..]) else {
            return Ok(None);
        };
        while !self.stream.is_end && self.stream.bytes().len() < MAX_HEAD {
            self.stream.fill(options)?;
        }
        let key = format!("\"{key}\"").into_bytes();
        let bytes = self.stream.bytes();
        let bytes = &bytes[..bytes.len().min(MAX_HEAD)];
        let quote = skip_blanks(bytes, 1);
        let first_key = (bytes.get(quote) == Some(&b'"'))
            .then(|| memchr(b'"', &bytes[quote + 1..]))
            .flatten();
        Ok(first_key.map(|end| Opening {
            indent,
            head: bytes[..quote + 2 + end].to_vec(),
            key: Some(key),
        }))
    }

    /// Reads what follows the records: the rest of the document, then the next document, array or
    /// record, or white space. Anything else is an error; where reading continues after errors, it
    /// is read as further input.
    pub(super) fn after(&mut self, options: &ReadOptions) -> Result<(), Error> {
        seek::rest(&mut self.stream, &mut self.envelope, options)?;
        self.stream.held = None;
        if let Some(Open::Elements { step, bracket }) = self.envelope.pop() {
            self.step = Some(step);
            self.bracket = bracket;
            self.enter_elements(ending_in(&self.envelope), options);
            self.is_separated = false;
            self.state = State::Array {
                is_separated: false,
            };
            return Ok(());
        }
        self.state = match (self.stream.next_byte(options)?, &options.records_path) {
            (None, _) => State::Lines,
            (Some(_), Some(_)) => State::Document,
            (Some(byte), None) if options.resume || matches!(byte, b'[' | b'{') => State::Records,
            (Some(_), None) => {
                self.stream.peek(options)?;
                return Err(self.stream.error(0, AFTER_ARRAY));
            }
        };
        Ok(())
    }
}

/// How to tell the `]` of an array in these containers.
fn ending_in(envelope: &[Open]) -> Ending {
    match envelope {
        [] => Ending::Top,
        all if all.iter().all(|open| matches!(open, Open::Member(_))) => Ending::Envelope,
        _ => Ending::First,
    }
}

/// The key of the first array that the path leads into, or of its end.
fn array_key(steps: &[PatternStep]) -> Option<&str> {
    let is_name =
        |step: &&PatternStep| !matches!(step, PatternStep::Elements | PatternStep::Members);
    let names = steps.iter().take_while(is_name);
    match (names.last(), steps.iter().find(|step| !is_name(step))) {
        (
            Some(PatternStep::Member(key) | PatternStep::Token(key)),
            None | Some(PatternStep::Elements),
        ) => Some(key),
        _ => None,
    }
}
