//! Names of tables and columns: each is unique, and the first path to want a name gets it.

use crate::{rules::RuleError, table::TableSet};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};
use transmog_events::{JsonPath, Step, brief};
use transmog_model::{
    Column, ColumnRole, ColumnType, KindSet, NameScope, Names, Observed, ScalarType, TableSchema,
};

/// The name of the value of a row that is not an object, and of an array directly inside an
/// array.
const VALUE: &str = "value";

/// How tables and columns are named. A metadata column without a name does not exist.
///
/// # Examples
/// ```
/// use transmog_flatten::Naming;
/// use transmog_events::JsonPath;
/// use transmog_model::{Kind, Observed};
///
/// let mut number = Observed::default();
/// number.add(Kind::Integer);
/// let root = JsonPath::root();
/// let a_b = root.member("a").member("b");
/// let schemas = Naming::default().schemas([(&root, None, vec![(&a_b, number)])]);
/// let names: Vec<_> = schemas[0].columns.iter().map(|column| column.name.as_str()).collect();
/// assert_eq!((schemas[0].name.as_str(), names), ("data", vec!["_id", "a_b", "_timestamp"]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// The name of the main table, and the prefix of all others. Default `data`.
    pub name: String,
    /// The text between two keys. Default `_`.
    pub separator: String,
    /// Which names count as the same. Default [`Names::Exact`].
    pub names: Names,
    /// The name of the column of ids. Default `_id`.
    pub id: String,
    /// The type of keys; `None` for that of their values. Default text.
    pub keys: Option<ScalarType>,
    /// The name of the column of parent ids, in all tables but the main one. Default
    /// `_parent_id`.
    pub parent: String,
    /// The name of the column of main row ids, in all tables but the main one. Default none.
    pub root: Option<String>,
    /// The name of the column of positions in the array, in all tables but the main one. Default
    /// none.
    pub index: Option<String>,
    /// The name of the column of keys, in tables of the members of objects. Default `_key`.
    pub key: String,
    /// The names that rules or a schema give. Default none.
    pub given: GivenNames,
    /// The name of the column with the name of the input, in the main table. Default none.
    pub source: Option<String>,
    /// The name of the column with the line of the record, in the main table. Default none.
    pub line: Option<String>,
    /// The name of the column with the byte of the record, in the main table. Default none.
    pub byte: Option<String>,
    /// The name of the column with the start of the run. Default `_timestamp`.
    pub time: Option<String>,
    /// Whether columns with nulls only are kept. Default `false`.
    pub include_nulls: bool,
    /// The parameters of the run, for the metadata of files. Default none.
    pub parameters: Option<String>,
}

impl Default for Naming {
    fn default() -> Self {
        Self {
            name: "data".into(),
            separator: "_".into(),
            names: Names::Exact,
            id: "_id".into(),
            keys: Some(ScalarType::Text),
            parent: "_parent_id".into(),
            root: None,
            index: None,
            key: "_key".into(),
            given: GivenNames::default(),
            source: None,
            line: None,
            byte: None,
            time: Some("_timestamp".into()),
            include_nulls: false,
            parameters: None,
        }
    }
}

/// The kinds of natural ids in the key columns of a table. Without any, a column is text.
///
/// # Examples
/// ```
/// use transmog_events::JsonPath;
/// use transmog_flatten::{KeyKinds, Naming};
/// use transmog_model::{Kind, KindSet};
/// let naming = Naming { keys: None, ..Naming::default() };
/// let kinds = KeyKinds { own: KindSet::of(Kind::Integer), ..KeyKinds::default() };
/// let columns = naming.columns(&JsonPath::root(), kinds, []).columns;
/// assert_eq!(columns[0].column_type.to_string(), "int64");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyKinds {
    /// Those of the table's own ids.
    pub own: KindSet,
    /// Those of the ids of its parents' table.
    pub parent: KindSet,
    /// Those of the ids of the main table.
    pub root: KindSet,
}

