//! Tables to files: temporary files beside the target, renamed when all are whole.

use crate::error::{Category, Error, Result};
use arrow::array::RecordBatch;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use transmog_model::{
    Error as WriteError, NameScope, Result as WriteResult, TableFormat, TableSchema, TableSink,
    TableWriter, safe_file_stem,
};

/// Prefix of the folder that holds the files of a run until they are whole.
const TEMPORARY_PREFIX: &str = ".transmog-";
/// The file in it that its run keeps locked.
const LOCK: &str = "lock";

/// What happens when a file of the run is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfExists {
    /// It is replaced when the run succeeds.
    #[default]
    Overwrite,
    /// The run ends with an error and leaves it as it is.
    Error,
}

impl std::str::FromStr for IfExists {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "overwrite" => Ok(IfExists::Overwrite),
            "error" => Ok(IfExists::Error),
            _ => Err(format!("expected overwrite or error, found `{text}`")),
        }
    }
}

/// The format of the files, and what happens to files that are there already.
#[derive(Clone)]
pub struct Output {
    pub(crate) format: Arc<dyn TableFormat>,
    pub(crate) if_exists: IfExists,
    pub(crate) guards_formulas: bool,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output")
            .field("format", &self.format.name())
            .finish_non_exhaustive()
    }
}

/// Options of all formats by name, as the command line and `save` have them.
/// What a format does not have is an error.
#[derive(Clone, Debug, Default)]
pub struct FormatOptions {
    /// Compression or codec; none is the format's default.
    pub compression: Option<String>,
    /// Rows of a Parquet row group.
    pub row_group_size: Option<usize>,
    /// Rows of an ORC stripe.
    pub batch_size: Option<usize>,
    /// Bytes between two sync markers in Avro.
    pub sync_interval: Option<usize>,
    /// CSV delimiter.
    pub delimiter: Option<u8>,
    /// CSV quote character.
    pub quotechar: Option<u8>,
    /// Whether CSV begins with the column names.
    pub include_header: Option<bool>,
    /// Whether CSV cells that a spreadsheet would run get a leading `'`.
    pub formula_guard: Option<bool>,
}

impl Output {
    /// Files of this format.
    #[must_use]
    pub fn new(format: impl TableFormat + 'static) -> Self {
        Self {
            format: Arc::new(format),
            if_exists: IfExists::default(),
            guards_formulas: false,
        }
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

/// The files of a run in progress. Dropped without a commit, they are gone.
pub(crate) struct Staging {
    target: PathBuf,
    directory: TempDir,
    _lock: File,
}

impl Staging {
    /// Makes the folder for the files in progress inside `target`, which is
    /// made too, and removes what killed runs left there.
    pub(crate) fn new(target: &Path) -> Result<Self> {
        fs::create_dir_all(target).map_err(|e| {
            Error::io(
                format!("cannot make the output directory {}", target.display()),
                e,
            )
        })?;
        remove_leftovers(target);
        let doing = format!("cannot write to the output directory {}", target.display());
        let directory = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .tempdir_in(target)
            .map_err(|e| Error::io(&doing, e))?;
        let lock = File::create(directory.path().join(LOCK)).map_err(|e| Error::io(&doing, e))?;
        lock.try_lock()
            .map_err(|e| Error::io(&doing, io::Error::other(e.to_string())))?;
        Ok(Self {
            target: target.to_owned(),
            directory,
            _lock: lock,
        })
    }

    /// The file in progress of a table.
    pub(crate) fn table_file(&self, at: usize) -> PathBuf {
        self.directory.path().join(format!("{at}.part"))
    }

    /// Renames the files into place, under the names given.
    pub(crate) fn commit(&self, files: &[(PathBuf, String)], if_exists: IfExists) -> Result<()> {
        if if_exists == IfExists::Error
            && let Some((_, name)) = files
                .iter()
                .find(|(_, name)| self.target.join(name).exists())
        {
            return Err(Error::new(
                Category::Io,
                format!(
                    "{} exists; choose another directory or --if-exists overwrite",
                    self.target.join(name).display()
                ),
            ));
        }
        for (from, name) in files {
            let to = self.target.join(name);
            fs::rename(from, &to)
                .map_err(|e| Error::io(format!("cannot rename a file to {}", to.display()), e))?;
        }
        File::open(&self.target)
            .and_then(|directory| directory.sync_all())
            .map_err(|e| Error::io(format!("cannot sync {}", self.target.display()), e))
    }

    /// Writes bytes to a file in progress and makes them durable.
    pub(crate) fn write_file(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.directory.path().join(name);
        let write = || {
            let mut file = File::create(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(|e| Error::io(format!("cannot write {}", path.display()), e))?;
        Ok(path)
    }
}

/// Removes folders of runs that were killed: nobody holds their lock.
fn remove_leftovers(target: &Path) {
    let Ok(entries) = fs::read_dir(target) else {
        return;
    };
    for entry in entries.flatten() {
        let is_ours = entry
            .file_name()
            .to_string_lossy()
            .starts_with(TEMPORARY_PREFIX);
        let lock = entry.path().join(LOCK);
        if is_ours && File::open(lock).is_ok_and(|lock| lock.try_lock().is_ok()) {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// File names of tables: safe, and different even where case is ignored.
pub(crate) fn file_names<'t>(
    tables: impl Iterator<Item = &'t str>,
    extension: &str,
) -> Vec<String> {
    let mut scope = NameScope::ignoring_case();
    tables
        .map(|table| format!("{}.{extension}", scope.take(&safe_file_stem(table))))
        .collect()
}

/// One table file in progress.
pub(crate) struct FileSink {
    pub(crate) format: Arc<dyn TableFormat>,
    pub(crate) path: PathBuf,
    pub(crate) open: Option<(TableSchema, Box<dyn TableWriter>)>,
}

impl TableSink for FileSink {
    fn write(&mut self, schema: &TableSchema, batch: RecordBatch) -> WriteResult<()> {
        match &mut self.open {
            Some((opened, writer)) => {
                if opened.columns != schema.columns {
                    return Err(drift(opened, schema));
                }
                writer.write(&batch)
            }
            None => {
                let path = &self.path;
                let file = File::create_new(path)
                    .map_err(|e| WriteError::io(format!("cannot make {}", path.display()), e))?;
                let mut writer = self.format.create(schema, file)?;
                let written = writer.write(&batch);
                self.open = Some((schema.clone(), writer));
                written
            }
        }
    }

    fn end_row_group(&mut self) -> WriteResult<()> {
        match &mut self.open {
            Some((_, writer)) => writer.end_row_group(),
            None => Ok(()),
        }
    }

    fn finish(&mut self) -> WriteResult<()> {
        let Some((_, writer)) = self.open.take() else {
            return Ok(());
        };
        let path = &self.path;
        let written = writer.finish()?;
        written
            .file
            .sync_all()
            .map_err(|e| WriteError::io(format!("cannot sync {}", path.display()), e))
    }
}

/// A column or a type that came after the table's first rows were written.
#[cold]
fn drift(opened: &TableSchema, now: &TableSchema) -> WriteError {
    let changed = now
        .columns
        .iter()
        .find(|column| !opened.columns.contains(column));
    let what = match changed {
        Some(column) => {
            let path = column
                .path
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            format!(
                "column `{}` at {path} is now {}",
                column.name, column.column_type
            )
        }
        None => "columns changed places".to_owned(),
    };
    WriteError::unsupported(format!(
        "table `{}`: {what}, after rows without it were written; this much input needs the \
         change earlier, or flattening in memory",
        now.name
    ))
}
