//! Ids of rows from content: UUID version 5.

use sha1::{Digest, Sha1};
use transmog_events::write_integer;
use transmog_model::{LetterCase, write_uuid};
use uuid::{Builder, Uuid};

/// Namespace of all ids of UUID version 5.
pub const NAMESPACE: Uuid = Uuid::from_u128(0xa9b8_c7d6_e5f4_1234_abcd_0123_4567_89ab);

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
    id_in(NAMESPACE, canonical)
}

/// UUID version 5 of a name in any namespace.
pub(crate) fn id_in(namespace: Uuid, name: &[u8]) -> Uuid {
    let hash = Sha1::new()
        .chain_update(namespace)
        .chain_update(name)
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
    write_child(&mut name, parent.as_bytes(), path, index);
    hash_id(&name)
}

/// The text that [`child_id`] hashes.
pub(crate) fn write_child(name: &mut Vec<u8>, parent: &[u8], path: &str, index: i64) {
    write_parent(name, parent, path);
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
    write_member(&mut name, parent.as_bytes(), path, key);
    hash_id(&name)
}

/// The text that [`member_id`] hashes.
pub(crate) fn write_member(name: &mut Vec<u8>, parent: &[u8], path: &str, key: &str) {
    write_parent(name, parent, path);
    name.extend_from_slice(key.as_bytes());
}

fn write_parent(name: &mut Vec<u8>, parent: &[u8], path: &str) {
    name.clear();
    for part in [parent, path.as_bytes()] {
        name.extend_from_slice(part);
        name.push(b'\n');
    }
}

/// Appends the 36 characters of an id (RFC 9562, lower case).
#[inline]
pub(crate) fn write_id(out: &mut Vec<u8>, id: Uuid) {
    write_uuid(out, id.as_bytes(), LetterCase::Lower);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_the_library_writes_them() {
        for _ in 0..1000 {
            let id = Uuid::new_v4();
            let mut text = Vec::new();
            write_id(&mut text, id);
            assert_eq!(String::from_utf8(text), Ok(id.as_hyphenated().to_string()));
        }
    }
}
