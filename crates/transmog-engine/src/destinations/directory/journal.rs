//! The journal of a commit: its renames, written to disk before the first one. A commit goes
//! forward: it renames each file of the run into place, and keeps the old file in the run's folder.
//! If a step fails, the commit goes back. The name of the journal tells the direction, so that the
//! next run can continue an interrupted commit. Every step is idempotent.

use super::{
    checksum::{Written, is_content, written},
    entries::{
        is_inside, is_output_place, is_plain_name, metadata, sync_directory, table_directory,
    },
    manifest::{MANIFEST, ManifestFile, run_of},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufReader, ErrorKind, Read, Write},
    path::Path,
};

/// The journal of a commit that goes forward.
pub(crate) const FORWARD: &str = "commit.json";
/// The journal of a commit that goes back.
pub(crate) const BACK: &str = "undo.json";
/// The most bytes of a journal.
const MAX_BYTES: u64 = 64 << 20;

/// The steps of a commit.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Journal {
    /// The id of the run that has the folder.
    pub(crate) run: String,
    /// The run of the manifest before the first step, if it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) manifest: Option<Content>,
    /// The steps in order. The first removes the manifest of the earlier run, the last adds that of
    /// this run.
    pub(crate) steps: Vec<Step>,
}

/// A step changes one name in the output directory. The other names are of files in the folder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) name: String,
    /// The file that gets the name; `None` if the step only removes a file.
    pub(crate) new: Option<String>,
    /// Where the old file with the name is kept; `None` if there is none.
    pub(crate) old: Option<String>,
    /// Size and checksum of the file to remove; `None` for the manifest, which is always replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) was: Option<Content>,
}

/// Size and checksum of a file, as in a manifest.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    bytes: u64,
    checksum: String,
}

impl From<Written> for Content {
    fn from(written: Written) -> Self {
        Self {
            bytes: written.bytes,
            checksum: written.checksum,
        }
    }
}

/// The directories of a commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places<'p> {
    /// The run's folder.
    pub(crate) folder: &'p Path,
    /// The output directory.
    pub(crate) target: &'p Path,
}

/// The direction of an interrupted commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Back,
}

/// Whether an interrupted commit still has steps to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Pending,
    /// All steps are done.
    Done,
    /// A later run has committed in the same directory.
    Overtaken,
}

impl Journal {
    /// A journal without steps, for the current state of the directory.
    pub(crate) fn begin(run: &str, target: &Path) -> io::Result<Self> {
        let path = target.join(MANIFEST);
        let is_file = metadata(&path)?.is_some_and(|found| found.is_file());
        let manifest = match is_file.then(|| written(&path)) {
            // It belongs to another user.
            Some(Err(error)) if error.kind() == ErrorKind::PermissionDenied => None,
            manifest => manifest.transpose()?,
        };
        Ok(Self {
            run: run.to_owned(),
            manifest: manifest.map(Content::from),
            steps: Vec::new(),
        })
    }

    /// The journal in the folder of a run; `None` if the run was not in its commit.
    pub(crate) fn read(at: Places<'_>, run: &str) -> io::Result<Option<(Self, Direction)>> {
        for (name, direction) in [(FORWARD, Direction::Forward), (BACK, Direction::Back)] {
            let path = at.folder.join(name);
            let Some(found) = metadata(&path)? else {
                continue;
            };
            if !found.is_file() || found.len() > MAX_BYTES {
                return Err(invalid(format!("{name} is not a journal")));
            }
            let file = BufReader::new(File::open(&path)?.take(MAX_BYTES));
            let journal: Self = serde_json::from_reader(file)
                .map_err(|e| invalid(format!("{name} is not a journal: {e}")))?;
            journal.check(run)?;
            return Ok(Some((journal, direction)));
        }
        Ok(None)
    }

