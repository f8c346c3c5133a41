//! Looking for bytes eight at a time.
//!
//! **Be advised:** this is arithmetic on eight bytes packed into a `u64`, and its answers are
//! right only for the first byte that they are true of.
//!
//! *The trick.* Subtracting `least` from each byte of a word sets the high bit of the bytes that
//! are less, since they borrow; `& !word` drops those whose high bit was set before. A borrow
//! goes to the next byte up and may make a wrong hit there, never below. Words are read little
//! endian, so "up" is "later in memory".
//!
//! *The invariant.* The lowest high bit that is set belongs to the first byte in memory that the
//! question is true of, and no such byte is missed. So answers may be joined with `|`, and only
//! [`first`] may be asked of them.
//!
//! Two more steps make all questions this one: `x ^ b` is 0, which is below 1, where `x` is `b`;
//! and with the bit 0x20 set, `[` is `{` and `]` is `}` (and no other byte is), so that one
//! comparison finds both kinds of bracket. `memchr` looks for three bytes at most, and here
//! there are four or more.
//!
//! *Proved* by the tests below for every byte at every place, and by
//! `special_bytes_are_found_wherever_they_stand` in [`fast`](super::fast).

/// A byte in each byte of a word.
const ONES: u64 = u64::MAX / 0xff;
const HIGH_BITS: u64 = ONES << 7;

/// Eight bytes. The methods answer with a high bit for each byte; see the module for which of
/// these are right.
#[derive(Clone, Copy)]
pub(crate) struct Word(u64);

impl Word {
    /// The eight bytes from `at` on, if there are eight.
    #[inline]
    pub(crate) fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let word = bytes.get(at..)?.first_chunk()?;
        Some(Self(u64::from_le_bytes(*word)))
    }

    /// The word with a bit set in every byte.
    #[inline]
    pub(crate) fn with(self, bit: u8) -> Self {
        Self(self.0 | (ONES * u64::from(bit)))
    }

    /// Bytes below `least`, which is at most 128.
    #[inline]
    pub(crate) fn below(self, least: u8) -> u64 {
        self.0.wrapping_sub(ONES * u64::from(least)) & !self.0 & HIGH_BITS
    }

    /// Bytes that are not ASCII.
    #[inline]
    pub(crate) fn high(self) -> u64 {
        self.0 & HIGH_BITS
    }

    /// Bytes that are `byte`.
    #[inline]
    pub(crate) fn is(self, byte: u8) -> u64 {
        Self(self.0 ^ (ONES * u64::from(byte))).below(1)
    }

    /// Bytes of a string that are not plain: a quote, a backslash, a control character, and in
    /// `ONLY_ASCII` text any that is beyond ASCII.
    #[inline]
    pub(super) fn specials<const ONLY_ASCII: bool>(self) -> u64 {
        let special = self.is(b'"') | self.is(b'\\') | self.below(0x20);
        match ONLY_ASCII {
            true => special | self.high(),
            false => special,
        }
    }

    /// How many decimal digits the word begins with, and their number.
    ///
    /// Less 0x30, a digit is below 10, and no other byte is; with 0x76 more, any other byte has its high
    /// bit set, as a digit has not. The digits are moved to the end, behind zeroes, and neighbours
    /// are joined to pairs, pairs to fours, and fours to eight.
    #[inline(always)]
    pub(crate) fn digits(self) -> (usize, u64) {
        let less = self.0 ^ (ONES * 0x30);
        let others = (less.wrapping_add(ONES * 0x76) | less) & HIGH_BITS;
        let count = others.trailing_zeros() / 8;
        let Some(digits) = less.checked_shl(u64::BITS - count * 8) else {
            return (0, 0);
        };
        let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
        let low = (pairs & 0xff_0000_00ff).wrapping_mul(100 + (1_000_000 << 32));
        let high = (pairs >> 16 & 0xff_0000_00ff).wrapping_mul(1 + (10_000 << 32));
        (count as usize, low.wrapping_add(high) >> 32)
    }
}

/// The place of the first byte that an answer is true for, if any.
#[inline]
pub(crate) fn first(answer: u64) -> Option<usize> {
    (answer != 0).then(|| answer.trailing_zeros() as usize / 8)
}

/// The place of the first byte from `at` on that `is` holds for. `in_word` must answer the
/// same for eight bytes at once; `is` decides for the last seven.
#[inline]
pub(crate) fn find(
    bytes: &[u8],
    mut at: usize,
    in_word: impl Fn(Word) -> u64,
    is: impl Fn(u8) -> bool,
) -> Option<usize> {
    while let Some(word) = Word::at(bytes, at) {
        match first(in_word(word)) {
            Some(found) => return Some(at + found),
            None => at += 8,
        }
    }
    let found = bytes.get(at..)?.iter().position(|byte| is(*byte))?;
    Some(at + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_is_found() {
        for byte in 0..=255u8 {
            for other in [0, 0x1f, 0x20, b'"', b'[', b'{', 0x7f, 0x80, 0xff] {
                for at in 0..8 {
                    let mut bytes = [other; 8];
                    bytes[at] = byte;
                    let word = Word::at(&bytes, 0).expect("eight bytes");
                    let place = |is: &dyn Fn(u8) -> bool| bytes.iter().position(|b| is(*b));
                    assert_eq!(first(word.below(0x20)), place(&|b| b < 0x20));
                    assert_eq!(first(word.high()), place(&|b| b >= 0x80));
                    assert_eq!(first(word.is(byte)), place(&|b| b == byte));
                    assert_eq!(
                        first(word.with(0x20).is(b'{')),
                        place(&|b| b | 0x20 == b'{')
                    );
                }
            }
        }
        assert!(Word::at(&[0; 8], 1).is_none());
    }

    #[test]
    fn digits_are_a_number() {
        for count in 0..=8 {
            for other in 0..=255u8 {
                let mut bytes = *b"90718243";
                if other.is_ascii_digit() {
                    bytes.fill(other);
                }
                if let Some(first) = bytes.get_mut(count) {
                    *first = other;
                }
                let word = Word::at(&bytes, 0).expect("eight bytes");
                let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
                let number = (digits.clone()).fold(0, |n, digit| n * 10 + u64::from(digit - b'0'));
                assert_eq!(word.digits(), (digits.count(), number), "{bytes:?}");
            }
        }
    }
}
