//! How input is cut.

/// Default of [`ReadOptions::with_chunk_bytes`]: 4 MiB.
pub const DEFAULT_CHUNK_BYTES: usize = 4 << 20;
/// Default of [`ReadOptions::with_max_record_bytes`]: 128 MiB.
pub const DEFAULT_MAX_RECORD_BYTES: usize = 128 << 20;

/// Copies of a document that reading it in a dialect takes, about.
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

/// Default of [`ReadOptions::with_max_raw_bytes`]: 16 MiB.
pub const DEFAULT_MAX_RAW_BYTES: usize = 16 << 20;

/// How input is cut into chunks.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    pub(crate) chunk_bytes: usize,
    pub(crate) max_record_bytes: usize,
    pub(crate) record_memory: usize,
    pub(crate) max_raw_bytes: usize,
    pub(crate) records_path: Option<String>,
    pub(crate) resume: bool,
    pub(crate) lenient_commas: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            chunk_bytes: DEFAULT_CHUNK_BYTES,
            max_record_bytes: DEFAULT_MAX_RECORD_BYTES,
            record_memory: usize::MAX,
            max_raw_bytes: DEFAULT_MAX_RAW_BYTES,
            records_path: None,
            resume: false,
            lenient_commas: false,
        }
    }
}

impl ReadOptions {
    /// Size of a chunk, in bytes, about. Default [`DEFAULT_CHUNK_BYTES`].
    #[must_use]
    pub fn with_chunk_bytes(mut self, bytes: usize) -> Self {
        self.chunk_bytes = bytes.max(1);
        self
    }

    /// Longest record, in bytes. Default [`DEFAULT_MAX_RECORD_BYTES`].
    #[must_use]
    pub fn with_max_record_bytes(mut self, bytes: usize) -> Self {
        self.max_record_bytes = bytes.max(1);
        self
    }

    /// Memory that a record, or a document of a dialect, may take while it is read,
    /// in bytes. Default: any.
    #[must_use]
    pub fn with_record_memory(mut self, bytes: usize) -> Self {
        self.record_memory = bytes.max(1);
        self
    }

    /// The longest record that both bounds allow.
    pub(crate) fn longest_record(&self) -> LongestRecord {
        LongestRecord::of(self.max_record_bytes, self.record_memory)
    }

    /// The longest document of a dialect: its library takes several times its size.
    pub(crate) fn longest_document(&self) -> LongestRecord {
        LongestRecord::of(self.max_record_bytes, self.record_memory / DIALECT_COPIES)
    }

    /// Of a record that is too long, and of what is rejected besides records, so
    /// many bytes are kept; of what is longer, none. Default
    /// [`DEFAULT_MAX_RAW_BYTES`].
    #[must_use]
    pub fn with_max_raw_bytes(mut self, bytes: usize) -> Self {
        self.max_raw_bytes = bytes;
        self
    }

    /// JSON Pointer (RFC 6901) to the array of records. Default none.
    #[must_use]
    pub fn with_records_path(mut self, pointer: Option<String>) -> Self {
        self.records_path = pointer;
        self
    }

    /// Whether commas too many are taken: leading, doubled and trailing ones, between
    /// records and in their arrays and objects. Default false.
    #[must_use]
    pub fn with_lenient_commas(mut self, lenient: bool) -> Self {
        self.lenient_commas = lenient;
        self
    }

    /// Whether reading goes on after what is wrong with the content: a record that
    /// is not JSON, an input that ends early or holds no records. Default false.
    #[must_use]
    pub fn with_resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// Bytes that are held to find the end of a record, at most.
    pub(crate) fn longest(&self) -> usize {
        (self.longest_record().bytes).saturating_add(self.chunk_bytes)
    }

    /// What is said of a record that is too long.
    #[cold]
    pub(crate) fn too_long(&self) -> String {
        let longest = self.longest_record();
        format!(
            "expected a record of at most {} bytes ({}); allow more, or mend the input if a \
             bracket or quote is not closed",
            longest.bytes, longest.option
        )
    }
}
