//! Documents that are broken: they are rejected as a whole, up to where the next one begins.

use super::framer::{Framer, LOOK_BACK, State};
use crate::{
    chunk::{Chunk, Refusal},
    error::Error,
    json::is_blank,
    options::ReadOptions,
    seek::{self, Open},
    stream::Held,
};
use memchr::{memchr, memchr_iter};

/// Bytes that may be read again: this many, and this many times those read so far. It bounds
/// the time that an input of many broken documents takes.
const MIN_GONE_BACK: u64 = 1 << 20;
const MOST_GONE_BACK: u64 = 8;

impl Framer {
    /// Goes back to the next document, if it begins a line that was read as a part of the one
    /// with this error.
    fn go_back(&mut self, error: &Error, options: &ReadOptions) -> Result<bool, Error> {
        let (Some(opening), Some(held)) = (&self.opening, &self.stream.held) else {
            return Ok(false);
        };
        let read = held.raw.len();
        let byte = error.location().and_then(|location| location.byte);
        let byte = byte.unwrap_or_default();
        let to = usize::try_from(byte.saturating_sub(held.from.byte)).unwrap_or(usize::MAX);
        let to = to.min(read + self.stream.bytes().len());
        let beyond = &self.stream.bytes()[..to.saturating_sub(read)];
        let has_lines = |bytes| memchr(b'\n', bytes).is_some();
        if !held.is_whole() || !has_lines(&held.raw) && !has_lines(beyond) {
            return Ok(false);
        }
        self.gone_back += to as u64;
        if self.gone_back > MIN_GONE_BACK + MOST_GONE_BACK * byte {
            return Ok(false);
        }
        self.stream.go_back();
        let next = loop {
            let bytes = self.stream.bytes();
            match opening.find(bytes, to, self.stream.is_end) {
                None => self.stream.fill(options)?,
                Some(next) => break next,
            }
        };
        self.consume(next.unwrap_or(read));
        Ok(next.is_some())
    }

    /// Goes on behind the held value, of which a part was read, if it is sound and alone wrong.
    fn skip_sound(&mut self, options: &ReadOptions) -> Result<bool, Error> {
        let Some(held) = self.stream.held.as_ref().filter(|held| held.is_whole()) else {
            return Ok(false);
        };
        let read = held.raw.len();
        self.stream.go_back();
        let skipped = seek::skip_value(&mut self.stream, options);
        match skipped {
            Ok(()) => return Ok(true),
            Err(error) if !error.is_content() => return Err(error),
            Err(_) => {}
        }
        if self.stream.held.as_ref().is_some_and(Held::is_whole) {
            self.stream.go_back();
            self.consume(read);
        }
        Ok(false)
    }

    /// Rejects the document at hand, from its beginning to the next line that begins one, or to
    /// the end of the input.
    pub(super) fn give_up(&mut self, error: &Error, options: &ReadOptions) -> Result<Chunk, Error> {
        if self.stream.held.is_none() {
            self.stream.hold();
        }
        // A part of a document holds no other one.
        let is_part = options.part.is_some_and(|step| step > 0);
        let has_documents =
            options.records_path.is_some() && self.state != State::Start && !is_part;
        if error.is_of_path() && self.skip_sound(options)? {
            let is_around = |open: &Open| !matches!(open, Open::Member(_) | Open::Element);
            let around = self.envelope.iter().rposition(is_around);
            self.envelope.truncate(around.map_or(0, |at| at + 1));
            let chunk = self.refuse_held(error, options);
            self.state = State::After;
            return Ok(chunk);
        }
        let is_beyond = (self.stream.held.as_ref()).is_some_and(|held| held.length > 0);
        self.state = State::Done;
        let is_found = has_documents
            && (self.go_back(error, options)? || self.next_document(is_beyond, options)?);
        match is_found {
            true => self.state = State::Document,
            false => self.skip_rest(options)?,
        }
        Ok(self.refuse_held(error, options))
    }

    /// Advances to the next line that begins a document; whether there is one. `is_beyond` says
    /// that a byte of the broken one is consumed, so that the next may begin here.
    fn next_document(&mut self, mut is_beyond: bool, options: &ReadOptions) -> Result<bool, Error> {
        loop {
            let bytes = self.stream.bytes();
            let begins = matches!(bytes.first(), Some(b'{' | b'['));
            if is_beyond && self.stream.at.column == 0 && begins {
                return Ok(true);
            }
            let is_cut = |newline: &usize| self.begins_document_behind(bytes, *newline);
            let next = memchr_iter(b'\n', bytes).find(is_cut);
            if let Some(newline) = next {
                self.consume(newline + 1);
                return Ok(true);
            }
            if self.stream.is_end {
                return Ok(false);
            }
            let passed = bytes.len().saturating_sub(LOOK_BACK);
            is_beyond |= passed > 0;
            self.consume(passed);
            self.stream.fill(options)?;
        }
    }

    /// Whether the next document most likely begins behind this line end. What is before it may be
    /// consumed.
    fn begins_document_behind(&self, bytes: &[u8], newline: usize) -> bool {
        let is_text = |byte: &&u8| !is_blank(**byte);
        let held = self.stream.held.as_ref();
        let before = bytes[..newline].iter().rfind(is_text);
        let before = before.or_else(|| held.and_then(|held| held.raw.iter().rfind(is_text)));
        matches!(bytes.get(newline + 1), Some(b'{' | b'['))
            && before.is_some_and(|before| !matches!(before, b',' | b'[' | b':'))
    }

    /// Consumes the rest of the input.
    fn skip_rest(&mut self, options: &ReadOptions) -> Result<(), Error> {
        self.consume(self.stream.bytes().len());
        while !self.stream.is_end {
            self.stream.fill(options)?;
            self.consume(self.stream.bytes().len());
        }
        Ok(())
    }

    /// The chunk that rejects the held bytes, without the white space at their end.
    fn refuse_held(&mut self, error: &Error, options: &ReadOptions) -> Chunk {
        let mut held = self.stream.take_held();
        if held.is_whole() {
            let end = held.raw.iter().rposition(|byte| !is_blank(*byte));
            held.raw.truncate(end.map_or(0, |end| end + 1));
            held.length = held.raw.len() as u64;
        }
        // What is missing behind the last byte is missed by the bracket of the document.
        if held.length == 0 {
            let (from, bracket) = self.top;
            (held.from, held.length, held.raw) = (from, 1, vec![bracket]);
        }
        let message = error.message().into_owned();
        let message = match self.stream.cut_off.take() {
            Some(cut_off) => format!("{message} ({})", cut_off.message),
            None => message,
        };
        self.refuse_for(held, error, message, options)
    }

    /// The chunk that rejects the held bytes with this message, at the place of the error.
    pub(super) fn refuse_for(
        &self,
        held: Held,
        error: &Error,
        message: String,
        options: &ReadOptions,
    ) -> Chunk {
        let location = error.location().cloned().unwrap_or_default();
        let from = held.from;
        let refusal = Refusal {
            message,
            byte: location.byte.unwrap_or(from.byte),
            line: location.line.map_or(from.line, |line| line - 1),
            column: location.column.map_or(from.column, |column| column - 1),
            length: 0,
            is_record: false,
        };
        self.refused(held, refusal, options)
    }
}
