//! The options of ORC files.

use crate::Compression;
use transmog_model::{Error, at_least_one};

/// Rows of a stripe at most: a million.
pub const DEFAULT_BATCH_SIZE: usize = 1_000_000;
/// Bytes in memory, before encoding, of the rows of a stripe, about, at most: 16 MiB.
pub const STRIPE_BYTES: usize = 16 * 1024 * 1024;

/// How ORC files are written.
///
/// # Examples
///
/// ```
/// use transmog_orc::Options;
///
/// let options = Options::default().with_batch_size(10_000);
/// assert_eq!(options.batch_size(), 10_000);
/// assert!(options.with_batch_size(0).validate().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    compression: Compression,
    batch_size: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            compression: Compression::default(),
            batch_size: DEFAULT_BATCH_SIZE,
        }
    }
}

impl Options {
    /// Sets the compression; [`Compression::Zstd`] by default.
    #[must_use]
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Sets the rows of a stripe at most; [`DEFAULT_BATCH_SIZE`] by default.
    #[must_use]
    pub fn with_batch_size(mut self, rows: usize) -> Self {
        self.batch_size = rows;
        self
    }

    /// The compression.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// The rows of a stripe at most.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// Checks the options.
    ///
    /// # Errors
    /// When `batch_size` is 0.
    pub fn validate(&self) -> Result<(), Error> {
        at_least_one("ORC batch_size", self.batch_size)
    }
}
