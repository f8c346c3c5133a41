//! One table to one file. While the schema stays, rows go to one file; when a
//! column or a wider type comes, the file ends as a segment and the next one
//! begins. At the end one segment is the table's file, several are merged.

use super::{
    checksum::{CheckedFile, Complete, Written},
    writeback::{Growing, Writeback},
};
use crate::limits::Limits;
use arrow::array::RecordBatch;
use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use transmog_model::{
    Error, Executor, Result, Segment, TableFormat, TableSchema, TableSink, TableWriter,
};

/// The files of the tables of a run.
#[derive(Clone)]
pub(crate) struct TableFiles {
    format: Arc<dyn TableFormat>,
    folder: PathBuf,
    /// Bytes of memory that the first file may keep until its end, of which others keep less.
    kept: usize,
    writeback: Arc<Writeback>,
    /// Tables whose files are not as the options ask, with the reason.
    notes: Arc<Mutex<BTreeMap<usize, String>>>,
    /// What the files are that are complete, by table.
    written: Arc<Mutex<HashMap<usize, Written>>>,
}

impl TableFiles {
    /// They are in this folder until they get their names.
    pub(crate) fn new(format: &Arc<dyn TableFormat>, folder: PathBuf, memory_limit: usize) -> Self {
        Self {
            format: Arc::clone(format),
            folder,
            kept: Limits::of(memory_limit).kept_by_files,
            notes: Arc::default(),
            writeback: Arc::default(),
            written: Arc::default(),
        }
    }

    /// The file of a table.
    pub(crate) fn file(&self, at: usize) -> TableFile {
        let bounded = self.format.bounded(self.kept / (at + 1));
        TableFile {
            format: bounded.unwrap_or_else(|| Arc::clone(&self.format)),
            files: self.clone(),
            at,
            path: self.folder.join(part(at)),
            executor: None,
            open: None,
            closed: Vec::new(),
        }
    }

    /// The note of the first table whose file is not as the options ask, and how many more such
    /// tables there are.
    pub(crate) fn note(&self) -> Option<(usize, String, usize)> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, note) = notes.first_key_value()?;
        Some((*at, note.clone(), notes.len() - 1))
    }

    /// The files, all of which have finished, with the names they get.
    ///
    /// # Errors
    /// When the sink of one of them has not finished.
    pub(crate) fn complete(&self, names: Vec<String>) -> crate::error::Result<Vec<Complete>> {
        let all = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let files = names.into_iter().enumerate().map(|(at, name)| {
            let Some(written) = all.get(&at) else {
                let message = format!("the sink of the table for {name} has not finished");
                return Err(crate::error::Error::config(message));
            };
            Ok(Complete {
                file: part(at),
                name,
                written: written.clone(),
            })
        });
        files.collect()
    }
}

/// Name of the file of a table until it gets its own.
fn part(at: usize) -> String {
    format!("{at}.part")
}

/// The file of one table, in progress.
pub(crate) struct TableFile {
    files: TableFiles,
    format: Arc<dyn TableFormat>,
    at: usize,
    path: PathBuf,
    executor: Option<Arc<dyn Executor>>,
    open: Option<OpenSegment>,
    closed: Vec<ClosedSegment>,
}

struct OpenSegment {
    schema: TableSchema,
    path: PathBuf,
    writer: Box<dyn TableWriter>,
    /// The file that the writer's bytes go to.
    file: CheckedFile,
    growing: Growing,
}

struct ClosedSegment {
    schema: TableSchema,
    path: PathBuf,
    written: Written,
}

impl ClosedSegment {
    fn open(&self) -> Result<Segment> {
        Ok(Segment {
            bytes: Arc::new(File::open(&self.path).map_err(|e| reading(&self.path, e))?),
            schema: self.schema.clone(),
        })
    }
}

