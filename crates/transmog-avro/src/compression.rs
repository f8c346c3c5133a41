//! The compressions of Avro files.

/// How a file is compressed.
///
/// # Examples
///
/// ```
/// use transmog_avro::Compression;
///
/// assert_eq!("deflate".parse::<Compression>()?, Compression::Deflate);
/// assert!("rar".parse::<Compression>().is_err());
/// # Ok::<(), transmog_events::UnknownName>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
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

transmog_events::names! {
    Compression, "codec of Avro" {
        Snappy = "snappy",
        Deflate = "deflate",
        Zstd = "zstd",
        Bzip2 = "bzip2",
        Xz = "xz",
        Null = "null",
    }
}
