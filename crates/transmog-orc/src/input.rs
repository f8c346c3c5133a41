//! Bytes at any position as the library reads them.

use bytes::Bytes;
use orc_rust::reader::ChunkReader;
use std::{
    io::{self, BufReader},
    sync::Arc,
};
use transmog_model::{ReadAt, ReadAtCursor};

/// The bytes of a file, of which the library asks for one part or another.
pub(crate) struct Input {
    bytes: Arc<dyn ReadAt>,
    size: u64,
}

impl Input {
    pub(crate) fn new(bytes: Arc<dyn ReadAt>) -> io::Result<Self> {
        let size = bytes.size()?;
        Ok(Self { bytes, size })
    }
}

impl ChunkReader for Input {
    type T = BufReader<ReadAtCursor>;

    fn len(&self) -> u64 {
        self.size
    }

    fn get_read(&self, start: u64) -> io::Result<Self::T> {
        let cursor = ReadAtCursor::new(Arc::clone(&self.bytes), start);
        Ok(BufReader::new(cursor))
    }

    fn get_bytes(&self, start: u64, length: u64) -> io::Result<Bytes> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        self.bytes.bytes_at(start, length)
    }
}
