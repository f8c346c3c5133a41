//! Records in an array.

use super::framer::{Framer, State};
use crate::{
    chunk::{Chunk, Early, Unclosed},
    ending::next_byte,
    error::Error,
    json::{Checked, Validator, skip_blanks},
    options::ReadOptions,
};
use memchr::memchr_iter;

const NEXT_DOCUMENT: &str = "expected `]` to end the array, found the next document";
const CUT_OFF: &str = "expected `]` to end the array, found the end: the input is cut off";

impl Framer {
    /// The next chunk of elements.
    pub(super) fn elements(
        &mut self,
        is_separated: bool,
        options: &ReadOptions,
    ) -> Result<Option<Chunk>, Error> {
        loop {
            if self.next_element(options) {
                if self.cut >= options.chunk_bytes {
                    return Ok(Some(self.cut_elements(is_separated, options)));
                }
                continue;
            }
            if self.begins_document(options) == Some(true) {
                return Ok(Some(self.document_in_array(is_separated, options)));
            }
            let bytes = &self.stream.data[self.stream.start..];
            let length = bytes.len();
            let is_bracket = !self.is_in_record && bytes.get(self.scanned) == Some(&b']');
            if is_bracket && self.ends_array(bytes, self.scanned) == Some(true) {
                return Ok(Some(self.array_ended(is_separated, options)));
            }
            if self.stream.is_end && options.resume {
                return Ok(Some(self.array_cut_off(is_separated, options)));
            }
            if self.cut > 0 && (self.stream.is_end || length >= options.chunk_bytes) {
                return Ok(Some(self.cut_elements(is_separated, options)));
            }
            if self.stream.is_end {
                return Err(self.cut_off());
            }
            if std::mem::take(&mut self.is_long_array) {
                self.array = None;
                self.consume(self.scanned);
                self.state = State::Element;
                return Ok(None);
            }
            if self.is_too_long(options) {
                if self.step.is_some() && !self.is_record_at(0, options) {
                    self.state = State::Element;
                    return Ok(None);
                }
                return self.too_long(options).map(Some);
            }
            self.stream.fill(options)?;
        }
    }

    /// Checks the array that is next, if one is: a sound one is an element, in which the path may go
    /// on, unless its `[` stands before the elements by mistake. The array around it goes on or ends
    /// behind it, then.
    fn check_array(&mut self, at: usize, options: &ReadOptions) -> Option<Checked> {
        let bytes = &self.stream.data[self.stream.start..];
        if bytes.get(at) != Some(&b'[') || !options.resume && self.step.is_none() {
            return None;
        }
        let (mut validator, from) =
            (self.array.take()).unwrap_or_else(|| (Validator::new(options.lenient), 0));
        let is_all = self.stream.is_end;
        Some(match validator.feed(&bytes[at + from..]) {
            Checked::Done(end) => match goes_on(bytes, at + from + end, is_all) {
                Some(true) => Checked::Done(from + end),
                Some(false) => return None,
                // Once more, when there is more.
                None => Checked::More,
            },
            Checked::More if !self.stream.is_end => {
                self.array = Some((validator, bytes.len() - at));
                Checked::More
            }
            checked => checked,
        })
    }

    /// Advances past the next comma or element; `false` when that needs more bytes, and at
    /// the end of the array.
    fn next_element(&mut self, options: &ReadOptions) -> bool {
        let bytes = &self.stream.data[self.stream.start..];
        let is_all = self.stream.is_end;
        if self.is_in_record {
            let Some(end) = (self.splitter).end_within(bytes, options.longest(), is_all) else {
                return false;
            };
            let ends_with_input = skip_blanks(bytes, end) == bytes.len();
            if ends_with_input && !options.resume {
                return false;
            }
            self.note_end(end);
            self.element_ended(end);
            return true;
        }
        self.scanned = skip_blanks(bytes, self.scanned);
        let at = self.scanned;
        match bytes.get(at) {
            None => return false,
            Some(b',') => {
                self.cut = at;
                self.is_cut_separated = self.is_separated;
                self.is_separated = true;
                self.is_after_comma = true;
                self.scanned += 1;
                return true;
            }
            Some(b']') => match self.ends_array(bytes, at) {
                Some(false) => {}
                _ => return false,
            },
            Some(_) if self.begins_document(options) != Some(false) => return false,
            Some(_) => {}
        }
        // Not before this point: the last chunk of the array must have what ends with
        // the input or the document, to report it.
        if !self.is_after_comma {
            self.cut = at;
            self.is_cut_separated = self.is_separated;
        }
        match self.check_array(at, options) {
            Some(Checked::Done(length)) => {
                self.known_ends.push_back((at, at + length));
                self.element_ended(at + length);
                return true;
            }
            Some(Checked::More) if !self.stream.is_end => {
                let is_long = self.stream.bytes().len() - at > options.longest();
                self.is_long_array = is_long && self.step.is_some();
                if !is_long || self.is_long_array {
                    return false;
                }
                self.array = None;
            }
            _ => {}
        }
        let bytes = &self.stream.data[self.stream.start..];
        self.splitter.begin(bytes, at, self.stream.at.lead);
        self.is_in_record = true;
        true
    }

