//! The report for people.

use std::fmt::Write;
use transmog::Summary;

/// The summary as aligned text.
pub(crate) fn text(summary: &Summary, with_columns: bool) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut out, summary, with_columns);
    out
}

fn write(out: &mut String, summary: &Summary, with_columns: bool) -> std::fmt::Result {
    let records = summary.records;
    let seconds = summary.elapsed.as_secs_f64();
    writeln!(
        out,
        "{} records read, {} accepted, {} rejected in {seconds:.2} s",
        records.read, records.accepted, records.rejected
    )?;
    let width = summary
        .tables
        .iter()
        .map(|table| table.name.len())
        .max()
        .unwrap_or(0);
    for table in &summary.tables {
        let file = table.file.as_deref().unwrap_or("");
        let (rows, columns) = (table.rows, table.columns.len());
        writeln!(
            out,
            "  {:width$}  {rows:>12} rows  {columns:>5} columns  {file}",
            table.name
        )?;
        if with_columns {
            for column in &table.columns {
                let path = column.path.as_deref().unwrap_or("");
                writeln!(out, "    {}: {}  {path}", column.name, column.column_type)?;
            }
        }
    }
    if let Some(file) = &summary.quarantine {
        writeln!(out, "rejected records are in {file}")?;
    }
    if !summary.ledger.is_empty() {
        writeln!(out, "what did not arrive as it was:")?;
    }
    for entry in &summary.ledger {
        write!(out, "  {} x {} at {}", entry.count, entry.kind, entry.path)?;
        if let Some(detail) = &entry.detail {
            write!(out, ": {detail}")?;
        }
        if let Some(place) = &entry.first {
            write!(out, " (first in {place})")?;
        }
        writeln!(out)?;
    }
    Ok(())
}
