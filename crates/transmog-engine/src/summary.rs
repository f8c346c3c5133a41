//! What a run did.

use serde::Serialize;
use std::time::Duration;
use transmog_events::{Location, brief};
use transmog_model::{LedgerEntry, TableSummary};

/// Rejected records that a [`Summary`] lists.
pub const MAX_REJECTIONS: usize = 100;

/// Records of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecordCounts {
    /// Records met in the input.
    pub read: u64,
    /// Rows of the main table.
    pub accepted: u64,
    /// Records left out by the error policy.
    pub rejected: u64,
}

/// What a run did: counts, tables with their files, and the loss ledger.
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
    /// The tables in order of their first row.
    pub tables: Vec<TableSummary>,
    /// Every value that did not arrive as it was, counted.
    pub ledger: Vec<LedgerEntry>,
    /// File of the rejected records, relative to the output directory.
    pub quarantine: Option<String>,
    /// Files that the earlier run had written to the output directory and this one removed.
    pub removed: Vec<String>,
    /// Files of the earlier run that this one has not and that stay all the same, since they are not
    /// what that run wrote, or since it was another user's.
    pub kept: Vec<String>,
    /// Files that were there, that the earlier run had not written, and that this one replaced.
    pub replaced: Vec<String>,
    /// The first rejected records, where each stands and what is wrong with it:
    /// [`MAX_REJECTIONS`] at most.
    pub rejections: Vec<(Location, String)>,
    /// What the options ask for and the files could not have: why, and what to do.
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

    /// Adds what is to be said of the file of the table at `at`, and of those of so many others.
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
            "quarantine": self.quarantine,
            "removed": self.removed,
            "kept": self.kept,
            "replaced": self.replaced,
            "notes": self.notes,
            "elapsed_ms": self.elapsed.as_millis() as u64,
        })
    }
}
