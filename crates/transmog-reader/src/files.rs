//! The files in a directory or of a glob: all of them, or an error.

use crate::{
    error::Error,
    source::{Source, dialect_extension},
};
use glob::Pattern;
use std::{
    ffi::{OsStr, OsString},
    fs, io,
    path::{Component, Path, PathBuf},
};

/// Extensions that a directory is searched for.
const EXTENSIONS: [&str; 5] = ["json", "jsonl", "ndjson", "json5", "hjson"];
/// How similar a name must be to be suggested, from 0 to 1.
const SIMILARITY: f64 = 0.85;
/// At most this many entries of a directory are compared.
const MAX_ENTRIES: usize = 10_000;
/// Characters that make a name a pattern.
const WILD: [char; 3] = ['*', '?', '['];

/// The sources that a word of the command line names: `-` for standard input, a file, a directory
/// (its files with the extensions of JSON, sorted by path) or a glob (its matches, sorted by path).
///
/// # Errors
/// When there is no such file, the directory holds no such file, or nothing matches. Also when a
/// directory on the way or one of the files cannot be looked at: fewer files would be read than
/// there are.
///
/// # Examples
/// ```no_run
/// for source in transmog_reader::expand("exports/**/*.jsonl.gz")? {
///     println!("{source:?}");
/// }
/// # Ok::<(), transmog_reader::Error>(())
/// ```
pub fn expand(pattern: impl AsRef<Path>) -> Result<Vec<Source>, Error> {
    let path = pattern.as_ref();
    let shown = path.display();
    if path == Path::new("-") {
        return Ok(vec![Source::stdin()]);
    }
    let found = fs::metadata(path);
    if found.as_ref().is_ok_and(fs::Metadata::is_dir) {
        let entries = entries(path)?.into_iter();
        let meant = entries.map(|name| path.join(name)).filter(|p| is_json(p));
        let files = only_files(meant)?;
        if files.is_empty() {
            return Err(Error::not_found(format!(
                "{shown}: the directory holds no .json, .jsonl, .ndjson, .json5 or .hjson file"
            )));
        }
        return Ok(files.into_iter().map(Source::path).collect());
    }
    let error = match found {
        Ok(_) => return Ok(vec![Source::path(path.to_owned())]),
        Err(error) => error,
    };
    if is_glob(path) {
        let files = only_files(matches(path)?)?;
        if files.is_empty() {
            return Err(Error::not_found(format!("{shown}: no file matches")));
        }
        return Ok(files.into_iter().map(Source::path).collect());
    }
    if error.kind() != io::ErrorKind::NotFound {
        return Err(unreadable(path, error));
    }
    if fs::symlink_metadata(path).is_ok() {
        let message = format!("{shown}: the link leads to a file that is not there");
        return Err(Error::not_found(message));
    }
    let hint = similar_beside(path).map_or_else(String::new, |name| {
        format!("; did you mean {:?}?", path.with_file_name(name))
    });
    let message = format!("{shown}: there is no such file{hint}");
    Err(Error::not_found(message))
}

/// Whether the path contains a pattern.
fn is_glob(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains(WILD))
}

/// The error of a path that cannot be read.
#[cold]
fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::io(format!("cannot read {}", path.display()), error)
}

/// The names in a directory.
fn entries(directory: &Path) -> Result<Vec<OsString>, Error> {
    let names = fs::read_dir(directory).and_then(|entries| {
        let names = entries.map(|entry| entry.map(|entry| entry.file_name()));
        names.collect::<io::Result<Vec<_>>>()
    });
    names.map_err(|error| unreadable(directory, error))
}

/// The paths that are files, sorted. Directories are left out. Anything else, and a path that
/// cannot be looked at, is an error.
fn only_files(paths: impl IntoIterator<Item = PathBuf>) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        match fs::metadata(&path) {
            Ok(found) if found.is_file() => files.push(path),
            Ok(found) if found.is_dir() => {}
            Ok(_) => {
                let shown = path.display();
                return Err(Error::unusable(format!(
                    "{shown} is neither a file nor a directory; name it by itself to read it, \
                     or move it away"
                )));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let shown = path.display();
                return Err(Error::not_found(format!(
                    "{shown}: the link leads to a file that is not there; remove it, or name \
                     the files to read"
                )));
            }
            Err(error) => return Err(unreadable(&path, error)),
        }
    }
    files.sort();
    // One path matches `**/**` in more than one way.
    files.dedup();
    Ok(files)
}

/// The paths that match a glob: `*`, `?` and `[…]` within a name, and `**` for
/// directories at any depth.
fn matches(glob: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = vec![PathBuf::new()];
    let mut parts = glob.components().peekable();
    while let Some(part) = parts.next() {
        found = match part {
            Component::Normal(name) if name == "**" => below(found, parts.peek().is_none())?,
            Component::Normal(name) if is_glob(Path::new(name)) => {
                let pattern = Pattern::new(&name.to_string_lossy()).map_err(|error| {
                    Error::unusable(format!("{} is not a glob: {error}", glob.display()))
                })?;
                matching(found, &pattern)?
            }
            part => named(found, part.as_os_str())?,
        };
    }
    Ok(found)
}

/// The entries of the directories with this name.
fn named(directories: Vec<PathBuf>, name: &OsStr) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for path in directories {
        let path = path.join(name);
        match fs::symlink_metadata(&path) {
            Ok(_) => found.push(path),
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(unreadable(&path, error)),
        }
    }
    Ok(found)
}

/// The entries of the directories whose name matches.
fn matching(directories: Vec<PathBuf>, pattern: &Pattern) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for path in directories {
        if !is_directory(&path)? {
            continue;
        }
        let names = entries(here(&path))?.into_iter();
        let names = names.filter(|name| pattern.matches(&name.to_string_lossy()));
        found.extend(names.map(|name| path.join(name)));
    }
    Ok(found)
}

/// The directories and all directories below them, and their files if `with_files`. A link
/// to a directory above it is not followed.
fn below(directories: Vec<PathBuf>, with_files: bool) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let mut above: Vec<PathBuf> = Vec::new();
    let mut waiting: Vec<_> = directories.into_iter().map(|path| (path, 0)).collect();
    while let Some((path, depth)) = waiting.pop() {
        if is_directory(&path)? {
            let real = fs::canonicalize(here(&path)).map_err(|e| unreadable(&path, e))?;
            above.truncate(depth);
            if above.contains(&real) {
                continue;
            }
            above.push(real);
            let names = entries(here(&path))?.into_iter();
            waiting.extend(names.map(|name| (path.join(name), depth + 1)));
        } else if !with_files {
            continue;
        }
        found.push(path);
    }
    Ok(found)
}

/// Whether it is a directory or a link to one. A broken link is not.
fn is_directory(path: &Path) -> Result<bool, Error> {
    match fs::metadata(here(path)) {
        Ok(found) => Ok(found.is_dir()),
        Err(error) if is_absent(&error) => Ok(false),
        Err(error) => Err(unreadable(path, error)),
    }
}

/// The path, or the current directory for none.
fn here(path: &Path) -> &Path {
    match path.as_os_str().is_empty() {
        true => Path::new("."),
        false => path,
    }
}

/// Whether the path does not exist.
fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
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

fn is_json(path: &Path) -> bool {
    EXTENSIONS.contains(&dialect_extension(&path.to_string_lossy()).as_str())
}
