//! Runs that would destroy files are refused before they read.

use crate::{bash, directory, names, run, said, transmog};
use std::{fs, process::Stdio};

#[test]
fn standard_input_without_a_byte_is_an_error() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    assert!(run(at, &["in.jsonl", "-o", "out"]).status.success());
    let before = fs::read(at.join("out/data.csv")).expect("a file");
    for script in [
        "false | $T flatten - -o out",
        "$T flatten - -o out < /dev/null",
        "$T flatten - -o out <&-",
        "false | $T flatten in.jsonl - -o out",
        "false | $T flatten - -o out --dry-run",
        "false | $T flatten /dev/stdin -o out",
        "false | $T flatten /dev/fd/0 -o out",
        "false | $T flatten in.jsonl /proc/self/fd/0 -o out",
        "false | $T flatten /dev/stdin -o out --on-error skip",
        "$T flatten <(false) -o out",
        "mkfifo fifo; false > fifo & $T flatten fifo -o out",
        "$T flatten /dev/null -o out",
        "false | $T schema -",
        "false | $T report - -o page.html",
    ] {
        let done = bash(at, script);
        assert_eq!(done.status.code(), Some(1), "{script}: {}", said(&done));
        assert!(said(&done).contains("--allow-empty"), "{}", said(&done));
        assert_eq!(fs::read(at.join("out/data.csv")).expect("a file"), before);
    }
    assert!(!at.join("page.html").exists());
    // With the flag, or with an empty file, there are just no records.
    for script in [
        "false | $T flatten - -o out --allow-empty",
        "false | $T flatten /dev/stdin -o out --allow-empty",
        ": > empty.jsonl; $T flatten empty.jsonl -o out",
        "$T flatten /dev/stdin -o out < empty.jsonl",
        "echo | $T flatten /dev/stdin -o out",
        "echo | $T flatten - -o out",
    ] {
        let done = bash(at, script);
        assert_eq!(done.status.code(), Some(0), "{script}: {}", said(&done));
        let text = fs::read_to_string(at.join("out/data.csv")).expect("a file");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

#[test]
fn an_input_that_would_be_overwritten_is_refused() {
    let directory = directory("{\"a\":1}\n{\"a\": nope}\n");
    let at = directory.path();
    let quarantine = [
        "in.jsonl",
        "-o",
        "out",
        "--on-error",
        "quarantine",
        "--sql",
        "duckdb",
    ];
    assert!(run(at, &quarantine).status.success());
    fs::write(at.join("x.json"), "{}").expect("written");
    let before = names(&at.join("out"));
    for (script, kept) in [
        (
            "$T flatten out/data.rejected.jsonl -o out",
            "out/data.rejected.jsonl",
        ),
        (
            "$T flatten - -o out < out/data.rejected.jsonl",
            "out/data.rejected.jsonl",
        ),
        (
            "ln -s out link; $T flatten link/data.rejected.jsonl -o out",
            "out/data.rejected.jsonl",
        ),
        ("$T flatten out/data.csv -o out", "out/data.csv"),
        ("$T flatten 'out/*.csv' -o out", "out/data.csv"),
        ("$T flatten out/_transmog.json -o out", "out/_transmog.json"),
        ("$T flatten out/schema.sql -o out", "out/schema.sql"),
        ("$T report x.json -o x.json", "x.json"),
        (
            "ln x.json hard.json; $T report x.json -o hard.json",
            "x.json",
        ),
        ("$T report . -o x.json", "x.json"),
        ("$T schema x.json --json ./x.json", "x.json"),
        ("$T flatten x.json -o other --html x.json", "x.json"),
    ] {
        let original = fs::read(at.join(kept)).expect("there");
        let done = bash(at, script);
        assert_eq!(done.status.code(), Some(2), "{script}: {}", said(&done));
        assert!(
            said(&done).contains("is an input of this"),
            "{script}: {}",
            said(&done)
        );
        assert!(
            said(&done).contains("choose another"),
            "{script}: {}",
            said(&done)
        );
        assert_eq!(
            fs::read(at.join(kept)).expect("there"),
            original,
            "{script}"
        );
        assert_eq!(names(&at.join("out")), before, "{script}");
    }
    // Elsewhere it is an ordinary input.
    let done = bash(at, "$T flatten out/data.rejected.jsonl -o again");
    assert!(done.status.success(), "{}", said(&done));
}

#[test]
fn schemas_and_files_of_options_are_not_overwritten() {
    let directory = directory("{\"a\":1,\"tags\":[{\"b\":1}]}\n");
    let at = directory.path();
    assert!(
        bash(at, "$T schema in.jsonl --json sc.json")
            .status
            .success()
    );
    fs::write(at.join("cf.toml"), "threads = 1\n").expect("written");
    fs::create_dir(at.join("y")).expect("made");
    fs::copy(at.join("sc.json"), at.join("y/data_tags.csv")).expect("copied");
    fs::copy(at.join("sc.json"), at.join("y/page.html")).expect("copied");
    for (script, kept) in [
        (
            "$T flatten in.jsonl -o o --schema sc.json --html sc.json",
            "sc.json",
        ),
        (
            "$T flatten in.jsonl -o o --schema sc.json --html ./o/../sc.json",
            "sc.json",
        ),
        (
            "$T flatten in.jsonl -o o --config cf.toml --html cf.toml",
            "cf.toml",
        ),
        ("$T report in.jsonl --config cf.toml -o cf.toml", "cf.toml"),
        (
            "$T schema in.jsonl --config cf.toml --json cf.toml",
            "cf.toml",
        ),
        (
            "$T flatten in.jsonl -o y --schema y/data_tags.csv",
            "y/data_tags.csv",
        ),
        (
            "$T flatten in.jsonl -o y --schema y/data_tags.csv --dry-run",
            "y/data_tags.csv",
        ),
        (
            "$T flatten in.jsonl -o y --schema y/page.html --html y/page.html",
            "y/page.html",
        ),
        (
            "cp cf.toml transmog.toml; $T flatten in.jsonl -o o --html transmog.toml",
            "transmog.toml",
        ),
    ] {
        let done = bash(at, &format!("mkdir -p o; {script}"));
        assert_eq!(done.status.code(), Some(2), "{script}: {}", said(&done));
        assert!(
            said(&done).contains("is an input of this"),
            "{script}: {}",
            said(&done)
        );
        let original = match kept {
            kept if kept.ends_with("toml") => "cf.toml",
            _ => "sc.json",
        };
        let read = |name| fs::read(at.join(name)).expect("there");
        assert_eq!(read(kept), read(original), "{script}");
        assert!(read(kept).starts_with(if original == "sc.json" { b"{" } else { b"t" }));
        assert!(names(&at.join("o")).is_empty(), "{script}");
    }
}

#[test]
fn a_directory_of_inputs_may_be_the_output_directory() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    for _ in 0..2 {
        let done = bash(at, "mkdir -p d; cp in.jsonl d; $T flatten d -o d");
        assert!(done.status.success(), "{}", said(&done));
        assert_eq!(
            names(&at.join("d")),
            ["_transmog.json", "data.csv", "in.jsonl"]
        );
        let text = fs::read_to_string(at.join("d/data.csv")).expect("a file");
        assert_eq!(text.lines().count(), 2, "{text}");
    }
    // The manifest of the earlier run is not read as input, unless it is named.
    let done = bash(at, "$T flatten d -o d --data-package && $T flatten d -o d");
    assert_eq!(done.status.code(), Some(2), "{}", said(&done));
    assert!(
        said(&done).contains("datapackage.json is an input"),
        "{}",
        said(&done)
    );
    let done = bash(at, "rm d/in.jsonl d/datapackage.json; $T flatten d -o e");
    assert_eq!(done.status.code(), Some(1), "{}", said(&done));
    assert!(
        said(&done).contains("no input except _transmog.json"),
        "{}",
        said(&done)
    );
    let done = bash(at, "$T flatten d/_transmog.json -o e");
    assert!(done.status.success(), "{}", said(&done));
}

