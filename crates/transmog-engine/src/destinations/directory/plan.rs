//! The plan of a run to a directory: what it would write, without writing.

use super::{
    entries::{FileId, file_ids},
    files::OutputFiles,
    manifest::MANIFEST,
    names::rejected_file_name,
    previous::Previous,
    staging::{check_directory, check_target, spare_inputs},
};
use crate::{
    config::TransmogConfig,
    destination::{CellCheck, Destination, RejectedRecord, Rows},
    destinations::nothing::Nothing,
    error::Result,
    summary::Summary,
};
use serde::Serialize;
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};
use transmog_model::{TableFormat, TableSink};

/// Stands for the id of the run in the names of parts.
const RUN: &str = "RUN";

/// What a run to a directory would do.
///
/// # Examples
/// ```
/// use std::{path::Path, sync::Arc};
/// use transmog_engine::{DirectoryPlan, Feed, OutputFiles, Plan, Run, TransmogConfig, Values};
/// let (config, path) = (TransmogConfig::default(), Path::new("no-such-directory"));
/// let files = OutputFiles::new(Arc::new(transmog_csv::Format::default()));
/// let mut directory = DirectoryPlan::open(path, files, &config, &[])?;
/// let values = Values([serde_json::json!({"a": 1})].into_iter());
/// let summary = Run::start(Feed::records(values), &mut directory, &config)?.complete()?;
/// let plan = Plan { summary, files: directory.into_files() };
/// assert_eq!((plan.files[0].name.as_str(), plan.files[0].exists), ("data.csv", false));
/// assert!(plan.to_json().contains(r#"{"name":"_transmog.json","exists":false}"#));
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    /// Records, tables with the names of their files, and the ledger. Files have no size yet.
    pub summary: Summary,
    /// The tables' files, then the file of rejected records, the companion files, and the manifest.
    pub files: Vec<PlannedFile>,
}

/// A file that would be written.
///
/// See [`Plan`] for an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedFile {
    /// Relative to the output directory.
    pub name: String,
    /// Whether the file exists and would be replaced.
    pub exists: bool,
}

impl Plan {
    /// The plan as one JSON object: the summary, and `files`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut plan = self.summary.to_value();
        plan["files"] = serde_json::json!(self.files);
        plan.to_string()
    }
}

/// A destination like [`Directory`](super::Directory) that writes nothing and does not create the
/// directory.
/// It does not check whether the disk has room or the files can be written.
///
/// # Examples
/// ```
/// use std::{path::Path, sync::Arc};
/// use transmog_engine::{DirectoryPlan, Feed, OutputFiles, Run, TransmogConfig, Values};
/// let (config, path) = (TransmogConfig::default(), Path::new("no-such-directory"));
/// let files = OutputFiles::new(Arc::new(transmog_csv::Format::default()));
/// let mut plan = DirectoryPlan::open(path, files, &config, &[])?;
/// let values = Values([serde_json::json!({"a": 1})].into_iter());
/// Run::start(Feed::records(values), &mut plan, &config)?.complete()?;
/// let names: Vec<_> = plan.into_files().into_iter().map(|file| file.name).collect();
/// assert_eq!(names, ["data.csv", "_transmog.json"]);
/// assert!(!path.exists());
/// # Ok::<(), transmog_engine::Error>(())
/// ```
pub struct DirectoryPlan {
    output: OutputFiles,
    config: TransmogConfig,
    directory: PathBuf,
    inputs: HashSet<FileId>,
    previous: Previous,
    has_rejected: bool,
    files: Vec<PlannedFile>,
}

impl DirectoryPlan {
    /// Checks the directory for a run with this `config`, which reads the files at the paths
    /// `inputs`.
    ///
    /// # Errors
    /// As [`Directory::open`](super::Directory::open), except for writing.
    pub fn open(
        path: &Path,
        output: OutputFiles,
        config: &TransmogConfig,
        inputs: &[PathBuf],
    ) -> Result<Self> {
        config.validate()?;
        output.check_names()?;
        check_directory(path)?;
        let known = output.known_places(config, RUN);
        for name in &known {
            check_target(path, name, output.if_exists)?;
        }
        let inputs = file_ids(inputs);
        // A plan writes no file whose owner could be compared, so all files count as this user's.
        let previous = Previous::read(path, config.memory_limit, |_| true).unwrap_or_default();
        let before = known.iter().map(String::as_str).chain(previous.names());
        spare_inputs(path, &inputs, before)?;
        previous.check(path, &output.companion_names(config))?;
        Ok(Self {
            config: config.clone(),
            directory: path.to_owned(),
            has_rejected: false,
            files: Vec::new(),
            output,
            inputs,
            previous,
        })
    }

    /// The files that the run would have written, after its commit.
    #[must_use]
    pub fn into_files(self) -> Vec<PlannedFile> {
        self.files
    }
}

impl Destination for DirectoryPlan {
    fn rows(&self) -> Rows {
        Rows::Dropped
    }

    fn format(&self) -> Option<&dyn TableFormat> {
        Some(&*self.output.format)
    }

    fn cell_check(&self) -> Option<CellCheck> {
        Some(self.output.cell_check())
    }

    fn table(&mut self, _: usize) -> Result<Box<dyn TableSink>> {
        Ok(Box::new(Nothing))
    }

    fn reject(&mut self, _: &RejectedRecord<'_>) -> Result<()> {
        self.has_rejected = true;
        Ok(())
    }

    fn commit(&mut self, summary: &mut Summary) -> Result<()> {
        let Self {
            output,
            config,
            directory,
            previous,
            ..
        } = self;
        let names = summary.tables.iter().map(|table| table.name.as_str());
        let mut names = output.places(names, RUN);
        for (table, name) in summary.tables.iter_mut().zip(&names) {
            table.file = Some(name.clone());
        }
        if self.has_rejected {
            let name = rejected_file_name(config.name());
            summary.quarantine = Some(name.clone());
            names.push(name);
        }
        let others = output.companions(summary)?;
        names.extend(others.into_iter().map(|(name, _)| name));
        let written: Vec<_> = names.iter().map(String::as_str).collect();
        let all = written.iter().copied().chain([MANIFEST]);
        spare_inputs(directory, &self.inputs, all)?;
        let companions = output.companion_names(config);
        let changes = previous.changes(directory, &written, &companions)?;
        changes.report(summary);
        names.push(MANIFEST.to_owned());
        for name in names {
            self.files.push(PlannedFile {
                exists: check_target(directory, &name, output.if_exists)?,
                name,
            });
        }
        Ok(())
    }
}
