//! The rows of a file this crate wrote.

use arrow::array::RecordBatch;
use orc_rust::{ArrowReaderBuilder, TimestampPrecision};
use std::fs::File;
use transmog_model::{Error, Result};

pub(crate) fn rows(file: File) -> Result<impl Iterator<Item = Result<RecordBatch>>> {
    let reader = ArrowReaderBuilder::try_new(file).map_err(|e| Error::format("orc", e))?;
    let rows = reader
        .with_timestamp_precision(TimestampPrecision::Microsecond)
        .build();
    Ok(rows.map(|batch| batch.map_err(|e| Error::format("orc", e))))
}
