//! White space between values.

/// Whether a byte is white space of JSON.
#[inline]
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Offset of the first byte from `at` on that is not white space, or the length.
#[inline]
pub(crate) fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    let found = bytes[at..].iter().position(|byte| !is_blank(*byte));
    found.map_or(bytes.len(), |found| at + found)
}