impl KeyKinds {
    /// Those of the table at `path`, where `ids` gives the kinds of the ids of the table with the rows
    /// at a path, if there is one.
    pub fn of(path: &JsonPath, ids: impl Fn(&JsonPath) -> Option<KindSet>) -> Self {
        let above = || path.ancestors().find_map(|above| ids(&above));
        Self {
            own: ids(path).unwrap_or_default(),
            parent: above().unwrap_or_default(),
            root: ids(&JsonPath::root()).unwrap_or_default(),
        }
    }

    /// The same with other kinds for each.
    #[must_use]
    pub fn map(self, other: impl Fn(KindSet) -> KindSet) -> Self {
        Self {
            own: other(self.own),
            parent: other(self.parent),
            root: other(self.root),
        }
    }
}

/// Names that rules or a schema give to tables and columns. No other table or column gets them.
///
/// # Examples
/// ```
/// use transmog_events::JsonPath;
/// use transmog_flatten::{GivenNames, KeyKinds, Naming};
/// use transmog_model::Observed;
/// let root = JsonPath::root();
/// let id = root.member("customer").member("id");
/// let given = GivenNames::default().with_column(&root, &id, "customer");
/// let naming = Naming { given, ..Naming::default() }.without_time();
/// let columns = naming.columns(&root, KeyKinds::default(), [(&id, Observed::text())]).columns;
/// assert_eq!(columns[1].name, "customer");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenNames {
    /// By the path of the rows.
    tables: BTreeMap<JsonPath, String>,
    /// By the path of the array, or of the object whose keys are data.
    arrays: BTreeMap<JsonPath, String>,
    /// By the path of the rows and that of the values.
    columns: BTreeMap<JsonPath, BTreeMap<JsonPath, String>>,
}

impl GivenNames {
    /// The same with a name for the table whose rows are at this path, unless it has one.
    #[must_use]
    pub fn with_table(mut self, rows: &JsonPath, name: &str) -> Self {
        let table = self.tables.entry(rows.clone());
        table.or_insert_with(|| name.to_owned());
        self
    }

    /// The same with a name for the column of the values at `path` in the table whose rows are at
    /// `table`, unless it has one.
    #[must_use]
    pub fn with_column(mut self, table: &JsonPath, path: &JsonPath, name: &str) -> Self {
        let columns = self.columns.entry(table.clone()).or_default();
        columns
            .entry(path.clone())
            .or_insert_with(|| name.to_owned());
        self
    }

    /// The same with the name of a rule: for the table of the rows at `path`; or for the column of the
    /// values there, and the table of their elements or members.
    #[must_use]
    pub fn with_rule(self, path: &JsonPath, name: &str) -> Self {
        if is_of_rows(path) {
            return self.with_table(path, name);
        }
        let mut given = self.with_column(&path.row(), path, name);
        let array = given.arrays.entry(path.clone());
        array.or_insert_with(|| name.to_owned());
        given
    }

    fn table(&self, rows: &JsonPath) -> Option<&String> {
        self.tables
            .get(rows)
            .or_else(|| self.arrays.get(&rows.parent()))
    }

    fn column(&self, table: &JsonPath, path: &JsonPath) -> Option<&String> {
        self.columns.get(table)?.get(path)
    }
}

/// A column or table that did not get the name that its keys make, since that was taken.
///
/// # Examples
/// ```
/// use transmog_flatten::Renamed;
/// let (plain, name) = ("a_b".to_owned(), "a_b__2".to_owned());
/// let renamed = Renamed { source: Some(1), plain, name };
/// assert_eq!(renamed.to_string(), "a_b is a_b__2");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Index among the data columns; `None` for a metadata column or a table.
    pub source: Option<usize>,
    /// The name that the keys make.
    pub plain: String,
    /// The name that it got.
    pub name: String,
}

impl fmt::Display for Renamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", brief(&self.plain), brief(&self.name))
    }
}

