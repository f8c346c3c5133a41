//! Commands that describe data: schema and report; and the companion files of tables.

use crate::{directory, names, run};
use serde_json::Value;
use std::{fs, path::Path, process::Command, process::Output};

/// A command other than `flatten`.
fn transmog(at: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transmog"));
    let output = command.args(arguments).current_dir(at).output();
    output.expect("the program runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn a_schema_is_a_table_json_or_a_diagram() {
    let directory =
        directory("{\"n\":1,\"s\":\"é\\u001b[31m\"}\n{\"n\":20,\"t\":[{\"x\":true}]}\n");
    let at = directory.path();
    let table = transmog(at, &["schema", "in.jsonl", "--no-time-field"]);
    let expected = "\
data  $  2 rows
  column  type   role        null  distinct  min       max       path  examples
  _id     text   id: random
  n       int64    0%         2  1         20        $.n   1, 20
  s       text    50%         1  é\\u{1b}[31m    é\\u{1b}[31m    $.s   é\\u{1b}[31m
data_t  $.t[*]  1 rows
  column      type     role        null  distinct  min   max   path      examples
  _id         text     id: random
  _parent_id  text     parent
  x           boolean    0%         1  true  true  $.t[*].x  true
";
    let squeezed = |text: &str| {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        text.lines().map(words).collect::<Vec<_>>()
    };
    let found = squeezed(text(&table.stdout));
    // The hashes decide which of two single values is the first example.
    let found: Vec<_> = found
        .iter()
        .map(|line| line.replace("20, 1", "1, 20"))
        .collect();
    assert_eq!(found, squeezed(expected));

    let json = transmog(at, &["schema", "in.jsonl", "--json", "-"]);
    let schema: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(schema["table"][1]["path"], "$.t[*]");
    let diagram = transmog(at, &["schema", "in.jsonl", "--mermaid"]);
    assert!(text(&diagram.stdout).contains("\"data\" ||--o{ \"data_t\" : has"));
    let sample = transmog(at, &["schema", "in.jsonl", "--sample", "1"]);
    assert!(text(&sample.stdout).contains("$  1 rows"));
    assert!(text(&sample.stderr).contains("only the first 1 records"));
}

#[test]
fn a_report_is_a_page_that_holds_hostile_data_as_text() {
    let directory = directory("{\"</script><b>\":\"<img src=x>\"}\n{\"bad\": x}\n");
    let at = directory.path();
    let done = transmog(
        at,
        &[
            "report",
            "in.jsonl",
            "-o",
            "report.html",
            "--on-error",
            "skip",
        ],
    );
    assert_eq!((done.status.code(), done.stderr.len()), (Some(0), 0));
    let page = fs::read_to_string(at.join("report.html")).expect("a page");
    assert!(page.starts_with("<!doctype html>") && page.contains("Content-Security-Policy"));
    assert!(page.contains("\\u003cimg src=x\\u003e") && !page.contains("<img"));
    assert!(page.contains("\"rejected\":1") && page.contains("expected a value"));
    let failed = transmog(at, &["report", "in.jsonl", "-o", "other.html"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(!at.join("other.html").exists());
    let nowhere = transmog(
        at,
        &[
            "report",
            "in.jsonl",
            "-o",
            "no/such.html",
            "--on-error",
            "skip",
        ],
    );
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(text(&nowhere.stderr).contains("the directory no does not exist"));
    let twice = run(
        at,
        &["in.jsonl", "-o", "out", "--html", "-", "--report", "json"],
    );
    assert_eq!(twice.status.code(), Some(2));
    assert!(!at.join("out").exists());

    let both = run(
        at,
        &[
            "in.jsonl",
            "-o",
            "out",
            "--html",
            "b.html",
            "--on-error",
            "skip",
        ],
    );
    assert_eq!(both.status.code(), Some(0));
    let page = fs::read_to_string(at.join("b.html")).expect("a page");
    assert!(page.contains("\"file\":\"data.csv\"") && page.contains("\"distinct\":1"));
}

#[test]
fn sql_and_a_data_package_are_written() {
    let directory = directory("{\"a\":\"=1\",\"t\":[{\"b\":1}]}\n");
    let at = directory.path();
    let done = run(
        at,
        &[
            "in.jsonl",
            "-o",
            "out",
            "--sql",
            "postgres",
            "--data-package",
        ],
    );
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let all = [
        "_transmog.json",
        "data.csv",
        "data_t.csv",
        "datapackage.json",
        "load.sql",
        "schema.sql",
    ];
    assert_eq!(names(&at.join("out")), all);
    let schema = fs::read_to_string(at.join("out/schema.sql")).expect("there");
    assert!(schema.contains("FOREIGN KEY (\"_parent_id\") REFERENCES \"data\" (\"_id\")"));
    // A database gets the unchanged values.
    let data = fs::read_to_string(at.join("out/data.csv")).expect("there");
    assert!(data.contains(",=1,"), "{data}");
    let package = fs::read(at.join("out/datapackage.json")).expect("there");
    let package: Value = serde_json::from_slice(&package).expect("JSON");
    let keys = &package["resources"][1]["schema"]["foreignKeys"][0];
    assert_eq!(keys["reference"]["resource"], "data");
    let refused = run(
        at,
        &["in.jsonl", "-o", "other", "--sql", "sqlite", "-f", "orc"],
    );
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("sqlite loads CSV files"));
    assert!(!at.join("other").exists());
}

#[test]
fn progress_is_lines_in_a_log() {
    let directory = directory("{\"a\":1}\n{\"a\":2}\n");
    for how in ["plain", "always"] {
        let done = run(
            directory.path(),
            &["in.jsonl", "-o", "out", "--progress", how],
        );
        assert!(done.stdout.is_empty());
        let line = text(&done.stderr);
        assert!(
            line.starts_with("transmog: 16 B of 16 B, 2 records, "),
            "{line}"
        );
        assert_eq!(line.lines().count(), 1);
    }
}

#[test]
fn a_report_finds_maps_and_shows_them() {
    let directory = directory("{\"stock\":{\"4711\":3,\"4712\":0}}\n");
    let at = directory.path();
    let data = |flags: &[&str]| -> Value {
        let call = ["report", "in.jsonl", "-o", "report.html"];
        assert_eq!(
            transmog(at, &[&call, flags].concat()).status.code(),
            Some(0)
        );
        let page = fs::read_to_string(at.join("report.html")).expect("a page");
        let (_, data) = page.split_once("id=\"data\">").expect("the data");
        let (data, _) = data.split_once("</script>").expect("their end");
        serde_json::from_str(data).expect("JSON")
    };
    let map = "$.stock: 2 keys in 1 object, all alike; the keys are data by their form";
    for (flags, tables) in [(&[][..], 2), (&["--maps", "off"], 1)] {
        let page = data(flags);
        assert_eq!(page["maps"], serde_json::json!([map]), "{flags:?}");
        assert_eq!(page["tables"].as_array().map(Vec::len), Some(tables));
    }
    assert_eq!(data(&["--map", "$.stock"])["maps"], serde_json::json!([]));
}

#[test]
fn completions_and_the_manual_know_the_flags() {
    let directory = directory("");
    let at = directory.path();
    for shell in ["bash", "zsh", "fish"] {
        let script = transmog(at, &["completions", shell]);
        assert!(text(&script.stdout).contains("array-mode"), "{shell}");
    }
    assert_eq!(transmog(at, &["man", "-o", "man"]).status.code(), Some(0));
    let page = fs::read_to_string(at.join("man/transmog-flatten.1")).expect("a page");
    assert!(page.contains("array\\-mode"));
}

#[test]
#[cfg(unix)]
fn permissions_of_files_stay() {
    use std::os::unix::fs::PermissionsExt;
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    fs::write(at.join("real.json"), "old").expect("written");
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(at.join("real.json"), private).expect("set");
    let done = transmog(at, &["schema", "in.jsonl", "--json", "real.json"]);
    assert_eq!(done.status.code(), Some(0));
    let real = fs::read_to_string(at.join("real.json")).expect("there");
    assert!(real.contains("\"version\": 2"));
    let mode = fs::metadata(at.join("real.json"))
        .expect("there")
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    // Standard output through its path, which is a file here.
    let file = fs::File::create(at.join("printed")).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_transmog"));
    command
        .args(["schema", "in.jsonl", "--json", "/proc/self/fd/1"])
        .current_dir(at);
    assert!(command.stdout(file).status().expect("it runs").success());
    let printed = fs::read_to_string(at.join("printed")).expect("there");
    assert!(printed.contains("\"version\": 2"));
}
