//! Rejected records, set aside with their provenance.

use crate::{
    checksum::{CheckedFile, Written},
    error::{Error, Result},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};
use transmog_model::Location;
use transmog_reader::Outside;

/// The file of the rejected records, in progress.
///
/// Each line is an object: `file`, `record`, `line`, `column`, `byte` (where
/// the record begins), `error_byte` (where it is wrong), `path`, `length`, `reason`
/// and `raw`, the record as it stood, or `raw_base64` where that is not UTF-8. What
/// is too long to be kept has neither, but `truncated`.
pub(crate) struct Quarantine {
    /// None for a run that writes nothing.
    path: Option<PathBuf>,
    file: Option<BufWriter<CheckedFile>>,
    is_empty: bool,
}

impl Quarantine {
    /// It becomes a file with the first record, unless nothing is to be written.
    pub(crate) fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            file: None,
            is_empty: true,
        }
    }

    /// Whether no record was rejected.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_empty
    }

    pub(crate) fn add(
        &mut self,
        location: &Location,
        reason: &str,
        rejected: &Outside,
    ) -> Result<()> {
        self.is_empty = false;
        let Some(path) = &self.path else {
            return Ok(());
        };
        let mut line = serde_json::json!({
            "file": location.file,
            "record": location.record,
            "line": location.line,
            "column": location.column,
            "byte": rejected.byte,
            "error_byte": location.byte,
            "path": location.path,
            "length": rejected.length,
            "reason": reason,
        });
        match rejected
            .raw
            .as_deref()
            .map(|raw| (raw, std::str::from_utf8(raw)))
        {
            Some((_, Ok(text))) => line["raw"] = text.into(),
            Some((raw, Err(_))) => line["raw_base64"] = STANDARD.encode(raw).into(),
            None => line["truncated"] = true.into(),
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = CheckedFile::create(path).map_err(|e| cannot_write(path, e))?;
                self.file.insert(BufWriter::new(file))
            }
        };
        writeln!(file, "{line}").map_err(|e| cannot_write(path, e))
    }

    /// Completes the file; none when no record was rejected.
    pub(crate) fn finish(self) -> Result<Option<Written>> {
        let (Some(file), Some(path)) = (self.file, self.path) else {
            return Ok(None);
        };
        let file = file.into_inner().map_err(|e| e.into_error());
        let written = file.and_then(|file| file.file().sync_all().map(|()| file.written()));
        written.map(Some).map_err(|e| cannot_write(&path, e))
    }
}

#[cold]
fn cannot_write(path: &Path, source: std::io::Error) -> Error {
    Error::io(format!("cannot write {}", path.display()), source)
}
