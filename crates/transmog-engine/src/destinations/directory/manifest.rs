//! The manifest `_transmog.json` names the files of a run. It exists only while they are complete.

use super::{
    checksum::{Complete, is_content, written},
    entries::{is_output_place, metadata},
};
use crate::{
    error::{Category, Error, Result},
    summary::Summary,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};
use transmog_model::TableSummary;

/// Name of the manifest in the output directory.
pub const MANIFEST: &str = "_transmog.json";
/// The version of its format.
const VERSION: u32 = 1;
/// The most bytes of a manifest that [`Manifest::read`] reads.
const MAX_BYTES: u64 = 1 << 30;
/// Bytes read at a time to check a file.
const PIECE: usize = 1 << 16;

/// The manifest except its files.
pub(crate) struct Contents<'r> {
    pub(crate) run: &'r str,
    pub(crate) options: Value,
    pub(crate) summary: &'r Summary,
}

impl Contents<'_> {
    /// The text of the manifest. The tables' files come first.
    pub(crate) fn to_json(&self, files: &[Complete]) -> String {
        let tables: Vec<_> = self.summary.tables.iter().zip(files).map(table).collect();
        let others: Vec<_> = (files.iter().skip(tables.len()))
            .map(|Complete { name, written, .. }| {
                json!({"file": name, "bytes": written.bytes, "checksum": written.checksum})
            })
            .collect();
        let manifest = json!({
            "manifest": VERSION,
            "version": env!("CARGO_PKG_VERSION"),
            "run": self.run,
            "options": self.options,
            "records": self.summary.records,
            "tables": tables,
            "files": others,
            "ledger": self.summary.ledger,
        });
        format!("{manifest:#}\n")
    }
}

fn table((summary, file): (&TableSummary, &Complete)) -> Value {
    let columns = summary.columns.iter().map(|column| {
        json!({
            "name": column.name,
            "role": column.role.name(),
            "type": column.column_type.to_string(),
            "path": column.path,
        })
    });
    json!({
        "name": summary.name,
        "path": summary.path,
        "parent": summary.parent,
        "rows": summary.rows,
        "file": file.name,
        "bytes": file.written.bytes,
        "checksum": file.written.checksum,
        "columns": columns.collect::<Vec<_>>(),
    })
}

/// A file that a manifest names.
///
/// See [`Manifest`] for an example.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ManifestFile {
    /// Relative to the directory.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// `xxh128:` and the XXH3 of its bytes, 128 bits, in hexadecimal.
    pub checksum: String,
}

/// The files of a run, read from the manifest `_transmog.json`.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use transmog_engine::{Directory, Feed, Manifest, OutputFiles, Run, TransmogConfig, Values};
/// # let path = tempfile::tempdir().expect("a temporary directory");
/// # let path = path.path();
/// let config = TransmogConfig::default();
/// let files = OutputFiles::new(Arc::new(transmog_csv::Format::default()));
/// let mut directory = Directory::open(path, files, &config, &[])?;
/// let values = Values([serde_json::json!({"a": 1})].into_iter());
/// Run::start(Feed::records(values), &mut directory, &config)?.complete()?;
///
/// let manifest = Manifest::read(path)?.expect("a run leaves one");
/// assert_eq!(manifest.files().next().map(|file| file.file.as_str()), Some("data.csv"));
/// manifest.check(path)?;
/// std::fs::write(path.join("data.csv"), "other").expect("written");
/// assert!(manifest.check(path).is_err());
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Manifest {
    /// Version of the manifest's format.
    pub manifest: u32,
    /// The run's id.
    pub run: String,
    tables: Vec<ManifestFile>,
    files: Vec<ManifestFile>,
}

