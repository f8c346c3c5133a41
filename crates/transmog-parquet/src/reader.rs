//! The rows of a file this crate wrote, as many at a time as memory takes.

use crate::{ROW_GROUP_BYTES, input::Input};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
            ParquetRecordBatchReaderBuilder,
        },
    },
    errors::ParquetError,
    file::metadata::{PageIndexPolicy, RowGroupMetaData},
};
use std::sync::Arc;
use transmog_model::{Error, ReadAt, Result, StoredRows, TableFormat, TableSchema, stored_rows};

/// Rows that are read at a time, at most.
const BATCH_ROWS: usize = 8192;
/// Bytes of them, about.
pub(crate) const BATCH_BYTES: usize = ROW_GROUP_BYTES / 4;

pub(crate) fn rows(
    format: &dyn TableFormat,
    input: Arc<dyn ReadAt>,
    schema: &TableSchema,
) -> Result<StoredRows> {
    let failed = |e| Error::reading(format.name(), &schema.name, e);
    let file = ParquetFile::open(input, PageIndexPolicy::Skip).map_err(failed)?;
    let columns = 0..file.metadata.parquet_schema().num_columns();
    let columns: Vec<usize> = columns.collect();
    let groups = 0..file.metadata.metadata().num_row_groups();
    let batches = groups.flat_map(move |group| {
        let (batches, error) = match file.cells(group, &columns) {
            Ok(batches) => (Some(batches), None),
            Err(error) => (None, Some(Err(error))),
        };
        let batches = batches.into_iter().flatten();
        error
            .into_iter()
            .chain(batches.map(|batch| batch.map_err(ParquetError::from)))
    });
    Ok(stored_rows(format, schema, batches))
}

/// A file with its metadata. Every column of ours has one leaf.
pub(crate) struct ParquetFile {
    pub(crate) input: Input,
    pub(crate) metadata: ArrowReaderMetadata,
}

impl ParquetFile {
    pub(crate) fn open(
        input: Arc<dyn ReadAt>,
        indexes: PageIndexPolicy,
    ) -> Result<Self, ParquetError> {
        let input = Input::new(input)?;
        let options = ArrowReaderOptions::new().with_page_index_policy(indexes);
        let metadata = ArrowReaderMetadata::load(&input, options)?;
        Ok(Self { input, metadata })
    }

    fn group(&self, group: usize) -> &RowGroupMetaData {
        self.metadata.metadata().row_group(group)
    }

    /// Rows of a row group.
    pub(crate) fn rows(&self, group: usize) -> usize {
        usize::try_from(self.group(group).num_rows()).unwrap_or_default()
    }

    /// Bytes of a row group in the file.
    pub(crate) fn bytes(&self, group: usize) -> usize {
        usize::try_from(self.group(group).compressed_size()).unwrap_or_default()
    }

    /// Bytes of a column of a row group as it is read.
    pub(crate) fn column_bytes(&self, group: usize, column: usize) -> usize {
        let chunk = self.group(group).column(column);
        let texts = chunk.unencoded_byte_array_data_bytes().unwrap_or_default();
        usize::try_from(chunk.uncompressed_size().max(texts)).unwrap_or_default()
    }

    /// The cells of columns in a row group.
    pub(crate) fn cells(
        &self,
        group: usize,
        columns: &[usize],
    ) -> Result<ParquetRecordBatchReader, ParquetError> {
        let leaves =
            ProjectionMask::leaves(self.metadata.parquet_schema(), columns.iter().copied());
        let bytes = columns.iter();
        let bytes = bytes.map(|column| self.column_bytes(group, *column));
        let bytes = bytes.fold(0, usize::saturating_add);
        let rows = self.rows(group).saturating_mul(BATCH_BYTES) / bytes.max(1);
        let input = self.input.clone();
        ParquetRecordBatchReaderBuilder::new_with_metadata(input, self.metadata.clone())
            .with_row_groups(vec![group])
            .with_projection(leaves)
            .with_batch_size(rows.clamp(1, BATCH_ROWS))
            .build()
    }
}
