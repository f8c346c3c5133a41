//! White space between values.

/// Begins a text of a JSON text sequence (RFC 7464). No string has it unescaped.
pub(crate) const RECORD_SEPARATOR: u8 = 0x1e;

/// Whether a byte is white space between values: that of JSON, or a record separator.
#[inline]
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | RECORD_SEPARATOR)
}

/// Offset of the first byte from `at` on that is not white space, or the length.
#[inline]
pub(crate) fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    let found = bytes[at..].iter().position(|byte| !is_blank(*byte));
    found.map_or(bytes.len(), |found| at + found)
}
