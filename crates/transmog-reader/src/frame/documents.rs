//! Envelopes: documents, one after another, that hold an array of records.

use super::framer::{Framer, State};
use crate::{
    ending::Ending, error::Error, json::skip_blanks, opening::Opening, options::ReadOptions,
    pointer, split::MAX_HEAD,
};
use memchr::memchr;

const AFTER_ARRAY: &str = "expected nothing after the array";

impl Framer {
    /// Advances to the array of records in the next envelope.
    pub(super) fn document(&mut self, options: &ReadOptions) -> Result<(), Error> {
        let pointer = options.records_path.as_deref().unwrap_or_default();
        self.state = State::Done;
        if self.stream.peek(options)?.is_none() {
            self.state = State::Lines;
            return Ok(());
        }
        self.opening = self.envelope_opening(pointer, options)?;
        self.stream.hold();
        self.envelope = pointer::seek(&mut self.stream, pointer, options)?;
        let is_object = |token: &pointer::Token| matches!(token, pointer::Token::Key(_));
        let ending = match &self.envelope[..] {
            [] => Ending::Top,
            envelope if envelope.iter().all(is_object) => Ending::Envelope,
            _ => Ending::First,
        };
        self.begin_array(ending, options);
        Ok(())
    }

    /// How the next envelope begins, if it begins its line.
    fn envelope_opening(
        &mut self,
        pointer: &str,
        options: &ReadOptions,
    ) -> Result<Option<Opening>, Error> {
        let Some(indent) = self.stream.at.lead.blanks() else {
            return Ok(None);
        };
        while !self.stream.is_end && self.stream.bytes().len() < MAX_HEAD {
            self.stream.fill(options)?;
        }
        let key = pointer.rsplit('/').next().unwrap_or_default();
        let key = format!("\"{}\"", pointer::unescaped(key)).into_bytes();
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

    /// Reads what follows the array of records: the rest of the envelope, then the next
    /// envelope, array or record, or white space. Anything else is an error; where reading
    /// continues after errors, it is read as further input.
    pub(super) fn after(&mut self, options: &ReadOptions) -> Result<(), Error> {
        let envelope = std::mem::take(&mut self.envelope);
        pointer::rest(&mut self.stream, envelope, options)?;
        self.stream.held = None;
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
