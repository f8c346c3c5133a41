//! Tables as SQL: scripts that create them and load their files.

mod create;
mod dialect;
mod jsonb;
mod load;
mod names;
mod options;
mod tables;
mod types;

pub use dialect::Dialect;
pub use options::SqlOptions;

use transmog_model::TableSummary;

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
/// use transmog_describe::{Dialect, SqlOptions, sql};
/// # let column = |name: &str, role, path: Option<&str>| ColumnSummary {
/// #     name: name.into(), role, column_type: ColumnType::TEXT, value_type: None, path: path.map(Into::into), statistics: None,
/// # };
/// let orders = TableSummary {
///     name: "orders".into(), path: "$".into(), rows: 2, parent: None,
///     bytes: Some(40), file: Some("orders.csv".into()),
///     columns: vec![column("_id", ColumnRole::Id, None), column("name", ColumnRole::Data, Some("$.name"))],
/// };
/// let sql = sql(&[orders], SqlOptions::of(Dialect::DuckDb))?;
/// assert!(sql.schema.contains("CREATE TABLE \"orders\""));
/// assert!(sql.load.contains("orders.csv"));
/// # Ok::<(), String>(())
/// ```
pub fn sql(tables: &[TableSummary], options: SqlOptions) -> Result<Sql, String> {
    let dialect = options.dialect();
    let named = tables::named(tables, dialect)?;
    // The input may have a table's rows before those of its parent, but keys must be loaded after.
    let mut parents_first: Vec<_> = named.iter().collect();
    parents_first.sort_by_key(|table| table.depth());
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
        table.create(&mut made.schema, options, parent, &named[0]);
        table.load(&mut made.load, dialect)?;
    }
    made.load.push_str("COMMIT;\n");
    Ok(made)
}
