//! Rejected records, set aside with their provenance.

use crate::{
    checksum::{CheckedFile, Written},
    error::{Error, Result},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use std::{
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};
use transmog_events::Location;
use transmog_events::Outside;

/// The bytes of a rejected record.
pub(crate) struct RejectedBytes<'b> {
    /// Offset of the first one in the file.
    pub(crate) byte: u64,
    /// How many there are.
    pub(crate) length: u64,
    /// None where they are too many to be kept.
    pub(crate) raw: Option<&'b [u8]>,
}

impl<'b> RejectedBytes<'b> {
    pub(crate) fn of(outside: &'b Outside) -> Self {
        Self {
            byte: outside.byte,
            length: outside.length,
            raw: outside.raw.as_deref(),
        }
    }
}

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
        rejected: &RejectedBytes,
    ) -> Result<()> {
        self.is_empty = false;
        let Some(path) = &self.path else {
            return Ok(());
        };
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
            reason,
            raw: text.and_then(Result::ok),
            raw_base64: (rejected.raw)
                .filter(|_| text.is_some_and(|text| text.is_err()))
                .map(|raw| STANDARD.encode(raw)),
            truncated: rejected.raw.is_none().then_some(true),
        };
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = CheckedFile::create(path).map_err(|e| cannot_write(path, e))?;
                self.file.insert(BufWriter::new(file))
            }
        };
        serde_json::to_writer(&mut *file, &line).map_err(|e| cannot_write(path, e.into()))?;
        file.write_all(b"\n").map_err(|e| cannot_write(path, e))
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