/// The named columns of a table.
///
/// # Examples
/// ```
/// use transmog_events::JsonPath;
/// use transmog_flatten::{KeyKinds, Naming};
/// use transmog_model::Observed;
/// let root = JsonPath::root();
/// let (below, beside) = (root.member("a").member("b"), root.member("a_b"));
/// let data = [(&below, Observed::text()), (&beside, Observed::text())];
/// let named = Naming::default().without_time().columns(&root, KeyKinds::default(), data);
/// let names: Vec<_> = named.columns.iter().map(|column| column.name.as_str()).collect();
/// assert_eq!(names, ["_id", "a_b", "a_b__2"]);
/// assert_eq!(named.sources, [None, Some(0), Some(1)]);
/// assert_eq!(named.renamed[0].source, Some(1));
/// ```
#[derive(Clone, Debug, Default)]
pub struct NamedColumns {
    /// The columns in order.
    pub columns: Vec<Column>,
    /// For each its index among the data columns; `None` for a metadata column.
    pub sources: Vec<Option<usize>>,
    /// Those that did not get the name that their keys make.
    pub renamed: Vec<Renamed>,
}

/// The names of tables assigned so far.
///
/// # Examples
/// ```
/// use transmog_events::JsonPath;
/// use transmog_flatten::{Naming, TableNames};
/// let naming = Naming::default();
/// let mut names = TableNames::new(&naming);
/// let root = JsonPath::root();
/// assert_eq!(names.give(&naming, &root).name, "data");
/// assert_eq!(names.give(&naming, &root.member("a_b").elements()).name, "data_a_b");
/// let collides = names.give(&naming, &root.member("a").member("b").elements());
/// assert_eq!(collides.name, "data_a_b__2");
/// assert_eq!(collides.renamed.map(|it| it.plain).as_deref(), Some("data_a_b"));
/// ```
#[derive(Clone, Debug)]
pub struct TableNames {
    scope: NameScope,
    /// Names that no other table gets.
    given: HashMap<JsonPath, String>,
    by_path: HashMap<JsonPath, String>,
}

/// A named table.
///
/// See [`TableNames`] for an example.
#[derive(Clone, Debug)]
pub struct NamedTable {
    /// The name, unique in the run.
    pub name: String,
    /// Set if it is not the name that the keys make.
    pub renamed: Option<Renamed>,
    /// Metadata for the files of the table, besides its columns.
    pub properties: Arc<Vec<(String, String)>>,
}

impl TableNames {
    /// No names yet.
    #[must_use]
    pub fn new(naming: &Naming) -> Self {
        let mut scope = NameScope::of(naming.names);
        // A name that is given goes before one that keys make.
        let given = naming.given.tables.iter();
        let given = given
            .map(|(path, name)| (path.clone(), scope.take(name)))
            .collect();
        Self {
            scope,
            given,
            by_path: HashMap::new(),
        }
    }

    /// Names the next table. Tables come in the order of their first row, the main table first,
    /// each once.
    pub fn give(&mut self, naming: &Naming, path: &JsonPath) -> NamedTable {
        let plain = naming.plain_table_name(path);
        let name = match self.given.get(path) {
            Some(name) => name.clone(),
            None => self.scope.take(&plain),
        };
        let parent = path.ancestors().find_map(|path| self.by_path.get(&path));
        let properties = [
            ("version", Some(env!("CARGO_PKG_VERSION").to_owned())),
            ("table", Some(name.clone())),
            ("path", Some(path.to_string())),
            ("parent", parent.cloned()),
            ("parameters", naming.parameters.clone()),
        ];
        let properties = properties
            .into_iter()
            .filter_map(|(key, value)| Some((format!("transmog.{key}"), value?)));
        let properties = Arc::new(properties.collect());
        self.by_path.insert(path.clone(), name.clone());
        let renamed = (name != plain).then(|| Renamed {
            source: None,
            plain,
            name: name.clone(),
        });
        NamedTable {
            name,
            renamed,
            properties,
        }
    }
}

impl Naming {
    /// The same without the column of the start of the run, which exists only in a run.
    #[must_use]
    pub fn without_time(self) -> Self {
        Self { time: None, ..self }
    }

