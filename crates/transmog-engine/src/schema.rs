//! The schema of a run: found without writing data, merged from parts of the input, or given to a
//! later run.

use crate::error::{Category, Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use transmog_events::{DECIMAL_DIGITS, JsonPath};
use transmog_flatten::Naming;
use transmog_model::{ColumnType, Kind, KindSet, Observed, ScalarType, TableSchema};

/// The version of the JSON that [`Schema::to_json`] writes.
pub const SCHEMA_VERSION: u32 = 1;

/// The exact schema of all tables: which paths hold which kinds of values. Merging two schemas is
/// associative. It is commutative except for the order in which tables and columns first appear.
///
/// # Examples
/// ```
/// use transmog_engine::{Feed, Nothing, Run, Schema, TransmogConfig};
/// use transmog_reader::Source;
///
/// let seen_in = |json: &str| {
///     let feed = Feed::text(vec![Source::bytes("example", json.as_bytes().to_vec())]);
///     let mut run = Run::start(feed, Nothing, &TransmogConfig::default())?;
///     while run.step()? {}
///     run.finish_with_schema().map(|(_, schema)| schema)
/// };
/// let mut schema = seen_in(r#"[{"a":1}]"#)?;
/// let other = seen_in(r#"[{"a":2.5,"b":[{"c":true}]}]"#)?;
/// schema.merge(&other);
/// assert_eq!(schema.tables[0].columns[0].column_type().to_string(), "float64");
/// assert_eq!(schema.tables[1].path.to_string(), "$.b[*]");
/// assert_eq!(Schema::from_json(&schema.to_json())?, schema);
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// The main table, then the others in order of their first row.
    pub tables: Vec<SchemaTable>,
}

/// One table of a [`Schema`].
///
/// # Examples
/// ```
/// use transmog_engine::{Schema, SchemaColumn, SchemaTable, TransmogConfig};
/// use transmog_events::JsonPath;
/// use transmog_model::{ColumnType, Observed};
/// let root = JsonPath::root();
/// let name = SchemaColumn { path: root.member("name"), seen: Observed::text() };
/// assert_eq!(name.column_type(), ColumnType::TEXT);
/// let table = SchemaTable { path: root, rows: 0, columns: vec![name] };
/// let schema = Schema { tables: vec![table] };
/// let tables = schema.table_schemas(&TransmogConfig::default().naming());
/// assert_eq!((&*tables[0].name, &*tables[0].columns[1].name), ("data", "name"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaTable {
    /// JsonPath of its rows in a record.
    pub path: JsonPath,
    /// Number of rows.
    pub rows: u64,
    /// The data columns in order of first appearance.
    pub columns: Vec<SchemaColumn>,
}

/// One data column of a [`SchemaTable`].
///
/// See [`SchemaTable`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaColumn {
    /// JsonPath of its values in a record.
    pub path: JsonPath,
    /// The kinds of its values.
    pub seen: Observed,
}

impl SchemaColumn {
    /// The type of the column in a finished table.
    #[must_use]
    pub fn column_type(&self) -> ColumnType {
        self.seen.final_type()
    }
}

impl Schema {
    /// Adds the tables and columns of `other`, and joins the types.
    pub fn merge(&mut self, other: &Schema) {
        let mut tables: HashMap<JsonPath, usize> = HashMap::new();
        for (at, table) in self.tables.iter().enumerate() {
            tables.insert(table.path.clone(), at);
        }
        for table in &other.tables {
            let Some(at) = tables.get(&table.path) else {
                self.tables.push(table.clone());
                continue;
            };
            let known = &mut self.tables[*at];
            known.rows += table.rows;
            let places = known.columns.iter().enumerate();
            let places: HashMap<JsonPath, usize> = places
                .map(|(at, column)| (column.path.clone(), at))
                .collect();
            for column in &table.columns {
                match places.get(&column.path) {
                    Some(at) => {
                        let seen = &mut known.columns[*at].seen;
                        *seen = seen.join(column.seen);
                    }
                    None => known.columns.push(column.clone()),
                }
            }
        }
    }

    /// The tables with the names and columns of a run with this naming; see
    /// [`TransmogConfig::naming`](crate::TransmogConfig::naming).
    #[must_use]
    pub fn table_schemas(&self, naming: &Naming) -> Vec<TableSchema> {
        let tables = self.tables.iter().map(|table| {
            let columns = table.columns.iter();
            (
                &table.path,
                columns.map(|column| (&column.path, column.seen)),
            )
        });
        naming.schemas(tables)
    }

    /// The schema as JSON text, the same for the same schema.
    #[must_use]
    pub fn to_json(&self) -> String {
        let file = SchemaFile {
            version: SCHEMA_VERSION,
            tables: self.tables.iter().map(TableFile::of).collect(),
        };
        // Maps of strings and numbers always serialize.
        serde_json::to_string_pretty(&file).unwrap_or_default()
    }

