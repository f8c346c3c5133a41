//! All files of a run or none.

use std::{
    fs::{self, File},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use transmog::{Category, OnError, Output, OutputFormat, Summary, TransmogConfig, flatten_stream};

const JSON: &str = r#"{"a":1,"items":[{"x":1}]}"#;

fn run(json: &str, directory: &Path) -> transmog::Result<Summary> {
    let output = Output::of(OutputFormat::Csv)?;
    let config = TransmogConfig::default().with_time_field(None);
    flatten_stream(json, directory, &output, &config)
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_that_cannot_be_replaced_leaves_all_as_they_were() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    fs::write(at.join("data.csv"), "before").expect("written");
    fs::create_dir(at.join("data_items.csv")).expect("made");
    let error = run(JSON, at).expect_err("a directory is in the way");
    assert!(error.to_string().contains("data_items.csv"), "{error}");
    assert_eq!(
        fs::read_to_string(at.join("data.csv")).expect("text"),
        "before"
    );
    assert_eq!(names(at), ["data.csv", "data_items.csv"]);
}

#[test]
fn two_runs_into_one_directory_are_noticed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let other = File::open(directory.path()).expect("a directory");
    other.lock().expect("locked");
    let error = run(JSON, directory.path()).expect_err("another run is there");
    assert!(error.to_string().contains("another run"), "{error}");
    drop(other);
    assert!(run(JSON, directory.path()).is_ok());
}

#[test]
fn a_commit_that_was_cut_short_is_completed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    run(JSON, at).expect("a run");
    let folder = at.join(".transmog-killed");
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("1.part"), "new items").expect("written");
    fs::write(at.join("data.rejected.jsonl"), "old").expect("written");
    // The first file was renamed before the kill.
    let journal = r#"{"renames":[["0.part","data.csv"],["1.part","data_items.csv"]],"removes":["data.rejected.jsonl"]}"#;
    fs::write(folder.join("commit.json"), journal).expect("written");
    let before = fs::read_to_string(at.join("data.csv")).expect("text");
    // A run that fails later completes it all the same.
    run("{", at).expect_err("no JSON");
    assert_eq!(
        fs::read_to_string(at.join("data.csv")).expect("text"),
        before
    );
    let items = fs::read_to_string(at.join("data_items.csv")).expect("text");
    assert_eq!(items, "new items");
    assert_eq!(names(at), ["data.csv", "data_items.csv"]);
}

#[test]
fn a_run_that_fails_takes_its_directories_with_it() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let deep = directory.path().join("a/b/c");
    run("{", &deep).expect_err("no JSON");
    assert!(names(directory.path()).is_empty());
    run("{}", &deep).expect("a run");
    assert_eq!(names(&deep), ["data.csv"]);
}

#[test]
fn rejected_bytes_are_kept_as_they_were() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let config = TransmogConfig::default().with_on_error(OnError::Quarantine);
    let input = &b"{\"a\":1}\n{\"a\":\"\xff\xfe\"}\n{\"a\": nope}\n"[..];
    flatten_stream(input, at, &output, &config).expect("a run");
    let rejected = fs::read_to_string(at.join("data.rejected.jsonl")).expect("a file");
    let lines: Vec<serde_json::Value> = rejected
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["raw_base64"], "eyJhIjoi//4ifQ==");
    assert_eq!(lines[0]["record"], 2);
    assert_eq!(
        (&lines[1]["raw"], &lines[1]["byte"]),
        (&"{\"a\": nope}".into(), &19.into())
    );
    assert_eq!(lines[1]["error_byte"], 26);
    // A clean run takes the file of the last one away.
    run(JSON, at).expect("a run");
    assert_eq!(names(at), ["data.csv", "data_items.csv"]);
}

#[test]
fn more_tables_than_open_files_and_memory() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut json = String::new();
    for record in 0..2000 {
        let key = record % 300;
        json += &format!("{{\"k{key}\":[{{\"a\":{record},\"b\":[{{\"c\":\"{record}\"}}]}}]}}\n");
    }
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let config = TransmogConfig::default()
        .with_memory_limit(1 << 16)
        .with_chunk_bytes(1000)
        .with_time_field(None);
    let summary = flatten_stream(json, directory.path(), &output, &config).expect("a run");
    assert_eq!(summary.tables.len(), 601);
    for (at, table) in summary.tables.iter().enumerate() {
        let path = directory
            .path()
            .join(table.file.as_deref().expect("a file"));
        let text = fs::read_to_string(path).expect("text");
        let lines: Vec<_> = text.lines().skip(1).collect();
        assert_eq!(lines.len() as u64, table.rows, "{}", table.name);
        let last = |line: &&str| line.rsplit(',').next().map(str::to_owned);
        let values: Vec<u32> = lines
            .iter()
            .filter_map(last)
            .filter_map(|v| v.parse().ok())
            .collect();
        assert!(at == 0 || values.len() == lines.len());
        assert!(values.is_sorted(), "{}: rows in order", table.name);
    }
}

#[test]
fn limits_name_the_object() {
    let keys = |count: usize| {
        let keys: Vec<_> = (0..count)
            .map(|key| format!("\"k{key}\":{{\"n\":1}}"))
            .collect();
        format!("{{\"users\":{{{}}}}}", keys.join(","))
    };
    for chunk_bytes in [10, 4 << 20] {
        let config = TransmogConfig::default()
            .with_max_columns(100)
            .with_chunk_bytes(chunk_bytes);
        assert!(transmog::flatten(keys(100), &config).is_ok());
        let error = transmog::flatten(keys(300), &config).expect_err("too many");
        let message = error.to_string();
        assert!(
            message.contains("$.users") && message.contains("max_columns"),
            "{message}"
        );
    }
    let arrays: Vec<_> = (0..50).map(|key| format!("\"k{key}\":[{{}}]")).collect();
    let json = format!("{{\"by_id\":{{{}}}}}", arrays.join(","));
    let config = TransmogConfig::default().with_max_tables(20);
    let error = transmog::flatten(json, &config).expect_err("too many");
    let message = error.to_string();
    assert!(
        message.contains("$.by_id") && message.contains("max_tables"),
        "{message}"
    );
}

#[test]
fn the_last_progress_call_can_stop_the_run() {
    let directory = tempfile::tempdir().expect("a directory");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let stopped = Arc::new(AtomicBool::new(false));
    let (set, get) = (Arc::clone(&stopped), stopped);
    let config = TransmogConfig::default()
        .with_progress_callback(move |_| set.store(true, Ordering::Relaxed))
        .with_cancel(move || get.load(Ordering::Relaxed));
    let error = flatten_stream(r#"{"a":1}"#, directory.path(), &output, &config)
        .expect_err("it is stopped");
    assert_eq!(error.category(), Category::Cancelled);
    assert!(names(directory.path()).is_empty());
}
