//! All files of a run or none.

use crate::files::FORMATS;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use transmog::{
    Category, Input, Manifest, OnError, Output, OutputFormat, Summary, TransmogConfig,
    flatten_stream, html_report,
};

pub(crate) const JSON: &str = r#"{"a":1,"items":[{"x":1}]}"#;
/// Id of a run that was killed.
pub(crate) const RUN: &str = "0a1b2c3d-0000-4000-8000-00000000abcd";

pub(crate) fn run(json: &str, directory: &Path) -> transmog::Result<Summary> {
    let output = Output::of(OutputFormat::Csv)?;
    let config = TransmogConfig::default().with_time_field(None);
    flatten_stream(json, directory, &output, &config)
}

pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_that_cannot_be_replaced_leaves_all_as_they_were() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    fs::write(at.join("data.csv"), "before").expect("written");
    fs::create_dir(at.join("data_items.csv")).expect("made");
    let error = run(JSON, at).expect_err("a directory is in the way");
    assert!(error.to_string().contains("data_items.csv"), "{error}");
    assert_eq!(
        fs::read_to_string(at.join("data.csv")).expect("text"),
        "before"
    );
    assert_eq!(names(at), ["data.csv", "data_items.csv"]);
}

#[test]
fn two_runs_into_one_directory_are_noticed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let other = File::open(directory.path()).expect("a directory");
    other.lock().expect("locked");
    let error = run(JSON, directory.path()).expect_err("another run is there");
    assert!(error.to_string().contains("another run"), "{error}");
    drop(other);
    assert!(run(JSON, directory.path()).is_ok());
}

/// Size and checksum of a file with this text, as in a journal.
pub(crate) fn content(text: &str) -> String {
    let checksum = xxhash_rust::xxh3::xxh3_128(text.as_bytes());
    let bytes = text.len();
    format!(r#"{{"bytes":{bytes},"checksum":"xxh128:{checksum:032x}"}}"#)
}

/// Writes the mark of a run into its folder: the inode numbers of both.
fn mark(folder: &Path) {
    let path = folder.join(format!("{RUN}.run"));
    fs::write(&path, "").expect("written");
    let [folder, mark] = [folder, &path].map(|path| fs::metadata(path).expect("there"));
    #[cfg(unix)]
    let [of_folder, of_mark] = [&folder, &mark].map(std::os::unix::fs::MetadataExt::ino);
    #[cfg(not(unix))]
    let [of_folder, of_mark] = [&folder, &mark].map(|_| 0);
    let made = folder.created().map_or(0, |made| {
        let since = made.duration_since(std::time::UNIX_EPOCH);
        since.expect("a time of today").as_secs()
    });
    let text = format!("run {RUN}\nfolder {of_folder}\nmark {of_mark}\nmade {made}\n");
    fs::write(path, text).expect("written");
}

/// Makes the folder of a run that was killed in its commit, with these files and this journal.
pub(crate) fn killed(directory: &Path, files: &[(&str, &str)], journal: (&str, &str)) -> PathBuf {
    let folder = directory.join(format!(".transmog-{RUN}"));
    fs::create_dir(&folder).expect("made");
    mark(&folder);
    for (name, text) in files {
        fs::write(folder.join(name), text).expect("written");
    }
    let gone = content("gone");
    let steps = journal.1.replace("GONE", &gone);
    let text = format!(r#"{{"run":"{RUN}","steps":{steps}}}"#);
    fs::write(folder.join(journal.0), text).expect("written");
    folder
}

pub(crate) fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).expect("text")
}

#[test]
fn an_interrupted_commit_is_completed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    run(JSON, at).expect("a run");
    fs::write(at.join("gone.csv"), "gone").expect("written");
    // The manifest was gone and the first file renamed before the kill.
    fs::remove_file(at.join("_transmog.json")).expect("removed");
    let files = [
        ("0.before", "the old manifest"),
        ("2.before", "the old data"),
        ("1.part", "new items"),
        ("_transmog.json.part", "{}"),
    ];
    let steps = r#"[{"name":"_transmog.json","new":null,"old":"0.before"},
        {"name":"gone.csv","new":null,"old":"1.before","was":GONE},
        {"name":"data.csv","new":"0.part","old":"2.before"},
        {"name":"data_items.csv","new":"1.part","old":"3.before"},
        {"name":"_transmog.json","new":"_transmog.json.part","old":null}]"#;
    killed(at, &files, ("commit.json", steps));
    let before = text(at.join("data.csv"));
    // A run that fails later still completes it.
    run("{", at).expect_err("not JSON");
    assert_eq!(text(at.join("data.csv")), before);
    assert_eq!(text(at.join("data_items.csv")), "new items");
    assert_eq!(text(at.join("_transmog.json")), "{}");
    assert_eq!(names(at), ["_transmog.json", "data.csv", "data_items.csv"]);
}

