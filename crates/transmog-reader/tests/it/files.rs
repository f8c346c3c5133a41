//! The files of directories and patterns: all of them, or an error.

use crate::records::Records;
use std::{fs, path::Path};
use transmog_reader::{Depth, ErrorKind, Found, LeftOut, ReadOptions, expand};

/// The records of the files that a path names.
fn records(path: impl AsRef<Path>, depth: Depth) -> Vec<String> {
    let found = expand(path, depth).expect("there are files");
    Records::of(found.sources, ReadOptions::default()).accepted
}

/// Makes files with a number, and their directories.
fn tree(files: &[(&str, u32)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, number) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        fs::write(path, format!("{{\"a\":{number}}}")).expect("written");
    }
    directory
}

fn numbered(numbers: &[u32]) -> Vec<String> {
    numbers.iter().map(|a| format!("{{\"a\":{a}}}")).collect()
}

#[test]
fn directories_and_patterns_are_sorted_files() {
    let directory = tree(&[
        ("b.jsonl", 2),
        ("a.json", 1),
        ("c.Json.GZ", 3),
        ("notes.txt", 0),
    ]);
    let at = directory.path();
    let flat = Depth::Directory;
    assert_eq!(records(at, flat), numbered(&[1, 2, 3]));
    assert_eq!(records(at.join("[ab].json*"), flat), numbered(&[1, 2]));
    assert_eq!(records(at.join("b.jsonl"), flat), numbered(&[2]));
    for missing in ["*.none", "none.json"] {
        let error = expand(at.join(missing), flat).expect_err("it is not there");
        assert!(
            matches!(error.kind(), ErrorKind::NotFound { .. }),
            "{error}"
        );
    }
}

#[test]
fn a_glob_finds_each_file_once() {
    let directory = tree(&[("a.json", 1), ("d/a.json", 2), ("d/e.json/.a.json", 3)]);
    let at = directory.path();
    for (glob, found) in [
        ("**/a.json", &[1, 2][..]),
        ("**/**/*.json", &[1, 2, 3]),
        ("**/**", &[1, 2, 3]),
        ("*", &[1]),
        ("*/*", &[2]),
        ("d/../[!b].json", &[1]),
        ("./d/?.json", &[2]),
        ("d/e*/.*", &[3]),
    ] {
        assert_eq!(
            records(at.join(glob), Depth::Directory),
            numbered(found),
            "{glob}"
        );
    }
}

#[test]
fn a_file_with_a_bracket_in_its_name_is_a_file() {
    let directory = tree(&[("a[1]*.json", 1)]);
    let path = directory.path().join("a[1]*.json");
    assert_eq!(records(path, Depth::Directory), numbered(&[1]));
}

/// What is found in a directory: the numbers of its records, and what is left out of it.
fn found(at: &Path, depth: Depth) -> (Vec<String>, LeftOut) {
    let Found { sources, left_out } = expand(at, depth).expect("there are files");
    let records = Records::of(sources, ReadOptions::default()).accepted;
    let names = left_out.names.iter().map(|name| {
        let name = name
            .strip_prefix(&*at.to_string_lossy())
            .expect("a path in it");
        name.trim_start_matches('/').to_owned()
    });
    let names = names.collect();
    (records, LeftOut { names, ..left_out })
}

