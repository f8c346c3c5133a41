//! The rows of a file this crate wrote.

use arrow::{array::RecordBatch, ipc::reader::FileReader};
use std::{fs::File, io::BufReader};
use transmog_model::{Error, Result};

pub(crate) fn rows(file: File) -> Result<impl Iterator<Item = Result<RecordBatch>>> {
    let refused = |source| Error::format("arrow", source);
    let reader = FileReader::try_new(BufReader::new(file), None).map_err(refused)?;
    Ok(reader.map(move |batch| batch.map_err(refused)))
}
