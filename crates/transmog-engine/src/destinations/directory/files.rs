//! The files that a run writes to a directory.

use super::{
    entries::is_output_name,
    manifest::MANIFEST,
    names::{directory_names, file_names, part_place, rejected_file_name},
    previous::CompanionNames,
    staging::IfExists,
};
use crate::{
    config::TransmogConfig,
    destination::CellCheck,
    error::{Error, Result},
    policy::OnError,
    summary::Summary,
};
use serde_json::{Map, Value};
use std::{io, sync::Arc};
use transmog_model::{TableFormat, strings};

/// The files of a run: the format of the tables' files, companion files, and what happens to
/// existing files.
///
/// # Examples
/// ```
/// use std::{io, sync::Arc};
/// use transmog_engine::{Directory, Feed, IfExists, OutputFiles, Run, TransmogConfig, Values};
/// # let path = tempfile::tempdir().expect("a temporary directory");
/// # let path = path.path();
/// let mut files = OutputFiles::new(Arc::new(transmog_csv::Format::default()));
/// files.if_exists = IfExists::Error;
/// files.before_commit = Some(Arc::new(|summary| match summary.records.accepted {
///     0 => Err(io::Error::other("nothing came")),
///     _ => Ok(()),
/// }));
/// let config = TransmogConfig::default();
/// let mut directory = Directory::open(path, files, &config, &[])?;
/// let values = Values(std::iter::empty::<()>());
/// let run = Run::start(Feed::records(values), &mut directory, &config)?;
/// assert!(run.complete().is_err() && !path.join("data.csv").exists());
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone)]
pub struct OutputFiles {
    /// The format of the tables' files.
    pub format: Arc<dyn TableFormat>,
    /// Which cells are altered; `None`: those that the format alters.
    pub cell_check: Option<CellCheck>,
    /// The companion files.
    pub companions: Vec<Companion>,
    /// Called when all files are complete but not yet renamed into place; its error ends the run.
    pub before_commit: Option<Arc<BeforeCommit>>,
    /// What happens to existing files.
    pub if_exists: IfExists,
    /// Where the files of tables are.
    pub layout: Layout,
    /// The options of the files for the manifest.
    pub parameters: Map<String, Value>,
}

/// Where the files of tables are in the output directory.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use transmog_engine::{Directory, Feed, Layout, OutputFiles, Run, TransmogConfig, Values};
/// # let path = tempfile::tempdir().expect("a temporary directory");
/// # let path = path.path();
/// let mut files = OutputFiles::new(Arc::new(transmog_csv::Format::default()));
/// files.layout = Layout::Dataset;
/// let config = TransmogConfig::default();
/// let mut directory = Directory::open(path, files, &config, &[])?;
/// let values = Values([serde_json::json!({"a": 1})].into_iter());
/// let summary = Run::start(Feed::records(values), &mut directory, &config)?.complete()?;
/// let file = summary.tables[0].file.as_deref().expect("a file");
/// assert!(file.starts_with("data/part-00000-") && file.ends_with(".csv"));
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// One file for each table, with its name.
    #[default]
    File,
    /// A directory for each table, with its parts: `TABLE/part-00000-RUN.EXTENSION`. Spark, DuckDB,
    /// Polars and others read such a directory as one table.
    Dataset,
}

transmog_events::names! {
    Layout, "layout" {
        File = "file",
        Dataset = "dataset",
    }
}

/// A function that is called when all files are complete.
///
/// See [`OutputFiles`] for an example.
pub type BeforeCommit = dyn Fn(&Summary) -> io::Result<()> + Send + Sync;

/// Companion files: files in addition to those of the tables.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use transmog_engine::{Companion, Directory, Feed, OutputFiles, Run, TransmogConfig, Values};
/// # let path = tempfile::tempdir().expect("a temporary directory");
/// # let path = path.path();
/// let mut files = OutputFiles::new(Arc::new(transmog_csv::Format::default()));
/// files.companions.push(Companion {
///     names: vec!["count.txt".to_owned()],
///     is_own: false,
///     make: Arc::new(|summary| Ok(vec![summary.records.accepted.to_string()])),
/// });
/// let config = TransmogConfig::default();
/// let mut directory = Directory::open(path, files, &config, &[])?;
/// let values = Values([serde_json::json!({"a": 1})].into_iter());
/// Run::start(Feed::records(values), &mut directory, &config)?.complete()?;
/// assert_eq!(std::fs::read_to_string(path.join("count.txt")).ok().as_deref(), Some("1"));
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone)]
pub struct Companion {
    /// Their names.
    pub names: Vec<String>,
    /// Whether the names are fixed by the program. Such files replace only files of an earlier run.
    /// Files that the caller named replace any file.
    pub is_own: bool,
    /// Makes the text of each file.
    pub make: Arc<MakeCompanion>,
}

