//! Bytes and bits as ORC's byte run length encoding.

use arrow::{array::BooleanBufferBuilder, buffer::BooleanBuffer};

const MIN_REPEAT: usize = 3;
const MAX_REPEAT: usize = 130;
const MAX_LITERALS: usize = 128;

/// Equal bytes as their number and one of them, others as they stand.
fn encode(input: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut literals, mut at) = (0, 0);
    while at < input.len() {
        let equal = input[at..].iter().take(MAX_REPEAT);
        let count = equal.take_while(|byte| **byte == input[at]).count();
        if count >= MIN_REPEAT {
            put_literals(&mut out, &input[literals..at]);
            out.extend_from_slice(&[(count - MIN_REPEAT) as u8, input[at]]);
            literals = at + count;
        }
        at += count;
    }
    put_literals(&mut out, &input[literals..]);
    out
}

fn put_literals(out: &mut Vec<u8>, literals: &[u8]) {
    for bytes in literals.chunks(MAX_LITERALS) {
        out.push((bytes.len() as u8).wrapping_neg());
        out.extend_from_slice(bytes);
    }
}

/// A stream of bits in progress.
#[derive(Debug)]
pub(crate) struct Bits(BooleanBufferBuilder);

impl Bits {
    pub(crate) fn new() -> Self {
        Self(BooleanBufferBuilder::new(0))
    }

    pub(crate) fn push(&mut self, bit: bool) {
        self.0.append(bit);
    }

    pub(crate) fn extend(&mut self, bits: &BooleanBuffer) {
        self.0.append_buffer(bits);
    }

    pub(crate) fn extend_true(&mut self, count: usize) {
        self.0.append_n(count, true);
    }

    /// Bytes that it takes so far.
    pub(crate) fn len(&self) -> usize {
        self.0.len().div_ceil(8)
    }

    /// The bytes of the stream, which begins anew. The first bit is the highest.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        let bits = self.0.finish();
        let bytes = bits.values().iter().map(|byte| byte.reverse_bits());
        encode(&bytes.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_those_of_the_specification() {
        assert_eq!(encode(&[0; 100]), [0x61, 0x00]);
        assert_eq!(encode(&[0x44, 0x45]), [0xfe, 0x44, 0x45]);
        assert_eq!(encode(&[1, 1, 2, 2, 2, 3]), [0xfe, 1, 1, 0, 2, 0xff, 3]);
        assert_eq!(encode(&[7; 131]), [127, 7, 0xff, 7]);
        assert!(encode(&[]).is_empty());
        let mut bits = Bits::new();
        bits.push(true);
        bits.extend_true(1);
        assert_eq!(bits.finish(), [0xff, 0b1100_0000]);
        assert_eq!(encode(&(0..=128).collect::<Vec<u8>>()).len(), 131);
    }
}
