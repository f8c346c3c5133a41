//! Segments to one file: column chunks are copied byte for byte, and only
//! those whose type widened are encoded again.

use crate::{Options, encoding::properties, writer::refused};
use arrow::{
    array::{ArrayRef, new_null_array},
    datatypes::Field,
};
use parquet::{
    arrow::{
        ArrowWriter, ProjectionMask,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
        arrow_writer::{ArrowColumnWriter, compute_leaves},
    },
    column::writer::ColumnCloseResult,
    errors::ParquetError,
    file::{
        metadata::{ColumnChunkMetaData, PageIndexPolicy},
        writer::SerializedRowGroupWriter,
    },
    schema::types::ColumnDescPtr,
};
use std::{fs::File, io::Write, sync::Arc};
use transmog_model::{ByteSink, Result, Segment, TableSchema, widen};

/// Rows of a widened column that are read at a time.
const BATCH_ROWS: usize = 8192;

pub(crate) fn merge(
    options: &Options,
    segments: Vec<Segment>,
    schema: &TableSchema,
    out: ByteSink,
) -> Result<()> {
    merge_files(options, segments, schema, out).map_err(refused)
}

fn merge_files(
    options: &Options,
    segments: Vec<Segment>,
    schema: &TableSchema,
    out: ByteSink,
) -> Result<(), ParquetError> {
    let arrow = schema.arrow_schema();
    let properties = properties(options, schema, None);
    let writer = ArrowWriter::try_new(out, Arc::clone(&arrow), Some(properties))?;
    let (mut out, encoders) = writer.into_serialized_writer()?;
    let mut groups = 0;
    for mut segment in segments {
        let sources = segment.sources(schema);
        let strings = (0..segment.schema.columns.len()).map(|column| segment.take_strings(column));
        let mut strings: Vec<_> = strings.collect();
        let source = SegmentFile::open(&segment.file)?;
        for group in 0..source.metadata.metadata().num_row_groups() {
            let descriptors: Vec<_> = out.schema_descr().columns().to_vec();
            let mut row_group = out.next_row_group()?;
            let encoders = encoders.create_column_writers(groups)?;
            groups += 1;
            for (at, encoder) in encoders.into_iter().enumerate() {
                let to = schema.columns[at].column_type;
                let from = sources[at].map(|from| (from, segment.column_type(from)));
                if let Some((from, same)) = from
                    && same == to
                {
                    let chunk = source.chunk(group, from, &descriptors[at])?;
                    row_group.append_column(source.file, chunk)?;
                    continue;
                }
                let mut column = Encoder {
                    field: arrow.field(at),
                    encoder,
                };
                match from {
                    Some((from, from_type)) => {
                        for cells in source.cells(group, from)? {
                            column.write(&widen(&cells?, from_type, to, &mut strings[from]))?;
                        }
                    }
                    None => {
                        let rows = source.metadata.metadata().row_group(group).num_rows();
                        let rows = usize::try_from(rows).unwrap_or_default();
                        column.write(&new_null_array(&to.arrow_type(), rows))?;
                    }
                }
                column.append_to(&mut row_group)?;
            }
            row_group.close()?;
        }
    }
    out.into_inner()?.flush()?;
    Ok(())
}

/// One column of a row group that is encoded.
struct Encoder<'s> {
    field: &'s Field,
    encoder: ArrowColumnWriter,
}

impl Encoder<'_> {
    fn write(&mut self, cells: &ArrayRef) -> Result<(), ParquetError> {
        for leaf in compute_leaves(self.field, cells)? {
            self.encoder.write(&leaf)?;
        }
        Ok(())
    }

    fn append_to(
        self,
        row_group: &mut SerializedRowGroupWriter<'_, ByteSink>,
    ) -> Result<(), ParquetError> {
        self.encoder.close()?.append_to_row_group(row_group)
    }
}

/// A segment with its metadata. Every column of ours has one leaf.
struct SegmentFile<'s> {
    file: &'s File,
    metadata: ArrowReaderMetadata,
}

impl<'s> SegmentFile<'s> {
    fn open(file: &'s File) -> Result<Self, ParquetError> {
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(file, options)?;
        Ok(Self { file, metadata })
    }

    /// A column chunk as it stands, under the name that `descriptor` gives it.
    fn chunk(
        &self,
        group: usize,
        column: usize,
        descriptor: &ColumnDescPtr,
    ) -> Result<ColumnCloseResult, ParquetError> {
        let metadata = self.metadata.metadata();
        let chunk = metadata.row_group(group).column(column);
        Ok(ColumnCloseResult {
            bytes_written: u64::try_from(chunk.compressed_size()).unwrap_or_default(),
            rows_written: u64::try_from(metadata.row_group(group).num_rows()).unwrap_or_default(),
            metadata: renamed(chunk, descriptor)?,
            bloom_filter: None,
            column_index: (metadata.column_index()).map(|index| index[group][column].clone()),
            offset_index: (metadata.offset_index()).map(|index| index[group][column].clone()),
        })
    }

    /// The cells of a column in a row group.
    fn cells(
        &self,
        group: usize,
        column: usize,
    ) -> Result<impl Iterator<Item = Result<ArrayRef, ParquetError>>, ParquetError> {
        let leaf = ProjectionMask::leaves(self.metadata.parquet_schema(), [column]);
        let file = self.file.try_clone()?;
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_row_groups(vec![group])
                .with_projection(leaf)
                .with_batch_size(BATCH_ROWS)
                .build()?;
        Ok(reader.map(|batch| Ok(Arc::clone(batch?.column(0)))))
    }
}

/// The metadata of a column chunk whose column has another name now, perhaps.
fn renamed(
    chunk: &ColumnChunkMetaData,
    descriptor: &ColumnDescPtr,
) -> Result<ColumnChunkMetaData, ParquetError> {
    if chunk.column_descr() == descriptor.as_ref() {
        return Ok(chunk.clone());
    }
    let mut builder = ColumnChunkMetaData::builder(Arc::clone(descriptor))
        .set_compression_codec(chunk.compression_codec())
        .set_encodings_mask(*chunk.encodings_mask())
        .set_total_compressed_size(chunk.compressed_size())
        .set_total_uncompressed_size(chunk.uncompressed_size())
        .set_num_values(chunk.num_values())
        .set_data_page_offset(chunk.data_page_offset())
        .set_dictionary_page_offset(chunk.dictionary_page_offset())
        .set_unencoded_byte_array_data_bytes(chunk.unencoded_byte_array_data_bytes())
        .set_repetition_level_histogram(chunk.repetition_level_histogram().cloned())
        .set_definition_level_histogram(chunk.definition_level_histogram().cloned());
    if let Some(statistics) = chunk.statistics() {
        builder = builder.set_statistics(statistics.clone());
    }
    if let Some(pages) = chunk.page_encoding_stats() {
        builder = builder.set_page_encoding_stats(pages.clone());
    }
    builder.build()
}
