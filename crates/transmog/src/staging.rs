//! All files of a run or none: they are written in a folder inside the output
//! directory and renamed into place when all of them are whole.
//!
//! A commit is written down before its first rename. A run that is killed in
//! the middle of the renames is completed by the next run in the directory; a
//! rename that fails takes back those before it.

use crate::{
    error::{Category, Error, Result},
    output::IfExists,
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Prefix of the folder that holds the files of a run until they are whole.
const TEMPORARY_PREFIX: &str = ".transmog-";
/// The file in it that says what a commit renames.
const JOURNAL: &str = "commit.json";

/// The files of a run in progress. Dropped without a commit, they are gone.
#[derive(Debug)]
pub(crate) struct Staging {
    target: PathBuf,
    /// Gone with the drop; none once that has happened.
    folder: Option<TempDir>,
    /// Directories that this run made for the output, deepest first.
    made: Vec<PathBuf>,
    /// Keeps other runs out of the directory.
    _lock: File,
}

/// What a commit does, in order.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Journal {
    /// File in the folder, and its name in the output directory.
    renames: Vec<(PathBuf, String)>,
    /// Files of an earlier run in the output directory that are out of date.
    removes: Vec<String>,
}

impl Staging {
    /// Makes the folder for the files in progress inside `target`, which is
    /// made too, and clears up after runs that were killed there.
    pub(crate) fn new(target: &Path) -> Result<Self> {
        let made = make_directory(target)?;
        let doing = format!("cannot write to the output directory {}", target.display());
        let lock = File::open(target).map_err(|e| Error::io(&doing, e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::new(
                    Category::Write,
                    format!(
                        "another run is writing to {}; wait for it to end, or choose another \
                         output directory",
                        target.display()
                    ),
                ));
            }
            // A file system without locks: two runs at once are not noticed.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(Error::io(&doing, error)),
        }
        clear_up(target)?;
        let folder = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .tempdir_in(target)
            .map_err(|e| Error::io(&doing, e))?;
        Ok(Self {
            target: target.to_owned(),
            folder: Some(folder),
            made,
            _lock: lock,
        })
    }

    /// Path for a file in progress.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        let folder = self
            .folder
            .as_ref()
            .expect("the folder is there until the drop");
        folder.path().join(name)
    }

    /// Name of the file of a table, whole when its sink has finished.
    pub(crate) fn table_file_name(at: usize) -> String {
        format!("{at}.part")
    }

    /// An error when a file of this name is in the way.
    pub(crate) fn check(&self, name: &str, if_exists: IfExists) -> Result<()> {
        check_target(&self.target, name, if_exists).map(drop)
    }

    /// Renames the files, which are durable already, into place under the names
    /// given, and removes those of `outdated` that are there.
    pub(crate) fn commit(
        &self,
        files: Vec<(PathBuf, String)>,
        outdated: Vec<String>,
        if_exists: IfExists,
    ) -> Result<()> {
        for (_, name) in &files {
            self.check(name, if_exists)?;
        }
        let mut journal = Journal {
            renames: Vec::new(),
            removes: outdated,
        };
        for (from, name) in files {
            let from = from.file_name().map(PathBuf::from).unwrap_or_default();
            journal.renames.push((from, name));
        }
        tracing::info!(
            files = journal.renames.len(),
            directory = %self.target.display(),
            "the files are whole and get their names"
        );
        let folder = self.path("");
        journal
            .write(&folder)
            .map_err(|e| Error::io(format!("cannot write to {}", folder.display()), e))?;
        if let Err(error) = journal.apply_or_take_back(&folder, &self.target) {
            // The files stay as they were; nothing is to be completed.
            let _ = fs::remove_file(folder.join(JOURNAL));
            return Err(error);
        }
        sync_directory(&self.target)
            .map_err(|e| Error::io(format!("cannot sync {}", self.target.display()), e))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed is in nobody's way; the next run tries again.
        drop(self.folder.take());
        for directory in &self.made {
            // Only a directory that is empty goes.
            let _ = fs::remove_dir(directory);
        }
    }
}

impl Journal {
    /// Writes it down, durable, in one step.
    fn write(&self, folder: &Path) -> io::Result<()> {
        let part = folder.join("commit.part");
        let mut file = File::create(&part)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        fs::rename(part, folder.join(JOURNAL))?;
        sync_directory(folder)
    }