/// Makes the texts of companion files.
///
/// See [`Companion`] for an example.
pub type MakeCompanion = dyn Fn(&Summary) -> Result<Vec<String>> + Send + Sync;

impl OutputFiles {
    /// Files of this format, without companion files.
    #[must_use]
    pub fn new(format: Arc<dyn TableFormat>) -> Self {
        Self {
            format,
            cell_check: None,
            companions: Vec::new(),
            before_commit: None,
            if_exists: IfExists::default(),
            layout: Layout::default(),
            parameters: Map::new(),
        }
    }

    /// File names of tables, the main table first. They are safe, and different even if case is
    /// ignored. No table gets the name of another file of the run: the manifest, the rejected
    /// records, or a companion.
    ///
    /// # Examples
    /// ```
    /// # use std::sync::Arc;
    /// # use transmog_engine::OutputFiles;
    /// let files = OutputFiles::new(Arc::new(transmog_csv::Format::default()));
    /// let names = files.file_names(["a", "A", "../b"].into_iter());
    /// assert_eq!(names, ["a.csv", "A__2.csv", "_.._b-422354ec.csv"]);
    /// ```
    #[must_use]
    pub fn file_names<'n>(&'n self, tables: impl Iterator<Item = &'n str>) -> Vec<String> {
        let extension = self.format.extension();
        file_names(tables, extension, self.companion_files())
    }

    /// Where the files of tables are, the main table's first, after the run with this id.
    pub(super) fn places<'n>(
        &'n self,
        tables: impl Iterator<Item = &'n str>,
        run: &str,
    ) -> Vec<String> {
        match self.layout {
            Layout::File => self.file_names(tables),
            Layout::Dataset => {
                let directories = directory_names(tables, self.companion_files());
                let extension = self.format.extension();
                let place = |directory: &String| part_place(directory, run, extension);
                directories.iter().map(place).collect()
            }
        }
    }

    /// The names of all companion files.
    fn companion_files(&self) -> impl Iterator<Item = &str> {
        let names = self.companions.iter().flat_map(|it| &it.names);
        names.map(String::as_str)
    }

    /// Finds altered cells.
    pub(super) fn cell_check(&self) -> CellCheck {
        self.cell_check.clone().unwrap_or_else(|| {
            let format = Arc::clone(&self.format);
            CellCheck {
                altered: Arc::new(move |cells, _| format.altered_cells(strings(cells)?)),
                refusal: None,
            }
        })
    }

    /// Calls the function before the commit.
    pub(super) fn before_commit(&self, summary: &Summary) -> Result<()> {
        let work = self.before_commit.as_deref();
        let done = work.map_or(Ok(()), |work| work(summary));
        done.map_err(Error::before_commit)
    }

    /// Name and text of each companion file.
    pub(super) fn companions(&self, summary: &Summary) -> Result<Vec<(String, String)>> {
        let mut files = Vec::new();
        for companion in &self.companions {
            let texts = (companion.make)(summary)?;
            if texts.len() != companion.names.len() {
                let (texts, names) = (texts.len(), &companion.names);
                let message = format!("{texts} texts for the files {names:?}; make one for each");
                return Err(Error::config(message));
            }
            files.extend(companion.names.iter().cloned().zip(texts));
        }
        Ok(files)
    }

    /// An error if a companion file has a name that no file of a run may have.
    pub(super) fn check_names(&self) -> Result<()> {
        match self.companion_files().find(|name| !is_output_name(name)) {
            None => Ok(()),
            Some(name) => Err(Error::config(format!(
                "{name:?} cannot be the name of an output file: it is hidden or not a plain name; \
                 choose another"
            ))),
        }
    }

    /// The places of files that are known before the run with this id, the main table's first.
    pub(super) fn known_places(&self, config: &TransmogConfig, run: &str) -> Vec<String> {
        let mut names = self.places([config.name()].into_iter(), run);
        names.push(MANIFEST.to_owned());
        let CompanionNames { own, named } = self.companion_names(config);
        names.extend(own);
        names.extend(named);
        names
    }

    /// The names of the companion files.
    pub(super) fn companion_names(&self, config: &TransmogConfig) -> CompanionNames {
        let mut names = CompanionNames::default();
        if config.on_error == OnError::Quarantine {
            names.own.push(rejected_file_name(config.name()));
        }
        for companion in &self.companions {
            let of_its_kind = match companion.is_own {
                true => &mut names.own,
                false => &mut names.named,
            };
            of_its_kind.extend(companion.names.iter().cloned());
        }
        names
    }

    /// The options of the run, for its manifest.
    pub(super) fn parameters(&self, config: &TransmogConfig) -> Value {
        let mut options = config.parameters();
        options["layout"] = self.layout.name().into();
        for (name, value) in &self.parameters {
            options[name] = value.clone();
        }
        options
    }
}
