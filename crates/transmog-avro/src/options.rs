//! The options of Avro files.

use crate::Compression;
use transmog_model::{Error, at_least_one};

/// Bytes of a block before compression, about: 16,000; those of a table of many columns have 64 for
/// each column at least.
pub const DEFAULT_SYNC_INTERVAL: usize = 16_000;

/// How Avro files are written.
///
/// # Examples
///
/// ```
/// use transmog_avro::Options;
///
/// let options = Options::default().with_sync_interval(64_000);
/// assert_eq!(options.sync_interval(), 64_000);
/// assert!(options.with_sync_interval(0).validate().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    codec: Compression,
    sync_interval: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            codec: Compression::default(),
            sync_interval: DEFAULT_SYNC_INTERVAL,
        }
    }
}

impl Options {
    /// Sets the compression; [`Compression::Snappy`] by default.
    #[must_use]
    pub fn with_codec(mut self, codec: Compression) -> Self {
        self.codec = codec;
        self
    }

    /// Sets the bytes of a block, about, before compression; [`DEFAULT_SYNC_INTERVAL`] by default.
    #[must_use]
    pub fn with_sync_interval(mut self, bytes: usize) -> Self {
        self.sync_interval = bytes;
        self
    }

    /// The compression.
    #[must_use]
    pub fn codec(&self) -> Compression {
        self.codec
    }

    /// The bytes of a block, about, before compression.
    #[must_use]
    pub fn sync_interval(&self) -> usize {
        self.sync_interval
    }

    /// Checks the options.
    ///
    /// # Errors
    /// When `sync_interval` is 0.
    pub fn validate(&self) -> Result<(), Error> {
        at_least_one("Avro sync_interval", self.sync_interval)
    }
}
