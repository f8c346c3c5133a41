//! What a run to files would write, found without writing.

use crate::{
    config::TransmogConfig,
    error::Result,
    input::Input,
    manifest::MANIFEST,
    output::{Output, rejected_name},
    previous::Previous,
    quarantine::Quarantine,
    run::{Run, Setup},
    staging::{check_directory, check_target, spare_inputs},
    summary::Summary,
    tables::{NoRows, Rows, SinkFactory},
};
use serde::Serialize;
use std::{path::Path, time::Instant};

/// What [`flatten_stream`](crate::flatten_stream) would do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Records, tables with the names of their files, and the ledger. Files have no size yet.
    pub summary: Summary,
    /// The files of the tables, then that of the rejected records, then those beside them, and
    /// the manifest.
    pub files: Vec<PlannedFile>,
}

/// A file that would be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedFile {
    /// Relative to the output directory.
    pub name: String,
    /// Whether there is such a file already, which would be replaced.
    pub exists: bool,
}

impl Plan {
    /// The plan as one JSON object: that of the summary, and `files`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut plan = self.summary.to_value();
        plan["files"] = serde_json::json!(self.files);
        plan.to_string()
    }
}

/// Reads the input as [`flatten_stream`](crate::flatten_stream) would, and says what it would
/// write. Nothing is written, and no directory is made.
///
/// Whether the disk has room and lets the files be written is not tried.
///
/// # Errors
/// As [`flatten_stream`](crate::flatten_stream), but for those of writing.
///
/// # Examples
/// ```
/// # #[cfg(feature = "csv")] {
/// use transmog::{Output, OutputFormat, TransmogConfig, dry_run};
/// let output = Output::of(OutputFormat::Csv)?;
/// let plan = dry_run(r#"{"a":[{"b":1}]}"#, "no-such-directory", &output, &TransmogConfig::default())?;
/// let names: Vec<_> = plan.files.iter().map(|file| file.name.as_str()).collect();
/// assert_eq!(names, ["data.csv", "data_a.csv", "_transmog.json"]);
/// assert!(!std::path::Path::new("no-such-directory").exists());
/// # }
/// # Ok::<(), transmog::Error>(())
/// ```
pub fn dry_run(
    input: impl Into<Input>,
    directory: impl AsRef<Path>,
    output: &Output,
    config: &TransmogConfig,
) -> Result<Plan> {
    config.validate()?;
    output.validate(config)?;
    let started = Instant::now();
    let directory = directory.as_ref();
    check_directory(directory)?;
    let known = output.known_names(config);
    for name in &known {
        check_target(directory, name, output.if_exists)?;
    }
    let feed = input.into().feed(config)?;
    let inputs = feed.files.clone();
    // Whose the files of a run that writes none would be, is not known: this user's.
    let previous = Previous::read(directory, config.memory_limit, |_| true).unwrap_or_default();
    let before = known.iter().map(String::as_str).chain(previous.names());
    spare_inputs(directory, &inputs, before)?;
    let companions = output.companion_names(config);
    previous.check(directory, &companions)?;
    let mut quarantine = Quarantine::new(None);
    let setup = Setup::of_output(config, output, Rows::Dropped, &mut quarantine);
    let sinks: SinkFactory = Box::new(|_| Box::new(NoRows));
    let outcome = Run::start(feed, sinks, setup, false).complete()?;
    let mut names = outcome.file_names(output.format.extension());
    let files: Vec<_> = names.iter().map(|name| (name.clone(), None)).collect();
    let mut summary = Summary::in_memory(&outcome, started.elapsed());
    summary.tables = outcome.table_summaries(&files);
    if !quarantine.is_empty() {
        names.push(rejected_name(config));
        summary.quarantine = Some(rejected_name(config));
    }
    let others = output.companions(config, &summary)?;
    names.extend(others.into_iter().map(|(name, _)| name));
    names.push(MANIFEST.to_owned());
    spare_inputs(directory, &inputs, names.iter().map(String::as_str))?;
    let written = names.iter().map(String::as_str);
    let written: Vec<_> = written.filter(|name| *name != MANIFEST).collect();
    let changes = previous.changes(directory, &written, &companions)?;
    changes.report(&mut summary);
    let mut files = Vec::with_capacity(names.len());
    for name in names {
        files.push(PlannedFile {
            exists: check_target(directory, &name, output.if_exists)?,
            name,
        });
    }
    summary.elapsed = started.elapsed();
    Ok(Plan { summary, files })
}