impl TableFile {
    fn open(&mut self, schema: &TableSchema) -> Result<&mut OpenSegment> {
        let is_same = |open: &OpenSegment| open.schema.columns == schema.columns;
        if !self.open.as_ref().is_some_and(is_same) {
            self.end_segment()?;
            if !self.closed.is_empty() {
                tracing::info!(
                    table = schema.name,
                    segment = self.closed.len() + 1,
                    columns = schema.columns.len(),
                    "the file goes on as another segment"
                );
            }
            let path = self
                .path
                .with_extension(format!("segment{}", self.closed.len()));
            let file = create(&path)?;
            let mut writer = self.format.create(schema, Box::new(file.clone()))?;
            if let Some(executor) = &self.executor {
                writer.set_executor(executor);
            }
            self.open = Some(OpenSegment {
                growing: Growing::open(&path).map_err(|e| reading(&path, e))?,
                writer,
                file,
                schema: schema.clone(),
                path,
            });
        }
        Ok(self.open.as_mut().expect("a segment is open now"))
    }

    /// Ends the segment in progress and gives its file.
    fn close(&mut self) -> Result<Option<CheckedFile>> {
        let Some(open) = self.open.take() else {
            return Ok(None);
        };
        open.writer.finish()?;
        self.closed.push(ClosedSegment {
            schema: open.schema,
            path: open.path,
            written: open.file.written(),
        });
        Ok(Some(open.file))
    }

    fn merge(&mut self, schema: &TableSchema) -> Result<Written> {
        let segments = std::mem::take(&mut self.closed);
        tracing::info!(
            table = schema.name,
            segments = segments.len(),
            columns = schema.columns.len(),
            "segments are merged"
        );
        let mut opened = segments.iter().map(ClosedSegment::open);
        let file = create(&self.path)?;
        (self.format).merge(&mut opened, schema, Box::new(file.clone()))?;
        (self.files.writeback.finish(file.file())).map_err(|e| writing(&self.path, e))?;
        for segment in &segments {
            // The folder they are in goes at the end; this only saves space.
            let _ = fs::remove_file(&segment.path);
        }
        Ok(file.written())
    }
}

impl TableSink for TableFile {
    fn set_executor(&mut self, executor: &Arc<dyn Executor>) {
        self.executor = Some(Arc::clone(executor));
    }

    fn write(&mut self, schema: &TableSchema, rows: RecordBatch) -> Result<()> {
        tracing::debug!(
            table = schema.name,
            rows = rows.num_rows(),
            "rows are written"
        );
        let open = self.open(schema)?;
        open.writer.write(&rows)?;
        let OpenSegment { growing, .. } = self.open.as_mut().expect("a segment is open");
        self.files.writeback.grew(growing);
        Ok(())
    }

    fn end_row_group(&mut self) -> Result<()> {
        match &mut self.open {
            Some(open) => open.writer.end_row_group(),
            None => Ok(()),
        }
    }

    fn end_segment(&mut self) -> Result<()> {
        // Only a file that stays as it is must be durable: see `finish`.
        self.close().map(drop)
    }

    fn finish(&mut self, schema: &TableSchema) -> Result<()> {
        if self.open.is_none() && self.closed.is_empty() {
            // No rows: a file with nothing but the schema.
            self.open(schema)?;
        }
        let last = self.close()?;
        let written = match &self.closed[..] {
            [only] if only.schema.columns == schema.columns => {
                let writeback = &self.files.writeback;
                let durable = match last {
                    Some(last) => writeback.finish(last.file()),
                    None => File::open(&only.path).and_then(|file| writeback.finish(&file)),
                };
                durable
                    .and_then(|()| fs::rename(&only.path, &self.path))
                    .map_err(|e| writing(&self.path, e))?;
                only.written.clone()
            }
            _ => self.merge(schema)?,
        };
        if let Some(note) = self.format.note() {
            let mut notes = (self.files.notes.lock()).unwrap_or_else(PoisonError::into_inner);
            notes.insert(self.at, note);
        }
        let mut all = (self.files.written.lock()).unwrap_or_else(PoisonError::into_inner);
        all.insert(self.at, written);
        Ok(())
    }
}

fn create(path: &Path) -> Result<CheckedFile> {
    let file = CheckedFile::create(path);
    file.map_err(|e| Error::io(format!("cannot make {}", path.display()), e))
}

#[cold]
fn reading(path: &Path, source: std::io::Error) -> Error {
    Error::io(format!("cannot read {}", path.display()), source)
}

#[cold]
fn writing(path: &Path, source: std::io::Error) -> Error {
    Error::io(format!("cannot write {}", path.display()), source)
}
