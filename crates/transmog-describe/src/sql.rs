//! Tables as SQL: scripts that create them and load their files.

use arrow::array::StringArray;
use transmog_events::{DECIMAL_DIGITS, is_unseen, spelled};
use transmog_model::{
    AlteredCells, ColumnRole, ColumnType, LossKind, NameScope, ScalarType, TableSummary,
};

/// The most bytes of a name in PostgreSQL.
const POSTGRES_NAME_BYTES: usize = 63;

/// A database system.
///
/// # Examples
/// ```
/// use transmog_describe::Dialect;
/// assert_eq!("duckdb".parse(), Ok(Dialect::DuckDb));
/// assert!(Dialect::DuckDb.loads("parquet") && !Dialect::Postgres.loads("parquet"));
/// assert!(!Dialect::Sqlite.takes("a\0b"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL, whose `psql` loads CSV files.
    Postgres,
    /// DuckDB, which loads CSV and Parquet files.
    DuckDb,
    /// SQLite, whose shell loads CSV files.
    Sqlite,
}

transmog_events::names! {
    Dialect, "SQL dialect" {
        Postgres = "postgres",
        DuckDb = "duckdb",
        Sqlite = "sqlite",
    }
}

impl Dialect {
    /// Whether the system loads files with this extension.
    #[must_use]
    pub fn loads(self, extension: &str) -> bool {
        self.extensions().contains(&extension)
    }

    fn extensions(self) -> &'static [&'static str] {
        match self {
            Dialect::Postgres | Dialect::Sqlite => &["csv"],
            Dialect::DuckDb => &["csv", "csv.gz", "csv.zst", "parquet"],
        }
    }

    /// A message that says which files the system loads.
    #[must_use]
    pub fn refusal(self) -> String {
        match self {
            Dialect::DuckDb => "duckdb loads CSV and Parquet files".to_owned(),
            _ => format!("{self} loads CSV files without compression"),
        }
    }

    /// Whether the system loads a text unchanged. PostgreSQL has no character NUL, and its `psql`
    /// takes a line `\.` as the end of a file; SQLite's import cuts text at NUL.
    #[must_use]
    pub fn takes(self, text: &str) -> bool {
        let has_nul = text.contains('\0');
        match self {
            Dialect::Postgres => {
                let ends_file = |line| line == "\\.";
                !has_nul && !text.split(['\n', '\r']).any(ends_file)
            }
            Dialect::Sqlite => !has_nul,
            Dialect::DuckDb => true,
        }
    }

    /// Which of these texts the system cannot [load](Self::takes); `None` if it loads all.
    ///
    /// # Examples
    /// ```
    /// use arrow::array::StringArray;
    /// use transmog_describe::Dialect;
    /// let texts = StringArray::from(vec!["a", "b\0", "\0"]);
    /// let refused = Dialect::Postgres.unloadable(&texts).expect("two have a NUL");
    /// assert_eq!((refused.first, refused.count), (1, 2));
    /// assert_eq!(Dialect::DuckDb.unloadable(&texts), None);
    /// ```
    #[must_use]
    pub fn unloadable(self, texts: &StringArray) -> Option<AlteredCells> {
        // Most columns have no such text.
        memchr::memchr2(0, b'\\', texts.value_data())?;
        let rows = texts.iter().enumerate();
        let mut refused = rows.filter(|(_, text)| text.is_some_and(|text| !self.takes(text)));
        let (first, _) = refused.next()?;
        Some(AlteredCells {
            kind: LossKind::Unloadable,
            count: 1 + refused.count() as u64,
            first,
        })
    }

    /// Why the system cannot load such a text, and what to do, in words that follow `text at PATH`.
    #[must_use]
    pub fn text_refusal(self) -> &'static str {
        match self {
            Dialect::Postgres => {
                "that the database cannot load unchanged: it has the character NUL, or a line \
                 `\\.`, which ends the file for psql; fix the data, or load into duckdb"
            }
            Dialect::Sqlite => {
                "that the database cannot load unchanged: it has the character NUL; fix the data, \
                 or load into duckdb"
            }
            Dialect::DuckDb => "that the database loads",
        }
    }

    /// The most columns of a table.
    fn max_columns(self) -> usize {
        match self {
            Dialect::Postgres => 1600,
            Dialect::DuckDb => usize::MAX,
            Dialect::Sqlite => 2000,
        }
    }
}

/// The statements that create the tables, and those that load their files.
///
/// See [`sql`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sql {
    /// `CREATE TABLE` with primary and foreign keys, parents first.
    pub schema: String,
    /// Commands that load each table from its file, for the system's own shell in the directory of
    /// the files.
    pub load: String,
}

