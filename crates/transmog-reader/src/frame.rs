//! Cutting decompressed bytes into chunks of whole records.

use crate::{
    buffers::Buffers,
    chunk::{Chunk, Framing},
    dialect,
    error::Error,
    options::ReadOptions,
    pointer,
    scan::{Scanner, Stop, Values, is_blank, skip_blanks},
    source::{OpenSource, Source, dialect_extension},
};
use memchr::{memchr_iter, memrchr, memrchr_iter};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use transmog_model::Location;

const CUT_OFF: &str = "expected `]` to end the array, found the end: the input is cut off";
const AFTER_ARRAY: &str = "expected nothing after the array";

/// Cuts sources, one after another, into chunks.
pub struct ChunkReader {
    sources: VecDeque<Source>,
    options: ReadOptions,
    current: Option<Stream>,
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
    Lines,
    Array {
        is_first: bool,
    },
    /// After the array of records.
    After,
    /// In a value that is too long, up to the next line that begins a record.
    SkipLines,
    /// In an element that is too long, up to its end.
    SkipElement,
    Done,
}

/// One source in progress.
pub(crate) struct Stream {
    name: Arc<str>,
    source: OpenSource,
    buffers: Buffers,
    /// Bytes read; those before `start` are consumed.
    data: Vec<u8>,
    start: usize,
    is_end: bool,
    /// Offset of the first byte that is not consumed in the file.
    byte: u64,
    line: u64,
    column: u64,
    state: State,
    scanner: Scanner,
    /// Where values end that stand side by side.
    values: Values,
    /// The containers of the envelope that are open around the records.
    envelope: Vec<pointer::Token>,
    /// How far the scanner got, and the last place a chunk may end, in the
    /// bytes that are not consumed.
    scanned: usize,
    cut: usize,
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
    /// When a source cannot be read, or is no JSON in a way that hides where
    /// its records stand.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, Error> {
        loop {
            if self.current.is_none() {
                let Some(source) = self.sources.pop_front() else {
                    return Ok(None);
                };
                let (read, options) = (Arc::clone(&self.read), &self.options);
                self.current = Some(Stream::open(source, read, &self.buffers, options)?);
            }
            if let Some(stream) = &mut self.current
                && let Some(mut chunk) = stream.next_chunk(&self.options)?
            {
                chunk.number = self.number;
                chunk.bytes_read = self.read.load(Ordering::Relaxed);
                self.number += 1;
                return Ok(Some(chunk));
            }
            self.current = None;
        }
    }
}

