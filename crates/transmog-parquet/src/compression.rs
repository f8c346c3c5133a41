//! The compressions of Parquet files.

/// How a file is compressed.
///
/// # Examples
///
/// ```
/// use transmog_parquet::Compression;
///
/// assert_eq!("zstd".parse::<Compression>()?, Compression::Zstd);
/// assert!("rar".parse::<Compression>().is_err());
/// # Ok::<(), transmog_events::UnknownName>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
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

transmog_events::names! {
    Compression, "compression of Parquet" {
        Snappy = "snappy",
        Zstd = "zstd",
        Gzip = "gzip",
        Brotli = "brotli",
        Lz4 = "lz4",
        None = "none",
    }
}
