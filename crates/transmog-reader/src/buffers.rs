//! Buffers that go around: memory that is used again is neither asked for nor
//! scattered.

use std::sync::{Arc, Mutex, PoisonError};

/// Buffers that wait at most.
const KEPT: usize = 16;

/// Buffers of chunks that are done, for those that come.
#[derive(Clone, Debug)]
pub(crate) struct Buffers {
    free: Arc<Mutex<Vec<Vec<u8>>>>,
    /// Larger buffers go back to the system.
    most_bytes: usize,
}

impl Buffers {
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self {
            free: Arc::default(),
            most_bytes,
        }
    }

    /// An empty buffer.
    pub(crate) fn take(&self) -> Vec<u8> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.pop().unwrap_or_default()
    }

    /// Takes a buffer back.
    pub(crate) fn give(&self, mut buffer: Vec<u8>) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < KEPT && buffer.capacity() <= self.most_bytes {
            buffer.clear();
            free.push(buffer);
        }
    }
}
