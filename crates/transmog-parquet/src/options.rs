//! The options of Parquet files.

use crate::Compression;
use transmog_model::{Error, at_least_one};

/// Rows of a row group at most: a million.
pub const DEFAULT_ROW_GROUP_SIZE: usize = 1_000_000;
/// Encoded bytes of a row group, about, at most: 32 MiB.
pub const ROW_GROUP_BYTES: usize = 32 * 1024 * 1024;

/// How values are encoded.
///
/// # Examples
///
/// ```
/// use transmog_parquet::Encodings;
///
/// assert_eq!("compact".parse::<Encodings>()?, Encodings::Compact);
/// assert_eq!(Encodings::default().to_string(), "default");
/// # Ok::<(), transmog_events::UnknownName>(())
/// ```
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
    /// Sets the compression; [`Compression::Snappy`] by default.
    #[must_use]
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Sets how values are encoded; [`Encodings::Default`] by default.
    #[must_use]
    pub fn with_encodings(mut self, encodings: Encodings) -> Self {
        self.encodings = encodings;
        self
    }

    /// Sets the rows of a row group at most; [`DEFAULT_ROW_GROUP_SIZE`] by default. In
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

    /// The rows of a row group at most.
    #[must_use]
    pub fn row_group_size(&self) -> usize {
        self.row_group_size
    }

    /// Checks the options.
    ///
    /// # Errors
    /// When `row_group_size` is 0.
    pub fn validate(&self) -> Result<(), Error> {
        at_least_one("Parquet row_group_size", self.row_group_size)
    }
}
