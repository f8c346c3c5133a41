//! The manifest of a run, and what the next run does to the files that it names and to others.

use crate::{
    commit::{JSON, content, names, run, run_as, text},
    files::FORMATS,
};
use std::fs;
use transmog::{
    Category, Manifest, OnError, Output, OutputFormat, TransmogConfig, flatten_stream, html_report,
};

#[test]
fn a_manifest_names_every_file_with_its_checksum() {
    for format in FORMATS {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let at = directory.path();
        // The last record brings a column and a type, so segments are merged.
        let mut json: String = (0..2000)
            .map(|n| format!("{{\"a\":{n},\"items\":[{{\"x\":\"{n}\"}}]}}\n"))
            .collect();
        json += "{\"a\": nope}\n{\"a\":\"text\",\"b\":[{\"c\":1}]}\n";
        let output = Output::of(format)
            .expect("a format")
            .with_data_package(true)
            .with_companion("report.html", |summary| {
                html_report(summary, "x", &[], None)
            });
        let config = TransmogConfig::default()
            .with_memory_limit(1 << 16)
            .with_on_error(OnError::Quarantine);
        let summary = flatten_stream(json, at, &output, &config).expect("a run");
        let manifest = Manifest::read(at).expect("read").expect("a manifest");
        manifest.check(at).expect("complete");
        let mut named: Vec<_> = manifest.files().map(|file| file.file.clone()).collect();
        named.push("_transmog.json".to_owned());
        named.sort();
        assert_eq!(named, names(at));
        let value: serde_json::Value =
            serde_json::from_str(&text(at.join("_transmog.json"))).expect("JSON");
        assert_eq!(value["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(value["options"]["format"], format.to_string());
        assert_eq!(value["options"]["on_error"], "quarantine");
        assert_eq!(value["records"]["rejected"], 1);
        assert_eq!(value["ledger"], serde_json::json!(summary.ledger));
        for (said, table) in value["tables"]
            .as_array()
            .expect("tables")
            .iter()
            .zip(&summary.tables)
        {
            assert_eq!(said["rows"], table.rows);
            assert_eq!(said["bytes"], serde_json::json!(table.bytes));
            assert_eq!(said["file"], serde_json::json!(table.file));
            assert_eq!(said["columns"][0]["role"], "id");
        }
        assert_eq!(value["tables"][1]["columns"][2]["path"], "$.items[*].x");
        // Each file is checked: its bytes, its length, that it exists.
        for name in named.iter().filter(|name| *name != "_transmog.json") {
            let path = at.join(name);
            let bytes = fs::read(&path).expect("bytes");
            let mut other = bytes.clone();
            other[bytes.len() / 2] ^= 1;
            for wrong in [&other[..], &bytes[1..], &[&bytes[..], b" "].concat()] {
                fs::write(&path, wrong).expect("written");
                let error = manifest.check(at).expect_err("another file").to_string();
                assert!(error.contains(name.as_str()), "{error}");
            }
            fs::remove_file(&path).expect("removed");
            assert!(manifest.check(at).is_err());
            fs::write(&path, bytes).expect("written");
        }
        manifest.check(at).expect("complete");
    }
}

#[test]
fn a_manifest_that_names_files_elsewhere_is_not_trusted() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path().join("out");
    fs::create_dir(&at).expect("made");
    fs::write(directory.path().join("victim"), "precious").expect("written");
    let manifest = r#"{"manifest":1,"run":"x","files":[],"tables":[
        {"file":"../victim","bytes":8,"checksum":"xxh128:0"}]}"#;
    fs::write(at.join("_transmog.json"), manifest).expect("written");
    Manifest::read(&at).expect_err("not plain");
    run(JSON, &at).expect("a run");
    assert_eq!(text(directory.path().join("victim")), "precious");
    Manifest::read(&at).expect("read").expect("that of the run");
}

