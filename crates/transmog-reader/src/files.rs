//! The files that a path names: all of them, or an error, and what is left out.

use crate::{
    error::Error,
    pattern::{entries, is_dangling, is_glob, matches, unreadable},
    source::{Source, dialect_extension},
};
use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

/// Extensions that a directory is searched for.
const EXTENSIONS: [&str; 5] = ["json", "jsonl", "ndjson", "json5", "hjson"];
/// How similar a name must be to be suggested, from 0 to 1.
const SIMILARITY: f64 = 0.85;
/// At most this many entries of a directory are compared.
const MAX_ENTRIES: usize = 10_000;
/// At most this many of the entries that are left out are named.
const MAX_NAMES: usize = 20;
/// An error names this many of them.
const NAMED: usize = 3;

/// The names of temporary folders of runs begin with this. In a directory they are neither read nor
/// counted: the run that reads it may have its own there.
pub const TEMPORARY_PREFIX: &str = ".transmog-";

/// How deep a directory is searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Only the directory itself.
    #[default]
    Directory,
    /// The directory and all those below it.
    Tree,
}

/// What a path names.
#[derive(Debug, Default)]
pub struct Found {
    /// The inputs, sorted by path.
    pub sources: Vec<Source>,
    /// What the directory has besides.
    pub left_out: LeftOut,
}

/// The entries of directories that are not read: those without an extension of JSON, those whose
/// name begins with a dot, and directories that are not searched.
///
/// # Examples
/// ```
/// use transmog_reader::LeftOut;
///
/// let mut left_out = LeftOut::default();
/// left_out.add("exports/README.md");
/// left_out.add("exports/old/");
/// assert_eq!(left_out.count, 2);
/// assert_eq!(left_out.to_string(), "exports/README.md, exports/old/");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Their number. A directory that is not searched counts as one.
    pub count: u64,
    /// The paths of the first 20. That of a directory ends with `/`.
    pub names: Vec<String>,
}

impl LeftOut {
    /// Adds an entry.
    pub fn add(&mut self, name: impl Into<String>) {
        self.count += 1;
        if self.names.len() < MAX_NAMES {
            self.names.push(name.into());
        }
    }

    /// Adds the entries of another directory.
    pub fn append(&mut self, other: Self) {
        self.count += other.count;
        let room = MAX_NAMES.saturating_sub(self.names.len());
        self.names.extend(other.names.into_iter().take(room));
    }
}

/// The first few names.
impl std::fmt::Display for LeftOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named = &self.names[..self.names.len().min(NAMED)];
        f.write_str(&named.join(", "))?;
        match self.count > named.len() as u64 {
            true => f.write_str(", …"),
            false => Ok(()),
        }
    }
}

/// The sources that a word of the command line names: `-` for standard input, a file, a directory
/// (its files with the extensions of JSON, sorted by path) or a glob (its matches, sorted by path).
///
/// In a directory, entries whose name begins with a dot are left out. With [`Depth::Tree`] its
/// directories are searched, too, also through links, but each directory only once.
///
/// # Errors
/// When there is no such file, the directory holds no such file, or nothing matches. Also when a
/// directory on the way or one of the files cannot be looked at, or a link leads nowhere: fewer
/// files would be read than there are.
///
/// # Examples
/// ```no_run
/// use transmog_reader::{Depth, expand};
///
/// let found = expand("exports", Depth::Tree)?;
/// println!("{} files; not read: {}", found.sources.len(), found.left_out);
/// # Ok::<(), transmog_reader::Error>(())
/// ```
pub fn expand(pattern: impl AsRef<Path>, depth: Depth) -> Result<Found, Error> {
    let path = pattern.as_ref();
    if path == Path::new("-") {
        return Ok(Found::of(vec![Source::stdin()]));
    }
    let error = match fs::metadata(path) {
        Ok(found) if found.is_dir() => return search(path, depth),
        Ok(_) => return Ok(Found::of(vec![Source::path(path.to_owned())])),
        Err(error) => error,
    };
    if is_glob(path) {
        let files = only_files(matches(path)?)?;
        if files.is_empty() {
            return Err(Error::not_found(format!(
                "{}: no file matches",
                path.display()
            )));
        }
        return Ok(Found::of(files.into_iter().map(Source::path).collect()));
    }
    Err(missing(path, error))
}

impl Found {
    fn of(sources: Vec<Source>) -> Self {
        Self {
            sources,
            left_out: LeftOut::default(),
        }
    }
}

/// The error of a path that names nothing.
#[cold]
fn missing(path: &Path, error: io::Error) -> Error {
    if is_dangling(path) {
        let message = format!(
            "{}: the link leads to a file that is not there",
            path.display()
        );
        return Error::not_found(message);
    }
    if error.kind() != io::ErrorKind::NotFound {
        return unreadable(path, error);
    }
    let hint = similar_beside(path).map_or_else(String::new, |name| {
        format!("; did you mean {:?}?", path.with_file_name(name))
    });
    let message = format!("{}: there is no such file{hint}", path.display());
    Error::not_found(message)
}

