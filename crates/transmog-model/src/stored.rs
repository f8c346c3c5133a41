//! Batches as a library reads them from a file, as [`TableFormat::read`] promises them.

use crate::{
    error::{Error, Result},
    format::{StoredRows, TableFormat},
    schema::TableSchema,
};
use arrow::{
    array::{ArrayRef, RecordBatch, RecordBatchOptions},
    compute::{CastOptions, cast_with_options},
    datatypes::{FieldRef, SchemaRef},
    error::ArrowError,
};
use std::{error::Error as StdError, sync::Arc};

/// The rows that `batches` hold, under the names of `schema` and in the types that `format`
/// stores. Libraries name list elements and UTC their own way, and an Avro or ORC column may have
/// another name; anything else is another table's file.
///
/// The iterator ends after its first error.
///
/// # Examples
///
/// How a format reads with a library whose reader is an iterator:
/// ```
/// use arrow::{error::ArrowError, ipc::reader::FileReader};
/// use std::{io::BufReader, sync::Arc};
/// use transmog_model::{
///     Error, ReadAt, ReadAtCursor, Result, StoredRows, TableFormat, TableSchema, stored_rows,
/// };
///
/// fn read(format: &dyn TableFormat, input: Arc<dyn ReadAt>, schema: &TableSchema) -> Result<StoredRows> {
///     let input = BufReader::new(ReadAtCursor::new(input, 0));
///     let batches = FileReader::try_new(input, None)
///         .map_err(|e| Error::reading(format.name(), &schema.name, e))?;
///     Ok(stored_rows(format, schema, batches))
/// }
/// ```
pub fn stored_rows<F, E>(
    format: &F,
    schema: &TableSchema,
    batches: impl Iterator<Item = Result<RecordBatch, E>> + Send + 'static,
) -> StoredRows
where
    F: TableFormat + ?Sized,
    E: Into<Box<dyn StdError + Send + Sync>> + 'static,
{
    let stored = format.stored_schema(schema).arrow_schema();
    let names = format.stored_names(schema);
    let (format, table) = (format.name(), schema.name.clone());
    let mut has_failed = false;
    let mut batches = batches.fuse();
    Box::new(std::iter::from_fn(move || {
        let batch = batches.next().filter(|_| !has_failed)?;
        let rows = match batch {
            Ok(batch) => as_stored(&batch, &names, &stored).map_err(Into::into),
            Err(source) => Err(source.into()),
        };
        has_failed = rows.is_err();
        Some(rows.map_err(|source| Error::reading(format, &table, source)))
    }))
}

fn as_stored(
    batch: &RecordBatch,
    names: &[String],
    stored: &SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    check_names(names, schema.fields().iter().map(|field| &**field.name()))
        .map_err(ArrowError::SchemaError)?;
    let columns = batch.columns().iter().zip(stored.fields());
    let columns: Vec<ArrayRef> = columns
        .map(|(cells, field)| cast_exactly(cells, field))
        .collect::<Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(stored), columns, &options)
}

/// The cells in the type of the field.
///
/// # Errors
/// When a cell is not a value of the type.
pub(crate) fn cast_exactly(cells: &ArrayRef, field: &FieldRef) -> Result<ArrayRef, ArrowError> {
    if cells.data_type() == field.data_type() {
        return Ok(Arc::clone(cells));
    }
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(cells, field.data_type(), &options)
        .map_err(|e| ArrowError::CastError(format!("column `{}`: {e}", field.name())))
}

/// Whether a file has these columns.
fn check_names<'n>(
    expected: &[String],
    mut found: impl Iterator<Item = &'n str>,
) -> Result<(), String> {
    for (at, name) in expected.iter().enumerate() {
        match found.next() {
            Some(found) if found == name => {}
            Some(found) => {
                return Err(format!(
                    "column {at} is `{found}`, expected `{name}`: the file is of another table"
                ));
            }
            None => {
                return Err(format!(
                    "column `{name}` is missing: the file is of another table"
                ));
            }
        }
    }
    match found.next() {
        None => Ok(()),
        Some(found) => Err(format!(
            "column `{found}` is not expected: the file is of another table"
        )),
    }
}
