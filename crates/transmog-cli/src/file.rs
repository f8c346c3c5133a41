//! Files that are whole or not there.

use crate::exit;
use std::{
    fs,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

/// Writes text to a file, or to standard output where the path is `-`, and gives the
/// exit status.
pub(crate) fn write(path: &Path, text: &str) -> ExitCode {
    if path == Path::new("-") {
        return exit::printed("the output", io::stdout().write_all(text.as_bytes()));
    }
    exit::printed(&path.display().to_string(), replace(path, text))
}

/// The file appears, or is replaced, when all of it is written.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let is_special = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
    if is_special {
        return fs::write(path, text);
    }
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file has them; the umask takes from it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
