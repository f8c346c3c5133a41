//! The tree of paths met so far, which finds a member's place by its position
//! in the object before it hashes the key.

use rustc_hash::FxHashMap;
use transmog_model::{LossKind, Path};

/// Losses counted at a node in the chunk, by kind.
pub(crate) const NODE_LOSSES: usize = 7;

/// A place in a record: the value of a member, or the elements of an array.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) path: Path,
    /// The table whose rows hold the value.
    pub(crate) table: usize,
    /// Its column there, once it had a value or a null.
    pub(crate) column: Option<usize>,
    /// The child table of arrays that stand here.
    pub(crate) child_table: Option<usize>,
    /// Whether natural ids stand here.
    pub(crate) is_natural_id: bool,
    /// Keys from the row to here, joined with dots.
    pub(crate) dotted: String,
    pub(crate) depth: usize,
    pub(crate) members: Members,
    /// Count and first record of each kind of loss.
    pub(crate) losses: [(u64, u32); NODE_LOSSES],
}

/// Index of a kind in [`Node::losses`].
pub(crate) fn loss_index(kind: LossKind) -> usize {
    let at = LossKind::ALL.iter().position(|k| *k == kind).unwrap_or(0);
    debug_assert!(at < NODE_LOSSES);
    at
}

/// The members of the objects at a node, in order of first appearance.
#[derive(Debug, Default)]
pub(crate) struct Members {
    entries: Vec<Member>,
    by_key: FxHashMap<Box<str>, usize>,
}

#[derive(Debug)]
struct Member {
    key: Box<str>,
    node: usize,
    /// The object that held it last, to see a key twice.
    object: u64,
}

/// What a look-up found.
pub(crate) enum Found {
    /// The member's node and position.
    Node(usize, usize),
    /// The object has this key already.
    Duplicate,
    /// The key is new here.
    New,
}

impl Members {
    /// Finds `key`, which is most likely at position `guess`.
    #[inline]
    pub(crate) fn find(&mut self, key: &str, guess: usize, object: u64) -> Found {
        let at = match self.entries.get(guess) {
            Some(member) if *member.key == *key => guess,
            _ => match self.by_key.get(key) {
                Some(at) => *at,
                None => return Found::New,
            },
        };
        let member = &mut self.entries[at];
        if member.object == object {
            return Found::Duplicate;
        }
        member.object = object;
        Found::Node(member.node, at)
    }

    /// Adds a member and gives its position.
    pub(crate) fn add(&mut self, key: &str, node: usize, object: u64) -> usize {
        let at = self.entries.len();
        self.entries.push(Member {
            key: key.into(),
            node,
            object,
        });
        self.by_key.insert(key.into(), at);
        at
    }
}
