//! The temporary folder of a run inside the output directory, and the cleanup of folders of killed
//! runs.
//!
//! The folder is called `.transmog-RUN` and holds a file `RUN.run`, the mark. The mark has the
//! inode numbers that the file system gave the folder and the file. A copy, an unpacked archive or
//! a clone has others, so nobody can plant a folder with a journal that the next run would follow.

use super::{
    entries::{FileId, leads_to, metadata},
    journal::{BACK, FORWARD, Journal, Places, Standing},
};
use crate::error::{Category, Error, Result, cannot_write};
use std::{
    collections::HashSet,
    fs::{self, DirBuilder, File, Metadata},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};
use transmog_reader::TEMPORARY_PREFIX;
use uuid::Uuid;

/// Ending of the mark's file name.
const MARK: &str = ".run";
/// The most bytes of a mark.
const MAX_MARK_BYTES: u64 = 1000;
/// Characters of a run's id, a UUID.
const RUN_LENGTH: usize = 36;

/// The folder of a run.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) run: String,
    pub(crate) path: PathBuf,
    /// Whether it stays after the run, because an interrupted commit needs it.
    pub(crate) stays: bool,
}

impl Folder {
    /// Creates the folder of a new run, with its mark.
    pub(crate) fn create(target: &Path) -> io::Result<Self> {
        let run = Uuid::new_v4().to_string();
        let path = target.join(format!("{TEMPORARY_PREFIX}{run}"));
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        let folder = Self {
            run,
            path,
            stays: false,
        };
        let mut mark = File::create_new(folder.mark())?;
        mark.write_all(folder.identity(&mark.metadata()?)?.as_bytes())?;
        // Without the mark, nobody could complete an interrupted commit.
        mark.sync_all()?;
        Ok(folder)
    }

    /// The folder at `path`, if a run of the same user created it.
    fn found(path: &Path, own: &Metadata) -> io::Result<Option<Self>> {
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(run) = name.and_then(|name| name.strip_prefix(TEMPORARY_PREFIX)) else {
            return Ok(None);
        };
        if run.len() != RUN_LENGTH || !run.bytes().all(|c| c.is_ascii_hexdigit() || c == b'-') {
            return Ok(None);
        }
        let folder = Self {
            run: run.to_owned(),
            path: path.to_owned(),
            stays: true,
        };
        let is_own = |found: &Metadata| owner(found) == owner(own);
        let found = metadata(&folder.path)?;
        if !found.is_some_and(|found| found.is_dir() && is_own(&found)) {
            return Ok(None);
        }
        let is_ours = folder.is_marked(is_own)? || folder.is_bare()?;
        Ok(is_ours.then_some(folder))
    }

    /// Whether its mark is valid for this folder.
    fn is_marked(&self, is_own: impl Fn(&Metadata) -> bool) -> io::Result<bool> {
        let path = self.mark();
        let found = metadata(&path)?;
        let Some(found) = found.filter(|found| found.is_file() && is_own(found)) else {
            return Ok(false);
        };
        let mut text = Vec::new();
        (File::open(path)?.take(MAX_MARK_BYTES)).read_to_end(&mut text)?;
        Ok(text == self.identity(&found)?.as_bytes())
    }

