//! JSON and JSONL in: sources, decompression, framing into chunks of whole
//! records, and parse events.
//!
//! A [`ChunkReader`] cuts its sources into [`Chunk`]s; [`Chunk::parse`] drives
//! a [`RecordSink`](transmog_events::RecordSink) with the events of each record. JSON is that of RFC 8259;
//! what is not is an error with its line, column and byte.

mod buffers;
mod chunk;
mod dialect;
mod document;
mod ending;
mod error;
mod files;
mod frame;
mod json;
mod lead;
mod opening;
mod options;
mod pointer;
mod records;
mod source;
mod split;
mod stream;

pub use chunk::Chunk;
pub use document::Document;
pub use error::{Error, ErrorKind};
pub use frame::ChunkReader;
pub use json::{MAX_NESTING, SyntaxError, parse_document};
pub use options::{
    DEFAULT_CHUNK_BYTES, DEFAULT_MAX_RAW_BYTES, DEFAULT_MAX_RECORD_BYTES, ReadOptions,
};
pub use source::{Source, expand};
