//! Formats by name, with options by name.

use crate::{
    output::{FormatOptions, Output},
    paths::{check_not_url, check_output},
    result::FlattenResult,
};
use std::path::Path;
use transmog_engine::{DEFAULT_MEMORY_LIMIT, Error, Result, Table};

/// A file format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutputFormat {
    /// RFC 4180 text.
    #[default]
    Csv,
    /// Apache Parquet.
    Parquet,
    /// Apache ORC.
    Orc,
    /// Apache Avro object container files.
    Avro,
    /// Arrow IPC files.
    Arrow,
}

transmog_events::names! {
    OutputFormat, "format" {
        Csv = "csv",
        Parquet = "parquet",
        Orc = "orc",
        Avro = "avro",
        Arrow = "arrow",
    }
}

impl FormatOptions {
    /// An error if an option is set that the format does not have. `batch_size` is taken by each.
    fn refuse_others(&self, format: OutputFormat) -> Result<()> {
        let taken: &[&str] = match format {
            OutputFormat::Csv => &["delimiter", "quotechar", "include_header", "formula_guard"],
            OutputFormat::Parquet => &["row_group_size", "encodings"],
            OutputFormat::Orc => &[],
            OutputFormat::Avro => &["sync_interval"],
            OutputFormat::Arrow => &[],
        };
        let set = [
            ("row_group_size", self.row_group_size.is_some()),
            ("encodings", self.encodings.is_some()),
            ("sync_interval", self.sync_interval.is_some()),
            ("delimiter", self.delimiter.is_some()),
            ("quotechar", self.quotechar.is_some()),
            ("include_header", self.include_header.is_some()),
            ("formula_guard", self.formula_guard.is_some()),
        ];
        match set
            .into_iter()
            .find(|(name, is_set)| *is_set && !taken.contains(name))
        {
            Some((name, _)) => Err(Error::config(format!("{format} has no option `{name}`"))),
            None => Ok(()),
        }
    }

    #[cfg(any(
        feature = "csv",
        feature = "parquet",
        feature = "orc",
        feature = "avro",
        feature = "arrow"
    ))]
    fn compression<C: Default + transmog_events::Named>(&self) -> Result<C> {
        match &self.compression {
            Some(name) => Ok(name.parse()?),
            None => Ok(C::default()),
        }
    }
}

impl Output {
    /// Files of this format with its default options.
    ///
    /// # Errors
    /// When this build does not have the format.
    pub fn of(format: OutputFormat) -> Result<Self> {
        Self::with_options(format, &FormatOptions::default())
    }

    /// Files of this format with these options.
    ///
    /// # Errors
    /// When this build does not have the format, or the format does not have an option.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "parquet")] {
    /// use transmog::{FormatOptions, Output, OutputFormat};
    /// let options = FormatOptions { compression: Some("zstd".into()), ..FormatOptions::default() };
    /// assert!(Output::with_options(OutputFormat::Parquet, &options).is_ok());
    /// # }
    /// ```
    pub fn with_options(format: OutputFormat, options: &FormatOptions) -> Result<Self> {
        Ok(Self::of_format(format, options)?.made_with(options))
    }

    fn of_format(format: OutputFormat, options: &FormatOptions) -> Result<Self> {
        options.refuse_others(format)?;
        match format {
            #[cfg(feature = "csv")]
            OutputFormat::Csv => {
                let mut csv =
                    transmog_csv::Options::default().with_compression(options.compression()?);
                if let Some(delimiter) = options.delimiter {
                    csv = csv.with_delimiter(delimiter);
                }
                if let Some(quotechar) = options.quotechar {
                    csv = csv.with_quotechar(quotechar);
                }
                if let Some(include_header) = options.include_header {
                    csv = csv.with_include_header(include_header);
                }
                if let Some(guard) = options.formula_guard {
                    csv = csv.with_formula_guard(guard);
                }
                csv.validate()
                    .map_err(|error| Error::config(error.to_string()))?;
                #[cfg(feature = "describe")]
                let is_plain = {
                    let plain = transmog_csv::Options::default().with_formula_guard(false);
                    csv == plain.with_compression(csv.compression())
                };
                let output = Self::new(transmog_csv::Format::new(csv));
                #[cfg(feature = "describe")]
                let output = output.with_plain_csv(is_plain);
                Ok(output)
            }
            #[cfg(feature = "parquet")]
            OutputFormat::Parquet => {
                let mut parquet =
                    transmog_parquet::Options::default().with_compression(options.compression()?);
                if let Some(rows) = options.row_group_size {
                    parquet = parquet.with_row_group_size(rows);
                }
                if let Some(name) = &options.encodings {
                    parquet = parquet.with_encodings(name.parse()?);
                }
                parquet
                    .validate()
                    .map_err(|error| Error::config(error.to_string()))?;
                Ok(Self::new(transmog_parquet::Format::new(parquet)))
            }
            #[cfg(feature = "orc")]
            OutputFormat::Orc => {
                let mut orc =
                    transmog_orc::Options::default().with_compression(options.compression()?);
                if let Some(rows) = options.batch_size {
                    orc = orc.with_batch_size(rows);
                }
                orc.validate()
                    .map_err(|error| Error::config(error.to_string()))?;
                Ok(Self::new(transmog_orc::Format::new(orc)))
            }
            #[cfg(feature = "avro")]
            OutputFormat::Avro => {
                let mut avro = transmog_avro::Options::default().with_codec(options.compression()?);
                if let Some(bytes) = options.sync_interval {
                    avro = avro.with_sync_interval(bytes);
                }
                avro.validate()
                    .map_err(|error| Error::config(error.to_string()))?;
                Ok(Self::new(transmog_avro::Format::new(avro)))
            }
            #[cfg(feature = "arrow")]
            OutputFormat::Arrow => {
                let arrow =
                    transmog_arrow::Options::default().with_compression(options.compression()?);
                Ok(Self::new(transmog_arrow::Format::new(arrow)))
            }
            #[allow(
                unreachable_patterns,
                reason = "with every feature on there is no other"
            )]
            _ => Err(Error::config(format!(
                "this build does not write {format}; build transmog with the feature `{format}`"
            ))),
        }
    }
}

