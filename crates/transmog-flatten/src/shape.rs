//! The tree of paths seen so far. A key is looked up by its position in the object before it is
//! hashed.
//!
//! **Be advised:** records of one kind have the same keys in the same order, and this file lives
//! on that. Each node lists its members in the order of first appearance; after the member at
//! position `n`, the next key is most likely that at `n + 1`.
//!
//! *The trick.* [`Members::next_in`] gets the JSON text behind the first quote of a key and
//! compares its first 16 bytes with those of the expected key *and its closing quote*, as one
//! `u128` under a mask of the bytes that count. A key of 16 bytes or more compares the rest as a
//! slice. So a known key costs one load and one comparison: no scan for its end, no hash, no
//! copy.
//!
//! *The invariant.* It says yes only if the text is this very key and a quote. A key with bytes
//! that JSON must escape is never taken so (`length` is [`NONE`]), since its bytes in the text
//! differ; an escaped spelling of a plain key has a backslash, which the key has not. Near the
//! end of the text, where there are no 16 bytes, it says no. After a no, the key is read and
//! looked up in full ([`Members::find`]).
//!
//! Each member remembers the number of the object that had it last, which tells whether an object
//! has a key twice, without a set for each object.
//!
//! *Proved* by the tests below, for keys of every length and each byte of them.

use crate::rules::{Live, Selection};
use rustc_hash::FxHashMap;
use transmog_events::JsonPath;
use transmog_model::LossKind;

/// Kinds of losses that are counted at a node.
pub(crate) const NODE_LOSSES: usize = 11;

/// No column, or no table, so far.
pub(crate) const NONE: u32 = u32::MAX;

/// A place in a record: the value of a member, or the elements of an array. It has what every
/// value needs; the rest is in [`NodeInfo`].
#[derive(Debug)]
pub(crate) struct Node {
    /// Its column; [`NONE`] before its first value or null.
    pub(crate) column: u32,
    /// The table whose rows have the value.
    pub(crate) table: u32,
    /// The child table of the arrays here, or [`NONE`].
    pub(crate) child_table: u32,
    /// What rules make of the values, or [`NONE`].
    pub(crate) treatment: u32,
    /// Whether scalars need more than to be put into the column: this is the field of natural ids,
    /// or a rule says something of them.
    pub(crate) is_special: bool,
    pub(crate) members: Members,
}

/// The rest about a node.
#[derive(Debug)]
pub(crate) struct NodeInfo {
    pub(crate) path: JsonPath,
    pub(crate) depth: usize,
    /// For each kind of loss the count and the record of the first.
    pub(crate) losses: [(u64, u32); NODE_LOSSES],
    /// Objects that are no rows, in the records that were kept.
    pub(crate) objects: u64,
    /// Whether this is the field of natural ids.
    pub(crate) is_natural_id: bool,
    /// The table of the members of objects here, or [`NONE`].
    pub(crate) map_table: u32,
    /// The node that members share which are left out whatever their names, or [`NONE`].
    pub(crate) left_out: u32,
    /// The rules whose paths go on below, and what is selected here.
    pub(crate) live: Box<[Live]>,
    pub(crate) selection: Selection,
}

/// How many objects and arrays were at a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Number of objects that are no rows.
    pub objects: u64,
    /// Number of arrays whose elements are rows.
    pub arrays: u64,
}

/// The index of a kind in [`NodeInfo::losses`].
pub(crate) fn loss_index(kind: LossKind) -> usize {
    let at = LossKind::ALL.iter().position(|k| *k == kind).unwrap_or(0);
    debug_assert!(at < NODE_LOSSES);
    at
}

/// The members of the objects at a node, in the order of first appearance.
#[derive(Debug, Default)]
pub(crate) struct Members {
    entries: Vec<Member>,
    keys: Vec<Box<str>>,
    by_key: FxHashMap<Box<str>, u32>,
}

/// Bytes of a key and its closing quote that are compared at once.
const PATTERN: usize = size_of::<u128>();

#[derive(Debug)]
struct Member {
    /// The first bytes of the key and its closing quote, and a mask of the bytes that count.
    pattern: u128,
    mask: u128,
    /// The number of the object that had it last.
    object: u64,
    node: u32,
    /// Length of the key in bytes; [`NONE`] if JSON escapes some of them.
    length: u32,
}

