//! Batches to IPC messages.

use crate::{Compression, Options};
use arrow::{
    array::RecordBatch,
    error::ArrowError,
    ipc::{
        CompressionType,
        writer::{FileWriter, IpcWriteOptions},
    },
};
use std::io::{BufWriter, Write};
use transmog_model::{ByteSink, Error, Result, TableSchema, TableWriter, divide};

/// Bytes of the rows of a message, about: what a reader has in memory.
const BATCH_BYTES: usize = 16 << 20;

pub(crate) struct Writer<'w> {
    writer: FileWriter<BufWriter<ByteSink<'w>>>,
    table: String,
}

impl<'w> Writer<'w> {
    pub(crate) fn create(
        options: &Options,
        schema: &TableSchema,
        out: ByteSink<'w>,
    ) -> Result<Self> {
        let compression = match options.compression() {
            Compression::Lz4 => Some(CompressionType::LZ4_FRAME),
            Compression::Zstd => Some(CompressionType::ZSTD),
            Compression::None => None,
        };
        let writer = IpcWriteOptions::default()
            .try_with_compression(compression)
            .and_then(|options| {
                let out = BufWriter::new(out);
                FileWriter::try_new_with_options(out, &schema.arrow_schema(), options)
            })
            .map_err(|e| refused(&schema.name, e))?;
        Ok(Self {
            writer,
            table: schema.name.clone(),
        })
    }
}

#[cold]
fn refused(table: &str, source: ArrowError) -> Error {
    match source {
        ArrowError::IoError(_, source) => Error::writing("Arrow", table, source),
        other => Error::format("arrow", other),
    }
}

impl TableWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for part in divide(batch, BATCH_BYTES) {
            let written = self.writer.write(&part);
            written.map_err(|e| refused(&self.table, e))?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let Self { mut writer, table } = *self;
        let finished = writer.finish().and_then(|()| {
            writer.get_mut().flush()?;
            Ok(())
        });
        finished.map_err(|e| refused(&table, e))
    }
}
