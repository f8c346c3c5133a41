//! All files of a run or none: they are written in a temporary folder inside the output directory,
//! and renamed into place when all are complete.

use super::{
    checksum::{CheckedFile, Complete},
    entries::{
        FileId, file_ids, is_inside, is_output_place, is_plain_name, leads_to, metadata,
        sync_directory, table_directory,
    },
    folder::{Folder, end_killed_runs, owner},
    journal::{BACK, FORWARD, Journal, Places, Step},
    manifest::MANIFEST,
    previous::{Changes, CompanionNames, Previous},
};
use crate::error::{Category, Error, Result, cannot_write};
use std::{
    collections::HashSet,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// What happens if a file of the run already exists.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use transmog_engine::{Category, Directory, IfExists, OutputFiles, TransmogConfig};
/// # let path = tempfile::tempdir().expect("a temporary directory");
/// # let path = path.path();
/// std::fs::write(path.join("data.csv"), "mine").expect("written");
/// let mut files = OutputFiles::new(Arc::new(transmog_csv::Format::default()));
/// files.if_exists = IfExists::Error;
/// let opened = Directory::open(path, files, &TransmogConfig::default(), &[]);
/// assert_eq!(opened.err().map(|error| error.category()), Some(Category::Write));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IfExists {
    /// It is replaced when the run succeeds.
    #[default]
    Overwrite,
    /// The run ends with an error and does not change it.
    Error,
}

transmog_events::names! {
    IfExists, "choice for existing files" {
        Overwrite = "overwrite",
        Error = "error",
    }
}

/// The files of a run in progress. They are removed when it is dropped without a commit.
#[derive(Debug)]
pub(crate) struct Staging {
    target: PathBuf,
    folder: Folder,
    made: MadeDirectories,
    /// The files of the last run in the directory.
    previous: Previous,
    /// The files that the run reads.
    inputs: HashSet<FileId>,
    companions: CompanionNames,
    /// Keeps other runs out of the directory.
    _lock: File,
}

impl Staging {
    /// Creates `target` and a folder in it for the files in progress, and completes or removes what
    /// killed runs left behind, unless that would change an input. The memory limit bounds what is
    /// read of the earlier manifest.
    pub(crate) fn new(target: &Path, memory_limit: usize, inputs: &[PathBuf]) -> Result<Self> {
        let made = MadeDirectories::make(target).map_err(|e| cannot_make(target, e))?;
        let lock = lock(target)?;
        let folder = Folder::create(target).map_err(|e| cannot_write(target, e))?;
        // No other run can replace them in this directory any more.
        let inputs = file_ids(inputs);
        end_killed_runs(&folder, target, &inputs)?;
        let own = fs::symlink_metadata(&folder.path).map_err(|e| cannot_write(target, e))?;
        let previous = Previous::read(target, memory_limit, |found| owner(found) == owner(&own))?;
        Ok(Self {
            target: target.to_owned(),
            folder,
            made,
            previous,
            inputs,
            companions: CompanionNames::default(),
            _lock: lock,
        })
    }

    /// Id of the run.
    pub(crate) fn run(&self) -> &str {
        &self.folder.run
    }

