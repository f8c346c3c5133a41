//! The number of distinct values and the most common ones, in one pass and little memory.

use foldhash::quality::FixedState;
use std::{
    collections::{BinaryHeap, HashMap},
    hash::{BuildHasher, Hasher},
};

/// The most values that are kept. The estimate beyond that has a standard error of 4 %.
pub(crate) const KEPT: usize = 512;
/// Approximate bytes of a kept value.
pub(crate) const KEPT_BYTES: usize = 128;
/// The most bytes of a value that are shown.
const SHOWN_BYTES: usize = 64;
/// Fixed, so that results are the same on every machine and in every run.
const SEED: u64 = 0x7472_616e_736d_6f67;

/// The values with the smallest hashes (Bar-Yossef et al. 2002, "k minimum values"), and how often
/// each was seen. A value that is kept at the end was kept since it first appeared. So its count is
/// exact, and the sketch does not depend on the order of the values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sketch {
    kept: HashMap<u64, Kept, IsHashed>,
    /// Hashes of the kept values, the largest first.
    largest: BinaryHeap<u64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) count: u64,
    /// Its text, cut if long.
    pub(crate) shown: Box<str>,
}

impl Sketch {
    /// Adds a value, and keeps at most `most` values; `most` never grows.
    pub(crate) fn add(&mut self, value: &str, most: usize) {
        let mut hasher = FixedState::with_seed(SEED).build_hasher();
        hasher.write(value.as_bytes());
        self.add_hashed(hasher.finish(), 1, || cut(value), most);
    }

    #[inline]
    fn add_hashed(&mut self, hash: u64, count: u64, shown: impl FnOnce() -> Box<str>, most: usize) {
        if let Some(largest) = self.largest.peek()
            && self.is_full(most)
            && hash > *largest
        {
            return;
        }
        if let Some(kept) = self.kept.get_mut(&hash) {
            kept.count += count;
            return;
        }
        let shown = shown();
        self.kept.insert(hash, Kept { count, shown });
        self.largest.push(hash);
        self.keep(most);
    }

    /// Keeps at most `most` values. The result is the same as if it had never kept more.
    pub(crate) fn keep(&mut self, most: usize) {
        while self.largest.len() > most
            && let Some(largest) = self.largest.pop()
        {
            self.kept.remove(&largest);
        }
        if self.kept.capacity() > most * 4 {
            self.kept.shrink_to_fit();
        }
    }

    /// Adds the values of `other`.
    pub(crate) fn merge(&mut self, other: Self, most: usize) {
        self.keep(most);
        for (hash, kept) in other.kept {
            self.add_hashed(hash, kept.count, || kept.shown, most);
        }
    }

    fn is_full(&self, most: usize) -> bool {
        self.largest.len() >= most
    }

    /// Whether every value is kept.
    pub(crate) fn is_exact(&self, most: usize) -> bool {
        !self.is_full(most)
    }

    /// The number of distinct values: exact if all are kept, otherwise an estimate.
    pub(crate) fn distinct(&self, most: usize) -> u64 {
        match self.largest.peek() {
            Some(largest) if self.is_full(most) => {
                let share = (*largest as f64 + 1.0) / (u64::MAX as f64 + 1.0);
                ((most - 1) as f64 / share).round() as u64
            }
            _ => self.largest.len() as u64,
        }
    }

    /// The kept values, the most frequent first.
    pub(crate) fn by_frequency(&self) -> Vec<&Kept> {
        let mut kept: Vec<_> = self.kept.iter().collect();
        kept.sort_by_key(|(hash, kept)| (std::cmp::Reverse(kept.count), **hash));
        kept.into_iter().map(|(_, kept)| kept).collect()
    }
}

/// The beginning of a long text.
pub(crate) fn cut(text: &str) -> Box<str> {
    if text.len() <= SHOWN_BYTES {
        return text.into();
    }
    let end = text.floor_char_boundary(SHOWN_BYTES);
    format!("{}…", &text[..end]).into()
}

/// The keys are hashes already.
#[derive(Clone, Copy, Debug, Default)]
struct IsHashed;

impl BuildHasher for IsHashed {
    type Hasher = Identity;

    fn build_hasher(&self) -> Identity {
        Identity(0)
    }
}

struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0 << 8 | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn many_values_are_estimated_and_few_are_counted() {
        let mut sketch = Sketch::default();
        for value in 0..100 {
            sketch.add(&value.to_string(), KEPT);
            sketch.add(&value.to_string(), KEPT);
        }
        assert_eq!((sketch.distinct(KEPT), sketch.is_exact(KEPT)), (100, true));
        assert!(sketch.by_frequency().iter().all(|kept| kept.count == 2));
        for value in 0..200_000 {
            sketch.add(&value.to_string(), KEPT);
        }
        let error = sketch.distinct(KEPT) as f64 / 200_000.0 - 1.0;
        assert!(error.abs() < 0.15 && !sketch.is_exact(KEPT), "{error}");
    }

    proptest! {
        #[test]
        fn order_and_parts_do_not_matter(values in prop::collection::vec(0u16..2000, 0..3000), at in 0usize..3000, most in prop::sample::select(vec![16, 64, KEPT])) {
            let at = at.min(values.len());
            let of = |values: &mut dyn Iterator<Item = &u16>, most| {
                let mut sketch = Sketch::default();
                values.for_each(|value| sketch.add(&value.to_string(), most));
                sketch
            };
            let whole = of(&mut values.iter(), most);
            // It may have kept more before.
            let mut parts = of(&mut values[at..].iter().rev(), KEPT);
            parts.merge(of(&mut values[..at].iter(), most), most);
            let seen = |sketch: &Sketch| -> Vec<_> {
                sketch.by_frequency().iter().map(|kept| (kept.count, kept.shown.clone())).collect()
            };
            prop_assert_eq!(seen(&whole), seen(&parts));
            prop_assert_eq!(whole.distinct(most), parts.distinct(most));
        }
    }
}
