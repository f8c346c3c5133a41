//! JSON text (RFC 8259), and why this crate knows its grammar more than once.
//!
//! Up to three pieces of code that know something of JSON see a record, and a fourth sees the
//! envelope around the records. Each exists because the others cannot do its work:
//!
//! | | knows | does not know | says |
//! | --- | --- | --- | --- |
//! | splitter (`split`) | brackets, quotes, backslashes, line ends | numbers, words, UTF-8, where values go | where a record ends, valid or broken |
//! | fast parser ([`fast`]) | all of valid JSON, to 64 levels | what is wrong with the rest; duplicate keys | the events of the record, or "not mine" |
//! | exact parser (`exact`) | all of JSON, to 1024 levels | how to be fast | the events, each key once, or an error with its byte |
//! | validator (`validate`) | all of JSON, to 1024 levels, byte by byte | events, duplicate keys | where a skipped value ends, or an error with its byte |
//!
//! **Why not one parser?** A parser stops at the first error, and behind an error it knows no
//! structure. But the records after a broken one must be found, so the splitter looks at
//! brackets and line ends only, and takes any bytes. The thread that cuts the input into chunks
//! runs the splitter where line ends do not suffice, and it must not parse: parsing is the work
//! that is spread over threads. The fast parser keeps no record of where it has been, which is
//! what makes it fast; the exact parser builds a [`Document`](crate::Document) and so can drop
//! a duplicate key and name the byte of an error. The validator checks the parts of an envelope
//! that no one asked for. They may be larger than memory, so it holds nothing but its state.
//!
//! JSON5 and HJSON are other languages. A library reads such a document whole, and its JSON text
//! goes this way (`dialect`).
//!
//! # Who has the last word
//!
//! - **The exact parser says what is JSON.** The fast parser only accepts: when it gives up, at
//!   any byte and for any reason, the events that it gave are taken back and the exact parser
//!   reads the record again. So the fast parser may be incomplete but never more lenient.
//! - **The splitter says where a record ends** that the fast parser did not take. The exact
//!   parser reads what lies between two ends. If it does not reach the end, the record is
//!   rejected, with all bytes up to that end. The splitter never says that a record is valid.
//! - **The splitter runs twice on such records**, once to cut chunks and once in the chunk. Both
//!   runs must find the same ends, or records would depend on the size of chunks. That is why the
//!   end of a record is a function of its own bytes, and of what each chunk is told of its array.
//!
//! # What is proved where
//!
//! - All documents of `fixtures/json` through all three grammars, and with each byte removed or
//!   replaced: `tests.rs` in this folder. The fast parser accepts nothing that the exact one
//!   refuses and gives the same events; the validator and the exact parser end values at the
//!   same byte and refuse the same escape or character.
//! - The exact parser agrees with `serde_json` on any bytes: fuzz target `parsing`.
//! - The size of chunks changes nothing, and neither does the number of threads: fuzz target
//!   `framing`, and `tests/it/framing.rs`.
//! - Each byte of a damaged input is in one accepted or one rejected record, and records that
//!   are not damaged are accepted: `tests/it/recovery.rs`, on random damage.

mod block;
mod exact;
pub(crate) mod fast;
mod scan;
mod validate;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use block::find_special;
pub(crate) use exact::parse_lenient;
pub use exact::{MAX_NESTING, SyntaxError, parse_document};
pub(crate) use scan::{RECORD_SEPARATOR, is_blank, skip_blanks};
pub(crate) use validate::{Checked, Validator};
pub(crate) use words::{Word, find};