    /// Reads the text of [`to_json`](Self::to_json). A column may have a `type` without `kinds`, as
    /// in a schema written by hand.
    ///
    /// # Errors
    /// When the text is not a schema, or has another version.
    pub fn from_json(text: &str) -> Result<Self> {
        let wrong = |message: String| Error::new(Category::Config, format!("schema: {message}"));
        let file: SchemaFile =
            serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if file.version != SCHEMA_VERSION {
            return Err(wrong(format!(
                "version {} is not {SCHEMA_VERSION}; write the schema again with this version of \
                 transmog",
                file.version
            )));
        }
        let tables: Result<Vec<_>, String> =
            file.tables.into_iter().map(TableFile::table).collect();
        let schema = Self {
            tables: tables.map_err(wrong)?,
        };
        match schema.tables.first() {
            Some(first) if first.path == JsonPath::root() => Ok(schema),
            _ => Err(wrong("the first table must be `$`".to_owned())),
        }
    }
}

/// The schema in a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaFile {
    version: u32,
    tables: Vec<TableFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    path: String,
    #[serde(default)]
    rows: u64,
    columns: Vec<ColumnFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnFile {
    path: String,
    #[serde(rename = "type")]
    column_type: String,
    /// Kinds of the scalars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kinds: Option<Vec<String>>,
    /// Kinds of the elements of lists, if there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    element_kinds: Option<Vec<String>>,
    /// The most digits before and after the point, if the kinds do not determine them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digits: Option<(u8, u8)>,
    /// The same for the elements of lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    element_digits: Option<(u8, u8)>,
}

impl TableFile {
    fn of(table: &SchemaTable) -> Self {
        let names = |kinds: KindSet| kinds.iter().map(|kind| kind.name().to_owned()).collect();
        let digits = |kinds: KindSet| {
            let plain: KindSet = kinds.iter().collect();
            (plain != kinds).then(|| kinds.digits())
        };
        let column = |column: &SchemaColumn| ColumnFile {
            path: column.path.to_string(),
            column_type: column.column_type().to_string(),
            kinds: Some(names(column.seen.scalars)),
            element_kinds: column.seen.elements.map(names),
            digits: digits(column.seen.scalars),
            element_digits: column.seen.elements.and_then(digits),
        };
        Self {
            path: table.path.to_string(),
            rows: table.rows,
            columns: table.columns.iter().map(column).collect(),
        }
    }

    fn table(self) -> Result<SchemaTable, String> {
        let columns = self.columns.into_iter().map(ColumnFile::column);
        Ok(SchemaTable {
            path: path(&self.path)?,
            rows: self.rows,
            columns: columns.collect::<Result<_, _>>()?,
        })
    }
}

impl ColumnFile {
    fn column(self) -> Result<SchemaColumn, String> {
        let kinds = |names: Vec<String>, digits: Option<(u8, u8)>| -> Result<KindSet, String> {
            let kind = |name: &String| {
                name.parse::<Kind>()
                    .map_err(|_| format!("unknown kind `{name}`"))
            };
            let kinds = names.iter().map(kind).collect::<Result<KindSet, _>>()?;
            match digits {
                None => Ok(kinds),
                Some((whole, scale)) if whole.max(scale) <= DECIMAL_DIGITS => {
                    Ok(kinds.with_digits(whole, scale))
                }
                Some(_) => Err(format!("expected at most {DECIMAL_DIGITS} digits")),
            }
        };
        let seen = match (self.kinds, self.element_kinds) {
            (None, None) => observed(&self.column_type)?,
            (scalars, elements) => Observed {
                scalars: kinds(scalars.unwrap_or_default(), self.digits)?,
                elements: elements
                    .map(|names| kinds(names, self.element_digits))
                    .transpose()?,
            },
        };
        if seen.final_type().to_string() != self.column_type {
            return Err(format!(
                "{}: the kinds give the type {}, not {}",
                self.path,
                seen.final_type(),
                self.column_type
            ));
        }
        Ok(SchemaColumn {
            path: path(&self.path)?,
            seen,
        })
    }
}

fn path(text: &str) -> Result<JsonPath, String> {
    text.parse::<JsonPath>().map_err(|error| error.to_string())
}

/// The least kinds that give this type.
fn observed(column_type: &str) -> Result<Observed, String> {
    let scalar = |name: &str| {
        let kind = [
            (ScalarType::Boolean, Kind::Boolean),
            (ScalarType::Int64, Kind::Integer),
            (ScalarType::Float64, Kind::Float),
            (ScalarType::Text, Kind::String),
        ];
        let plain = kind.iter().find(|(scalar, _)| scalar.to_string() == name);
        let plain = plain.map(|(_, kind)| KindSet::of(*kind));
        let decimal = |scale: &u8| ScalarType::Decimal(*scale).to_string() == name;
        let decimal = (0..=DECIMAL_DIGITS)
            .find(decimal)
            .map(|scale| KindSet::of(Kind::Decimal).with_digits(DECIMAL_DIGITS - scale, scale));
        plain
            .or(decimal)
            .ok_or_else(|| format!("unknown type `{column_type}`"))
    };
    let element = column_type
        .strip_prefix("list<")
        .and_then(|t| t.strip_suffix('>'));
    Ok(match element {
        Some(element) => Observed {
            scalars: KindSet::default(),
            elements: Some(scalar(element)?),
        },
        None => Observed {
            scalars: scalar(column_type)?,
            elements: None,
        },
    })
}
