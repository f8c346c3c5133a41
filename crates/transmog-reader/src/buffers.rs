//! Buffers that are used again: it saves allocations, and keeps the heap compact.

use std::sync::{Arc, Mutex, PoisonError};

/// At most this many free buffers are kept.
const KEPT: usize = 16;

/// The buffers of chunks that are done, for later ones. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Buffers {
    free: Arc<Mutex<Vec<Vec<u8>>>>,
    /// Larger buffers are freed.
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
