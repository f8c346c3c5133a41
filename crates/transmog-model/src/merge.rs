//! Merging segments by reading their rows and writing them again, for formats
//! that cannot copy what they wrote.

use crate::{
    convert::widen,
    error::{Error, Result},
    format::{ByteSink, Segments, TableFormat},
    schema::TableSchema,
};
use arrow::{
    array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array},
    compute::cast,
    datatypes::{Field, Schema, SchemaRef},
    error::ArrowError,
};
use std::{fs::File, sync::Arc};

/// Makes one file of the rows of all segments in order; `read` gives the rows
/// of a segment's file. This is what [`TableFormat::merge`] promises.
///
/// # Errors
/// As [`TableFormat::merge`].
pub fn merge_rows<I: Iterator<Item = Result<RecordBatch>>>(
    format: &dyn TableFormat,
    segments: Segments,
    schema: &TableSchema,
    out: ByteSink<'_>,
    read: impl Fn(File) -> Result<I>,
) -> Result<()> {
    let refused = |source: ArrowError| Error::format(format.name(), source);
    let mut writer = format.create(schema, out)?;
    // That of the last batch, as a rule of the next one too.
    let mut given = schema.arrow_schema();
    for segment in segments {
        let segment = segment?;
        let sources = segment.sources(schema);
        let rows =
            read(segment.file.try_clone().map_err(|e| {
                Error::io(format!("reading a segment of table `{}`", schema.name), e)
            })?)?;
        for batch in rows {
            let batch = batch?;
            let mut columns: Vec<ArrayRef> = Vec::with_capacity(sources.len());
            for (column, source) in schema.columns.iter().zip(&sources) {
                let to = column.column_type;
                columns.push(match source {
                    None => new_null_array(&to.arrow_type(), batch.num_rows()),
                    Some(at) => {
                        let from = segment.column_type(*at);
                        // Readers name list elements and UTC their own way.
                        let stored = format.stored_type(from).arrow_type();
                        let cells = cast(batch.column(*at), &stored).map_err(refused)?;
                        widen(&cells, from, to)
                    }
                });
            }
            if !has_types(&given, &columns) {
                given = with_types(&given, &columns);
            }
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            let batch = RecordBatch::try_new_with_options(Arc::clone(&given), columns, &options);
            writer.write(&batch.map_err(refused)?)?;
        }
    }
    writer.finish()
}

fn has_types(schema: &SchemaRef, columns: &[ArrayRef]) -> bool {
    let mut fields = schema.fields().iter().zip(columns);
    fields.all(|(field, column)| field.data_type() == column.data_type())
}

/// The schema with the columns' own types.
fn with_types(schema: &SchemaRef, columns: &[ArrayRef]) -> SchemaRef {
    let fields = schema.fields().iter().zip(columns);
    let fields = fields
        .map(|(field, column)| Field::clone(field).with_data_type(column.data_type().clone()));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
