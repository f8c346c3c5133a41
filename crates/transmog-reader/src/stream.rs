//! The bytes of one source as they are read, and their places.

use crate::{
    buffers::Buffers,
    chunk::Unclosed,
    comments::Place,
    compression::Compression,
    decompress::{self, OpenSource},
    encoding::Encoding,
    error::Error,
    json::skip_blanks,
    lead::Lead,
    options::ReadOptions,
    source::Source,
    text::Layers,
};
use memchr::{memchr_iter, memrchr};
use std::{
    io,
    sync::{Arc, atomic::AtomicU64},
};
use transmog_events::Location;

/// At most this many bytes are looked at to tell what kind of input follows.
pub(crate) const MAX_LOOK: usize = 1 << 16;

const DATA_CUT_OFF: &str = "the compressed data is cut off";
const UNCLOSED_COMMENT: &str = "expected `*/` to end the comment, found the end";

/// A place in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) byte: u64,
    /// Lines before it.
    pub(crate) line: u64,
    /// Bytes before it in its line.
    pub(crate) column: u64,
    /// What kind of bytes they are.
    pub(crate) lead: Lead,
}

impl Mark {
    /// Where a file begins.
    pub(crate) const START: Self = Self {
        byte: 0,
        line: 0,
        column: 0,
        lead: Lead::START,
    };
}

/// Bytes that may be rejected as a whole, collected as they are consumed.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) from: Mark,
    most: usize,
    pub(crate) length: u64,
    /// The first `most` of the bytes.
    pub(crate) raw: Vec<u8>,
}

