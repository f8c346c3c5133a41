//! The place in a record: where the next value goes.

use crate::values::Scalar;
use foldhash::quality::RandomState;
use std::{collections::HashSet, hash::BuildHasher};
use transmog_events::{JsonText, Rejection};

/// What the value at hand is in.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Frame {
    /// Nothing: the record itself is next.
    #[default]
    Start,
    /// An object whose members go to columns of a row. `object` is its number, `next` the member
    /// that is expected next, and `member` the node of the one at hand, or that of the object before
    /// the first.
    Object {
        node: u32,
        row: u32,
        object: u64,
        next: u32,
        member: u32,
    },
    /// An array with only primitives so far, which wait in `pending`. A rule may keep it a list;
    /// `treatment` is what rules make of the elements.
    List {
        node: u32,
        row: u32,
        is_kept: bool,
        treatment: u32,
    },
    /// An array whose elements are rows.
    Rows {
        table: u32,
        parent_row: u32,
        index: i64,
    },
    /// An object whose members are rows of a table, with the row of the member at hand.
    Members {
        table: u32,
        parent_row: u32,
        row: u32,
        index: i64,
    },
    /// A value kept as JSON text, at this depth in it.
    Text {
        node: u32,
        row: u32,
        depth: usize,
        why: Kept,
    },
    /// A value that is left out, at this depth in it.
    Skip { depth: usize },
}

/// Why a value is kept as JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is an array, and the array mode says so.
    Inline,
    /// It is too deep.
    Cut,
    /// A rule says so.
    Rule,
    /// A rule masks it.
    Mask,
    /// It is an element of a list that a rule keeps.
    Element,
}

/// A primitive that waits for the end of its array.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pending {
    Scalar(Scalar<'static>),
    Rounded(f64, usize, usize),
    Exact(usize, usize),
    Text(usize, usize),
}

/// The state between two events.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    pub(crate) frame: Frame,
    stack: Vec<Frame>,
    /// The number of the last object; it tells whether an object has a key twice.
    pub(crate) objects: u64,
    pub(crate) pending: Vec<Pending>,
    pub(crate) pending_text: String,
    /// How many pending numbers a column rounds.
    pub(crate) pending_rounded: usize,
    /// How many elements were left out.
    pub(crate) pending_left_out: usize,
    pub(crate) json: JsonText,
    /// The objects open in the JSON text, and the keys seen in them.
    pub(crate) json_objects: Vec<u64>,
    json_keys: HashSet<u64, RandomState>,
}

impl Cursor {
    /// Forgets the record.
    pub(crate) fn reset(&mut self) {
        self.frame = Frame::Start;
        self.stack.clear();
        self.clear_pending();
        self.clear_json();
    }

    pub(crate) fn clear_pending(&mut self) {
        self.pending.clear();
        self.pending_text.clear();
        self.pending_rounded = 0;
        self.pending_left_out = 0;
    }

    pub(crate) fn clear_json(&mut self) {
        self.json.clear();
        self.json_objects.clear();
        self.json_keys.clear();
    }

    /// Clears the JSON text behind its end. Objects around it whose keys are data stay open.
    pub(crate) fn end_json(&mut self) {
        self.json.clear();
        if self.json_objects.is_empty() {
            self.json_keys.clear();
        }
    }

    /// Begins an object whose keys have no nodes.
    pub(crate) fn open_keys(&mut self) {
        self.objects += 1;
        self.json_objects.push(self.objects);
    }

    /// An error if the object has the key already.
    pub(crate) fn check_key(&mut self, key: &str) -> Result<(), Rejection> {
        let object = self.json_objects.last().copied().unwrap_or_default();
        let hash = self.json_keys.hasher().hash_one((object, key));
        match self.json_keys.insert(hash) {
            true => Ok(()),
            false => Err(Rejection::duplicate_key()),
        }
    }

    pub(crate) fn push(&mut self, frame: Frame) {
        self.stack.push(std::mem::replace(&mut self.frame, frame));
    }

    pub(crate) fn pop(&mut self) {
        self.frame = self.stack.pop().unwrap_or_default();
    }

    /// The node of the list at hand.
    pub(crate) fn list(&self) -> Option<u32> {
        match self.frame {
            Frame::List { node, .. } => Some(node),
            _ => None,
        }
    }

    /// Bytes of the waiting primitives.
    pub(crate) fn pending_bytes(&self) -> usize {
        self.pending.len() * size_of::<Pending>() + self.pending_text.len()
    }

    pub(crate) fn keep(&mut self, scalar: Scalar<'_>) {
        let start = self.pending_text.len();
        self.pending.push(match scalar {
            Scalar::Text(text) | Scalar::Json(text) => {
                self.pending_text.push_str(text);
                Pending::Text(start, self.pending_text.len())
            }
            Scalar::Rounded(nearest, text) => {
                self.pending_text.push_str(text);
                self.pending_rounded += 1;
                Pending::Rounded(nearest, start, self.pending_text.len())
            }
            Scalar::Exact(text) => {
                self.pending_text.push_str(text);
                Pending::Exact(start, self.pending_text.len())
            }
            Scalar::Null => Pending::Scalar(Scalar::Null),
            Scalar::Boolean(value) => Pending::Scalar(Scalar::Boolean(value)),
            Scalar::Integer(value) => Pending::Scalar(Scalar::Integer(value)),
            Scalar::Decimal(units, scale) => Pending::Scalar(Scalar::Decimal(units, scale)),
            Scalar::Float(value) => Pending::Scalar(Scalar::Float(value)),
            Scalar::ShortFloat(value) => Pending::Scalar(Scalar::ShortFloat(value)),
        });
    }
}

impl Pending {
    pub(crate) fn scalar(self, text: &str) -> Scalar<'_> {
        match self {
            Pending::Scalar(scalar) => scalar,
            Pending::Rounded(nearest, start, end) => Scalar::Rounded(nearest, &text[start..end]),
            Pending::Exact(start, end) => Scalar::Exact(&text[start..end]),
            Pending::Text(start, end) => Scalar::Text(&text[start..end]),
        }
    }
}