    /// Path for a file in progress.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path.join(name)
    }

    /// Writes a file that will get this name.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<Complete> {
        let file = format!("{name}.text");
        let path = self.path(&file);
        let write = || {
            let mut file = CheckedFile::create(&path)?;
            io::Write::write_all(&mut file, text.as_bytes())?;
            file.file().sync_all()?;
            Ok(file.written())
        };
        let written =
            write().map_err(|e| Error::io(format!("cannot write {}", path.display()), e))?;
        Ok(Complete {
            file,
            name: name.to_owned(),
            written,
        })
    }

    /// An error if a file with this name is in the way.
    pub(crate) fn check(&self, name: &str, if_exists: IfExists) -> Result<()> {
        check_target(&self.target, name, if_exists).map(drop)
    }

    /// Sets the names of the companion files. An error if an input has one of the `names` of the
    /// run's files, or is a file of the earlier run; also if a companion file would replace a file
    /// that no earlier run wrote.
    pub(crate) fn prepare(&mut self, names: &[String], companions: CompanionNames) -> Result<()> {
        self.companions = companions;
        let names = (names.iter().map(String::as_str)).chain(self.previous.names());
        spare_inputs(&self.target, &self.inputs, names)?;
        self.previous.check(&self.target, &self.companions)
    }

    /// Renames the complete files into place with their manifest, and removes files that only the
    /// earlier run had. Returns what happened to existing files. Without a manifest, other files
    /// stay; but if a file of an earlier run is replaced, that run is no longer complete, and its
    /// manifest is removed.
    pub(crate) fn commit(
        &mut self,
        files: Vec<Complete>,
        manifest: Option<String>,
        if_exists: IfExists,
    ) -> Result<Changes> {
        let is_set = manifest.is_some();
        let is_name = if is_set {
            is_output_place
        } else {
            is_plain_name
        };
        let mut taken = HashSet::new();
        for file in &files {
            let is_taken = file.name == MANIFEST || !taken.insert(file.name.to_lowercase());
            if is_taken || !is_name(&file.name) {
                let message = format!(
                    "{:?} cannot be the name of an output file: it is taken or not a plain name; \
                     choose another",
                    file.name
                );
                return Err(Error::config(message));
            }
            self.check(&file.name, if_exists)?;
        }
        let replaces = if is_set {
            if_exists
        } else {
            IfExists::Overwrite
        };
        self.check(MANIFEST, replaces)?;
        let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
        let is_touched = self.previous.is_touched(&self.target, &names);
        self.previous.check(&self.target, &self.companions)?;
        let changes = match is_set {
            true => (self.previous).changes(&self.target, &names, &self.companions)?,
            false => Changes::default(),
        };
        let gone = changes.removed.iter().map(|file| file.file.as_str());
        spare_inputs(&self.target, &self.inputs, names.into_iter().chain(gone))?;
        let manifest = manifest
            .map(|text| self.write(MANIFEST, &text))
            .transpose()?;
        tracing::info!(
            files = files.len(),
            removed = changes.removed.len(),
            directory = %self.target.display(),
            "the files are complete and are renamed into place"
        );
        let mut steps = Vec::new();
        if is_set || is_touched {
            steps.push(Step::of(MANIFEST));
        }
        steps.extend(changes.removed.iter().map(Step::removing));
        steps.extend(files.iter().map(|file| Step {
            new: Some(file.file.clone()),
            ..Step::of(&file.name)
        }));
        let last = manifest.map(|manifest| manifest.file);
        let emptied = changes.removed.iter();
        let emptied: HashSet<_> = emptied
            .filter_map(|file| table_directory(&file.file))
            .collect();
        self.rename(steps, last)?;
        for directory in emptied {
            // This removes only empty directories.
            let _ = fs::remove_dir(self.target.join(directory));
        }
        Ok(changes)
    }

    /// Keeps the files that the steps replace or remove, and does all steps or none. The manifest,
    /// if there is one, comes last.
    fn rename(&mut self, steps: Vec<Step>, manifest: Option<String>) -> Result<()> {
        let Self {
            folder,
            target,
            made,
            ..
        } = self;
        let failed = |doing: &str, error: io::Error| {
            Error::io(format!("cannot {doing} in {}", target.display()), error)
        };
        let journal = Journal::begin(&folder.run, target);
        let mut journal = journal.map_err(|e| failed("read the manifest", e))?;
        for (at, step) in steps.into_iter().enumerate() {
            let old = folder.keep(at, &target.join(&step.name), step.new.is_some());
            let old = old.map_err(|e| failed("keep the old files", e))?;
            if step.new.is_some() || old.is_some() {
                journal.steps.push(Step { old, ..step });
            }
        }
        journal.steps.extend(manifest.map(|manifest| Step {
            new: Some(manifest),
            // The first step keeps the old one.
            ..Step::of(MANIFEST)
        }));
        for step in journal.steps.iter().filter(|step| step.new.is_some()) {
            if let Some(directory) = table_directory(&step.name) {
                let of_table = made.add(target.join(directory));
                of_table.map_err(|e| failed("make the directory of a table", e))?;
            }
        }
        for directory in &made.0 {
            sync_parent(directory).map_err(|e| failed("sync the directory", e))?;
        }
        journal
            .write(&folder.path)
            .map_err(|e| failed("write", e))?;
        // From here on the commit happens: now, or in the next run.
        folder.stays = true;
        let at = Places {
            folder: &folder.path,
            target: &*target,
        };
        let Err(error) = journal.forward(at) else {
            folder.stays = false;
            return Ok(());
        };
        // A commit that goes back must never look like one that goes forward.
        let back = fs::rename(at.folder.join(FORWARD), at.folder.join(BACK));
        let kind = error.kind();
        let message = match back {
            Err(again) => format!(
                "{error}; the renames could not be undone ({again}), so the next run completes them"
            ),
            Ok(()) => match sync_directory(at.folder).and_then(|()| journal.back(at)) {
                Ok(()) => {
                    folder.stays = false;
                    return Err(failed("rename the files", error));
                }
                Err(again) => format!(
                    "{error}; undoing the renames failed ({again}), so the next run undoes them"
                ),
            },
        };
        Err(failed("rename the files", io::Error::new(kind, message)))
    }
}

