//! Shell completions and manual pages, generated from the flags.

use crate::{args::command, exit, file};
use std::{fs, path::Path, process::ExitCode};

/// Prints the completions for a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "transmog", &mut script);
    file::write(Path::new("-"), &String::from_utf8_lossy(&script))
}

/// Writes manual pages, one for each command.
pub(crate) fn write(directory: &Path) -> ExitCode {
    let written =
        fs::create_dir_all(directory).and_then(|()| clap_mangen::generate_to(command(), directory));
    exit::printed(&directory.display().to_string(), written)
}
