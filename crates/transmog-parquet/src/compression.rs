//! The compressions of Parquet files.

use std::{fmt, str::FromStr};
use transmog_model::Error;

/// How a file is compressed.
///
/// # Examples
///
/// ```
/// use transmog_parquet::Compression;
///
/// assert_eq!("zstd".parse::<Compression>()?, Compression::Zstd);
/// assert!("rar".parse::<Compression>().is_err());
/// # Ok::<(), transmog_model::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Snappy.
    #[default]
    Snappy,
    /// Zstandard.
    Zstd,
    /// gzip.
    Gzip,
    /// Brotli.
    Brotli,
    /// LZ4 in its standard block form (`LZ4_RAW`).
    Lz4,
    /// No compression.
    None,
}

impl Compression {
    /// Every compression, the default first.
    pub const ALL: [Compression; 6] = [
        Compression::Snappy,
        Compression::Zstd,
        Compression::Gzip,
        Compression::Brotli,
        Compression::Lz4,
        Compression::None,
    ];

    /// The name as users write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Compression::Snappy => "snappy",
            Compression::Zstd => "zstd",
            Compression::Gzip => "gzip",
            Compression::Brotli => "brotli",
            Compression::Lz4 => "lz4",
            Compression::None => "none",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Compression {
    type Err = Error;

    /// Finds a compression by its name.
    ///
    /// # Errors
    /// When no compression has the name; the error lists those there are.
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|compression| compression.name() == name)
            .ok_or_else(|| {
                let names = Self::ALL.map(Compression::name).join(", ");
                Error::unsupported(format!(
                    "Parquet has no compression `{name}`; it has {names}"
                ))
            })
    }
}
