//! The text report.

use std::{
    fmt::{Arguments, Write},
    path::Path,
};
use transmog::{Plan, Summary, spelled};

/// The summary as aligned text.
pub(crate) fn text(summary: &Summary, with_columns: bool) -> String {
    let mut out = String::new();
    write(&mut out, summary, with_columns);
    out
}

/// The summary and the files that would be written to `directory`, as aligned text.
pub(crate) fn plan(
    plan: &Plan,
    directory: &Path,
    html: Option<&Path>,
    with_columns: bool,
) -> String {
    let mut out = text(&plan.summary, with_columns);
    let become_of = |exists: bool| if exists { "replaced" } else { "new" };
    line(
        &mut out,
        format_args!("would be written to {}:", directory.display()),
    );
    let names = plan.files.iter().map(|file| spelled(&file.name));
    let names: Vec<_> = names.collect();
    let width = names.iter().map(|name| name.chars().count()).max();
    let width = width.unwrap_or(0);
    for (file, name) in plan.files.iter().zip(names) {
        let becomes = become_of(file.exists);
        line(&mut out, format_args!("  {name:width$}  {becomes}"));
    }
    if let Some(html) = html {
        let (file, becomes) = (html.display(), become_of(html.exists()));
        line(&mut out, format_args!("and {file}, {becomes}"));
    }
    line(&mut out, format_args!("nothing was written (--dry-run)"));
    out
}

/// What directories have besides the files that were read, on one line.
pub(crate) fn left_out(summary: &Summary) -> Option<String> {
    let left_out = &summary.left_out;
    let entries = match left_out.count {
        0 => return None,
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    };
    Some(format!(
        "not read, of the input directories: {entries} ({left_out})"
    ))
}

/// Adds a line with control characters escaped.
fn line(out: &mut String, text: Arguments<'_>) {
    out.push_str(&spelled(&text.to_string()));
    out.push('\n');
}

fn write(out: &mut String, summary: &Summary, with_columns: bool) {
    let records = summary.records;
    let seconds = summary.elapsed.as_secs_f64();
    line(
        out,
        format_args!(
            "{} records read, {} accepted, {} rejected in {seconds:.2} s",
            records.read, records.accepted, records.rejected
        ),
    );
    let names: Vec<_> = summary.tables.iter().map(|t| spelled(&t.name)).collect();
    let width = names.iter().map(|name| name.chars().count()).max();
    let width = width.unwrap_or(0);
    for (table, name) in summary.tables.iter().zip(names) {
        let file = table.file.as_deref().unwrap_or("");
        let (rows, columns) = (table.rows, table.columns.len());
        line(
            out,
            format_args!("  {name:width$}  {rows:>12} rows  {columns:>5} columns  {file}"),
        );
        if with_columns {
            for column in &table.columns {
                let path = column.path.as_deref().unwrap_or("");
                let (name, column_type) = (&column.name, column.column_type);
                line(out, format_args!("    {name}: {column_type}  {path}"));
            }
        }
    }
    for (what, files) in [
        ("removed, from the earlier run", &summary.removed),
        ("replaced, not from an earlier run", &summary.replaced),
    ] {
        if !files.is_empty() {
            line(out, format_args!("{what}: {}", files.join(", ")));
        }
    }
    if let Some(left_out) = left_out(summary) {
        line(out, format_args!("{left_out}"));
    }
    if let Some(file) = &summary.quarantine {
        line(out, format_args!("rejected records are in {file}"));
    }
    for map in &summary.maps {
        line(
            out,
            format_args!("looks like a map: {map} (--map '{}')", map.path),
        );
    }
    for rule in &summary.rules_without_effect {
        line(out, format_args!("the rule did nothing: {rule}"));
    }
    for note in &summary.notes {
        line(out, format_args!("note: {note}"));
    }
    if !summary.ledger.is_empty() {
        line(out, format_args!("changed or left out:"));
    }
    for entry in &summary.ledger {
        let mut text = format!("  {} x {} at {}", entry.count, entry.kind, entry.path);
        // Writing to a string does not fail.
        if let Some(detail) = &entry.detail {
            let _ = write!(text, ": {detail}");
        }
        if let Some(place) = &entry.first {
            let _ = write!(text, " (first in {place})");
        }
        line(out, format_args!("{text}"));
    }
}
