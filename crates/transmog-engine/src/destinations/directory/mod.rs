//! A directory: one file for each table, all of which appear when the run succeeds, or none.

mod checksum;
mod entries;
mod files;
mod folder;
mod journal;
mod manifest;
mod names;
mod plan;
mod previous;
mod quarantine;
mod staging;
mod table_file;
mod writeback;

pub use entries::FileId;
pub use files::{BeforeCommit, Companion, Layout, MakeCompanion, OutputFiles};
pub use manifest::{MANIFEST, Manifest, ManifestFile};
pub use plan::{DirectoryPlan, Plan, PlannedFile};
pub use staging::IfExists;

use super::memory::Table;
use crate::{
    config::TransmogConfig,
    destination::{CellCheck, Destination, RejectedRecord, Rows},
    error::{Error, Result},
    summary::Summary,
};
use checksum::Complete;
use manifest::Contents;
use names::rejected_file_name;
use quarantine::Quarantine;
use staging::Staging;
use std::{
    fs::File,
    path::{Path, PathBuf},
};
use table_file::TableFiles;
use transmog_model::{TableFormat, TableSink};

/// The name of the rejected records' file until the commit.
const REJECTED: &str = "rejected.part";

/// Writes the tables to files in a directory. The files are written in a temporary folder inside
/// the directory, and the commit renames them into place. The next run in the directory completes a
/// commit that was killed. Dropped without a commit, it leaves the directory as it was.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use transmog_engine::{Directory, Feed, OutputFiles, Run, TransmogConfig, Values};
/// # let path = tempfile::tempdir().expect("a temporary directory");
/// # let path = path.path();
/// let config = TransmogConfig::default();
/// let files = OutputFiles::new(Arc::new(transmog_csv::Format::default()));
/// let mut directory = Directory::open(path, files, &config, &[])?;
/// let values = Values([serde_json::json!({"a": 1})].into_iter());
/// let summary = Run::start(Feed::records(values), &mut directory, &config)?.complete()?;
/// assert_eq!(summary.tables[0].file.as_deref(), Some("data.csv"));
/// assert!(path.join("data.csv").exists());
/// # Ok::<(), transmog_engine::Error>(())
/// ```
pub struct Directory {
    output: OutputFiles,
    config: TransmogConfig,
    staging: Staging,
    tables: TableFiles,
    quarantine: Quarantine,
}

impl Directory {
    /// Creates the directory if needed, locks it, and completes or removes what killed runs left
    /// behind. `config` is the configuration of the next run, and `inputs` are the paths that it
    /// reads, which nothing replaces or removes.
    ///
    /// # Errors
    /// When options conflict, the directory cannot be written to, another run is writing to it, or
    /// a file of the run is in the way. Also when one of the `inputs` has the name of an output
    /// file, or is a file of an earlier run, or when a companion file would replace a file that no
    /// earlier run wrote.
    pub fn open(
        path: &Path,
        output: OutputFiles,
        config: &TransmogConfig,
        inputs: &[PathBuf],
    ) -> Result<Self> {
        config.validate()?;
        output.check_names()?;
        let mut staging = Staging::new(path, config.memory_limit, inputs)?;
        let known = output.known_places(config, staging.run());
        for name in &known {
            staging.check(name, output.if_exists)?;
        }
        staging.prepare(&known, output.companion_names(config))?;
        Ok(Self {
            quarantine: Quarantine::new(staging.path(REJECTED)),
            tables: TableFiles::new(&output.format, staging.path(""), config.memory_limit),
            config: config.clone(),
            output,
            staging,
        })
    }
}

impl Destination for Directory {
    fn rows(&self) -> Rows {
        Rows::Segments
    }

    fn format(&self) -> Option<&dyn TableFormat> {
        Some(&*self.output.format)
    }

    fn cell_check(&self) -> Option<CellCheck> {
        Some(self.output.cell_check())
    }

