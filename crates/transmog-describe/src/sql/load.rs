//! Commands that load the files of tables.

use super::{
    dialect::Dialect,
    names::{STAGING, identifier, literal},
    tables::Table,
    types::{self, conversion, held, type_name},
};
use transmog_model::{ColumnSummary, ColumnType, ScalarType};

/// The options of DuckDB's CSV reader but for types.
const DUCKDB_CSV: [(&str, &str); 12] = [
    ("auto_detect", "false"),
    ("header", "true"),
    ("new_line", r"'\n'"),
    ("delim", "','"),
    ("quote", "'\"'"),
    ("escape", "'\"'"),
    ("nullstr", "''"),
    ("allow_quoted_nulls", "false"),
    ("parallel", "false"),
    ("max_line_size", "134217728"),
    ("buffer_size", "268435456"),
    ("strict_mode", "true"),
];

impl Table<'_> {
    /// Appends the commands that load the table's file.
    pub(super) fn load(&self, out: &mut String, dialect: Dialect) -> Result<(), String> {
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
        for column in &self.summary.columns {
            types::check(column, dialect)?;
        }
        let statement = match dialect {
            Dialect::Postgres if self.converts(dialect) => self.load_postgres(&table, &path),
            Dialect::Postgres => {
                format!("\\copy {table} FROM {path} WITH (FORMAT csv, HEADER true)\n")
            }
            Dialect::DuckDb if *extension == "parquet" => {
                format!("INSERT INTO {table} SELECT * FROM read_parquet({path});\n")
            }
            Dialect::DuckDb => self.load_duckdb(&table, &path),
            Dialect::Sqlite => self.load_sqlite(&table, file),
        };
        out.push_str(&statement);
        Ok(())
    }

    /// Whether a column is made from text that the system does not load as it is.
    fn converts(&self, dialect: Dialect) -> bool {
        let mut columns = self.summary.columns.iter();
        columns.any(|column| conversion(column, "", dialect).is_some())
    }

    /// The columns of the file: a name and a type for each, and the value for the table.
    fn staged(&self, dialect: Dialect) -> Vec<(String, String, String)> {
        let columns = self.summary.columns.iter().enumerate();
        let staged = columns.map(|(at, column)| {
            let name = format!("c{at}");
            match conversion(column, &name, dialect) {
                Some(value) => {
                    let text = type_name(ColumnType::TEXT, dialect);
                    (name, text, value)
                }
                None => {
                    let column_type = type_name(held(column, dialect), dialect);
                    (name.clone(), column_type, name)
                }
            }
        });
        staged.collect()
    }

    /// Loads through a table of the file's texts, because an array is made from JSON text.
    fn load_postgres(&self, table: &str, path: &str) -> String {
        let columns = self.staged(Dialect::Postgres);
        let staged = joined(columns.iter().map(|(name, of, _)| format!("{name} {of}")));
        let values = joined(columns.iter().map(|(_, _, value)| value.clone()));
        format!(
            "CREATE TEMP TABLE {STAGING} ({staged});\n\
             \\copy {STAGING} FROM {path} WITH (FORMAT csv, HEADER true)\n\
             INSERT INTO {table} SELECT {values} FROM {STAGING} ORDER BY ctid;\n\
             DROP TABLE {STAGING};\n"
        )
    }

    fn load_duckdb(&self, table: &str, path: &str) -> String {
        let columns = self.staged(Dialect::DuckDb);
        let staged = joined(
            columns
                .iter()
                .map(|(name, of, _)| format!("{name}: '{of}'")),
        );
        let values = joined(columns.iter().map(|(_, _, value)| value.clone()));
        let options = DUCKDB_CSV.map(|(name, value)| format!("{name} = {value}"));
        format!(
            "INSERT INTO {table} SELECT {values} FROM read_csv({path}, columns = {{{staged}}}, {});\n",
            options.join(", ")
        )
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
            "CREATE TEMP TABLE {STAGING} ({});\n.import --csv --skip 1 {file} {STAGING}\n\
             INSERT INTO main.{table} SELECT {} FROM temp.{STAGING} ORDER BY rowid;\n\
             DROP TABLE temp.{STAGING};\n",
            columns
                .iter()
                .map(|c| format!("{c} TEXT"))
                .collect::<Vec<_>>()
                .join(", "),
            values.join(", ")
        )
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// Whether the column holds the keys of members.
fn is_key(column: &ColumnSummary) -> bool {
    column
        .path
        .as_deref()
        .is_some_and(|path| path.ends_with('~'))
}
