//! Batches to blocks.

use crate::{
    Compression, Options,
    container::{Blocks, head, with_marker},
    schema::avro_schema,
};
use arrow::{array::RecordBatch, datatypes::SchemaRef};
use arrow_avro::{
    compression::CompressionCodec,
    errors::AvroError,
    writer::{Writer as AvroWriter, WriterBuilder},
};
use std::{
    io::{self, BufWriter, Write},
    sync::{Arc, Mutex, PoisonError},
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

/// The fewest bytes of values that a thread encodes: it has to prepare the columns for them.
const MIN_PART: usize = 512 << 10;

pub(crate) struct Writer<'w> {
    out: BufWriter<ByteSink<'w>>,
    encoding: Encoding,
    /// Encodes blocks one after another.
    encoder: Encoder,
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
    fn encoder(&self) -> Result<Encoder, AvroError> {
        let encoded = Encoded::default();
        let writer = WriterBuilder::new((*self.schema).clone())
            .with_compression(self.compression)
            .with_capacity(self.capacity)
            .build::<_, Blocks>(encoded.clone())?;
        Ok(Encoder { writer, encoded })
    }

    /// The bytes of these blocks.
    fn encode(&self, blocks: &[RecordBatch]) -> Result<Vec<u8>, AvroError> {
        let mut encoder = self.encoder()?;
        for block in blocks {
            encoder.writer.write(block)?;
        }
        Ok(encoder.encoded.take())
    }

    /// Into how many parts a batch of so many bytes is divided.
    fn parts(&self, bytes: usize, threads: usize) -> usize {
        let takes_much_memory = matches!(
            self.compression,
            Some(CompressionCodec::Xz | CompressionCodec::Bzip2)
        );
        match takes_much_memory {
            true => 1,
            false => (bytes / MIN_PART).clamp(1, threads * 2),
        }
    }
}

/// Makes blocks, with the columns prepared once.
struct Encoder {
    writer: AvroWriter<Encoded, Blocks>,
    encoded: Encoded,
}

/// What was encoded and not yet taken. The library gives no way to its own writer.
#[derive(Clone, Default)]
struct Encoded(Arc<Mutex<Vec<u8>>>);

impl Encoded {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Encoded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut encoded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        encoded.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
        let encoder = head(&encoding.schema, compression).and_then(|head| {
            out.write_all(&head)?;
            encoding.encoder()
        });
        Ok(Self {
            encoder: encoder.map_err(|e| refused(&schema.name, e))?,
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
        let blocks = divide_by(&batch, self.block_bytes, values_size);
        let executor = self.executor.as_ref();
        let threads = executor.map_or(1, |executor| executor.threads());
        let parts = match threads {
            1 => 1,
            threads => self.encoding.parts(values_size(&batch), threads),
        };
        if parts == 1 {
            for block in blocks {
                let encoded = self.encoder.writer.write(&block);
                let written =
                    encoded.and_then(|()| Ok(self.out.write_all(&self.encoder.encoded.take())?));
                written.map_err(|e| refused(&self.table, e))?;
            }
            return Ok(());
        }
        let blocks: Vec<_> = blocks.collect();
        let parts = blocks.chunks(blocks.len().div_ceil(parts).max(1));
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
