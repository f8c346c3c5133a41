//! The compressions of ORC files.

use std::{fmt, str::FromStr};
use transmog_model::Error;

/// How a file is compressed.
///
/// # Examples
///
/// ```
/// use transmog_orc::Compression;
///
/// assert_eq!("snappy".parse::<Compression>()?, Compression::Snappy);
/// assert!("rar".parse::<Compression>().is_err());
/// # Ok::<(), transmog_model::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Zstandard.
    #[default]
    Zstd,
    /// Snappy.
    Snappy,
    /// zlib (raw deflate blocks).
    Zlib,
    /// LZ4.
    Lz4,
    /// No compression.
    None,
}

impl Compression {
    /// Every compression, the default first.
    pub const ALL: [Compression; 5] = [
        Compression::Zstd,
        Compression::Snappy,
        Compression::Zlib,
        Compression::Lz4,
        Compression::None,
    ];

    /// The name as users write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Compression::Zstd => "zstd",
            Compression::Snappy => "snappy",
            Compression::Zlib => "zlib",
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
                Error::unsupported(format!("ORC has no compression `{name}`; it has {names}"))
            })
    }
}