    /// The state of the commit, from the manifest in the directory: the earlier one, its own, or
    /// none. The manifest of any other run means that a later run has committed, whose files must
    /// not be mixed with these.
    pub(crate) fn standing(&self, target: &Path, direction: Direction) -> io::Result<Standing> {
        let path = target.join(MANIFEST);
        if !metadata(&path)?.is_some_and(|found| found.is_file()) {
            return Ok(Standing::Pending);
        }
        if run_of(&path)?.is_some_and(|run| run == self.run) {
            return Ok(match direction {
                Direction::Forward => Standing::Done,
                Direction::Back => Standing::Pending,
            });
        }
        let is_before = match &self.manifest {
            Some(before) => is_content(&path, before.bytes, &before.checksum)?,
            None => false,
        };
        Ok(match is_before {
            true => Standing::Pending,
            false => Standing::Overtaken,
        })
    }

    /// Continues the commit. Files to remove that have changed stay. If a file appeared where there
    /// was none, it is an error and nothing is changed.
    pub(crate) fn go_on(&mut self, at: Places<'_>, direction: Direction) -> io::Result<()> {
        if direction == Direction::Forward {
            self.spare_others(at.target)?;
        }
        for step in &self.steps {
            step.check(at, direction)?;
        }
        match direction {
            Direction::Forward => self.forward(at),
            Direction::Back => self.back(at),
        }
    }

    /// The names in the output directory that it changes.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.name.as_str())
    }

    /// Accepts only plain names, which cannot lead elsewhere.
    fn check(&self, run: &str) -> io::Result<()> {
        if self.run != run {
            return Err(invalid("the journal belongs to another run"));
        }
        for step in &self.steps {
            let names = [step.new.as_ref(), step.old.as_ref()];
            let mut wrong = names
                .into_iter()
                .flatten()
                .filter(|name| !is_plain_name(name));
            let is_place = is_plain_name(&step.name) || is_output_place(&step.name);
            let wrong_place = (!is_place).then_some(&step.name);
            if let Some(name) = wrong_place.or_else(|| wrong.next()) {
                return Err(invalid(format!(
                    "the journal has {name:?} where a file name is expected"
                )));
            }
            if step.new.is_none() && step.was.is_none() && step.name != MANIFEST {
                return Err(invalid(format!(
                    "the journal does not describe the file {:?} that it removes",
                    step.name
                )));
            }
        }
        Ok(())
    }

    /// Drops steps that would remove a file that has changed.
    fn spare_others(&mut self, target: &Path) -> io::Result<()> {
        let mut steps = Vec::with_capacity(self.steps.len());
        for step in self.steps.drain(..) {
            let path = target.join(&step.name);
            let is_meant = match &step.was {
                Some(was) if metadata(&path)?.is_some() => {
                    is_content(&path, was.bytes, &was.checksum)?
                }
                _ => true,
            };
            match is_meant {
                true => steps.push(step),
                false => tracing::warn!(
                    file = %path.display(),
                    "the file was changed since an earlier run wrote it, so it stays"
                ),
            }
        }
        self.steps = steps;
        Ok(())
    }

    /// Writes the journal durably and atomically.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        let part = folder.join("journal.part");
        let mut file = File::create_new(&part)?;
        let text = serde_json::to_vec(self)?;
        if text.len() as u64 > MAX_BYTES {
            let steps = self.steps.len();
            return Err(invalid(format!(
                "the journal of {steps} files would be longer than {MAX_BYTES} bytes; write fewer \
                 tables into one directory"
            )));
        }
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(part, folder.join(FORWARD))?;
        sync_directory(folder)
    }

    /// Does the remaining steps durably.
    pub(crate) fn forward(&self, at: Places<'_>) -> io::Result<()> {
        self.each(at, self.steps.iter(), Step::forward)
    }

    /// Undoes the steps durably.
    pub(crate) fn back(&self, at: Places<'_>) -> io::Result<()> {
        self.each(at, self.steps.iter().rev(), Step::back)
    }

    /// Removes the manifest of the earlier run durably before anything else changes, and adds that
    /// of this run when everything else is on disk.
    fn each<'s>(
        &self,
        at: Places<'_>,
        steps: impl Iterator<Item = &'s Step>,
        go: fn(&Step, Places<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut before: Option<&Step> = None;
        let mut directories = BTreeSet::new();
        let sync = |directories: &BTreeSet<&str>| {
            for directory in directories {
                // Steps that went back may have left none.
                let directory = at.target.join(directory);
                if metadata(&directory)?.is_some() {
                    sync_directory(&directory)?;
                }
            }
            sync_directory(at.target)
        };
        for step in steps {
            let is_manifest = |step: &Step| step.name == MANIFEST;
            if before.is_some_and(|before| is_manifest(before) || is_manifest(step)) {
                sync(&directories)?;
            }
            directories.extend(table_directory(&step.name));
            go(step, at).map_err(|e| {
                let name = at.target.join(&step.name);
                io::Error::new(e.kind(), format!("{}: {e}", name.display()))
            })?;
            before = Some(step);
        }
        sync(&directories)
    }
}

