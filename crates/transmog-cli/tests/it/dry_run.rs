//! Runs that write nothing.

use crate::{directory, names, run};
use serde_json::Value;
use std::fs;

#[test]
fn a_dry_run_reports_the_same_as_a_run() {
    let input = "{\"a\":1,\"t\":[{\"b\":\"=x\"}]}\n{\"a\":x}\n{\"a\":2.5}\n";
    let directory = directory(input);
    let at = directory.path();
    let call = [
        "in.jsonl",
        "-o",
        "out",
        "--on-error",
        "quarantine",
        "--data-package",
    ];
    let with = |more: &[&str]| run(at, &[&call[..], more].concat());
    let dry = with(&["--dry-run", "--report", "json"]);
    assert_eq!(dry.status.code(), Some(0));
    assert_eq!(names(at), ["in.jsonl"]);
    let planned: Value = serde_json::from_slice(&dry.stdout).expect("JSON");
    let done = with(&["--report", "json"]);
    let report: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    for member in ["records", "ledger", "quarantine"] {
        assert_eq!(planned[member], report[member], "{member}");
    }
    assert_eq!(planned["tables"][0]["bytes"], Value::Null);
    assert_eq!(planned["tables"][1]["file"], report["tables"][1]["file"]);
    let files = planned["files"].as_array().expect("files");
    let mut planned: Vec<_> = files
        .iter()
        .filter_map(|file| file["name"].as_str())
        .collect();
    planned.sort_unstable();
    assert_eq!(planned, names(&at.join("out")));

    fs::remove_file(at.join("out/data_t.csv")).expect("removed");
    let text = with(&["--dry-run"]);
    let text = String::from_utf8(text.stdout).expect("UTF-8");
    let ending = "\
would be written to out:
  data.csv             replaced
  data_t.csv           new
  data.rejected.jsonl  replaced
  datapackage.json     replaced
  _transmog.json       replaced
nothing was written (--dry-run)
";
    assert!(text.ends_with(ending), "{text}");
    assert!(
        text.starts_with("3 records read, 2 accepted, 1 rejected"),
        "{text}"
    );
    assert!(!at.join("out/data_t.csv").exists());
}

#[test]
fn a_dry_run_fails_as_a_run_does() {
    let directory = directory("{\"a\":null,\"b\":{\"c\":1}}\n");
    let at = directory.path();
    assert_eq!(run(at, &["in.jsonl", "-o", "out"]).status.code(), Some(0));
    for arguments in [
        &["--if-exists", "error"][..],
        &["--strict"],
        &["--sql", "sqlite", "-f", "parquet"],
        &["--records-path", "/x"],
    ] {
        let call = [&["in.jsonl", "-o", "out"], arguments].concat();
        let real = run(at, &call);
        let dry = run(at, &[&call[..], &["--dry-run"]].concat());
        assert!(real.status.code() > Some(0), "{arguments:?}");
        assert_eq!(dry.status, real.status);
        assert_eq!(dry.stderr, real.stderr);
        assert!(dry.stdout.is_empty());
    }
    for output in ["in.jsonl", "in.jsonl/out"] {
        let call = ["in.jsonl", "-o", output];
        let dry = run(at, &[&call[..], &["--dry-run"]].concat());
        let text = String::from_utf8_lossy(&dry.stderr);
        assert!(
            text.contains("cannot create the output directory"),
            "{text}"
        );
        assert_eq!(dry.status, run(at, &call).status);
    }
}

#[test]
fn verbose_runs_log_what_they_do() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    let quiet = run(at, &["in.jsonl", "-o", "out"]);
    assert!(quiet.stderr.is_empty());
    let run = |flag: &str| {
        let done = run(at, &["in.jsonl", "-o", "out", flag]);
        assert_eq!(done.status.code(), Some(0));
        String::from_utf8(done.stderr).expect("UTF-8")
    };
    let once = run("-v");
    for said in [
        "reading input=in.jsonl compression=\"none\"",
        "a table begins table=\"data\" path=$",
        "the files are complete",
    ] {
        assert!(once.contains(said), "{said}: {once}");
    }
    assert!(!once.contains("a chunk is merged"), "{once}");
    let twice = run("-vv");
    assert!(
        twice.contains("a chunk is merged input=in.jsonl records=1"),
        "{twice}"
    );
}

#[test]
fn a_wrong_records_path_gets_a_suggestion() {
    let directory = directory("{\"meta\":1,\"data\":{\"i/tems\":[]}}");
    for (pointer, expected) in [
        ("/dat/items", "did you mean `/data`?"),
        ("/data/i~1tem", "did you mean `/data/i~1tems`?"),
        ("/rows", "there are `/meta`, `/data`"),
    ] {
        let call = ["in.jsonl", "-o", "out", "--records-path", pointer];
        let done = run(directory.path(), &call);
        let text = String::from_utf8(done.stderr).expect("UTF-8");
        assert!(
            done.status.code() == Some(1) && text.contains(expected),
            "{text}"
        );
    }
}
