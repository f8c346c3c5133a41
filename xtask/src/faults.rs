//! Injects a fault at every system call of a run: the call fails, once or from then on, or the
//! process is killed. After each fault the directory must have the files of the earlier run or of
//! this run, or no manifest; and the next run must complete the commit.

use crate::command::run;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

const SHIM: &str = include_str!("faults.c");
/// Number of threads that try faults.
const THREADS: usize = 3;
/// If not all calls are tried, every how many are.
const STEP: usize = 3;
/// The numbers of calls after a failed rename at which the process is killed.
const KILLS_LATER: usize = 40;
const MANIFEST: &str = "_transmog.json";
/// A file of no run, which must stay.
const FOREIGN: &str = "data_foreign.csv";
const OLD: &str = r#"{"id":1,"gone":[{"x":1}],"items":[{"sku":"a"}]}
"#;

const EACCES: i32 = 13;
const EIO: i32 = 5;
const ENOSPC: i32 = 28;
const EPERM: i32 = 1;

/// The outputs to try, each with its companion files.
const OUTPUTS: [&[&str]; 5] = [
    &[
        "csv",
        "--sql",
        "postgres",
        "--data-package",
        "--on-error",
        "quarantine",
    ],
    &["parquet", "--data-package"],
    &["orc"],
    &["avro"],
    &["arrow"],
];

/// A fault at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Once(i32),
    FromThenOn(i32),
    Kill,
    /// Fails once, on a file system without links.
    WithoutLinks(i32),
    /// Fails once, and the process is killed this many calls later.
    ThenKill(i32, usize),
}

const FAULTS: [Fault; 8] = [
    Fault::Once(EIO),
    Fault::Kill,
    Fault::WithoutLinks(EIO),
    Fault::FromThenOn(EIO),
    Fault::Once(EACCES),
    Fault::Once(EPERM),
    Fault::Once(ENOSPC),
    Fault::FromThenOn(ENOSPC),
];

/// The state of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Old,
    New,
    /// There is no manifest, so a reader knows that the files are not complete.
    Incomplete,
}

type Files = BTreeMap<String, Vec<u8>>;

/// Tries a failure and a kill at every call with the first output, and all faults at some calls
/// with all outputs; or everything.
pub(crate) fn check(program: &Path, folder: &Path, all: bool) -> Result<String, String> {
    let folder = folder.join("faults");
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let source = folder.join("faults.c");
    let shim = folder.join("faults.so");
    fs::write(&source, SHIM).map_err(|e| e.to_string())?;
    let (from, to) = (source.to_string_lossy(), shim.to_string_lossy());
    run("cc", &["-shared", "-fPIC", "-O1", "-o", &to, &from, "-ldl"])?;
    let mut calls = BTreeMap::new();
    let mut states = BTreeMap::new();
    for words in OUTPUTS {
        for (name, state) in Trial::new(program, &shim, &folder, words)?.check(all)? {
            let state = format!("{state:?}").to_lowercase();
            *calls.entry(name).or_insert(0) += 1;
            *states.entry(state).or_insert(0) += 1;
        }
    }
    let list = |counts: &BTreeMap<String, usize>| {
        let counts = counts.iter().map(|(name, count)| format!("{count} {name}"));
        counts.collect::<Vec<_>>().join(", ")
    };
    let total: usize = calls.values().sum();
    Ok(format!(
        "{total} faults survived, by call: {}; afterwards: {}",
        list(&calls),
        list(&states)
    ))
}

/// One way to write.
struct Trial<'t> {
    program: &'t Path,
    shim: &'t Path,
    folder: PathBuf,
    words: &'t [&'t str],
    old: Files,
    new: Files,
    /// The calls of a run, in order.
    calls: Vec<String>,
}

