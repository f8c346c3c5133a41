//! Options from a file.

use crate::{directory, names, run};
use std::fs;

/// What a call prints on standard error, and its status.
fn said(at: &std::path::Path, arguments: &[&str]) -> (Option<i32>, String) {
    let done = run(at, arguments);
    let text = String::from_utf8(done.stderr).expect("UTF-8");
    (done.status.code(), text)
}

#[test]
fn a_file_gives_options_and_the_call_wins() {
    let directory = directory("{\"a\":1,\"t\":[{\"b\":\"=x\"}]}\n");
    let at = directory.path();
    let file = "\
name = 'top'
id = 'hash'
max-depth = 0x10
no-time-field = true

[flatten]
inputs = ['in.jsonl']
name = 'x'
output = 'out'
format = 'csv'
strict = ['depth_cut']
no-formula-guard = true
verbose = 1

[report]
output = 'report.html'
";
    fs::write(at.join("transmog.toml"), file).expect("written");
    let (status, text) = said(at, &[]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("options come from a file"), "{text}");
    assert_eq!(names(&at.join("out")), ["x.csv", "x_t.csv"]);
    let child = fs::read_to_string(at.join("out/x_t.csv")).expect("a table");
    assert!(
        child.starts_with("_id,_parent_id,b\n") && child.ends_with(",=x\n"),
        "{child}"
    );

    // Flags win, switches too, and a flag wins over what it cannot be together with.
    let call = [
        "--no-formula-guard=false",
        "--time-field",
        "at",
        "-n",
        "y",
        "-qo",
        "other",
    ];
    assert_eq!(said(at, &call), (Some(0), String::new()));
    assert_eq!(names(&at.join("other")), ["y.csv", "y_t.csv"]);
    let child = fs::read_to_string(at.join("other/y_t.csv")).expect("a table");
    assert!(
        child.starts_with("_id,_parent_id,b,at\n") && child.contains(",'=x,"),
        "{child}"
    );

    fs::write(at.join("in2.jsonl"), "{\"c\":1}\n").expect("written");
    assert_eq!(said(at, &["in2.jsonl", "-qo", "third"]).0, Some(0));
    assert_eq!(names(&at.join("third")), ["x.csv"]);

    let (status, text) = said(at, &["--no-config", "in.jsonl"]);
    assert!(status == Some(2) && text.contains("--output"), "{text}");
    let (status, text) = said(at, &["--config", "none.toml"]);
    assert!(
        status == Some(2) && text.contains("cannot read none.toml"),
        "{text}"
    );
}

#[test]
fn what_is_wrong_in_a_file_is_said_with_its_place() {
    let directory = directory("{}\n");
    let at = directory.path();
    for (file, expected) in [
        (
            "name = 'a'\nformt = 'csv'",
            "line 2, column 1: unknown option `formt`; did you mean `format`?",
        ),
        (
            "format = 'csv'",
            "line 1, column 1: `format` is an option of `transmog flatten`; put it under [flatten]",
        ),
        (
            "[flaten]\n",
            "line 1, column 2: unknown section [flaten]; expected one of flatten, schema, report",
        ),
        (
            "[flatten]\nformat = 'parqet'",
            "a similar value exists: 'parquet'",
        ),
        (
            "[schema]\nformat = 'csv'",
            "line 2, column 1: unknown option `format`",
        ),
        (
            "stringify = 'yes'",
            "line 1, column 13: `stringify`: expected true or false, found string",
        ),
        (
            "max-depth = true",
            "`max-depth`: expected a string or a number, found boolean",
        ),
        (
            "max-depth = -1",
            "line 1, column 13: invalid value '-1' for '--max-depth <N>'",
        ),
        ("config = 'other.toml'", "unknown option `config`"),
        ("name = ", "line 1, column"),
        (
            "inputs = 3",
            "`inputs`: expected a string or an array of strings, found integer",
        ),
    ] {
        fs::write(at.join("transmog.toml"), file).expect("written");
        let (status, text) = said(at, &["in.jsonl", "-o", "out"]);
        assert!(
            status == Some(2) && text.starts_with("transmog: transmog.toml, line "),
            "{file}: {text}"
        );
        assert!(text.contains(expected), "{file}: {text}");
        assert!(!at.join("out").exists());
    }
}
