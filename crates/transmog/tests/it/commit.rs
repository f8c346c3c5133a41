//! All files of a run or none.

use std::{
    fs::{self, File},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use transmog::{
    Category, Input, Manifest, OnError, Output, OutputFormat, Summary, TransmogConfig,
    flatten_stream,
};

pub(crate) const JSON: &str = r#"{"a":1,"items":[{"x":1}]}"#;

pub(crate) fn run(json: &str, directory: &Path) -> transmog::Result<Summary> {
    let output = Output::of(OutputFormat::Csv)?;
    let config = TransmogConfig::default().with_time_field(None);
    flatten_stream(json, directory, &output, &config)
}

pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

pub(crate) fn run_as(json: &str, directory: &Path, format: OutputFormat, name: &str) -> Summary {
    let output = Output::of(format).expect("a format");
    let config = TransmogConfig::default().with_name(name);
    flatten_stream(json, directory, &output, &config).expect("a run")
}

pub(crate) fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).expect("text")
}

/// Size and checksum of a file with this text, as in a journal.
pub(crate) fn content(text: &str) -> String {
    let checksum = xxhash_rust::xxh3::xxh3_128(text.as_bytes());
    let bytes = text.len();
    format!(r#"{{"bytes":{bytes},"checksum":"xxh128:{checksum:032x}"}}"#)
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
fn tables_saved_from_memory_have_no_manifest() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let result = transmog::flatten(JSON, &TransmogConfig::default()).expect("tables");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    run_as("{}", at, OutputFormat::Csv, "top");
    let before = text(at.join("_transmog.json"));
    let all = ["_transmog.json", "data.csv", "data_items.csv", "top.csv"];
    result.save_to(at, &output).expect("saved");
    assert_eq!(names(at), all);
    assert_eq!(text(at.join("_transmog.json")), before);
    // If a file of a run is replaced, its manifest is no longer true.
    result
        .save_main(at.join("top.csv"), &output)
        .expect("saved");
    assert_eq!(names(at), all[1..]);
}

#[test]
fn an_input_that_would_be_replaced_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path().join("out");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let config = TransmogConfig::default().with_on_error(OnError::Quarantine);
    flatten_stream("{\"a\": nope}\n{}\n", &at, &output, &config).expect("a run");
    let input = directory.path().join("in.jsonl");
    fs::write(&input, "{\"t\":[{}]}\n").expect("written");
    let mut refused = vec![
        at.join("data.rejected.jsonl"),
        at.join("data.csv"),
        at.join("_transmog.json"),
    ];
    // Under other names, and for files that are known only at the end.
    fs::hard_link(&input, at.join("data_t.csv")).expect("linked");
    refused.push(at.join("../out/data.csv"));
    refused.push(input.clone());
    #[cfg(unix)]
    {
        let link = directory.path().join("link.jsonl");
        std::os::unix::fs::symlink(at.join("data.rejected.jsonl"), &link).expect("linked");
        refused.push(link);
    }
    let before = names(&at);
    for path in &refused {
        let original = fs::read(path).expect("bytes");
        for dry in [false, true] {
            let run = match dry {
                true => transmog::dry_run(Input::path(path), &at, &output, &config).map(drop),
                false => flatten_stream(Input::path(path), &at, &output, &config).map(drop),
            };
            let error = run.expect_err("its input would be gone");
            assert_eq!(error.category(), Category::Config, "{error}");
            assert!(
                error.to_string().contains("is an input of this run"),
                "{error}"
            );
            assert_eq!(fs::read(path).expect("bytes"), original);
            assert_eq!(names(&at), before);
        }
    }
    // A file with another name in the directory is an ordinary input.
    fs::remove_file(at.join("data_t.csv")).expect("removed");
    fs::rename(&input, at.join("in.jsonl")).expect("renamed");
    flatten_stream(Input::path(at.join("in.jsonl")), &at, &output, &config).expect("a run");
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_file_is_replaced_and_not_written_through() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path().join("out");
    fs::create_dir(&at).expect("made");
    let victim = directory.path().join("victim");
    fs::write(&victim, "precious").expect("written");
    for name in ["data.csv", "_transmog.json"] {
        std::os::unix::fs::symlink(&victim, at.join(name)).expect("linked");
    }
    run(JSON, &at).expect("a run");
    assert_eq!(text(&victim), "precious");
    Manifest::read(&at)
        .expect("read")
        .expect("a manifest")
        .check(&at)
        .expect("complete");
    assert!(
        fs::symlink_metadata(at.join("data.csv"))
            .expect("there")
            .is_file()
    );
}

#[test]
fn a_failed_run_removes_its_directories() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let deep = directory.path().join("a/b/c");
    run("{", &deep).expect_err("no JSON");
    assert!(names(directory.path()).is_empty());
    run("{}", &deep).expect("a run");
    assert_eq!(names(&deep), ["_transmog.json", "data.csv"]);
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
    // A run without rejections removes the file of the last one.
    run(JSON, at).expect("a run");
    assert_eq!(names(at), ["_transmog.json", "data.csv", "data_items.csv"]);
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

#[test]
fn tables_leave_the_names_of_companion_files_to_them() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let output = output.with_companion("Data_items.csv", |_| "companion".to_owned());
    let config = TransmogConfig::default();
    let plan = transmog::dry_run(JSON, at, &output, &config).expect("a plan");
    let done = flatten_stream(JSON, at, &output, &config).expect("a run");
    for summary in [plan.summary, done] {
        let files = summary.tables.iter().map(|table| table.file.as_deref());
        let expected = [Some("data.csv"), Some("data_items__2.csv")];
        assert_eq!(files.collect::<Vec<_>>(), expected);
    }
    assert_eq!(text(at.join("Data_items.csv")), "companion");
}

#[test]
fn options_that_conflict_change_nothing() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path().join("out");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let config = TransmogConfig::default().with_id_field("");
    let errors = [
        flatten_stream(JSON, &at, &output, &config).expect_err("no name"),
        transmog::dry_run(JSON, &at, &output, &config).expect_err("no name"),
    ];
    for error in errors {
        assert!(error.to_string().contains("id_field"), "{error}");
    }
    assert!(!at.exists());
}