#[test]
fn tables_of_only_the_earlier_run_are_removed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    for foreign in ["data_foreign.csv", "notes.txt"] {
        fs::write(at.join(foreign), "mine").expect("written");
    }
    let check = |expected: &[&str]| {
        let mut all = vec!["_transmog.json", "data_foreign.csv", "notes.txt"];
        all.extend(expected);
        all.sort_unstable();
        assert_eq!(names(at), all);
        let manifest = Manifest::read(at).expect("read").expect("a manifest");
        manifest.check(at).expect("complete");
        assert_eq!(manifest.files().count(), expected.len());
    };
    let first = run_as(JSON, at, OutputFormat::Csv, "data");
    assert!(first.removed.is_empty());
    check(&["data.csv", "data_items.csv"]);
    let second = run_as(r#"{"other":[{}]}"#, at, OutputFormat::Csv, "data");
    assert_eq!(second.removed, ["data_items.csv"]);
    check(&["data.csv", "data_other.csv"]);
    // Another format, and another name.
    let third = run_as(JSON, at, OutputFormat::Arrow, "data");
    assert_eq!(third.removed, ["data.csv", "data_other.csv"]);
    check(&["data.arrow", "data_items.arrow"]);
    run_as(JSON, at, OutputFormat::Csv, "top");
    check(&["top.csv", "top_items.csv"]);
    // A changed file does not belong to the run.
    fs::write(at.join("top_items.csv"), "mine by now").expect("written");
    assert!(
        run_as("{}", at, OutputFormat::Csv, "top")
            .removed
            .is_empty()
    );
    assert_eq!(text(at.join("top_items.csv")), "mine by now");
    fs::remove_file(at.join("top_items.csv")).expect("removed");
    check(&["top.csv"]);
}

#[test]
fn only_unchanged_files_of_the_earlier_run_are_removed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    run(JSON, at).expect("a run");
    let items = at.join("data_items.csv");
    let length = fs::metadata(&items).expect("there").len();
    // Edited since, with the same size.
    let edited = "x".repeat(usize::try_from(length).expect("small"));
    fs::write(&items, &edited).expect("written");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let plan = transmog::dry_run("{}", at, &output, &TransmogConfig::default()).expect("a plan");
    let done = run("{}", at).expect("a run");
    for summary in [plan.summary, done] {
        assert!(summary.removed.is_empty(), "{:?}", summary.removed);
        assert_eq!(summary.kept, ["data_items.csv"]);
    }
    assert_eq!(text(&items), edited);
}

#[test]
fn companion_files_replace_only_those_of_an_earlier_run() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let options = transmog::FormatOptions {
        formula_guard: Some(false),
        ..transmog::FormatOptions::default()
    };
    let output = Output::with_options(OutputFormat::Csv, &options).expect("a format");
    let output = output
        .with_sql(Some(transmog::Dialect::DuckDb))
        .with_data_package(true);
    let config = TransmogConfig::default().with_on_error(OnError::Quarantine);
    let input = "{\"a\":1}\n{\"a\": nope}\n";
    let others = [
        "schema.sql",
        "load.sql",
        "datapackage.json",
        "data.rejected.jsonl",
    ];
    let refuse = |name: &str| {
        let text_before = text(at.join(name));
        let before = names(at);
        let errors = [
            flatten_stream(input, at, &output, &config).expect_err("it would be gone"),
            transmog::dry_run(input, at, &output, &config).expect_err("it would be gone"),
        ];
        for error in errors {
            assert_eq!(error.category(), Category::Write);
            let error = error.to_string();
            assert!(
                error.contains(name) && error.contains("move it away"),
                "{error}"
            );
        }
        assert_eq!(text(at.join(name)), text_before);
        assert_eq!(names(at), before);
    };
    for name in others {
        fs::write(at.join(name), "mine").expect("written");
        refuse(name);
        fs::remove_file(at.join(name)).expect("removed");
    }
    // Files of the earlier run are replaced, unless they were changed since.
    for _ in 0..2 {
        let done = flatten_stream(input, at, &output, &config).expect("a run");
        assert!(done.replaced.is_empty(), "{:?}", done.replaced);
    }
    for name in others {
        let before = text(at.join(name));
        fs::write(at.join(name), before.replace('a', "b")).expect("written");
        refuse(name);
        fs::write(at.join(name), before).expect("written");
    }
    flatten_stream(input, at, &output, &config).expect("a run");
}

#[test]
fn replaced_files_of_others_are_reported() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let page = |name| {
        let output = Output::of(OutputFormat::Csv).expect("a format");
        output.with_companion(name, |_| "page".to_owned())
    };
    let config = TransmogConfig::default();
    for name in ["data.csv", "page.html"] {
        fs::write(at.join(name), "mine").expect("written");
    }
    let both = ["data.csv", "page.html"];
    for replaced in [&both[..], &[]] {
        let plan = transmog::dry_run("{}", at, &page("page.html"), &config).expect("a plan");
        let done = flatten_stream("{}", at, &page("page.html"), &config).expect("a run");
        assert_eq!(done.replaced, replaced);
        assert_eq!(plan.summary.replaced, replaced);
    }
    fs::write(at.join("page.html"), "edit").expect("written");
    let done = flatten_stream("{}", at, &page("page.html"), &config).expect("a run");
    assert_eq!(done.replaced, ["page.html"]);
    // No run writes hidden files.
    for name in [".page.html", "../page.html", "a\nb"] {
        let error = flatten_stream("{}", at, &page(name), &config).expect_err("hidden");
        assert_eq!(error.category(), Category::Config, "{error}");
    }
}

