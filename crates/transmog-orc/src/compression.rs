//! The compressions of ORC files.

/// How a file is compressed.
///
/// # Examples
///
/// ```
/// use transmog_orc::Compression;
///
/// assert_eq!("snappy".parse::<Compression>()?, Compression::Snappy);
/// assert!("rar".parse::<Compression>().is_err());
/// # Ok::<(), transmog_events::UnknownName>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
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

transmog_events::names! {
    Compression, "compression of ORC" {
        Zstd = "zstd",
        Snappy = "snappy",
        Zlib = "zlib",
        Lz4 = "lz4",
        None = "none",
    }
}
