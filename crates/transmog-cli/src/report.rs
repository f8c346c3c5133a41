//! The report for people.

use std::{fmt::Write, path::Path};
use transmog::{Plan, Summary};

/// The summary as aligned text.
pub(crate) fn text(summary: &Summary, with_columns: bool) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut out, summary, with_columns);
    out
}

/// What would be written to `directory`, as aligned text, after the summary.
pub(crate) fn plan(
    plan: &Plan,
    directory: &Path,
    html: Option<&Path>,
    with_columns: bool,
) -> String {
    let mut out = text(&plan.summary, with_columns);
    let become_of = |exists: bool| if exists { "replaced" } else { "new" };
    // Writing to a string does not fail.
    let _ = writeln!(out, "would be written to {}:", directory.display());
    let width = plan
        .files
        .iter()
        .map(|file| file.name.chars().count())
        .max();
    let width = width.unwrap_or(0);
    for file in &plan.files {
        let _ = writeln!(out, "  {:width$}  {}", file.name, become_of(file.exists));
    }
    if let Some(html) = html {
        let _ = writeln!(out, "and {}, {}", html.display(), become_of(html.exists()));
    }
    out.push_str("nothing was written (--dry-run)\n");
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
