//! Cutting decompressed bytes into chunks of whole records.
//!
//! Where a chunk may end, [`Splitter`] says, which the way through a chunk uses,
//! too. Lines have a short cut: a line that begins with `{` where no value can go
//! on begins a record, broken or not.

use crate::{
    buffers::Buffers,
    chunk::{Chunk, Early, Framing, Refusal},
    dialect,
    ending::Ending,
    error::{Error, ErrorKind},
    json::{is_blank, skip_blanks},
    opening::{Opening, are_beside, is_array},
    options::ReadOptions,
    pointer,
    source::{Source, dialect_extension},
    split::{Form, MAX_HEAD, Splitter},
    stream::{Held, MAX_LOOK, Mark, Stream},
};
use memchr::{memchr, memchr_iter, memrchr_iter};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use transmog_events::Location;

const NEXT_DOCUMENT: &str = "expected `]` to end the array, found the next document";
const DATA_CUT_OFF: &str = "the compressed data is cut off";
const CUT_OFF: &str = "expected `]` to end the array, found the end: the input is cut off";
const AFTER_ARRAY: &str = "expected nothing after the array";
/// Bytes before the current one that are kept of a record that is not.
const LOOK_BACK: usize = 1 << 12;

/// Bytes that may be read again, and how often those of the whole input.
const MIN_GONE_BACK: u64 = 1 << 20;
const MOST_GONE_BACK: u64 = 8;

/// Cuts sources, one after another, into chunks.
pub struct ChunkReader {
    sources: VecDeque<Source>,
    options: ReadOptions,
    current: Option<Box<Framer>>,
    number: u64,
    buffers: Buffers,
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

impl std::fmt::Debug for ChunkReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChunkReader")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// What is to be done with the bytes that come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The first bytes are to be looked at.
    Start,
    /// Records come as they come: an array, or one after another.
    Records,
    /// A document that holds the records somewhere.
    Document,
    Lines,
    /// `is_separated` tells whether a comma or the array's `[` stands before.
    Array {
        is_separated: bool,
    },
    /// After the array of records.
    After,
    Done,
}

/// Cuts one source.
struct Framer {
    stream: Stream,
    state: State,
    splitter: Splitter,
    /// Whether the splitter is in a record.
    is_in_record: bool,
    /// In the bytes that are not consumed: how far they were looked through, and
    /// the last place a chunk may end, and whether a comma stands before that.
    scanned: usize,
    cut: usize,
    is_cut_separated: bool,
    is_separated: bool,
    /// Whether the byte before that place is a comma, blanks aside.
    is_after_comma: bool,
    /// The containers of the envelope that are open around the records.
    envelope: Vec<pointer::Token>,
    /// The `[` of the array.
    bracket: Mark,
    /// How documents begin, when the one in progress begins its line.
    opening: Option<Opening>,
    /// Whether a document before it stood on one line.
    is_line_each: bool,
    /// Bytes that were read as part of documents that ended before.
    gone_back: u64,
}

impl ChunkReader {
    /// A reader of these sources.
    #[must_use]
    pub fn new(sources: Vec<Source>, options: ReadOptions) -> Self {
        let total = sources.iter().map(Source::size).sum();
        let read = Arc::new(AtomicU64::new(0));
        Self {
            sources: sources.into(),
            buffers: Buffers::new(options.chunk_bytes.saturating_mul(3)),
            options,
            current: None,
            number: 0,
            read,
            total,
        }
    }

    /// Bytes of all sources, when they are files or bytes.
    #[must_use]
    pub fn total_bytes(&self) -> Option<u64> {
        self.total
    }

    /// The next chunk; `None` at the end of the last source.
    ///
    /// # Errors
    /// When a source cannot be read; and, unless reading goes on after errors,
    /// when it is not JSON in a way that hides where its records stand.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, Error> {
        loop {
            if self.current.is_none() {
                let Some(source) = self.sources.pop_front() else {
                    return Ok(None);
                };
                let (read, options) = (Arc::clone(&self.read), &self.options);
                let framer = Framer::open(source, read, &self.buffers, options)?;
                self.current = Some(Box::new(framer));
            }
            if let Some(framer) = &mut self.current {
                let chunk = match framer.next_chunk(&self.options) {
                    Err(error) if self.options.resume && error.is_content() => {
                        framer.give_up(&error, &self.options).map(Some)
                    }
                    chunk => chunk,
                };
                if let Some(mut chunk) = chunk? {
                    chunk.number = self.number;
                    chunk.bytes_read = self.read.load(Ordering::Relaxed);
                    self.number += 1;
                    return Ok(Some(chunk));
                }
            }
            self.current = None;
        }
    }
}

