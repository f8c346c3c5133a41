//! The head of an object container file.
//!
//! The library's own container format makes a schema anew from the Arrow
//! schema and so loses `doc`; this one writes the schema it is given.

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

/// An object container file with the schema in the metadata of the Arrow
/// schema.
#[derive(Debug, Default)]
pub(crate) struct Container {
    sync_marker: [u8; 16],
}

impl AvroFormat for Container {
    const NEEDS_PREFIX: bool = false;

    fn start_stream<W: Write>(
        &mut self,
        writer: &mut W,
        schema: &Schema,
        compression: Option<CompressionCodec>,
    ) -> Result<(), AvroError> {
        let json = schema
            .metadata
            .get(SCHEMA_METADATA_KEY)
            .ok_or_else(|| AvroError::SchemaError("the Avro schema is missing".to_owned()))?;
        let codec = match compression {
            None => "null",
            Some(CompressionCodec::Deflate) => "deflate",
            Some(CompressionCodec::Snappy) => "snappy",
            Some(CompressionCodec::ZStandard) => "zstandard",
            Some(CompressionCodec::Bzip2) => "bzip2",
            Some(CompressionCodec::Xz) => "xz",
        };
        // Hash keys are random, which is all that the marker has to be.
        let (low, high) = self.sync_marker.split_at_mut(8);
        low.copy_from_slice(&RandomState::new().hash_one(0u8).to_le_bytes());
        high.copy_from_slice(&RandomState::new().hash_one(1u8).to_le_bytes());

        let mut head = b"Obj\x01".to_vec();
        long(&mut head, 2);
        for text in [SCHEMA_METADATA_KEY, json, CODEC_METADATA_KEY, codec] {
            long(&mut head, text.len() as u64);
            head.extend_from_slice(text.as_bytes());
        }
        long(&mut head, 0);
        head.extend_from_slice(&self.sync_marker);
        writer.write_all(&head)?;
        Ok(())
    }

    fn sync_marker(&self) -> Option<&[u8; 16]> {
        Some(&self.sync_marker)
    }
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
