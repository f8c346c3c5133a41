//! Documents, one after another, that hold records where the path leads.

use super::framer::{Framer, State};
use crate::{
    chunk::Chunk,
    ending::Ending,
    error::Error,
    json::{Checked, Validator, is_blank, skip_blanks},
    opening::Opening,
    options::ReadOptions,
    seek::{self, Open, Target},
    split::{Form, MAX_HEAD},
    stream::MAX_LOOK,
};
use memchr::{memchr, memmem};
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
            self.documents = self.form_of_documents(options)?;
        }
        self.is_begun = true;
        if let Some(form) = self.documents {
            self.begin_lines(form, options);
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
        self.key = None;
        self.go_in(step, options)
    }

    /// Begins documents one after another, one a line or beside each other.
    fn begin_lines(&mut self, form: Form, options: &ReadOptions) {
        self.step = Some(0);
        self.begin_records(form, options);
        self.state = State::Lines;
    }

    /// How documents stand one after another, if the first bytes tell: one a line, or beside each
    /// other on a line.
    fn form_of_documents(&mut self, options: &ReadOptions) -> Result<Option<Form>, Error> {
        let Some(indent) = self.stream.at.lead.blanks() else {
            return Ok(None);
        };
        while !self.stream.is_end && self.stream.bytes().len() < MAX_LOOK {
            self.stream.fill(options)?;
        }
        let bytes = self.stream.bytes();
        Ok(form_of(&bytes[..bytes.len().min(MAX_LOOK)], indent))
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

    /// Whether what is here, an element or the value of a member, is a record.
    pub(super) fn is_record_at(&self, at: usize, options: &ReadOptions) -> bool {
        let is_end = self.step == Some(options.steps().len());
        is_end && self.stream.bytes().get(at) == Some(&b'{')
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

    /// Goes into the value of a member, which is next and too long to be held.
    pub(super) fn go_into_member(&mut self, key: &str, options: &ReadOptions) -> Result<(), Error> {
        let step = self.step.unwrap_or_default();
        let key = self.key.replace(key.into());
        self.envelope.push(Open::Members { step, key });
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
        if self.stream.bytes().first() == Some(&b'[') {
            return Ok(Some(Opening::of_array(indent)));
        }
        let Some(key) = array_key(&options.steps()[step..]) else {
            return Ok(None);
        };
        while !self.stream.is_end && self.stream.bytes().len() < MAX_HEAD {
            self.stream.fill(options)?;
        }
        let key = format!("\"{key}\"").into_bytes();
        let bytes = self.stream.bytes();
        let bytes = &bytes[..bytes.len().min(MAX_HEAD)];
        Ok(first_key_end(bytes).map(|end| Opening {
            indent,
            head: bytes[..end].to_vec(),
            key: Some(key),
        }))
    }

    /// Reads what follows the records: the rest of the document, then the next document, array or
    /// record, or white space. Anything else is an error; where reading continues after errors, it
    /// is read as further input.
    pub(super) fn after(&mut self, options: &ReadOptions) -> Result<(), Error> {
        seek::rest(&mut self.stream, &mut self.envelope, options)?;
        self.stream.held = None;
        match self.envelope.pop() {
            Some(Open::Elements { step, bracket }) => {
                self.step = Some(step);
                self.bracket = bracket;
                self.enter_elements(ending_in(&self.envelope), options);
                self.is_separated = false;
                self.state = State::Array {
                    is_separated: false,
                };
                return Ok(());
            }
            Some(Open::Members { step, key }) => {
                self.step = Some(step);
                self.key = key;
                self.state = State::Members { is_first: false };
                return Ok(());
            }
            _ => {}
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

/// How documents stand one after another, of which these are the first bytes: some line is a whole
/// one that begins as the first does, and the next line begins as one.
fn form_of(look: &[u8], indent: usize) -> Option<Form> {
    let head = head_of(look)?;
    let mut start = 0;
    let mut is_first = true;
    loop {
        let newline = memchr(b'\n', &look[start..]).map(|newline| start + newline);
        let line = &look[start..newline.unwrap_or(look.len())];
        // No sound document holds this, not even in a string, where quotes have a backslash.
        if is_first && are_beside(line, head) {
            return Some(Form::Lines { are_beside: true });
        }
        if line.starts_with(head)
            && let Checked::Done(end) = Validator::default().feed(line)
        {
            let after = skip_blanks(line, end);
            let next = newline.and_then(|newline| line_at(look, newline + 1, indent));
            let is_next = next.map_or(!is_first, |next| look.get(next) == Some(&b'{'));
            if after == line.len() && is_next {
                return Some(Form::Documents);
            }
        }
        // Of a line that does not end here, not enough is known.
        start = line_at(look, newline? + 1, indent)?;
        is_first = false;
    }
}

/// Whether an object with this head is right behind another one in the line.
fn are_beside(line: &[u8], head: &[u8]) -> bool {
    memmem::find_iter(line, head).any(|at| {
        let before = line[..at].iter().rfind(|byte| !is_blank(**byte));
        before == Some(&b'}')
    })
}

/// The first bytes up to the end of the first key, if that is in the first line.
fn head_of(look: &[u8]) -> Option<&[u8]> {
    let head = &look[..first_key_end(look)?];
    (head[0] == b'{' && memchr(b'\n', head).is_none()).then_some(head)
}

/// The end of the first key behind the first byte, with its quote.
fn first_key_end(bytes: &[u8]) -> Option<usize> {
    let quote = skip_blanks(bytes, 1);
    let key = (bytes.get(quote) == Some(&b'"')).then(|| &bytes[quote + 1..])?;
    memchr(b'"', key).map(|end| quote + 2 + end)
}

/// Behind the indentation of the first line from `start` on that has this one.
fn line_at(look: &[u8], mut start: usize, indent: usize) -> Option<usize> {
    loop {
        let blanks = look[start..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'));
        let at = start + blanks.count();
        match look.get(at)? {
            b'\n' | b'\r' => {}
            _ if at - start == indent => return Some(at),
            _ => {}
        }
        start = at + memchr(b'\n', &look[at..])? + 1;
    }
}