impl<'t> Trial<'t> {
    fn new(
        program: &'t Path,
        shim: &'t Path,
        folder: &Path,
        words: &'t [&'t str],
    ) -> Result<Self, String> {
        let folder = folder.join(words[0]);
        fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        // The last record has a new column and a wider type, so segments are merged.
        let line = |id: usize| match id < 300 {
            true => format!("{{\"id\":{id},\"items\":[{{\"sku\":\"s{id}\"}}]}}\n"),
            false => format!("{{\"id\":\"{id}\",\"late\":{id}.5}}\n"),
        };
        let mut new: String = (0..400).map(line).collect();
        let mut old = OLD.to_owned();
        if words.contains(&"quarantine") {
            new += "{\"broken\": }\n";
            old += "{\"broken\": }\n";
        }
        fs::write(folder.join("old.jsonl"), old).map_err(|e| e.to_string())?;
        fs::write(folder.join("new.jsonl"), new).map_err(|e| e.to_string())?;
        let mut trial = Self {
            program,
            shim,
            folder,
            words,
            old: Files::new(),
            new: Files::new(),
            calls: Vec::new(),
        };
        let at = trial.folder.join("first");
        trial.succeed("old.jsonl", &at)?;
        fs::write(at.join(FOREIGN), "foreign").map_err(|e| e.to_string())?;
        trial.old = files(&at)?;
        let log = trial.folder.join("calls");
        let _ = fs::remove_file(&log);
        let mut done = trial.command("new.jsonl", &at);
        let done = done.env("FAULT_LOG", &log).env("FAULT_AT", "0");
        let done = done.output().map_err(|e| e.to_string())?;
        ensure(done.status.success(), said(&done))?;
        trial.new = files(&at)?;
        let calls = fs::read_to_string(log).map_err(|e| e.to_string())?;
        trial.calls = calls.lines().map(str::to_owned).collect();
        ensure(!trial.calls.is_empty(), "no calls were seen")?;
        ensure(
            trial.old.len() >= 5,
            "the earlier run has a table that this one has not",
        )?;
        Ok(trial)
    }

    fn command(&self, input: &str, out: &Path) -> Command {
        let mut command = Command::new(self.program);
        command
            .args([
                "flatten",
                "--id",
                "hash",
                "--no-time-field",
                "--threads",
                "1",
            ])
            .args(["--memory-limit", "64K", "-q", "-f"])
            .args(self.words)
            .arg("-o")
            .args([out, &self.folder.join(input)])
            // Without a fault, this only avoids syncs.
            .env("LD_PRELOAD", self.shim)
            .env("FAULT_DIR", out)
            .env("FAULT_AT", i64::MAX.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    fn succeed(&self, input: &str, out: &Path) -> Result<(), String> {
        let done = self.command(input, out).output();
        let done = done.map_err(|e| e.to_string())?;
        ensure(
            done.status.success(),
            format!("a good run failed: {}", said(&done)),
        )
    }

    /// The state of the directory, as a reader can tell it.
    fn state(&self, out: &Path) -> Result<State, String> {
        let found = files(out)?;
        ensure(
            found.get(FOREIGN).is_some_and(|text| text == b"foreign"),
            "a file of another program was touched",
        )?;
        let Some(manifest) = found.get(MANIFEST) else {
            return Ok(State::Incomplete);
        };
        if found == self.old {
            return Ok(State::Old);
        }
        // Each manifest has its own run and names its own files and sizes.
        let manifest: serde_json::Value =
            serde_json::from_slice(manifest).map_err(|e| format!("the manifest: {e}"))?;
        let named = |key: &str| manifest[key].as_array().into_iter().flatten().cloned();
        let named: Vec<_> = named("tables").chain(named("files")).collect();
        for file in &named {
            let name = file["file"].as_str().unwrap_or_default();
            let size = found.get(name).map(|bytes| bytes.len() as u64);
            ensure(
                size.is_some() && size == file["bytes"].as_u64(),
                format!("a mix: {name}"),
            )?;
        }
        let without = |files: &Files| {
            let mut files = files.clone();
            files.remove(MANIFEST);
            for (name, bytes) in &mut files {
                if name.ends_with(".avro") {
                    without_marker(bytes);
                }
            }
            files
        };
        // Other files belong to no run.
        ensure(
            named.len() + 2 == found.len(),
            "the manifest does not name the files",
        )?;
        match without(&found) {
            files if files == without(&self.new) => Ok(State::New),
            _ => Err("a mix of old and new files".to_owned()),
        }
    }

    /// Tries all faults; returns for each its call and the state after it.
    fn check(&self, all: bool) -> Result<Vec<(String, State)>, String> {
        let mut faults = Vec::new();
        for (number, fault) in FAULTS.into_iter().enumerate() {
            let is_first = self.words == OUTPUTS[0];
            let step = if all || (is_first && number < 2) {
                1
            } else {
                STEP
            };
            let first = number % step;
            faults.extend(
                (first..self.calls.len())
                    .step_by(step)
                    .map(|at| (at + 1, fault)),
            );
        }
        // A rename fails, the commit goes back, and is interrupted.
        let renames = self
            .calls
            .iter()
            .enumerate()
            .filter(|(_, name)| *name == "rename");
        for (at, _) in renames {
            let later = (1 + at % STEP..KILLS_LATER).step_by(if all { 1 } else { STEP });
            faults.extend(later.map(|later| (at + 1, Fault::ThenKill(EIO, later))));
        }
        let next = AtomicUsize::new(0);
        let work = |thread: usize| {
            let mut found = Vec::new();
            while let Some((at, fault)) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                let state = self.fault(*at, *fault, thread).map_err(|why| {
                    let call = &self.calls[at - 1];
                    format!("{:?}, {fault:?} at call {at}, {call}: {why}", self.words)
                })?;
                if let Some(state) = state {
                    found.push((self.calls[at - 1].clone(), state));
                }
            }
            Ok::<_, String>(found)
        };
        thread::scope(|scope| {
            let work = &work;
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| scope.spawn(move || work(thread)))
                .collect();
            let mut found = Vec::new();
            for thread in threads {
                found.extend(thread.join().map_err(|_| "a thread ended early")??);
            }
            Ok(found)
        })
    }

    /// Tries one fault; returns the state of the directory, or `None` if the run had fewer calls.
    fn fault(&self, at: usize, fault: Fault, thread: usize) -> Result<Option<State>, String> {
        let out = self.folder.join(format!("out{thread}"));
        let log = self.folder.join(format!("log{thread}"));
        let _ = fs::remove_dir_all(&out);
        let _ = fs::remove_file(&log);
        fs::create_dir(&out).map_err(|e| e.to_string())?;
        for (name, bytes) in &self.old {
            fs::write(out.join(name), bytes).map_err(|e| e.to_string())?;
        }
        let error = match fault {
            Fault::Once(error)
            | Fault::FromThenOn(error)
            | Fault::WithoutLinks(error)
            | Fault::ThenKill(error, _) => error,
            Fault::Kill => 0,
        };
        let mut command = self.command("new.jsonl", &out);
        command.env("FAULT_LOG", &log);
        command.env("FAULT_AT", at.to_string());
        command.env("FAULT_ERROR", error.to_string());
        match fault {
            Fault::FromThenOn(_) => command.env("FAULT_STAYS", "1"),
            Fault::WithoutLinks(_) => command.env("FAULT_NO_LINKS", "1"),
            Fault::ThenKill(_, later) => command.env("FAULT_KILL", (at + later).to_string()),
            Fault::Once(_) | Fault::Kill => &mut command,
        };
        let done = command.output().map_err(|e| e.to_string())?;
        let message = said(&done);
        let state = self.state(&out)?;
        if fs::read_to_string(&log).is_ok_and(|log| log.is_empty()) {
            ensure(state == State::New, "no fault, and yet no new files")?;
            return Ok(None);
        }
        ensure(!message.contains("panicked"), &message)?;
        let holds = match (fault, done.status.code()) {
            (Fault::Kill | Fault::ThenKill(..), None) => true,
            (Fault::Once(_) | Fault::WithoutLinks(_) | Fault::ThenKill(..), Some(1)) => {
                state == State::Old
            }
            (Fault::FromThenOn(_), Some(1)) => true,
            (_, Some(0)) => state == State::New,
            _ => false,
        };
        ensure(holds, format!("{}, {state:?}: {message}", done.status))?;
        // The next run completes the commit, even if it fails itself.
        let failed = self.command("missing.jsonl", &out).output();
        let failed = failed.map_err(|e| e.to_string())?;
        ensure(failed.status.code() == Some(1), said(&failed))?;
        ensure(
            self.state(&out)? != State::Incomplete,
            "the next run did not end it",
        )?;
        ensure(
            hidden(&out)?.is_empty(),
            format!("left over: {:?}", hidden(&out)?),
        )?;
        self.succeed("new.jsonl", &out)?;
        ensure(
            self.state(&out)? == State::New,
            "the run after that is not complete",
        )?;
        Ok(Some(state))
    }
}

