//! Directories as input, columns that say where records come from, and paths that are none.

use super::{bash, directory, names, run, said};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

/// A directory `in` with two files to read and others.
fn inputs() -> tempfile::TempDir {
    let directory = directory("{\"a\":0}\n");
    let at = directory.path();
    fs::create_dir_all(at.join("in/old")).expect("made");
    for (name, text) in [
        ("in/a.jsonl", "{\"a\":1}\n\n{\"a\":2}\n"),
        ("in/old/b.json", "[{\"a\":3}]"),
        ("in/README.md", ""),
        ("in/.DS_Store", ""),
    ] {
        fs::write(at.join(name), text).expect("written");
    }
    directory
}

#[test]
fn the_report_names_what_directories_leave_out() {
    let directory = inputs();
    let at = directory.path();
    let done = run(at, &["in", "in.jsonl", "-o", "out", "--report", "json"]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let report: Value = serde_json::from_slice(&done.stdout).expect("one JSON object");
    assert_eq!(report["records"]["read"], 3);
    let left_out = serde_json::json!({
        "count": 3,
        "names": ["in/.DS_Store", "in/README.md", "in/old/"],
    });
    assert_eq!(report["left_out"], left_out);
    let line =
        "not read, of the input directories: 3 entries (in/.DS_Store, in/README.md, in/old/)";
    let done = run(at, &["in", "-o", "out", "--report", "text"]);
    assert!(said(&done).contains(line), "{}", said(&done));
    for (command, is_said) in [
        ("schema in", true),
        ("report in -o page.html", true),
        ("schema in -q", false),
        ("schema in.jsonl", false),
    ] {
        let done = bash(at, &format!("$T {command}"));
        assert!(done.status.success(), "{}", said(&done));
        assert_eq!(
            said(&done).contains(line),
            is_said,
            "{command}: {}",
            said(&done)
        );
    }
    let done = run(at, &["in", "-o", "out", "--recursive", "--report", "text"]);
    let said = said(&done);
    assert!(said.contains("3 records read"), "{said}");
    assert!(
        said.contains("directories: 2 entries (in/.DS_Store, in/README.md)"),
        "{said}"
    );
}

#[test]
fn columns_say_where_records_come_from() {
    let directory = inputs();
    let at = directory.path();
    let flags = "--no-time-field --source-field from --line-field line --byte-field byte";
    let script = format!(
        "$T flatten in - --recursive {flags} -o out < in.jsonl && cut -d, -f2- out/data.csv"
    );
    let done = bash(at, &script);
    let rows = [
        "from,line,byte,a",
        "in/a.jsonl,1,0,1",
        "in/a.jsonl,3,9,2",
        "in/old/b.json,1,1,3",
        "<stdin>,1,0,0",
    ];
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(text.lines().collect::<Vec<_>>(), rows, "{}", said(&done));
    let options =
        "inputs = \"in\"\nrecursive = true\nsource-field = \"from\"\nbyte-field = \"at\"\n";
    fs::write(at.join("options.toml"), options).expect("written");
    let script = "$T flatten --config options.toml -o out && cut -d, -f2-3 out/data.csv";
    let done = bash(at, script);
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(text.lines().next(), Some("from,at"), "{}", said(&done));
    assert_eq!(text.lines().count(), 4);
}

#[test]
fn what_is_no_path_is_a_wrong_call() {
    let directory = inputs();
    let at = directory.path();
    let before = names(at);
    for (command, expected) in [
        (
            "flatten hdfs://server/a.json -o out",
            "expected a URL with s3, s3a, gs",
        ),
        (
            "flatten s3:///a.json -o out",
            "the name of a bucket behind `://`",
        ),
        (
            "flatten s3://bucket/a.json -o out --store the-secret",
            "--store: expected a store option as KEY=VALUE",
        ),
        (
            "flatten s3://bucket/a.json -o out --store regoin=the-secret",
            "`regoin` is no option",
        ),
        ("flatten in -o s3://bucket/a", "copy its files from there"),
        ("flatten in -o file:///tmp/a", "without `file://`"),
        (
            "flatten in -o s3://bucket/a --dry-run",
            "copy its files from there",
        ),
        ("flatten in -o orders.parquet", "(-o orders -f parquet)"),
        ("schema in --json s3://bucket/a.json", "found a URL"),
        ("report in -o https://example.com/a.html", "found a URL"),
    ] {
        let done = bash(at, &format!("$T {command}"));
        assert_eq!(done.status.code(), Some(2), "{command}: {}", said(&done));
        assert!(said(&done).contains(expected), "{command}: {}", said(&done));
        assert!(!said(&done).contains("the-secret"), "{}", said(&done));
    }
    assert_eq!(names(at), before);
}

/// Gives each request over HTTP these bytes, and the URL of the server.
fn serve(bytes: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = BufReader::new(&stream).lines().map_while(Result::ok);
            let is_head = head.next().is_some_and(|line| line.starts_with("HEAD"));
            while head.next().is_some_and(|line| !line.is_empty()) {}
            let body = if is_head { "" } else { bytes };
            let length = bytes.len();
            // A client that goes away is none of the server's business.
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n\
                 Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    format!("http://{address}")
}

#[test]
fn an_input_may_be_a_url() {
    let directory = inputs();
    let at = directory.path();
    let url = serve("{\"a\": 1}\n{\"a\": 2}\n");
    for command in [
        format!(
            "flatten {url}/x/orders.jsonl?sig=the-secret in/a.jsonl -o out --source-field from"
        ),
        format!("schema {url}/x/orders.jsonl"),
    ] {
        let done = bash(at, &format!("$T {command}"));
        assert_eq!(done.status.code(), Some(0), "{command}: {}", said(&done));
    }
    let table = fs::read_to_string(at.join("out/data.csv")).expect("the table");
    assert!(table.contains("/x/orders.jsonl?…") && table.contains("in/a.jsonl"));
    assert!(!table.contains("the-secret"));
    let url = serve("{\"a\": 1}\n{\"a\" 2}\n");
    let done = bash(at, &format!("$T flatten {url}/b.jsonl -o out"));
    assert_eq!(done.status.code(), Some(1));
    assert!(
        said(&done).contains("/b.jsonl, record 2, line 2, column 6"),
        "{}",
        said(&done)
    );
    let nowhere = "$T flatten http://127.0.0.1:1/a.json -o out --store retries=0";
    let done = bash(at, nowhere);
    assert_eq!(done.status.code(), Some(1));
    assert!(
        said(&done).contains("the server cannot be reached"),
        "{}",
        said(&done)
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_ends_the_run() {
    let directory = inputs();
    let at = directory.path();
    std::os::unix::fs::symlink("gone", at.join("in/b.json")).expect("a link");
    for command in [
        "flatten in -o out",
        "flatten 'in/*.json*' -o out",
        "schema in",
    ] {
        let done = bash(at, &format!("$T {command}"));
        assert_eq!(done.status.code(), Some(1), "{command}: {}", said(&done));
        assert!(
            said(&done).contains("in/b.json: the link leads to a file"),
            "{}",
            said(&done)
        );
    }
    assert!(!at.join("out").exists());
}
