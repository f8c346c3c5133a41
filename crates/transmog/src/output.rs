//! What files are made: format, options, names.

use crate::{
    config::{OnError, TransmogConfig},
    entries::is_output_name,
    error::{Category, Error, Result},
    manifest::MANIFEST,
    previous::Companions,
    staging::IfExists,
    summary::Summary,
    worker::CellCheck,
};
use arrow::array::StringArray;
use serde::Serialize;
use serde_json::{Value, json};
use std::{io, sync::Arc};
use transmog_describe::{Dialect, data_package, sql};
use transmog_model::{AlteredCells, LossKind, NameScope, TableFormat, safe_file_stem};

/// The format of the files, and what happens to files that are there already.
#[derive(Clone)]
pub struct Output {
    pub(crate) options: FormatOptions,
    pub(crate) companions: Vec<Companion>,
    pub(crate) before_commit: Option<Arc<BeforeCommit>>,
    pub(crate) format: Arc<dyn TableFormat>,
    pub(crate) if_exists: IfExists,
    pub(crate) sql: Option<Dialect>,
    pub(crate) data_package: bool,
    /// Whether CSV files are as `load.sql` takes them: with a header, commas and double
    /// quotes, and unguarded cells.
    pub(crate) is_plain_csv: bool,
}

/// A file beside those of the tables: its name, and what makes its text.
type Companion = (String, Arc<dyn Fn(&Summary) -> String + Send + Sync>);

/// What is done when all files are complete.
type BeforeCommit = dyn Fn(&Summary) -> io::Result<()> + Send + Sync;

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output")
            .field("format", &self.format.name())
            .finish_non_exhaustive()
    }
}

/// Options of all formats by name, as the command line and `save` have them.
/// What a format does not have is an error.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FormatOptions {
    /// Compression or codec; none is the format's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// Rows of a Parquet row group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_group_size: Option<usize>,
    /// How Parquet encodes values: `default`, which every reader knows, or `compact`.
    pub encodings: Option<String>,
    /// Rows of an ORC stripe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<usize>,
    /// Bytes between two sync markers in Avro.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_interval: Option<usize>,
    /// CSV delimiter.
    #[serde(serialize_with = "character")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<u8>,
    /// CSV quote character.
    #[serde(serialize_with = "character")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quotechar: Option<u8>,
    /// Whether CSV begins with the column names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_header: Option<bool>,
    /// Whether CSV cells that a spreadsheet would run get a leading `'`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula_guard: Option<bool>,
}

/// An ASCII character as text.
fn character<S: serde::Serializer>(byte: &Option<u8>, serializer: S) -> Result<S::Ok, S::Error> {
    byte.map(char::from).serialize(serializer)
}

impl Output {
    /// Files of this format.
    #[must_use]
    pub fn new(format: impl TableFormat + 'static) -> Self {
        Self {
            options: FormatOptions::default(),
            companions: Vec::new(),
            before_commit: None,
            format: Arc::new(format),
            if_exists: IfExists::default(),
            sql: None,
            data_package: false,
            is_plain_csv: false,
        }
    }

    /// Also writes `schema.sql` and `load.sql`, which make the tables in a database and
    /// load the files. Not with a formula guard, which would alter what is loaded. Default: none.
    #[must_use]
    pub fn with_sql(mut self, dialect: Option<Dialect>) -> Self {
        self.sql = dialect;
        self
    }

    /// Whether there is also a `datapackage.json` (Data Package, version 2) that
    /// describes the files. Default `false`.
    #[must_use]
    pub fn with_data_package(mut self, data_package: bool) -> Self {
        self.data_package = data_package;
        self
    }

    /// Also writes a file of this name, with what the function makes of the summary of the run:
    /// a report, say. It appears with the files of the tables, and the manifest names it.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "csv")] {
    /// use transmog::{Output, OutputFormat, Summary, TransmogConfig, flatten_stream};
    /// # let directory = tempfile::tempdir().expect("a temporary directory");
    /// # let directory = directory.path();
    /// let output = Output::of(OutputFormat::Csv)?.with_companion("report.json", Summary::to_json);
    /// flatten_stream(r#"{"a":1}"#, directory, &output, &TransmogConfig::default())?;
    /// assert!(directory.join("report.json").exists());
    /// # }
    /// # Ok::<(), transmog::Error>(())
    /// ```
    #[must_use]
    pub fn with_companion(
        mut self,
        name: impl Into<String>,
        make: impl Fn(&Summary) -> String + Send + Sync + 'static,
    ) -> Self {
        self.companions.push((name.into(), Arc::new(make)));
        self
    }

