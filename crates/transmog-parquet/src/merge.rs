//! Segments to one file: column chunks are copied byte for byte, and only
//! those whose type widened are encoded again. Row groups so small that the end
//! of the file would say as much as they hold are joined.

use crate::{
    Format,
    encoding::properties,
    groups::Sizes,
    reader::{BATCH_BYTES, ParquetFile},
    writer::refused,
};
use arrow::{
    array::{ArrayRef, new_null_array},
    datatypes::{Field, SchemaRef},
};
use parquet::{
    arrow::{
        ArrowWriter,
        arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves},
    },
    column::writer::ColumnCloseResult,
    errors::ParquetError,
    file::{
        metadata::{ColumnChunkMetaData, PageIndexPolicy},
        writer::SerializedFileWriter,
    },
    schema::types::ColumnDescPtr,
};
use std::{io::Write, sync::Arc};
use transmog_model::{ByteSink, Column, Result, Segment, Segments, TableSchema, widen};

/// Columns that are encoded together, at most: for each reader the library goes through all
/// columns of the file.
const COLUMNS: usize = 128;

pub(crate) fn merge(
    format: &Format,
    segments: Segments,
    schema: &TableSchema,
    out: ByteSink<'_>,
) -> Result<()> {
    let mut merge = Merge::begin(format, schema, out).map_err(refused)?;
    for segment in segments {
        merge.append(&segment?).map_err(refused)?;
    }
    merge.finish().map_err(refused)
}

/// The file that segments become.
struct Merge<'s> {
    format: &'s Format,
    schema: &'s TableSchema,
    arrow: SchemaRef,
    out: SerializedFileWriter<ByteSink<'s>>,
    encoders: ArrowRowGroupWriterFactory,
    sizes: Sizes,
    /// Small row groups on their way to one.
    joined: Option<Joined>,
}

/// A column of the merged file in a row group.
type Encoder = (usize, ArrowColumnWriter);

struct Joined {
    encoders: Vec<Encoder>,
    rows: usize,
}

impl Joined {
    /// Encoded bytes, about.
    fn bytes(&self) -> usize {
        let encoders = self.encoders.iter();
        encoders
            .map(|(_, encoder)| encoder.get_estimated_total_bytes())
            .sum()
    }
}

impl<'s> Merge<'s> {
    fn begin(
        format: &'s Format,
        schema: &'s TableSchema,
        out: ByteSink<'s>,
    ) -> Result<Self, ParquetError> {
        let arrow = schema.arrow_schema();
        let properties = properties(format.options(), schema, None);
        let writer = ArrowWriter::try_new(out, Arc::clone(&arrow), Some(properties))?;
        let (out, encoders) = writer.into_serialized_writer()?;
        Ok(Self {
            format,
            schema,
            arrow,
            out,
            encoders,
            sizes: Sizes::new(format, schema.columns.len()),
            joined: None,
        })
    }

    fn append(&mut self, segment: &Segment) -> Result<(), ParquetError> {
        let mut source = SegmentFile::open(segment, self.schema)?;
        for group in 0..source.file.metadata.metadata().num_row_groups() {
            if source.file.bytes(group) < self.sizes.min_copied_bytes() {
                self.join(&mut source, group)?;
            } else {
                self.end_joined()?;
                self.copy(&mut source, group)?;
            }
        }
        Ok(())
    }

    /// Adds a row group to those that become one.
    fn join(&mut self, source: &mut SegmentFile, group: usize) -> Result<(), ParquetError> {
        let rows = source.file.rows(group);
        let is_too_much = |joined: &Joined| {
            joined.rows + rows > self.sizes.max_rows()
                && joined.bytes() >= self.sizes.footer_bytes()
        };
        if self.joined.as_ref().is_some_and(is_too_much) {
            self.end_joined()?;
        }
        let mut joined = match self.joined.take() {
            Some(joined) => joined,
            None => Joined {
                encoders: (self.encoders.create_column_writers(self.sizes.groups)?)
                    .into_iter()
                    .enumerate()
                    .collect(),
                rows: 0,
            },
        };
        source.encode(group, self.schema, &self.arrow, &mut joined.encoders)?;
        joined.rows += rows;
        let is_enough = joined.bytes() >= self.sizes.min_copied_bytes() * 4;
        self.joined = Some(joined);
        match is_enough {
            true => self.end_joined(),
            false => Ok(()),
        }
    }

    fn end_joined(&mut self) -> Result<(), ParquetError> {
        let Some(joined) = self.joined.take() else {
            return Ok(());
        };
        let mut row_group = self.out.next_row_group()?;
        for (_, encoder) in joined.encoders {
            encoder.close()?.append_to_row_group(&mut row_group)?;
        }
        row_group.close()?;
        if self.sizes.count(joined.rows) {
            self.format.note_larger();
        }
        Ok(())
    }

