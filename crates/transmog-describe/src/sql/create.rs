//! Statements that create tables.

use super::{
    dialect::Dialect,
    names::{identifier, literal},
    options::SqlOptions,
    tables::Table,
    types::{held, type_name},
};
use transmog_events::spelled;
use transmog_model::ColumnRole;

impl Table<'_> {
    /// Appends the statements for the table, its indexes and its comments.
    pub(super) fn create(
        &self,
        out: &mut String,
        options: SqlOptions,
        parent: Option<&Self>,
        main: &Self,
    ) {
        let dialect = options.dialect();
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
            let column_type = type_name(held(column, dialect), dialect);
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
        let new = options.condition();
        out.push_str(&format!("CREATE TABLE {new}{} (\n", identifier(&self.name)));
        for (at, (line, comment)) in lines.into_iter().enumerate() {
            let comma = if at == last { "" } else { "," };
            out.push_str(&format!("    {line}{comma}{comment}\n"));
        }
        out.push_str(");\n");
        for (name, column) in &self.indexes {
            out.push_str(&format!(
                "CREATE INDEX {new}{} ON {} ({});\n",
                identifier(name),
                identifier(&self.name),
                identifier(&self.columns[*column])
            ));
        }
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
}
