//! Where a record ends, broken or not, and so where the next one begins.
//!
//! **Be advised:** this is the most delicate code of the crate. A change that looks like a
//! repair of one input breaks another one; only the properties below tell.
//!
//! A valid record ends where its outermost bracket closes. A broken one gives itself away by
//! what JSON cannot contain: a `{` where an object needs a key, a bracket that closes one of the
//! other kind, a line end in a string. It ends before the next line that begins as it began, or
//! where its brackets close. Which of the two, the evidence collected up to there decides
//! ([`Splitter`] has a field for each piece of it).
//!
//! # Invariants
//!
//! - **Chunk sizes do not show.** Where a valid record ends, its own bytes tell. Where a broken one
//!   ends, bytes behind it may tell. For elements of an array, the framer notes the ends that it
//!   found, and the chunk has them. Records one after another are in stretches between places
//!   that are certain (`cut_at` of the framer): the bytes of its stretch tell where a record ends,
//!   and if a chunk ends in a stretch, the framer notes the ends in the rest of it.
//! - **No end is guessed from bytes that have not come.** A step that needs more of them says
//!   [`More`](state::Step::More) and changes nothing that it would change again. Only when
//!   `is_all` says that there are no more does it decide by what there is.
//! - **Every byte is looked at a bounded number of times.** What turns out not to be a string is
//!   scanned again once, up to `plain_until`.
//! - It does not check whether a record is valid: that is for the parsers of
//!   [`json`](crate::json).
//!
//! Proved by `tests/it/recovery.rs` (random damage, each byte in one record; broken records with
//! the ends expected) and by the fuzz target `framing` (any bytes, two sizes of chunks).
//!
//! # Files
//!
//! `state` holds the evidence, `near` looks around a place, `settle` says where a broken record
//! ends, `array_end` whether a bracket ends the array around the records. On these stand
//! `strings`, `opens` and `closes`, one for each kind of byte that means something, and `walk`
//! goes from one such byte to the next. `sound` is a short way to the end of records in which
//! nothing is wrong.

mod array_end;
mod closes;
mod near;
mod opens;
mod settle;
mod sound;
mod state;
mod strings;
mod walk;

pub(crate) use sound::{Scanned, Sound};
pub(crate) use state::{Form, MAX_HEAD, Splitter, is_long};