    /// Goes on behind an element.
    fn element_ended(&mut self, end: usize) {
        self.is_in_record = false;
        self.is_separated = false;
        self.is_after_comma = false;
        self.scanned = end;
    }

    /// Whether the next document begins where an element could; `None` when only more
    /// bytes tell.
    fn begins_document(&self, options: &ReadOptions) -> Option<bool> {
        let Some(opening) = self.opening.as_ref().filter(|_| options.resume) else {
            return Some(false);
        };
        let bytes = self.stream.bytes();
        let lead = self.stream.at.lead.at(bytes, self.scanned);
        let is_open = matches!(bytes.get(self.scanned), Some(b'{' | b'['));
        if self.is_in_record || !is_open || lead.blanks() != Some(opening.indent) {
            return Some(false);
        }
        match opening.is_at(&bytes[self.scanned..], self.stream.is_end) {
            // After a comma an element is more likely, unless each document has a
            // line of its own.
            Some(true) if self.is_separated => {
                let is_cut = opening.key.is_some() && self.is_after_comma;
                Some(self.is_line_each || is_cut && self.is_second_line())
            }
            begins => begins,
        }
    }

    /// Whether the array is on one line so far, and the place at hand on the next.
    fn is_second_line(&self) -> bool {
        let before = &self.stream.bytes()[..self.scanned];
        let lines = memchr_iter(b'\n', before).take(2).count() as u64;
        self.stream.at.line + lines == self.bracket.line + 1
    }

    /// Whether the `]` between two records ends the array; `None` when only more bytes
    /// tell.
    fn ends_array(&self, bytes: &[u8], at: usize) -> Option<bool> {
        let (is_after_comma, is_all) = (self.is_after_comma, self.stream.is_end);
        self.splitter
            .ends_array(bytes, at, true, is_after_comma, is_all)
    }

    /// The last elements of an array, before its `]`.
    fn array_ended(&mut self, is_separated: bool, options: &ReadOptions) -> Chunk {
        let framing = self.framing_of_elements(is_separated, true);
        let chunk = self.chunk(self.scanned, framing, options);
        self.stream.hold();
        self.consume(1);
        self.is_line_each |= self.bracket.line == self.stream.at.line;
        self.state = State::After;
        chunk
    }

    /// The last elements of an array that the input ends in.
    fn array_cut_off(&mut self, is_separated: bool, options: &ReadOptions) -> Chunk {
        self.state = State::Done;
        let framing = self.framing_of_elements(is_separated, true);
        let mut chunk = self.chunk(self.stream.bytes().len(), framing, options);
        let bracket = self.open_bracket();
        chunk.ends_early = Some(match self.stream.cut_off.take() {
            Some(cut_off) => Early {
                note: cut_off.message.clone(),
                message: cut_off.message,
                open: Some(bracket),
            },
            None => Early {
                message: CUT_OFF.to_owned(),
                note: "the input ends early".to_owned(),
                open: Some(bracket),
            },
        });
        chunk
    }

    /// The last elements of an array that ends where the next document begins.
    fn document_in_array(&mut self, is_separated: bool, options: &ReadOptions) -> Chunk {
        let framing = self.framing_of_elements(is_separated, true);
        let mut chunk = self.chunk(self.scanned, framing, options);
        chunk.ends_early = Some(Early {
            message: NEXT_DOCUMENT.to_owned(),
            note: "the array ends early".to_owned(),
            open: Some(self.open_bracket()),
        });
        self.envelope.clear();
        self.state = match options.records_path {
            Some(_) => State::Document,
            None => State::Records,
        };
        chunk
    }

    fn cut_elements(&mut self, is_separated: bool, options: &ReadOptions) -> Chunk {
        self.state = State::Array {
            is_separated: self.is_cut_separated,
        };
        let framing = self.framing_of_elements(is_separated, false);
        self.chunk(self.cut, framing, options)
    }

    /// The `[` of the array, which nothing closes.
    fn open_bracket(&self) -> Unclosed {
        Unclosed {
            byte: self.bracket.byte,
            length: 1,
            mark: b"[",
        }
    }

    #[cold]
    fn cut_off(&self) -> Error {
        self.stream
            .error(self.stream.bytes().len(), CUT_OFF)
            .in_record()
    }
}

/// Whether an array goes on or ends behind an element that ends at `end`; `None` when only more
/// bytes tell.
fn goes_on(bytes: &[u8], end: usize, is_all: bool) -> Option<bool> {
    let (next, byte) = next_byte(bytes, end, is_all)?;
    Some(match byte {
        Some(b',') => !matches!(
            next_byte(bytes, next + 1, is_all)?.1,
            None | Some(b'"' | b'}')
        ),
        byte => byte == Some(b']'),
    })
}
