//! Ids of rows: UUID version 4 from an [`IdSource`], version 5 from content.

use sha1::{Digest, Sha1};
use transmog_events::write_integer;
use uuid::{Builder, Uuid};

/// Namespace of all ids of UUID version 5.
pub const NAMESPACE: Uuid = Uuid::from_u128(0xa9b8_c7d6_e5f4_1234_abcd_0123_4567_89ab);

/// A source of ids that are unique in the run.
///
/// # Examples
/// ```
/// use transmog_flatten::{Flattener, IdSource, Options};
/// use uuid::Uuid;
///
/// /// Ids for tests, the same in every run.
/// struct Numbered(u128);
///
/// impl IdSource for Numbered {
///     fn next_id(&mut self) -> Uuid {
///         self.0 += 1;
///         Uuid::from_u128(self.0)
///     }
/// }
///
/// let flattener = Flattener::new(Options::default(), Box::new(Numbered(0)));
/// ```
pub trait IdSource: Send {
    /// The next id.
    fn next_id(&mut self) -> Uuid;
}

/// Random ids (UUID version 4, 122 random bits) from xoshiro256++, which is not for secrets. Each
/// generator gets its seed from the operating system.
///
/// # Examples
/// ```
/// use transmog_flatten::{IdSource, RandomIds};
///
/// let mut ids = RandomIds::new();
/// assert_ne!(ids.next_id(), ids.next_id());
/// ```
#[derive(Debug)]
pub struct RandomIds([u64; 4]);

impl RandomIds {
    /// A generator with a seed of its own.
    #[must_use]
    pub fn new() -> Self {
        let (a, b) = Uuid::new_v4().as_u64_pair();
        let (c, d) = Uuid::new_v4().as_u64_pair();
        Self([a, b, c, d])
    }

    #[inline]
    fn next_u64(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }
}

impl Default for RandomIds {
    fn default() -> Self {
        Self::new()
    }
}

impl IdSource for RandomIds {
    #[inline]
    fn next_id(&mut self) -> Uuid {
        let (high, low) = (self.next_u64(), self.next_u64());
        let high = (high & !0xf000) | 0x4000;
        let low = (low & !(3 << 62)) | (2 << 62);
        Uuid::from_u64_pair(high, low)
    }
}

/// The id of canonical text: UUID version 5 in [`NAMESPACE`] (RFC 9562).
///
/// # Examples
/// ```
/// let id = transmog_flatten::hash_id(br#"{"a":1}"#);
/// assert_eq!(id, transmog_flatten::hash_id(br#"{"a":1}"#));
/// assert_eq!(id.get_version_num(), 5);
/// ```
#[must_use]
pub fn hash_id(canonical: &[u8]) -> Uuid {
    let hash = Sha1::new()
        .chain_update(NAMESPACE)
        .chain_update(canonical)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Builder::from_sha1_bytes(bytes).into_uuid()
}

/// The id of the row for the element `index`, from 0, of the array at `path` in the row with the
/// id `parent`. `path` is the printed path of the rows, as in `$.items[*]`.
///
/// # Examples
/// ```
/// use transmog_flatten::child_id;
///
/// let parent = "0190163d-8694-739b-aea5-966c26f8ad90";
/// assert_ne!(child_id(parent, "$.items[*]", 0), child_id(parent, "$.items[*]", 1));
/// ```
#[must_use]
pub fn child_id(parent: &str, path: &str, index: i64) -> Uuid {
    let mut name = Vec::new();
    write_child(&mut name, parent, path, index);
    hash_id(&name)
}

/// The text that [`child_id`] hashes.
pub(crate) fn write_child(name: &mut Vec<u8>, parent: &str, path: &str, index: i64) {
    name.clear();
    for part in [parent, path] {
        name.extend_from_slice(part.as_bytes());
        name.push(b'\n');
    }
    write_integer(name, index);
}

/// The id of the row for the member `key` of the object at `path` in the row with the id `parent`,
/// where the keys are data. `path` is the printed path of the rows, as in `$.labels.*`.
///
/// # Examples
/// ```
/// use transmog_flatten::member_id;
///
/// let parent = "0190163d-8694-739b-aea5-966c26f8ad90";
/// assert_ne!(member_id(parent, "$.labels.*", "a"), member_id(parent, "$.labels.*", "b"));
/// ```
#[must_use]
pub fn member_id(parent: &str, path: &str, key: &str) -> Uuid {
    let mut name = Vec::new();
    write_member(&mut name, parent, path, key);
    hash_id(&name)
}

/// The text that [`member_id`] hashes.
pub(crate) fn write_member(name: &mut Vec<u8>, parent: &str, path: &str, key: &str) {
    name.clear();
    for part in [parent, path] {
        name.extend_from_slice(part.as_bytes());
        name.push(b'\n');
    }
    name.extend_from_slice(key.as_bytes());
}

/// The two hexadecimal digits of every byte.
const DIGITS: [[u8; 2]; 256] = {
    let hex = *b"0123456789abcdef";
    let mut digits = [[0; 2]; 256];
    let mut byte = 0;
    while byte < digits.len() {
        digits[byte] = [hex[byte >> 4], hex[byte & 15]];
        byte += 1;
    }
    digits
};

/// Appends the 36 characters of an id (RFC 9562, lower case).
#[inline]
pub(crate) fn write_id(out: &mut Vec<u8>, id: Uuid) {
    let mut text = [b'-'; uuid::fmt::Hyphenated::LENGTH];
    let bytes = id.as_bytes();
    let mut at = 0;
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            at += 1;
        }
        [text[at], text[at + 1]] = DIGITS[usize::from(*byte)];
        at += 2;
    }
    out.extend_from_slice(&text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_the_library_writes_them() {
        let mut ids = RandomIds::new();
        for _ in 0..1000 {
            let id = ids.next_id();
            let mut text = Vec::new();
            write_id(&mut text, id);
            assert_eq!(String::from_utf8(text), Ok(id.as_hyphenated().to_string()));
        }
    }
}