/// A table with names that the system allows.
struct Table<'t> {
    summary: &'t TableSummary,
    name: String,
    /// The columns' names.
    columns: Vec<String>,
}

/// The tables as SQL. Ids are primary keys and parent ids foreign keys, so ids that are not unique,
/// such as those of equal records under `hash`, do not load.
///
/// # Errors
/// When the system cannot have such tables or load such files; also when the name of a column,
/// which is in the first line of its file, is text that the system cannot [load](Dialect::takes).
///
/// # Examples
/// ```
/// use transmog_model::{ColumnRole, ColumnSummary, ColumnType, TableSummary};
/// use transmog_describe::{Dialect, sql};
/// # let column = |name: &str, role, path: Option<&str>| ColumnSummary {
/// #     name: name.into(), role, column_type: ColumnType::TEXT, path: path.map(Into::into), statistics: None,
/// # };
/// let orders = TableSummary {
///     name: "orders".into(), path: "$".into(), rows: 2, parent: None,
///     bytes: Some(40), file: Some("orders.csv".into()),
///     columns: vec![column("_id", ColumnRole::Id, None), column("name", ColumnRole::Data, Some("$.name"))],
/// };
/// let sql = sql(&[orders], Dialect::DuckDb)?;
/// assert!(sql.schema.contains("CREATE TABLE \"orders\""));
/// assert!(sql.load.contains("orders.csv"));
/// # Ok::<(), String>(())
/// ```
pub fn sql(tables: &[TableSummary], dialect: Dialect) -> Result<Sql, String> {
    let mut taken = Names::of(dialect);
    let mut named: Vec<Table<'_>> = Vec::new();
    for summary in tables {
        let name = taken.take_table(&summary.name);
        let most = dialect.max_columns();
        if summary.columns.len() > most {
            return Err(format!(
                "{dialect} has at most {most} columns in a table, but `{}` has {}",
                summary.name,
                summary.columns.len()
            ));
        }
        if let Some(column) = summary.columns.iter().find(|c| !dialect.takes(&c.name)) {
            let path = column.path.as_deref();
            let at = path.map_or(String::new(), |path| format!(" at {path}"));
            return Err(format!(
                "{dialect} cannot load the file of the table `{}`: the name of the column \
                 `{}`{at} has the character NUL or a line `\\.`; rename it in the data, or leave \
                 out --sql",
                summary.name, column.name,
            ));
        }
        let mut names = Names::of_columns(dialect);
        let columns = summary.columns.iter().map(|c| names.take(&c.name));
        let columns = columns.collect();
        named.push(Table {
            summary,
            name,
            columns,
        });
    }
    // The input may have a table's rows before those of its parent, but keys must be loaded after.
    let depth = |table: &Table<'_>| table.summary.path.matches("[*]").count();
    let mut parents_first: Vec<_> = named.iter().collect();
    parents_first.sort_by_key(|table| depth(table));
    let mut made = Sql {
        schema: String::new(),
        load: String::from(match dialect {
            Dialect::Postgres => "\\set ON_ERROR_STOP on\nSET TIME ZONE 'UTC';\nBEGIN;\n",
            Dialect::DuckDb => "SET TimeZone = 'UTC';\nBEGIN TRANSACTION;\n",
            Dialect::Sqlite => ".bail on\nPRAGMA foreign_keys = ON;\nBEGIN;\n",
        }),
    };
    for table in parents_first {
        let parent = table.summary.parent.as_ref();
        let parent = parent.and_then(|name| named.iter().find(|t| t.summary.name == *name));
        table.create(&mut made.schema, dialect, parent, &named[0]);
        table.load(&mut made.load, dialect)?;
    }
    made.load.push_str("COMMIT;\n");
    Ok(made)
}

