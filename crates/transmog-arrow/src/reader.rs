//! The rows of a file this crate wrote.

use arrow::ipc::reader::FileReader;
use std::{io::BufReader, sync::Arc};
use transmog_model::{
    Error, ReadAt, ReadAtCursor, Result, StoredRows, TableFormat, TableSchema, stored_rows,
};

pub(crate) fn rows(
    format: &dyn TableFormat,
    input: Arc<dyn ReadAt>,
    schema: &TableSchema,
) -> Result<StoredRows> {
    let input = BufReader::new(ReadAtCursor::new(input, 0));
    let batches = FileReader::try_new(input, None)
        .map_err(|e| Error::reading(format.name(), &schema.name, e))?;
    Ok(stored_rows(format, schema, batches))
}
