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

/// Appends the text of a UUID; the inverse of [`parse_uuid`].
pub(crate) fn write_uuid(out: &mut Vec<u8>, bytes: &[u8], case: LetterCase) {
    let digits = match case {
        LetterCase::Lower => b"0123456789abcdef",
        LetterCase::Upper => b"0123456789ABCDEF",
    };
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.push(digits[usize::from(byte >> 4)]);
        out.push(digits[usize::from(byte & 15)]);
    }
}
