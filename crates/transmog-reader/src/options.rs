//! How input is read.

use crate::{
    encoding::Encoding,
    lenient::{Leniency, Lenient},
};
use transmog_events::{PathPattern, PatternStep};

/// Default of [`ReadOptions::with_chunk_bytes`]: 4 MiB.
pub const DEFAULT_CHUNK_BYTES: usize = 4 << 20;
/// Default of [`ReadOptions::with_max_record_bytes`]: 128 MiB.
pub const DEFAULT_MAX_RECORD_BYTES: usize = 128 << 20;
/// Default of [`ReadOptions::with_max_raw_bytes`]: 16 MiB.
pub const DEFAULT_MAX_RAW_BYTES: usize = 16 << 20;
/// Default of [`ReadOptions::with_decompressor_memory`]: 128 MiB.
pub const DEFAULT_DECOMPRESSOR_MEMORY: usize = 128 << 20;

/// Copies of a document that its library makes while it is read, about.
const DIALECT_COPIES: usize = 4;

/// A bound on the bytes of a record, and the option it comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LongestRecord {
    pub(crate) bytes: usize,
    pub(crate) option: &'static str,
}

impl LongestRecord {
    fn of(max_record_bytes: usize, memory: usize) -> Self {
        match memory < max_record_bytes {
            true => Self {
                bytes: memory,
                option: "memory_limit",
            },
            false => Self {
                bytes: max_record_bytes,
                option: "max_record_bytes",
            },
        }
    }
}

/// How input is read and cut into chunks.
///
/// # Examples
/// ```
/// use transmog_reader::ReadOptions;
///
/// let options = ReadOptions::default()
///     .with_records_path(Some("$.data.items".parse()?))
///     .with_chunk_bytes(1 << 20)
///     .with_resume(true);
/// # Ok::<(), transmog_events::PatternError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReadOptions {
    pub(crate) chunk_bytes: usize,
    pub(crate) max_record_bytes: usize,
    pub(crate) record_memory: usize,
    pub(crate) max_raw_bytes: usize,
    pub(crate) records_path: Option<PathPattern>,
    /// The step of that path that is next, if the source is a part of a document.
    pub(crate) part: Option<usize>,
    pub(crate) resume: bool,
    pub(crate) lenient: Lenient,
    pub(crate) encoding: Option<Encoding>,
    pub(crate) decompressor_memory: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            chunk_bytes: DEFAULT_CHUNK_BYTES,
            max_record_bytes: DEFAULT_MAX_RECORD_BYTES,
            record_memory: usize::MAX,
            max_raw_bytes: DEFAULT_MAX_RAW_BYTES,
            records_path: None,
            part: None,
            resume: false,
            lenient: Lenient::default(),
            encoding: None,
            decompressor_memory: DEFAULT_DECOMPRESSOR_MEMORY,
        }
    }
}

impl ReadOptions {
    /// Size of a chunk in bytes, about: a chunk holds whole records, so a long record makes it
    /// larger. At least 1. Default [`DEFAULT_CHUNK_BYTES`].
    #[must_use]
    pub fn with_chunk_bytes(mut self, bytes: usize) -> Self {
        self.chunk_bytes = bytes.max(1);
        self
    }

    /// Longest record, in bytes of its text. A longer one is rejected. At least 1. Default
    /// [`DEFAULT_MAX_RECORD_BYTES`].
    #[must_use]
    pub fn with_max_record_bytes(mut self, bytes: usize) -> Self {
        self.max_record_bytes = bytes.max(1);
        self
    }

    /// Memory that one record may take while it is read, in bytes; a JSON5 or HJSON document
    /// counts as a record. What takes more is rejected. At least 1. Default: no bound.
    #[must_use]
    pub fn with_record_memory(mut self, bytes: usize) -> Self {
        self.record_memory = bytes.max(1);
        self
    }

    /// The longest record that both bounds allow.
    pub(crate) fn longest_record(&self) -> LongestRecord {
        LongestRecord::of(self.max_record_bytes, self.record_memory)
    }

    /// The longest document of a dialect, whose library takes several times its size.
    pub(crate) fn longest_document(&self) -> LongestRecord {
        LongestRecord::of(self.max_record_bytes, self.record_memory / DIALECT_COPIES)
    }

    /// Bytes of rejected text that are kept, in bytes, for a record that is too long and for what
    /// is rejected besides records. Of longer text, only the place and the length are known.
    /// Default [`DEFAULT_MAX_RAW_BYTES`].
    #[must_use]
    pub fn with_max_raw_bytes(mut self, bytes: usize) -> Self {
        self.max_raw_bytes = bytes;
        self
    }

    /// Where the records of a document are, as in `$.data.items`. Each JSON text of a source is a
    /// document then, each line of JSON Lines too. An array at the end of the path stands for its
    /// elements, an object is one record. A document in which the path leads nowhere is an error
    /// in the content. Default `None`, and the same with a path of no steps: each text is a
    /// record, or an array of records.
    #[must_use]
    pub fn with_records_path(mut self, path: Option<PathPattern>) -> Self {
        self.records_path = path.filter(|path| !path.steps().is_empty());
        self
    }

    /// The steps of the path to the records.
    pub(crate) fn steps(&self) -> &[PatternStep] {
        self.records_path.as_ref().map_or(&[], PathPattern::steps)
    }

    /// What to accept and count although it is not JSON. Default: nothing.
    #[must_use]
    pub fn with_lenient(mut self, kinds: &[Leniency]) -> Self {
        self.lenient = Lenient::of(kinds);
        self
    }

    /// The encoding of the text. A byte-order mark at its beginning goes before it. Default
    /// `None`: UTF-8, or UTF-16 where the mark says so.
    #[must_use]
    pub fn with_encoding(mut self, encoding: Option<Encoding>) -> Self {
        self.encoding = encoding;
        self
    }

    /// Memory that decompressing may take, in bytes. It bounds the windows of Zstandard, where
    /// 128 MiB are always allowed, and the dictionaries of xz, where 16 MiB are. Data that needs
    /// more is an error. Default [`DEFAULT_DECOMPRESSOR_MEMORY`].
    #[must_use]
    pub fn with_decompressor_memory(mut self, bytes: usize) -> Self {
        self.decompressor_memory = bytes;
        self
    }

    /// Whether reading continues after an error in the content: a record that is not JSON, an
    /// input that ends early or holds no records. Such content is rejected record by record
    /// where that is possible, else document by document. Default `false`: the first one that
    /// hides where records begin ends the reading.
    #[must_use]
    pub fn with_resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// At most this many bytes are held to find the end of a record.
    pub(crate) fn longest(&self) -> usize {
        (self.longest_record().bytes).saturating_add(self.chunk_bytes)
    }

    /// The message about a record that is too long.
    #[cold]
    pub(crate) fn too_long(&self) -> String {
        let longest = self.longest_record();
        format!(
            "expected a record of at most {} bytes ({}); allow more, or fix the input if a \
             bracket or quote is not closed",
            longest.bytes, longest.option
        )
    }
}
