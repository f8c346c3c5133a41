//! Data, file names and directories are not trusted: they cannot control a terminal or a database,
//! or make the program read or write other files.

use crate::{directory, names, run};
use serde_json::Value;
use std::{fs, path::Path, process::Command, process::Output};

/// A text that clears the screen, sets a title, rings, turns the text around and ends lines.
const HOSTILE: &str = "k\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{feff}\u{7f}\u{ad}\u{e0041}\r\nFAKE";

fn transmog(at: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transmog"));
    let output = command.args(arguments).current_dir(at).output();
    output.expect("the program runs")
}

/// Whether a terminal shows the character. This is independent of the program's own list.
fn is_shown(c: char) -> bool {
    let obeyed = [
        '\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{feff}',
    ];
    let is_tag = ('\u{e0000}'..='\u{e007f}').contains(&c) || c == '\u{ad}';
    let turns = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
    let is_control = (c as u32) < 0x20 || (0x7f..0xa0).contains(&(c as u32));
    c == '\n'
        || !(is_control || is_tag || obeyed.contains(&c) || turns.clone().any(|turn| turn == c))
}

/// The output of a command: it must have no control characters, and the hostile text in escaped
/// form.
fn harmless(at: &Path, arguments: &[&str]) -> String {
    let done = transmog(at, arguments);
    let text = [done.stdout, done.stderr].concat();
    let text = String::from_utf8(text).expect("UTF-8");
    let obeyed = text
        .find(|c| !is_shown(c))
        .map(|at| text[at..].chars().next());
    assert_eq!(obeyed, None, "{arguments:?}: {text:?}");
    assert!(!text.contains("\nFAKE"), "{arguments:?}: {text}");
    text
}

