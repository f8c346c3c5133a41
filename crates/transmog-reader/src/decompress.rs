//! A source being read, decompressed when its first bytes are those of gzip or Zstandard.

use flate2::bufread::MultiGzDecoder;
use std::{
    io::{self, BufReader, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// Size of the buffer before a decompressor.
const BUFFER_BYTES: usize = 1 << 16;

/// How bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// The first bytes that tell.
    pub(crate) const MAGIC: usize = 4;

    /// The compression of bytes that begin so.
    pub(crate) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            // A frame, or a skippable frame before one (RFC 8878).
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Compression::Zstd,
            _ => Compression::None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        }
    }
}

/// A source being read, decompressed.
pub(crate) struct OpenSource {
    reader: Box<dyn Read + Send>,
    /// Counts the bytes of a source that is not compressed.
    plain: Option<Arc<AtomicU64>>,
    /// Whether the compressed bytes could not be read.
    failed: Arc<AtomicBool>,
}

impl OpenSource {
    /// Begins to decompress. `count` counts the bytes read, compressed as they are.
    pub(crate) fn new(
        raw: impl Read + Send + 'static,
        compression: Compression,
        count: Arc<AtomicU64>,
    ) -> io::Result<Self> {
        let failed = Arc::new(AtomicBool::new(false));
        let counted = |raw, count| {
            let failed = Arc::clone(&failed);
            BufReader::with_capacity(BUFFER_BYTES, Counted { raw, count, failed })
        };
        let (reader, plain): (Box<dyn Read + Send>, _) = match compression {
            Compression::Gzip => (Box::new(MultiGzDecoder::new(counted(raw, count))), None),
            Compression::Zstd => {
                let decoder = zstd::Decoder::with_buffer(counted(raw, count))?;
                (Box::new(decoder), None)
            }
            Compression::None => (Box::new(raw), Some(count)),
        };
        Ok(Self {
            reader,
            plain,
            failed,
        })
    }

    /// Whether the last error is in the compressed data, and not in reading it.
    pub(crate) fn is_content(&self) -> bool {
        self.plain.is_none() && !self.failed.load(Ordering::Relaxed)
    }

    /// Appends up to `at_most` bytes; fewer at the end. Gives their number.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>, at_most: usize) -> io::Result<usize> {
        buffer.reserve(at_most);
        // It reads into the spare capacity, which need not be zeroed.
        let read = (&mut self.reader)
            .take(at_most as u64)
            .read_to_end(buffer)?;
        if let Some(count) = &self.plain {
            count.fetch_add(read as u64, Ordering::Relaxed);
        }
        Ok(read)
    }
}

/// Counts the bytes read, and notes errors.
struct Counted<R> {
    raw: R,
    count: Arc<AtomicU64>,
    failed: Arc<AtomicBool>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.raw.read(buffer);
        let is_over = |e: &io::Error| e.kind() != io::ErrorKind::Interrupted;
        if read.as_ref().is_err_and(is_over) {
            self.failed.store(true, Ordering::Relaxed);
        }
        let read = read?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