#[test]
fn a_planted_manifest_removes_nothing() {
    let notes = format!(r#"{{"file":"notes.txt",{}"#, &content("precious\n")[1..]);
    let other = r#"{"file":"notes.txt","bytes":9,"checksum":"xxh128:0"}"#;
    let hidden = format!(r#"{{"file":".gitkeep",{}"#, &content("")[1..]);
    for files in [
        other.to_owned(),
        // No run writes hidden files, so this is not a manifest.
        format!("{notes},{hidden}"),
        hidden,
    ] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let at = directory.path();
        fs::write(at.join("notes.txt"), "precious\n").expect("written");
        fs::write(at.join(".gitkeep"), "").expect("written");
        let manifest = format!(r#"{{"manifest":1,"run":"x","tables":[{files}],"files":[]}}"#);
        fs::write(at.join("_transmog.json"), manifest).expect("written");
        assert!(run("{}", at).expect("a run").removed.is_empty());
        let all = [".gitkeep", "_transmog.json", "data.csv", "notes.txt"];
        assert_eq!(names(at), all, "{files}");
    }
}

#[test]
fn a_manifest_that_is_not_read_leaves_all_files() {
    let file = |text| format!(r#"{{"file":"old.csv",{}"#, &content(text)[1..]);
    let (of_old, empty) = (file("old"), format!("{},", file("")));
    let version =
        |number| format!(r#"{{"manifest":{number},"run":"x","tables":[{of_old}],"files":[]}}"#);
    for (manifest, removed) in [
        (version(1), &["old.csv"][..]),
        (version(99), &[]),
        (r#"{"manifest":99,"files":{}}"#.to_owned(), &[]),
        // Longer than its share of the memory limit and than 1 MiB.
        (" ".repeat((1 << 20) - 200) + &version(1), &["old.csv"]),
        (" ".repeat(1 << 20) + &version(1), &[]),
        (
            format!(
                r#"{{"manifest":1,"run":"x","files":[],"tables":[{}{of_old}]}}"#,
                empty.repeat(50_000)
            ),
            &[],
        ),
    ] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let at = directory.path();
        fs::write(at.join("old.csv"), "old").expect("written");
        fs::write(at.join("_transmog.json"), &manifest).expect("written");
        let output = Output::of(OutputFormat::Csv).expect("a format");
        let config = TransmogConfig::default().with_memory_limit(1 << 20);
        let done = flatten_stream("{}", at, &output, &config).expect("a run");
        let beginning = &manifest.trim_start()[..40.min(manifest.trim_start().len())];
        assert_eq!(done.removed, removed, "{beginning}");
        assert_eq!(at.join("old.csv").exists(), removed.is_empty());
    }
}

#[cfg(unix)]
#[test]
fn files_of_another_users_run_stay_and_are_reported() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    run(JSON, at).expect("a run");
    // Only root can change the owner.
    if std::os::unix::fs::chown(at.join("_transmog.json"), Some(12_345), None).is_err() {
        return;
    }
    let done = run("{}", at).expect("a run");
    assert!(done.removed.is_empty(), "{:?}", done.removed);
    assert_eq!(done.kept, ["data_items.csv"]);
    assert_eq!(names(at), ["_transmog.json", "data.csv", "data_items.csv"]);
}

#[cfg(unix)]
#[test]
fn names_that_differ_by_case_may_be_two_files() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    run_as(JSON, at, OutputFormat::Csv, "Data");
    fs::write(at.join("case"), "").expect("written");
    let ignores_case = at.join("CASE").exists();
    fs::remove_file(at.join("case")).expect("removed");
    let done = run_as(JSON, at, OutputFormat::Csv, "data");
    match ignores_case {
        true => assert!(done.removed.is_empty(), "{:?}", done.removed),
        false => {
            assert_eq!(done.removed, ["Data.csv", "Data_items.csv"]);
            assert_eq!(names(at), ["_transmog.json", "data.csv", "data_items.csv"]);
        }
    }
    // If case is ignored, both names lead to one file, as they do through a link.
    run_as("{}", at, OutputFormat::Csv, "Data");
    fs::hard_link(at.join("Data.csv"), at.join("data.csv")).expect("linked");
    assert!(
        run_as("{}", at, OutputFormat::Csv, "data")
            .removed
            .is_empty()
    );
}
