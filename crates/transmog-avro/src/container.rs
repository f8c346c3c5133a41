//! An object container file: its head, and its blocks, which several threads may write.
//!
//! The library's own container format makes a schema anew from the Arrow schema and so loses `doc`;
//! this one writes the schema it is given.

use arrow::datatypes::Schema;
use arrow_avro::{
    compression::{CODEC_METADATA_KEY, CompressionCodec},
    errors::AvroError,
    schema::SCHEMA_METADATA_KEY,
    writer::format::AvroFormat,
};
use std::{
    hash::{BuildHasher, RandomState},
    io::Write,
};

/// The key under which the metadata of an Arrow schema have the marker that ends each block.
const MARKER_METADATA_KEY: &str = "transmog.sync_marker";

/// Blocks of a file whose head is written. The library makes the format by itself, so it finds the
/// marker in the schema.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    marker: [u8; 16],
}

impl AvroFormat for Blocks {
    const NEEDS_PREFIX: bool = false;

    fn start_stream<W: Write>(
        &mut self,
        _: &mut W,
        schema: &Schema,
        _: Option<CompressionCodec>,
    ) -> Result<(), AvroError> {
        self.marker = marker(schema)?;
        Ok(())
    }

    fn sync_marker(&self) -> Option<&[u8; 16]> {
        Some(&self.marker)
    }
}

/// The schema with a new marker in its metadata.
pub(crate) fn with_marker(mut schema: Schema) -> Schema {
    // Hash keys are random, which is all that the marker has to be.
    let [low, high] = [0u8, 1].map(|half| RandomState::new().hash_one(half));
    let marker = format!("{low:016x}{high:016x}");
    (schema.metadata).insert(MARKER_METADATA_KEY.to_owned(), marker);
    schema
}

fn marker(schema: &Schema) -> Result<[u8; 16], AvroError> {
    let marker = schema.metadata.get(MARKER_METADATA_KEY);
    let marker = marker.and_then(|marker| u128::from_str_radix(marker, 16).ok());
    let missing = || AvroError::SchemaError("the marker of the blocks is missing".to_owned());
    marker.map(u128::to_be_bytes).ok_or_else(missing)
}

/// The head of a file with the Avro schema and the marker in the metadata of the Arrow schema.
pub(crate) fn head(
    schema: &Schema,
    compression: Option<CompressionCodec>,
) -> Result<Vec<u8>, AvroError> {
    let missing = || AvroError::SchemaError("the Avro schema is missing".to_owned());
    let json = (schema.metadata.get(SCHEMA_METADATA_KEY)).ok_or_else(missing)?;
    let codec = match compression {
        None => "null",
        Some(CompressionCodec::Deflate) => "deflate",
        Some(CompressionCodec::Snappy) => "snappy",
        Some(CompressionCodec::ZStandard) => "zstandard",
        Some(CompressionCodec::Bzip2) => "bzip2",
        Some(CompressionCodec::Xz) => "xz",
    };
    let mut head = b"Obj\x01".to_vec();
    long(&mut head, 2);
    for text in [SCHEMA_METADATA_KEY, json, CODEC_METADATA_KEY, codec] {
        long(&mut head, text.len() as u64);
        head.extend_from_slice(text.as_bytes());
    }
    long(&mut head, 0);
    head.extend_from_slice(&marker(schema)?);
    Ok(head)
}

/// Appends an Avro long that is not negative.
fn long(out: &mut Vec<u8>, value: u64) {
    let mut rest = value << 1;
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}
