//! The options of Parquet files.

use crate::Compression;
use transmog_model::Error;

/// Rows of a row group at most.
pub const DEFAULT_ROW_GROUP_SIZE: usize = 1_000_000;
/// Encoded bytes of a row group, about, at most.
pub const ROW_GROUP_BYTES: usize = 32 * 1024 * 1024;

/// How values are encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encodings {
    /// Plain values and dictionaries, which every reader knows.
    #[default]
    Default,
    /// Also the delta encodings of Parquet 2: smaller files for readers that know them.
    Compact,
}

transmog_events::names! {
    Encodings, "encodings of Parquet" {
        Default = "default",
        Compact = "compact",
    }
}

/// How Parquet files are written.
///
/// # Examples
///
/// ```
/// use transmog_parquet::Options;
///
/// let options = Options::default().with_row_group_size(10_000);
/// assert_eq!(options.row_group_size(), 10_000);
/// assert!(options.with_row_group_size(0).validate().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    compression: Compression,
    encodings: Encodings,
    row_group_size: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            compression: Compression::default(),
            encodings: Encodings::default(),
            row_group_size: DEFAULT_ROW_GROUP_SIZE,
        }
    }
}

impl Options {
    /// Sets the compression.
    #[must_use]
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Sets how values are encoded. Default [`Encodings::Default`].
    #[must_use]
    pub fn with_encodings(mut self, encodings: Encodings) -> Self {
        self.encodings = encodings;
        self
    }

    /// Sets the rows of a row group; [`DEFAULT_ROW_GROUP_SIZE`] by default. In
    /// a file of more than 2,048 row groups later ones are larger: see the
    /// crate's documentation.
    #[must_use]
    pub fn with_row_group_size(mut self, rows: usize) -> Self {
        self.row_group_size = rows;
        self
    }

    /// The compression.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// How values are encoded.
    #[must_use]
    pub fn encodings(&self) -> Encodings {
        self.encodings
    }

    /// The rows of a row group.
    #[must_use]
    pub fn row_group_size(&self) -> usize {
        self.row_group_size
    }

    /// Checks the options.
    ///
    /// # Errors
    /// When row groups would have no rows.
    pub fn validate(&self) -> Result<(), Error> {
        if self.row_group_size == 0 {
            return Err(Error::unsupported(
                "the Parquet row_group_size must be at least 1",
            ));
        }
        Ok(())
    }
}
