//! How bytes are compressed, told by the first of them.

use std::io;

/// The extensions of compressed files.
pub(crate) const EXTENSIONS: [&str; 4] = ["gz", "zst", "bz2", "xz"];

/// How bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
}

impl Compression {
    /// The first bytes that tell, at most.
    pub(crate) const MAGIC: usize = 6;

    /// The compression of bytes that begin so.
    pub(crate) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            // A frame, or a skippable frame before one (RFC 8878).
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
            // A block, or the end of a stream without one.
            [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, b'r', ..] => Compression::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Compression::Xz,
            _ => Compression::None,
        }
    }

    /// Whether more bytes than these may tell.
    pub(crate) fn needs_more(head: &[u8]) -> bool {
        let may_be = |first: u8| matches!(first, 0x1f | 0x28 | 0x50..=0x5f | b'B' | 0xfd);
        head.len() < Self::MAGIC && head.first().is_none_or(|first| may_be(*first))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Zstd => "Zstandard",
            Compression::Bzip2 => "bzip2",
            Compression::Xz => "xz",
        }
    }
}

/// The error of a compression that this build does not read.
#[cfg_attr(
    all(feature = "bzip2", feature = "xz"),
    expect(dead_code, reason = "both are on")
)]
pub(crate) fn not_built(compression: Compression) -> io::Error {
    let name = compression.name();
    io::Error::new(
        io::ErrorKind::Unsupported,
        format!("this build does not read {name}; build transmog with the feature `{name}`"),
    )
}
