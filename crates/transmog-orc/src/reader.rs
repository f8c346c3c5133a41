//! The rows of a file this crate wrote.

use arrow::array::RecordBatch;
use orc_rust::{ArrowReaderBuilder, TimestampPrecision};
use std::fs::File;
use transmog_model::{Error, Result};

/// Cells of the rows that are read at a time, about.
const BATCH_CELLS: usize = 1 << 21;

pub(crate) fn rows(file: File) -> Result<impl Iterator<Item = Result<RecordBatch>>> {
    let reader = ArrowReaderBuilder::try_new(file).map_err(|e| Error::format("orc", e))?;
    let columns = reader.file_metadata().root_data_type().children().len();
    let rows = reader
        .with_batch_size((BATCH_CELLS / columns.max(1)).clamp(256, 8192))
        .with_timestamp_precision(TimestampPrecision::Microsecond)
        .build();
    Ok(rows.map(|batch| batch.map_err(|e| Error::format("orc", e))))
}