impl Framer {
    fn open(
        source: Source,
        read: Arc<AtomicU64>,
        buffers: &Buffers,
        options: &ReadOptions,
    ) -> Result<Self, Error> {
        Ok(Self {
            stream: Stream::open(source, read, buffers, options)?,
            state: State::Start,
            splitter: Splitter::new(
                Form::Lines { are_beside: false },
                options.longest_record().bytes,
            ),
            is_in_record: false,
            scanned: 0,
            cut: 0,
            is_cut_separated: false,
            is_separated: false,
            is_after_comma: false,
            envelope: Vec::new(),
            bracket: Mark::START,
            opening: None,
            is_line_each: false,
            gone_back: 0,
        })
    }

    /// Goes on by `count` bytes.
    fn consume(&mut self, count: usize) {
        self.stream.consume(count);
        self.scanned = self.scanned.saturating_sub(count);
        self.cut = self.cut.saturating_sub(count);
        self.splitter.forget(count);
    }

    /// Looks at the first bytes, and reads the dialects.
    fn start(&mut self, options: &ReadOptions) -> Result<(), Error> {
        self.stream.hold();
        let extension = dialect_extension(&self.stream.name);
        if matches!(extension.as_str(), "json5" | "hjson") {
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
        }
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

    /// Tells an array of records from records one after another.
    fn records(&mut self, options: &ReadOptions) -> Result<(), Error> {
        let is_array = loop {
            let bytes = self.stream.bytes();
            let at = skip_blanks(bytes, 0);
            let look = &bytes[at..bytes.len().min(at + MAX_LOOK)];
            let is_enough = self.stream.is_end || look.len() == MAX_LOOK;
            match look.first() {
                Some(b'[') => match is_array(&look[1..], is_enough) {
                    Some(is_array) => break is_array.then_some(at),
                    None => self.stream.fill(options)?,
                },
                None if !self.stream.is_end => {
                    if at > MAX_LOOK {
                        self.consume(self.stream.bytes().len());
                    }
                    self.stream.fill(options)?;
                }
                _ => break None,
            }
        };
        match is_array {
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
                self.splitter = Splitter::new(form, options.longest_record().bytes);
                self.is_in_record = false;
                self.scanned = 0;
                self.cut = 0;
                self.state = State::Lines;
            }
        }
        Ok(())
    }

    /// Whether records stand beside each other on the first line.
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

    /// Goes into the array whose `[` comes.
    fn begin_array(&mut self, ending: Ending, options: &ReadOptions) {
        self.stream.held = None;
        self.bracket = self.stream.at;
        self.consume(1);
        // Where the first error ends the run, so does what is not expected there.
        let ending = if options.resume {
            ending
        } else {
            Ending::First
        };
        self.splitter = Splitter::new(Form::Elements(ending), options.longest_record().bytes);
        self.is_in_record = false;
        self.scanned = 0;
        self.cut = 0;
        self.is_separated = true;
        self.is_after_comma = false;
        self.state = State::Array { is_separated: true };
    }