#[test]
#[cfg(unix)]
fn control_characters_never_reach_the_terminal() {
    let key = serde_json::to_string(HOSTILE).expect("JSON");
    let good = format!("{{\"id\":1,{key}:{key},\"t\":[{{{key}:{key}}}],{key}:{key}}}\n");
    let directory = directory(&good);
    let at = directory.path();
    let (plain, odd) = ("in.jsonl", format!("{HOSTILE}.jsonl"));
    fs::write(at.join(&odd), &good).expect("written");
    fs::write(
        at.join("bad.jsonl"),
        format!("{{\"id\":{{}}}}\n{{{key}:{{\"id\":x}}}}\n"),
    )
    .expect("written");
    fs::create_dir(at.join("d")).expect("a directory");
    fs::write(at.join("d").join(&odd), format!("{{{key}:}}\n")).expect("written");
    let out = format!("{HOSTILE}-out");
    let spelled = r"\u{202e}";
    for arguments in [
        &[
            "flatten", plain, &odd, "-o", &out, "-n", HOSTILE, "--report", "text",
        ][..],
        &[
            "flatten",
            plain,
            &odd,
            "-o",
            &out,
            "-v",
            "--report",
            "text",
            "--progress",
            "plain",
        ],
        &[
            "flatten",
            plain,
            &odd,
            "-o",
            "p",
            "-qq",
            "--progress",
            "plain",
            "--report",
            "text",
        ],
        &["flatten", &odd, "-o", &out, "-vv", "--report", "text"],
        &[
            "flatten",
            plain,
            "-o",
            &out,
            "-n",
            HOSTILE,
            "--dry-run",
            "-v",
        ],
        &["flatten", plain, "-o", "p", "--strict=duplicate_key"],
        &[
            "flatten",
            plain,
            "-o",
            "p",
            "--id",
            "natural",
            "--id-field",
            HOSTILE,
            "--strict",
        ],
        &[
            "flatten",
            plain,
            "-o",
            "p",
            "--records-path",
            &format!("/{HOSTILE}/x"),
        ],
        &["flatten", "d", "-o", "p"],
        &[
            "flatten",
            "d/*",
            "-o",
            "p",
            "--on-error",
            "skip",
            "-v",
            "--report",
            "text",
        ],
        &[
            "flatten",
            "bad.jsonl",
            "-o",
            "p",
            "--id",
            "natural",
            "--id-field",
            "id",
        ],
        &["flatten", &format!("{HOSTILE}.none"), "-o", "p"],
        &["flatten", &format!("{HOSTILE}[*"), "-o", "p"],
        &["flatten", plain, "-o", "p", "-f", HOSTILE],
        &["flatten", plain, "-o", "p", &format!("--{HOSTILE}")],
        &["flatten", plain, "-o", "p", "--config", HOSTILE],
        &["flatten", plain, "-o", "p", "--schema", HOSTILE],
        &[
            "flatten",
            plain,
            "-o",
            "p",
            "--html",
            &format!("{HOSTILE}/x.html"),
        ],
        &[
            "flatten",
            plain,
            "-o",
            "p",
            "--sql",
            "postgres",
            "--separator",
            HOSTILE,
        ],
        &["schema", plain, "-n", HOSTILE],
        &["schema", plain, "--json", &format!("{HOSTILE}/x.json")],
    ] {
        let text = harmless(at, arguments);
        let is_there = text.contains(spelled);
        // Some outputs do not have it, because a name is cut or only a path is shown.
        let may_be_silent = [
            "-qq",
            "bad.jsonl",
            "--records-path",
            "--strict=duplicate_key",
            "--separator",
        ];
        let is_silent = arguments.iter().any(|word| may_be_silent.contains(word));
        assert!(is_there || is_silent, "{arguments:?}: {text}");
    }
    // As JSON with JSON escapes and the same values; and as a diagram and a page.
    for arguments in [
        &[
            "flatten", &odd, "-o", &out, "-n", HOSTILE, "--report", "json",
        ][..],
        &[
            "flatten",
            &odd,
            "-o",
            &out,
            "-n",
            HOSTILE,
            "--report",
            "json",
            "--dry-run",
        ],
        &["schema", &odd, "--json", "-"],
    ] {
        let text = harmless(at, arguments);
        let report: Value = serde_json::from_str(&text).expect("JSON");
        let value = report.to_string();
        assert!(
            value.contains('\u{202e}') && value.contains('\u{9b}'),
            "{value}"
        );
    }
    let diagram = harmless(at, &["schema", &odd, "-n", HOSTILE, "--mermaid"]);
    assert!(
        diagram.contains("erDiagram") && diagram.contains("FAKE"),
        "{diagram}"
    );
    let page = harmless(at, &["report", &odd, "-n", HOSTILE, "-o", "-"]);
    assert!(page.contains(r"\u009b31m\u202e"), "{page}");
    // Errors of a file of options name their place.
    // (TOML has no raw DEL in a text, and JSON no escape for it.)
    let key = key.replace('\u{7f}', "");
    for (options, said) in [
        (format!("{key} = 1\n"), "unknown option"),
        (format!("[{key}]\n"), "unknown section"),
        (format!("array-mode = {key}\n"), "invalid value"),
    ] {
        fs::write(at.join("transmog.toml"), options).expect("written");
        let text = harmless(at, &["schema", plain]);
        assert!(text.contains(said) && text.contains(r"\u{202e}"), "{text}");
    }
}

#[test]
fn column_names_that_a_database_cannot_load_are_refused() {
    for (system, key, is_refused) in [
        ("postgres", r"a\u0000b", true),
        ("postgres", r"\n\\.\n", true),
        ("postgres", r"\\.", true),
        ("postgres", r"a\nb\\.", false),
        ("sqlite", r"a\u0000b", true),
        ("sqlite", r"\n\\.\n", false),
        ("duckdb", r"a\u0000b", false),
    ] {
        // In a child table, too.
        for input in [
            format!("{{\"{key}\":1}}\n"),
            format!("{{\"t\":[{{\"{key}\":1}}]}}\n"),
        ] {
            let directory = directory(&input);
            let at = directory.path();
            for more in [&["--dry-run"][..], &[]] {
                let call = [&["in.jsonl", "-o", "out", "--sql", system], more].concat();
                let done = run(at, &call);
                let text = String::from_utf8(done.stderr).expect("UTF-8");
                let status = i32::from(is_refused);
                assert_eq!(done.status.code(), Some(status), "{system} {input}: {text}");
                assert_eq!(text.contains("cannot load the file"), is_refused, "{text}");
            }
            assert_eq!(at.join("out").exists(), !is_refused);
        }
    }
}

