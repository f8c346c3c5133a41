//! How a source begins: its encoding, its dialect, and whether it is an array of records.

use super::framer::{Framer, State};
use crate::{
    dialect,
    ending::Ending,
    error::Error,
    json::skip_blanks,
    opening::{Opening, are_beside, is_array},
    options::ReadOptions,
    source::dialect_extension,
    split::Form,
    stream::{MAX_LOOK, Mark},
};
use memchr::memchr;

impl Framer {
    /// Looks at the first bytes: a byte-order mark is skipped, another encoding is an
    /// error.
    pub(super) fn start(&mut self, options: &ReadOptions) -> Result<(), Error> {
        self.stream.hold();
        self.read_dialect(options)?;
        while !self.stream.is_end && self.stream.data.len() < 4 {
            self.stream.fill(options)?;
        }
        if self.stream.data.starts_with(b"\xef\xbb\xbf") {
            self.consume(3);
            self.stream.at = Mark {
                byte: 3,
                ..Mark::START
            };
        }
        if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] = self.stream.data[..]
        {
            return Err(self.stream.error(
                0,
                "expected UTF-8, found UTF-16; convert the input to UTF-8",
            ));
        }
        self.stream.held = None;
        self.state = match options.records_path {
            Some(_) => State::Document,
            None => State::Records,
        };
        Ok(())
    }

    /// Reads a JSON5 or HJSON document whole and converts it to JSON.
    fn read_dialect(&mut self, options: &ReadOptions) -> Result<(), Error> {
        let extension = dialect_extension(&self.stream.name);
        if !matches!(extension.as_str(), "json5" | "hjson") {
            return Ok(());
        }
        let longest = options.longest_document();
        while !self.stream.is_end {
            self.stream.fill(options)?;
            if self.stream.data.len() > longest.bytes {
                let message = format!(
                    "expected a .{extension} document of at most {} bytes ({}), for it is \
                     read whole; allow more, or convert it to JSON",
                    longest.bytes, longest.option
                );
                return Err(self.stream.error(0, message));
            }
        }
        if let Some(json) = dialect::to_json(&self.stream.name, &extension, &self.stream.data) {
            self.stream.data = json?;
            // Positions are those in the JSON from here on.
            self.stream.name = format!("{} as JSON", self.stream.name).into();
        }
        Ok(())
    }

    /// Distinguishes an array of records from records one after another.
    pub(super) fn records(&mut self, options: &ReadOptions) -> Result<(), Error> {
        match self.array_at(options)? {
            Some(at) => {
                self.consume(at);
                self.opening = self.stream.at.lead.blanks().map(|indent| Opening {
                    indent,
                    head: b"[".to_vec(),
                    key: None,
                });
                self.begin_array(Ending::Top, options);
            }
            None => {
                let form = Form::Lines {
                    are_beside: self.are_beside(options)?,
                };
                self.begin_records(form, options);
                self.state = State::Lines;
            }
        }
        Ok(())
    }

    /// The place of the `[` of an array of records, if the bytes begin with one.
    fn array_at(&mut self, options: &ReadOptions) -> Result<Option<usize>, Error> {
        loop {
            let bytes = self.stream.bytes();
            let at = skip_blanks(bytes, 0);
            let look = &bytes[at..bytes.len().min(at + MAX_LOOK)];
            let is_enough = self.stream.is_end || look.len() == MAX_LOOK;
            match look.first() {
                Some(b'[') => match is_array(&look[1..], is_enough) {
                    Some(is_array) => return Ok(is_array.then_some(at)),
                    None => self.stream.fill(options)?,
                },
                None if !self.stream.is_end => {
                    if at > MAX_LOOK {
                        self.consume(self.stream.bytes().len());
                    }
                    self.stream.fill(options)?;
                }
                _ => return Ok(None),
            }
        }
    }

    /// Whether the first line has records beside each other.
    fn are_beside(&mut self, options: &ReadOptions) -> Result<bool, Error> {
        while !self.stream.is_end && self.stream.bytes().len() < MAX_LOOK {
            if memchr(b'\n', self.stream.bytes()).is_some() {
                break;
            }
            self.stream.fill(options)?;
        }
        let bytes = self.stream.bytes();
        let bytes = &bytes[..bytes.len().min(MAX_LOOK)];
        let line = &bytes[..memchr(b'\n', bytes).unwrap_or(bytes.len())];
        Ok(are_beside(line))
    }

    /// Enters the array whose `[` is next.
    pub(super) fn begin_array(&mut self, ending: Ending, options: &ReadOptions) {
        self.stream.held = None;
        self.bracket = self.stream.at;
        self.consume(1);
        self.enter_elements(ending, options);
        self.is_separated = true;
        self.state = State::Array { is_separated: true };
    }

    /// Begins to look for elements.
    pub(super) fn enter_elements(&mut self, ending: Ending, options: &ReadOptions) {
        // Where the first error ends the run, the first `]` outside a record ends the
        // array.
        let ending = if options.resume {
            ending
        } else {
            Ending::First
        };
        self.begin_records(Form::Elements(ending), options);
        self.is_after_comma = false;
    }
}
