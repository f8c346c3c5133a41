//! Commits of killed runs continue only if nothing has changed since.

use crate::{
    commit::{JSON, content, names, run, text},
    interrupted::{RUN, killed},
};
use std::{fs, path::Path};
use transmog::{Category, Input, Manifest, Output, OutputFormat, TransmogConfig, flatten_stream};

/// The steps of a run that was killed before it renamed the first table.
const STEPS: &str = r#"[{"name":"_transmog.json","new":null,"old":"0.before"},
    {"name":"data.csv","new":"0.part","old":"1.before"},
    {"name":"data_items.csv","new":"1.part","old":"2.before"},
    {"name":"_transmog.json","new":"_transmog.json.part","old":null}]"#;
const FILES: &[(&str, &str)] = &[
    ("0.part", "killed"),
    ("1.part", "killed"),
    ("_transmog.json.part", "{}"),
];

/// Another run completes in the directory while the folder is out of sight, like that of another
/// user.
fn overtake(at: &Path, folder: &Path) {
    let hidden = at.with_extension("hidden");
    fs::rename(folder, &hidden).expect("moved");
    run(r#"{"a":2,"items":[{"x":2}]}"#, at).expect("a run");
    fs::rename(hidden, folder).expect("moved back");
}

#[test]
fn a_commit_that_a_later_run_has_overtaken_is_dropped() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path().join("out");
    for journal in ["commit.json", "undo.json"] {
        run(JSON, &at).expect("a run");
        let before = text(at.join("_transmog.json"));
        let files = [FILES, &[("0.before", &before)]].concat();
        fs::remove_file(at.join("_transmog.json")).expect("removed");
        let folder = killed(&at, &files, (journal, STEPS));
        // The old tables are kept under the names of the later run's files.
        if journal == "undo.json" {
            fs::write(folder.join("1.before"), "old").expect("written");
        }
        overtake(&at, &folder);
        let now = ["data.csv", "data_items.csv", "_transmog.json"].map(|name| text(at.join(name)));
        run("{", &at).expect_err("not JSON");
        let then = ["data.csv", "data_items.csv", "_transmog.json"].map(|name| text(at.join(name)));
        assert_eq!(now, then, "{journal}");
        assert_eq!(names(&at), ["_transmog.json", "data.csv", "data_items.csv"]);
        let manifest = Manifest::read(&at).expect("read").expect("a manifest");
        manifest.check(&at).expect("complete");
    }
}

#[test]
fn a_commit_continues_with_the_manifest_that_it_began_with() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    run(JSON, at).expect("a run");
    let manifest = content(&text(at.join("_transmog.json")));
    let folder = killed(at, FILES, ("commit.json", STEPS));
    let journal = folder.join("commit.json");
    let known = text(&journal).replace("\"steps\"", &format!("\"manifest\":{manifest},\"steps\""));
    fs::write(journal, known).expect("written");
    run("{", at).expect_err("not JSON");
    assert_eq!(text(at.join("data.csv")), "killed");
    assert_eq!(text(at.join("_transmog.json")), "{}");
}

/// Only the folder is left of it.
#[test]
fn a_commit_whose_manifest_is_in_place_is_done() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    run(JSON, at).expect("a run");
    let own = format!(r#"{{"manifest":1,"run":"{RUN}","tables":[],"files":[]}}"#);
    fs::write(at.join("_transmog.json"), own).expect("written");
    let steps = r#"[{"name":"gone.csv","new":null,"old":"0.before","was":GONE},
        {"name":"_transmog.json","new":"_transmog.json.part","old":null}]"#;
    killed(at, &[], ("commit.json", steps));
    // Made again after the commit.
    fs::write(at.join("gone.csv"), "gone").expect("written");
    run("{", at).expect_err("not JSON");
    assert_eq!(text(at.join("gone.csv")), "gone");
}

#[test]
fn a_commit_that_would_touch_an_input_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let steps = [
        (
            "commit.json",
            r#"[{"name":"in.jsonl","new":null,"old":"0.before","was":GONE}]"#,
        ),
        (
            "commit.json",
            r#"[{"name":"in.jsonl","new":"0.part","old":"0.before"}]"#,
        ),
        (
            "undo.json",
            r#"[{"name":"in.jsonl","new":"1.part","old":null}]"#,
        ),
    ];
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let config = TransmogConfig::default();
    for journal in steps {
        fs::write(at.join("in.jsonl"), "gone").expect("written");
        let folder = killed(at, &[("0.part", "new")], journal);
        let named = Input::path(at.join("in.jsonl"));
        for input in [
            named,
            Input::path(at),
            Input::text("{}").with_protected(at.join("in.jsonl")),
        ] {
            let error = flatten_stream(input, at, &output, &config).expect_err("refused");
            assert_eq!(error.category(), Category::Config, "{error}");
            let error = error.to_string();
            assert!(error.contains("in.jsonl is an input"), "{error}");
            assert!(error.contains(RUN), "{error}");
            assert_eq!(text(at.join("in.jsonl")), "gone");
            assert_eq!(names(at), [&format!(".transmog-{RUN}"), "in.jsonl"]);
        }
        fs::remove_dir_all(folder).expect("removed");
    }
}

#[test]
fn a_file_that_was_not_there_when_a_run_was_killed_stays() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let steps = r#"[{"name":"data.csv","new":"0.part","old":null},
        {"name":"data_items.csv","new":"1.part","old":null},
        {"name":"_transmog.json","new":"_transmog.json.part","old":null}]"#;
    // The first rename was done.
    let folder = killed(at, &FILES[1..], ("commit.json", steps));
    fs::write(at.join("data.csv"), "killed").expect("written");
    fs::write(at.join("data_items.csv"), "mine").expect("written");
    let error = run(JSON, at).expect_err("refused").to_string();
    let expected = "\"data_items.csv\" did not exist";
    assert!(error.contains(expected) && error.contains(RUN), "{error}");
    assert!(error.contains("nothing was changed"), "{error}");
    assert_eq!(text(at.join("data_items.csv")), "mine");
    assert_eq!(text(folder.join("1.part")), "killed");
    // Moved away, it is no longer in the way.
    fs::rename(at.join("data_items.csv"), at.join("mine.csv")).expect("moved");
    run("{", at).expect_err("not JSON");
    assert_eq!(text(at.join("data_items.csv")), "killed");
    assert_eq!(text(at.join("mine.csv")), "mine");
}
