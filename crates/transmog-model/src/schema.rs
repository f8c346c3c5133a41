//! What a finished table looks like.

use crate::{
    column_type::ColumnType,
    error::{Error, Result},
};
use arrow::datatypes::{Field, Schema, SchemaRef};
use std::{collections::HashSet, sync::Arc};
use transmog_events::JsonPath;

/// What a column is for.
///
/// # Examples
///
/// ```
/// use transmog_model::ColumnRole;
///
/// assert_eq!("parent".parse(), Ok(ColumnRole::Parent));
/// assert_eq!(ColumnRole::Data.to_string(), "data");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnRole {
    /// The row's id.
    Id,
    /// The id of the immediate parent row.
    Parent,
    /// The id of the main row.
    Root,
    /// The position in the array, from 0.
    Index,
    /// The name of the input of the record.
    Source,
    /// The line where the record begins, from 1.
    Line,
    /// The byte where the record begins, from 0.
    Byte,
    /// Data of the input.
    Data,
    /// The start of the run.
    Time,
}

transmog_events::names! {
    ColumnRole, "role of a column" {
        Id = "id",
        Parent = "parent",
        Root = "root",
        Index = "index",
        Source = "source",
        Line = "line",
        Byte = "byte",
        Data = "data",
        Time = "time",
    }
}

impl ColumnRole {
    /// Whether the column may hold nulls: data, and where a record comes from.
    #[must_use]
    pub fn is_nullable(self) -> bool {
        use ColumnRole::{Byte, Data, Line, Source};
        matches!(self, Data | Source | Line | Byte)
    }
}

/// One column of a finished table.
///
/// # Examples
///
/// ```
/// use transmog_events::JsonPath;
/// use transmog_model::{Column, ColumnRole, ColumnType};
///
/// let column = Column {
///     name: "a_b".to_owned(),
///     path: Some(JsonPath::root().member("a").member("b")),
///     role: ColumnRole::Data,
///     column_type: ColumnType::TEXT,
/// };
/// let properties: Vec<_> = column.properties().collect();
/// assert_eq!(properties[1], ("transmog.path".to_owned(), "$.a.b".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name, unique in its table.
    pub name: String,
    /// Where its values stand in a record; none for a metadata column.
    pub path: Option<JsonPath>,
    /// What it is for.
    pub role: ColumnRole,
    /// The type of its values.
    pub column_type: ColumnType,
}

impl Column {
    fn from_arrow(field: &Field) -> Result<Self> {
        let column_type = ColumnType::from_arrow(field).ok_or_else(|| {
            Error::unsupported(format!(
                "column `{}` has the type {}; expected boolean, int64, float64, decimal128(38, s), \
                 utf8, date32, timestamp(us or ns, UTC or none), fixed_size_binary(16) or a list of \
                 them: cast it",
                field.name(),
                field.data_type()
            ))
        })?;
        let role = field.metadata().get("transmog.role");
        let role = role.and_then(|role| role.parse().ok());
        let role = role.unwrap_or(ColumnRole::Data);
        let path = field.metadata().get("transmog.path");
        let path = path.and_then(|path| path.parse().ok());
        let form = field.metadata().get("transmog.form");
        let is_run_start = role == ColumnRole::Time
            && column_type.arrow_type() == ColumnType::RUN_START.arrow_type();
        let column_type = match form {
            _ if is_run_start => ColumnType::RUN_START,
            Some(form) => column_type.with_form(form),
            None => column_type,
        };
        Ok(Self {
            name: field.name().clone(),
            path: (role == ColumnRole::Data)
                .then(|| path.unwrap_or_else(|| JsonPath::root().member(field.name().as_str()))),
            role,
            column_type,
        })
    }

