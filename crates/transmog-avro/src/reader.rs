//! The rows of a file this crate wrote.

use arrow::array::RecordBatch;
use arrow_avro::reader::ReaderBuilder;
use std::{fs::File, io::BufReader};
use transmog_model::{Error, Result};

/// Rows read at a time.
const BATCH_ROWS: usize = 8192;

pub(crate) fn rows(file: File) -> Result<impl Iterator<Item = Result<RecordBatch>>> {
    let refused = |source| Error::format("avro", source);
    let reader = ReaderBuilder::new()
        .with_batch_size(BATCH_ROWS)
        .build(BufReader::new(file))
        .map_err(refused)?;
    Ok(reader.map(move |batch| batch.map_err(refused)))
}
