//! Files that hold some of a table's rows each, until they become one.

use crate::{column_type::ColumnType, error::Result, read_at::ReadAt, schema::TableSchema};
use std::{collections::HashMap, sync::Arc};

/// The segments of a table in order. A file is opened with the step to it, so
/// that their number is not bound by how many files a process may have open.
///
/// See [`Segment`] for an example.
pub type Segments<'s> = &'s mut dyn Iterator<Item = Result<Segment>>;

/// A file that holds some of a table's rows, with the schema known when they
/// were written.
///
/// # Examples
///
/// ```
/// use arrow::datatypes::{DataType, Field, Schema};
/// use std::sync::Arc;
/// use transmog_model::{Segment, Segments, TableSchema};
///
/// let schema = |fields: Vec<Field>| TableSchema::from_arrow("boxes", &Schema::new(fields));
/// let size = Field::new("size", DataType::Int64, true);
/// let segment = Segment {
///     bytes: Arc::new(b"size\n7\n".to_vec()),
///     schema: schema(vec![size.clone()])?,
/// };
/// let table = schema(vec![Field::new("name", DataType::Utf8, true), size])?;
/// assert_eq!(segment.sources(&table), [None, Some(0)]);
/// let segments: Segments<'_> = &mut std::iter::once(Ok(segment));
/// assert_eq!(segments.count(), 1);
/// # Ok::<(), transmog_model::Error>(())
/// ```
pub struct Segment {
    /// The bytes of the file.
    pub bytes: Arc<dyn ReadAt>,
    /// The schema the file was written with.
    pub schema: TableSchema,
}

impl Segment {
    /// For each column of `schema` its place in the segment, from 0; none for a column that the
    /// segment does not have. Columns are known by role and path, whatever they are called.
    #[must_use]
    pub fn sources(&self, schema: &TableSchema) -> Vec<Option<usize>> {
        let places: HashMap<_, _> = (self.schema.columns.iter().enumerate())
            .map(|(at, column)| ((column.role, &column.path), at))
            .collect();
        (schema.columns.iter())
            .map(|column| places.get(&(column.role, &column.path)).copied())
            .collect()
    }

    /// The type of the column at this place of the segment, from 0.
    ///
    /// # Panics
    /// When the segment has no such column.
    #[must_use]
    pub fn column_type(&self, column: usize) -> ColumnType {
        self.schema.columns[column].column_type
    }
}