    /// Does everything, or nothing and gives the error.
    fn apply_or_take_back(&self, folder: &Path, target: &Path) -> Result<()> {
        let backup = |at: usize| folder.join(format!("{at}.before"));
        let mut done = Vec::new();
        for (at, (from, name)) in self.renames.iter().enumerate() {
            let to = target.join(name);
            let had_before = fs::hard_link(&to, backup(at)).is_ok();
            if let Err(error) = fs::rename(folder.join(from), &to) {
                for (at, to, had_before) in done.into_iter().rev() {
                    let _: io::Result<()> = match had_before {
                        true => fs::rename(backup(at), to),
                        false => fs::remove_file(to),
                    };
                }
                let doing = format!("cannot rename a file to {}", to.display());
                return Err(Error::io(doing, error));
            }
            done.push((at, to, had_before));
        }
        self.remove_outdated(target);
        Ok(())
    }

    /// Does what is left to do after a kill.
    fn complete(&self, folder: &Path, target: &Path) -> io::Result<()> {
        for (from, name) in &self.renames {
            let from = folder.join(from);
            if from.exists() {
                fs::rename(from, target.join(name))?;
            }
        }
        self.remove_outdated(target);
        sync_directory(target)
    }

    fn remove_outdated(&self, target: &Path) {
        for name in &self.removes {
            // It need not be there.
            let _ = fs::remove_file(target.join(name));
        }
    }
}

/// Whether a file of this name is there already; an error when it is in the way.
pub(crate) fn check_target(directory: &Path, name: &str, if_exists: IfExists) -> Result<bool> {
    let to = directory.join(name);
    let found = fs::symlink_metadata(&to);
    if found.as_ref().is_ok_and(fs::Metadata::is_dir) {
        let message = format!(
            "{} is a directory where a file of the output is to be; move it, or choose \
             another output directory",
            to.display()
        );
        return Err(Error::new(Category::Write, message));
    }
    if found.is_ok() && if_exists == IfExists::Error {
        let message = format!(
            "{} exists; choose another output directory, or overwrite",
            to.display()
        );
        return Err(Error::new(Category::Write, message));
    }
    Ok(found.is_ok())
}

/// An error when there is something else where the directory, or one above it, is to be.
pub(crate) fn check_directory(target: &Path) -> Result<()> {
    let found = target.ancestors().find_map(|path| fs::metadata(path).ok());
    if found.is_some_and(|found| !found.is_dir()) {
        let doing = format!("cannot make the output directory {}", target.display());
        return Err(Error::io(doing, io::ErrorKind::NotADirectory.into()));
    }
    Ok(())
}

/// Makes the directory and those above it; gives the ones it made, deepest first.
fn make_directory(target: &Path) -> Result<Vec<PathBuf>> {
    let missing = target.ancestors().take_while(|directory| {
        !directory.as_os_str().is_empty() && fs::symlink_metadata(directory).is_err()
    });
    let made: Vec<_> = missing.map(Path::to_owned).collect();
    fs::create_dir_all(target).map_err(|e| {
        let target = target.display();
        Error::io(format!("cannot make the output directory {target}"), e)
    })?;
    Ok(made)
}

/// Completes the commits and removes the folders of runs that were killed. The
/// directory is locked: none of them is still running.
fn clear_up(target: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(target) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let is_ours = (entry.file_name().to_string_lossy()).starts_with(TEMPORARY_PREFIX)
            && entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_ours {
            continue;
        }
        let folder = entry.path();
        if let Ok(journal) = fs::read(folder.join(JOURNAL)) {
            let journal: Result<Journal, _> = serde_json::from_slice(&journal);
            let completed = journal
                .map_err(io::Error::from)
                .and_then(|journal| journal.complete(&folder, target));
            completed.map_err(|e| {
                let folder = folder.display();
                Error::io(
                    format!("cannot complete what an earlier run left in {folder}"),
                    e,
                )
            })?;
        }
        // What cannot be removed is in nobody's way.
        let _ = fs::remove_dir_all(folder);
    }
    Ok(())
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory).and_then(|directory| directory.sync_all())
}