impl Table<'_> {
    fn create(&self, out: &mut String, dialect: Dialect, parent: Option<&Self>, main: &Self) {
        let mut lines = Vec::new();
        let mut keys = Vec::new();
        for (column, name) in self.summary.columns.iter().zip(&self.columns) {
            let null = if column.role.is_nullable() {
                ""
            } else {
                " NOT NULL"
            };
            let comment = match (&column.path, dialect) {
                (Some(path), Dialect::Sqlite) => format!(" -- {}", spelled(path)),
                _ => String::new(),
            };
            let column_type = column_type(column.column_type, dialect);
            lines.push((format!("{} {column_type}{null}", identifier(name)), comment));
            let references = |table: &Self| {
                let id = table.id().map(identifier);
                format!(
                    "FOREIGN KEY ({}) REFERENCES {} ({})",
                    identifier(name),
                    identifier(&table.name),
                    id.unwrap_or_default()
                )
            };
            match (column.role, parent) {
                (ColumnRole::Id, _) => keys.push(format!("PRIMARY KEY ({})", identifier(name))),
                (ColumnRole::Parent, Some(parent)) => keys.push(references(parent)),
                (ColumnRole::Root, _) => keys.push(references(main)),
                _ => {}
            }
        }
        lines.extend(keys.into_iter().map(|key| (key, String::new())));
        let last = lines.len() - 1;
        out.push_str(&format!("CREATE TABLE {} (\n", identifier(&self.name)));
        for (at, (line, comment)) in lines.into_iter().enumerate() {
            let comma = if at == last { "" } else { "," };
            out.push_str(&format!("    {line}{comma}{comment}\n"));
        }
        out.push_str(");\n");
        if dialect != Dialect::Sqlite {
            let table = identifier(&self.name);
            let comment = literal(&spelled(&self.summary.path), dialect);
            out.push_str(&format!("COMMENT ON TABLE {table} IS {comment};\n"));
            for (column, name) in self.summary.columns.iter().zip(&self.columns) {
                if let Some(path) = &column.path {
                    let comment = literal(&spelled(path), dialect);
                    let column = identifier(name);
                    out.push_str(&format!(
                        "COMMENT ON COLUMN {table}.{column} IS {comment};\n"
                    ));
                }
            }
        }
    }

    /// The name of the id column.
    fn id(&self) -> Option<&str> {
        let columns = self.summary.columns.iter().zip(&self.columns);
        let mut ids = columns.filter(|(column, _)| column.role == ColumnRole::Id);
        ids.next().map(|(_, name)| name.as_str())
    }

    fn load(&self, out: &mut String, dialect: Dialect) -> Result<(), String> {
        let Some(file) = &self.summary.file else {
            return Err(format!("the table `{}` has no file", self.summary.name));
        };
        let mut extensions = dialect.extensions().iter();
        let is_loaded = |extension: &str| file.ends_with(&format!(".{extension}"));
        let Some(extension) = extensions.find(|extension| is_loaded(extension)) else {
            return Err(dialect.refusal());
        };
        // `safe_file_stem` makes only such names. `.import` has no quoting, and `\\copy` no complete
        // one.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !file.chars().all(is_plain) || file.starts_with(['-', '.']) {
            return Err(format!("the file name `{file}` cannot be used in load.sql"));
        }
        let (table, path) = (identifier(&self.name), literal(file, dialect));
        let statement = match dialect {
            Dialect::Postgres => {
                format!("\\copy {table} FROM {path} WITH (FORMAT csv, HEADER true)\n")
            }
            Dialect::DuckDb if *extension == "parquet" => {
                format!("INSERT INTO {table} SELECT * FROM read_parquet({path});\n")
            }
            Dialect::DuckDb => format!(
                "COPY {table} FROM {path} (FORMAT csv, AUTO_DETECT false, HEADER true, NEW_LINE '\\n', DELIMITER ',', QUOTE '\"', \
                 ESCAPE '\"', NULL '', ALLOW_QUOTED_NULLS false, PARALLEL false, \
                 MAX_LINE_SIZE 134217728, BUFFER_SIZE 268435456, STRICT_MODE true);\n"
            ),
            Dialect::Sqlite => self.load_sqlite(&table, file),
        };
        out.push_str(&statement);
        Ok(())
    }

    /// Loads through a table of text, in which nulls are empty.
    fn load_sqlite(&self, table: &str, file: &str) -> String {
        let places = 0..self.columns.len();
        let columns: Vec<_> = places.map(|at| format!("c{at}")).collect();
        let values = columns.iter().zip(&self.summary.columns);
        let values: Vec<_> = values
            .map(|(name, column)| match column.column_type {
                ColumnType::Scalar(ScalarType::Boolean) => {
                    format!("CASE {name} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END")
                }
                ColumnType::Scalar(ScalarType::Int64) => {
                    format!("CAST(NULLIF({name}, '') AS INTEGER)")
                }
                ColumnType::Scalar(ScalarType::Float64) => {
                    format!("CAST(NULLIF({name}, '') AS REAL)")
                }
                // The key of a member is never null, but it may be empty.
                _ if is_key(column) => name.clone(),
                _ => format!("NULLIF({name}, '')"),
            })
            .collect();
        format!(
            "CREATE TEMP TABLE loading ({});\n.import --csv --skip 1 {file} loading\n\
             INSERT INTO main.{table} SELECT {} FROM temp.loading ORDER BY rowid;\n\
             DROP TABLE temp.loading;\n",
            columns
                .iter()
                .map(|c| format!("{c} TEXT"))
                .collect::<Vec<_>>()
                .join(", "),
            values.join(", ")
        )
    }
}

