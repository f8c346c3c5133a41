//! Batches to row groups.

use crate::{Compression, Options, ROW_GROUP_BYTES};
use arrow::array::RecordBatch;
use parquet::{
    arrow::ArrowWriter,
    basic::{BrotliLevel, Compression as Codec, GzipLevel, ZstdLevel},
    errors::ParquetError,
    file::properties::{EnabledStatistics, WriterProperties},
    schema::types::ColumnPath,
};
use std::{
    fs::File,
    io::{self, Write},
};
use transmog_model::{ColumnRole, Error, Result, TableSchema, TableWriter, WrittenFile};

/// Tables of more columns have no dictionaries.
const MAX_DICTIONARY_COLUMNS: usize = 512;

pub(crate) struct Writer {
    writer: ArrowWriter<File>,
    table: String,
}

impl Writer {
    pub(crate) fn create(options: &Options, schema: &TableSchema, file: File) -> Result<Self> {
        options.validate()?;
        let writer = ArrowWriter::try_new(
            file,
            schema.arrow_schema(),
            Some(properties(options, schema)),
        )
        .map_err(refused)?;
        Ok(Self {
            writer,
            table: schema.name.clone(),
        })
    }
}

pub(crate) fn properties(options: &Options, schema: &TableSchema) -> WriterProperties {
    let codec = match options.compression() {
        Compression::Snappy => Codec::SNAPPY,
        Compression::Zstd => Codec::ZSTD(ZstdLevel::default()),
        Compression::Gzip => Codec::GZIP(GzipLevel::default()),
        Compression::Brotli => Codec::BROTLI(BrotliLevel::default()),
        Compression::Lz4 => Codec::LZ4_RAW,
        Compression::None => Codec::UNCOMPRESSED,
    };
    let mut properties = WriterProperties::builder()
        .set_compression(codec)
        .set_created_by(concat!("transmog ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_max_row_group_row_count(Some(options.row_group_size()))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .set_statistics_enabled(EnabledStatistics::Page)
        // A dictionary takes memory for each column from the start.
        .set_dictionary_enabled(schema.columns.len() <= MAX_DICTIONARY_COLUMNS)
        // Names the elements of lists as the format's specification does.
        .set_coerce_types(true);
    for column in &schema.columns {
        if matches!(
            column.role,
            ColumnRole::Id | ColumnRole::Parent | ColumnRole::Root
        ) {
            let path = ColumnPath::new(vec![column.name.clone()]);
            properties = properties.set_column_dictionary_enabled(path, false);
        }
    }
    properties.build()
}

#[cold]
pub(crate) fn refused(source: ParquetError) -> Error {
    match source {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(source) => Error::io("writing Parquet", *source),
            Err(source) => Error::format("parquet", source),
        },
        other => Error::format("parquet", other),
    }
}

impl TableWriter for Writer {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch).map_err(refused)?;
        // The library divides batches by the bytes it has seen a row take;
        // this ends a group that outgrew the estimate.
        if self.writer.memory_size() >= ROW_GROUP_BYTES {
            self.end_row_group()?;
        }
        Ok(())
    }

    fn end_row_group(&mut self) -> Result<()> {
        self.writer.flush().map_err(refused)
    }

    fn buffered_bytes(&self) -> usize {
        self.writer.memory_size()
    }

    fn finish(self: Box<Self>) -> Result<WrittenFile> {
        let Self { writer, table } = *self;
        let mut file = writer.into_inner().map_err(refused)?;
        file.flush()
            .map_err(|e| Error::io(format!("writing the Parquet file of table `{table}`"), e))?;
        Ok(WrittenFile { file })
    }
}
