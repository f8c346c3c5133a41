//! Bytes at any position as the library reads them.

use bytes::Bytes;
use parquet::{
    errors::ParquetError,
    file::reader::{ChunkReader, Length},
};
use std::{
    io::{self, BufReader},
    sync::Arc,
};
use transmog_model::{ReadAt, ReadAtCursor};

/// The bytes of a file, of which the library asks for one part or another.
#[derive(Clone)]
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

impl Length for Input {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Input {
    type T = BufReader<ReadAtCursor>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let cursor = ReadAtCursor::new(Arc::clone(&self.bytes), start);
        Ok(BufReader::new(cursor))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        Ok(self.bytes.bytes_at(start, length)?)
    }
}
