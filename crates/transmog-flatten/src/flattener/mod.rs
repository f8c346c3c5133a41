//! The flattener of one chunk at a time.
//!
//! [`Flattener`] is one structure (`state`), and what it does is in layers, each of which knows
//! those before it:
//!
//! 1. `size`: how much memory the records take, and limits.
//! 2. `places`: the node of a key, the table of an array, the next row, the column of a node.
//! 3. `cells`: a value into the cell of its column, which widens when it must.
//! 4. `scalars` and `containers`: what a value is where the [`Cursor`](crate::cursor::Cursor)
//!    is: a cell, a row, an element of a list, a part of JSON text, or left out.
//! 5. `ruled`: what rules make of values.
//! 6. `events`: the [`EventSink`](transmog_events::EventSink) that a parser drives.
//! 7. `savepoint`: the [`RecordSink`](transmog_events::RecordSink): a record is kept whole, or
//!    forgotten without a trace.
//! 8. `finish`: the tables as Arrow arrays; `keys`: the ids of their rows; `carried`: columns repeated in the tables below.

mod carried;
mod cells;
mod containers;
mod events;
mod finish;
mod keys;
mod places;
mod ruled;
mod savepoint;
mod scalars;
mod size;
mod state;

pub use state::{Flattener, ParseText};
