//! What a run did.

use serde::Serialize;
use std::time::Duration;
use transmog_model::LedgerEntry;

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
    /// Time from start to commit.
    pub elapsed: Duration,
}

/// One table of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableSummary {
    /// The table's name.
    pub name: String,
    /// JSONPath (RFC 9535) of its rows.
    pub path: String,
    /// Number of rows.
    pub rows: u64,
    /// Size of the file; 0 in memory.
    pub bytes: u64,
    /// The file, relative to the output directory; none in memory.
    pub file: Option<String>,
    /// The columns in order.
    pub columns: Vec<ColumnSummary>,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnSummary {
    /// The name as it stands in the file.
    pub name: String,
    /// The type as the format stores it.
    #[serde(rename = "type")]
    pub column_type: String,
    /// JSONPath of its values; none for a metadata column.
    pub path: Option<String>,
}

impl Summary {
    /// The report as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let report = serde_json::json!({
            "records": self.records,
            "tables": self.tables,
            "ledger": self.ledger,
            "quarantine": self.quarantine,
            "elapsed_ms": self.elapsed.as_millis() as u64,
        });
        report.to_string()
    }
}