/// What a directory is searched for.
enum Entry {
    Input,
    /// A directory to search.
    Directory,
    Other,
}

/// The files of a directory.
fn search(directory: &Path, depth: Depth) -> Result<Found, Error> {
    let mut found = Found::default();
    // A link may lead to a directory above it, or to one that another link leads to.
    let mut searched = HashSet::from([canonical(directory)?]);
    // The next one is last.
    let mut waiting = descending(directory)?;
    while let Some(path) = waiting.pop() {
        match entry(&path, depth)? {
            Entry::Input => found.sources.push(Source::path(path)),
            Entry::Directory if searched.insert(canonical(&path)?) => {
                waiting.extend(descending(&path)?);
            }
            Entry::Directory | Entry::Other if begins(&path, TEMPORARY_PREFIX) => {}
            Entry::Directory | Entry::Other => {
                let end = if path.is_dir() { "/" } else { "" };
                found.left_out.add(path.to_string_lossy() + end);
            }
        }
    }
    match found.sources.is_empty() {
        true => Err(holds_none(directory, depth, &found.left_out)),
        false => Ok(found),
    }
}

#[cold]
fn holds_none(directory: &Path, depth: Depth, left_out: &LeftOut) -> Error {
    let shown = directory.display();
    let besides = match left_out.count {
        0 => "it is empty".to_owned(),
        count => format!("{count} left out: {left_out}"),
    };
    let advice = match depth {
        Depth::Directory => "; `recursive` (--recursive) also searches the directories in it",
        Depth::Tree => "",
    };
    Error::not_found(format!(
        "{shown}: the directory holds no .json, .jsonl, .ndjson, .json5 or .hjson file \
         ({besides}){advice}"
    ))
}

/// What the path of an entry is. One with another name is not looked at unless it may be a
/// directory to search.
fn entry(path: &Path, depth: Depth) -> Result<Entry, Error> {
    let is_wanted = is_json(path);
    if begins(path, ".") || !is_wanted && depth == Depth::Directory {
        return Ok(Entry::Other);
    }
    let found = fs::metadata(path).map_err(|error| unreadable(path, error))?;
    match depth {
        Depth::Tree if found.is_dir() => Ok(Entry::Directory),
        _ if found.is_dir() || !is_wanted => Ok(Entry::Other),
        _ if found.is_file() => Ok(Entry::Input),
        _ => Err(special(path)),
    }
}

/// Whether the name begins with this.
fn begins(path: &Path, prefix: &str) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(prefix.as_bytes())
}

fn canonical(path: &Path) -> Result<PathBuf, Error> {
    fs::canonicalize(path).map_err(|error| unreadable(path, error))
}

/// The paths in a directory, the last one first.
fn descending(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let names = entries(directory)?.into_iter();
    let mut paths: Vec<_> = names.map(|name| directory.join(name)).collect();
    paths.sort_unstable_by(|a, b| b.cmp(a));
    Ok(paths)
}

/// The paths that are files, sorted. Directories are left out. Anything else, and a path that
/// cannot be looked at, is an error.
fn only_files(paths: impl IntoIterator<Item = PathBuf>) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        match fs::metadata(&path) {
            Ok(found) if found.is_file() => files.push(path),
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(special(&path)),
            Err(error) => return Err(unreadable(&path, error)),
        }
    }
    files.sort();
    // One path matches `**/**` in more than one way.
    files.dedup();
    Ok(files)
}

/// The error of a pipe, a socket or a device that nobody named.
#[cold]
fn special(path: &Path) -> Error {
    let shown = path.display();
    Error::unusable(format!(
        "{shown} is neither a file nor a directory; name it by itself to read it, or move it away"
    ))
}

fn is_json(path: &Path) -> bool {
    is_json_name(&path.to_string_lossy())
}

/// Whether a file with this name is read where a directory is searched: it has an extension of JSON,
/// before one of a compression or without one.
///
/// # Examples
/// ```
/// use transmog_reader::is_json_name;
/// assert!(is_json_name("orders.jsonl") && is_json_name("2026/Orders.JSON.gz"));
/// assert!(!is_json_name("orders.csv") && !is_json_name("orders"));
/// ```
#[must_use]
pub fn is_json_name(name: &str) -> bool {
    EXTENSIONS.contains(&dialect_extension(name).as_str())
}

/// The name beside `path` that is most similar to its own.
fn similar_beside(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names = entries.take(MAX_ENTRIES).flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    // A broken link has the very name.
    similar(wanted, names.filter(|name| name != wanted))
}

/// The most similar name, if one is similar enough.
pub(crate) fn similar(wanted: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let scored = names.map(|name| (strsim::jaro_winkler(wanted, &name), name));
    let alike = scored.filter(|(score, _)| *score >= SIMILARITY);
    // Of equally similar names the first: a directory has no order of its own.
    let best = alike.max_by(|(a, first), (b, second)| a.total_cmp(b).then(second.cmp(first)));
    best.map(|(_, name)| name)
}
