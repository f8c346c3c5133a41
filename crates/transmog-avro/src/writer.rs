//! Batches to blocks.

use crate::{
    Compression, Options,
    container::{Blocks, head, with_marker},
    schema::avro_schema,
};
use arrow::{array::RecordBatch, datatypes::SchemaRef};
use arrow_avro::{compression::CompressionCodec, errors::AvroError, writer::WriterBuilder};
use std::{
    io::{BufWriter, Write},
    sync::Arc,
};
use transmog_model::{
    ByteSink, Error, Executor, Result, TableSchema, TableWriter, divide_by, map_on, values_size,
};

/// Bytes of a block for each column at least. The library prepares each column for each
/// block, and a null alone takes a byte.
const COLUMN_BYTES: usize = 64;

/// Bytes of a block of so many columns before compression, about.
pub(crate) fn block_bytes(options: &Options, columns: usize) -> usize {
    options.sync_interval().max(columns * COLUMN_BYTES)
}

pub(crate) struct Writer<'w> {
    out: BufWriter<ByteSink<'w>>,
    encoding: Encoding,
    block_bytes: usize,
    table: String,
    executor: Option<Arc<dyn Executor>>,
}

/// How blocks are made of rows.
#[derive(Clone)]
struct Encoding {
    /// The columns under their Avro names.
    schema: SchemaRef,
    compression: Option<CompressionCodec>,
    capacity: usize,
}

impl Encoding {
    /// The bytes of these blocks.
    fn encode(&self, blocks: &[RecordBatch]) -> Result<Vec<u8>, AvroError> {
        let mut writer = WriterBuilder::new((*self.schema).clone())
            .with_compression(self.compression)
            .with_capacity(self.capacity)
            .build::<_, Blocks>(Vec::new())?;
        for block in blocks {
            writer.write(block)?;
        }
        Ok(writer.into_inner())
    }
}

impl<'w> Writer<'w> {
    pub(crate) fn create(
        options: &Options,
        schema: &TableSchema,
        out: ByteSink<'w>,
    ) -> Result<Self> {
        options.validate()?;
        let compression = match options.codec() {
            Compression::Snappy => Some(CompressionCodec::Snappy),
            Compression::Deflate => Some(CompressionCodec::Deflate),
            Compression::Zstd => Some(CompressionCodec::ZStandard),
            Compression::Bzip2 => Some(CompressionCodec::Bzip2),
            Compression::Xz => Some(CompressionCodec::Xz),
            Compression::Null => None,
        };
        let encoding = Encoding {
            schema: Arc::new(with_marker(avro_schema(schema))),
            compression,
            capacity: options.sync_interval().min(1 << 20),
        };
        let mut out = BufWriter::new(out);
        let head = head(&encoding.schema, compression).and_then(|head| {
            out.write_all(&head)?;
            encoding.encode(&[])
        });
        head.map_err(|e| refused(&schema.name, e))?;
        Ok(Self {
            out,
            encoding,
            block_bytes: block_bytes(options, schema.columns.len()),
            table: schema.name.clone(),
            executor: None,
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
    fn set_executor(&mut self, executor: &Arc<dyn Executor>) {
        self.executor = Some(Arc::clone(executor));
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let schema = Arc::clone(&self.encoding.schema);
        let batch = RecordBatch::try_new(schema, batch.columns().to_vec())
            .map_err(|e| Error::format("avro", e))?;
        let blocks: Vec<_> = divide_by(&batch, self.block_bytes, values_size).collect();
        let executor = self.executor.as_ref();
        let threads = executor.map_or(1, |executor| executor.threads());
        let parts = blocks.chunks(blocks.len().div_ceil(threads * 2).max(1));
        let encoding = self.encoding.clone();
        let encoded = map_on(
            executor,
            parts.map(<[RecordBatch]>::to_vec).collect(),
            move |part| encoding.encode(&part),
        )?;
        for bytes in encoded {
            let written = bytes.and_then(|bytes| Ok(self.out.write_all(&bytes)?));
            written.map_err(|e| refused(&self.table, e))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        let flushed = self.out.flush();
        flushed.map_err(|e| refused(&self.table, e.into()))
    }
}
