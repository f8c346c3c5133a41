//! The compressions of Arrow files.

use std::{fmt, str::FromStr};
use transmog_model::Error;

/// How a file is compressed.
///
/// # Examples
///
/// ```
/// use transmog_arrow::Compression;
///
/// assert_eq!("zstd".parse::<Compression>()?, Compression::Zstd);
/// assert!("rar".parse::<Compression>().is_err());
/// # Ok::<(), transmog_model::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// LZ4 frames.
    #[default]
    Lz4,
    /// Zstandard.
    Zstd,
    /// No compression.
    None,
}

impl Compression {
    /// Every compression, the default first.
    pub const ALL: [Compression; 3] = [Compression::Lz4, Compression::Zstd, Compression::None];

    /// The name as users write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Compression::Lz4 => "lz4",
            Compression::Zstd => "zstd",
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
                Error::unsupported(format!("Arrow has no compression `{name}`; it has {names}"))
            })
    }
}
