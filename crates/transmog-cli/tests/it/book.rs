//! Runs every command of the book and the README, and compares the output with the page.

use std::{fs, path::Path, process::Command};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// Programs that this test does not run: those that build and install, and databases, whose
/// commands `cargo xtask databases` runs.
const ELSEWHERE: [&str; 7] = [
    "cargo ", "pip ", "psql ", "duckdb ", "sqlite3 ", "s3://", "https://",
];

/// A fenced block of Markdown.
struct Block<'p> {
    language: &'p str,
    text: &'p str,
    /// Whether it directly follows the block before it.
    follows: bool,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("```") {
        let (language, after) = after.split_once('\n').expect("a language");
        let (text, after) = after.split_once("```").expect("a block that ends");
        let follows = before.trim().is_empty();
        blocks.push(Block {
            language,
            text,
            follows,
        });
        rest = after;
    }
    blocks
}

/// The standard output and standard error of the commands.
fn printed(commands: &str, at: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_transmog"));
    let directory = program.parent().expect("a directory").display();
    let path = std::env::var("PATH").expect("a path");
    // A page that shows a status expects a failure.
    let strict = if commands.contains("$?") {
        ""
    } else {
        "set -eo pipefail; "
    };
    let output = Command::new("bash")
        .args(["-c", &format!("exec 2>&1; {strict}{commands}")])
        .env("PATH", format!("{directory}:{path}"))
        .current_dir(at)
        .output()
        .expect("bash runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{commands}{text}");
    text
}

/// The text without times and trailing spaces.
fn comparable(text: &str) -> String {
    let words = |line: &str| match (line.rsplit_once(" in "), line.split_once("s  INFO ")) {
        (Some((before, time)), _) if time.ends_with(" s") => format!("{before} in a time"),
        (_, Some((_, event))) => format!("INFO {event}"),
        _ => line.to_owned(),
    };
    let lines = text.trim_end().lines().map(|line| words(line.trim_end()));
    lines.collect::<Vec<_>>().join("\n")
}

/// JSON without values that differ from run to run.
fn value(text: &str) -> serde_json::Value {
    let mut value: serde_json::Value = serde_json::from_str(text).expect("JSON");
    value["elapsed_ms"] = 0.into();
    value
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory").flatten() {
        let to = to.join(entry.file_name());
        match entry.file_type().expect("a type").is_dir() {
            true => copy(&entry.path(), &to),
            false => fs::copy(entry.path(), to).map(drop).expect("copied"),
        }
    }
}

/// Runs the commands of a page in order in a new directory; returns the number of blocks.
fn run(page: &Path) -> usize {
    let text = fs::read_to_string(page).expect("a page");
    let directory = tempfile::tempdir().expect("a temporary directory");
    copy(
        &Path::new(ROOT).join("fixtures"),
        &directory.path().join("fixtures"),
    );
    let blocks = blocks(&text);
    let mut count = 0;
    for (at, block) in blocks.iter().enumerate() {
        let is_elsewhere = |line: &str| ELSEWHERE.iter().any(|word| line.contains(word));
        if block.language != "sh" || block.text.lines().any(is_elsewhere) {
            continue;
        }
        count += 1;
        let found = printed(block.text, directory.path());
        let shown = format!("{}: {}", page.display(), block.text);
        match blocks.get(at + 1).filter(|next| next.follows) {
            Some(next) if next.language == "json" => {
                assert_eq!(value(&found), value(next.text), "{shown}");
            }
            Some(next) if ["text", "mermaid"].contains(&next.language) => {
                let (found, expected) = (comparable(&found), comparable(next.text));
                assert!(
                    found == expected,
                    "{shown}{found}\n--- expected:\n{expected}"
                );
            }
            _ => {}
        }
    }
    count
}

#[test]
fn the_book_and_the_readme_do_what_they_say() {
    let pages = fs::read_dir(Path::new(ROOT).join("docs/src")).expect("the book");
    let mut pages: Vec<_> = pages.flatten().map(|page| page.path()).collect();
    pages.push(Path::new(ROOT).join("README.md"));
    pages.sort();
    let count: usize = pages.iter().map(|page| run(page)).sum();
    // Checks that blocks are found at all.
    assert!(count >= 40, "{count} blocks of commands");
}
