//! The tree of paths seen so far. A key is looked up by its position in the object before it is
//! hashed.
//!
//! **Be advised:** records of one kind have the same keys in the same order, and this file lives
//! on that. The members of all objects are one list ([`Members`]), in which each knows the one that
//! first appeared after it at the same node: that is most likely the next key.
//!
//! *The trick.* [`Members::next_in`] gets the JSON text behind the first quote of a key and
//! compares its first 16 bytes with those of the expected key *and its closing quote and colon*, as
//! one `u128` under a mask of the bytes that count. A key of 15 bytes or more compares the rest as
//! a slice. So a known key costs one load and one comparison: no scan for its end, no hash, no
//! copy. Where keys may be missing, the expected key is one of the next few.
//!
//! *The invariant.* It says yes only if the text is this very key, a quote and a colon. A key with bytes
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
    /// Whether objects and arrays here need no look at rules and depth.
    pub(crate) is_plain: bool,
    /// Whether the values are rows of their table.
    pub(crate) is_row: bool,
    pub(crate) keys: Keys,
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

/// The keys of the objects at a node.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The member that appeared first, or [`NONE`].
    pub(crate) first: u32,
    last: u32,
    by_key: FxHashMap<Box<str>, u32>,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            first: NONE,
            last: NONE,
            by_key: FxHashMap::default(),
        }
    }
}

impl Keys {
    pub(crate) fn len(&self) -> usize {
        self.by_key.len()
    }
}

/// The members of all objects.
#[derive(Debug, Default)]
pub(crate) struct Members(Vec<Member>);

/// Bytes of a key and of what follows it that are compared at once.
const PATTERN: usize = size_of::<u128>();
/// What follows a key.
const END: [u8; 2] = *b"\":";
/// So many members that may be next are compared.
const TRIED: usize = 4;

#[derive(Debug)]
struct Member {
    /// The first bytes of the key and of what follows it, and a mask of the bytes that count.
    pattern: u128,
    mask: u128,
    /// The number of the object that had it last.
    object: u64,
    node: u32,
    /// Length of the key in bytes; [`NONE`] if JSON escapes some of them.
    length: u32,
    /// The member that appeared first after it at the same node, or [`NONE`].
    next: u32,
    key: Box<str>,
}

impl Member {
    fn new(key: &str, node: u32, object: u64) -> Self {
        let is_plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
        let mut bytes = [0; PATTERN];
        let mut mask = [0; PATTERN];
        for ((byte, mask), from) in bytes.iter_mut().zip(&mut mask).zip(key.bytes().chain(END)) {
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
            next: NONE,
            key: key.into(),
        }
    }

    /// Whether `json`, whose first bytes are `first`, begins with the key and its end.
    #[inline(always)]
    fn is_in(&self, first: u128, json: &[u8]) -> bool {
        const WHOLE: u32 = (PATTERN - END.len()) as u32;
        (first ^ self.pattern) & self.mask == 0 && (self.length <= WHOLE || self.is_all_in(json))
    }

    /// The same of a key that is longer than the pattern, or that JSON escapes.
    #[inline(never)]
    fn is_all_in(&self, json: &[u8]) -> bool {
        let rest = json.strip_prefix(self.key.as_bytes());
        self.length != NONE && rest.is_some_and(|rest| rest.starts_with(&END))
    }
}

/// A member of the object at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) node: u32,
    /// The member that is most likely next, or [`NONE`].
    pub(crate) next: u32,
}

/// The result of a look-up.
pub(crate) enum Found {
    Place(Place),
    /// The object has this key already.
    Duplicate(Place),
    /// The key is new here.
    New,
}

impl Members {
    /// Finds `key`, which is most likely the member `guess`.
    pub(crate) fn find(&mut self, keys: &Keys, key: &str, guess: u32, object: u64) -> Found {
        let at = match self.0.get(guess as usize) {
            Some(member) if *member.key == *key => guess,
            _ => match keys.by_key.get(key) {
                Some(at) => *at,
                None => return Found::New,
            },
        };
        let member = &mut self.0[at as usize];
        let place = Place {
            node: member.node,
            next: member.next,
        };
        if member.object == object {
            return Found::Duplicate(place);
        }
        member.object = object;
        Found::Place(place)
    }

