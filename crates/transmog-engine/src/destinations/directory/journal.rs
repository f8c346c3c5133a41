//! The renames of a commit, written down before the first one.
//!
//! A commit goes forward: each file of the run gets its name, and a file of that name is kept in
//! the run's folder. When a step fails, the commit goes back. Which way it goes, the name of the
//! journal says, so that the next run can go on with a commit that was cut short. Every step does
//! nothing when it is done already.

use super::{
    checksum::{Written, is_content, written},
    entries::{is_plain_name, metadata, sync_directory},
    manifest::{MANIFEST, ManifestFile, run_of},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, BufReader, ErrorKind, Read, Write},
    path::Path,
};

/// The journal of a commit that goes forward.
pub(crate) const FORWARD: &str = "commit.json";
/// The journal of a commit that is taken back.
pub(crate) const BACK: &str = "undo.json";
/// A journal is never longer, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// What a commit does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Journal {
    /// The run, whose folder this is in.
    pub(crate) run: String,
    /// The manifest that was there before the first step, if there was one that can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) manifest: Option<Content>,
    /// In this order. The manifest of the earlier run goes first, that of this run comes last.
    pub(crate) steps: Vec<Step>,
}

/// What happens to one name of the output directory. The other names are of files in the folder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) name: String,
    /// The file that gets the name; none when the file of that name goes.
    pub(crate) new: Option<String>,
    /// Where the file that has the name is kept; none when there is none.
    pub(crate) old: Option<String>,
    /// What the file is that goes; of the manifest, which is always replaced, nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) was: Option<Content>,
}

/// Size and checksum of a file, as a manifest has them.
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

/// Which way a commit goes that was cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Back,
}

/// Whether something is left to do of a commit that was cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Pending,
    /// All of it is done.
    Done,
    /// A later run has completed its own in the same directory.
    Overtaken,
}

impl Journal {
    /// What the directory is before the first step, and no steps yet.
    pub(crate) fn begin(run: &str, target: &Path) -> io::Result<Self> {
        let path = target.join(MANIFEST);
        let is_file = metadata(&path)?.is_some_and(|found| found.is_file());
        let manifest = match is_file.then(|| written(&path)) {
            // It is another user's.
            Some(Err(error)) if error.kind() == ErrorKind::PermissionDenied => None,
            manifest => manifest.transpose()?,
        };
        Ok(Self {
            run: run.to_owned(),
            manifest: manifest.map(Content::from),
            steps: Vec::new(),
        })
    }

    /// The journal in the folder of a run; none when it was not in a commit.
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

    /// Where the commit stands, by the manifest that is in the directory: the one before, its own,
    /// or none. That of another run came after it, and what that run wrote must not be mixed with
    /// this.
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

    /// Goes on with it. Of what it wants to remove, what is another file by now stays; nothing is
    /// touched when something stands where it was not.
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

    /// The names in the output directory that it is about.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.name.as_str())
    }

    /// Nothing but plain names is believed: they lead nowhere else.
    fn check(&self, run: &str) -> io::Result<()> {
        if self.run != run {
            return Err(invalid("the journal belongs to another run"));
        }
        for step in &self.steps {
            let names = [Some(&step.name), step.new.as_ref(), step.old.as_ref()];
            let mut names = names.into_iter().flatten();
            if let Some(name) = names.find(|name| !is_plain_name(name)) {
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

    /// Takes the steps out that would remove another file than the run meant.
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

    /// Writes it down, durable, in one step.
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

    /// Does what is not done yet, durable.
    pub(crate) fn forward(&self, at: Places<'_>) -> io::Result<()> {
        self.each(at, self.steps.iter(), Step::forward)
    }

    /// Takes back what was done, durable.
    pub(crate) fn back(&self, at: Places<'_>) -> io::Result<()> {
        self.each(at, self.steps.iter().rev(), Step::back)
    }

    /// The manifest of the earlier run is gone on disk before anything else changes, and that of
    /// this run comes when all else is on disk.
    fn each<'s>(
        &self,
        at: Places<'_>,
        steps: impl Iterator<Item = &'s Step>,
        go: fn(&Step, Places<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut before: Option<&Step> = None;
        for step in steps {
            let is_manifest = |step: &Step| step.name == MANIFEST;
            if before.is_some_and(|before| is_manifest(before) || is_manifest(step)) {
                sync_directory(at.target)?;
            }
            go(step, at).map_err(|e| {
                let name = at.target.join(&step.name);
                io::Error::new(e.kind(), format!("{}: {e}", name.display()))
            })?;
            before = Some(step);
        }
        sync_directory(at.target)
    }
}

impl Step {
    /// The file of this name goes, and none comes.
    pub(crate) fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            new: None,
            old: None,
            was: None,
        }
    }

    /// This very file goes.
    pub(crate) fn removing(file: &ManifestFile) -> Self {
        Self {
            was: Some(Content {
                bytes: file.bytes,
                checksum: file.checksum.clone(),
            }),
            ..Self::of(&file.file)
        }
    }

    /// Nothing but files is moved: an error when something else stands where one is to be. A link
    /// in the place of a file, which the run kept when it was there, goes back.
    fn check(&self, at: Places<'_>, direction: Direction) -> io::Result<()> {
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
        // A link has kept the old file already where the file system has links.
        if let Some(old) = self.old.as_ref().map(|old| at.folder.join(old))
            && metadata(&old)?.is_none()
        {
            rename_if_there(&target, &old)?;
        }
        new.map_or(Ok(()), |new| fs::rename(new, target))
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
