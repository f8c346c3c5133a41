//! UUIDs in the text of RFC 9562.

use serde::{Deserialize, Serialize};

/// The case of the hexadecimal digits of a column of UUIDs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LetterCase {
    /// `a` to `f`.
    #[default]
    Lower,
    /// `A` to `F`.
    Upper,
}

transmog_events::names! {
    LetterCase, "case of letters" {
        Lower = "lower",
        Upper = "upper",
    }
}

/// Places of the hyphens in the text of a UUID.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
/// Characters of the text of a UUID.
const LENGTH: usize = 36;

/// The bytes of a UUID, and the case of its letters if it has any; `None` if the text is no UUID, or
/// has letters of both cases.
pub(super) fn parse_uuid(text: &[u8]) -> Option<([u8; 16], Option<LetterCase>)> {
    if text.len() != LENGTH || HYPHENS.iter().any(|at| text[*at] != b'-') {
        return None;
    }
    let mut bytes = [0; 16];
    let (mut has_lower, mut has_upper) = (false, false);
    let digits = text
        .iter()
        .enumerate()
        .filter(|(at, _)| !HYPHENS.contains(at));
    for (count, (_, digit)) in digits.enumerate() {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => {
                has_lower = true;
                digit - b'a' + 10
            }
            b'A'..=b'F' => {
                has_upper = true;
                digit - b'A' + 10
            }
            _ => return None,
        };
        bytes[count / 2] = bytes[count / 2] << 4 | value;
    }
    let case = match (has_lower, has_upper) {
        (true, true) => return None,
        (true, false) => Some(LetterCase::Lower),
        (false, true) => Some(LetterCase::Upper),
        (false, false) => None,
    };
    Some((bytes, case))
}

/// The two hexadecimal digits of every byte.
const fn byte_digits(hex: [u8; 16]) -> [[u8; 2]; 256] {
    let mut digits = [[0; 2]; 256];
    let mut byte = 0;
    while byte < digits.len() {
        digits[byte] = [hex[byte >> 4], hex[byte & 15]];
        byte += 1;
    }
    digits
}

const LOWER: [[u8; 2]; 256] = byte_digits(*b"0123456789abcdef");
const UPPER: [[u8; 2]; 256] = byte_digits(*b"0123456789ABCDEF");

/// Appends the 36 characters of a UUID (RFC 9562) with letters of this case.
///
/// # Examples
///
/// ```
/// use transmog_model::{LetterCase, write_uuid};
///
/// let mut text = Vec::new();
/// write_uuid(&mut text, &[0xab; 16], LetterCase::Upper);
/// assert_eq!(text, b"ABABABAB-ABAB-ABAB-ABAB-ABABABABABAB");
/// ```
#[inline]
pub fn write_uuid(out: &mut Vec<u8>, bytes: &[u8; 16], case: LetterCase) {
    let digits = match case {
        LetterCase::Lower => &LOWER,
        LetterCase::Upper => &UPPER,
    };
    let mut text = [b'-'; LENGTH];
    let mut at = 0;
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            at += 1;
        }
        [text[at], text[at + 1]] = digits[usize::from(*byte)];
        at += 2;
    }
    out.extend_from_slice(&text);
}
