//! What is flattened.

use std::{
    io::Read,
    path::{Path, PathBuf},
};
use transmog_reader::Source;

/// JSON or JSONL input: files, standard input, bytes or a reader. Values of
/// `serde::Serialize` types go through [`flatten_values`](crate::flatten_values)
/// and [`flatten_values_stream`](crate::flatten_values_stream).
#[derive(Default)]
pub struct Input {
    pub(crate) sources: Vec<Source>,
    pub(crate) patterns: Vec<PathBuf>,
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
            patterns: Vec::new(),
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
            patterns: Vec::new(),
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