    /// Goes on to the array of records in the next envelope.
    fn document(&mut self, options: &ReadOptions) -> Result<(), Error> {
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

    /// How the envelope begins that comes, when it begins its line.
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

    fn next_chunk(&mut self, options: &ReadOptions) -> Result<Option<Chunk>, Error> {
        loop {
            match self.state {
                State::Start => self.start(options)?,
                State::Records => self.records(options)?,
                State::Document => self.document(options)?,
                State::Lines => return self.lines(options),
                State::Array { is_separated } => return self.elements(is_separated, options),
                State::After => self.after(options)?,
                State::Done => return Ok(None),
            }
        }
    }

    fn chunk(&mut self, end: usize, framing: Framing, options: &ReadOptions) -> Chunk {
        let from = self.stream.at;
        let data = self.stream.take(end);
        self.scanned = self.scanned.saturating_sub(end);
        self.cut = self.cut.saturating_sub(end);
        self.splitter.forget(end);
        self.chunk_of(from, data, framing, options)
    }

    fn chunk_of(
        &self,
        from: Mark,
        data: Vec<u8>,
        framing: Framing,
        options: &ReadOptions,
    ) -> Chunk {
        Chunk {
            file: Arc::clone(&self.stream.name),
            number: 0,
            byte: from.byte,
            line: from.line,
            column: from.column,
            lead: from.lead,
            data,
            framing,
            ends_early: None,
            buffers: self.stream.buffers.clone(),
            options: options.clone(),
            bytes_read: 0,
        }
    }

    /// The chunk of what is rejected as a whole.
    fn refused(&self, held: Held, mut refusal: Refusal, options: &ReadOptions) -> Chunk {
        let data = held.raw;
        refusal.length = held.length;
        let framing = Framing::Refused(Box::new(refusal));
        self.chunk_of(held.from, data, framing, options)
    }

    fn framing_of_elements(&self, is_separated: bool, is_last: bool) -> Framing {
        Framing::Elements {
            is_separated,
            is_last,
            indent: self.splitter.indent,
        }
    }

    fn framing_of_lines(&self) -> Framing {
        let are_beside = self.splitter.form() == Form::Lines { are_beside: true };
        Framing::Lines { are_beside }
    }

    fn lines(&mut self, options: &ReadOptions) -> Result<Option<Chunk>, Error> {
        loop {
            if self.stream.is_end {
                self.state = State::Done;
                let is_cut_off = std::mem::take(&mut self.stream.is_cut_off);
                let end = self.stream.bytes().len();
                if end == 0 && !is_cut_off {
                    return Ok(None);
                }
                let mut chunk = self.chunk(end, self.framing_of_lines(), options);
                chunk.ends_early = is_cut_off.then_some(Early {
                    message: DATA_CUT_OFF,
                    note: DATA_CUT_OFF,
                    bracket: None,
                });
                return Ok(Some(chunk));
            }
            let length = self.stream.bytes().len();
            if length >= options.chunk_bytes {
                if let Some(end) = line_cut(self.stream.bytes()) {
                    self.is_in_record = false;
                    self.cut = 0;
                    return Ok(Some(self.chunk(end, self.framing_of_lines(), options)));
                }
                if let Some(end) = self.record_cut(options) {
                    return Ok(Some(self.chunk(end, self.framing_of_lines(), options)));
                }
                if self.is_too_long(options) {
                    return self.too_long(options).map(Some);
                }
            }
            self.stream.fill(options)?;
        }
    }

    /// The last place between two records in the bytes read.
    fn record_cut(&mut self, options: &ReadOptions) -> Option<usize> {
        let bytes = &self.stream.data[self.stream.start..];
        loop {
            if !self.is_in_record {
                let at = skip_blanks(bytes, self.cut);
                if at == bytes.len() {
                    break;
                }
                self.splitter.begin(bytes, at, self.stream.at.lead);
                self.is_in_record = true;
            }
            let end = self.splitter.end(bytes, false).or_else(|| {
                let is_too_long = self.splitter.length(bytes) > options.longest();
                is_too_long.then(|| self.splitter.end_of_too_long(bytes))?
            });
            match end {
                Some(end) => {
                    self.cut = end;
                    self.is_in_record = false;
                }
                None => break,
            }
        }
        (self.cut > 0).then_some(self.cut)
    }

    /// Whether what comes is longer than a record may be; blanks are consumed.
    fn is_too_long(&mut self, options: &ReadOptions) -> bool {
        let bytes = &self.stream.data[self.stream.start..];
        if !self.is_in_record {
            if bytes.len() > options.longest() {
                self.consume(self.stream.bytes().len());
            }
            return false;
        }
        if self.splitter.length(bytes) <= options.longest() {
            return false;
        }
        // Before it, there are blanks and a comma at most.
        let start = bytes.len() - self.splitter.length(bytes);
        self.consume(start);
        // The sink may say more of the beginning than that it is too long.
        self.stream
            .hold_up_to(options.longest().max(options.max_raw_bytes));
        true
    }

    /// Consumes the rest of a record that is too long.
    fn too_long(&mut self, options: &ReadOptions) -> Result<Chunk, Error> {
        loop {
            let bytes = &self.stream.data[self.stream.start..];
            // The first error ends the run, wherever the record does.
            if !options.resume {
                self.consume(bytes.len());
                break;
            }
            if let Some(end) = self.splitter.end(bytes, self.stream.is_end) {
                self.consume(end);
                break;
            }
            self.consume(self.stream.bytes().len().saturating_sub(LOOK_BACK));
            self.stream.fill(options)?;
        }
        self.is_in_record = false;
        self.is_separated = false;
        self.is_after_comma = false;
        self.state = match self.splitter.form() {
            Form::Lines { .. } => State::Lines,
            Form::Elements(_) => State::Array {
                is_separated: false,
            },
        };
        let held = self.stream.take_held();
        let refusal = Refusal {
            message: options.too_long(),
            byte: held.from.byte,
            line: held.from.line,
            column: held.from.column,
            length: 0,
            is_record: true,
        };
        Ok(self.refused(held, refusal, options))
    }

    #[cold]
    fn cut_off(&self) -> Error {
        self.stream
            .error(self.stream.bytes().len(), CUT_OFF)
            .in_record()
    }

    fn elements(
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
                let framing = self.framing_of_elements(is_separated, true);
                let chunk = self.chunk(self.scanned, framing, options);
                self.stream.hold();
                self.consume(1);
                self.is_line_each |= self.bracket.line == self.stream.at.line;
                self.state = State::After;
                return Ok(Some(chunk));
            }
            if self.stream.is_end && options.resume {
                self.state = State::Done;
                let framing = self.framing_of_elements(is_separated, true);
                let mut chunk = self.chunk(length, framing, options);
                let (message, note) = match std::mem::take(&mut self.stream.is_cut_off) {
                    true => (DATA_CUT_OFF, DATA_CUT_OFF),
                    false => (CUT_OFF, "the input ends early"),
                };
                chunk.ends_early = Some(Early {
                    message,
                    note,
                    bracket: Some(self.bracket.byte),
                });
                return Ok(Some(chunk));
            }
            if self.cut > 0 && (self.stream.is_end || length >= options.chunk_bytes) {
                return Ok(Some(self.cut_elements(is_separated, options)));
            }
            if self.stream.is_end {
                return Err(self.cut_off());
            }
            if self.is_too_long(options) {
                return self.too_long(options).map(Some);
            }
            self.stream.fill(options)?;
        }
    }

    /// Whether the next document begins where an element may; none when it takes more
    /// bytes to tell.
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
            // After a comma, an element is more likely, unless each document has its line.
            Some(true) if self.is_separated => {
                let is_cut = opening.key.is_some() && self.is_after_comma;
                Some(self.is_line_each || is_cut && self.is_second_line())
            }
            begins => begins,
        }
    }

    /// Whether all of the array so far stands on one line, and what comes on the next.
    fn is_second_line(&self) -> bool {
        let before = &self.stream.bytes()[..self.scanned];
        let lines = memchr_iter(b'\n', before).take(2).count() as u64;
        self.stream.at.line + lines == self.bracket.line + 1
    }

    /// The last elements of an array that ends where the next document begins.
    fn document_in_array(&mut self, is_separated: bool, options: &ReadOptions) -> Chunk {
        let framing = self.framing_of_elements(is_separated, true);
        let mut chunk = self.chunk(self.scanned, framing, options);
        chunk.ends_early = Some(Early {
            message: NEXT_DOCUMENT,
            note: "the array ends early",
            bracket: Some(self.bracket.byte),
        });
        self.envelope.clear();
        self.state = match options.records_path {
            Some(_) => State::Document,
            None => State::Records,
        };
        chunk
    }

    /// Whether the `]` between two records ends the array; none when it takes more bytes
    /// to tell.
    fn ends_array(&self, bytes: &[u8], at: usize) -> Option<bool> {
        let (is_after_comma, is_all) = (self.is_after_comma, self.stream.is_end);
        self.splitter
            .ends_array(bytes, at, true, is_after_comma, is_all)
    }

    /// Goes past the next comma or element; false when it takes more bytes, or at
    /// the end of the array.
    fn next_element(&mut self, options: &ReadOptions) -> bool {
        let bytes = &self.stream.data[self.stream.start..];
        let is_all = self.stream.is_end;
        if self.is_in_record {
            let end = self.splitter.end(bytes, is_all).or_else(|| {
                let is_too_long = self.splitter.length(bytes) > options.longest();
                is_too_long.then(|| self.splitter.end_of_too_long(bytes))?
            });
            let Some(end) = end else { return false };
            let ends_with_input = skip_blanks(bytes, end) == bytes.len();
            if ends_with_input && !options.resume {
                return false;
            }
            self.is_in_record = false;
            self.is_separated = false;
            self.is_after_comma = false;
            self.scanned = end;
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
        // Only here, for what ends with the input or the document is for the last chunk
        // of it to judge.
        if !self.is_after_comma {
            self.cut = at;
            self.is_cut_separated = self.is_separated;
        }
        let bytes = &self.stream.data[self.stream.start..];
        self.splitter.begin(bytes, at, self.stream.at.lead);
        self.is_in_record = true;
        true
    }

    fn cut_elements(&mut self, is_separated: bool, options: &ReadOptions) -> Chunk {
        self.state = State::Array {
            is_separated: self.is_cut_separated,
        };
        let framing = self.framing_of_elements(is_separated, false);
        self.chunk(self.cut, framing, options)
    }

    /// Reads what follows the array of records: the rest of the envelope, then
    /// the next envelope or blanks. Anything else is an error; where reading
    /// goes on after errors, it is read as it comes.
    fn after(&mut self, options: &ReadOptions) -> Result<(), Error> {
        let envelope = std::mem::take(&mut self.envelope);
        pointer::rest(&mut self.stream, envelope, options)?;
        self.stream.held = None;
        self.state = match (self.stream.next_byte(options)?, &options.records_path) {
            (None, _) => State::Lines,
            (Some(_), Some(_)) => State::Document,
            (Some(_), None) if options.resume => State::Records,
            (Some(_), None) => {
                self.stream.peek(options)?;
                return Err(self.stream.error(0, AFTER_ARRAY));
            }
        };
        Ok(())
    }

    /// Goes back to the next document, when it begins a line that was read as part of the one
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

    /// Rejects the document in progress, from where it began to the next line
    /// that begins one, or to the end of the input.
    fn give_up(&mut self, error: &Error, options: &ReadOptions) -> Result<Chunk, Error> {
        if self.stream.held.is_none() {
            self.stream.hold();
        }
        let documents = options.records_path.is_some() && self.state != State::Start;
        let mut is_beyond = self
            .stream
            .held
            .as_ref()
            .is_some_and(|held| held.length > 0);
        self.state = State::Done;
        if documents && self.go_back(error, options)? {
            self.state = State::Document;
        }
        while self.state == State::Done && documents {
            let bytes = self.stream.bytes();
            if is_beyond && self.stream.at.column == 0 && bytes.first() == Some(&b'{') {
                self.state = State::Document;
                continue;
            }
            let next = memchr_iter(b'\n', bytes).find(|newline| cut_at(bytes, *newline).is_some());
            if let Some(newline) = next {
                self.consume(newline + 1);
                self.state = State::Document;
                continue;
            }
            if self.stream.is_end {
                break;
            }
            is_beyond = true;
            self.consume(bytes.len().saturating_sub(LOOK_BACK));
            self.stream.fill(options)?;
        }
        if self.state == State::Done {
            self.consume(self.stream.bytes().len());
            while !self.stream.is_end {
                self.stream.fill(options)?;
                self.consume(self.stream.bytes().len());
            }
        }
        let mut held = self.stream.take_held();
        if held.is_whole() {
            let end = held.raw.iter().rposition(|byte| !is_blank(*byte));
            held.raw.truncate(end.map_or(0, |end| end + 1));
            held.length = held.raw.len() as u64;
        }
        let (message, location) = match error.kind() {
            ErrorKind::Syntax {
                message, location, ..
            } => (message.clone(), location.clone()),
            _ => (error.to_string(), Location::default()),
        };
        let from = held.from;
        let message = match std::mem::take(&mut self.stream.is_cut_off) {
            true => format!("{message} ({DATA_CUT_OFF})"),
            false => message,
        };
        let refusal = Refusal {
            message,
            byte: location.byte.unwrap_or(from.byte),
            line: location.line.map_or(from.line, |line| line - 1),
            column: location.column.map_or(from.column, |column| column - 1),
            length: 0,
            is_record: false,
        };
        Ok(self.refused(held, refusal, options))
    }
}

/// Offset after the last line end between two values.
fn line_cut(buffer: &[u8]) -> Option<usize> {
    memrchr_iter(b'\n', buffer).find_map(|newline| cut_at(buffer, newline))
}

/// Offset after this line end when a `{` begins the next line, and what stands
/// before it, blanks aside, is not what a `{` inside a value follows. In valid
/// JSON that is so only between two values; in JSON that is not valid, a `{` at
/// the beginning of a line is where the next record most likely is.
pub(crate) fn cut_at(bytes: &[u8], newline: usize) -> Option<usize> {
    if bytes.get(newline + 1) != Some(&b'{') {
        return None;
    }
    let before = (bytes[..newline].iter()).rposition(|byte| !is_blank(*byte))?;
    (!matches!(bytes[before], b',' | b'[' | b':')).then_some(newline + 1)
}
