//! The summary of a run.

use crate::maps::FoundMap;
use serde::Serialize;
use std::time::Duration;
use transmog_events::{Location, brief};
use transmog_flatten::IdGeneration;
use transmog_model::{LedgerEntry, TableSummary};
use transmog_reader::LeftOut;

/// The most rejected records that a [`Summary`] lists.
pub const MAX_REJECTIONS: usize = 100;

/// Record counts of a run.
///
/// See [`Summary`] for an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecordCounts {
    /// Records found in the input.
    pub read: u64,
    /// Rows of the main table.
    pub accepted: u64,
    /// Records that the error policy left out.
    pub rejected: u64,
}

/// The summary of a run: counts, tables with their files, and the loss ledger.
///
/// # Examples
/// ```
/// use transmog_engine::{Feed, Nothing, Run, TransmogConfig, Values};
/// let values = Values([serde_json::json!({"a": 1}), serde_json::json!({"a": "x"})].into_iter());
/// let summary = Run::start(Feed::records(values), Nothing, &TransmogConfig::default())?.complete()?;
/// assert_eq!((summary.records.read, summary.tables[0].rows), (2, 2));
/// assert_eq!(summary.ledger[0].kind.to_string(), "joined_to_text");
/// assert!(summary.to_json().starts_with(r#"{"records":{"read":2,"accepted":2,"rejected":0}"#));
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Records read, accepted and rejected.
    pub records: RecordCounts,
    /// How rows got their ids.
    pub ids: IdGeneration,
    /// The tables in order of their first row.
    pub tables: Vec<TableSummary>,
    /// The loss ledger: counts of all values that were changed or left out.
    pub ledger: Vec<LedgerEntry>,
    /// The objects that look like maps: their keys are data. Those in other maps are found once these
    /// are maps by a rule.
    pub maps: Vec<FoundMap>,
    /// The rules that did nothing: no value was at their path, or none that they concern.
    pub rules_without_effect: Vec<String>,
    /// The entries of input directories that were not read.
    pub left_out: LeftOut,
    /// File of the rejected records, relative to the output directory.
    pub quarantine: Option<String>,
    /// Files of the earlier run in the output directory that this run removed.
    pub removed: Vec<String>,
    /// Files of the earlier run that are not part of this one, but stay because they were changed
    /// or belong to another user.
    pub kept: Vec<String>,
    /// Existing files that the earlier run had not written and this run replaced.
    pub replaced: Vec<String>,
    /// The first rejected records, at most [`MAX_REJECTIONS`], each with its place and error
    /// message.
    pub rejections: Vec<(Location, String)>,
    /// Options that the files could not follow: why, and what to do.
    pub notes: Vec<String>,
    /// Time from start to commit.
    pub elapsed: Duration,
}

impl Summary {
    /// The report as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.to_value().to_string()
    }

    /// Adds a note about the file of the table at `at`, and those of `others` more tables.
    pub(crate) fn add_note(&mut self, at: usize, note: &str, others: usize) {
        let name = brief(&self.tables[at].name);
        self.notes.push(match others {
            0 => format!("table `{name}`: {note}"),
            1 => format!("table `{name}` and one more: {note}"),
            others => format!("table `{name}` and {others} more: {note}"),
        });
    }

    pub(crate) fn to_value(&self) -> serde_json::Value {
        serde_json::json!({
            "records": self.records,
            "tables": self.tables,
            "ledger": self.ledger,
            "maps": self.maps,
            "rules_without_effect": self.rules_without_effect,
            "left_out": {"count": self.left_out.count, "names": self.left_out.names},
            "quarantine": self.quarantine,
            "removed": self.removed,
            "kept": self.kept,
            "replaced": self.replaced,
            "notes": self.notes,
            "elapsed_ms": self.elapsed.as_millis() as u64,
        })
    }
}
