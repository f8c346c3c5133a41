//! The parts of an ORC file around its streams: compressed blocks, stripes, and
//! the tail.

use crate::{
    Compression,
    column::{self, Column},
};
use arrow::{array::RecordBatch, datatypes::Schema};
use orc_rust::proto::{
    self, CalendarKind, ColumnEncoding, CompressionKind, Footer, Metadata, PostScript,
    StripeFooter, StripeInformation, column_encoding, r#type,
};
use prost::Message;
use std::io::{self, Write};
use transmog_model::{Error, Result};

/// Bytes that are compressed at a time.
const BLOCK_BYTES: usize = 256 * 1024;
const MAGIC: &str = "ORC";
/// No writer that the specification knows, and no version of one.
const UNKNOWN_WRITER: u32 = u32::MAX;

/// An ORC file in progress: all of a stripe is in memory until it ends.
pub(crate) struct OrcFile<W> {
    out: W,
    compressor: Compressor,
    /// Bytes in the file.
    position: u64,
    types: Vec<proto::Type>,
    columns: Vec<Column>,
    rows: usize,
    stripes: Vec<StripeInformation>,
}

impl<W: Write> OrcFile<W> {
    pub(crate) fn create(out: W, schema: &Schema, compression: Compression) -> Result<Self> {
        let fields = schema.fields();
        let mut types = vec![proto::Type {
            kind: Some(r#type::Kind::Struct.into()),
            subtypes: (1..).take(fields.len()).collect(),
            field_names: fields.iter().map(|field| field.name().clone()).collect(),
            ..Default::default()
        }];
        let mut columns = Vec::with_capacity(fields.len());
        for field in fields {
            types.push(proto::Type {
                kind: Some(column::kind(field.data_type())?.into()),
                ..Default::default()
            });
            columns.push(Column::new(field.data_type())?);
        }
        let mut file = Self {
            out,
            compressor: Compressor::new(compression).map_err(failed)?,
            position: 0,
            types,
            columns,
            rows: 0,
            stripes: Vec::new(),
        };
        file.put(MAGIC.as_bytes())?;
        Ok(file)
    }

    /// Appends rows of the schema to the stripe.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for (column, array) in self.columns.iter_mut().zip(batch.columns()) {
            column.append(array)?;
        }
        self.rows += batch.num_rows();
        Ok(())
    }

    /// Rows of the stripe in progress.
    pub(crate) fn stripe_rows(&self) -> usize {
        self.rows
    }

    /// Bytes of the stripe in progress before they are compressed.
    pub(crate) fn stripe_bytes(&self) -> usize {
        self.columns.iter().map(Column::len).sum()
    }

    /// Ends the stripe. One without rows is no stripe.
    pub(crate) fn end_stripe(&mut self) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let start = self.position;
        let mut footer = StripeFooter {
            columns: vec![encoding(column_encoding::Kind::Direct)],
            writer_timezone: Some("UTC".to_owned()),
            ..Default::default()
        };
        for at in 0..self.columns.len() {
            footer.columns.push(encoding(self.columns[at].encoding()));
            for (kind, bytes) in self.columns[at].finish() {
                footer.streams.push(proto::Stream {
                    kind: Some(kind.into()),
                    column: Some(at as u32 + 1),
                    length: Some(self.put_compressed(&bytes)?),
                });
            }
        }
        let data_length = self.position - start;
        let footer_length = self.put_compressed(&footer.encode_to_vec())?;
        self.stripes.push(StripeInformation {
            offset: Some(start),
            index_length: Some(0),
            data_length: Some(data_length),
            footer_length: Some(footer_length),
            number_of_rows: Some(std::mem::take(&mut self.rows) as u64),
            ..Default::default()
        });
        Ok(())
    }

    /// Ends the file and flushes it.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.end_stripe()?;
        let content_length = self.position;
        let rows = self
            .stripes
            .iter()
            .filter_map(|stripe| stripe.number_of_rows);
        let footer = Footer {
            header_length: Some(MAGIC.len() as u64),
            content_length: Some(content_length),
            number_of_rows: Some(rows.sum()),
            stripes: std::mem::take(&mut self.stripes),
            types: std::mem::take(&mut self.types),
            writer: Some(UNKNOWN_WRITER),
            // Dates before 1582 are as RFC 3339 has them.
            calendar: Some(CalendarKind::ProlepticGregorian.into()),
            ..Default::default()
        };
        let metadata_length = self.put_compressed(&Metadata::default().encode_to_vec())?;
        let footer_length = self.put_compressed(&footer.encode_to_vec())?;
        let (compression, block) = self.compressor.named();
        let postscript = PostScript {
            footer_length: Some(footer_length),
            compression: Some(compression.into()),
            compression_block_size: block,
            version: vec![0, 12],
            metadata_length: Some(metadata_length),
            writer_version: Some(UNKNOWN_WRITER),
            magic: Some(MAGIC.to_owned()),
            ..Default::default()
        };
        let mut postscript = postscript.encode_to_vec();
        postscript.push(postscript.len() as u8);
        self.put(&postscript)?;
        self.out.flush().map_err(failed)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.position += bytes.len() as u64;
        self.out.write_all(bytes).map_err(failed)
    }

    /// Writes the bytes in compressed blocks and gives the length of these.
    fn put_compressed(&mut self, bytes: &[u8]) -> Result<u64> {
        if let Compressor::None = self.compressor {
            self.put(bytes)?;
            return Ok(bytes.len() as u64);
        }
        let start = self.position;
        let mut compressed = Vec::new();
        for block in bytes.chunks(BLOCK_BYTES) {
            compressed.clear();
            self.compressor
                .compress(block, &mut compressed)
                .map_err(failed)?;
            // A block that does not become shorter stands as it is.
            let is_original = compressed.len() >= block.len();
            let written: &[u8] = if is_original { block } else { &compressed };
            let header = (written.len() as u32) << 1 | u32::from(is_original);
            self.put(&header.to_le_bytes()[..3])?;
            self.put(written)?;
        }
        Ok(self.position - start)
    }
}