impl Stream {
    fn open(
        source: Source,
        read: Arc<AtomicU64>,
        buffers: &Buffers,
        options: &ReadOptions,
    ) -> Result<Self, Error> {
        let name = Arc::clone(&source.name);
        let mut stream = Self {
            source: source.open(read)?,
            buffers: buffers.clone(),
            name,
            data: Vec::new(),
            start: 0,
            is_end: false,
            byte: 0,
            line: 0,
            column: 0,
            state: State::Lines,
            scanner: Scanner::default(),
            values: Values::default(),
            envelope: Vec::new(),
            scanned: 0,
            cut: 0,
        };
        let extension = dialect_extension(&stream.name);
        if matches!(extension.as_str(), "json5" | "hjson") {
            let longest = options.longest_document();
            while !stream.is_end {
                stream.fill(options)?;
                if stream.data.len() > longest.bytes {
                    return Err(stream.error(
                        0,
                        format!(
                            "expected a .{extension} document of at most {} bytes ({}), for it is \
                             read whole; allow more, or convert it to JSON",
                            longest.bytes, longest.option
                        ),
                    ));
                }
            }
            if let Some(json) = dialect::to_json(&stream.name, &extension, &stream.data) {
                stream.data = json?;
                // Positions are those in the JSON from here on.
                stream.name = format!("{} as JSON", stream.name).into();
            }
        }
        while !stream.is_end && stream.data.len() < 4 {
            stream.fill(options)?;
        }
        if stream.data.starts_with(b"\xef\xbb\xbf") {
            stream.consume(3);
            stream.column = 0;
        }
        if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] = stream.data[..] {
            return Err(stream.error(
                0,
                "expected UTF-8, found UTF-16; convert the input to UTF-8",
            ));
        }
        if let Some(pointer) = &options.records_path {
            stream.seek(pointer, options)?;
        } else if stream.peek(options)? == Some(b'[') {
            stream.consume(1);
            stream.state = State::Array { is_first: true };
        }
        Ok(stream)
    }

    /// The bytes that are not consumed.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.data[self.start..]
    }

    /// The next byte that is not blank, consumed up to it.
    pub(crate) fn peek(&mut self, options: &ReadOptions) -> Result<Option<u8>, Error> {
        loop {
            let at = skip_blanks(self.bytes(), 0);
            self.consume(at);
            if let Some(byte) = self.bytes().first() {
                return Ok(Some(*byte));
            }
            if self.is_end {
                return Ok(None);
            }
            self.fill(options)?;
        }
    }

    /// Reads more; a chunk's worth at most.
    pub(crate) fn fill(&mut self, options: &ReadOptions) -> Result<(), Error> {
        if self.start > 0 {
            self.data.drain(..self.start);
            self.start = 0;
        }
        let name = Arc::clone(&self.name);
        let at_most = options.chunk_bytes.max(16);
        let read = self.source.fill(&mut self.data, at_most);
        match read {
            Ok(0) => self.is_end = true,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(Error::io(
                    format!("{name} ends early: it is truncated"),
                    error,
                ));
            }
            Err(error) => return Err(Error::io(format!("cannot read {name}"), error)),
        }
        Ok(())
    }

    /// Whether nothing more comes.
    pub(crate) fn is_end(&self) -> bool {
        self.is_end
    }

    /// Goes on by `count` bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        let taken = &self.data[self.start..self.start + count];
        self.byte += count as u64;
        self.column = match memrchr(b'\n', taken) {
            Some(newline) => (taken.len() - newline - 1) as u64,
            None => self.column + count as u64,
        };
        self.line += memchr_iter(b'\n', taken).count() as u64;
        self.start += count;
        self.scanned = self.scanned.saturating_sub(count);
        self.cut = 0;
    }

    /// Consumes all that was read.
    pub(crate) fn consume_all(&mut self) {
        self.consume(self.data.len() - self.start);
    }

    /// Goes on by `count` bytes and gives them.
    fn take(&mut self, count: usize) -> Vec<u8> {
        self.consume(count);
        let mut rest = self.buffers.take();
        rest.extend_from_slice(&self.data[self.start..]);
        let mut taken = std::mem::replace(&mut self.data, rest);
        taken.truncate(self.start);
        taken.drain(..self.start - count);
        self.start = 0;
        taken
    }

    /// An error at an offset from the first byte that is not consumed.
    pub(crate) fn error(&self, at: usize, message: impl Into<String>) -> Error {
        let before = &self.bytes()[..at.min(self.bytes().len())];
        let newlines = memchr_iter(b'\n', before).count() as u64;
        let column = match memrchr(b'\n', before) {
            Some(newline) => before.len() - newline,
            None => self.column as usize + before.len() + 1,
        };
        let location = Location {
            file: self.name.to_string(),
            record: None,
            line: Some(self.line + newlines + 1),
            column: Some(column as u64),
            byte: Some(self.byte + at as u64),
            path: None,
        };
        Error::syntax(location, message)
    }

    fn next_chunk(&mut self, options: &ReadOptions) -> Result<Option<Chunk>, Error> {
        loop {
            match self.state {
                State::Lines => return self.lines(options),
                State::Array { is_first } => return self.elements(is_first, options),
                State::After => {
                    if let Some(chunk) = self.after(options)? {
                        return Ok(Some(chunk));
                    }
                }
                State::SkipLines => self.skip_lines(options)?,
                State::SkipElement => self.skip_element(options)?,
                State::Done => return Ok(None),
            }
        }
    }

    fn chunk(&mut self, end: usize, framing: Framing, options: &ReadOptions) -> Chunk {
        let (byte, line, column) = (self.byte, self.line, self.column);
        let data = self.take(end);
        self.scanned = 0;
        self.values = Values::default();
        Chunk {
            file: Arc::clone(&self.name),
            number: 0,
            byte,
            line,
            column,
            data,
            framing,
            buffers: self.buffers.clone(),
            longest: options.longest_record(),
            record_memory: options.record_memory,
            bytes_read: 0,
        }
    }

    fn lines(&mut self, options: &ReadOptions) -> Result<Option<Chunk>, Error> {
        loop {
            if self.is_end {
                self.state = State::Done;
                let end = self.bytes().len();
                return Ok((end > 0).then(|| self.chunk(end, Framing::Lines, options)));
            }
            if self.bytes().len() >= options.chunk_bytes {
                let end = line_cut(self.bytes()).or_else(|| self.value_cut());
                if let Some(end) = end {
                    return Ok(Some(self.chunk(end, Framing::Lines, options)));
                }
            }
            if self.bytes().len()
                > options
                    .longest_record()
                    .bytes
                    .saturating_add(options.chunk_bytes)
            {
                self.state = State::SkipLines;
                let bytes = self.bytes();
                let last = bytes.iter().rposition(|byte| !is_blank(*byte));
                let end = last.unwrap_or(bytes.len());
                return Ok(Some(self.chunk(end, Framing::TooLong, options)));
            }
            self.fill(options)?;
        }
    }

    /// The last place between two values in the bytes read.
    fn value_cut(&mut self) -> Option<usize> {
        let bytes = &self.data[self.start..];
        std::iter::from_fn(|| self.values.next_end(bytes)).last()
    }

    /// Consumes the rest of a value that is too long, as lines go: up to a line
    /// end between two values, or the end.
    fn skip_lines(&mut self, options: &ReadOptions) -> Result<(), Error> {
        loop {
            let bytes = self.bytes();
            let cut = memchr_iter(b'\n', bytes).find_map(|at| cut_at(bytes, at));
            if let Some(end) = cut {
                self.consume(end);
                self.state = State::Lines;
                self.values = Values::default();
                return Ok(());
            }
            if self.is_end {
                self.state = State::Done;
                return Ok(());
            }
            // The last byte that is not blank may end the value.
            let last = bytes.iter().rposition(|byte| !is_blank(*byte));
            self.consume(last.unwrap_or_default());
            self.fill(options)?;
        }
    }

    /// Consumes the rest of an element that is too long.
    fn skip_element(&mut self, options: &ReadOptions) -> Result<(), Error> {
        loop {
            match self.scanner.next(&self.data[self.start..], 0) {
                Stop::Comma(at) => {
                    self.consume(at + 1);
                    self.state = State::Array { is_first: false };
                    return Ok(());
                }
                Stop::Excess(at) if self.bytes()[at] == b']' => {
                    self.consume(at + 1);
                    self.state = State::After;
                    return Ok(());
                }
                Stop::Excess(at) | Stop::Closed(at) => self.consume(at + 1),
                Stop::End => {
                    self.consume_all();
                    if self.is_end {
                        return Err(self.cut_off());
                    }
                    self.fill(options)?;
                }
            }
        }
    }

    #[cold]
    fn cut_off(&self) -> Error {
        self.error(self.bytes().len(), CUT_OFF).in_record()
    }

    fn elements(&mut self, is_first: bool, options: &ReadOptions) -> Result<Option<Chunk>, Error> {
        loop {
            match self.scanner.next(&self.data[self.start..], self.scanned) {
                Stop::Comma(at) => {
                    self.scanned = at + 1;
                    self.cut = at + 1;
                    if self.cut >= options.chunk_bytes {
                        return Ok(Some(self.cut_elements(is_first, options)));
                    }
                    continue;
                }
                Stop::Excess(at) if self.bytes()[at] == b']' => {
                    self.state = State::After;
                    let framing = Framing::Elements {
                        is_first,
                        is_last: true,
                    };
                    let chunk = self.chunk(at, framing, options);
                    self.consume(1);
                    return Ok(Some(chunk));
                }
                // A brace too many is the element's own error.
                Stop::Closed(at) | Stop::Excess(at) => {
                    self.scanned = at + 1;
                    continue;
                }
                Stop::End => self.scanned = self.bytes().len(),
            }
            let length = self.bytes().len();
            let is_too_long = length - self.cut
                > options
                    .longest_record()
                    .bytes
                    .saturating_add(options.chunk_bytes);
            let is_enough = length >= options.chunk_bytes;
            if self.cut > 0 && (self.is_end || is_too_long || is_enough) {
                return Ok(Some(self.cut_elements(is_first, options)));
            }
            if self.is_end {
                if !options.resume {
                    return Err(self.cut_off());
                }
                self.state = State::Done;
                return Ok(Some(self.chunk(length, Framing::Broken(CUT_OFF), options)));
            }
            if is_too_long {
                self.state = State::SkipElement;
                return Ok(Some(self.chunk(length, Framing::TooLong, options)));
            }
            self.fill(options)?;
        }
    }

    fn cut_elements(&mut self, is_first: bool, options: &ReadOptions) -> Chunk {
        self.state = State::Array { is_first: false };
        let framing = Framing::Elements {
            is_first,
            is_last: false,
        };
        let scanned = self.scanned - self.cut;
        let chunk = self.chunk(self.cut, framing, options);
        self.scanned = scanned;
        chunk
    }

    /// Reads what follows the array of records: the rest of the envelope, then
    /// the next envelope or blanks. Anything else is an error; where reading
    /// goes on after errors it is noted, and what follows is read as it comes.
    fn after(&mut self, options: &ReadOptions) -> Result<Option<Chunk>, Error> {
        let envelope = std::mem::take(&mut self.envelope);
        pointer::rest(self, envelope, options)?;
        self.state = State::Done;
        match (self.peek(options)?, &options.records_path) {
            (None, _) => {}
            (Some(_), Some(pointer)) => self.seek(pointer, options)?,
            (Some(_), None) if !options.resume => return Err(self.error(0, AFTER_ARRAY)),
            (Some(byte), None) => {
                let chunk = self.chunk(0, Framing::Broken(AFTER_ARRAY), options);
                self.scanner = Scanner::default();
                self.values = Values::default();
                self.state = State::Lines;
                if byte == b'[' {
                    self.consume(1);
                    self.state = State::Array { is_first: true };
                }
                return Ok(Some(chunk));
            }
        }
        Ok(None)
    }

    /// Goes on to the array of records in the next envelope.
    fn seek(&mut self, pointer: &str, options: &ReadOptions) -> Result<(), Error> {
        let envelope = pointer::seek(self, pointer, options)?;
        self.state = match envelope {
            Some(_) => State::Array { is_first: true },
            None => State::Done,
        };
        self.envelope = envelope.unwrap_or_default();
        self.scanner = Scanner::default();
        self.scanned = 0;
        Ok(())
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
