//! How a source begins: its encoding, its dialect, and whether it is an array of records.

use super::framer::{Framer, State};
use crate::{
    dialect,
    encoding::Encoding,
    ending::Ending,
    error::Error,
    foreign,
    json::skip_blanks,
    opening::{Opening, are_beside, is_array},
    options::ReadOptions,
    source::dialect_extension,
    split::Form,
    stream::{MAX_LOOK, Mark},
};
use memchr::memchr;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Whether the input is of another language than JSON, by its name.
fn is_dialect(name: &str) -> bool {
    matches!(dialect_extension(name).as_str(), "json5" | "hjson")
}

impl Framer {
    /// Looks at the first bytes: text that is not UTF-8 is decoded from here on, and what is
    /// certainly not JSON is an error.
    pub(super) fn start(&mut self, options: &ReadOptions) -> Result<(), Error> {
        self.stream.hold();
        while !self.stream.is_end && self.stream.data.len() < foreign::LOOK {
            self.stream.fill(options)?;
        }
        if options.encoding.is_none() {
            self.check_kind(options)?;
        }
        let encoding = options.encoding.filter(|encoding| !encoding.is_utf8());
        let encoding = encoding.or_else(|| Encoding::of_mark(&self.stream.data));
        let has_comments = options.lenient.comments && !is_dialect(&self.stream.name);
        self.stream.begin_text(encoding, has_comments);
        while !self.stream.is_end && self.stream.data.len() < BYTE_ORDER_MARK.len() {
            self.stream.fill(options)?;
        }
        self.read_dialect(options)?;
        if self.stream.data.starts_with(BYTE_ORDER_MARK) {
            self.consume(BYTE_ORDER_MARK.len());
            self.stream.at = Mark {
                byte: BYTE_ORDER_MARK.len() as u64,
                ..Mark::START
            };
        }
        self.stream.held = None;
        self.state = match options.records_path {
            Some(_) => State::Document,
            None => State::Records,
        };
        Ok(())
    }

    /// An error if the first bytes are certainly not JSON, and where reading continues after errors
    /// if no records can be behind them.
    fn check_kind(&mut self, options: &ReadOptions) -> Result<(), Error> {
        let compression = self.stream.compression();
        let Some(message) = foreign::refusal(&self.stream.data, compression) else {
            return Ok(());
        };
        while options.resume && !self.stream.is_end && self.stream.data.len() < MAX_LOOK {
            self.stream.fill(options)?;
        }
        match options.resume && foreign::may_hold_records(&self.stream.data) {
            true => Ok(()),
            false => Err(self.stream.error(0, message)),
        }
    }

    /// Reads a JSON5 or HJSON document whole and converts it to JSON.
    fn read_dialect(&mut self, options: &ReadOptions) -> Result<(), Error> {
        if !is_dialect(&self.stream.name) {
            return Ok(());
        }
        let extension = dialect_extension(&self.stream.name);
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
                self.opening = self.stream.at.lead.blanks().map(Opening::of_array);
                self.begin_array(Ending::Top, options);
            }
            None => {
                let form = Form::Lines {
                    are_beside: self.are_beside(options)?,
                };
                self.resemblance = foreign::resemblance(self.stream.bytes());
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