#[test]
fn runs_with_names_that_differ_write_files_that_differ() {
    let directory = directory("{\"t\":[{\"é\":[{\"x\":1}],\"ü\":[{\"x\":2}]}]}\n");
    let at = directory.path();
    let mut all = Vec::new();
    for name in [
        "é", "e\u{301}", "ü", "_", "a b", "a_b", "CON", "_CON", "..", "a/../b",
    ] {
        let out = format!("out{}", all.len());
        let done = run(at, &["in.jsonl", "-o", &out, "-n", name]);
        assert!(done.status.success(), "{name}");
        let written = names(&at.join(out));
        assert_eq!(
            written.iter().filter(|name| name.ends_with(".csv")).count(),
            4
        );
        all.extend(written.into_iter().filter(|name| name.ends_with(".csv")));
    }
    let count = all.len();
    all.sort_by_key(|name| name.to_lowercase());
    all.dedup_by_key(|name| name.to_lowercase());
    assert_eq!(all.len(), count, "{all:?}");
    assert_eq!(
        names(at)
            .iter()
            .filter(|name| name.starts_with("out"))
            .count(),
        10
    );
}

#[test]
fn a_page_cannot_have_the_name_of_a_table() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    fs::create_dir(at.join("out")).expect("a directory");
    for file in ["out/data.csv", "./out/../out/x", "out/data.rejected.jsonl"] {
        let done = run(at, &["in.jsonl", "-o", "out", "--html", file]);
        let text = String::from_utf8(done.stderr).expect("UTF-8");
        assert_eq!(done.status.code(), Some(2), "{text}");
        assert!(text.contains("must end in .html"), "{text}");
        assert_eq!(names(&at.join("out")), [""; 0]);
    }
    for file in ["out/data.html", "data.csv"] {
        let done = run(at, &["in.jsonl", "-o", "out", "--html", file]);
        assert_eq!(done.status.code(), Some(0), "{file}");
        let page = fs::read_to_string(at.join(file)).expect("a page");
        assert!(page.starts_with("<!doctype html>"));
    }
}

/// Runs the program as a user other than root, to whom permissions apply.
#[cfg(unix)]
fn as_anybody(at: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    use std::os::unix::{fs::MetadataExt, process::CommandExt};
    const NOBODY: u32 = 65534;
    let program = at.join("transmog");
    let here = env!("CARGO_BIN_EXE_transmog");
    if !program.exists() && fs::hard_link(here, &program).is_err() {
        fs::copy(here, &program).expect("a copy");
    }
    let mut command = Command::new(&program);
    command.args(arguments).current_dir(at);
    if fs::metadata(at).expect("there").uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    let done = command.output().expect("the program runs");
    let text = String::from_utf8(done.stderr).expect("UTF-8");
    (done.status.code(), text)
}

/// A folder of another user's run may have a commit that continues later, so no run may write to
/// the directory.
#[test]
#[cfg(unix)]
fn an_unreadable_folder_of_another_user_is_an_error() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let set_mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    };
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    let folder = at.join("out/.transmog-0a1b2c3d-0000-4000-8000-00000000abcd");
    fs::create_dir_all(&folder).expect("made");
    // Only root can change the owner.
    if fs::metadata(at).expect("there").uid() != 0 {
        return;
    }
    for path in [at, &at.join("out")] {
        set_mode(path, 0o777);
    }
    set_mode(&folder, 0o700);
    chown(&folder, Some(12_345), None).expect("given");
    let (status, text) = as_anybody(at, &["flatten", "in.jsonl", "-o", "out"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("let its owner run it here"), "{text}");
    assert_eq!(names(&at.join("out")).len(), 1);
    // If it can be read and has no journal, it is not in the way.
    set_mode(&folder, 0o755);
    let (status, text) = as_anybody(at, &["flatten", "in.jsonl", "-o", "out"]);
    assert_eq!(status, Some(0), "{text}");
}

