//! The report of a run as an HTML page.

use arrow::array::TimestampMicrosecondArray;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use transmog_describe::report_page;
use transmog_engine::Summary;
use transmog_model::text_at;

/// The report of a run as one HTML page that needs no network: tables, columns and their
/// statistics, the maps, the ledger, and the rejected records. `title` is the heading, `inputs` are the names
/// of the inputs, and `sample` is the number of records if only the first ones were read.
///
/// # Examples
/// ```
/// use transmog::{TransmogConfig, html_report, survey};
/// let (_, summary) = survey(r#"{"a":1}"#, &TransmogConfig::default())?;
/// let page = html_report(&summary, "numbers", &["a.json".to_owned()], None);
/// assert!(page.starts_with("<!doctype html>") && page.contains("a.json"));
/// # Ok::<(), transmog::Error>(())
/// ```
#[must_use]
pub fn html_report(
    summary: &Summary,
    title: &str,
    inputs: &[String],
    sample: Option<u64>,
) -> String {
    let rejections = summary.rejections.iter().map(|(at, message)| {
        json!({
            "file": at.file, "record": at.record, "line": at.line, "column": at.column,
            "byte": at.byte, "path": at.path, "message": message,
        })
    });
    let mut tables = json!(summary.tables);
    for columns in objects(&mut tables).map(|table| &mut table["columns"]) {
        for column in objects(columns) {
            complete(column, "statistics");
            if column["role"] == "id" {
                column["ids"] = summary.ids.to_string().into();
            }
        }
    }
    let mut ledger = json!(summary.ledger);
    objects(&mut ledger).for_each(|entry| complete(entry, "detail"));
    report_page(&json!({
        "version": 1,
        "title": title,
        "program": concat!("transmog ", env!("CARGO_PKG_VERSION")),
        "generated": now(),
        "inputs": inputs,
        "sample": sample,
        "records": summary.records,
        "elapsed_ms": summary.elapsed.as_millis() as u64,
        "tables": tables,
        "maps": summary.maps.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "ledger": ledger,
        "rejections": rejections.collect::<Vec<_>>(),
    }))
}

/// The elements of an array.
fn objects(array: &mut Value) -> impl Iterator<Item = &mut Value> {
    array.as_array_mut().into_iter().flatten()
}

/// Sets a missing member to null.
fn complete(object: &mut Value, name: &str) {
    if object.get(name).is_none() {
        object[name] = Value::Null;
    }
}

/// The time, to the second.
fn now() -> String {
    let mut text = Vec::new();
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.unwrap_or_default().as_micros();
    let micros = i64::try_from(micros).unwrap_or(i64::MAX);
    let time = TimestampMicrosecondArray::from(vec![micros]);
    text_at(&mut text, &time.with_timezone("UTC"), 0);
    text.truncate("2026-01-02 03:04:05".len());
    String::from_utf8_lossy(&text).into_owned() + " UTC"
}
