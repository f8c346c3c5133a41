//! Rejected records, set aside with their provenance.

use crate::error::{Error, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};
use transmog_model::Location;

/// The file of the rejected records, in progress.
///
/// Each line is an object: `file`, `record`, `line`, `column`, `byte` (where
/// the record begins), `error_byte` (where it is wrong), `path`, `reason` and
/// `raw`, the record as it stood, or `raw_base64` where that is no UTF-8.
pub(crate) struct Quarantine {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Quarantine {
    /// It becomes a file with the first record.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    pub(crate) fn add(
        &mut self,
        location: &Location,
        byte: u64,
        reason: &str,
        raw: &[u8],
    ) -> Result<()> {
        let mut line = serde_json::json!({
            "file": location.file,
            "record": location.record,
            "line": location.line,
            "column": location.column,
            "byte": byte,
            "error_byte": location.byte,
            "path": location.path,
            "reason": reason,
        });
        match std::str::from_utf8(raw) {
            Ok(text) => line["raw"] = text.into(),
            Err(_) => line["raw_base64"] = STANDARD.encode(raw).into(),
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = File::create_new(&self.path).map_err(|e| cannot_write(&self.path, e))?;
                self.file.insert(BufWriter::new(file))
            }
        };
        writeln!(file, "{line}").map_err(|e| cannot_write(&self.path, e))
    }

    /// Completes the file; none when no record was rejected.
    pub(crate) fn finish(self) -> Result<Option<PathBuf>> {
        let Some(file) = self.file else {
            return Ok(None);
        };
        let file = file.into_inner().map_err(|e| e.into_error());
        file.and_then(|file| file.sync_all())
            .map_err(|e| cannot_write(&self.path, e))?;
        Ok(Some(self.path))
    }
}

#[cold]
fn cannot_write(path: &Path, source: std::io::Error) -> Error {
    Error::io(format!("cannot write {}", path.display()), source)
}
