//! JSON and JSON Lines in: sources, decompression, cutting into chunks of whole records, and
//! parse events.
//!
//! A [`ChunkReader`] cuts its [`Source`]s into [`Chunk`]s, which are independent of each other,
//! so that threads can share them. [`Chunk::parse`] drives a
//! [`RecordSink`](transmog_events::RecordSink) with the events of each record. JSON is that of
//! RFC 8259; anything else is an error with its line, column and byte.
//!
//! Records may be one a line, beside each other, in arrays, or anywhere in documents
//! ([`ReadOptions::with_records_path`]). Which of the first three it is, the bytes say. gzip,
//! Zstandard, bzip2 and xz are recognised by their first bytes, JSON5 and HJSON by the extension
//! of the name.
//!
//! The crate does not start threads, and it builds without Arrow.
//!
//! # Examples
//! Every record as JSON text again:
//! ```
//! use std::ops::ControlFlow;
//! use transmog_events::{JsonText, JsonPath, RecordError, RecordSink, RecordStart, Rejection, Remark};
//! use transmog_reader::{ChunkReader, ReadOptions, Source};
//!
//! #[derive(Default)]
//! struct Texts {
//!     current: JsonText,
//!     all: Vec<String>,
//! }
//!
//! impl RecordSink for Texts {
//!     type Events = JsonText;
//!
//!     fn begin_record(&mut self, _: RecordStart) -> &mut JsonText {
//!         self.current.clear();
//!         &mut self.current
//!     }
//!     fn remark(&mut self, _: Remark, _: &JsonPath, _: u64) {}
//!     fn end_record(&mut self) -> Result<(), Rejection> {
//!         self.all.push(self.current.as_str().to_owned());
//!         Ok(())
//!     }
//!     fn abandon_record(&mut self) {}
//!     fn reject_record(&mut self, error: RecordError) -> ControlFlow<()> {
//!         panic!("{}", error.message)
//!     }
//! }
//!
//! let source = Source::bytes("orders", "{\"id\": 1}\n{\"id\": 2}\n");
//! let mut reader = ChunkReader::new(vec![source], ReadOptions::default());
//! let mut texts = Texts::default();
//! while let Some(chunk) = reader.next_chunk()? {
//!     chunk.parse(&mut texts);
//! }
//! assert_eq!(texts.all, [r#"{"id":1}"#, r#"{"id":2}"#]);
//! # Ok::<(), transmog_reader::Error>(())
//! ```
//!
//! # Features
//! - `bzip2`, `xz` (default): these compressions. gzip and Zstandard are always read.
//! - `encodings` (default): text that is not UTF-8.
//! - `json5`, `hjson` (default): documents in these dialects, read whole.

mod buffers;
mod chunk;
mod comments;
mod compression;
mod decompress;
mod dialect;
mod document;
mod encoding;
mod ending;
mod error;
mod files;
mod foreign;
mod frame;
mod json;
mod lead;
mod lenient;
mod members;
mod opening;
mod options;
mod pattern;
mod records;
mod seek;
mod source;
mod split;
mod stream;
mod text;

pub use chunk::Chunk;
pub use document::Document;
pub use encoding::Encoding;
pub use error::{Error, ErrorKind};
pub use files::{Depth, Found, LeftOut, TEMPORARY_PREFIX, expand, is_json_name};
pub use frame::ChunkReader;
pub use json::{MAX_NESTING, SyntaxError, parse_document};
pub use lenient::Leniency;
pub use options::{
    DEFAULT_CHUNK_BYTES, DEFAULT_DECOMPRESSOR_MEMORY, DEFAULT_MAX_RAW_BYTES,
    DEFAULT_MAX_RECORD_BYTES, ReadOptions,
};
pub use source::{Remote, Source};