    /// Checks the names that rules give.
    ///
    /// # Errors
    /// When two of them, or one and the name of a metadata column or of the main table, are the same.
    pub fn check_given(&self) -> Result<(), RuleError> {
        let taken = |scope: &mut NameScope, path: &JsonPath, name: &String, what: &str| {
            let alone = NameScope::of(self.names).take(name);
            match scope.take(name) == alone {
                true => Ok(()),
                false => Err(RuleError::new(format!(
                    "rename {path}={name}: another {what} has this name; choose another"
                ))),
            }
        };
        let mut scope = NameScope::of(self.names);
        let main = JsonPath::root();
        if !self.given.tables.contains_key(&main) {
            scope.take(&self.name);
        }
        for (path, name) in &self.given.tables {
            taken(&mut scope, path, name, "table")?;
        }
        for (table, columns) in &self.given.columns {
            let mut scope = NameScope::of(self.names);
            let metadata = self.metadata(table, KeyKinds::default()).into_iter();
            let metadata = metadata.map(|(_, name, _)| name);
            metadata
                .chain(self.time.clone())
                .for_each(|name| drop(scope.take(&name)));
            let is_map = table.steps().last() == Some(&Step::Members);
            if is_map && !columns.contains_key(&table.key()) {
                scope.take(&self.key);
            }
            for (path, name) in columns {
                taken(&mut scope, path, name, "column")?;
            }
        }
        Ok(())
    }

    /// The metadata columns of a table but the time: role, name, type.
    fn metadata(&self, table: &JsonPath, kinds: KeyKinds) -> Vec<(ColumnRole, String, ColumnType)> {
        let text = ColumnType::TEXT;
        let number = ColumnType::Scalar(ScalarType::Int64);
        let key = |kinds| self.key_type(kinds);
        let others = match table.steps().is_empty() {
            true => [
                (ColumnRole::Source, self.source.as_ref(), text),
                (ColumnRole::Line, self.line.as_ref(), number),
                (ColumnRole::Byte, self.byte.as_ref(), number),
            ],
            false => [
                (ColumnRole::Parent, Some(&self.parent), key(kinds.parent)),
                (ColumnRole::Root, self.root.as_ref(), key(kinds.root)),
                (ColumnRole::Index, self.index.as_ref(), number),
            ],
        };
        let id = (ColumnRole::Id, Some(&self.id), key(kinds.own));
        let columns = [id].into_iter().chain(others);
        columns
            .filter_map(|(role, name, column_type)| Some((role, name?.clone(), column_type)))
            .collect()
    }

    /// The type of a column of keys of these kinds.
    fn key_type(&self, kinds: KindSet) -> ColumnType {
        match self.keys {
            Some(keys) => ColumnType::Scalar(keys),
            None => Observed::default().with(kinds, false).final_type(),
        }
    }

