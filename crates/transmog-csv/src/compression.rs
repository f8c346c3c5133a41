//! The compressions of CSV files.

use std::{fmt, str::FromStr};
use transmog_model::Error;

/// How a file is compressed.
///
/// # Examples
///
/// ```
/// use transmog_csv::Compression;
///
/// assert_eq!("gzip".parse::<Compression>()?, Compression::Gzip);
/// assert!("rar".parse::<Compression>().is_err());
/// # Ok::<(), transmog_model::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// No compression.
    #[default]
    None,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

impl Compression {
    /// Every compression, the default first.
    pub const ALL: [Compression; 3] = [Compression::None, Compression::Gzip, Compression::Zstd];

    /// The name as users write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
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
                Error::unsupported(format!("CSV has no compression `{name}`; it has {names}"))
            })
    }
}