impl Member {
    fn new(key: &str, node: u32, object: u64) -> Self {
        let is_plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
        let mut bytes = [0; PATTERN];
        let mut mask = [0; PATTERN];
        for ((byte, mask), from) in bytes
            .iter_mut()
            .zip(&mut mask)
            .zip(key.bytes().chain([b'"']))
        {
            (*byte, *mask) = (from, 0xff);
        }
        Self {
            pattern: u128::from_ne_bytes(bytes),
            mask: u128::from_ne_bytes(mask),
            object,
            node,
            length: match key.bytes().all(is_plain) {
                true => u32::try_from(key.len()).unwrap_or(NONE),
                false => NONE,
            },
        }
    }
}

/// The result of a look-up.
pub(crate) enum Found {
    /// The member's node and position.
    Node(u32, u32),
    /// The object has this key already, the member of this node and position.
    Duplicate(u32, u32),
    /// The key is new here.
    New,
}

impl Members {
    /// Finds `key`, which is most likely at position `guess`.
    pub(crate) fn find(&mut self, key: &str, guess: u32, object: u64) -> Found {
        let at = match self.keys.get(guess as usize) {
            Some(known) if **known == *key => guess,
            _ => match self.by_key.get(key) {
                Some(at) => *at,
                None => return Found::New,
            },
        };
        let member = &mut self.entries[at as usize];
        if member.object == object {
            return Found::Duplicate(member.node, at);
        }
        member.object = object;
        Found::Node(member.node, at)
    }

    /// The node of the member at position `next` and the length of its key, if `json` begins with
    /// the key and its closing quote.
    #[inline]
    pub(crate) fn next_in(&mut self, json: &[u8], next: u32, object: u64) -> Option<(u32, usize)> {
        let member = self.entries.get_mut(next as usize)?;
        let bytes = json.first_chunk::<PATTERN>()?;
        let differs = (u128::from_ne_bytes(*bytes) ^ member.pattern) & member.mask != 0;
        if differs || member.length == NONE || member.object == object {
            return None;
        }
        let length = member.length as usize;
        if length >= PATTERN {
            let rest = json.get(PATTERN..=length)?;
            let (quote, rest) = rest.split_last()?;
            if *quote != b'"' || rest != &self.keys[next as usize].as_bytes()[PATTERN..] {
                return None;
            }
        }
        member.object = object;
        Some((member.node, length))
    }

    /// Number of members.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Makes the last member one that [`next_in`](Self::next_in) does not know: its value is left out,
    /// which only the way through [`find`](Self::find) tells.
    pub(crate) fn hide_last(&mut self) {
        if let Some(member) = self.entries.last_mut() {
            member.length = NONE;
        }
    }

    /// Adds a member and gives its position.
    pub(crate) fn add(&mut self, key: &str, node: u32, object: u64) -> u32 {
        // Columns are bounded far below 2^32.
        let at = self.entries.len() as u32;
        self.entries.push(Member::new(key, node, object));
        self.keys.push(key.into());
        self.by_key.insert(key.into(), at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_key_is_known_by_all_its_bytes() {
        let letters: String = ('a'..='z').chain('A'..='Z').collect();
        for length in 0..40 {
            let key = &letters[..length];
            let mut members = Members::default();
            members.add(key, 7, 0);
            let json = format!("{key}\":1 and what follows");
            assert_eq!(members.next_in(json.as_bytes(), 0, 1), Some((7, length)));
            assert_eq!(
                members.next_in(json.as_bytes(), 0, 1),
                None,
                "twice in an object"
            );
            assert_eq!(
                members.next_in(json.as_bytes(), 1, 2),
                None,
                "no further member"
            );
            for at in 0..=length {
                let mut other = json.clone().into_bytes();
                other[at] = b'.';
                assert_eq!(members.next_in(&other, 0, 3), None, "byte {at} of {length}");
            }
            for end in 0..=length {
                assert_eq!(members.next_in(&json.as_bytes()[..end], 0, 3), None);
            }
        }
    }

    #[test]
    fn keys_that_json_escapes_are_not_known() {
        for key in ["a\"b", "a\\", "\n", "\"", "a\"bcdefghijklmnopqrstuvwxyz"] {
            let mut members = Members::default();
            members.add(key, 7, 0);
            let json = format!("{key}\":1 and what follows");
            assert_eq!(members.next_in(json.as_bytes(), 0, 1), None, "{key:?}");
        }
    }
}