#[test]
fn a_commit_killed_while_it_goes_back_is_undone() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    fs::write(at.join("a.csv"), "new a").expect("written");
    fs::write(at.join("b.csv"), "old b").expect("written");
    fs::write(at.join("c.csv"), "new c").expect("written");
    let files = [
        ("0.before", "the old manifest"),
        ("1.before", "old gone"),
        ("2.before", "old a"),
    ];
    // The last rename failed; `b.csv` is back already, and `c.csv` did not exist.
    let steps = r#"[{"name":"_transmog.json","new":null,"old":"0.before"},
        {"name":"gone.csv","new":null,"old":"1.before","was":GONE},
        {"name":"a.csv","new":"0.part","old":"2.before"},
        {"name":"c.csv","new":"2.part","old":null},
        {"name":"b.csv","new":"1.part","old":"3.before"},
        {"name":"_transmog.json","new":"_transmog.json.part","old":null}]"#;
    let folder = killed(at, &files, ("undo.json", steps));
    fs::write(folder.join("_transmog.json.part"), "{}").expect("written");
    run("{", at).expect_err("not JSON");
    assert_eq!(text(at.join("_transmog.json")), "the old manifest");
    assert_eq!(text(at.join("a.csv")), "old a");
    assert_eq!(text(at.join("b.csv")), "old b");
    assert_eq!(text(at.join("gone.csv")), "old gone");
    assert_eq!(names(at), ["_transmog.json", "a.csv", "b.csv", "gone.csv"]);
}

