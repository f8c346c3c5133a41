//! Which cells are null, a bit each.
//!
//! **Be advised:** most cells are not null, so only nulls are noted: appending a value does nothing
//! here.
//!
//! *The invariant:* bits of cells that are not null are 0 or not there. So whoever knows how many
//! cells there are says it at the end, and cutting off must clear the rest of the last word.
//!
//! *Proved* by the test below against a plain list of booleans, around the ends of words.

use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};

/// Bits of a word.
const WORD: usize = u64::BITS as usize;

/// A bit for each cell up to the last null, 1 for null.
#[derive(Clone, Debug, Default)]
pub(super) struct Nulls {
    words: Vec<u64>,
}

impl Nulls {
    /// Notes that `count` cells from `at` on are null.
    #[inline]
    pub(super) fn add(&mut self, at: usize, count: usize) {
        if count == 1 && at / WORD < self.words.len() {
            self.words[at / WORD] |= 1 << (at % WORD);
        } else if count > 0 {
            self.add_many(at, at + count);
        }
    }

    fn add_many(&mut self, start: usize, end: usize) {
        self.words.resize(end.div_ceil(WORD), 0);
        let (first, last) = (start / WORD, (end - 1) / WORD);
        let from_start = u64::MAX << (start % WORD);
        let to_end = u64::MAX >> (WORD - 1 - (end - 1) % WORD);
        if first == last {
            self.words[first] |= from_start & to_end;
            return;
        }
        self.words[first] |= from_start;
        self.words[first + 1..last].fill(u64::MAX);
        self.words[last] |= to_end;
    }

    pub(super) fn is_null(&self, at: usize) -> bool {
        let word = self.words.get(at / WORD);
        word.is_some_and(|word| word >> (at % WORD) & 1 == 1)
    }

    /// Cuts off the cells from `len` on.
    pub(super) fn truncate(&mut self, len: usize) {
        if len / WORD < self.words.len() {
            self.words.truncate(len / WORD + 1);
            self.words[len / WORD] &= (1 << (len % WORD)) - 1;
        }
    }

    /// The nulls of `len` cells, if there are any.
    pub(super) fn finish(mut self, len: usize) -> Option<NullBuffer> {
        if self.words.is_empty() {
            return None;
        }
        self.words.resize(len.div_ceil(WORD), 0);
        self.words.iter_mut().for_each(|word| *word = !*word);
        let bits = BooleanBuffer::new(Buffer::from_vec(self.words), 0, len);
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
            let mut nulls = Nulls::default();
            let mut plain: Vec<bool> = Vec::new();
            for (at, step) in steps[start..].iter().enumerate() {
                match at % 3 {
                    0 => plain.resize(plain.len() + step, true),
                    1 => {
                        nulls.add(plain.len(), *step);
                        plain.resize(plain.len() + step, false);
                    }
                    _ => {
                        plain.truncate(plain.len().saturating_sub(*step));
                        nulls.truncate(plain.len());
                    }
                }
            }
            let read: Vec<_> = (0..plain.len()).map(|at| !nulls.is_null(at)).collect();
            assert_eq!(read, plain);
            match nulls.finish(plain.len()) {
                Some(nulls) => assert_eq!(nulls.iter().collect::<Vec<_>>(), plain),
                None => assert!(plain.iter().all(|valid| *valid)),
            }
        }
    }
}
