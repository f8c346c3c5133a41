//! Files whose checksums are computed while they are written.

use super::entries::metadata;
use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use xxhash_rust::xxh3::Xxh3;

/// Bytes read at a time.
const PIECE: usize = 1 << 16;

/// A file in progress. Its clones write to the same file.
#[derive(Clone)]
pub(crate) struct CheckedFile(Arc<Inner>);

struct Inner {
    file: File,
    so_far: Mutex<SoFar>,
}

struct SoFar {
    bytes: u64,
    hash: Box<Xxh3>,
}

/// Size and checksum of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) bytes: u64,
    /// XXH3 of the bytes, 128 bits: see [`checksum`].
    pub(crate) checksum: String,
}

/// A file of the run that is complete and durable.
#[derive(Debug)]
pub(crate) struct Complete {
    /// In the folder.
    pub(crate) file: String,
    /// In the output directory.
    pub(crate) name: String,
    pub(crate) written: Written,
}

/// The text of a checksum in the manifest.
pub(crate) fn checksum(hash: u128) -> String {
    format!("xxh128:{hash:032x}")
}

impl CheckedFile {
    /// Creates the file; an error if it exists.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self(Arc::new(Inner {
            file: File::create_new(path)?,
            so_far: Mutex::new(SoFar {
                bytes: 0,
                hash: Box::default(),
            }),
        })))
    }

    /// The file itself.
    pub(crate) fn file(&self) -> &File {
        &self.0.file
    }

    /// Size and checksum of what was written so far.
    pub(crate) fn written(&self) -> Written {
        let so_far = self.so_far();
        Written {
            bytes: so_far.bytes,
            checksum: checksum(so_far.hash.digest128()),
        }
    }

    fn so_far(&self) -> MutexGuard<'_, SoFar> {
        (self.0.so_far.lock()).unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for CheckedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = (&self.0.file).write(bytes)?;
        let mut so_far = self.so_far();
        so_far.bytes += written as u64;
        so_far.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether there is a file at the path, not a link, with this size and checksum.
pub(crate) fn is_content(path: &Path, bytes: u64, checksum: &str) -> io::Result<bool> {
    let found = metadata(path)?;
    if !found.is_some_and(|found| found.is_file() && found.len() == bytes) {
        return Ok(false);
    }
    let found = written(path)?;
    Ok((found.bytes, found.checksum.as_str()) == (bytes, checksum))
}

/// Size and checksum of an existing file.
pub(crate) fn written(path: &Path) -> io::Result<Written> {
    let mut file = File::open(path)?;
    let mut hash = Box::<Xxh3>::default();
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    loop {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => {
                hash.update(&piece[..read]);
                bytes += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let checksum = checksum(hash.digest128());
    Ok(Written { bytes, checksum })
}
