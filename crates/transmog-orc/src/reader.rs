//! The rows of a file this crate wrote.

use crate::{input::Input, writer::stored_schema};
use orc_rust::ArrowReaderBuilder;
use std::sync::Arc;
use transmog_model::{Error, ReadAt, Result, StoredRows, TableFormat, TableSchema, stored_rows};

/// Cells of the rows that are read at a time, about.
const BATCH_CELLS: usize = 1 << 21;

pub(crate) fn rows(
    format: &dyn TableFormat,
    input: Arc<dyn ReadAt>,
    schema: &TableSchema,
) -> Result<StoredRows> {
    let table = &schema.name;
    let input = Input::new(input).map_err(|e| Error::reading(format.name(), table, e))?;
    let reader =
        ArrowReaderBuilder::try_new(input).map_err(|e| Error::reading(format.name(), table, e))?;
    let columns = reader.file_metadata().root_data_type().children().len();
    let batches = reader
        .with_batch_size((BATCH_CELLS / columns.max(1)).clamp(256, 8192))
        .with_schema(stored_schema(schema))
        .build();
    Ok(stored_rows(format, schema, batches))
}