    /// Has something done when all files are complete and none has its name yet. An error of it
    /// ends the run, which leaves everything as it was: what is written elsewhere can be a part of
    /// all or nothing.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "csv")] {
    /// use std::io;
    /// use transmog::{Output, OutputFormat, TransmogConfig, flatten_stream};
    /// # let directory = tempfile::tempdir().expect("a temporary directory");
    /// # let directory = directory.path();
    /// let output = Output::of(OutputFormat::Csv)?.with_before_commit(|summary| {
    ///     match summary.records.accepted {
    ///         0 => Err(io::Error::other("nothing came")),
    ///         _ => Ok(()),
    ///     }
    /// });
    /// assert!(flatten_stream("[]", directory, &output, &TransmogConfig::default()).is_err());
    /// assert!(!directory.join("data.csv").exists());
    /// # }
    /// # Ok::<(), transmog::Error>(())
    /// ```
    #[must_use]
    pub fn with_before_commit(
        mut self,
        work: impl Fn(&Summary) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.before_commit = Some(Arc::new(work));
        self
    }

    /// Does what is to be done before the commit.
    pub(crate) fn before_commit(&self, summary: &Summary) -> Result<()> {
        let work = self.before_commit.as_deref();
        let done = work.map_or(Ok(()), |work| work(summary));
        done.map_err(Error::before_commit)
    }

    /// What cannot be had together.
    pub(crate) fn validate(&self, config: &TransmogConfig) -> Result<()> {
        let mut names = self.companions.iter().map(|(name, _)| name);
        if let Some(name) = names.find(|name| !is_output_name(name)) {
            return Err(Error::config(format!(
                "{name:?} cannot be the name of a file beside the tables: it is hidden, or not \
                 plain; choose another"
            )));
        }
        let Some(dialect) = self.sql else {
            return Ok(());
        };
        let extension = self.format.extension();
        if !dialect.loads(extension) {
            let message = format!("{}, not .{extension} files", dialect.refusal());
            return Err(Error::new(Category::Config, message));
        }
        if extension.starts_with("csv") && !self.is_plain_csv {
            let message = "a database loads CSV with a header, commas and double quotes, whose \
                           values no formula guard altered: turn formula_guard off, leave the \
                           other options as they are, and use Output::with_options";
            return Err(Error::new(Category::Config, message));
        }
        if dialect == Dialect::Sqlite && config.include_nulls {
            let message = "sqlite's import takes null and the empty text for the same; leave \
                           include_nulls off, or load the files into another system";
            return Err(Error::new(Category::Config, message));
        }
        Ok(())
    }

    /// Which text cells do not arrive as they are: in the database that the files are for, or in
    /// the files.
    pub(crate) fn cell_check(&self) -> CellCheck {
        match self.sql {
            Some(dialect) => Arc::new(move |texts| unloadable(texts, dialect)),
            None => {
                let format = Arc::clone(&self.format);
                Arc::new(move |texts| format.altered_cells(texts))
            }
        }
    }

    /// The configuration, strict about what the database would lose.
    pub(crate) fn strictness(&self, config: &TransmogConfig) -> TransmogConfig {
        let mut config = config.clone();
        if self.sql.is_some() {
            config.strict.push(LossKind::Unloadable);
        }
        config
    }

    /// The files beside those of the tables: name and text of each.
    pub(crate) fn companions(
        &self,
        config: &TransmogConfig,
        summary: &Summary,
    ) -> Result<Vec<(String, String)>> {
        let tables = &summary.tables;
        let mut files = Vec::new();
        if let Some(dialect) = self.sql {
            let sql = sql(tables, dialect).map_err(|e| Error::new(Category::Unsupported, e))?;
            files.push((SCHEMA_SQL.to_owned(), sql.schema));
            files.push((LOAD_SQL.to_owned(), sql.load));
        }
        if self.data_package {
            files.push((DATA_PACKAGE.to_owned(), data_package(config.name(), tables)));
        }
        let others = self.companions.iter();
        files.extend(others.map(|(name, make)| (name.clone(), make(summary))));
        Ok(files)
    }

    /// Whether there are files beside those of the tables.
    pub(crate) fn has_companions(&self) -> bool {
        let has_files = self.data_package || !self.companions.is_empty();
        self.sql.is_some() || has_files || self.before_commit.is_some()
    }

