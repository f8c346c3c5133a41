//! What a finished table looks like.

use crate::kind::ColumnType;
use arrow::datatypes::{Field, Schema, SchemaRef};
use std::sync::Arc;
use transmog_events::Path;

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnRole {
    /// The row's id.
    Id,
    /// The id of the immediate parent row.
    Parent,
    /// The id of the main row.
    Root,
    /// The position in the array, from 0.
    Index,
    /// Data of the input.
    Data,
    /// The start of the run.
    Time,
}

/// One column of a finished table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name, unique in its table.
    pub name: String,
    /// Where its values stand in a record; none for a metadata column.
    pub path: Option<Path>,
    /// What it is for.
    pub role: ColumnRole,
    /// The type of its values.
    pub column_type: ColumnType,
}

impl Column {
    /// What files say of the column: `transmog.role`, and `transmog.path` of a data
    /// column.
    pub fn properties(&self) -> impl Iterator<Item = (String, String)> {
        let role = ("transmog.role".to_owned(), self.role.name().to_owned());
        let path = self.path.as_ref();
        let path = path.map(|path| ("transmog.path".to_owned(), path.to_string()));
        std::iter::once(role).chain(path)
    }
}

impl ColumnRole {
    /// The role as files and reports have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ColumnRole::Id => "id",
            ColumnRole::Parent => "parent",
            ColumnRole::Root => "root",
            ColumnRole::Index => "index",
            ColumnRole::Data => "data",
            ColumnRole::Time => "time",
        }
    }
}

/// The schema of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSchema {
    /// The name, unique in the run.
    pub name: String,
    /// Where its rows stand in a record: `$` for the main table.
    pub path: Path,
    /// The columns in order.
    pub columns: Vec<Column>,
    /// What files say of the table beside its columns: key and text of each.
    pub properties: Arc<Vec<(String, String)>>,
}

impl TableSchema {
    /// The Arrow schema of the batches of this table. Only data columns are
    /// nullable. Its metadata are the properties, that of its fields are
    /// [`Column::properties`].
    #[must_use]
    pub fn arrow_schema(&self) -> SchemaRef {
        let field = |column: &Column| {
            let nullable = column.role == ColumnRole::Data;
            Field::new(&column.name, column.column_type.arrow_type(), nullable)
                .with_metadata(column.properties().collect())
        };
        let fields: Vec<_> = self.columns.iter().map(field).collect();
        let metadata = self.properties.iter().cloned().collect();
        Arc::new(Schema::new_with_metadata(fields, metadata))
    }
}
