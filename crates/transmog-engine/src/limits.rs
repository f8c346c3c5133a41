//! The shares of the memory limit, all in one place.

/// A record may always take this much, in bytes, even if the limit is smaller.
const MIN_RECORD: usize = 4 << 20;
/// Names may always take this much, in bytes.
const MIN_NAMES: usize = 8 << 20;
/// A manifest and a schema of this many bytes are always read.
const MIN_MANIFEST: usize = 1 << 20;
const MIN_SCHEMA: usize = 1 << 20;

/// The parts of the memory limit, in approximate bytes. A chunk is first text, then tables, then
/// rows that wait or are written. The parts in use at the same time stay within the limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Text of a chunk.
    pub(crate) chunk: usize,
    /// One record while it is parsed, and again in tables.
    pub(crate) record: usize,
    /// A decompressor of the input.
    pub(crate) decompressor: usize,
    /// The kept bytes of a rejection that is not a record of a chunk.
    pub(crate) raw: usize,
    /// All chunks that are not merged yet, as text and in tables.
    pub(crate) chunks: usize,
    /// Size of a chunk's tables after which its next records start new tables.
    pub(crate) set: usize,
    /// Paths and names of columns and tables, and the ledger.
    pub(crate) names: usize,
    /// Values kept for statistics.
    pub(crate) statistics: usize,
    /// Rows of one table that wait for a flush.
    pub(crate) table_waiting: usize,
    /// Rows of all tables together that wait in memory.
    pub(crate) waiting: usize,
    /// Fewer bytes of rows than this go to the temporary file instead of the sink.
    pub(crate) min_flush: usize,
    /// Rows on their way to the sinks.
    pub(crate) queued: usize,
    /// Rows of the row groups in progress, before encoding: of one table, and of all tables
    /// together.
    pub(crate) row_groups: usize,
    /// The footers that files keep in memory until they end: the first table's file may take this,
    /// the second's a half, the third's a third, and so on.
    pub(crate) kept_by_files: usize,
    /// The manifest of an earlier run as text. Parsed, it takes a few times as much.
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
            decompressor: memory / 2,
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
