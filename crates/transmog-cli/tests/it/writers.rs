//! The structure of files: many segments, small row groups, few open files.

use super::{directory, names, transmog};
use serde_json::Value;
use std::{
    fmt::Write as _,
    fs,
    process::{Command, Output},
};

/// Runs the program under a limit of the shell.
fn run_under(limit: &str, directory: &std::path::Path, arguments: &[&str]) -> Output {
    let program = transmog(directory, arguments);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{limit}; exec \"$0\" \"$@\"")])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(directory);
    shell.output().expect("the shell runs")
}

/// Records of which every 300th has a new key and its own table.
fn drifting(keys: usize) -> String {
    let mut lines = String::new();
    for key in 0..keys {
        for row in 0..300 {
            let text = "x".repeat(200);
            let new = if row == 0 { key } else { 0 };
            let _ = writeln!(
                lines,
                r#"{{"n":{row},"k{new}":{row},"t{}":[{{"a":1}}],"text":"{text}"}}"#,
                key % 40
            );
        }
    }
    lines
}

#[cfg(target_os = "linux")]
#[test]
fn more_segments_than_files_may_be_open_become_one_file() {
    let input = directory(&drifting(150));
    let at = input.path();
    for format in ["csv", "parquet", "orc", "avro", "arrow"] {
        let out = format!("out-{format}");
        let options = ["--memory-limit", "2M", "--threads", "2", "--report", "json"];
        let mut arguments = vec!["in.jsonl", "-o", &out, "-n", "data", "-f", format];
        arguments.extend(options);
        let done = run_under("ulimit -n 48", at, &arguments);
        let error = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(0), "{format}: {error}");
        let report: Value = serde_json::from_slice(&done.stdout).expect("one JSON object");
        assert_eq!(report["tables"][0]["rows"], 150 * 300);
        assert_eq!(report["tables"].as_array().map(Vec::len), Some(41));
        // Not counting the manifest.
        assert_eq!(names(&at.join(&out)).len(), 42);
    }
    // The file shows no segments: it has a header and a line for each record.
    let csv = fs::read_to_string(at.join("out-csv/data.csv")).expect("CSV");
    assert_eq!(csv.lines().count(), 150 * 300 + 1);
    let last = csv.lines().last().expect("a line");
    assert_eq!(
        last.split(',').count(),
        csv.lines().next().expect("a header").split(',').count()
    );
}

#[test]
fn row_groups_of_one_row_are_written() {
    let lines: String = (0..10_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    let input = directory(&lines);
    for (format, flag) in [("parquet", "--row-group-size"), ("orc", "--batch-size")] {
        let arguments = [
            "in.jsonl", "-o", "out", "-f", format, flag, "1", "--report", "json",
        ];
        let done = transmog(input.path(), &arguments)
            .output()
            .expect("the program runs");
        let error = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(0), "{format}: {error}");
        let report: Value = serde_json::from_slice(&done.stdout).expect("one JSON object");
        assert_eq!(report["tables"][0]["rows"], 10_000);
    }
}

/// The JSON report of a run that succeeds.
fn report(directory: &std::path::Path, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--report", "json"]].concat();
    let done = transmog(directory, &arguments).output();
    let done = done.expect("the program runs");
    let error = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(0), "{arguments:?}: {error}");
    serde_json::from_slice(&done.stdout).expect("one JSON object")
}

#[test]
fn the_report_says_when_row_groups_are_larger_than_asked_for() {
    let wide = (0..2000).fold(String::new(), |mut lines, row| {
        let _ = writeln!(lines, r#"{{"a":[{{"k{}":{row}}}],"n":{row}}}"#, row % 1000);
        lines
    });
    let input = directory(&wide);
    let run = |more: &[&str]| {
        let flatten = ["in.jsonl", "-o", "out", "-f", "parquet"];
        let report = report(input.path(), &[&flatten, more].concat());
        report["notes"].clone()
    };
    let small = ["--memory-limit", "16M", "--row-group-size", "1"];
    let notes = run(&small);
    let [note] = notes.as_array().expect("an array").as_slice() else {
        panic!("{notes}");
    };
    let note = note.as_str().expect("a text");
    for part in ["row_group_size", "memory_limit", "and one more"] {
        assert!(note.contains(part), "{note}");
    }
    assert_eq!(run(&["--row-group-size", "2000"]), serde_json::json!([]));
    assert_eq!(run(&[]), serde_json::json!([]));
}

#[test]
fn surplus_threads_are_not_started() {
    let input = directory("{\"n\":1}\n");
    let arguments = [
        "in.jsonl",
        "-o",
        "out",
        "--threads",
        "100000",
        "--report",
        "none",
    ];
    let done = transmog(input.path(), &arguments)
        .output()
        .expect("the program runs");
    assert_eq!(done.status.code(), Some(0));
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(error.contains("fewer threads"), "{error}");
    let quiet = [&arguments[..], &["-q"]].concat();
    let done = transmog(input.path(), &quiet)
        .output()
        .expect("the program runs");
    assert!(done.status.success() && done.stderr.is_empty());
}
