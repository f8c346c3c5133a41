//! Sixteen bytes of a string looked at together: the only unsafe code of the reader.
//!
//! **Be advised:** x86-64 always has SSE2, so nothing is detected at run time. Other processors take
//! the arithmetic of [`words`](super::words), which is also what the test compares this with.
//! Nothing here reads memory by a pointer: the bytes come as an array.

#![allow(unsafe_code)]

use super::words::{Word, find};

/// Bytes of a block.
const BLOCK: usize = 16;

/// The place of the first byte of a string from `at` on that is not plain: a quote, a backslash, a
/// control character, and in `ONLY_ASCII` text any that is beyond ASCII.
#[inline(always)]
pub(crate) fn find_special<const ONLY_ASCII: bool>(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(block) = bytes.get(at..)?.first_chunk() {
        match special::<ONLY_ASCII>(block) {
            Some(found) => return Some(at + found),
            None => at += BLOCK,
        }
    }
    find_special_near_end::<ONLY_ASCII>(bytes, at)
}

#[inline(never)]
fn find_special_near_end<const ONLY_ASCII: bool>(bytes: &[u8], at: usize) -> Option<usize> {
    let in_word = |word: Word| word.specials::<ONLY_ASCII>();
    let is = |byte| matches!(byte, b'"' | b'\\' | 0..0x20) || ONLY_ASCII && byte >= 0x80;
    find(bytes, at, in_word, is)
}

/// The place of the first byte that is not plain.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn special<const ONLY_ASCII: bool>(block: &[u8; BLOCK]) -> Option<usize> {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
        _mm_set1_epi8,
    };
    let bytes = u128::from_le_bytes(*block);
    // SAFETY: these instructions are of SSE2, which is part of x86-64, and take values only.
    let found = unsafe {
        let bytes = _mm_set_epi64x((bytes >> 64) as i64, bytes as i64);
        let quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"'.cast_signed()));
        let backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\'.cast_signed()));
        let controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
        let special = _mm_or_si128(_mm_or_si128(quotes, backslashes), controls);
        let special = match ONLY_ASCII {
            // A bit for each byte is its high bit, which bytes beyond ASCII have.
            true => _mm_or_si128(special, bytes),
            false => special,
        };
        _mm_movemask_epi8(special)
    };
    (found != 0).then(|| found.trailing_zeros() as usize)
}

/// The same by arithmetic.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn special<const ONLY_ASCII: bool>(block: &[u8; BLOCK]) -> Option<usize> {
    special_in_words::<ONLY_ASCII>(block)
}

/// The same by arithmetic.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn special_in_words<const ONLY_ASCII: bool>(block: &[u8; BLOCK]) -> Option<usize> {
    let places = (0..BLOCK).step_by(size_of::<Word>());
    places
        .filter_map(|at| Some((at, Word::at(block, at)?)))
        .find_map(|(at, word)| Some(at + super::words::first(word.specials::<ONLY_ASCII>())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_find_the_same_byte() {
        for byte in 0..=255u8 {
            for other in [b'a', 0x20, 0x7f, 0x80, 0xff, b'!', b'#', b'[', b']', byte] {
                for (at, next) in (0..BLOCK).flat_map(|at| [(at, other), (at, b'"'), (at, 0x1f)]) {
                    let mut block = [other; BLOCK];
                    block[at] = byte;
                    block[(at + 1) % BLOCK] = next;
                    let plain = |ascii: bool| {
                        block.iter().position(|byte| {
                            matches!(byte, b'"' | b'\\' | 0..0x20) || ascii && *byte >= 0x80
                        })
                    };
                    assert_eq!(special::<false>(&block), plain(false), "{block:?}");
                    assert_eq!(special::<true>(&block), plain(true), "{block:?}");
                    assert_eq!(special_in_words::<false>(&block), plain(false), "{block:?}");
                    assert_eq!(special_in_words::<true>(&block), plain(true), "{block:?}");
                }
            }
        }
    }
}
