//! The options of Arrow IPC files.

use crate::Compression;

/// How Arrow IPC files are written.
///
/// # Examples
///
/// ```
/// use transmog_arrow::{Compression, Options};
///
/// assert_eq!(Options::default().compression(), Compression::Lz4);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    compression: Compression,
}

impl Options {
    /// Sets the compression; [`Compression::Lz4`] by default.
    #[must_use]
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// The compression.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.compression
    }
}
