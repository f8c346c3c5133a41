//! The files that describe the tables' files: SQL and a Data Package.

use serde_json::json;
use std::sync::Arc;
use transmog_describe::{Dialect, SqlOptions, data_package, sql};
use transmog_engine::{
    Category, CellCheck, Companion, Error, MakeCompanion, OutputFiles, Result, TransmogConfig,
};

/// Which of these files a run writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Described {
    /// The scripts for a database.
    pub(crate) sql: Option<SqlOptions>,
    pub(crate) data_package: bool,
    /// Whether the CSV options are those a database can load.
    pub(crate) is_plain_csv: bool,
}

impl Described {
    pub(crate) fn has_files(&self) -> bool {
        self.sql.is_some() || self.data_package
    }

    /// Adds them to the files of a run.
    pub(crate) fn add_to(&self, files: &mut OutputFiles, config: &TransmogConfig) -> Result<()> {
        let mut own = Vec::new();
        if let Some(options) = self.sql {
            let dialect = options.dialect();
            check(dialect, files.format.extension(), self.is_plain_csv, config)?;
            files.cell_check = Some(CellCheck {
                altered: Arc::new(move |cells, seen| dialect.unloadable(cells, seen)),
                refusal: Some(dialect.text_refusal()),
            });
            own.push(of_our_names(
                &["schema.sql", "load.sql"],
                Arc::new(move |summary| {
                    let sql = sql(&summary.tables, options);
                    let sql = sql.map_err(|e| Error::new(Category::Unsupported, e))?;
                    Ok(vec![sql.schema, sql.load])
                }),
            ));
        }
        if self.data_package {
            let name = config.name().to_owned();
            own.push(of_our_names(
                &["datapackage.json"],
                Arc::new(move |summary| Ok(vec![data_package(&name, &summary.tables)])),
            ));
        }
        files.companions.splice(0..0, own);
        let sql = self.sql.map(|options| options.dialect().to_string());
        files.parameters.insert("sql".into(), json!(sql));
        let if_not_exists = self.sql.is_some_and(SqlOptions::if_not_exists);
        files
            .parameters
            .insert("sql_if_not_exists".into(), if_not_exists.into());
        let data_package = self.data_package.into();
        files.parameters.insert("data_package".into(), data_package);
        Ok(())
    }
}

fn of_our_names(names: &[&str], make: Arc<MakeCompanion>) -> Companion {
    Companion {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        is_own: true,
        make,
    }
}

/// An error if the database cannot load such files unchanged.
fn check(
    dialect: Dialect,
    extension: &str,
    is_plain_csv: bool,
    config: &TransmogConfig,
) -> Result<()> {
    if !dialect.loads(extension) {
        let message = format!("{}, not .{extension} files", dialect.refusal());
        return Err(Error::new(Category::Config, message));
    }
    if extension.starts_with("csv") && !is_plain_csv {
        let message = "a database loads only CSV with a header, commas and double quotes, and \
                       without the formula guard: turn formula_guard off, leave the other options \
                       at their defaults, and use Output::with_options";
        return Err(Error::new(Category::Config, message));
    }
    if dialect == Dialect::Sqlite && config.include_nulls() {
        let message = "sqlite's import does not tell null from empty text; turn include_nulls \
                       off, or load the files into another system";
        return Err(Error::new(Category::Config, message));
    }
    Ok(())
}