    /// The names of files that are known before the run: of the main table first.
    pub(crate) fn known_names(&self, config: &TransmogConfig) -> Vec<String> {
        let mut names = file_names([config.name()].into_iter(), self.format.extension());
        names.push(MANIFEST.to_owned());
        let Companions { own, named } = self.companion_names(config);
        names.extend(own);
        names.extend(named);
        names
    }

    /// The names of the files beside the tables.
    pub(crate) fn companion_names(&self, config: &TransmogConfig) -> Companions {
        let mut own = Vec::new();
        if config.on_error == OnError::Quarantine {
            own.push(rejected_name(config));
        }
        let sql = self.sql.map(|_| [SCHEMA_SQL, LOAD_SQL]);
        own.extend(sql.into_iter().flatten().map(str::to_owned));
        own.extend(self.data_package.then(|| DATA_PACKAGE.to_owned()));
        let named = self.companions.iter().map(|(name, _)| name.clone());
        Companions {
            own,
            named: named.collect(),
        }
    }

    /// The options of a run to files, for its manifest.
    pub(crate) fn parameters(&self, config: &TransmogConfig) -> Value {
        let mut options = config.parameters();
        options["format"] = self.format.name().into();
        options["format_options"] = json!(self.options);
        options["sql"] = json!(
            self.sql
                .map(|dialect| format!("{dialect:?}").to_lowercase())
        );
        options["data_package"] = self.data_package.into();
        options
    }

    /// What happens to files that are there already. Default [`IfExists::Overwrite`].
    #[must_use]
    pub fn with_if_exists(mut self, if_exists: IfExists) -> Self {
        self.if_exists = if_exists;
        self
    }

    /// The format's name.
    #[must_use]
    pub fn format_name(&self) -> &'static str {
        self.format.name()
    }
}

/// Texts that a database does not load as they are.
fn unloadable(texts: &StringArray, dialect: Dialect) -> Option<AlteredCells> {
    // Most columns have nothing of the kind.
    memchr::memchr2(0, b'\\', texts.value_data())?;
    let rows = texts.iter().enumerate();
    let mut refused = rows.filter(|(_, text)| text.is_some_and(|text| !dialect.takes(text)));
    let (first, _) = refused.next()?;
    Some(AlteredCells {
        kind: LossKind::Unloadable,
        count: 1 + refused.count() as u64,
        first,
    })
}

/// File of the rejected records of a run.
pub(crate) fn rejected_name(config: &TransmogConfig) -> String {
    rejected_file_name(config.name())
}

/// Files of a run that are no tables.
const COMPANIONS: [&str; 4] = [SCHEMA_SQL, LOAD_SQL, DATA_PACKAGE, MANIFEST];
const SCHEMA_SQL: &str = "schema.sql";
const LOAD_SQL: &str = "load.sql";
const DATA_PACKAGE: &str = "datapackage.json";

/// File names of tables, the main table first: safe, and different even where case is
/// ignored. No table takes the name of another file of the run.
pub(crate) fn file_names<'t>(
    tables: impl Iterator<Item = &'t str>,
    extension: &str,
) -> Vec<String> {
    let mut scope = NameScope::ignoring_case();
    let mut tables = tables.peekable();
    let rejected = tables.peek().map(|main| rejected_file_name(main));
    let others = COMPANIONS.map(str::to_owned).into_iter().chain(rejected);
    for other in others {
        if let Some(stem) = other.strip_suffix(&format!(".{extension}")) {
            scope.reserve(stem);
        }
    }
    tables
        .map(|table| format!("{}.{extension}", scope.take(&safe_file_stem(table))))
        .collect()
}

/// The file of the rejected records of a run with this main table.
pub(crate) fn rejected_file_name(main: &str) -> String {
    format!("{}.rejected.jsonl", safe_file_stem(main))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_take_the_names_of_no_other_files() {
        let names = |tables: &[&str], extension| file_names(tables.iter().copied(), extension);
        let of_json = names(&["datapackage", "_transmog", "a"], "json");
        assert_eq!(
            of_json,
            ["datapackage__2.json", "_transmog__2.json", "a.json"]
        );
        let of_lines = names(&["a", "A.rejected"], "jsonl");
        assert_eq!(of_lines, ["a.jsonl", "A.rejected__2.jsonl"]);
        assert_eq!(
            names(&["schema", "LOAD"], "sql"),
            ["schema__2.sql", "LOAD__2.sql"]
        );
        assert_eq!(names(&["datapackage"], "csv"), ["datapackage.csv"]);
    }
}
