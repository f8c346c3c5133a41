//! Loads the case corpus.

use crate::{case_json::tables_from_json, options::CaseOptions, table::ExpectedTable};
use serde_json::Value;
use std::path::PathBuf;

/// One case: an input, options, and the expected result.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file's name without extension.
    pub name: String,
    /// What the case shows.
    pub description: String,
    /// The input's bytes.
    pub input: Vec<u8>,
    /// The same input as plain JSON, if `input` is compressed or in another syntax.
    pub plain: Option<Vec<u8>>,
    /// The options.
    pub options: CaseOptions,
    /// The expected result.
    pub expected: Expected,
}

/// The expected result of a case.
#[derive(Clone, Debug)]
pub enum Expected {
    /// Tables, in order.
    Tables {
        /// The tables, in order.
        tables: Vec<ExpectedTable>,
        /// The whole ledger by kind and path, if the case states it. It never has the lines of
        /// writers (`cell_guarded`, `stored_as_text`).
        ledger: Option<Vec<LedgerLine>>,
        /// Number of rejected records, if the case states it.
        rejected: Option<u64>,
        /// The exact CSV text of tables, by table name.
        csv: Vec<(String, String)>,
    },
    /// An error.
    Error(ExpectedError),
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LedgerLine {
    /// Name of the `LossKind`.
    pub kind: String,
    /// JSONPath.
    pub path: String,
    /// How many values.
    pub count: u64,
}

/// An expected error; `None` is not checked.
#[derive(Clone, Debug, Default)]
pub struct ExpectedError {
    /// Texts in the message; case is ignored.
    pub contains: Vec<String>,
    /// Number of the record, from 1.
    pub record: Option<u64>,
    /// Line, from 1.
    pub line: Option<u64>,
    /// Column in bytes, from 1.
    pub column: Option<u64>,
}

/// The folder of the case files.
#[must_use]
pub fn cases_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cases")
}

/// Loads every case, sorted by name.
///
/// # Panics
/// When the folder cannot be read or a file is not a case; the message names the file.
#[must_use]
pub fn load_cases() -> Vec<Case> {
    let dir = cases_dir();
    let entries = std::fs::read_dir(&dir).expect("fixtures/cases is a folder");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("fixtures/cases is readable").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "json"))
        .collect();
    files.sort();
    let load = |path: &PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
        let value = text.and_then(|text| serde_json::from_str(&text).map_err(|e| e.to_string()));
        match value.and_then(|value| case_from_json(&name, &value)) {
            Ok(case) => case,
            Err(error) => panic!("{}: {error}", path.display()),
        }
    };
    files.iter().map(load).collect()
}

fn case_from_json(name: &str, value: &Value) -> Result<Case, String> {
    const KEYS: [&str; 12] = [
        "description",
        "contract",
        "input",
        "input_base64",
        "plain",
        "options",
        "tables",
        "ledger",
        "rejected",
        "csv",
        "error",
        "note",
    ];
    let object = value.as_object().ok_or("a case is an object")?;
    if let Some(key) = object.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("unknown member `{key}`"));
    }
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let input = match (text("input"), text("input_base64")) {
        (Some(raw), None) => raw.as_bytes().to_vec(),
        (None, Some(coded)) => decode_base64(coded)?,
        _ => return Err("a case has either `input` or `input_base64`".into()),
    };
    let expected = match (value.get("tables"), value.get("error")) {
        (tables, None) => Expected::Tables {
            tables: tables.map_or(Ok(Vec::new()), tables_from_json)?,
            ledger: value.get("ledger").map(ledger_from_json).transpose()?,
            rejected: value.get("rejected").and_then(Value::as_u64),
            csv: csv_from_json(value.get("csv"))?,
        },
        (None, Some(error)) => Expected::Error(ExpectedError {
            contains: match error.get("contains").and_then(Value::as_array) {
                Some(texts) => texts
                    .iter()
                    .filter_map(Value::as_str)
                    .map(Into::into)
                    .collect(),
                None => Vec::new(),
            },
            record: error.get("record").and_then(Value::as_u64),
            line: error.get("line").and_then(Value::as_u64),
            column: error.get("column").and_then(Value::as_u64),
        }),
        _ => return Err("a case has either `tables` or `error`".into()),
    };
    Ok(Case {
        name: name.to_owned(),
        description: text("description").ok_or("no `description`")?.to_owned(),
        input,
        plain: text("plain").map(|plain| plain.as_bytes().to_vec()),
        options: CaseOptions::from_json(value.get("options"))?,
        expected,
    })
}

fn ledger_from_json(value: &Value) -> Result<Vec<LedgerLine>, String> {
    let line = |line: &Value| {
        Some(LedgerLine {
            kind: line.get("kind")?.as_str()?.to_owned(),
            path: line.get("path")?.as_str()?.to_owned(),
            count: line.get("count")?.as_u64()?,
        })
    };
    let lines = value
        .as_array()
        .and_then(|lines| lines.iter().map(line).collect());
    lines.ok_or_else(|| "`ledger` holds {kind, path, count}".into())
}

fn csv_from_json(value: Option<&Value>) -> Result<Vec<(String, String)>, String> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let tables = value.as_object().ok_or("`csv` is no object")?;
    let text = |(name, text): (&String, &Value)| Some((name.clone(), text.as_str()?.to_owned()));
    let texts = tables.iter().map(text).collect::<Option<_>>();
    texts.ok_or_else(|| "`csv` holds a text for each table".into())
}

fn decode_base64(text: &str) -> Result<Vec<u8>, String> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut out) = (0u32, 0, Vec::new());
    for byte in text.trim_end_matches('=').bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte);
        let digit = digit.ok_or_else(|| format!("`{}` is no base64 digit", char::from(byte)))?;
        bits = (bits << 6 | digit as u32) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    Ok(out)
}
