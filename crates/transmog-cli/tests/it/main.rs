//! The command line as processes: exit statuses, reports, signals, files.

mod book;
mod config_file;
mod describe;
mod dry_run;
mod inputs;
mod outputs;
mod refused;
mod trust;
mod writers;

use serde_json::Value;
use std::{
    fs,
    io::Write,
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

fn transmog(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transmog"));
    command
        .arg("flatten")
        .args(arguments)
        .current_dir(directory);
    command
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    let output = transmog(directory, arguments).output();
    output.expect("the program runs")
}

/// Runs a script in bash, with the program as `$T`.
fn bash(at: &Path, script: &str) -> Output {
    let output = Command::new("bash")
        .args(["-c", script])
        .env("T", env!("CARGO_BIN_EXE_transmog"))
        .current_dir(at)
        .output();
    output.expect("bash runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A directory with `in.jsonl`.
fn directory(input: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    fs::write(directory.path().join("in.jsonl"), input).expect("written");
    directory
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_run_says_what_it_did() {
    let directory = directory("{\"a\":1,\"t\":[{\"b\":true},{\"b\":false}]}\n");
    let at = directory.path();
    let done = run(
        at,
        &["in.jsonl", "-o", "out", "-n", "x", "--report", "json"],
    );
    assert_eq!(done.status.code(), Some(0));
    assert!(done.stderr.is_empty());
    let report: Value = serde_json::from_slice(&done.stdout).expect("one JSON object");
    assert_eq!(report["records"]["accepted"], 1);
    assert_eq!(report["tables"][1]["name"], "x_t");
    assert_eq!(report["tables"][1]["rows"], 2);
    assert_eq!(report["tables"][1]["columns"][2]["type"], "boolean");
    assert_eq!(
        names(&at.join("out")),
        ["_transmog.json", "x.csv", "x_t.csv"]
    );

    let done = run(at, &["in.jsonl", "-o", "out", "-v", "--report", "text"]);
    let text = String::from_utf8(done.stderr).expect("text");
    assert!(text.contains("1 records read, 1 accepted"), "{text}");
    assert!(text.contains("b: boolean  $.t[*].b"), "{text}");
}

#[test]
fn statuses_tell_what_failed() {
    let directory = directory("{\"a\":1}\n{\"a\":oops}\n");
    let at = directory.path();
    for (arguments, status, said) in [
        (
            &["in.jsonl", "-o", "out"][..],
            1,
            "in.jsonl, record 2, line 2, column 6",
        ),
        (&["missing.jsonl", "-o", "out"], 1, "missing.jsonl"),
        (
            &["in.jsonl", "-o", "out", "--id-field", "_timestamp"],
            2,
            "different names",
        ),
        (
            &["in.jsonl", "-o", "out", "--records-path", "x"],
            2,
            "/data/items",
        ),
        (&["in.jsonl", "-o", "out", "-f", "xlsx"], 2, "csv, parquet"),
        (
            &[
                "in.jsonl",
                "-o",
                "out",
                "-f",
                "orc",
                "--row-group-size",
                "5",
            ],
            2,
            "row_group_size",
        ),
        (
            &["in.jsonl", "-o", "out", "--encodings", "compact"],
            2,
            "encodings",
        ),
        (
            &[
                "in.jsonl",
                "-o",
                "out",
                "--names",
                "sql",
                "--parent-field",
                "_ID",
            ],
            2,
            "the same name under names = sql",
        ),
        (&["in.jsonl"], 2, "--output"),
    ] {
        let done = run(at, arguments);
        let text = String::from_utf8(done.stderr).expect("text");
        assert_eq!(done.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(text.contains(said), "{arguments:?}: {text}");
        let left = at.join("out");
        assert!(
            !left.exists() || names(&left).is_empty(),
            "{:?}",
            names(&left)
        );
    }
}

#[test]
fn typos_get_suggestions() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    fs::write(at.join("other.jsonl"), "").expect("written");
    for (arguments, status, said) in [
        (
            &["in.jsnl", "-o", "out"][..],
            1,
            "did you mean \"in.jsonl\"?",
        ),
        (
            &["./oter.jsonl", "-o", "out"],
            1,
            "did you mean \"./other.jsonl\"?",
        ),
        (&["in.jsonl", "-o", "out", "-f", "parqet"], 2, "'parquet'"),
        (
            &["in.jsonl", "-o", "out", "--array-mode", "seperate"],
            2,
            "'separate'",
        ),
        (
            &["in.jsonl", "-o", "out", "--on-eror", "skip"],
            2,
            "'--on-error'",
        ),
    ] {
        let done = run(at, arguments);
        let text = String::from_utf8(done.stderr).expect("text");
        assert_eq!(done.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(text.contains(said), "{arguments:?}: {text}");
        assert!(!at.join("out").exists());
    }
    // A word without a similar one gets no suggestion.
    let done = run(at, &["zzz", "-o", "out"]);
    let text = String::from_utf8(done.stderr).expect("text");
    assert!(text.trim_end().ends_with("there is no such file"), "{text}");
    // A broken link does not get its own name as a suggestion.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", at.join("link")).expect("a link");
        let done = run(at, &["link", "-o", "out"]);
        let text = String::from_utf8(done.stderr).expect("text");
        let said = "link: the link leads to a file that is not there";
        assert!(text.trim_end().ends_with(said), "{text}");
    }
}

#[test]
fn a_failed_run_leaves_the_last_output() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    assert!(run(at, &["in.jsonl", "-o", "out"]).status.success());
    let before = fs::read(at.join("out/data.csv")).expect("a file");
    fs::write(at.join("in.jsonl"), "{\"a\":2}\n[").expect("written");
    assert_eq!(run(at, &["in.jsonl", "-o", "out"]).status.code(), Some(1));
    assert_eq!(fs::read(at.join("out/data.csv")).expect("a file"), before);
    assert_eq!(names(&at.join("out")), ["_transmog.json", "data.csv"]);
    fs::write(at.join("in.jsonl"), "{\"a\":2}\n").expect("written");
    let refused = run(at, &["in.jsonl", "-o", "out", "--if-exists", "error"]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(fs::read(at.join("out/data.csv")).expect("a file"), before);
    assert!(run(at, &["in.jsonl", "-o", "out"]).status.success());
    assert_ne!(fs::read(at.join("out/data.csv")).expect("a file"), before);
}

/// A run that waits for more standard input, and whose temporary files exist.
fn waiting(at: &Path) -> Child {
    let mut child = transmog(at, &["-", "-o", "out", "--threads", "1"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let input = child.stdin.as_mut().expect("a pipe");
    input.write_all(b"{\"a\":1}\n").expect("written");
    let started = Instant::now();
    while !at.join("out").exists() || names(&at.join("out")).is_empty() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "no temporary files"
        );
        thread::sleep(Duration::from_millis(5));
    }
    child
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([name, &pid]).status();
    assert!(sent.expect("kill runs").success());
}

#[test]
fn an_interrupt_leaves_nothing() {
    let directory = directory("");
    let mut child = waiting(directory.path());
    // The handler is set before the temporary files are made.
    // Waiting would close it, and so end the run.
    let input = child.stdin.take();
    signal(&child, "-INT");
    let status = child.wait().expect("it ends while its input is open");
    drop(input);
    assert_eq!(status.code(), Some(130));
    assert_eq!(names(directory.path()), ["in.jsonl"]);
}

#[test]
fn a_killed_run_is_cleaned_up_by_the_next() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    let mut child = waiting(at);
    signal(&child, "-KILL");
    child.wait().expect("killed");
    assert!(
        names(&at.join("out"))
            .iter()
            .all(|name| name.starts_with('.'))
    );
    assert!(run(at, &["in.jsonl", "-o", "out"]).status.success());
    assert_eq!(names(&at.join("out")), ["_transmog.json", "data.csv"]);
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let directory = directory("{\"a\":1}\n");
    let mut child = transmog(
        directory.path(),
        &["in.jsonl", "-o", "out", "--report", "json"],
    )
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .expect("the program runs");
    drop(child.stdout.take());
    let done = child.wait_with_output().expect("ended");
    assert_eq!(done.status.code(), Some(0));
    assert!(done.stderr.is_empty());
}

#[test]
fn progress_and_help_are_shown() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    let quiet = run(at, &["in.jsonl", "-o", "out"]);
    assert!(quiet.stdout.is_empty() && quiet.stderr.is_empty());
    let help = run(at, &["--help"]);
    let text = String::from_utf8(help.stdout).expect("text");
    assert_eq!(help.status.code(), Some(0));
    assert!(
        text.contains("Examples:") && text.contains("Exit status"),
        "{text}"
    );
}
