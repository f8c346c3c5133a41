//! What is flattened.

use crate::{
    config::TransmogConfig,
    error::{Error, Result},
    records::RecordSource,
};
use std::{
    collections::HashSet,
    fs::Metadata,
    io::Read,
    path::{Path, PathBuf},
};
use transmog_reader::Source;

/// JSON or JSONL input: files, standard input, bytes or a reader; or records
/// that are no text. Values of `serde::Serialize` types go through
/// [`flatten_values`](crate::flatten_values) and
/// [`flatten_values_stream`](crate::flatten_values_stream).
#[derive(Default)]
pub struct Input {
    sources: Vec<Source>,
    patterns: Vec<PathBuf>,
    records: Option<Box<dyn RecordSource>>,
}

/// What a run reads.
pub(crate) enum Feed<'r> {
    Text(Vec<Source>),
    Records(Box<dyn RecordSource + 'r>),
}

impl Input {
    /// A file, a directory or a glob; `-` is standard input.
    #[must_use]
    pub fn path(path: impl AsRef<Path>) -> Self {
        Self::default().and_path(path)
    }

    /// One more file, directory or glob after what is there.
    #[must_use]
    pub fn and_path(mut self, path: impl AsRef<Path>) -> Self {
        self.patterns.push(path.as_ref().to_owned());
        self
    }

    /// Bytes of a document, plain or compressed.
    #[must_use]
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            sources: vec![Source::bytes("<bytes>", bytes.into())],
            ..Self::default()
        }
    }

    /// JSON text.
    #[must_use]
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::bytes(text.as_ref().as_bytes())
    }

    /// Anything that reads.
    #[must_use]
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        Self {
            sources: vec![Source::reader("<reader>", Box::new(reader))],
            ..Self::default()
        }
    }

    /// Records that are no text.
    #[must_use]
    pub fn records(records: impl RecordSource + 'static) -> Self {
        Self {
            records: Some(Box::new(records)),
            ..Self::default()
        }
    }

    /// Whether this file, when it is there, is one of those that are read: a program that
    /// writes it would destroy its input.
    ///
    /// # Errors
    /// When an input is not there.
    pub fn reads(&self, path: impl AsRef<Path>) -> Result<bool> {
        let Some(file) = FileId::of(path.as_ref()) else {
            return Ok(false);
        };
        let is_it = |source: &Source| source.file().and_then(FileId::of) == Some(file.clone());
        if self.sources.iter().any(is_it) {
            return Ok(true);
        }
        for pattern in &self.patterns {
            let sources = transmog_reader::expand(pattern).map_err(|e| Error::read(e, 0))?;
            if sources.iter().any(is_it) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The files found.
    pub(crate) fn feed(self, config: &TransmogConfig) -> Result<Feed<'static>> {
        let mut sources = self.sources;
        for pattern in &self.patterns {
            sources.extend(transmog_reader::expand(pattern).map_err(|e| Error::read(e, 0))?);
        }
        if config.allow_empty {
            sources = sources.into_iter().map(Source::or_empty).collect();
        }
        match self.records {
            None => Ok(Feed::Text(sources)),
            Some(records) if sources.is_empty() => Ok(Feed::Records(records)),
            Some(_) => Err(Error::config(
                "an input is either text or records; flatten them one after the other",
            )),
        }
    }
}

impl Feed<'_> {
    /// The files that are read.
    pub(crate) fn files(&self) -> HashSet<FileId> {
        match self {
            Feed::Text(sources) => {
                let files = sources.iter().filter_map(Source::file);
                files.filter_map(FileId::of).collect()
            }
            Feed::Records(_) => HashSet::new(),
        }
    }
}

/// Which file a path leads to, by whatever name or link.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileId {
    #[cfg(unix)]
    device_and_number: (u64, u64),
    #[cfg(not(unix))]
    path: PathBuf,
}

impl FileId {
    /// None when there is no file.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok().filter(|it| it.is_file())?;
        Self::found(path, &found)
    }

    /// That of the file or the link with this very name; none when there is none.
    pub(crate) fn of_entry(path: &Path) -> Option<Self> {
        let found = std::fs::symlink_metadata(path).ok()?;
        Self::found(path, &found)
    }

    #[cfg(unix)]
    fn found(_: &Path, found: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let device_and_number = (found.dev(), found.ino());
        Some(Self { device_and_number })
    }

    #[cfg(not(unix))]
    fn found(path: &Path, _: &Metadata) -> Option<Self> {
        let path = path.canonicalize().ok()?;
        Some(Self { path })
    }
}

impl From<&Path> for Input {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

/// JSON text.
impl From<String> for Input {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<&[u8]> for Input {
    fn from(bytes: &[u8]) -> Self {
        Self::bytes(bytes)
    }
}

impl From<Vec<u8>> for Input {
    fn from(bytes: Vec<u8>) -> Self {
        Self::bytes(bytes)
    }
}