#[test]
fn a_planted_journal_moves_and_removes_nothing() {
    let outside = tempfile::tempdir().expect("a temporary directory");
    let victim = outside.path().join("victim");
    fs::write(&victim, "precious").expect("written");
    let absolute = victim.to_str().expect("UTF-8");
    let file = r#"["0.part","x.csv"]"#;
    let steps = [
        format!(r#"[{{"name":"{absolute}","new":"0.part","old":null}}]"#),
        format!(r#"[{{"name":"x.csv","new":"{absolute}","old":null}}]"#),
        format!(r#"[{{"name":"{absolute}","new":null,"old":"0.before"}}]"#),
        format!(r#"[{{"name":"x.csv","new":null,"old":"{absolute}"}}]"#),
        r#"[{"name":"../victim","new":"0.part","old":null}]"#.to_owned(),
        r#"[{"name":"..","new":"0.part","old":null}]"#.to_owned(),
        r#"[{"name":"","new":"0.part","old":null}]"#.to_owned(),
        r#"[{"name":"x.csv","new":"../../victim","old":null}]"#.to_owned(),
        r#"[{"name":"x.csv","new":"link","old":null}]"#.to_owned(),
        // A journal of an older format.
        format!(r#"[],"renames":[{file}],"removes":["../victim"]"#),
    ];
    for steps in &steps {
        for journal in ["commit.json", "undo.json"] {
            let at = outside.path().join("out");
            fs::create_dir(&at).expect("made");
            fs::write(at.join("x.csv"), "old").expect("written");
            let folder = killed(&at, &[("0.part", "planted")], (journal, steps.as_str()));
            #[cfg(unix)]
            std::os::unix::fs::symlink(&victim, folder.join("link")).expect("linked");
            let error = run(JSON, &at).expect_err("a trap").to_string();
            let name = folder.to_str().expect("UTF-8");
            assert!(
                error.contains(name) && error.contains("nothing was changed"),
                "{error}"
            );
            assert_eq!(text(&victim), "precious");
            assert_eq!(text(at.join("x.csv")), "old");
            assert_eq!(text(folder.join("0.part")), "planted");
            assert_eq!(names(&at).len(), 2, "{:?}", names(&at));
            fs::remove_dir_all(&at).expect("removed");
        }
    }
}

/// Copies a directory.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("made");
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        match from.is_dir() {
            true => copy(&from, &to),
            false => drop(fs::copy(from, to).expect("copied")),
        }
    }
}

#[test]
fn a_journal_that_was_copied_here_moves_and_removes_nothing() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (made, at) = (directory.path().join("made"), directory.path().join("out"));
    let steps = [
        r#"[{"name":"notes.txt","new":null,"old":"x","was":GONE}]"#,
        r#"[{"name":"notes.txt","new":"x","old":null}]"#,
        "[]",
    ];
    for (steps, journal) in steps
        .iter()
        .flat_map(|steps| [(steps, "commit.json"), (steps, "undo.json")])
    {
        fs::create_dir(&made).expect("made");
        fs::write(made.join("notes.txt"), "gone").expect("written");
        killed(&made, &[], (journal, steps));
        copy(&made, &at);
        let before = names(&at);
        let error = run(JSON, &at).expect_err("a copy").to_string();
        assert!(
            error.contains(RUN) && error.contains("nothing was changed"),
            "{error}"
        );
        assert_eq!(text(at.join("notes.txt")), "gone");
        assert_eq!(names(&at), before);
        // The same with an empty mark, and with a mark of another folder.
        let folder = at.join(format!(".transmog-{RUN}"));
        for mark in ["", "run\n", &"x".repeat(2000)] {
            fs::write(folder.join(format!("{RUN}.run")), mark).expect("written");
            run(JSON, &at).expect_err("a trap");
            assert_eq!(text(at.join("notes.txt")), "gone");
        }
        for directory in [&made, &at] {
            fs::remove_dir_all(directory).expect("removed");
        }
    }
    // A moved folder is still the same folder.
    fs::create_dir(&made).expect("made");
    killed(
        &made,
        &[("x", "new")],
        ("commit.json", r#"[{"name":"a.csv","new":"x","old":null}]"#),
    );
    fs::rename(&made, &at).expect("moved");
    run("{", &at).expect_err("not JSON");
    assert_eq!(text(at.join("a.csv")), "new");
    assert_eq!(names(&at), ["a.csv"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_commit_moves_only_files() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let outside = directory.path().join("outside");
    fs::create_dir(&outside).expect("made");
    fs::write(outside.join("a"), "precious").expect("written");
    let steps =
        r#"[{"name":"a.csv","new":"x","old":"0.before"},{"name":"b","new":"y","old":"1.before"}]"#;
    for (files, journal, is_link) in [
        (&[("x", "new"), ("y", "new")][..], "commit.json", true),
        (&[("x", "new"), ("y", "new")], "commit.json", false),
        (
            &[("x", "new"), ("0.before", "old"), ("1.before", "old")],
            "undo.json",
            false,
        ),
    ] {
        let at = directory.path().join("out");
        fs::create_dir(&at).expect("made");
        fs::write(at.join("a.csv"), "old").expect("written");
        match is_link {
            true => std::os::unix::fs::symlink(&outside, at.join("b")).expect("linked"),
            false => copy(&outside, &at.join("b")),
        }
        killed(&at, files, (journal, steps));
        let error = run(JSON, &at).expect_err("not a file").to_string();
        assert!(error.contains("is not a regular file"), "{error}");
        assert_eq!(text(at.join("a.csv")), "old");
        assert_eq!(text(at.join("b/a")), "precious");
        fs::remove_dir_all(&at).expect("removed");
    }
}

#[test]
fn an_interrupted_commit_removes_only_unchanged_files() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let steps = r#"[{"name":"gone.csv","new":null,"old":"0.before","was":GONE},
        {"name":"edited.csv","new":null,"old":"1.before","was":GONE},
        {"name":"a.csv","new":"x","old":null}]"#;
    for (name, text) in [("gone.csv", "gone"), ("edited.csv", "mine")] {
        fs::write(at.join(name), text).expect("written");
    }
    killed(at, &[("x", "new")], ("commit.json", steps));
    run("{", at).expect_err("not JSON");
    assert_eq!(names(at), ["a.csv", "edited.csv"]);
    assert_eq!(text(at.join("edited.csv")), "mine");
}

#[test]
fn folders_that_no_run_created_stay() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (at, elsewhere) = (directory.path().join("out"), directory.path().join("else"));
    run(JSON, &at).expect("a run");
    // Without a mark, with another name, and not a folder at all.
    let unmarked = at.join(format!(".transmog-{RUN}"));
    let named = at.join(".transmog-notes");
    for folder in [&unmarked, &named, &elsewhere] {
        fs::create_dir(folder).expect("made");
        fs::write(folder.join("note"), "mine").expect("written");
    }
    fs::write(named.join("notes.run"), "").expect("written");
    fs::write(at.join(".transmog-file"), "mine").expect("written");
    let other = RUN.replace('a', "b");
    fs::write(elsewhere.join(format!("{other}.run")), "").expect("written");
    let empty = format!(r#"{{"run":"{other}","steps":[]}}"#);
    fs::write(elsewhere.join("commit.json"), empty).expect("written");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&elsewhere, at.join(format!(".transmog-{other}"))).expect("linked");
    let before = names(&at);
    run(JSON, &at).expect("a run");
    assert_eq!(names(&at), before);
    for folder in [&unmarked, &named, &elsewhere] {
        assert_eq!(text(folder.join("note")), "mine");
    }
    // With a journal, it is a commit of someone else, or planted.
    fs::write(named.join("commit.json"), r#"{"run":"notes","steps":[]}"#).expect("written");
    let error = run(JSON, &at).expect_err("a trap").to_string();
    assert!(error.contains(".transmog-notes"), "{error}");
    assert_eq!(names(&at), before);
}

#[test]
fn leftovers_of_a_killed_run_are_removed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let folder = killed(at, &[("0.part", "half a tab")], ("journal.part", "["));
    run(JSON, at).expect("a run");
    assert!(!folder.exists());
    // Killed before the mark was created, before it was written, or after.
    for mark in [None, Some("")] {
        fs::create_dir(&folder).expect("made");
        if let Some(mark) = mark {
            fs::write(folder.join(format!("{RUN}.run")), mark).expect("written");
        }
        run(JSON, at).expect("a run");
        assert!(!folder.exists());
    }
    assert_eq!(names(at), ["_transmog.json", "data.csv", "data_items.csv"]);
}

fn run_as(json: &str, directory: &Path, format: OutputFormat, name: &str) -> Summary {
    let output = Output::of(format).expect("a format");
    let config = TransmogConfig::default().with_name(name);
    flatten_stream(json, directory, &output, &config).expect("a run")
}

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

#[test]
fn tables_saved_from_memory_have_no_manifest() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let result = transmog::flatten(JSON, &TransmogConfig::default()).expect("tables");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    run_as("{}", at, OutputFormat::Csv, "top");
    let before = text(at.join("_transmog.json"));
    let all = ["_transmog.json", "data.csv", "data_items.csv", "top.csv"];
    result.save_to(at, &output).expect("saved");
    assert_eq!(names(at), all);
    assert_eq!(text(at.join("_transmog.json")), before);
    // If a file of a run is replaced, its manifest is no longer true.
    result
        .save_main(at.join("top.csv"), &output)
        .expect("saved");
    assert_eq!(names(at), all[1..]);
}

#[test]
fn an_input_that_would_be_replaced_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path().join("out");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let config = TransmogConfig::default().with_on_error(OnError::Quarantine);
    flatten_stream("{\"a\": nope}\n{}\n", &at, &output, &config).expect("a run");
    let input = directory.path().join("in.jsonl");
    fs::write(&input, "{\"t\":[{}]}\n").expect("written");
    let mut refused = vec![
        at.join("data.rejected.jsonl"),
        at.join("data.csv"),
        at.join("_transmog.json"),
    ];
    // Under other names, and for files that are known only at the end.
    fs::hard_link(&input, at.join("data_t.csv")).expect("linked");
    refused.push(at.join("../out/data.csv"));
    refused.push(input.clone());
    #[cfg(unix)]
    {
        let link = directory.path().join("link.jsonl");
        std::os::unix::fs::symlink(at.join("data.rejected.jsonl"), &link).expect("linked");
        refused.push(link);
    }
    let before = names(&at);
    for path in &refused {
        let original = fs::read(path).expect("bytes");
        for dry in [false, true] {
            let run = match dry {
                true => transmog::dry_run(Input::path(path), &at, &output, &config).map(drop),
                false => flatten_stream(Input::path(path), &at, &output, &config).map(drop),
            };
            let error = run.expect_err("its input would be gone");
            assert_eq!(error.category(), Category::Config, "{error}");
            assert!(
                error.to_string().contains("is an input of this run"),
                "{error}"
            );
            assert_eq!(fs::read(path).expect("bytes"), original);
            assert_eq!(names(&at), before);
        }
    }
    // A file with another name in the directory is an ordinary input.
    fs::remove_file(at.join("data_t.csv")).expect("removed");
    fs::rename(&input, at.join("in.jsonl")).expect("renamed");
    flatten_stream(Input::path(at.join("in.jsonl")), &at, &output, &config).expect("a run");
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_file_is_replaced_and_not_written_through() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path().join("out");
    fs::create_dir(&at).expect("made");
    let victim = directory.path().join("victim");
    fs::write(&victim, "precious").expect("written");
    for name in ["data.csv", "_transmog.json"] {
        std::os::unix::fs::symlink(&victim, at.join(name)).expect("linked");
    }
    run(JSON, &at).expect("a run");
    assert_eq!(text(&victim), "precious");
    Manifest::read(&at)
        .expect("read")
        .expect("a manifest")
        .check(&at)
        .expect("complete");
    assert!(
        fs::symlink_metadata(at.join("data.csv"))
            .expect("there")
            .is_file()
    );
}

