//! The files of a run: format, options, names.

use serde::Serialize;
use std::{io, sync::Arc};
use transmog_engine::{Companion, Error, IfExists, Layout, Result, Summary, TransmogConfig};
use transmog_model::TableFormat;

/// The format of the files, and what happens to existing files.
#[derive(Clone)]
pub struct Output {
    /// The tables' files, and those that the caller adds.
    files: transmog_engine::OutputFiles,
    options: FormatOptions,
    #[cfg(feature = "describe")]
    described: crate::described::Described,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output")
            .field("format", &self.format_name())
            .finish_non_exhaustive()
    }
}

/// Options of all formats by name, for the command line and `save`. It is an error to set an option
/// that the format does not have.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FormatOptions {
    /// Compression or codec; none is the format's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// Rows of a Parquet row group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_group_size: Option<usize>,
    /// How Parquet encodes values: `default`, which every reader supports, or `compact`.
    pub encodings: Option<String>,
    /// Rows of an ORC stripe. The other formats take it, too, and it changes nothing.
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
            files: transmog_engine::OutputFiles::new(Arc::new(format)),
            options: FormatOptions::default(),
            #[cfg(feature = "describe")]
            described: Default::default(),
        }
    }

    /// The same, made with these options.
    pub(crate) fn made_with(self, options: &FormatOptions) -> Self {
        Self {
            options: options.clone(),
            ..self
        }
    }

    /// Also writes a file with this name, such as a report. The function makes its text from the
    /// summary of the run. The file appears together with the tables' files, and the manifest names
    /// it.
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
        self.files.companions.push(Companion {
            names: vec![name.into()],
            is_own: false,
            make: Arc::new(move |summary| Ok(vec![make(summary)])),
        });
        self
    }

    /// Sets a function that is called when all files are complete but not yet renamed into place.
    /// If it returns an error, the run ends and leaves everything as it was. Use it to write
    /// something elsewhere as part of the commit.
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
        self.files.before_commit = Some(Arc::new(work));
        self
    }

    /// What happens to existing files. Default [`IfExists::Overwrite`].
    #[must_use]
    pub fn with_if_exists(mut self, if_exists: IfExists) -> Self {
        self.files.if_exists = if_exists;
        self
    }

    /// Where the files of tables are. Default [`Layout::File`].
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "parquet")] {
    /// use transmog::{Layout, Output, OutputFormat, TransmogConfig, flatten_stream};
    /// # let directory = tempfile::tempdir().expect("a temporary directory");
    /// # let directory = directory.path();
    /// let output = Output::of(OutputFormat::Parquet)?.with_layout(Layout::Dataset);
    /// flatten_stream(r#"{"a":[{"b":1}]}"#, directory, &output, &TransmogConfig::default())?;
    /// assert!(directory.join("data").is_dir() && directory.join("data_a").is_dir());
    /// # }
    /// # Ok::<(), transmog::Error>(())
    /// ```
    #[must_use]
    pub fn with_layout(mut self, layout: Layout) -> Self {
        self.files.layout = layout;
        self
    }

    /// The format's name.
    #[must_use]
    pub fn format_name(&self) -> &'static str {
        self.files.format.name()
    }

    /// The extension of the files.
    pub(crate) fn extension(&self) -> &'static str {
        self.files.format.extension()
    }

    /// The tables' files; an error if there are others.
    pub(crate) fn tables_only(&self) -> Result<&transmog_engine::OutputFiles> {
        let has_others = !self.files.companions.is_empty() || self.files.before_commit.is_some();
        #[cfg(feature = "describe")]
        let has_others = has_others || self.described.has_files();
        match has_others {
            false => Ok(&self.files),
            true => Err(Error::config(
                "only flatten_stream writes SQL, data packages and other files in addition to the \
                 tables",
            )),
        }
    }

    /// The files of a run with this configuration.
    ///
    /// # Errors
    /// When the files cannot be written together.
    #[cfg_attr(
        not(feature = "describe"),
        expect(
            unused_variables,
            reason = "only what describes the tables depends on it"
        )
    )]
    pub(crate) fn resolve(&self, config: &TransmogConfig) -> Result<transmog_engine::OutputFiles> {
        let mut files = self.files.clone();
        let parameters = &mut files.parameters;
        parameters.insert("format".into(), files.format.name().into());
        parameters.insert("format_options".into(), serde_json::json!(self.options));
        #[cfg(feature = "describe")]
        self.described.add_to(&mut files, config)?;
        Ok(files)
    }
}

#[cfg(feature = "describe")]
impl Output {
    /// Sets whether the CSV options are those a database can load: a header, commas, double quotes,
    /// and no formula guard.
    #[cfg(feature = "csv")]
    pub(crate) fn with_plain_csv(mut self, is_plain_csv: bool) -> Self {
        self.described.is_plain_csv = is_plain_csv;
        self
    }

    /// Also writes `schema.sql` and `load.sql`, which create the tables in a database and load the
    /// files. It is an error with the formula guard, which would change the values. A
    /// [`Dialect`](crate::Dialect) stands for its default options. Default: none.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "parquet")] {
    /// use transmog::{Dialect, Output, OutputFormat, TransmogConfig, flatten_stream};
    /// # let directory = tempfile::tempdir().expect("a temporary directory");
    /// # let directory = directory.path();
    /// let output = Output::of(OutputFormat::Parquet)?.with_sql(Some(Dialect::DuckDb));
    /// flatten_stream(r#"{"a":1}"#, directory, &output, &TransmogConfig::default())?;
    /// assert!(directory.join("schema.sql").exists() && directory.join("load.sql").exists());
    /// # }
    /// # Ok::<(), transmog::Error>(())
    /// ```
    #[must_use]
    pub fn with_sql<S: Into<transmog_describe::SqlOptions>>(mut self, sql: Option<S>) -> Self {
        self.described.sql = sql.map(Into::into);
        self
    }

    /// Also writes `datapackage.json` (Data Package, version 2), which describes the files. Default
    /// `false`.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "csv")] {
    /// use transmog::{Output, OutputFormat, TransmogConfig, flatten_stream};
    /// # let directory = tempfile::tempdir().expect("a temporary directory");
    /// # let directory = directory.path();
    /// let output = Output::of(OutputFormat::Csv)?.with_data_package(true);
    /// flatten_stream(r#"{"a":1}"#, directory, &output, &TransmogConfig::default())?;
    /// assert!(directory.join("datapackage.json").exists());
    /// # }
    /// # Ok::<(), transmog::Error>(())
    /// ```
    #[must_use]
    pub fn with_data_package(mut self, data_package: bool) -> Self {
        self.described.data_package = data_package;
        self
    }
}
