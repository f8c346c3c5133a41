//! The next run ends what a killed run left behind, and follows nothing that is planted.

use crate::commit::{JSON, content, names, run, text};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Id of a run that was killed.
pub(crate) const RUN: &str = "0a1b2c3d-0000-4000-8000-00000000abcd";

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
