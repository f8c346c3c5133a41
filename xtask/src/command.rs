//! Running other programs.

use std::process::Command;

/// A build profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

impl Profile {
    /// Its name in cargo.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Profile::Dev => "dev",
            Profile::Release => "release",
        }
    }

    /// Its folder in the target directory.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Profile::Dev => "debug",
            Profile::Release => "release",
        }
    }
}

/// Builds the command line for tests and returns the path of the program.
pub(crate) fn transmog() -> Result<String, String> {
    // With the features of the whole workspace, which the tests were built with.
    run("cargo", &["build", "--workspace", "--bin", "transmog"])?;
    Ok("target/debug/transmog".to_owned())
}

/// Runs a program to its end; an error if it fails.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    finish(Command::new(program).args(arguments))
}

/// Runs a command to its end; an error if it fails.
pub(crate) fn finish(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| failed(command, &error))?;
    match status.success() {
        true => Ok(()),
        false => Err(failed(command, &status)),
    }
}

/// Creates a virtual environment in `folder`, installs the requirements, and returns its Python.
pub(crate) fn python(folder: &str, requirements: &str) -> Result<String, String> {
    let python = environment(folder)?;
    finish(pip(&python, "install").args(["-r", requirements]))?;
    Ok(python)
}

/// Creates a virtual environment in `folder` and returns its Python.
pub(crate) fn environment(folder: &str) -> Result<String, String> {
    run("python3", &["-m", "venv", folder])?;
    Ok(format!("{folder}/bin/python"))
}

/// A command of the environment's pip.
pub(crate) fn pip(python: &str, word: &str) -> Command {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", word, "--quiet", "--disable-pip-version-check"]);
    pip
}

/// The output of a program.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments);
    let output = command.output().map_err(|error| failed(&command, &error))?;
    match output.status.success() {
        true => String::from_utf8(output.stdout).map_err(|error| failed(&command, &error)),
        false => Err(failed(&command, &String::from_utf8_lossy(&output.stderr))),
    }
}

fn failed(command: &Command, why: &dyn std::fmt::Display) -> String {
    let words = [command.get_program()]
        .into_iter()
        .chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("`{}`: {why}", words.join(" "))
}