impl Step {
    /// Removes the file with this name.
    pub(crate) fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            new: None,
            old: None,
            was: None,
        }
    }

    /// Removes this file if it has not changed.
    pub(crate) fn removing(file: &ManifestFile) -> Self {
        Self {
            was: Some(Content {
                bytes: file.bytes,
                checksum: file.checksum.clone(),
            }),
            ..Self::of(&file.file)
        }
    }

    /// Moves only files: an error if something else is in the place of one. A link that the run
    /// kept goes back to its place.
    fn check(&self, at: Places<'_>, direction: Direction) -> io::Result<()> {
        if !is_inside(at.target, &self.name)? {
            return Err(invalid(format!(
                "the directory of {:?} is a link or no directory",
                self.name
            )));
        }
        let found = |name: &Option<String>| match name {
            Some(name) => metadata(&at.folder.join(name)),
            None => Ok(None),
        };
        let (new, old) = (found(&self.new)?, found(&self.old)?);
        let target = metadata(&at.target.join(&self.name))?;
        let is_done = self.new.is_some() && new.is_none();
        let is_new_name = self.new.is_some() && self.old.is_none() && self.name != MANIFEST;
        if direction == Direction::Forward && is_new_name && !is_done && target.is_some() {
            return Err(invalid(format!(
                "{:?} did not exist when that run ended, and would be replaced; move it away, or \
                 give up that commit",
                self.name
            )));
        }
        let is_directory = fs::Metadata::is_dir;
        let moved = match direction {
            Direction::Forward if is_done => [None, None],
            Direction::Forward if old.is_none() => [new, target],
            Direction::Forward => [new, target.filter(is_directory)],
            Direction::Back if self.old.is_some() => {
                let old = old.filter(|old| !old.is_symlink());
                [old, new.or(target.filter(is_directory))]
            }
            Direction::Back => [new, target.filter(|_| is_done)],
        };
        match moved.into_iter().flatten().all(|found| found.is_file()) {
            true => Ok(()),
            false => Err(invalid(format!(
                "{:?}, or the file that is to replace it, is not a regular file",
                self.name
            ))),
        }
    }

    fn forward(&self, at: Places<'_>) -> io::Result<()> {
        let target = at.target.join(&self.name);
        let new = self.new.as_ref().map(|new| at.folder.join(new));
        if let Some(new) = &new
            && metadata(new)?.is_none()
        {
            return Ok(());
        }
        // If the file system has links, a link already keeps the old file.
        if let Some(old) = self.old.as_ref().map(|old| at.folder.join(old))
            && metadata(&old)?.is_none()
        {
            rename_if_there(&target, &old)?;
        }
        let Some(new) = new else {
            return Ok(());
        };
        if let Some(directory) = table_directory(&self.name) {
            let directory = at.target.join(directory);
            if metadata(&directory)?.is_none() {
                fs::create_dir(directory)?;
            }
        }
        fs::rename(new, target)
    }

    fn back(&self, at: Places<'_>) -> io::Result<()> {
        let target = at.target.join(&self.name);
        if let Some(old) = &self.old {
            return rename_if_there(&at.folder.join(old), &target);
        }
        match self.new.as_ref().map(|new| at.folder.join(new)) {
            Some(new) if metadata(&new)?.is_none() => rename_if_there(&target, &new),
            _ => Ok(()),
        }
    }
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == ErrorKind::NotFound && metadata(from)?.is_none() => Ok(()),
        renamed => renamed,
    }
}

#[cold]
fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, message.into())
}
