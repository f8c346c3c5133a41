//! What the run before left in a directory, as far as its manifest is believed.

use crate::{
    error::{Error, Result},
    input::FileId,
    journal::metadata,
    manifest::{MANIFEST, Manifest, ManifestFile},
};
use std::{
    collections::{HashMap, HashSet},
    fs::Metadata,
    io,
    path::Path,
};

/// Of the memory of a run, the part that the manifest of the one before may take as text. What is
/// kept of it is larger, a few times.
const MANIFEST_SHARE: usize = 8;
/// A manifest of this many bytes is always read.
const MIN_MANIFEST_BYTES: usize = 1 << 20;

/// The files of the run that wrote to a directory last.
#[derive(Debug, Default)]
pub(crate) struct Previous {
    files: Vec<ManifestFile>,
    /// Whether they are another user's, so that nothing is removed.
    is_foreign: bool,
}

/// What becomes of the files that only the run before had.
#[derive(Debug, Default)]
pub(crate) struct Outdated {
    /// They are what that run wrote, and go.
    pub(crate) removed: Vec<ManifestFile>,
    /// They are not, or not this user's, and stay.
    pub(crate) kept: Vec<String>,
}

impl Previous {
    /// Reads the manifest in the directory. One that is none, or that is too long for the memory
    /// of the run, names no files, and that is said.
    pub(crate) fn read(
        directory: &Path,
        memory_limit: usize,
        is_own: impl Fn(&Metadata) -> bool,
    ) -> Result<Self> {
        let path = directory.join(MANIFEST);
        let failed = |error| Error::io(format!("cannot read {}", path.display()), error);
        let Some(found) = metadata(&path).map_err(failed)? else {
            return Ok(Self::default());
        };
        let is_foreign = !is_own(&found);
        let at_most = (memory_limit / MANIFEST_SHARE).max(MIN_MANIFEST_BYTES);
        match Manifest::from_file(&path, at_most as u64) {
            Ok(None) => Ok(Self::default()),
            Ok(Some(manifest)) => Ok(Self {
                files: manifest.into_files(),
                is_foreign,
            }),
            Err(error) => match error.kind() {
                io::ErrorKind::InvalidData => {
                    tracing::warn!(
                        file = %path.display(),
                        %error,
                        "the files of an earlier run are not known and stay; remove those that \
                         are not wanted"
                    );
                    Ok(Self::default())
                }
                io::ErrorKind::PermissionDenied if is_foreign => Ok(Self::default()),
                _ => Err(failed(error)),
            },
        }
    }

    /// The names of its files.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.file.as_str())
    }

    /// What becomes of its files when a run writes those of these names: one that the run does not
    /// replace goes when it still is what the run before wrote, to the byte.
    pub(crate) fn outdated(&self, directory: &Path, names: &[&str]) -> Result<Outdated> {
        let is_replaced = replaced(directory, names);
        let mut outdated = Outdated::default();
        for file in self.files.iter().filter(|file| !is_replaced(&file.file)) {
            let path = directory.join(&file.file);
            let found = metadata(&path)
                .map_err(|e| Error::io(format!("cannot look at {}", path.display()), e))?;
            if found.is_none_or(|found| found.is_dir()) {
                continue;
            }
            let reason = if self.is_foreign {
                "another user's run wrote it"
            } else if file.is_at(directory)? {
                outdated.removed.push(file.clone());
                continue;
            } else {
                "it is not what the earlier run wrote"
            };
            tracing::warn!(
                file = %path.display(),
                reason,
                "a file of an earlier run, which this run has not, stays; remove it if it is not wanted"
            );
            outdated.kept.push(file.file.clone());
        }
        Ok(outdated)
    }

    /// Whether one of its files has one of these names.
    pub(crate) fn is_touched(&self, directory: &Path, names: &[&str]) -> bool {
        self.names().any(replaced(directory, names))
    }
}

/// Whether a file of these names would take the place of one: it has the very name, or one that
/// differs by case and leads to the same file, as where the file system ignores case.
fn replaced<'n>(directory: &Path, names: &[&'n str]) -> impl Fn(&str) -> bool {
    let exact: HashSet<&str> = names.iter().copied().collect();
    let mut by_lower: HashMap<String, Vec<&'n str>> = HashMap::new();
    for name in names {
        by_lower.entry(name.to_lowercase()).or_default().push(name);
    }
    let directory = directory.to_owned();
    move |name| {
        let is_same = |other: &&str| {
            let file = FileId::of_entry(&directory.join(name));
            file.is_some() && file == FileId::of_entry(&directory.join(other))
        };
        let alike = by_lower.get(&name.to_lowercase());
        exact.contains(name) || alike.is_some_and(|alike| alike.iter().any(is_same))
    }
}