#[test]
#[cfg(unix)]
fn fewer_files_than_there_are_is_an_error() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let set_mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    };
    let directory = directory("");
    let at = directory.path();
    for folder in ["open", "shut", "listed", "links", "loop/a", "dirs/x.json"] {
        fs::create_dir_all(at.join(folder)).expect("a directory");
    }
    for file in [
        "open/a.json",
        "shut/a.json",
        "listed/a.json",
        "links/a.json",
        "loop/a/a.json",
        "dirs/a.json",
    ] {
        fs::write(at.join(file), "{\"a\":1}").expect("written");
    }
    symlink("nowhere", at.join("links/b.json")).expect("a link");
    symlink("nowhere", at.join("links/notes.txt")).expect("a link");
    symlink("..", at.join("loop/a/back")).expect("a link");
    for path in [
        at,
        &at.join("open"),
        &at.join("links"),
        &at.join("loop"),
        &at.join("dirs"),
    ] {
        set_mode(path, 0o755);
    }
    set_mode(&at.join("shut"), 0o300);
    set_mode(&at.join("listed"), 0o744);
    for (input, said) in [
        ("shut", "cannot read shut: Permission denied"),
        ("shut/*.json", "cannot read shut: Permission denied"),
        ("*/*.json", "Permission denied"),
        ("[o]*/a.json", ""),
        ("{open}", "there is no such file"),
        ("listed", "cannot read listed/a.json: Permission denied"),
        ("listed/*", "cannot read listed/a.json: Permission denied"),
        ("l*d/a.json", "cannot read listed/a.json: Permission denied"),
        ("s*/**/a.json", "Permission denied"),
        (
            "lin*/**/a.json",
            "the link leads to a file that is not there",
        ),
        (
            "links",
            "links/b.json: the link leads to a file that is not there",
        ),
        (
            "links/*.json",
            "links/b.json: the link leads to a file that is not there",
        ),
        ("links/[a]*", ""),
        ("loop/**/*.json", ""),
        ("loop/**", ""),
        ("dirs", ""),
        ("dirs/*", ""),
        ("open/a.json/*.json", "no file matches"),
        ("none/*.json", "no file matches"),
        ("open/[", "is not a glob"),
    ] {
        let (status, text) = as_anybody(at, &["schema", input, "-n", "x"]);
        let wanted = if said.is_empty() { 0 } else { 1 };
        assert_eq!(status, Some(wanted), "{input}: {text}");
        assert!(text.contains(said), "{input}: {text}");
    }
    for (input, said) in [
        ("shut", "cannot read shut: Permission denied"),
        ("listed", "cannot read listed/a.json: Permission denied"),
        ("links", "links/b.json: the link leads to a file"),
        ("loop", ""),
        ("dirs", ""),
    ] {
        let (status, text) = as_anybody(at, &["schema", "--recursive", input]);
        let wanted = if said.is_empty() { 0 } else { 1 };
        assert_eq!(status, Some(wanted), "{input}: {text}");
        assert!(text.contains(said), "{input}: {text}");
    }
    set_mode(&at.join("shut"), 0o700);
}

#[test]
#[cfg(unix)]
fn what_is_neither_a_file_nor_a_directory_is_not_passed_over() {
    let directory = directory("{\"a\":1}\n");
    let at = directory.path();
    let made = Command::new("mkfifo").arg(at.join("p.json")).status();
    assert!(made.expect("mkfifo runs").success());
    for input in [".", "*.json*"] {
        let done = run(at, &[input, "-o", "out"]);
        let text = String::from_utf8(done.stderr).expect("UTF-8");
        assert_eq!(done.status.code(), Some(1), "{text}");
        assert!(
            text.contains("p.json is neither a file nor a directory"),
            "{text}"
        );
    }
}
