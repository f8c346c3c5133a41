//! Files that the call names outside of the output directory, and files that cannot grow.

use crate::directory;
use std::{
    path::Path,
    process::{Command, Output},
};

/// What bash runs, with the program as `$T`.
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

#[cfg(unix)]
#[test]
fn a_file_that_may_not_grow_is_an_error() {
    let directory = directory(&"{\"a\":\"some text\"}\n".repeat(20_000));
    let at = directory.path();
    for format in ["csv", "parquet", "orc"] {
        let script = format!("ulimit -f 8; $T flatten in.jsonl -o out -f {format}");
        let done = bash(at, &script);
        assert_eq!(done.status.code(), Some(1), "{format}: {}", said(&done));
        assert!(said(&done).contains("File too large"), "{}", said(&done));
        assert!(!at.join("out").exists(), "{format}");
    }
}
