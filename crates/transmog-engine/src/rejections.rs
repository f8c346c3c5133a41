//! Rejected records: their limit, and where they go.

use crate::{
    destination::{Destination, RejectedRecord},
    error::{Category, Error, Result},
    options::Policy,
    policy::{MaxErrors, OnError},
    summary::{MAX_REJECTIONS, RecordCounts},
    worker::{ChunkResult, Rejected},
};
use transmog_events::{Location, RecordErrorKind};

/// The rejected records of a run.
#[derive(Default)]
pub(crate) struct Rejections {
    pub(crate) count: u64,
    /// The first of them, each with its error message.
    pub(crate) first: Vec<(Location, String)>,
}

impl Rejections {
    /// Takes the rejected records of a chunk with `records` records before it; an error if one of
    /// them ends the run.
    pub(crate) fn take(
        &mut self,
        chunk: &ChunkResult,
        records: u64,
        policy: &Policy,
        destination: &mut dyn Destination,
    ) -> Result<()> {
        let mut kept = chunk.raw.as_deref();
        for error in &chunk.errors {
            let location = location(chunk, error, records);
            let action = policy.action(error.kind, error.path.as_deref());
            if action == OnError::Fail {
                let category = match error.kind {
                    RecordErrorKind::Syntax => Category::Syntax,
                    _ => Category::Data,
                };
                let ended = Error::at(category, location, &*error.message);
                let object = chunk.outgrown.clone();
                let object = object.filter(|_| error.kind == RecordErrorKind::Limit);
                return Err(match object {
                    Some(object) => ended.of_object(object),
                    None => ended,
                });
            }
            self.count += 1;
            if action == OnError::Quarantine
                && let Some(kept) = &mut kept
            {
                let (byte, length, raw) = bytes(chunk, error, kept);
                destination.reject(&RejectedRecord {
                    location: &location,
                    reason: &error.message,
                    byte,
                    length,
                    raw,
                })?;
            }
            if let Some(MaxErrors::Count(most)) = policy.max_errors
                && self.count > most
            {
                let message = format!(
                    "{}; more than {most} records were rejected (max_errors)",
                    error.message
                );
                return Err(Error::at(Category::Data, location, message));
            }
            tracing::debug!(place = %location, reason = &*error.message, "a record is rejected");
            if self.first.len() < MAX_REJECTIONS {
                self.first.push((location, error.message.to_string()));
            }
        }
        Ok(())
    }

    /// An error if too many of the records, or all, were rejected.
    pub(crate) fn judge(&self, counts: RecordCounts, policy: &Policy) -> Result<()> {
        if counts.accepted == 0
            && let Some((place, reason)) = self.first.first()
        {
            let what = match self.count {
                1 => "the only record was".to_owned(),
                count => format!("all {count} records were"),
            };
            let message = format!("{reason}; {what} rejected, so there is nothing to write");
            return Err(Error::at(Category::Data, place.clone(), message));
        }
        if let Some(MaxErrors::Share(most)) = policy.max_errors
            && self.count as f64 > most * counts.read as f64
        {
            return Err(Error::new(
                Category::Data,
                format!(
                    "{} of {} records were rejected, more than {}% (max_errors)",
                    self.count,
                    counts.read,
                    most * 100.0
                ),
            ));
        }
        Ok(())
    }
}

/// The place of a record's error. Values have no lines.
fn location(chunk: &ChunkResult, error: &Rejected, records: u64) -> Location {
    let is_value = error.line == 0 && error.column == 0;
    Location {
        file: chunk.at.file.to_string(),
        record: Some(records + u64::from(error.index) + 1),
        line: (!is_value).then_some(chunk.at.line + error.line + 1),
        column: (!is_value).then_some(error.column),
        byte: (!is_value).then_some(chunk.at.byte + error.byte),
        path: error.path.as_deref().map(str::to_owned),
    }
}

/// The offset and length of a rejected record, and its bytes, which are the next `kept` ones or
/// kept elsewhere.
fn bytes<'b>(
    chunk: &ChunkResult,
    error: &'b Rejected,
    kept: &mut &'b [u8],
) -> (u64, u64, Option<&'b [u8]>) {
    match &error.outside {
        Some(outside) => (outside.byte, outside.length, outside.raw.as_deref()),
        None => (
            chunk.at.byte + error.bytes.start as u64,
            error.bytes.len() as u64,
            kept.split_off(..error.bytes.len()),
        ),
    }
}
