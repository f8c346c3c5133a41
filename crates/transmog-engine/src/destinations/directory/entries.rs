//! Directory entries, and names that cannot lead outside a directory.

use std::{
    collections::HashSet,
    fs::{self, File, Metadata},
    io,
    path::{Component, Path, PathBuf},
};

/// The identity of the file that a path leads to, under any name or link.
///
/// # Examples
/// ```
/// use transmog_engine::FileId;
/// # let path = tempfile::tempdir().expect("a temporary directory");
/// # let path = path.path();
/// std::fs::write(path.join("a"), "")?;
/// assert!(FileId::of(&path.join("a")).is_some());
/// assert_eq!(FileId::of(&path.join("a")), FileId::of(&path.join(".").join("a")));
/// assert_eq!(FileId::of(&path.join("b")), None);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    #[cfg(unix)]
    device_and_number: (u64, u64),
    #[cfg(not(unix))]
    path: PathBuf,
}

impl FileId {
    /// `None` if there is no file.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok().filter(|it| it.is_file())?;
        Self::found(path, &found)
    }

    /// The identity of the file or link with this name; `None` if there is none.
    pub(crate) fn of_entry(path: &Path) -> Option<Self> {
        let found = fs::symlink_metadata(path).ok()?;
        Self::found(path, &found)
    }

    #[cfg(unix)]
    fn found(_: &Path, found: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let device_and_number = (found.dev(), found.ino());
        Some(Self { device_and_number })
    }

    #[cfg(not(unix))]
    fn found(path: &Path, _: &Metadata) -> Option<Self> {
        let path = path.canonicalize().ok()?;
        Some(Self { path })
    }
}

/// The files that these paths lead to.
pub(crate) fn file_ids(paths: &[PathBuf]) -> HashSet<FileId> {
    paths.iter().filter_map(|path| FileId::of(path)).collect()
}

/// The path of the first of these names in the directory that leads to one of the files.
pub(crate) fn leads_to<'n>(
    directory: &Path,
    files: &HashSet<FileId>,
    names: impl Iterator<Item = &'n str>,
) -> Option<PathBuf> {
    let is_one = |path: &PathBuf| FileId::of(path).is_some_and(|file| files.contains(&file));
    match files.is_empty() {
        true => None,
        false => names.map(|name| directory.join(name)).find(is_one),
    }
}

/// The metadata at a path, not following links.
pub(crate) fn metadata(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Syncs a directory to the disk.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory).and_then(|directory| directory.sync_all())
}

/// Whether this is only a file name: it has no separators of any system and cannot lead elsewhere.
pub(crate) fn is_plain_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    let is_one = matches!(
        (components.next(), components.next()),
        (Some(Component::Normal(part)), None) if part == name
    );
    is_one && !name.contains(['/', '\\', ':', '\0'])
}

/// Whether a run may give an output file this name: it is plain and not hidden.
pub(crate) fn is_output_name(name: &str) -> bool {
    is_plain_name(name) && !name.starts_with('.') && !name.contains(char::is_control)
}

/// Whether a run may give an output file this place in its directory: a name, or a name in the directory
/// of a table.
pub(crate) fn is_output_place(place: &str) -> bool {
    match place.split_once('/') {
        Some((directory, name)) => is_output_name(directory) && is_output_name(name),
        None => is_output_name(place),
    }
}

/// The directory of a table that this place is in, if it is in one.
pub(crate) fn table_directory(place: &str) -> Option<&str> {
    place.split_once('/').map(|(directory, _)| directory)
}

/// Whether a place is where it says: not in a directory to which only a link leads.
pub(crate) fn is_inside(target: &Path, place: &str) -> io::Result<bool> {
    let Some(directory) = table_directory(place) else {
        return Ok(true);
    };
    let found = metadata(&target.join(directory))?;
    Ok(found.is_none_or(|found| found.is_dir()))
}

#[cfg(test)]
mod tests {
    use super::{is_output_place, is_plain_name};

    #[test]
    fn names_that_lead_elsewhere_are_not_plain() {
        for name in ["a", "data.csv", "..a", "a b", "é"] {
            assert!(is_plain_name(name), "{name}");
        }
        for name in [
            "", ".", "..", "/", "/a", "a/", "a/b", "../a", "./a", "a\\b", "C:a", "a\0",
        ] {
            assert!(!is_plain_name(name), "{name}");
        }
    }

    #[test]
    fn places_are_at_most_one_directory_deep() {
        for place in ["a.csv", "a/part-00000-x.csv", "é/b"] {
            assert!(is_output_place(place), "{place}");
        }
        for place in [
            "", "/a", "a/", "a/b/c", "../a", "a/..", ".a/b", "a/.b", "a\\b/c",
        ] {
            assert!(!is_output_place(place), "{place}");
        }
    }
}