/// Avro's sync marker, which also ends the file, is random in each file.
fn without_marker(bytes: &mut [u8]) {
    const LENGTH: usize = 16;
    let Some(marker) = bytes.last_chunk::<LENGTH>().copied() else {
        return;
    };
    let places = bytes.windows(LENGTH).enumerate();
    let places = places.filter(|(_, window)| *window == marker);
    for at in places.map(|(at, _)| at).collect::<Vec<_>>() {
        bytes[at..at + LENGTH].fill(0);
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

fn ensure(holds: bool, what: impl Into<String>) -> Result<(), String> {
    holds.then_some(()).ok_or_else(|| what.into())
}

fn names(directory: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(directory).map_err(|e| e.to_string())?;
    let names = entries.map(|entry| entry.map(|it| it.file_name().to_string_lossy().into_owned()));
    names.collect::<Result<_, _>>().map_err(|e| e.to_string())
}

/// The temporary files that a run left behind.
fn hidden(directory: &Path) -> Result<Vec<String>, String> {
    let mut names = names(directory)?;
    names.retain(|name| name.starts_with('.'));
    Ok(names)
}

/// The files that look like output.
fn files(directory: &Path) -> Result<Files, String> {
    let names = names(directory)?
        .into_iter()
        .filter(|name| !name.starts_with('.'));
    let files = names.map(|name| fs::read(directory.join(&name)).map(|bytes| (name, bytes)));
    files.collect::<Result<_, _>>().map_err(|e| e.to_string())
}
