//! The rows of a segment on their way to a file with the schema of the whole table.

use crate::{convert::widen, schema::TableSchema, segment::Segment};
use arrow::{
    array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array},
    datatypes::{Field, Schema, SchemaRef},
    error::ArrowError,
};
use std::sync::Arc;

/// Brings batches of one segment to the columns of the table.
pub(crate) struct Widening<'s> {
    segment: &'s Segment,
    schema: &'s TableSchema,
    sources: Vec<Option<usize>>,
    /// That of the last batch, and mostly of the next one too.
    given: SchemaRef,
}

impl<'s> Widening<'s> {
    pub(crate) fn new(segment: &'s Segment, schema: &'s TableSchema) -> Self {
        Self {
            sources: segment.sources(schema),
            given: schema.arrow_schema(),
            segment,
            schema,
        }
    }

    pub(crate) fn batch(&mut self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let columns = self.schema.columns.iter().zip(&self.sources);
        let columns: Vec<ArrayRef> = columns
            .map(|(column, source)| {
                let to = column.column_type;
                match source {
                    None => new_null_array(&to.arrow_type(), batch.num_rows()),
                    Some(at) => widen(batch.column(*at), self.segment.column_type(*at), to),
                }
            })
            .collect();
        if !has_types(&self.given, &columns) {
            self.given = with_types(&self.given, &columns);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.given), columns, &options)
    }
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
