//! What is flattened.

use crate::{
    error::{Error, Result},
    records::RecordSource,
};
use std::{
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

    /// The files found.
    pub(crate) fn feed(self) -> Result<Feed<'static>> {
        let mut sources = self.sources;
        for pattern in &self.patterns {
            sources.extend(transmog_reader::expand(pattern).map_err(|e| Error::read(e, 0))?);
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