impl FlattenResult {
    /// Writes every table to a file in `directory` and returns the file names. All files appear, or
    /// none. Other files stay. It writes no [`Manifest`](crate::Manifest), and removes the manifest
    /// of a run if it replaces one of that run's files.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn save_to(&self, directory: impl AsRef<Path>, output: &Output) -> Result<Vec<String>> {
        check_output(directory.as_ref())?;
        let names = self.all_tables().iter().map(|table| table.name());
        let names = output.tables_only()?.file_names(names);
        write(self.all_tables(), directory.as_ref(), output, names)
    }

    /// Writes the main table to this file.
    ///
    /// # Errors
    /// When the path has no file name, or the file cannot be written.
    pub fn save_main(&self, path: impl AsRef<Path>, output: &Output) -> Result<()> {
        let path = path.as_ref();
        let name = path.file_name().and_then(|name| name.to_str());
        let name =
            name.ok_or_else(|| Error::config(format!("{}: expected a file name", path.display())))?;
        let table = std::slice::from_ref(self.main());
        write(table, parent(path), output, vec![name.to_owned()]).map(drop)
    }

    /// Writes the tables in the format of the path's extension and returns the file names.
    /// `out/orders.csv` gets the main table; the child tables go into the same directory with the
    /// rest of their names, such as `out/orders_items.csv`.
    ///
    /// # Errors
    /// When no format has the extension, or a file cannot be written.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "csv")] {
    /// # let directory = tempfile::tempdir().expect("a temporary directory");
    /// let result = transmog::flatten(r#"{"a":[{"b":1}]}"#, &transmog::TransmogConfig::default())?;
    /// let files = result.save(directory.path().join("x.csv"), &transmog::FormatOptions::default())?;
    /// assert_eq!(files, ["x.csv", "x_a.csv"]);
    /// # }
    /// # Ok::<(), transmog::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>, options: &FormatOptions) -> Result<Vec<String>> {
        let path = path.as_ref();
        let wrong = || {
            let path = path.display();
            Error::config(format!(
                "{path}: expected a file name ending in .csv, .parquet, .orc, .avro or .arrow"
            ))
        };
        let extension = path
            .extension()
            .and_then(|e| e.to_str())
            .ok_or_else(wrong)?;
        let format: OutputFormat = extension.parse().map_err(|_| wrong())?;
        let output = Output::with_options(format, options)?;
        let stem = path
            .file_stem()
            .and_then(|s| s.to_str())
            .ok_or_else(wrong)?;
        let main = self.entity_name();
        let stems: Vec<String> = self
            .all_tables()
            .iter()
            .map(|table| {
                format!(
                    "{stem}{}",
                    table.name().strip_prefix(main).unwrap_or(table.name())
                )
            })
            .collect();
        let extension = output.extension();
        let stems = stems.iter().map(String::as_str);
        let mut names = output.tables_only()?.file_names(stems);
        // The caller chose this name; it is not made from data, so it is not changed.
        names[0] = format!("{stem}.{extension}");
        write(self.all_tables(), parent(path), &output, names)
    }
}

/// The directory that holds a file.
fn parent(path: &Path) -> &Path {
    let parent = path.parent();
    let parent = parent.filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Writes tables to files with these names.
fn write(
    tables: &[Table],
    directory: &Path,
    output: &Output,
    names: Vec<String>,
) -> Result<Vec<String>> {
    check_not_url(directory)?;
    let files = output.tables_only()?;
    transmog_engine::save(
        tables,
        names.clone(),
        directory,
        files,
        DEFAULT_MEMORY_LIMIT,
    )?;
    Ok(names)
}
