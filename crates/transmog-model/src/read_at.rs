//! Bytes that are read at any position: a file, bytes in memory, an object of a store.

use bytes::Bytes;
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    sync::Arc,
};

/// Bytes that several readers may read at once, each at its own position.
///
/// Implemented for [`File`] (on Unix and Windows), `Vec<u8>` and [`Bytes`]. The bytes must not
/// change while they are read.
///
/// # Examples
///
/// ```
/// use transmog_model::ReadAt;
///
/// let bytes = b"table".to_vec();
/// let mut part = [0; 3];
/// bytes.read_exact_at(&mut part, 2)?;
/// assert_eq!((bytes.size()?, &part), (5, b"ble"));
/// assert!(bytes.read_exact_at(&mut part, 3).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait ReadAt: Send + Sync {
    /// How many bytes there are.
    ///
    /// # Errors
    /// When the size cannot be found out.
    fn size(&self) -> io::Result<u64>;

    /// Reads some bytes at `offset`, at most as many as `buffer` holds, and gives their number: 0
    /// at the end and beyond.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Fills `buffer` with the bytes at `offset`.
    ///
    /// # Errors
    /// When they cannot be read, or there are fewer: [`io::ErrorKind::UnexpectedEof`].
    fn read_exact_at(&self, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            match self.read_at(buffer, offset) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    buffer = &mut buffer[count..];
                    offset += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The `length` bytes at `offset`.
    ///
    /// # Errors
    /// When they cannot be read, or there are fewer: [`io::ErrorKind::UnexpectedEof`]. No memory
    /// is taken for bytes that there are not.
    fn bytes_at(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let end = offset.checked_add(length as u64);
        if end.is_none_or(|end| self.size().is_ok_and(|size| end > size)) {
            let message = format!("the file has no {length} bytes at byte {offset}: it is damaged");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
        }
        let mut bytes = vec![0; length];
        self.read_exact_at(&mut bytes, offset)?;
        Ok(bytes.into())
    }
}

#[cfg(any(unix, windows))]
impl ReadAt for File {
    fn size(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::read_at(self, buffer, offset);
        #[cfg(windows)]
        return std::os::windows::fs::FileExt::seek_read(self, buffer, offset);
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        Ok(copy_at(self, buffer, offset))
    }
}

impl ReadAt for Bytes {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        Ok(copy_at(self, buffer, offset))
    }
}

fn copy_at(bytes: &[u8], buffer: &mut [u8], offset: u64) -> usize {
    let start = usize::try_from(offset).map_or(bytes.len(), |start| start.min(bytes.len()));
    let count = buffer.len().min(bytes.len() - start);
    buffer[..count].copy_from_slice(&bytes[start..start + count]);
    count
}

/// Reads such bytes from a position on, for libraries that want [`Read`] or [`Seek`]. It has no
/// buffer of its own.
///
/// # Examples
///
/// ```
/// use std::{io::Read, sync::Arc};
/// use transmog_model::ReadAtCursor;
///
/// let mut text = String::new();
/// ReadAtCursor::new(Arc::new(b"id,size".to_vec()), 3).read_to_string(&mut text)?;
/// assert_eq!(text, "size");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct ReadAtCursor {
    input: Arc<dyn ReadAt>,
    position: u64,
}

impl ReadAtCursor {
    /// Reads `input` from byte `position` on, counted from 0.
    #[must_use]
    pub fn new(input: Arc<dyn ReadAt>, position: u64) -> Self {
        Self { input, position }
    }
}

impl Read for ReadAtCursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for ReadAtCursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.input.size()?.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        let before_start = || io::Error::new(io::ErrorKind::InvalidInput, "before the first byte");
        self.position = position.ok_or_else(before_start)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn files_and_bytes_read_the_same_everywhere() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(&bytes).expect("written");
        let inputs: [Arc<dyn ReadAt>; 3] = [
            Arc::new(file),
            Arc::new(bytes.clone()),
            Arc::new(Bytes::from(bytes.clone())),
        ];
        for input in inputs {
            assert_eq!(input.size().expect("a size"), 256);
            for (start, end) in [(0, 256), (250, 256), (256, 256), (300, 300)] {
                let mut read = Vec::new();
                let mut cursor = ReadAtCursor::new(Arc::clone(&input), start);
                cursor.read_to_end(&mut read).expect("read");
                assert_eq!(read, bytes[(start as usize).min(256)..end.min(256)]);
            }
            assert_eq!(input.bytes_at(3, 2).expect("bytes"), bytes[3..5]);
            for (offset, length) in [(255, 2), (300, 0), (0, usize::MAX), (u64::MAX, 1)] {
                assert!(input.bytes_at(offset, length).is_err());
            }
            let mut cursor = ReadAtCursor::new(input, 0);
            assert_eq!(cursor.seek(SeekFrom::End(-3)).expect("a position"), 253);
            assert_eq!(cursor.seek(SeekFrom::Current(2)).expect("a position"), 255);
            assert!(cursor.seek(SeekFrom::Current(-256)).is_err());
            let mut last = Vec::new();
            cursor.read_to_end(&mut last).expect("read");
            assert_eq!(last, [255]);
        }
    }
}
