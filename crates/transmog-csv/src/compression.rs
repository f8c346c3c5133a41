//! The compressions of CSV files.

/// How a file is compressed.
///
/// # Examples
///
/// ```
/// use transmog_csv::Compression;
///
/// assert_eq!("gzip".parse::<Compression>()?, Compression::Gzip);
/// assert!("rar".parse::<Compression>().is_err());
/// # Ok::<(), transmog_events::UnknownName>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// No compression.
    #[default]
    None,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

transmog_events::names! {
    Compression, "compression of CSV" {
        None = "none",
        Gzip = "gzip",
        Zstd = "zstd",
    }
}