impl Manifest {
    /// Reads the manifest in a directory. `None` means that there is no manifest, so any files in
    /// the directory are not a complete set.
    ///
    /// # Errors
    /// When it cannot be read, is not a manifest, or names a file outside the directory.
    pub fn read(directory: impl AsRef<Path>) -> Result<Option<Self>> {
        let path = directory.as_ref().join(MANIFEST);
        let wrong =
            |what: String| Error::new(Category::Data, format!("{}: {what}", path.display()));
        match Self::from_file(&path, MAX_BYTES) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(wrong(error.to_string()))
            }
            Err(error) => {
                let doing = format!("cannot read {}", path.display());
                Err(Error::unreadable(doing, error))
            }
            Ok(read) => Ok(read),
        }
    }

    /// The manifest in this file, not following links; `InvalidData` if it is not a manifest or has
    /// more than `at_most` bytes.
    pub(crate) fn from_file(path: &Path, at_most: u64) -> io::Result<Option<Self>> {
        let Some(found) = metadata(path)? else {
            return Ok(None);
        };
        if !found.is_file() {
            return Err(invalid("this is not a manifest: it is not a regular file"));
        }
        if found.len() > at_most {
            let bytes = found.len();
            return Err(invalid(format!(
                "it has {bytes} bytes; a manifest may have at most {at_most}"
            )));
        }
        // A later version may have another format.
        let Version { manifest } = parsed(path, at_most)?;
        if manifest > VERSION {
            return Err(invalid(format!(
                "the manifest has version {manifest}, which is from a later transmog"
            )));
        }
        let manifest: Self = parsed(path, at_most)?;
        let mut names = manifest.files().map(|file| &file.file);
        if let Some(name) = names.find(|name| !is_output_place(name)) {
            return Err(invalid(format!(
                "{name:?} is not the name of a file that a run writes"
            )));
        }
        drop(names);
        Ok(Some(manifest))
    }

    /// All files of the run.
    pub fn files(&self) -> impl Iterator<Item = &ManifestFile> {
        self.tables.iter().chain(&self.files)
    }

    /// All files of the run.
    pub(crate) fn into_files(self) -> Vec<ManifestFile> {
        let mut files = self.tables;
        files.extend(self.files);
        files
    }

    /// Reads every file and compares it with what the manifest says.
    ///
    /// # Errors
    /// When a file is missing, cannot be read, or has changed.
    pub fn check(&self, directory: impl AsRef<Path>) -> Result<()> {
        for file in self.files() {
            let path = directory.as_ref().join(&file.file);
            let found = written(&path)
                .map_err(|e| Error::unreadable(format!("cannot read {}", path.display()), e))?;
            if (found.bytes, &found.checksum) != (file.bytes, &file.checksum) {
                let message = format!(
                    "{} is not the file that the run wrote: expected {} bytes and {}, \
                     found {} bytes and {}; run it again",
                    path.display(),
                    file.bytes,
                    file.checksum,
                    found.bytes,
                    found.checksum
                );
                return Err(Error::new(Category::Data, message));
            }
        }
        Ok(())
    }
}

/// The version of a manifest of any version.
#[derive(Deserialize)]
struct Version {
    manifest: u32,
}

/// The run of a manifest of any version.
#[derive(Deserialize)]
struct Run {
    run: String,
}

/// The id of the run that wrote the manifest in this file; `None` if it has no id, or this user may
/// not read it.
pub(crate) fn run_of(path: &Path) -> io::Result<Option<String>> {
    match parsed::<Run>(path, MAX_BYTES) {
        Ok(Run { run }) => Ok(Some(run)),
        Err(error) => match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::PermissionDenied => Ok(None),
            _ => Err(error),
        },
    }
}

/// Parses a file of at most `at_most` bytes without holding its text.
fn parsed<T: DeserializeOwned>(path: &Path, at_most: u64) -> io::Result<T> {
    let file = BufReader::with_capacity(PIECE, File::open(path)?.take(at_most));
    serde_json::from_reader(file).map_err(|e| match e.is_io() {
        true => e.into(),
        false => invalid(format!("this is not a manifest: {e}")),
    })
}

impl ManifestFile {
    /// Whether the file in the directory has this size and checksum. The checksum is computed only
    /// if the size is right.
    pub(crate) fn is_at(&self, directory: &Path) -> Result<bool> {
        let path = directory.join(&self.file);
        is_content(&path, self.bytes, &self.checksum)
            .map_err(|e| Error::unreadable(format!("cannot read {}", path.display()), e))
    }
}

#[cold]
fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}
