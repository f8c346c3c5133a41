//! The compressions of Arrow files.

/// How a file is compressed.
///
/// # Examples
///
/// ```
/// use transmog_arrow::Compression;
///
/// assert_eq!("zstd".parse::<Compression>()?, Compression::Zstd);
/// assert!("rar".parse::<Compression>().is_err());
/// # Ok::<(), transmog_events::UnknownName>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// LZ4 frames.
    #[default]
    Lz4,
    /// Zstandard.
    Zstd,
    /// No compression.
    None,
}

transmog_events::names! {
    Compression, "compression of Arrow IPC" {
        Lz4 = "lz4",
        Zstd = "zstd",
        None = "none",
    }
}