#[test]
fn a_page_in_the_output_directory_belongs_to_the_run() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    let call = ["in.jsonl", "-o", "out", "--html", "out/page.html"];
    assert!(run(at, &call).status.success());
    assert_eq!(
        names(&at.join("out")),
        ["_transmog.json", "data.csv", "page.html"]
    );
    let manifest = fs::read_to_string(at.join("out/_transmog.json")).expect("a manifest");
    assert!(manifest.contains("\"page.html\""), "{manifest}");
    // The next run, without a page, removes it and reports that.
    let done = transmog(at, &["in.jsonl", "-o", "./out/", "--report", "text"])
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    assert!(
        said(&done).contains("removed, from the earlier run: page.html"),
        "{}",
        said(&done)
    );
    assert_eq!(names(&at.join("out")), ["_transmog.json", "data.csv"]);
    // It cannot have the name of a table.
    let done = run(at, &["in.jsonl", "-o", "out", "--html", "out/data.csv"]);
    assert_eq!(done.status.code(), Some(2), "{}", said(&done));
    assert!(said(&done).contains("data.csv"), "{}", said(&done));
}

#[test]
fn a_page_that_replaces_a_file_is_reported() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    fs::write(at.join("page.html"), "mine").expect("written");
    let page = "$T flatten in.jsonl -o out --html page.html";
    let done = bash(at, &format!("{page} --if-exists error"));
    assert_eq!(done.status.code(), Some(1), "{}", said(&done));
    assert!(said(&done).contains("page.html exists"), "{}", said(&done));
    assert_eq!(fs::read(at.join("page.html")).expect("there"), b"mine");
    assert!(!at.join("out").exists());
    let done = bash(at, &format!("{page} --report text"));
    assert!(done.status.success(), "{}", said(&done));
    assert!(
        said(&done).contains("replaced, not from an earlier run: page.html"),
        "{}",
        said(&done)
    );
    assert!(fs::read(at.join("page.html")).expect("there").len() > 1000);
    let done = bash(
        at,
        "$T flatten in.jsonl -o new --html new.html --report json",
    );
    let report = String::from_utf8_lossy(&done.stdout);
    assert!(report.contains("\"replaced\":[]"), "{report}");
}

#[test]
fn kept_files_of_an_earlier_run_are_reported() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    fs::write(at.join("more.jsonl"), "{\"a\":1,\"t\":[{}]}\n").expect("written");
    let before = "rm -rf out; $T flatten more.jsonl -o out";
    for (change, words) in [
        (
            "sed -i 's/\"manifest\": 1/\"manifest\": 99/' out/_transmog.json",
            "version 99, which is from a later transmog",
        ),
        ("truncate -s 1G out/_transmog.json", "1073741824 bytes"),
        ("echo no > out/_transmog.json", "not a manifest"),
        (
            "tr , ';' < out/data_t.csv > x; mv x out/data_t.csv",
            "changed since the earlier run",
        ),
    ] {
        let done = bash(
            at,
            &format!("{before}; {change}; $T flatten in.jsonl -o out"),
        );
        assert!(done.status.success(), "{change}: {}", said(&done));
        let said = said(&done);
        assert!(
            said.contains("WARN") && said.contains(words),
            "{change}: {said}"
        );
        assert!(at.join("out/data_t.csv").exists(), "{change}");
    }
}
