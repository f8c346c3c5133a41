//! Cutting decompressed bytes into chunks of whole records.
//!
//! A [`ChunkReader`] takes its sources one after another. Each is a `Framer`, which is in one of
//! these states:
//!
//! ```text
//! Start ---> Records ---> Lines ---------------------------> Done
//!   |           |  ^
//!   |           v  | (the next array, after an error)
//!   |         Array ---> After ---> Lines
//!   |           ^          |
//!   |           |          v
//!   +------> Document <----+
//! ```
//!
//! `begin` looks at the first bytes and tells arrays from records that stand one after another;
//! `lines` and `elements` cut chunks of either; `documents` finds the array in an envelope and
//! reads what follows it; `too_long` and `give_up` reject what cannot be cut: a record beyond the
//! bound, and a document that is broken around its records.
//!
//! Where a record ends, the [`Splitter`](crate::split::Splitter) says, which the pass through a
//! chunk uses, too. For lines there is a shortcut that needs no splitter: a line that begins with
//! `{` where no value can continue begins a record, broken or not (`cut_at`).

mod begin;
mod documents;
mod elements;
mod framer;
mod give_up;
mod lines;
mod members;
mod reader;
mod too_long;

pub(crate) use lines::next_cut;
pub use reader::ChunkReader;
