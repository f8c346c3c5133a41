//! The files of the earlier run in a directory, from its manifest.

use super::{
    entries::{FileId, is_inside, metadata},
    manifest::{MANIFEST, Manifest, ManifestFile},
};
use crate::{
    error::{Category, Error, Result},
    limits::Limits,
    summary::Summary,
};
use std::{
    collections::{HashMap, HashSet},
    fs::Metadata,
    io,
    path::Path,
};

/// The names of companion files.
#[derive(Debug, Default)]
pub(crate) struct CompanionNames {
    /// Fixed names. Such files replace only files of an earlier run.
    pub(crate) own: Vec<String>,
    /// Names that the caller chose.
    pub(crate) named: Vec<String>,
}

/// The files of the last run in a directory.
#[derive(Debug, Default)]
pub(crate) struct Previous {
    files: Vec<ManifestFile>,
    /// Whether they belong to another user, so that nothing is removed.
    is_foreign: bool,
}

/// What happens to existing files when a run writes its own.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Unchanged files that only the earlier run had: removed.
    pub(crate) removed: Vec<ManifestFile>,
    /// Files that only the earlier run had, but that were changed or belong to another user: kept.
    pub(crate) kept: Vec<String>,
    /// Files that the earlier run had not written: replaced.
    pub(crate) replaced: Vec<String>,
}

impl Changes {
    /// Adds them to the summary.
    pub(crate) fn report(self, summary: &mut Summary) {
        let removed = self.removed.into_iter().map(|file| file.file);
        summary.removed = removed.collect();
        summary.kept = self.kept;
        summary.replaced = self.replaced;
    }
}

impl Previous {
    /// Reads the manifest in the directory. One that is not valid, or too long for the memory
    /// limit, counts as empty, with a warning.
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
        match Manifest::from_file(&path, Limits::of(memory_limit).manifest as u64) {
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
                        "this manifest cannot be used, so the files of the earlier run stay; \
                         remove those you do not need"
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

    /// What happens to existing files when a run writes files with these names. A file of the
    /// earlier run that this one does not replace is removed if its bytes have not changed.
    pub(crate) fn changes(
        &self,
        directory: &Path,
        names: &[&str],
        companions: &CompanionNames,
    ) -> Result<Changes> {
        let is_replaced = replaced(directory, names);
        let mut changes = Changes {
            replaced: self.strangers(directory, names, companions)?,
            ..Changes::default()
        };
        for file in self.files.iter().filter(|file| !is_replaced(&file.file)) {
            let path = directory.join(&file.file);
            let failed = |e| Error::io(format!("cannot access {}", path.display()), e);
            if !is_inside(directory, &file.file).map_err(failed)? {
                continue;
            }
            let found = metadata(&path).map_err(failed)?;
            if found.is_none_or(|found| found.is_dir()) {
                continue;
            }
            let reason = if self.is_foreign {
                "another user's run wrote it"
            } else if file.is_at(directory)? {
                changes.removed.push(file.clone());
                continue;
            } else {
                "it was changed since the earlier run"
            };
            tracing::warn!(
                file = %path.display(),
                reason,
                "a file of an earlier run that this run does not write stays; remove it if you do \
                 not need it"
            );
            changes.kept.push(file.file.clone());
        }
        Ok(changes)
    }

    /// Those of the names that exist as files the earlier run did not write. Tables are compared by
    /// name, files that the caller named by their bytes.
    fn strangers(
        &self,
        directory: &Path,
        names: &[&str],
        companions: &CompanionNames,
    ) -> Result<Vec<String>> {
        let own: HashSet<&str> = self.names().collect();
        let mut strangers = Vec::new();
        for name in names {
            let is_known = match companions.named.iter().any(|named| named == name) {
                true => self.wrote(directory, name)?,
                false => own.contains(name) && !self.is_foreign,
            };
            if !is_known && is_there(&directory.join(name)) {
                strangers.push((*name).to_owned());
            }
        }
        Ok(strangers)
    }

    /// An error if a companion file with a fixed name would replace a file that the earlier run did
    /// not write.
    pub(crate) fn check(&self, directory: &Path, companions: &CompanionNames) -> Result<()> {
        for name in &companions.own {
            let path = directory.join(name);
            if is_there(&path) && !self.wrote(directory, name)? {
                let message = format!(
                    "{} exists, but no earlier run of this user wrote it, or it was changed \
                     since; move it away, or choose another output directory",
                    path.display()
                );
                return Err(Error::new(Category::Write, message));
            }
        }
        Ok(())
    }

    /// Whether the earlier run wrote the file with this name, and its bytes have not changed.
    fn wrote(&self, directory: &Path, name: &str) -> Result<bool> {
        let file = self.files.iter().find(|file| file.file == name);
        file.filter(|_| !self.is_foreign)
            .map_or(Ok(false), |file| file.is_at(directory))
    }

    /// Whether one of its files has one of these names.
    pub(crate) fn is_touched(&self, directory: &Path, names: &[&str]) -> bool {
        self.names().any(replaced(directory, names))
    }
}

/// Whether something has this name; false if it cannot be accessed.
fn is_there(path: &Path) -> bool {
    metadata(path).is_ok_and(|found| found.is_some())
}

/// Returns whether a file with one of these names replaces a given file: it has the same name, or,
/// if the file system ignores case, a name that differs only by case.
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