    /// Copies a row group, but for what has another type now.
    fn copy(&mut self, source: &mut SegmentFile, group: usize) -> Result<(), ParquetError> {
        let descriptors = self.out.schema_descr().columns().to_vec();
        let mut encoders = (self.encoders.create_column_writers(self.sizes.groups)?)
            .into_iter()
            .enumerate();
        let columns = &self.schema.columns;
        let mut row_group = self.out.next_row_group()?;
        for start in (0..columns.len()).step_by(COLUMNS) {
            let changed = |(at, _): &Encoder| source.unchanged(*at, &columns[*at]).is_none();
            let next = encoders.by_ref().take(COLUMNS);
            let mut changed: Vec<Encoder> = next.filter(changed).collect();
            source.encode(group, self.schema, &self.arrow, &mut changed)?;
            let mut changed = changed.into_iter();
            for at in start..columns.len().min(start + COLUMNS) {
                if let Some(from) = source.unchanged(at, &columns[at]) {
                    let chunk = source.chunk(group, from, &descriptors[at])?;
                    row_group.append_column(&source.file.input, chunk)?;
                } else if let Some((_, encoder)) = changed.next() {
                    encoder.close()?.append_to_row_group(&mut row_group)?;
                }
            }
        }
        row_group.close()?;
        self.sizes.groups += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<(), ParquetError> {
        self.end_joined()?;
        self.out.into_inner()?.flush()?;
        Ok(())
    }
}

/// A segment on its way to the merged file.
struct SegmentFile<'s> {
    file: ParquetFile,
    schema: &'s TableSchema,
    /// For each column of the merged file its place in the segment.
    sources: Vec<Option<usize>>,
}

impl<'s> SegmentFile<'s> {
    fn open(segment: &'s Segment, schema: &TableSchema) -> Result<Self, ParquetError> {
        let bytes = Arc::clone(&segment.bytes);
        Ok(Self {
            sources: segment.sources(schema),
            file: ParquetFile::open(bytes, PageIndexPolicy::Optional)?,
            schema: &segment.schema,
        })
    }

    /// The place of a column that has the same type here.
    fn unchanged(&self, at: usize, column: &Column) -> Option<usize> {
        let stored = column.column_type.arrow_type();
        let is_same = |from: &usize| self.schema.columns[*from].column_type.arrow_type() == stored;
        self.sources[at].filter(is_same)
    }

    /// A column chunk as it stands, under the name that `descriptor` gives it.
    fn chunk(
        &self,
        group: usize,
        column: usize,
        descriptor: &ColumnDescPtr,
    ) -> Result<ColumnCloseResult, ParquetError> {
        let metadata = self.file.metadata.metadata();
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

    /// Encodes the cells of a row group for columns of the merged file.
    fn encode(
        &mut self,
        group: usize,
        schema: &TableSchema,
        arrow: &SchemaRef,
        encoders: &mut [Encoder],
    ) -> Result<(), ParquetError> {
        let mut read: Vec<(usize, &mut Encoder)> = Vec::new();
        for encoder in encoders {
            let at = encoder.0;
            match self.sources[at] {
                Some(from) => read.push((from, encoder)),
                None => {
                    let nulls = schema.columns[at].column_type.arrow_type();
                    let nulls = new_null_array(&nulls, self.file.rows(group));
                    write(&mut encoder.1, arrow.field(at), &nulls)?;
                }
            }
        }
        // The library gives columns in the order of the file.
        read.sort_unstable_by_key(|(from, _)| *from);
        let mut rest = &mut read[..];
        while !rest.is_empty() {
            let (set, others) = rest.split_at_mut(self.read_together(group, rest));
            let leaves: Vec<usize> = set.iter().map(|(from, _)| *from).collect();
            for batch in self.file.cells(group, &leaves)? {
                for ((from, (at, encoder)), cells) in set.iter_mut().zip(batch?.columns()) {
                    let from_type = self.schema.columns[*from].column_type;
                    let to = schema.columns[*at].column_type;
                    let cells = widen(cells, from_type, to);
                    write(encoder, arrow.field(*at), &cells)?;
                }
            }
            rest = others;
        }
        Ok(())
    }

    /// How many of the first of these columns are read together.
    fn read_together(&self, group: usize, columns: &[(usize, &mut Encoder)]) -> usize {
        let mut bytes = 0;
        let sizes = columns.iter().take(COLUMNS).map(|(from, _)| {
            bytes += self.file.column_bytes(group, *from);
            bytes
        });
        sizes
            .take_while(|bytes| *bytes <= BATCH_BYTES)
            .count()
            .max(1)
    }
}

fn write(
    encoder: &mut ArrowColumnWriter,
    field: &Field,
    cells: &ArrayRef,
) -> Result<(), ParquetError> {
    for leaf in compute_leaves(field, cells)? {
        encoder.write(&leaf)?;
    }
    Ok(())
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
