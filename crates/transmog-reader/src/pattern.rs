//! The paths that match a glob.

use crate::error::Error;
use glob::Pattern;
use std::{
    ffi::{OsStr, OsString},
    fs, io,
    path::{Component, Path, PathBuf},
};

/// Characters that make a name a pattern.
const WILD: [char; 3] = ['*', '?', '['];

/// Whether the path contains a pattern.
pub(crate) fn is_glob(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains(WILD))
}

/// The paths that match a glob: `*`, `?` and `[…]` within a name, and `**` for
/// directories at any depth.
pub(crate) fn matches(glob: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = vec![PathBuf::new()];
    let mut parts = glob.components().peekable();
    while let Some(part) = parts.next() {
        found = match part {
            Component::Normal(name) if name == "**" => below(found, parts.peek().is_none())?,
            Component::Normal(name) if is_glob(Path::new(name)) => {
                let pattern = Pattern::new(&name.to_string_lossy()).map_err(|error| {
                    Error::not_found(format!("{} is not a glob: {error}", glob.display()))
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

/// Whether it is a directory or a link to one. A link that leads nowhere may have been one.
fn is_directory(path: &Path) -> Result<bool, Error> {
    match fs::metadata(here(path)) {
        Ok(found) => Ok(found.is_dir()),
        Err(error) if is_absent(&error) && !is_dangling(path) => Ok(false),
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

/// The names in a directory.
pub(crate) fn entries(directory: &Path) -> Result<Vec<OsString>, Error> {
    let names = fs::read_dir(directory).and_then(|entries| {
        let names = entries.map(|entry| entry.map(|entry| entry.file_name()));
        names.collect::<io::Result<Vec<_>>>()
    });
    names.map_err(|error| unreadable(directory, error))
}

/// Whether the path is a link to a file that is not there.
pub(crate) fn is_dangling(path: &Path) -> bool {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    is_link && fs::metadata(path).is_err_and(|error| is_absent(&error))
}

/// The error of a path that cannot be read.
#[cold]
pub(crate) fn unreadable(path: &Path, error: io::Error) -> Error {
    let shown = path.display();
    match is_dangling(path) {
        true => Error::not_found(format!(
            "{shown}: the link leads to a file that is not there; remove it, or name the files to \
             read"
        )),
        false => Error::io(format!("cannot read {shown}"), error),
    }
}
