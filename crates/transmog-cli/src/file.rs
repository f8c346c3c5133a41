//! Files that are complete or do not exist.

use crate::exit;
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};
use tempfile::NamedTempFile;
use transmog::{Input, url_scheme};

/// Writes text to a file, or to standard output if the path is `-`, and returns the exit status.
pub(crate) fn write(path: &Path, text: &str) -> ExitCode {
    let written = Complete::write(path, text).and_then(Complete::appear);
    exit::printed(&shown(path), written)
}

/// A complete file that is not visible until it is renamed into place.
pub(crate) struct Complete(Option<(NamedTempFile, PathBuf)>);

impl Complete {
    /// Writes the whole file. If the path is not a regular file in a directory, it is written at
    /// once: standard output (`-`), a pipe, a terminal, a file that this process has open.
    pub(crate) fn write(path: &Path, text: &str) -> io::Result<Self> {
        if path == Path::new("-") {
            let text = exit::lines(text);
            io::stdout().write_all(text.as_bytes())?;
            io::stdout().flush()?;
            return Ok(Self(None));
        }
        // Links are replaced and never written through, as in the output directory.
        let known = fs::symlink_metadata(path).ok();
        let is_special = known.as_ref().is_some_and(|known| {
            let found = known.file_type();
            !found.is_file() && !found.is_symlink()
        });
        if is_special || is_of_the_system(path) {
            fs::write(path, text)?;
            return Ok(Self(None));
        }
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // The permissions of a new file, which the umask reduces.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(folder(path))?;
        if let Some(known) = known.filter(fs::Metadata::is_file) {
            file.as_file().set_permissions(known.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(Self(Some((file, path.to_owned()))))
    }

    /// Renames the file into place.
    pub(crate) fn appear(self) -> io::Result<()> {
        if let Some((file, path)) = self.0 {
            file.persist(path)?;
        }
        Ok(())
    }
}

/// The text of a file, a pipe or a device with at most `at_most` bytes.
pub(crate) fn read(path: &Path, at_most: u64) -> io::Result<String> {
    let file = File::open(path)?;
    let too_long = || {
        let message = format!("it has more than {at_most} bytes, which is the limit");
        Err(io::Error::new(io::ErrorKind::FileTooLarge, message))
    };
    if file.metadata()?.len() > at_most {
        return too_long();
    }
    let mut bytes = Vec::new();
    file.take(at_most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > at_most {
        return too_long();
    }
    String::from_utf8(bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// A path for messages.
pub(crate) fn shown(path: &Path) -> String {
    match path == Path::new("-") {
        true => "the output".to_owned(),
        false => path.display().to_string(),
    }
}

/// Whether the path is in `/dev` or `/proc`.
fn is_of_the_system(path: &Path) -> bool {
    let folder = folder(path).canonicalize();
    folder.is_ok_and(|folder| folder.starts_with("/dev") || folder.starts_with("/proc"))
}

/// The exit status if the directory of an output file does not exist, or the file is an input. This
/// is checked before anything is read.
pub(crate) fn refuse(path: &Path, input: &Input) -> Option<ExitCode> {
    let (file, folder) = (path.display(), folder(path));
    if url_scheme(path).is_some() {
        let message = format!("cannot write {file}: expected the path of a file, found a URL");
        return Some(exit::wrong_call(&message));
    }
    if !folder.is_dir() {
        let folder = folder.display();
        let message = format!(
            "cannot write {file}: the directory {folder} does not exist; create \
                               it first"
        );
        return Some(exit::wrong_call(&message));
    }
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()) {
        let message = format!("cannot write {file}: it is a directory; choose a file in it");
        return Some(exit::wrong_call(&message));
    }
    // The run reports errors of the inputs.
    let is_input = path != Path::new("-") && input.reads(path).unwrap_or(false);
    is_input.then(|| {
        exit::wrong_call(&format!(
            "cannot write {file}: it is an input of this command; choose another file"
        ))
    })
}

/// Whether there is a file or a link at the path that would be replaced, not a pipe or a terminal.
pub(crate) fn is_file(path: &Path) -> bool {
    let found = fs::symlink_metadata(path);
    found.is_ok_and(|found| found.is_file() || found.is_symlink()) && !is_of_the_system(path)
}

/// The exit status if the file exists and must not be replaced.
pub(crate) fn refuse_existing(path: &Path) -> Option<ExitCode> {
    is_file(path).then(|| {
        let file = path.display();
        exit::say(format_args!(
            "{file} exists; choose another file, or overwrite"
        ));
        ExitCode::from(1)
    })
}

/// Whether the file is in this directory, which may not exist yet.
pub(crate) fn is_in(path: &Path, directory: &Path) -> bool {
    match (folder(path).canonicalize(), directory.canonicalize()) {
        (Ok(folder), Ok(directory)) => folder == directory,
        _ => folder(path) == directory,
    }
}

/// The exit status if a page in the output directory could have the name of a table's file. No
/// table's file has the extension of a page.
pub(crate) fn refuse_among(path: &Path, tables: &Path) -> Option<ExitCode> {
    let is_page = path.extension().is_some_and(|e| e == "html" || e == "htm");
    let real = |path| fs::canonicalize(path).ok();
    let are_apart = real(folder(path)) != real(tables);
    if path == Path::new("-") || is_page || are_apart {
        return None;
    }
    let message = format!(
        "{} may be the name of a table's file; in the output directory a page must end in .html",
        path.display()
    );
    Some(exit::wrong_call(&message))
}

fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    folder.unwrap_or(Path::new("."))
}