    /// The schemas of tables, given by their path, the kinds of natural ids and data columns: the
    /// main table first, columns in the order of first appearance.
    pub fn schemas<'t, C>(
        &self,
        tables: impl IntoIterator<Item = (&'t JsonPath, Option<KindSet>, C)>,
    ) -> Vec<TableSchema>
    where
        C: IntoIterator<Item = (&'t JsonPath, Observed)>,
    {
        let mut names = TableNames::new(self);
        let tables: Vec<_> = tables.into_iter().collect();
        let ids = tables.iter();
        let ids: HashMap<JsonPath, KindSet> = ids
            .map(|(path, kinds, _)| ((*path).clone(), kinds.unwrap_or_default()))
            .collect();
        let schema = |(path, _, columns): (&JsonPath, _, C)| {
            let keys = KeyKinds::of(path, |path| ids.get(path).copied());
            let table = names.give(self, path);
            TableSchema {
                name: table.name,
                path: path.clone(),
                columns: self.columns(path, keys, columns).columns,
                properties: table.properties,
            }
        };
        tables.into_iter().map(schema).collect()
    }

    /// The columns of a table with keys of these kinds and these data columns, which are in the order of first
    /// appearance.
    pub fn columns<'c>(
        &self,
        table: &JsonPath,
        keys: KeyKinds,
        data: impl IntoIterator<Item = (&'c JsonPath, Observed)>,
    ) -> NamedColumns {
        let mut naming = ColumnNames {
            scope: NameScope::of(self.names),
            named: NamedColumns::default(),
        };
        for (role, plain, column_type) in self.metadata(table, keys) {
            let name = naming.take(plain, None);
            naming.add(name, None, role, column_type);
        }
        // It is the last column, but no data column gets its name.
        let time = self.time.clone().map(|plain| naming.take(plain, None));
        // Nor does one get a name that is given to another.
        let given = self.given.columns.get(table).into_iter().flatten();
        let given: HashMap<&JsonPath, String> = given
            .map(|(path, name)| (path, naming.scope.take(name)))
            .collect();
        for (source, (path, seen)) in data.into_iter().enumerate() {
            if !seen.is_null() || self.include_nulls {
                let name = match given.get(path) {
                    Some(name) => name.clone(),
                    None => naming.take(self.plain_column_name(table, path), Some(source)),
                };
                naming.add(
                    name,
                    Some((path, source)),
                    ColumnRole::Data,
                    seen.final_type(),
                );
            }
        }
        if let Some(name) = time {
            naming.add(name, None, ColumnRole::Time, ColumnType::RUN_START);
        }
        naming.named
    }

    /// The name that is given, or that of the run and every key of the path; an array directly
    /// inside an array adds `value`, and so does an object whose keys are data in a row.
    fn plain_table_name(&self, path: &JsonPath) -> String {
        if let Some(name) = self.given.table(path) {
            return name.clone();
        }
        let main = self.given.tables.get(&JsonPath::root());
        let mut name = main.unwrap_or(&self.name).clone();
        let mut after_elements = true;
        for step in path.steps() {
            match step {
                Step::Member(key) => {
                    name = name + &self.separator + key;
                    after_elements = false;
                }
                Step::Elements | Step::Members if after_elements => {
                    name = name + &self.separator + VALUE;
                }
                Step::Elements | Step::Members => after_elements = true,
                Step::Key => {}
            }
        }
        name
    }

    /// The keys from the row to the value; that of the row itself is `value`. A value of a row above
    /// has the name of its table, too.
    fn plain_column_name(&self, table: &JsonPath, column: &JsonPath) -> String {
        if !column.steps().starts_with(table.steps()) {
            let above = column.row();
            let name = match self.given.column(&above, column) {
                Some(name) => name.clone(),
                None => self.plain_column_name(&above, column),
            };
            return self.plain_table_name(&above) + &self.separator + &name;
        }
        let steps = &column.steps()[table.steps().len()..];
        if steps == [Step::Key] {
            return self.key.clone();
        }
        let keys: Vec<&str> = (steps.iter())
            .filter_map(|step| match step {
                Step::Member(key) => Some(&**key),
                Step::Elements | Step::Members | Step::Key => None,
            })
            .collect();
        match keys.is_empty() {
            true => VALUE.to_owned(),
            false => keys.join(&self.separator),
        }
    }
}

/// Whether it is the path of rows, not of the values in them.
fn is_of_rows(path: &JsonPath) -> bool {
    matches!(path.steps().last(), Some(Step::Elements | Step::Members))
}

/// The columns of a table while they are named.
struct ColumnNames {
    scope: NameScope,
    named: NamedColumns,
}

impl ColumnNames {
    fn take(&mut self, plain: String, source: Option<usize>) -> String {
        let name = self.scope.take(&plain);
        if name != plain {
            self.named.renamed.push(Renamed {
                source,
                plain,
                name: name.clone(),
            });
        }
        name
    }

    fn add(
        &mut self,
        name: String,
        data: Option<(&JsonPath, usize)>,
        role: ColumnRole,
        column_type: ColumnType,
    ) {
        self.named.columns.push(Column {
            name,
            path: data.map(|(path, _)| path.clone()),
            role,
            column_type,
        });
        self.named.sources.push(data.map(|(_, source)| source));
    }
}

impl TableSet {
    /// The schemas of the tables, in order, as a run over these records alone has them.
    #[must_use]
    pub fn schemas(&self, naming: &Naming) -> Vec<TableSchema> {
        let tables = self.tables.iter().map(|table| {
            let columns = table.columns.iter();
            let ids = table.natural_ids.as_ref().map(|ids| ids.seen.scalars);
            (
                &table.path,
                ids,
                columns.map(|column| (&column.path, column.seen)),
            )
        });
        naming.schemas(tables)
    }
}
