//! Files outside of the output directory, and files that cannot grow.

use crate::{bash, directory, names, said};
use std::fs;

#[cfg(target_os = "linux")]
#[test]
fn a_page_that_cannot_be_written_leaves_the_tables_as_they_were() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    assert!(bash(at, "$T flatten in.jsonl -o out").status.success());
    let before = fs::read(at.join("out/data.csv")).expect("a file");
    fs::create_dir(at.join("taken")).expect("made");
    fs::write(at.join("other.jsonl"), "{\"b\":2,\"t\":[{}]}\n").expect("written");
    for (page, status) in [("taken", 2), ("/dev/full", 1), ("/proc/page.html", 1)] {
        let done = bash(at, &format!("$T flatten other.jsonl -o out --html {page}"));
        assert_eq!(done.status.code(), Some(status), "{page}: {}", said(&done));
        let message = format!("cannot write {page}: ");
        assert!(said(&done).contains(&message), "{}", said(&done));
        assert_eq!(fs::read(at.join("out/data.csv")).expect("a file"), before);
        assert_eq!(names(&at.join("out")), ["_transmog.json", "data.csv"]);
    }
    let to_full = "$T flatten other.jsonl -o out --html - > /dev/full";
    assert_eq!(bash(at, to_full).status.code(), Some(1));
    assert_eq!(fs::read(at.join("out/data.csv")).expect("a file"), before);
    // A failed run does not leave a page either.
    let failed = "echo no > bad.jsonl; $T flatten bad.jsonl -o out --html page.html";
    assert_eq!(bash(at, failed).status.code(), Some(1));
    let taken = "mkdir -p new/data.csv; $T flatten in.jsonl -o new --html page.html";
    assert_eq!(bash(at, taken).status.code(), Some(1));
    let left = [
        "bad.jsonl",
        "in.jsonl",
        "new",
        "other.jsonl",
        "out",
        "taken",
    ];
    assert_eq!(names(at), left);
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_page_or_a_schema_is_replaced() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    for call in [
        "flatten in.jsonl -o out --html link",
        "report in.jsonl -o link",
        "schema in.jsonl --json link",
    ] {
        let script = format!("echo precious > victim; ln -sf victim link; $T {call}");
        let done = bash(at, &script);
        assert!(done.status.success(), "{call}: {}", said(&done));
        let victim = fs::read_to_string(at.join("victim")).expect("there");
        assert_eq!(victim, "precious\n", "{call}");
        let found = fs::symlink_metadata(at.join("link")).expect("there");
        assert!(found.is_file() && found.len() > 20, "{call}");
    }
    // A broken link exists, too.
    let kept = "ln -sf nowhere link; $T flatten in.jsonl -o new --html link --if-exists error";
    let done = bash(at, kept);
    assert_eq!(done.status.code(), Some(1), "{}", said(&done));
    assert!(!at.join("new").exists());
    // Files that the process has open are written to.
    let open = bash(at, "$T report in.jsonl -o /dev/stdout | head -c 15");
    assert_eq!(open.stdout, b"<!doctype html>");
    let open = bash(
        at,
        "$T report in.jsonl -o >(cat > copy.html); sleep 1; head -c 15 copy.html",
    );
    assert_eq!(open.stdout, b"<!doctype html>");
}

#[cfg(target_os = "linux")]
#[test]
fn files_of_options_have_a_size_limit() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    let long = "truncate -s 3G long";
    for (script, most) in [
        ("$T flatten in.jsonl -o out --config long", "1048576"),
        ("$T flatten in.jsonl -o out --config /dev/zero", "1048576"),
        ("$T flatten in.jsonl -o out --config <(cat long)", "1048576"),
        (
            "mv long transmog.toml; $T flatten in.jsonl -o out",
            "1048576",
        ),
        ("$T flatten in.jsonl -o out --schema long", "33554432"),
        ("$T flatten in.jsonl -o out --schema /dev/zero", "33554432"),
        (
            "$T flatten in.jsonl -o out --schema long --memory-limit 16M",
            "2097152",
        ),
    ] {
        // Far less than the file needs, but enough for the threads.
        let done = bash(at, &format!("{long}; ulimit -v 1000000; {script}"));
        assert_eq!(done.status.code(), Some(2), "{script}: {}", said(&done));
        let message = format!("more than {most} bytes");
        assert!(said(&done).contains(&message), "{script}: {}", said(&done));
        assert!(!at.join("out").exists());
        bash(at, "rm -f transmog.toml");
    }
    let piped = "$T schema in.jsonl --json schema.json; \
        $T flatten in.jsonl -o out --schema <(cat schema.json) --config <(echo 'name = \"x\"')";
    let done = bash(at, piped);
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(names(&at.join("out")), ["_transmog.json", "x.csv"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_size_limit_is_an_error() {
    let directory = directory(&"{\"a\":\"some text\"}\n".repeat(20_000));
    let at = directory.path();
    for format in ["csv", "parquet", "orc"] {
        // The parent of the test may ignore the signal already.
        let script = format!(
            "ulimit -f 8; env --default-signal=XFSZ $T flatten in.jsonl -o out -f {format}"
        );
        let done = bash(at, &script);
        assert_eq!(done.status.code(), Some(1), "{format}: {}", said(&done));
        assert!(said(&done).contains("File too large"), "{}", said(&done));
        assert!(!at.join("out").exists(), "{format}");
    }
}