    fn table(&mut self, at: usize) -> Result<Box<dyn TableSink>> {
        Ok(Box::new(self.tables.file(at)))
    }

    fn scratch(&mut self) -> Result<Option<File>> {
        let path = self.staging.path("spill");
        let mut options = File::options();
        match options.read(true).write(true).create_new(true).open(&path) {
            Ok(file) => Ok(Some(file)),
            Err(error) => {
                let doing = format!("cannot create {}", path.display());
                Err(Error::io(doing, error))
            }
        }
    }

    fn reject(&mut self, rejected: &RejectedRecord<'_>) -> Result<()> {
        self.quarantine.add(rejected)
    }

    fn commit(&mut self, summary: &mut Summary) -> Result<()> {
        let Self {
            output,
            config,
            staging,
            ..
        } = self;
        if let Some((at, note, others)) = self.tables.note() {
            summary.add_note(at, &note, others);
        }
        let names = summary.tables.iter().map(|table| table.name.as_str());
        let places = output.places(names, staging.run());
        let mut files = self.tables.complete(places)?;
        for (table, file) in summary.tables.iter_mut().zip(&files) {
            table.file = Some(file.name.clone());
            table.bytes = Some(file.written.bytes);
        }
        if let Some(written) = self.quarantine.finish()? {
            let name = rejected_file_name(config.name());
            summary.quarantine = Some(name.clone());
            files.push(Complete {
                file: REJECTED.to_owned(),
                name,
                written,
            });
        }
        for (name, text) in output.companions(summary)? {
            files.push(staging.write(&name, &text)?);
        }
        let manifest = Contents {
            run: staging.run(),
            options: output.parameters(config),
            summary,
        };
        let manifest = manifest.to_json(&files);
        output.before_commit(summary)?;
        let changes = staging.commit(files, Some(manifest), output.if_exists)?;
        changes.report(summary);
        Ok(())
    }
}

/// Writes tables in memory to files with these names in a directory. All files appear, or none.
/// Other files stay. It writes no manifest, and removes the manifest of a run if it replaces one of
/// that run's files.
///
/// # Errors
/// When a file cannot be written, or one of the names is not plain.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use transmog_engine::{
///     DEFAULT_MEMORY_LIMIT, Feed, Memory, OutputFiles, Run, TransmogConfig, Values, save,
/// };
/// # let path = tempfile::tempdir().expect("a temporary directory");
/// # let path = path.path();
/// let values = Values([serde_json::json!({"a": 1})].into_iter());
/// let memory = Memory::default();
/// Run::start(Feed::records(values), memory.clone(), &TransmogConfig::default())?.complete()?;
/// let files = OutputFiles::new(Arc::new(transmog_csv::Format::default()));
/// save(&memory.take(), vec!["a.csv".into()], path, &files, DEFAULT_MEMORY_LIMIT)?;
/// assert!(path.join("a.csv").exists());
/// # Ok::<(), transmog_engine::Error>(())
/// ```
pub fn save(
    tables: &[Table],
    names: Vec<String>,
    directory: &Path,
    output: &OutputFiles,
    memory_limit: usize,
) -> Result<()> {
    if tables.len() != names.len() {
        let (names, tables) = (names.len(), tables.len());
        return Err(Error::config(format!(
            "{names} file names for {tables} tables; give one for each"
        )));
    }
    if !output.companions.is_empty() || output.before_commit.is_some() {
        return Err(Error::config(
            "companion files and `before_commit` need a run; save the tables without them",
        ));
    }
    let mut staging = Staging::new(directory, memory_limit, &[])?;
    let files = TableFiles::new(&output.format, staging.path(""), memory_limit);
    for (at, table) in tables.iter().enumerate() {
        let mut file = files.file(at);
        for rows in table.batches() {
            let rows = rows.clone();
            file.write(table.schema(), rows).map_err(Error::write)?;
        }
        file.finish(table.schema()).map_err(Error::write)?;
    }
    staging.commit(files.complete(names)?, None, output.if_exists)?;
    Ok(())
}
