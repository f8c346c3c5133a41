//! Entries of directories: what has a name, and names that lead nowhere else.

use std::{
    collections::HashSet,
    fs::{self, File, Metadata},
    io,
    path::{Component, Path, PathBuf},
};

/// Which file a path leads to, by whatever name or link.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    #[cfg(unix)]
    device_and_number: (u64, u64),
    #[cfg(not(unix))]
    path: PathBuf,
}

impl FileId {
    /// None when there is no file.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok().filter(|it| it.is_file())?;
        Self::found(path, &found)
    }

    /// That of the file or the link with this very name; none when there is none.
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

/// The first of these names in the directory that leads to one of the files.
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

/// What there is at a path, itself and not what it leads to.
pub(crate) fn metadata(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Brings the names in a directory to the disk.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory).and_then(|directory| directory.sync_all())
}

/// Whether this is the name of a file in a directory and nothing more: it has no separators of
/// any system and leads nowhere else.
pub(crate) fn is_plain_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    let is_one = matches!(
        (components.next(), components.next()),
        (Some(Component::Normal(part)), None) if part == name
    );
    is_one && !name.contains(['/', '\\', ':', '\0'])
}

/// Whether a run to files gives a file this name: it is plain, and not hidden.
#[must_use]
pub fn is_output_name(name: &str) -> bool {
    is_plain_name(name) && !name.starts_with('.') && !name.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::is_plain_name;

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
}