#[test]
fn a_failed_run_removes_its_directories() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let deep = directory.path().join("a/b/c");
    run("{", &deep).expect_err("no JSON");
    assert!(names(directory.path()).is_empty());
    run("{}", &deep).expect("a run");
    assert_eq!(names(&deep), ["_transmog.json", "data.csv"]);
}

#[test]
fn rejected_bytes_are_kept_as_they_were() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let config = TransmogConfig::default().with_on_error(OnError::Quarantine);
    let input = &b"{\"a\":1}\n{\"a\":\"\xff\xfe\"}\n{\"a\": nope}\n"[..];
    flatten_stream(input, at, &output, &config).expect("a run");
    let rejected = fs::read_to_string(at.join("data.rejected.jsonl")).expect("a file");
    let lines: Vec<serde_json::Value> = rejected
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["raw_base64"], "eyJhIjoi//4ifQ==");
    assert_eq!(lines[0]["record"], 2);
    assert_eq!(
        (&lines[1]["raw"], &lines[1]["byte"]),
        (&"{\"a\": nope}".into(), &19.into())
    );
    assert_eq!(lines[1]["error_byte"], 26);
    // A run without rejections removes the file of the last one.
    run(JSON, at).expect("a run");
    assert_eq!(names(at), ["_transmog.json", "data.csv", "data_items.csv"]);
}

