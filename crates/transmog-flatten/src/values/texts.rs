//! Strings one after another, as Arrow has them.

use super::scalar::Scalar;
use arrow::{
    array::StringArray,
    buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer},
};

/// Strings one after another, Arrow layout.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    pub(crate) offsets: Vec<i32>,
    pub(crate) bytes: Vec<u8>,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            offsets: vec![0],
            bytes: Vec::new(),
        }
    }
}

/// Capacity for cells, known from those of the last chunk.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Room {
    pub(crate) cells: usize,
    pub(crate) bytes: usize,
}

impl Room {
    /// Capacity for a little more than `used`.
    pub(super) fn after(used: usize) -> usize {
        used + used / 16
    }
}

impl Texts {
    pub(crate) fn with_room(room: Room) -> Self {
        let mut texts = Self {
            offsets: Vec::with_capacity(room.cells + 1),
            bytes: Vec::with_capacity(room.bytes),
        };
        texts.offsets.push(0);
        texts
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    #[inline]
    fn end(&mut self) {
        // A chunk's text is bounded far below 2 GiB by the record size bound.
        let end = i32::try_from(self.bytes.len()).expect("a chunk's column is under 2 GiB");
        self.offsets.push(end);
    }

    #[inline]
    pub(crate) fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.end();
    }

    pub(super) fn push_scalar(&mut self, scalar: Scalar<'_>) {
        scalar.write_text(&mut self.bytes);
        self.end();
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.offsets.truncate(len + 1);
        self.bytes.truncate(self.offsets[len] as usize);
    }

    pub(crate) fn get(&self, at: usize) -> &str {
        let range = self.offsets[at] as usize..self.offsets[at + 1] as usize;
        std::str::from_utf8(&self.bytes[range]).expect("only whole strings are appended")
    }

    pub(crate) fn finish(self, nulls: Option<NullBuffer>) -> StringArray {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        StringArray::new(offsets, Buffer::from_vec(self.bytes), nulls)
    }
}