#[test]
fn what_a_directory_leaves_out_is_counted_and_named() {
    let directory = tree(&[
        ("b.jsonl", 2),
        ("a/z.ndjson", 1),
        ("a/.git/config.json", 0),
        ("c.json/d.json.xz", 3),
        (".hidden.json", 0),
        (".DS_Store", 0),
        ("README.md", 0),
        ("json", 0),
    ]);
    let left_out = |names: &[&str]| LeftOut {
        count: names.len() as u64,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let (numbers, others) = found(directory.path(), Depth::Directory);
    assert_eq!(numbers, numbered(&[2]));
    let expected = [
        ".DS_Store",
        ".hidden.json",
        "README.md",
        "a/",
        "c.json/",
        "json",
    ];
    assert_eq!(others, left_out(&expected));
    let (numbers, others) = found(directory.path(), Depth::Tree);
    // By path: `a/z.ndjson`, `b.jsonl`, `c.json/d.json.xz`.
    assert_eq!(numbers, numbered(&[1, 2, 3]));
    let expected = [".DS_Store", ".hidden.json", "README.md", "a/.git/", "json"];
    assert_eq!(others, left_out(&expected));
}

#[test]
fn only_some_of_many_names_are_kept() {
    let directory = tree(&[("a.json", 1)]);
    for number in 0..100 {
        fs::write(directory.path().join(format!("{number:02}.txt")), "").expect("written");
    }
    let (_, others) = found(directory.path(), Depth::Directory);
    assert_eq!((others.count, others.names.len()), (100, 20));
    assert_eq!(others.to_string(), "00.txt, 01.txt, 02.txt, …");
    let mut both = others.clone();
    both.append(others);
    assert_eq!((both.count, both.names.len()), (200, 20));
}

#[test]
fn a_directory_without_json_says_what_it_has() {
    let directory = tree(&[("a.txt", 0), ("b/c.json", 1)]);
    let error = expand(directory.path(), Depth::Directory).expect_err("no JSON");
    let error = error.to_string();
    assert!(error.contains("2 left out: "), "{error}");
    assert!(
        error.contains("/a.txt, ") && error.contains("/b/)"),
        "{error}"
    );
    assert!(error.contains("--recursive"), "{error}");
    let empty = tree(&[]);
    let error = expand(empty.path(), Depth::Tree).expect_err("no JSON");
    assert!(error.to_string().contains("it is empty"), "{error}");
}

#[cfg(unix)]
mod links {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    /// The error of a path under both depths.
    fn errors(path: impl AsRef<Path>) -> [String; 2] {
        [Depth::Directory, Depth::Tree].map(|depth| {
            expand(path.as_ref(), depth)
                .expect_err("an error")
                .to_string()
        })
    }

    #[test]
    fn a_directory_is_searched_once_however_many_links_lead_to_it() {
        let directory = tree(&[("a/x.json", 1), ("b/y.json", 2)]);
        let at = directory.path();
        symlink("..", at.join("a/up")).expect("a link");
        symlink("../b", at.join("a/b")).expect("a link");
        symlink("a", at.join("c")).expect("a link");
        symlink("a/x.json", at.join("d.json")).expect("a link");
        let (numbers, others) = found(at, Depth::Tree);
        assert_eq!(
            numbers,
            numbered(&[2, 1, 1]),
            "a/b/y.json, a/x.json, d.json"
        );
        assert_eq!(others.names, ["a/up/", "b/", "c/"]);
    }

    #[test]
    fn directories_linked_in_every_way_end_soon() {
        let directory = tree(&[("a.json", 1)]);
        for number in 0..40 {
            let at = directory.path().join(format!("d{number}"));
            fs::create_dir(&at).expect("made");
            for link in ["l", "r"] {
                symlink(format!("../d{}", number + 1), at.join(link)).expect("a link");
            }
        }
        fs::create_dir(directory.path().join("d40")).expect("made");
        assert_eq!(found(directory.path(), Depth::Tree).0, numbered(&[1]));
    }

    #[test]
    fn a_link_that_leads_nowhere_is_an_error() {
        let directory = tree(&[("a.json", 1)]);
        let at = directory.path();
        symlink("gone", at.join("b.json")).expect("a link");
        for path in [
            at.to_owned(),
            at.join("*.json"),
            at.join("**"),
            at.join("b.json"),
        ] {
            for error in errors(&path) {
                assert!(
                    error.contains("b.json: the link leads to a file"),
                    "{path:?}: {error}"
                );
            }
        }
        fs::remove_file(at.join("b.json")).expect("removed");
        // Without an extension of JSON, it may have been a directory, which only some search.
        symlink("gone", at.join("old")).expect("a link");
        let (_, others) = found(at, Depth::Directory);
        assert_eq!(others.names, ["old"]);
        for (path, depth) in [
            (at.to_owned(), Depth::Tree),
            (at.join("*/*.json"), Depth::Directory),
        ] {
            let error = expand(&path, depth).expect_err("an error").to_string();
            assert!(
                error.contains("old: the link leads to a file"),
                "{path:?}: {error}"
            );
        }
        // An editor marks a file that it changes with such a link.
        fs::remove_file(at.join("old")).expect("removed");
        symlink("user@host.1", at.join(".#a.json")).expect("a link");
        assert_eq!(found(at, Depth::Tree).1.names, [".#a.json"]);
    }

    #[test]
    fn a_loop_of_links_is_an_error() {
        let directory = tree(&[("a.json", 1)]);
        let at = directory.path();
        symlink("c.json", at.join("b.json")).expect("a link");
        symlink("b.json", at.join("c.json")).expect("a link");
        for path in [at.to_owned(), at.join("*.json"), at.join("b.json")] {
            for error in errors(&path) {
                assert!(
                    error.contains("cannot read") && error.contains("b.json"),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn a_name_that_is_too_long_is_an_error() {
        let name = format!("{}.json", "x".repeat(300));
        for path in [name.clone(), format!("*/../{name}/*.json")] {
            for error in errors(&path) {
                assert!(!error.contains("no file matches"), "{error}");
            }
        }
    }

    /// Whoever may read everything cannot see this.
    #[test]
    fn a_directory_that_may_not_be_read_is_an_error() {
        let directory = tree(&[("a.json", 1), ("b/c.json", 2)]);
        let closed = directory.path().join("b");
        let set = |mode| fs::set_permissions(&closed, fs::Permissions::from_mode(mode));
        set(0o000).expect("set");
        let may_read_all = fs::read_dir(&closed).is_ok();
        let paths = [
            (closed.clone(), Depth::Directory),
            (closed.join("*.json"), Depth::Directory),
            (directory.path().join("**/*.json"), Depth::Directory),
            (directory.path().to_owned(), Depth::Tree),
        ];
        let results = paths.map(|(path, depth)| expand(path, depth).map(|found| found.sources));
        set(0o755).expect("set");
        for result in results {
            match (result, may_read_all) {
                (Ok(sources), true) => assert!(!sources.is_empty()),
                (Err(error), false) => {
                    assert!(error.to_string().contains("cannot read"), "{error}")
                }
                (result, _) => panic!("{result:?}"),
            }
        }
    }
}