    /// Whether it is empty or has only an empty mark, because a run was killed at its very
    /// beginning or end.
    fn is_bare(&self) -> io::Result<bool> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            let found = metadata(&path)?;
            let is_empty = found.is_none_or(|found| found.is_file() && found.len() == 0);
            if path != self.mark() || !is_empty {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The text of the mark: inode numbers and the creation time, which no copy shares. The device
    /// number is left out, because it may change when the system restarts.
    fn identity(&self, mark: &Metadata) -> io::Result<String> {
        let folder = fs::symlink_metadata(&self.path)?;
        let run = &self.run;
        // Every file system keeps at least the second.
        let made = folder.created().ok();
        let made = made.and_then(|made| made.duration_since(UNIX_EPOCH).ok());
        let made = made.map_or(0, |made| made.as_secs());
        let (folder, mark) = (file_number(&folder), file_number(mark));
        Ok(format!(
            "run {run}\nfolder {folder}\nmark {mark}\nmade {made}\n"
        ))
    }

    fn mark(&self) -> PathBuf {
        self.path.join(format!("{}{MARK}", self.run))
    }

    /// Keeps the file at `path` under a name of its own, if there is one: now, by a link, when it
    /// is to be replaced, else when it goes. File systems without links, and systems that do not
    /// let links be made to files of others, keep it when it goes, too.
    pub(crate) fn keep(
        &self,
        at: usize,
        path: &Path,
        is_replaced: bool,
    ) -> io::Result<Option<String>> {
        if metadata(path)?.is_none() {
            return Ok(None);
        }
        let name = format!("{at}.before");
        if is_replaced && let Err(error) = fs::hard_link(path, self.path.join(&name)) {
            tracing::debug!(file = %path.display(), %error, "the old file is kept without a link");
        }
        Ok(Some(name))
    }

    /// Removes the folder: the journal first, because without it the rest has no effect, and the
    /// mark last. If something cannot be removed, the next run tries again.
    fn remove(&self) -> io::Result<()> {
        for journal in [FORWARD, BACK].map(|name| self.path.join(name)) {
            if metadata(&journal)?.is_some() {
                fs::remove_file(journal)?;
            }
        }
        let mark = self.mark();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path != mark {
                fs::remove_file(path)?;
            }
        }
        if metadata(&mark)?.is_some() {
            fs::remove_file(mark)?;
        }
        fs::remove_dir(&self.path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.stays
            && let Err(error) = self.remove()
        {
            tracing::debug!(folder = %self.path.display(), %error, "a folder is left behind");
        }
    }
}

#[cfg(unix)]
pub(crate) fn owner(found: &Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::uid(found)
}

/// On systems without owners, the mark is enough.
#[cfg(not(unix))]
pub(crate) fn owner(_: &Metadata) {}

/// The number of a file or a directory in its file system.
#[cfg(unix)]
fn file_number(found: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

/// On systems without inode numbers, the mark has only the time.
#[cfg(not(unix))]
fn file_number(_: &Metadata) -> u64 {
    0
}

/// Completes the commits of killed runs, unless that would change one of the inputs, and removes
/// their folders. The directory is locked, so none of them is still running.
pub(crate) fn end_killed_runs(own: &Folder, target: &Path, inputs: &HashSet<FileId>) -> Result<()> {
    let failed = |error| cannot_write(target, error);
    let made_by_us = fs::symlink_metadata(&own.path).map_err(failed)?;
    for entry in fs::read_dir(target).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let is_folder = entry
            .file_name()
            .to_string_lossy()
            .starts_with(TEMPORARY_PREFIX);
        if !is_folder || path == own.path {
            continue;
        }
        match Folder::found(&path, &made_by_us).map_err(failed)? {
            Some(mut folder) => {
                end_commit(&folder, target, inputs)?;
                folder.stays = false;
            }
            None => leave(&path)?,
        }
    }
    Ok(())
}

/// Completes the commit of a run that was killed during it, if it was.
fn end_commit(folder: &Folder, target: &Path, inputs: &HashSet<FileId>) -> Result<()> {
    let at = Places {
        folder: &folder.path,
        target,
    };
    let failed = |error| cannot_end(at, error);
    let Some((mut journal, direction)) = Journal::read(at, &folder.run).map_err(failed)? else {
        return Ok(());
    };
    match journal.standing(target, direction).map_err(failed)? {
        Standing::Done => Ok(()),
        Standing::Overtaken => {
            tracing::warn!(
                folder = %at.folder.display(),
                "a run was killed during its commit, and another run has written files here \
                 since; the files of the killed run are dropped; repeat that run if you need them"
            );
            Ok(())
        }
        Standing::Pending => match leads_to(target, inputs, journal.names()) {
            None => journal.go_on(at, direction).map_err(failed),
            Some(input) => Err(touches_input(at, &input)),
        },
    }
}

#[cold]
fn touches_input(at: Places<'_>, input: &Path) -> Error {
    Error::config(format!(
        "{} is an input of this run, but the commit that an earlier run left in {} would replace \
         or remove it; nothing was changed; move or copy the input out of {}, or choose another \
         output directory",
        input.display(),
        at.folder.display(),
        at.target.display()
    ))
}

#[cold]
fn cannot_end(at: Places<'_>, error: io::Error) -> Error {
    let folder = at.folder.display();
    let advice = match error.kind() {
        io::ErrorKind::InvalidData => "; nothing was changed; check that directory and remove it",
        _ => "",
    };
    let doing = format!("cannot complete the commit that an earlier run left in {folder}");
    Error::io(
        doing,
        io::Error::new(error.kind(), format!("{error}{advice}")),
    )
}

/// Handles a folder that looks like ours but has no valid mark. It stays. If it has a journal, or
/// cannot be read, it may be planted, a copy, or another user's commit, which is an error.
fn leave(path: &Path) -> Result<()> {
    let is_directory = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    let may_be = |name| metadata(&path.join(name)).map_or(true, |found| found.is_some());
    if is_directory && [FORWARD, BACK].into_iter().any(may_be) {
        let message = format!(
            "{} holds the journal of a commit or cannot be read, and no run of this user created \
             it here: it was copied or unpacked, or belongs to another user; nothing was changed; \
             run transmog in the directory it was copied from, let its owner run it here, or \
             remove it",
            path.display()
        );
        return Err(Error::new(Category::Write, message));
    }
    tracing::warn!(
        path = %path.display(),
        "no run of this user created this directory here, so it stays; remove it if it is a copy"
    );
    Ok(())
}