    /// What files say of the column: `transmog.role`; `transmog.path` of a data column; and
    /// `transmog.form`, if its text in the input had one of several forms
    /// ([`ColumnType::form`]).
    pub fn properties(&self) -> impl Iterator<Item = (String, String)> {
        let role = ("transmog.role".to_owned(), self.role.name().to_owned());
        let path = self.path.as_ref();
        let path = path.map(|path| ("transmog.path".to_owned(), path.to_string()));
        let is_of_run = self.role == ColumnRole::Time;
        let form = self.column_type.form().filter(|_| !is_of_run);
        let form = form.map(|form| ("transmog.form".to_owned(), form));
        std::iter::once(role).chain(path).chain(form)
    }
}

/// The schema of one table.
///
/// # Examples
///
/// ```
/// use transmog_events::JsonPath;
/// use transmog_model::{Column, ColumnRole, ColumnType, TableSchema};
///
/// let id = Column {
///     name: "_id".to_owned(),
///     path: None,
///     role: ColumnRole::Id,
///     column_type: ColumnType::TEXT,
/// };
/// let schema = TableSchema {
///     name: "boxes".to_owned(),
///     path: JsonPath::root(),
///     columns: vec![id],
///     properties: Default::default(),
/// };
/// let arrow = schema.arrow_schema();
/// assert!(!arrow.field(0).is_nullable());
/// assert_eq!(TableSchema::from_arrow("boxes", &arrow)?, schema);
/// # Ok::<(), transmog_model::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSchema {
    /// The name, unique in the run.
    pub name: String,
    /// Where its rows stand in a record: `$` for the main table.
    pub path: JsonPath,
    /// The columns in order.
    pub columns: Vec<Column>,
    /// What files say of the table beside its columns: key and text of each.
    pub properties: Arc<Vec<(String, String)>>,
}

impl TableSchema {
    /// The schema of a table whose rows come as Arrow record batches of this schema. What
    /// [`arrow_schema`](Self::arrow_schema) says of roles and paths is understood; any other column
    /// is a data column at a path of its name.
    ///
    /// # Errors
    /// When a column has a type that is none of [`ColumnType`]'s, or two have one name.
    ///
    /// # Examples
    /// ```
    /// use arrow::datatypes::{DataType, Field, Schema};
    /// use transmog_model::{ColumnType, ScalarType, TableSchema};
    ///
    /// let arrow = Schema::new(vec![Field::new("size", DataType::Int64, true)]);
    /// let schema = TableSchema::from_arrow("boxes", &arrow)?;
    /// assert_eq!(schema.columns[0].column_type, ColumnType::Scalar(ScalarType::Int64));
    /// let arrow = Schema::new(vec![Field::new("size", DataType::UInt8, true)]);
    /// assert!(TableSchema::from_arrow("boxes", &arrow).is_err());
    /// # Ok::<(), transmog_model::Error>(())
    /// ```
    pub fn from_arrow(name: impl Into<String>, schema: &Schema) -> Result<Self> {
        let mut names = HashSet::new();
        let mut columns = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            if !names.insert(field.name()) {
                let message = format!(
                    "expected columns of different names, found `{}` twice",
                    field.name()
                );
                return Err(Error::unsupported(message));
            }
            columns.push(Column::from_arrow(field)?);
        }
        let path = schema.metadata().get("transmog.path");
        let mut properties: Vec<_> = (schema.metadata().iter())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        properties.sort();
        Ok(Self {
            name: name.into(),
            path: path.and_then(|path| path.parse().ok()).unwrap_or_default(),
            columns,
            properties: Arc::new(properties),
        })
    }

    /// The Arrow schema of the batches of this table. Which columns are nullable,
    /// [`ColumnRole::is_nullable`] says. Its metadata are the properties, that of its fields are
    /// [`Column::properties`].
    #[must_use]
    pub fn arrow_schema(&self) -> SchemaRef {
        let field = |column: &Column| {
            let field = (column.column_type).arrow_field(&column.name, column.role.is_nullable());
            let mut metadata = field.metadata().clone();
            metadata.extend(column.properties());
            field.with_metadata(metadata)
        };
        let fields: Vec<_> = self.columns.iter().map(field).collect();
        let metadata = self.properties.iter().cloned().collect();
        Arc::new(Schema::new_with_metadata(fields, metadata))
    }
}