impl Held {
    fn new(from: Mark, most: usize) -> Self {
        Self {
            from,
            most,
            length: 0,
            raw: Vec::new(),
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        let room = self.most.saturating_sub(self.raw.len());
        self.raw.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Whether all of the bytes are kept.
    pub(crate) fn is_whole(&self) -> bool {
        self.raw.len() as u64 == self.length
    }
}

/// Text that ended early.
#[derive(Clone, Debug)]
pub(crate) struct CutOff {
    pub(crate) message: String,
    /// The bytes that are to blame, and their place.
    pub(crate) at: Option<Unclosed>,
}

/// One source being read.
pub(crate) struct Stream {
    pub(crate) name: Arc<str>,
    source: OpenSource,
    layers: Layers,
    pub(crate) buffers: Buffers,
    /// The bytes read; those before `start` are consumed.
    pub(crate) data: Vec<u8>,
    pub(crate) start: usize,
    pub(crate) is_end: bool,
    /// Why the text ended early, if it did and reading goes on.
    pub(crate) cut_off: Option<CutOff>,
    /// Whether it ended in a comment.
    was_unclosed: bool,
    /// The place of the first byte that is not consumed.
    pub(crate) at: Mark,
    /// The bytes since [`hold`](Self::hold).
    pub(crate) held: Option<Held>,
    max_raw_bytes: usize,
}

impl Stream {
    pub(crate) fn open(
        source: Source,
        read: Arc<AtomicU64>,
        buffers: &Buffers,
        options: &ReadOptions,
    ) -> Result<Self, Error> {
        let name = Arc::clone(&source.name);
        Ok(Self {
            source: source.open(options.decompressor_memory, read)?,
            layers: Layers::default(),
            buffers: buffers.clone(),
            name,
            data: Vec::new(),
            start: 0,
            is_end: false,
            cut_off: None,
            was_unclosed: false,
            at: Mark::START,
            held: None,
            max_raw_bytes: options.max_raw_bytes,
        })
    }

    /// The bytes from here on may be rejected as a whole.
    pub(crate) fn hold(&mut self) {
        self.hold_up_to(self.max_raw_bytes);
    }

    /// The same, of which `most` bytes are kept.
    pub(crate) fn hold_up_to(&mut self, most: usize) {
        self.held = Some(Held::new(self.at, most));
    }

    /// The bytes held since, if any.
    pub(crate) fn take_held(&mut self) -> Held {
        self.held.take().unwrap_or_else(|| Held::new(self.at, 0))
    }

    /// Goes back to where holding began. All bytes since must have been kept.
    pub(crate) fn go_back(&mut self) {
        let Some(mut held) = self.held.take() else {
            return;
        };
        let raw = std::mem::take(&mut held.raw);
        match self.data[..self.start].ends_with(&raw) {
            true => self.start -= raw.len(),
            false => {
                self.data.splice(..self.start, raw);
                self.start = 0;
            }
        }
        self.at = held.from;
        self.held = Some(Held { length: 0, ..held });
    }

    /// The bytes that are not consumed.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.data[self.start..]
    }

    /// Consumes white space and gives the byte after it.
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

    /// Reads more, at most as much as a chunk.
    pub(crate) fn fill(&mut self, options: &ReadOptions) -> Result<(), Error> {
        if self.start > 0 {
            self.data.drain(..self.start);
            self.start = 0;
        }
        let at_most = options.chunk_bytes.max(16);
        match (self.layers).fill(&mut self.source, &mut self.data, at_most) {
            Ok(0) => {
                self.is_end = true;
                self.check_comments(options)
            }
            Ok(_) => Ok(()),
            Err(error) => self.failed(error, options),
        }
    }

    /// An error, or the end of data that is cut off, where reading goes on after it.
    #[cold]
    fn failed(&mut self, error: io::Error, options: &ReadOptions) -> Result<(), Error> {
        let name = &self.name;
        let is_content = self.source.is_content();
        let is_cut_off = error.kind() == io::ErrorKind::UnexpectedEof;
        if options.resume && is_cut_off && is_content {
            self.is_end = true;
            self.cut_off = Some(CutOff {
                message: DATA_CUT_OFF.to_owned(),
                at: None,
            });
            return Ok(());
        }
        let message = match is_cut_off {
            true => format!("{name} ends early: it is truncated"),
            false if is_content && decompress::is_memory(&error) => format!(
                "{name}: decompressing it takes more than {} bytes, half of memory_limit; allow \
                 more (`zstd --long=31` needs 4G, `xz -9` 136M)",
                options.decompressor_memory
            ),
            // A checksum may come after the data that it protects.
            false if is_content => format!(
                "{name}: the compressed data is damaged, and what was read of it so far may be \
                 wrong; restore the file or leave it out"
            ),
            false => format!("cannot read {name}"),
        };
        Err(Error::io(message, error))
    }

    /// An error when the text ends in a comment.
    fn check_comments(&mut self, options: &ReadOptions) -> Result<(), Error> {
        let Some(Place { byte, line, column }) = self.layers.unclosed() else {
            return Ok(());
        };
        if !options.resume {
            let location = Location {
                file: self.name.to_string(),
                record: None,
                line: Some(line + 1),
                column: Some(column + 1),
                byte: Some(byte),
                path: None,
            };
            return Err(Error::syntax(location, UNCLOSED_COMMENT));
        }
        if !self.was_unclosed {
            self.was_unclosed = true;
            let end = self.at.byte + self.bytes().len() as u64;
            let message = format!(
                "{UNCLOSED_COMMENT}: it begins at line {}, column {}, byte {byte}",
                line + 1,
                column + 1
            );
            self.cut_off = Some(CutOff {
                message,
                at: Some(Unclosed {
                    byte,
                    length: end - byte,
                    mark: b"/*",
                }),
            });
        }
        Ok(())
    }

    /// Reads the bytes from the first one on in this encoding, and without comments if they are
    /// accepted.
    pub(crate) fn begin_text(&mut self, encoding: Option<Encoding>, comments: bool) {
        self.layers = Layers::new(encoding, comments);
        if encoding.is_some() || comments {
            let raw = std::mem::take(&mut self.data);
            // What was cut off is not read again.
            let is_last = self.cut_off.is_some();
            self.layers.add(&raw, is_last, &mut self.data);
            self.is_end = is_last;
        }
    }

    /// The encoding that the bytes were decoded from, if they were.
    pub(crate) fn encoding(&self) -> Option<Encoding> {
        self.layers.encoding()
    }

    /// How the bytes were compressed.
    pub(crate) fn compression(&self) -> Compression {
        self.source.compression
    }

    /// Takes the comments that begin before `end`, as offsets from `from`.
    pub(crate) fn comments_before(&mut self, end: u64, from: u64) -> Vec<u32> {
        self.layers.comments_before(end, from)
    }

    /// Bytes between and behind compressed members that belong to none.
    pub(crate) fn trailing(&self) -> u64 {
        self.source.trailing()
    }

    /// Whether all bytes were read.
    pub(crate) fn is_end(&self) -> bool {
        self.is_end
    }

    /// Advances by `count` bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        let taken = &self.data[self.start..self.start + count];
        if let Some(held) = &mut self.held {
            held.add(taken);
        }
        self.at.byte += count as u64;
        self.at.column = match memrchr(b'\n', taken) {
            Some(newline) => (taken.len() - newline - 1) as u64,
            None => self.at.column + count as u64,
        };
        self.at.lead = self.at.lead.at(taken, taken.len());
        self.at.line += memchr_iter(b'\n', taken).count() as u64;
        self.start += count;
    }

    /// Consumes all that was read.
    pub(crate) fn consume_all(&mut self) {
        self.consume(self.data.len() - self.start);
    }

    /// Advances by `count` bytes and gives them.
    pub(crate) fn take(&mut self, count: usize) -> Vec<u8> {
        self.consume(count);
        // The shorter part is copied: else each of many short chunks would move all bytes
        // behind it.
        if self.bytes().len() > count {
            let mut taken = self.buffers.take();
            taken.extend_from_slice(&self.data[self.start - count..self.start]);
            return taken;
        }
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
            None => self.at.column as usize + before.len() + 1,
        };
        let location = Location {
            file: self.name.to_string(),
            record: None,
            line: Some(self.at.line + newlines + 1),
            column: Some(column as u64),
            byte: Some(self.at.byte + at as u64),
            path: None,
        };
        Error::syntax(location, message)
    }

    /// The next byte that is not white space. White space is only consumed when there is much.
    pub(crate) fn next_byte(&mut self, options: &ReadOptions) -> Result<Option<u8>, Error> {
        loop {
            let bytes = self.bytes();
            let at = skip_blanks(bytes, 0);
            if let Some(byte) = bytes.get(at) {
                return Ok(Some(*byte));
            }
            if self.is_end {
                return Ok(None);
            }
            if bytes.len() > MAX_LOOK {
                self.consume_all();
            }
            self.fill(options)?;
        }
    }
}
