//! A source being read, decompressed when its first bytes are those of a compression.

#[cfg(not(feature = "xz"))]
use crate::compression::not_built;
use crate::{compression::Compression, members::Members};
use std::{
    io::{self, BufReader, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// Size of the buffer before a decompressor.
const BUFFER_BYTES: usize = 1 << 16;
/// An xz decoder may always take this much: what `xz -6` needs is 9 MiB.
const MIN_XZ_MEMORY: u64 = 16 << 20;
/// A Zstandard window may always take this much, as a power of two: 128 MiB, what decoders take
/// unless told otherwise.
const MIN_WINDOW_LOG: u32 = 27;
/// The largest window of the format.
const MAX_WINDOW_LOG: u32 = 31;

/// A source being read, decompressed.
pub(crate) struct OpenSource {
    reader: Box<dyn Read + Send>,
    pub(crate) compression: Compression,
    /// Counts the bytes read, compressed as they are.
    count: Arc<AtomicU64>,
    /// Whether the compressed bytes could not be read.
    failed: Arc<AtomicBool>,
    trailing: Arc<AtomicU64>,
    /// Bytes that are still to come, if that is known.
    left: Option<usize>,
}

impl OpenSource {
    /// Begins to decompress with at most `memory` bytes. `count` counts the bytes read, compressed
    /// as they are.
    pub(crate) fn new(
        raw: impl Read + Send + 'static,
        compression: Compression,
        memory: usize,
        count: Arc<AtomicU64>,
    ) -> io::Result<Self> {
        let failed = Arc::new(AtomicBool::new(false));
        let trailing = Arc::new(AtomicU64::new(0));
        let counted = |raw| {
            let (count, failed) = (Arc::clone(&count), Arc::clone(&failed));
            BufReader::with_capacity(BUFFER_BYTES, Counted { raw, count, failed })
        };
        let members = |raw| Members::new(counted(raw), compression, Arc::clone(&trailing));
        let reader: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(raw),
            Compression::Gzip | Compression::Bzip2 => Box::new(members(raw)?),
            Compression::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(counted(raw))?;
                let log = memory.checked_ilog2().unwrap_or_default();
                decoder.window_log_max(log.clamp(MIN_WINDOW_LOG, MAX_WINDOW_LOG))?;
                Box::new(decoder)
            }
            Compression::Xz => xz(counted(raw), memory)?,
        };
        Ok(Self {
            reader,
            compression,
            count,
            failed,
            trailing,
            left: None,
        })
    }

    /// The same, of a file of this many bytes. It may turn out to be longer or shorter.
    pub(crate) fn of_length(self, length: Option<u64>) -> Self {
        let left = length.and_then(|length| usize::try_from(length).ok());
        Self {
            left: left.filter(|_| self.compression == Compression::None),
            ..self
        }
    }

    /// Whether the last error is in the compressed data, and not in reading it.
    pub(crate) fn is_content(&self) -> bool {
        self.compression != Compression::None && !self.failed.load(Ordering::Relaxed)
    }

    /// Bytes between and behind the compressed members that belong to none of them.
    pub(crate) fn trailing(&self) -> u64 {
        self.trailing.load(Ordering::Relaxed)
    }

    /// Appends up to `at_most` bytes; fewer at the end. Gives their number.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>, at_most: usize) -> io::Result<usize> {
        buffer.reserve(self.left.map_or(at_most, |left| left.min(at_most)));
        // It reads into the spare capacity, which need not be zeroed.
        let read = (&mut self.reader)
            .take(at_most as u64)
            .read_to_end(buffer)?;
        self.left = self.left.map(|left| left.saturating_sub(read));
        if self.compression == Compression::None {
            self.count.fetch_add(read as u64, Ordering::Relaxed);
        }
        Ok(read)
    }
}

/// Streams of xz one after another, and the padding between them.
#[cfg(feature = "xz")]
fn xz(raw: impl io::BufRead + Send + 'static, memory: usize) -> io::Result<Box<dyn Read + Send>> {
    use liblzma::{bufread::XzDecoder, stream};
    let memory = (memory as u64).max(MIN_XZ_MEMORY);
    let stream = stream::Stream::new_stream_decoder(memory, stream::CONCATENATED)?;
    Ok(Box::new(XzDecoder::new_stream(raw, stream)))
}

#[cfg(not(feature = "xz"))]
fn xz(_: impl io::BufRead + Send + 'static, _: usize) -> io::Result<Box<dyn Read + Send>> {
    let _ = MIN_XZ_MEMORY;
    Err(not_built(Compression::Xz))
}

/// Whether the error says that decompressing takes more memory than it may.
pub(crate) fn is_memory(error: &io::Error) -> bool {
    let message = error.to_string();
    // The bindings of both libraries have no other sign of it.
    message.contains("too much memory") || message.contains("memory limit reached")
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
