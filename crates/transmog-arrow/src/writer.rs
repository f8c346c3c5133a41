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
use std::{fs::File, io::BufWriter};
use transmog_model::{Error, Result, TableSchema, TableWriter, WrittenFile};

pub(crate) struct Writer {
    writer: FileWriter<BufWriter<File>>,
    table: String,
}

impl Writer {
    pub(crate) fn create(options: &Options, schema: &TableSchema, file: File) -> Result<Self> {
        let compression = match options.compression() {
            Compression::Lz4 => Some(CompressionType::LZ4_FRAME),
            Compression::Zstd => Some(CompressionType::ZSTD),
            Compression::None => None,
        };
        let writer = IpcWriteOptions::default()
            .try_with_compression(compression)
            .and_then(|options| {
                let file = BufWriter::new(file);
                FileWriter::try_new_with_options(file, &schema.arrow_schema(), options)
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
        ArrowError::IoError(_, source) => {
            Error::io(format!("writing the Arrow file of table `{table}`"), source)
        }
        other => Error::format("arrow", other),
    }
}

impl TableWriter for Writer {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer
            .write(batch)
            .map_err(|e| refused(&self.table, e))
    }

    fn finish(self: Box<Self>) -> Result<WrittenFile> {
        let Self { mut writer, table } = *self;
        writer.finish().map_err(|e| refused(&table, e))?;
        let buffered = writer.into_inner().map_err(|e| refused(&table, e))?;
        let file = buffered.into_inner().map_err(|e| {
            let doing = format!("writing the Arrow file of table `{table}`");
            Error::io(doing, e.into_error())
        })?;
        Ok(WrittenFile { file })
    }
}
