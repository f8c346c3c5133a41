//! The bytes of a source to the text that is cut into records: decoded, and without comments.
//!
//! Most sources need neither, and then nothing here runs.

use crate::{
    comments::{Comments, Place},
    decompress::OpenSource,
    encoding::{Decoder, Encoding},
};
use std::io;

/// One encoded byte is at most this many of UTF-8.
const WIDEST: usize = 3;

/// What is done to the bytes of a source.
#[derive(Default)]
pub(crate) struct Layers {
    decoder: Option<(Decoder, Encoding)>,
    comments: Option<Comments>,
    /// Bytes to decode.
    raw: Vec<u8>,
    has_ended: bool,
}

impl Layers {
    pub(crate) fn new(encoding: Option<Encoding>, comments: bool) -> Self {
        Self {
            decoder: encoding.map(|encoding| (Decoder::new(encoding), encoding)),
            comments: comments.then(Comments::default),
            ..Self::default()
        }
    }

    /// Reads more of the source and appends its text, at most `at_most` bytes. Gives the number
    /// of bytes appended; none at the end. Before an error, the text up to it is appended.
    pub(crate) fn fill(
        &mut self,
        source: &mut OpenSource,
        text: &mut Vec<u8>,
        at_most: usize,
    ) -> io::Result<usize> {
        if self.decoder.is_none() && self.comments.is_none() {
            return source.fill(text, at_most);
        }
        let before = text.len();
        while text.len() == before && !self.has_ended {
            let mut raw = std::mem::take(&mut self.raw);
            raw.clear();
            let at_most = match self.decoder {
                Some(_) => (at_most / WIDEST).max(1),
                None => at_most,
            };
            let read = source.fill(&mut raw, at_most);
            // An error may end the source early, and then the text ends there.
            let is_last = matches!(read, Ok(0) | Err(_));
            self.add(&raw, is_last, text);
            self.raw = raw;
            read?;
        }
        Ok(text.len() - before)
    }

    /// Appends the text of these bytes, which come next.
    pub(crate) fn add(&mut self, raw: &[u8], is_last: bool, text: &mut Vec<u8>) {
        let from = text.len();
        if let Some(comments) = &mut self.comments {
            comments.begin(text);
        }
        match &mut self.decoder {
            Some((decoder, _)) => decoder.decode(raw, is_last, text),
            None => text.extend_from_slice(raw),
        }
        if let Some(comments) = &mut self.comments {
            comments.blank(text, from, is_last);
        }
        self.has_ended |= is_last;
    }

    /// The encoding of the bytes, if they are decoded.
    pub(crate) fn encoding(&self) -> Option<Encoding> {
        self.decoder.as_ref().map(|(_, encoding)| *encoding)
    }

    /// Where the comment begins that the end of the text leaves open.
    pub(crate) fn unclosed(&self) -> Option<Place> {
        self.comments.as_ref()?.unclosed()
    }

    /// Takes the comments that begin before `end`, as offsets from `from`.
    pub(crate) fn comments_before(&mut self, end: u64, from: u64) -> Vec<u32> {
        let comments = self.comments.as_mut();
        comments.map_or_else(Vec::new, |comments| comments.take_before(end, from))
    }
}
