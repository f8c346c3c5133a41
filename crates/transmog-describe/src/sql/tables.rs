//! Tables with names that the system allows.

use super::{dialect::Dialect, names::Names};
use transmog_model::{ColumnRole, TableSummary};

/// A table with names that the system allows.
pub(super) struct Table<'t> {
    pub(super) summary: &'t TableSummary,
    pub(super) name: String,
    /// The columns' names.
    pub(super) columns: Vec<String>,
    /// The indexes: their names, and which column each is of.
    pub(super) indexes: Vec<(String, usize)>,
}

impl Table<'_> {
    /// The name of the id column.
    pub(super) fn id(&self) -> Option<&str> {
        let columns = self.summary.columns.iter().zip(&self.columns);
        let mut ids = columns.filter(|(column, _)| column.role == ColumnRole::Id);
        ids.next().map(|(_, name)| name.as_str())
    }

    /// How many arrays its rows are in.
    pub(super) fn depth(&self) -> usize {
        self.summary.path.matches("[*]").count()
    }
}

/// The tables in the order of the summaries.
pub(super) fn named(tables: &[TableSummary], dialect: Dialect) -> Result<Vec<Table<'_>>, String> {
    let mut taken = Names::of_tables(dialect);
    let mut named = Vec::with_capacity(tables.len());
    for summary in tables {
        check(summary, dialect)?;
        let name = taken.take_table(&summary.name);
        let mut names = Names::of_columns(dialect);
        let columns = summary.columns.iter().map(|c| names.take(&c.name));
        named.push(Table {
            summary,
            name,
            columns: columns.collect(),
            indexes: Vec::new(),
        });
    }
    // DuckDB has an index for each foreign key already.
    if dialect != Dialect::DuckDb {
        // Tables and indexes share names, and those of tables come first.
        for table in &mut named {
            for (at, column) in table.summary.columns.iter().enumerate() {
                if matches!(column.role, ColumnRole::Parent | ColumnRole::Root) {
                    let name = format!("{}_{}_idx", table.name, table.columns[at]);
                    table.indexes.push((taken.take(&name), at));
                }
            }
        }
    }
    Ok(named)
}

/// An error if the system cannot have such a table.
fn check(summary: &TableSummary, dialect: Dialect) -> Result<(), String> {
    let most = dialect.max_columns();
    if summary.columns.len() > most {
        return Err(format!(
            "{dialect} has at most {most} columns in a table, but `{}` has {}",
            summary.name,
            summary.columns.len()
        ));
    }
    let Some(column) = summary.columns.iter().find(|c| !dialect.takes(&c.name)) else {
        return Ok(());
    };
    let path = column.path.as_deref();
    let at = path.map_or(String::new(), |path| format!(" at {path}"));
    Err(format!(
        "{dialect} cannot load the file of the table `{}`: the name of the column `{}`{at} has the \
         character NUL or a line `\\.`; rename it in the data, or leave out --sql",
        summary.name, column.name,
    ))
}
