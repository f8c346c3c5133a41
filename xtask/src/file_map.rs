//! Checks that ARCHITECTURE.md names every file of every crate in the section of its crate, and no
//! file that does not exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const DOCUMENT: &str = "ARCHITECTURE.md";
/// Files that every crate has.
const ROOTS: [&str; 2] = ["lib.rs", "main.rs"];

/// The errors of the map, one line each.
pub(crate) fn faults() -> Result<Vec<String>, String> {
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let document = Path::new(DOCUMENT);
    let text = fs::read_to_string(document).map_err(|e| failed(document, e))?;
    let crates = Path::new("crates");
    let mut faults = Vec::new();
    for entry in fs::read_dir(crates).map_err(|e| failed(crates, e))? {
        let path = entry.map_err(|e| failed(crates, e))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut files = BTreeSet::new();
        let sources = path.join("src");
        read(&sources, &sources, &mut files).map_err(|e| failed(&sources, e))?;
        faults.extend(compare(&name, &files, &text));
    }
    Ok(faults)
}

/// The files of a directory and its subdirectories, as paths relative to `sources`.
fn read(sources: &Path, directory: &Path, files: &mut BTreeSet<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path: PathBuf = entry?.path();
        if path.is_dir() {
            read(sources, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let path = path.strip_prefix(sources).unwrap_or(&path);
            files.insert(path.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

/// Missing and wrong files in the sections of a crate.
fn compare(name: &str, files: &BTreeSet<String>, text: &str) -> Vec<String> {
    let headings = [
        format!("`crates/{name}`"),
        format!("`{name}`"),
        suffix(name),
    ];
    let sections = text.split("\n### ").skip(1).filter(|section| {
        let heading = section.lines().next().unwrap_or_default();
        headings.iter().any(|name| heading.contains(name))
    });
    let (mut named, mut is_shared) = (BTreeSet::new(), false);
    for section in sections {
        let heading = section.lines().next().unwrap_or_default();
        is_shared |= heading.matches('`').count() > 2;
        let end = section.find("\n## ").unwrap_or(section.len());
        let words = section[..end].split('`');
        named.extend(words.filter(|word| word.ends_with(".rs")));
    }
    let is_named = |file: &&String| {
        let base = file.rsplit('/').next().unwrap_or(file);
        named.contains(file.as_str()) || named.contains(base) || ROOTS.contains(&file.as_str())
    };
    let missing = files.iter().filter(|file| !is_named(file));
    let mut faults: Vec<_> = missing
        .map(|file| format!("{DOCUMENT} does not say what `{file}` of `{name}` is"))
        .collect();
    // In a section of several crates, not every crate has every file.
    if !is_shared {
        let is_there = |word: &&str| {
            let ends_so = |file: &String| file == word || file.ends_with(&format!("/{word}"));
            files.iter().any(ends_so)
        };
        let gone = named.iter().filter(|word| !is_there(word));
        faults.extend(gone.map(|word| format!("{DOCUMENT}: `{name}` has no `{word}`")));
    }
    faults
}

/// The short form of a crate in a heading of several crates: `-csv`.
fn suffix(name: &str) -> String {
    match name.rsplit_once('-') {
        Some((_, last)) => format!("`-{last}`"),
        None => format!("`{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(files: &[&str], text: &str) -> Vec<String> {
        let files = files.iter().map(|file| (*file).to_owned()).collect();
        compare("transmog-reader", &files, text)
    }

    #[test]
    fn files_that_are_missing_or_gone_are_found() {
        let text = "# A\n\n### `crates/transmog-reader`: bytes\n`a.rs`, `c.rs`\n\n## B\n`b.rs`\n";
        let found = faults_of(&["lib.rs", "a.rs", "json/b.rs"], text);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("json/b.rs") && found[1].contains("`c.rs`"));
        assert_eq!(faults_of(&["a.rs", "json/c.rs"], text), [] as [&str; 0]);
        assert_eq!(
            faults_of(&["x.rs"], "### `crates/transmog`\n`x.rs`\n").len(),
            1
        );
    }

    #[test]
    fn a_section_may_be_about_several_crates() {
        let text = "#\n### Two: `transmog-csv`, `-reader`\n`a.rs`, `of_csv.rs`\n";
        assert_eq!(faults_of(&["a.rs"], text), [] as [&str; 0]);
    }
}