/// Directories that a run created, deepest first. Those that are empty at its end are removed.
#[derive(Debug)]
struct MadeDirectories(Vec<PathBuf>);

impl MadeDirectories {
    /// Creates the directory and its parents.
    fn make(target: &Path) -> io::Result<Self> {
        let is_missing = |directory: &Path| match metadata(directory) {
            Ok(found) => found.is_none(),
            Err(error) => error.kind() == io::ErrorKind::NotADirectory,
        };
        let missing = (target.ancestors())
            .take_while(|directory| !directory.as_os_str().is_empty() && is_missing(directory));
        let made = Self(missing.map(Path::to_owned).collect());
        fs::create_dir_all(target)?;
        Ok(made)
    }

    /// Creates a directory in it unless it is there.
    fn add(&mut self, directory: PathBuf) -> io::Result<()> {
        if metadata(&directory)?.is_none() {
            fs::create_dir(&directory)?;
            self.0.insert(0, directory);
        }
        Ok(())
    }
}

impl Drop for MadeDirectories {
    fn drop(&mut self) {
        for directory in &self.0 {
            // This removes only empty directories.
            let _ = fs::remove_dir(directory);
        }
    }
}

/// Syncs the name of a new directory to the disk.
fn sync_parent(directory: &Path) -> io::Result<()> {
    let parent = directory
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    match sync_directory(parent.unwrap_or(Path::new("."))) {
        // A user may create a directory here without being allowed to read the parent.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// Keeps other runs out of the directory.
fn lock(target: &Path) -> Result<File> {
    let lock = File::open(target).map_err(|e| cannot_write(target, e))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            let message = format!(
                "another run is writing to {}; wait for it to end, or choose another output \
                 directory",
                target.display()
            );
            Err(Error::new(Category::Write, message))
        }
        // On a file system without locks, two concurrent runs are not detected.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(lock),
        Err(TryLockError::Error(error)) => Err(cannot_write(target, error)),
    }
}

/// An error if one of these names in the directory leads to an input.
pub(crate) fn spare_inputs<'n>(
    directory: &Path,
    inputs: &HashSet<FileId>,
    names: impl Iterator<Item = &'n str>,
) -> Result<()> {
    match leads_to(directory, inputs, names) {
        None => Ok(()),
        Some(path) => Err(Error::config(format!(
            "{} is an input of this run, which would replace or remove it; choose another output \
             directory, or move the input away first",
            path.display()
        ))),
    }
}

/// Whether a file with this name exists; an error if it is in the way.
pub(crate) fn check_target(directory: &Path, name: &str, if_exists: IfExists) -> Result<bool> {
    let to = directory.join(name);
    if !is_inside(directory, name).unwrap_or(true) {
        let message = format!(
            "{} is no directory, but the run makes one with this name for a table; move it, or choose \
             another output directory",
            directory
                .join(table_directory(name).unwrap_or(name))
                .display()
        );
        return Err(Error::new(Category::Write, message));
    }
    let found = match metadata(&to) {
        Ok(None) => return Ok(false),
        // The directory does not exist either.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(false),
        Ok(Some(found)) => found,
        Err(error) => return Err(Error::io(format!("cannot access {}", to.display()), error)),
    };
    let refused = |message| Err(Error::new(Category::Write, message));
    if found.is_dir() {
        return refused(format!(
            "{} is a directory, but the run writes a file with this name; move it, or choose \
             another output directory",
            to.display()
        ));
    }
    if if_exists == IfExists::Error {
        return refused(format!(
            "{} exists; choose another output directory, or overwrite",
            to.display()
        ));
    }
    Ok(true)
}

/// An error if the directory or one of its parents is not a directory.
pub(crate) fn check_directory(target: &Path) -> Result<()> {
    let found = target.ancestors().find_map(|path| fs::metadata(path).ok());
    if found.is_some_and(|found| !found.is_dir()) {
        return Err(cannot_make(target, io::ErrorKind::NotADirectory.into()));
    }
    Ok(())
}

#[cold]
fn cannot_make(target: &Path, error: io::Error) -> Error {
    let target = target.display();
    Error::io(
        format!("cannot create the output directory {target}"),
        error,
    )
}
