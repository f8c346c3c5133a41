//! The compressions of Avro files.

use std::{fmt, str::FromStr};
use transmog_model::Error;

/// How a file is compressed.
///
/// # Examples
///
/// ```
/// use transmog_avro::Compression;
///
/// assert_eq!("deflate".parse::<Compression>()?, Compression::Deflate);
/// assert!("rar".parse::<Compression>().is_err());
/// # Ok::<(), transmog_model::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Snappy.
    #[default]
    Snappy,
    /// Raw deflate.
    Deflate,
    /// Zstandard.
    Zstd,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// No compression.
    Null,
}

impl Compression {
    /// Every compression, the default first.
    pub const ALL: [Compression; 6] = [
        Compression::Snappy,
        Compression::Deflate,
        Compression::Zstd,
        Compression::Bzip2,
        Compression::Xz,
        Compression::Null,
    ];

    /// The name as users write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Compression::Snappy => "snappy",
            Compression::Deflate => "deflate",
            Compression::Zstd => "zstd",
            Compression::Bzip2 => "bzip2",
            Compression::Xz => "xz",
            Compression::Null => "null",
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

    /// Finds a compression by its name; `zstandard`, as the Avro specification
    /// has it, is `zstd`.
    ///
    /// # Errors
    /// When no compression has the name; the error lists those there are.
    fn from_str(name: &str) -> Result<Self, Error> {
        let name = if name == "zstandard" { "zstd" } else { name };
        Self::ALL
            .into_iter()
            .find(|compression| compression.name() == name)
            .ok_or_else(|| {
                let names = Self::ALL.map(Compression::name).join(", ");
                Error::unsupported(format!("Avro has no compression `{name}`; it has {names}"))
            })
    }
}
