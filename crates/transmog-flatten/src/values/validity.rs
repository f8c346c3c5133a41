//! Which cells are not null, a bit each.
//!
//! **Be advised:** most columns have no null, so there are no bits until the first one; then all
//! cells before it get theirs at once.
//!
//! *The invariant:* `words` is empty while all cells are valid. Else it has a bit for each cell,
//! and all bits behind the last cell are 0. So appending a null only needs the length, appending
//! a value sets one bit, and cutting off must clear the rest of the last word.
//!
//! *Proved* by the test below against a plain list of booleans, around the ends of words.

use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};

/// Bits of a word.
const WORD: usize = u64::BITS as usize;

/// A bit for each cell, 1 for valid, once there is a null.
#[derive(Clone, Debug, Default)]
pub(super) struct Validity {
    len: usize,
    /// Empty while all cells are valid. Bits behind the length are 0.
    words: Vec<u64>,
}

impl Validity {
    #[inline]
    pub(super) fn push_valid(&mut self) {
        let at = self.len;
        self.len += 1;
        if !self.words.is_empty() {
            self.grow();
            self.words[at / WORD] |= 1 << (at % WORD);
        }
    }

    pub(super) fn push_nulls(&mut self, count: usize) {
        if self.words.is_empty() && count > 0 {
            self.words.resize(self.len / WORD, u64::MAX);
            self.words.push((1 << (self.len % WORD)) - 1);
        }
        self.len += count;
        self.grow();
    }

    /// Makes room for all bits, if there are any.
    #[inline]
    fn grow(&mut self) {
        let words = self.len.div_ceil(WORD);
        if self.words.len() < words {
            self.words.resize(words, 0);
        }
    }

    pub(super) fn is_valid(&self, at: usize) -> bool {
        self.words.is_empty() || self.words[at / WORD] >> (at % WORD) & 1 == 1
    }

    pub(super) fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.len = len;
        if !self.words.is_empty() {
            self.words.truncate(len / WORD + 1);
            self.words[len / WORD] &= (1 << (len % WORD)) - 1;
        }
    }

    /// The nulls, if there are any.
    pub(super) fn finish(self) -> Option<NullBuffer> {
        if self.words.is_empty() {
            return None;
        }
        let bits = BooleanBuffer::new(Buffer::from_vec(self.words), 0, self.len);
        Some(NullBuffer::new(bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_of_a_plain_list() {
        let steps = [0usize, 1, 63, 64, 65, 3, 0, 127, 1, 200];
        for start in 0..steps.len() {
            let mut validity = Validity::default();
            let mut plain = Vec::new();
            for (at, step) in steps[start..].iter().enumerate() {
                match at % 3 {
                    0 => (0..*step).for_each(|_| validity.push_valid()),
                    1 => validity.push_nulls(*step),
                    _ => validity.truncate(plain.len().saturating_sub(*step)),
                }
                match at % 3 {
                    0 => plain.resize(plain.len() + step, true),
                    1 => plain.resize(plain.len() + step, false),
                    _ => plain.truncate(plain.len().saturating_sub(*step)),
                }
            }
            let read: Vec<_> = (0..plain.len()).map(|at| validity.is_valid(at)).collect();
            assert_eq!(read, plain);
            match validity.finish() {
                Some(nulls) => assert_eq!(nulls.iter().collect::<Vec<_>>(), plain),
                None => assert!(plain.iter().all(|valid| *valid)),
            }
        }
    }
}