    /// The member whose key, quote and colon `json` begins with, if it is `next` or one of those after
    /// it, and the length of the key.
    #[inline(always)]
    pub(crate) fn next_in(
        &mut self,
        json: &[u8],
        mut next: u32,
        object: u64,
    ) -> Option<(Place, usize)> {
        let first = u128::from_ne_bytes(*json.first_chunk::<PATTERN>()?);
        for _ in 0..TRIED {
            let member = self.0.get_mut(next as usize)?;
            if member.is_in(first, json) && member.object != object {
                member.object = object;
                let place = Place {
                    node: member.node,
                    next: member.next,
                };
                return Some((place, member.length as usize));
            }
            next = member.next;
        }
        None
    }

    /// Makes the last member one that [`next_in`](Self::next_in) does not know: its value is left out,
    /// which only the way through [`find`](Self::find) tells.
    pub(crate) fn hide_last(&mut self) {
        if let Some(member) = self.0.last_mut() {
            member.length = NONE;
        }
    }

    /// Adds a member to those of a node.
    pub(crate) fn add(&mut self, keys: &mut Keys, key: &str, node: u32, object: u64) -> Place {
        // Columns are bounded far below 2^32.
        let at = self.0.len() as u32;
        self.0.push(Member::new(key, node, object));
        keys.by_key.insert(key.into(), at);
        match self.0.get_mut(keys.last as usize) {
            Some(last) => last.next = at,
            None => keys.first = at,
        }
        keys.last = at;
        Place { node, next: NONE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_node(keys: &[&str]) -> Members {
        let (mut members, mut of_node) = (Members::default(), Keys::default());
        for (at, key) in keys.iter().enumerate() {
            members.add(&mut of_node, key, 7 + at as u32, 0);
        }
        members
    }

    #[test]
    fn the_next_key_is_known_by_all_its_bytes() {
        let letters: String = ('a'..='z').chain('A'..='Z').collect();
        let next = |members: &mut Members, json: &[u8], object| {
            let (place, length) = members.next_in(json, 0, object)?;
            Some((place.node, length))
        };
        for length in 0..40 {
            let mut members = of_node(&[&letters[..length]]);
            let json = format!("{}\":1 and what follows", &letters[..length]);
            assert_eq!(next(&mut members, json.as_bytes(), 1), Some((7, length)));
            let again = next(&mut members, json.as_bytes(), 1);
            assert_eq!(again, None, "twice in an object");
            assert_eq!(
                members.next_in(json.as_bytes(), 1, 2),
                None,
                "no further member"
            );
            for at in 0..=length + 1 {
                let mut other = json.clone().into_bytes();
                other[at] = b'.';
                assert_eq!(next(&mut members, &other, 3), None, "byte {at} of {length}");
            }
            for end in 0..=length + 1 {
                assert_eq!(next(&mut members, &json.as_bytes()[..end], 3), None);
            }
        }
    }

    #[test]
    fn keys_between_may_be_missing() {
        let mut members = of_node(&["a", "b", "c", "d", "e"]);
        let mut after_first = |key: &str, object| {
            let json = format!("{key}\":1 and what follows");
            let (place, _) = members.next_in(json.as_bytes(), 1, object)?;
            Some((place.node, place.next))
        };
        assert_eq!(after_first("c", 1), Some((9, 3)));
        assert_eq!(after_first("c", 1), None, "twice in an object");
        assert_eq!(after_first("e", 1), Some((11, NONE)));
        assert_eq!(after_first("a", 1), None, "before the expected key");
    }

    #[test]
    fn keys_that_json_escapes_are_not_known() {
        for key in ["a\"b", "a\\", "\n", "\"", "a\"bcdefghijklmnopqrstuvwxyz"] {
            let json = format!("{key}\":1 and what follows");
            let known = of_node(&[key]).next_in(json.as_bytes(), 0, 1);
            assert_eq!(known, None, "{key:?}");
        }
    }
}
