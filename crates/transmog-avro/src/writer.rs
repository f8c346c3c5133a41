//! Batches to blocks.

use crate::{Compression, Options, container::Container, schema::avro_schema};
use arrow::{array::RecordBatch, datatypes::SchemaRef};
use arrow_avro::{
    compression::CompressionCodec,
    errors::AvroError,
    writer::{Writer as AvroWriter, WriterBuilder},
};
use std::{
    io::{BufWriter, Write},
    sync::Arc,
};
use transmog_model::{ByteSink, Error, Result, TableSchema, TableWriter, divide_by, values_size};

/// Bytes of a block for each column at least. The library prepares each column for each
/// block, and a null alone takes a byte.
const COLUMN_BYTES: usize = 64;

/// Bytes of a block of so many columns before compression, about.
pub(crate) fn block_bytes(options: &Options, columns: usize) -> usize {
    options.sync_interval().max(columns * COLUMN_BYTES)
}

pub(crate) struct Writer<'w> {
    writer: AvroWriter<BufWriter<ByteSink<'w>>, Container>,
    /// The columns under their Avro names.
    schema: SchemaRef,
    block_bytes: usize,
    table: String,
}

impl<'w> Writer<'w> {
    pub(crate) fn create(
        options: &Options,
        schema: &TableSchema,
        out: ByteSink<'w>,
    ) -> Result<Self> {
        options.validate()?;
        let codec = match options.codec() {
            Compression::Snappy => Some(CompressionCodec::Snappy),
            Compression::Deflate => Some(CompressionCodec::Deflate),
            Compression::Zstd => Some(CompressionCodec::ZStandard),
            Compression::Bzip2 => Some(CompressionCodec::Bzip2),
            Compression::Xz => Some(CompressionCodec::Xz),
            Compression::Null => None,
        };
        let avro = avro_schema(schema);
        let writer = WriterBuilder::new(avro.clone())
            .with_compression(codec)
            .with_capacity(options.sync_interval().min(1 << 20))
            .build::<_, Container>(BufWriter::new(out))
            .map_err(|e| refused(&schema.name, e))?;
        Ok(Self {
            writer,
            schema: Arc::new(avro),
            block_bytes: block_bytes(options, schema.columns.len()),
            table: schema.name.clone(),
        })
    }
}

#[cold]
fn refused(table: &str, source: AvroError) -> Error {
    match source {
        AvroError::IoError(_, source) => Error::writing("Avro", table, source),
        other => Error::format("avro", other),
    }
}

impl TableWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec())
            .map_err(|e| Error::format("avro", e))?;
        for block in divide_by(&batch, self.block_bytes, values_size) {
            self.writer
                .write(&block)
                .map_err(|e| refused(&self.table, e))?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let Self {
            mut writer, table, ..
        } = *self;
        writer.finish().map_err(|e| refused(&table, e))?;
        let mut out = writer.into_inner();
        out.flush().map_err(|e| refused(&table, e.into()))
    }
}
