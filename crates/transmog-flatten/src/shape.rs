//! The tree of paths met so far, which finds a member's place by its position
//! in the object before it hashes the key.

use rustc_hash::FxHashMap;
use transmog_model::{LossKind, Path};

/// Losses counted at a node in the chunk, by kind.
pub(crate) const NODE_LOSSES: usize = 7;

/// No column, or no table, yet.
pub(crate) const NONE: u32 = u32::MAX;

/// A place in a record: the value of a member, or the elements of an array.
/// What every value needs to know; the rest is in [`NodeInfo`].
#[derive(Debug)]
pub(crate) struct Node {
    /// Its column, once it had a value or a null; [`NONE`] before.
    pub(crate) column: u32,
    /// The table whose rows hold the value.
    pub(crate) table: u32,
    /// The child table of arrays that stand here, or [`NONE`].
    pub(crate) child_table: u32,
    /// Whether natural ids stand here.
    pub(crate) is_natural_id: bool,
    pub(crate) members: Members,
}

/// What is seldom asked of a node.
#[derive(Debug)]
pub(crate) struct NodeInfo {
    pub(crate) path: Path,
    /// Keys from the row to here, joined with dots.
    pub(crate) dotted: String,
    pub(crate) depth: usize,
    /// Count and first record of each kind of loss.
    pub(crate) losses: [(u64, u32); NODE_LOSSES],
}

/// Index of a kind in [`NodeInfo::losses`].
pub(crate) fn loss_index(kind: LossKind) -> usize {
    let at = LossKind::ALL.iter().position(|k| *k == kind).unwrap_or(0);
    debug_assert!(at < NODE_LOSSES);
    at
}

/// The members of the objects at a node, in order of first appearance.
#[derive(Debug, Default)]
pub(crate) struct Members {
    entries: Vec<Member>,
    by_key: FxHashMap<Box<str>, u32>,
}

#[derive(Debug)]
struct Member {
    /// The key and a quote, as it stands in JSON; none when JSON escapes it.
    plain: Option<Box<[u8]>>,
    key: Box<str>,
    node: u32,
    /// The object that held it last, to see a key twice.
    object: u64,
}

/// What a look-up found.
pub(crate) enum Found {
    /// The member's node and position.
    Node(u32, u32),
    /// The object has this key already.
    Duplicate,
    /// The key is new here.
    New,
}

impl Members {
    /// Finds `key`, which is most likely at position `guess`.
    #[inline]
    pub(crate) fn find(&mut self, key: &str, guess: u32, object: u64) -> Found {
        let (at, member) = match self.entries.get_mut(guess as usize) {
            Some(member) if is_same(member.key.as_bytes(), key.as_bytes()) => (guess, member),
            _ => match self.by_key.get(key) {
                Some(at) => (*at, &mut self.entries[*at as usize]),
                None => return Found::New,
            },
        };
        if member.object == object {
            return Found::Duplicate;
        }
        member.object = object;
        Found::Node(member.node, at)
    }

    /// The node of the member at position `next` and the length of its key,
    /// when `json` begins with the key and its closing quote.
    #[inline]
    pub(crate) fn next_in(&mut self, json: &[u8], next: u32, object: u64) -> Option<(u32, usize)> {
        let member = self.entries.get_mut(next as usize)?;
        let plain = member.plain.as_deref()?;
        if member.object == object || !is_same(json.get(..plain.len())?, plain) {
            return None;
        }
        member.object = object;
        Some((member.node, plain.len() - 1))
    }

    /// Adds a member and gives its position.
    pub(crate) fn add(&mut self, key: &str, node: u32, object: u64) -> u32 {
        // Columns are bounded far below 2^32.
        let at = self.entries.len() as u32;
        let is_escaped = key.bytes().any(|b| b < 0x20 || b == b'"' || b == b'\\');
        self.entries.push(Member {
            plain: (!is_escaped).then(|| [key.as_bytes(), b"\""].concat().into()),
            key: key.into(),
            node,
            object,
        });
        self.by_key.insert(key.into(), at);
        at
    }
}

/// Whether two keys are the same, without a call for the short ones that keys are.
#[inline]
fn is_same(a: &[u8], b: &[u8]) -> bool {
    /// The ends of both, which overlap or meet.
    fn ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
        a.first_chunk::<N>() == b.first_chunk::<N>() && a.last_chunk::<N>() == b.last_chunk::<N>()
    }
    a.len() == b.len()
        && match a.len() {
            8..=16 => ends::<8>(a, b),
            4..8 => ends::<4>(a, b),
            2..4 => ends::<2>(a, b),
            _ => a == b,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_compared_whole() {
        let key: Vec<u8> = (b'a'..b'z').collect();
        for len in 0..key.len() {
            assert!(is_same(&key[..len], &key[..len].to_vec()));
            assert!(!is_same(&key[..len], &key[..=len]));
            for at in 0..len {
                let mut other = key[..len].to_vec();
                other[at] = b'A';
                assert!(!is_same(&key[..len], &other), "byte {at} of {len}");
            }
        }
    }
}
