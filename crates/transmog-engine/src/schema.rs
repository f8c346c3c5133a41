//! The schema of a run: found without writing data, merged from parts of the input, or given to a
//! later run.

use crate::{
    error::{Error, Result},
    policy::OnDrift,
};
use std::collections::HashMap;
use transmog_events::{JsonPath, PathPattern, brief};
use transmog_flatten::{Naming, Rule};
use transmog_model::{ColumnType, NameScope, Names, Observed, TableSchema};

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
    /// The path to the records, for a run whose options have none.
    pub records_path: Option<String>,
    /// The rules that the tables follow.
    pub rules: Vec<Rule>,
    /// What happens to records that do not fit: what the options say if `None`.
    pub on_drift: Option<OnDrift>,
    /// The same for the values at some paths and what is in them; the longest path counts.
    pub drift: Vec<Drift>,
}

/// What happens to the values at a path, and to what is in them, if the schema has no place for them.
///
/// # Examples
/// ```
/// use transmog_engine::{Drift, OnDrift, Schema};
/// let labels = Drift { path: "$.labels".parse()?, action: OnDrift::Ignore };
/// let schema = Schema { drift: vec![labels], ..Schema::default() };
/// # assert_eq!(schema.drift[0].action, OnDrift::Ignore);
/// # Ok::<(), transmog_events::PatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The path of the values.
    pub path: PathPattern,
    /// What happens.
    pub action: OnDrift,
}

/// One table of a [`Schema`].
///
/// # Examples
/// ```
/// use transmog_engine::{Schema, SchemaColumn, SchemaTable, TransmogConfig};
/// use transmog_events::JsonPath;
/// use transmog_model::{ColumnType, Observed};
/// let root = JsonPath::root();
/// let name = SchemaColumn { path: root.member("name"), seen: Observed::text(), name: None };
/// assert_eq!(name.column_type(), ColumnType::TEXT);
/// let table = SchemaTable { path: root, name: Some("people".to_owned()), rows: 0, ids: None, columns: vec![name] };
/// let schema = Schema { tables: vec![table], ..Schema::default() };
/// let tables = schema.table_schemas(&TransmogConfig::default().naming());
/// assert_eq!((&*tables[0].name, &*tables[0].columns[1].name), ("data", "name"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaTable {
    /// JsonPath of its rows in a record.
    pub path: JsonPath,
    /// Its name; by the options and the path if `None`.
    pub name: Option<String>,
    /// Number of rows.
    pub rows: u64,
    /// Its ids, if they are natural ones. A generated one counts as text.
    pub ids: Option<SchemaColumn>,
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
    /// Its name; by the options and the path if `None`.
    pub name: Option<String>,
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
    /// Adds the tables, columns and rules of `other`, and joins the types.
    pub fn merge(&mut self, other: &Schema) {
        for rule in &other.rules {
            if !self.rules.contains(rule) {
                self.rules.push(rule.clone());
            }
        }
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
            match (&mut known.ids, &table.ids) {
                (Some(ids), Some(more)) => ids.seen = ids.seen.join(more.seen),
                (ids, more) => *ids = ids.take().or_else(|| more.clone()),
            }
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

    /// The same with the names that tables and columns have in a run with this naming, so that they
    /// stay so whatever comes.
    #[must_use]
    pub fn with_names(mut self, naming: &Naming) -> Self {
        let named = self.table_schemas(naming);
        for (table, named) in self.tables.iter_mut().zip(named) {
            table.name = Some(named.name);
            for column in &mut table.columns {
                let is_it =
                    |named: &&transmog_model::Column| named.path.as_ref() == Some(&column.path);
                let named = named.columns.iter().find(is_it);
                column.name = named.map(|named| named.name.clone());
            }
        }
        self
    }

    /// An error if a rule of the schema gives a column or table another name than the schema does,
    /// where these names are allowed.
    pub(crate) fn check_renames(&self, names: Names) -> Result<()> {
        let allowed = |name: &str| NameScope::of(names).take(name);
        for (path, name) in self.rules.iter().filter_map(Rule::renamed) {
            let rows = [path.clone(), path.elements(), path.members()];
            let tables = self
                .tables
                .iter()
                .filter(|table| rows.contains(&table.path));
            let columns = self.tables.iter().flat_map(|table| &table.columns);
            let columns = columns.filter(|column| column.path == path);
            let named = tables.map(|table| &table.name);
            let named = named.chain(columns.map(|column| &column.name)).flatten();
            let is_other = |named: &&String| allowed(named) != allowed(name);
            if let Some(other) = named.into_iter().find(is_other) {
                return Err(Error::config(format!(
                    "rule rename {path}={name}: the schema names it `{}` where it lists it; give the same \
                     name in both places",
                    brief(other)
                )));
            }
        }
        Ok(())
    }

    /// The tables with the names and columns of a run with this naming; see
    /// [`TransmogConfig::naming`](crate::TransmogConfig::naming).
    #[must_use]
    pub fn table_schemas(&self, naming: &Naming) -> Vec<TableSchema> {
        let tables = self.tables.iter().map(|table| {
            let columns = table.columns.iter();
            (
                &table.path,
                table.ids.as_ref().map(|ids| ids.seen.scalars),
                columns.map(|column| (&column.path, column.seen)),
            )
        });
        naming.schemas(tables)
    }
}
