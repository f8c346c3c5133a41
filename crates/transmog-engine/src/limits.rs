//! The shares of the memory limit, all in one place.

/// A record may take this much however small the limit is, in bytes.
const MIN_RECORD: usize = 4 << 20;
/// And so may names.
const MIN_NAMES: usize = 8 << 20;
/// A manifest and a schema of this many bytes are always read.
const MIN_MANIFEST: usize = 1 << 20;
const MIN_SCHEMA: usize = 1 << 20;

/// The parts of the memory limit, in bytes, about. A chunk is on its way as text, in tables, and
/// as rows that wait or are written: together, the parts that are in use at a time stay within
/// the limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Text of a chunk.
    pub(crate) chunk: usize,
    /// One record while it is parsed, and again in tables.
    pub(crate) record: usize,
    /// What is kept of something rejected that is not a record of a chunk.
    pub(crate) raw: usize,
    /// All chunks that are not merged, as text and in tables.
    pub(crate) chunks: usize,
    /// Tables of a chunk after which its next records are set apart.
    pub(crate) set: usize,
    /// Paths and names of columns and tables, and the ledger.
    pub(crate) names: usize,
    /// Values kept for statistics.
    pub(crate) statistics: usize,
    /// Rows of one table that wait for a flush.
    pub(crate) table_waiting: usize,
    /// Rows of all tables together that wait in memory.
    pub(crate) waiting: usize,
    /// Rows of less are set aside on disk rather than written.
    pub(crate) min_flush: usize,
    /// Rows on their way to the sinks.
    pub(crate) queued: usize,
    /// Rows of the row groups in progress, as they were before they were encoded: of one table,
    /// and of all tables together.
    pub(crate) row_groups: usize,
    /// What files keep until their end: the first table's as much as this, the second's half as
    /// much, the third's a third, and so on.
    pub(crate) kept_by_files: usize,
    /// The manifest of an earlier run as text. What is kept of it is larger, a few times.
    pub(crate) manifest: usize,
}

/// The longest schema, in bytes of its text, that a run with this memory limit should be given:
/// an eighth of the limit, and 1 MiB at least. Its columns take a few times as much.
///
/// # Examples
/// ```
/// assert_eq!(transmog_engine::max_schema_bytes(256 << 20), 32 << 20);
/// ```
#[must_use]
pub fn max_schema_bytes(memory_limit: usize) -> usize {
    (memory_limit / 8).max(MIN_SCHEMA)
}

impl Limits {
    /// The parts of `memory` bytes.
    pub(crate) fn of(memory: usize) -> Self {
        Self {
            chunk: (memory / 64).max(1),
            record: (memory / 2).max(MIN_RECORD),
            raw: memory / 16,
            chunks: memory / 2,
            set: memory / 16,
            names: (memory / 8).max(MIN_NAMES),
            statistics: memory / 8,
            table_waiting: memory / 32,
            waiting: memory / 16,
            min_flush: memory / 256,
            queued: memory / 16,
            row_groups: memory / 4,
            kept_by_files: memory / 8,
            manifest: (memory / 8).max(MIN_MANIFEST),
        }
    }
}
