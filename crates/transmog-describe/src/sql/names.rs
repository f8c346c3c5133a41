//! Names and texts in scripts.

use super::dialect::Dialect;
use transmog_events::is_unseen;
use transmog_model::NameScope;

/// The most bytes of a name in PostgreSQL.
const POSTGRES_NAME_BYTES: usize = 63;

/// The name of the temporary tables through which files are loaded.
pub(super) const STAGING: &str = "transmog_loading";

/// Names that are unique for the system.
pub(super) struct Names {
    dialect: Dialect,
    scope: NameScope,
}

impl Names {
    /// The names of tables and indexes.
    pub(super) fn of_tables(dialect: Dialect) -> Self {
        let mut names = Self::all(dialect);
        names.scope.reserve(STAGING);
        names
    }

    fn all(dialect: Dialect) -> Self {
        let scope = match dialect {
            Dialect::Postgres => NameScope::default().with_longest(POSTGRES_NAME_BYTES),
            Dialect::DuckDb | Dialect::Sqlite => NameScope::ignoring_case(),
        };
        Self { dialect, scope }
    }

    /// The names of a table's columns.
    pub(super) fn of_columns(dialect: Dialect) -> Self {
        let mut names = Self::all(dialect);
        if dialect == Dialect::Postgres {
            // Every table has these system columns.
            let system = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];
            system.iter().for_each(|name| names.scope.reserve(name));
        }
        names
    }

    /// The name of a table, which also reserves the names that the system derives from it.
    pub(super) fn take_table(&mut self, name: &str) -> String {
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

    pub(super) fn take(&mut self, name: &str) -> String {
        // `psql` reads a command to the end of the line.
        match one_line(name) {
            empty if empty.is_empty() => self.scope.take("_"),
            name => self.scope.take(&name),
        }
    }
}

/// A name in double quotes.
pub(super) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in single quotes. In PostgreSQL the form `E'…'` is used, because a setting changes the
/// meaning of a backslash in other literals.
pub(super) fn literal(text: &str, dialect: Dialect) -> String {
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
