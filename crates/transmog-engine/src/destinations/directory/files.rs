//! What files a run writes to a directory.

use super::{
    manifest::MANIFEST,
    names::{file_names, rejected_file_name},
    previous::CompanionNames,
    staging::IfExists,
};
use crate::{
    config::{OnError, TransmogConfig},
    destination::CellCheck,
    error::{Error, Result},
    summary::Summary,
};
use serde_json::{Map, Value};
use std::{io, sync::Arc};
use transmog_model::TableFormat;

/// The files of a run: their format, those beside the tables, and what happens to what is there.
#[derive(Clone)]
pub struct OutputFiles {
    /// The format of the tables' files.
    pub format: Arc<dyn TableFormat>,
    /// Which cells do not arrive; none: those that the format alters.
    pub cell_check: Option<CellCheck>,
    /// The files beside those of the tables.
    pub companions: Vec<Companion>,
    /// What is done when all files are complete and none has its name yet; its error ends the run.
    pub before_commit: Option<Arc<BeforeCommit>>,
    /// What happens to files that are there already.
    pub if_exists: IfExists,
    /// What the manifest says of the options of the files.
    pub parameters: Map<String, Value>,
}

/// What is done when all files are complete.
pub type BeforeCommit = dyn Fn(&Summary) -> io::Result<()> + Send + Sync;

/// Files beside those of the tables.
#[derive(Clone)]
pub struct Companion {
    /// Their names.
    pub names: Vec<String>,
    /// Whether the names are the program's own: such files replace nothing but what an earlier
    /// run wrote. The caller's replace what is there.
    pub is_own: bool,
    /// Makes the text of each.
    pub make: Arc<MakeCompanion>,
}

/// Makes the texts of files beside those of the tables.
pub type MakeCompanion = dyn Fn(&Summary) -> Result<Vec<String>> + Send + Sync;

impl OutputFiles {
    /// Files of this format, and none beside those of the tables.
    #[must_use]
    pub fn new(format: Arc<dyn TableFormat>) -> Self {
        Self {
            format,
            cell_check: None,
            companions: Vec::new(),
            before_commit: None,
            if_exists: IfExists::default(),
            parameters: Map::new(),
        }
    }

    /// Which cells do not arrive.
    pub(super) fn cell_check(&self) -> CellCheck {
        self.cell_check.clone().unwrap_or_else(|| {
            let format = Arc::clone(&self.format);
            CellCheck {
                altered: Arc::new(move |texts| format.altered_cells(texts)),
                refusal: None,
            }
        })
    }

    /// Does what is to be done before the commit.
    pub(super) fn before_commit(&self, summary: &Summary) -> Result<()> {
        let work = self.before_commit.as_deref();
        let done = work.map_or(Ok(()), |work| work(summary));
        done.map_err(Error::before_commit)
    }

    /// The files beside those of the tables: name and text of each.
    pub(super) fn companions(&self, summary: &Summary) -> Result<Vec<(String, String)>> {
        let mut files = Vec::new();
        for companion in &self.companions {
            let texts = (companion.make)(summary)?;
            files.extend(companion.names.iter().cloned().zip(texts));
        }
        Ok(files)
    }

    /// The names of files that are known before the run: of the main table first.
    pub(super) fn known_names(&self, config: &TransmogConfig) -> Vec<String> {
        let mut names = file_names([config.name()].into_iter(), self.format.extension());
        names.push(MANIFEST.to_owned());
        let CompanionNames { own, named } = self.companion_names(config);
        names.extend(own);
        names.extend(named);
        names
    }

    /// The names of the files beside the tables.
    pub(super) fn companion_names(&self, config: &TransmogConfig) -> CompanionNames {
        let mut names = CompanionNames::default();
        if config.on_error == OnError::Quarantine {
            names.own.push(rejected_file_name(config.name()));
        }
        for companion in &self.companions {
            let of_its_kind = match companion.is_own {
                true => &mut names.own,
                false => &mut names.named,
            };
            of_its_kind.extend(companion.names.iter().cloned());
        }
        names
    }

    /// The options of the run, for its manifest.
    pub(super) fn parameters(&self, config: &TransmogConfig) -> Value {
        let mut options = config.parameters();
        for (name, value) in &self.parameters {
            options[name] = value.clone();
        }
        options
    }
}