#[cold]
fn failed(source: io::Error) -> Error {
    Error::io("writing ORC", source)
}

fn encoding(kind: column_encoding::Kind) -> ColumnEncoding {
    ColumnEncoding {
        kind: Some(kind.into()),
        ..Default::default()
    }
}

enum Compressor {
    Zstd(zstd::bulk::Compressor<'static>),
    Snappy(Box<snap::raw::Encoder>),
    Zlib,
    Lz4,
    None,
}

impl Compressor {
    fn new(compression: Compression) -> io::Result<Self> {
        Ok(match compression {
            Compression::Zstd => Self::Zstd(zstd::bulk::Compressor::new(
                zstd::DEFAULT_COMPRESSION_LEVEL,
            )?),
            Compression::Snappy => Self::Snappy(Box::new(snap::raw::Encoder::new())),
            Compression::Zlib => Self::Zlib,
            Compression::Lz4 => Self::Lz4,
            Compression::None => Self::None,
        })
    }

    /// The name that the format has for it, and the bytes of a block.
    fn named(&self) -> (CompressionKind, Option<u64>) {
        let kind = match self {
            Self::Zstd(_) => CompressionKind::Zstd,
            Self::Snappy(_) => CompressionKind::Snappy,
            Self::Zlib => CompressionKind::Zlib,
            Self::Lz4 => CompressionKind::Lz4,
            Self::None => return (CompressionKind::None, None),
        };
        (kind, Some(BLOCK_BYTES as u64))
    }

    fn compress(&mut self, block: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Zstd(compressor) => {
                out.reserve(zstd::zstd_safe::compress_bound(block.len()));
                compressor.compress_to_buffer(block, out)?;
            }
            Self::Snappy(compressor) => {
                out.resize(snap::raw::max_compress_len(block.len()), 0);
                let length = compressor.compress(block, out).map_err(io::Error::other)?;
                out.truncate(length);
            }
            Self::Zlib => {
                let mut encoder =
                    flate2::write::DeflateEncoder::new(out, flate2::Compression::default());
                encoder.write_all(block)?;
                encoder.finish()?;
            }
            Self::Lz4 => {
                out.resize(lz4_flex::block::get_maximum_output_size(block.len()), 0);
                let length =
                    lz4_flex::block::compress_into(block, out).map_err(io::Error::other)?;
                out.truncate(length);
            }
            Self::None => out.extend_from_slice(block),
        }
        Ok(())
    }
}