#[test]
fn more_tables_than_open_files_and_memory() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut json = String::new();
    for record in 0..2000 {
        let key = record % 300;
        json += &format!("{{\"k{key}\":[{{\"a\":{record},\"b\":[{{\"c\":\"{record}\"}}]}}]}}\n");
    }
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let config = TransmogConfig::default()
        .with_memory_limit(1 << 16)
        .with_chunk_bytes(1000)
        .with_time_field(None);
    let summary = flatten_stream(json, directory.path(), &output, &config).expect("a run");
    assert_eq!(summary.tables.len(), 601);
    for (at, table) in summary.tables.iter().enumerate() {
        let path = directory
            .path()
            .join(table.file.as_deref().expect("a file"));
        let text = fs::read_to_string(path).expect("text");
        let lines: Vec<_> = text.lines().skip(1).collect();
        assert_eq!(lines.len() as u64, table.rows, "{}", table.name);
        let last = |line: &&str| line.rsplit(',').next().map(str::to_owned);
        let values: Vec<u32> = lines
            .iter()
            .filter_map(last)
            .filter_map(|v| v.parse().ok())
            .collect();
        assert!(at == 0 || values.len() == lines.len());
        assert!(values.is_sorted(), "{}: rows in order", table.name);
    }
}

#[test]
fn limits_name_the_object() {
    let keys = |count: usize| {
        let keys: Vec<_> = (0..count)
            .map(|key| format!("\"k{key}\":{{\"n\":1}}"))
            .collect();
        format!("{{\"users\":{{{}}}}}", keys.join(","))
    };
    for chunk_bytes in [10, 4 << 20] {
        let config = TransmogConfig::default()
            .with_max_columns(100)
            .with_chunk_bytes(chunk_bytes);
        assert!(transmog::flatten(keys(100), &config).is_ok());
        let error = transmog::flatten(keys(300), &config).expect_err("too many");
        let message = error.to_string();
        assert!(
            message.contains("$.users") && message.contains("max_columns"),
            "{message}"
        );
    }
    let arrays: Vec<_> = (0..50).map(|key| format!("\"k{key}\":[{{}}]")).collect();
    let json = format!("{{\"by_id\":{{{}}}}}", arrays.join(","));
    let config = TransmogConfig::default().with_max_tables(20);
    let error = transmog::flatten(json, &config).expect_err("too many");
    let message = error.to_string();
    assert!(
        message.contains("$.by_id") && message.contains("max_tables"),
        "{message}"
    );
}

#[test]
fn the_last_progress_call_can_stop_the_run() {
    let directory = tempfile::tempdir().expect("a directory");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let stopped = Arc::new(AtomicBool::new(false));
    let (set, get) = (Arc::clone(&stopped), stopped);
    let config = TransmogConfig::default()
        .with_progress_callback(move |_| set.store(true, Ordering::Relaxed))
        .with_cancel(move || get.load(Ordering::Relaxed));
    let error = flatten_stream(r#"{"a":1}"#, directory.path(), &output, &config)
        .expect_err("it is stopped");
    assert_eq!(error.category(), Category::Cancelled);
    assert!(names(directory.path()).is_empty());
}
