//! The file of rejected records, with their places.

use super::checksum::{CheckedFile, Written};
use crate::{
    destination::RejectedRecord,
    error::{Error, Result},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// A line of the file.
#[derive(Serialize)]
struct Line<'l> {
    file: &'l str,
    record: Option<u64>,
    line: Option<u64>,
    column: Option<u64>,
    byte: u64,
    error_byte: Option<u64>,
    path: Option<&'l str>,
    length: u64,
    reason: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncated: Option<bool>,
}

/// The file of the rejected records, in progress. Each line is an object: `file`, `record`, `line`,
/// `column`, `byte` (offset of the record), `error_byte` (offset of the error), `path`, `length`,
/// `reason` and `raw`, the text of the record, or `raw_base64` if it is not UTF-8. A record that is
/// too long to keep has `truncated` instead.
pub(crate) struct Quarantine {
    path: PathBuf,
    /// Created with the first record.
    file: Option<BufWriter<CheckedFile>>,
}

impl Quarantine {
    /// The path of the file.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    pub(crate) fn add(&mut self, rejected: &RejectedRecord<'_>) -> Result<()> {
        let location = rejected.location;
        let text = rejected.raw.map(std::str::from_utf8);
        let line = Line {
            file: &location.file,
            record: location.record,
            line: location.line,
            column: location.column,
            byte: rejected.byte,
            error_byte: location.byte,
            path: location.path.as_deref(),
            length: rejected.length,
            reason: rejected.reason,
            raw: text.and_then(Result::ok),
            raw_base64: (rejected.raw)
                .filter(|_| text.is_some_and(|text| text.is_err()))
                .map(|raw| STANDARD.encode(raw)),
            truncated: rejected.raw.is_none().then_some(true),
        };
        self.write(&line).map_err(|e| cannot_write(&self.path, e))
    }

    fn write(&mut self, line: &Line<'_>) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(CheckedFile::create(&self.path)?)),
        };
        serde_json::to_writer(&mut *file, line)?;
        file.write_all(b"\n")
    }

    /// Completes the file; `None` if no record was rejected.
    pub(crate) fn finish(&mut self) -> Result<Option<Written>> {
        let Some(file) = self.file.take() else {
            return Ok(None);
        };
        let file = file.into_inner().map_err(|e| e.into_error());
        let written = file.and_then(|file| file.file().sync_all().map(|()| file.written()));
        (written.map(Some)).map_err(|e| cannot_write(&self.path, e))
    }
}

#[cold]
fn cannot_write(path: &Path, source: io::Error) -> Error {
    Error::io(format!("cannot write {}", path.display()), source)
}