fn column_type(column_type: ColumnType, dialect: Dialect) -> String {
    let plain = |scalar: ScalarType| match (scalar, dialect) {
        (ScalarType::Boolean | ScalarType::Int64, Dialect::Sqlite) => "INTEGER",
        (ScalarType::Boolean, _) => "BOOLEAN",
        (ScalarType::Int64, _) => "BIGINT",
        (ScalarType::Float64, Dialect::Sqlite) => "REAL",
        (ScalarType::Float64, Dialect::Postgres) => "DOUBLE PRECISION",
        (ScalarType::Float64, Dialect::DuckDb) => "DOUBLE",
        // Text keeps all digits.
        (ScalarType::Decimal(_), Dialect::Sqlite) => "TEXT",
        (ScalarType::Decimal(_), _) => "NUMERIC",
        (ScalarType::Text | ScalarType::Null | ScalarType::Json, Dialect::DuckDb) => "VARCHAR",
        (ScalarType::Text | ScalarType::Null | ScalarType::Json, _) => "TEXT",
        (ScalarType::Date | ScalarType::Timestamp(_) | ScalarType::Uuid(_), Dialect::Sqlite) => {
            "TEXT"
        }
        (ScalarType::Date, _) => "DATE",
        (ScalarType::Uuid(_), _) => "UUID",
        (ScalarType::Timestamp(of), _) if of.zone.is_utc() => "TIMESTAMPTZ",
        (ScalarType::Timestamp(_), _) => "TIMESTAMP",
    };
    let scalar = |scalar: ScalarType| match (plain(scalar), scalar) {
        (numeric @ "NUMERIC", ScalarType::Decimal(scale)) => {
            format!("{numeric}({DECIMAL_DIGITS},{scale})")
        }
        (name, _) => name.to_owned(),
    };
    match column_type {
        ColumnType::Scalar(kind) => scalar(kind),
        ColumnType::List(element) => format!("{}[]", scalar(element)),
    }
}

/// Names that are unique for the system.
struct Names {
    dialect: Dialect,
    scope: NameScope,
}

impl Names {
    fn of(dialect: Dialect) -> Self {
        let scope = match dialect {
            Dialect::Postgres => NameScope::default().with_longest(POSTGRES_NAME_BYTES),
            Dialect::DuckDb | Dialect::Sqlite => NameScope::ignoring_case(),
        };
        Self { dialect, scope }
    }

    /// The names of a table's columns.
    fn of_columns(dialect: Dialect) -> Self {
        let mut names = Self::of(dialect);
        if dialect == Dialect::Postgres {
            // Every table has these system columns.
            let system = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];
            system.iter().for_each(|name| names.scope.reserve(name));
        }
        names
    }

    /// The name of a table, which also reserves the names that the system derives from it.
    fn take_table(&mut self, name: &str) -> String {
        if self.dialect == Dialect::Sqlite && name.to_lowercase().starts_with("sqlite_") {
            return self.take(&format!("_{name}"));
        }
        let name = self.take(name);
        if self.dialect == Dialect::Postgres {
            // The name of its primary key's index.
            self.scope.reserve(&format!("{name}_pkey"));
        }
        name
    }

    fn take(&mut self, name: &str) -> String {
        // `psql` reads a command to the end of the line.
        match one_line(name) {
            empty if empty.is_empty() => self.scope.take("_"),
            name => self.scope.take(&name),
        }
    }
}

/// A name in double quotes.
fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in single quotes. In PostgreSQL the form `E'…'` is used, because a setting changes the
/// meaning of a backslash in other literals.
fn literal(text: &str, dialect: Dialect) -> String {
    let text = text.replace('\'', "''");
    match dialect {
        Dialect::Postgres if text.contains('\\') => {
            format!("E'{}'", text.replace('\\', "\\\\"))
        }
        _ => format!("'{text}'"),
    }
}

/// A name without characters that are invisible in a script.
fn one_line(text: &str) -> String {
    let seen = |c: char| if is_unseen(c) { '_' } else { c };
    text.chars().map(seen).collect()
}

/// Whether the column holds the keys of members.
fn is_key(column: &transmog_model::ColumnSummary) -> bool {
    column
        .path
        .as_deref()
        .is_some_and(|path| path.ends_with('~'))
}
