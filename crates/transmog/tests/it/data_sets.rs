//! A directory for each table.

use crate::{
    commit::{JSON, names, run, text},
    interrupted::{RUN, killed},
};
use std::{fs, path::Path};
use transmog::{
    Layout, Manifest, Output, OutputFormat, Summary, TransmogConfig, dry_run, flatten_stream,
};

fn output(format: OutputFormat) -> Output {
    let output = Output::of(format).expect("a format");
    output.with_layout(Layout::Dataset)
}

fn set(json: &str, directory: &Path) -> transmog::Result<Summary> {
    let config = TransmogConfig::default().with_time_field(None);
    flatten_stream(json, directory, &output(OutputFormat::Csv), &config)
}

/// The only file of a directory.
fn only(directory: &Path) -> String {
    let all = names(directory);
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

#[test]
fn each_table_is_a_directory() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    for _ in 0..2 {
        let summary = set(JSON, at).expect("a run");
        assert_eq!(names(at), ["_transmog.json", "data", "data_items"]);
        let manifest = Manifest::read(at).expect("read").expect("a manifest");
        manifest.check(at).expect("the files are those of the run");
        let place = format!("data_items/part-00000-{}.csv", manifest.run);
        assert_eq!(summary.tables[1].file.as_deref(), Some(&*place));
        // The parts of the earlier run are gone.
        assert_eq!(
            format!("data_items/{}", only(&at.join("data_items"))),
            place
        );
        assert!(text(at.join(place)).ends_with(",1\n"));
    }
    // Tables that only the earlier run had are gone with their directories.
    set(r#"{"a":1}"#, at).expect("a run");
    assert_eq!(names(at), ["_transmog.json", "data"]);
    // One layout replaces the other.
    run(JSON, at).expect("a run");
    assert_eq!(names(at), ["_transmog.json", "data.csv", "data_items.csv"]);
    set(JSON, at).expect("a run");
    assert_eq!(names(at), ["_transmog.json", "data", "data_items"]);
    let plan = dry_run(
        JSON,
        at,
        &output(OutputFormat::Orc),
        &TransmogConfig::default(),
    );
    let planned: Vec<_> = plan
        .expect("a plan")
        .files
        .into_iter()
        .map(|file| file.name)
        .collect();
    let expected = [
        "data/part-00000-RUN.orc",
        "data_items/part-00000-RUN.orc",
        "_transmog.json",
    ];
    assert_eq!(planned, expected);
}

#[test]
fn hostile_names_stay_in_their_directories() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let json = r#"{"../x":[{"a":1}],"_transmog.json":[{"b":1}],"a/b":[{"c":1}],"A/B":[{"c":1}]}"#;
    let config = TransmogConfig::default()
        .with_name("_transmog.json")
        .with_separator("");
    let set = flatten_stream(json, at, &output(OutputFormat::Csv), &config).expect("a run");
    assert_eq!(set.tables.len(), 5);
    let all = names(at);
    assert_eq!(all.len(), 6, "{all:?}");
    for name in all.iter().filter(|name| *name != "_transmog.json") {
        assert!(only(&at.join(name)).starts_with("part-00000-"), "{name}");
    }
}

#[test]
fn what_is_in_the_way_of_a_directory_is_an_error() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path().join("out");
    fs::create_dir(&at).expect("made");
    fs::write(at.join("data_items"), "mine").expect("written");
    let error = set(JSON, &at).expect_err("a file is in the way");
    assert!(
        error.to_string().contains("data_items is no directory"),
        "{error}"
    );
    assert_eq!(names(&at), ["data_items"]);
    fs::remove_file(at.join("data_items")).expect("removed");
    // Others' files in a directory of a table stay.
    fs::create_dir(at.join("data")).expect("made");
    fs::write(at.join("data/mine.csv"), "mine").expect("written");
    set(JSON, &at).expect("a run");
    run(JSON, &at).expect("a run");
    assert_eq!(
        names(&at),
        ["_transmog.json", "data", "data.csv", "data_items.csv"]
    );
    assert_eq!(only(&at.join("data")), "mine.csv");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_or_removed_through_a_link() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (at, elsewhere) = (
        directory.path().join("out"),
        directory.path().join("elsewhere"),
    );
    set(JSON, &at).expect("a run");
    fs::rename(at.join("data_items"), &elsewhere).expect("moved");
    std::os::unix::fs::symlink(&elsewhere, at.join("data_items")).expect("a link");
    let before = names(&elsewhere);
    let error = set(JSON, &at).expect_err("a link is in the way");
    assert!(
        error.to_string().contains("data_items is no directory"),
        "{error}"
    );
    set(r#"{"a":1}"#, &at).expect("a run");
    assert_eq!(names(&elsewhere), before);
    // Neither is what a journal names.
    fs::remove_file(at.join("_transmog.json")).expect("removed");
    let steps = r#"[{"name":"data_items/a.csv","new":"x","old":null}]"#;
    killed(&at, &[("x", "new")], ("commit.json", steps));
    let error = set(JSON, &at).expect_err("a link is in the way");
    assert!(
        error.to_string().contains("is a link or no directory"),
        "{error}"
    );
    assert_eq!(names(&elsewhere), before);
}

#[test]
fn an_interrupted_commit_of_directories_is_completed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    fs::create_dir(at.join("data")).expect("made");
    fs::write(at.join("data/gone.csv"), "gone").expect("written");
    let steps = r#"[{"name":"data/gone.csv","new":null,"old":"0.before","was":GONE},
        {"name":"data/part-00000-x.csv","new":"0.part","old":null},
        {"name":"data_items/part-00000-x.csv","new":"1.part","old":null}]"#;
    killed(
        at,
        &[("0.part", "data"), ("1.part", "items")],
        ("commit.json", steps),
    );
    set("{", at).expect_err("not JSON");
    assert_eq!(names(at), ["data", "data_items"]);
    assert_eq!(only(&at.join("data")), "part-00000-x.csv");
    assert_eq!(text(at.join("data_items/part-00000-x.csv")), "items");
    for name in [
        "../x/a.csv",
        "a/../b",
        "a/b/c",
        "/a",
        "a/",
        ".hidden/a",
        "a\\b/c",
    ] {
        let made = tempfile::tempdir().expect("a temporary directory");
        let name = name.replace('\\', "\\\\");
        let steps = format!(r#"[{{"name":"{name}","new":"x","old":null}}]"#);
        killed(made.path(), &[("x", "new")], ("commit.json", &steps));
        let error = set(JSON, made.path()).expect_err("it leads elsewhere");
        assert!(
            error.to_string().contains("where a file name is expected"),
            "{error}"
        );
        assert_eq!(names(made.path()), [format!(".transmog-{RUN}")]);
    }
}
