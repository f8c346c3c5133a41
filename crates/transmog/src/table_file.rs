//! One table to one file. While the schema stays, rows go to one file; when a
//! column or a wider type comes, the file ends as a segment and the next one
//! begins. At the end one segment is the table's file, several are merged.

use crate::writeback::{Growing, Writeback};
use arrow::{
    array::{Array, AsArray, BooleanBufferBuilder},
    buffer::BooleanBuffer,
    datatypes::DataType,
};
use std::{
    collections::HashMap,
    fs::{self, File},
    io::{BufRead, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use transmog_model::{
    Error, Result, Segment, TableBatch, TableFormat, TableSchema, TableSink, TableWriter,
};

/// The file of one table, in progress.
pub(crate) struct TableFile {
    format: Arc<dyn TableFormat>,
    writeback: Arc<Writeback>,
    path: PathBuf,
    open: Option<OpenSegment>,
    closed: Vec<ClosedSegment>,
}

struct OpenSegment {
    schema: TableSchema,
    path: PathBuf,
    writer: Box<dyn TableWriter>,
    /// The file that the writer's bytes go to.
    file: Arc<File>,
    growing: Growing,
    strings: StringsFile,
}

struct ClosedSegment {
    schema: TableSchema,
    path: PathBuf,
    strings: StringsFile,
}

impl ClosedSegment {
    fn open(&self) -> Result<Segment> {
        Ok(Segment {
            file: File::open(&self.path).map_err(|e| reading(&self.path, e))?,
            strings: self.strings.read()?,
            schema: self.schema.clone(),
        })
    }
}

impl TableFile {
    /// The table's file will be at `path`, its segments beside it.
    pub(crate) fn new(
        format: Arc<dyn TableFormat>,
        path: PathBuf,
        writeback: Arc<Writeback>,
    ) -> Self {
        Self {
            format,
            writeback,
            path,
            open: None,
            closed: Vec::new(),
        }
    }

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
            self.open = Some(OpenSegment {
                growing: Growing::open(&path).map_err(|e| reading(&path, e))?,
                writer: self.format.create(schema, Box::new(Arc::clone(&file)))?,
                file,
                schema: schema.clone(),
                strings: StringsFile::new(
                    path.with_extension(format!("strings{}", self.closed.len())),
                ),
                path,
            });
        }
        Ok(self.open.as_mut().expect("a segment is open now"))
    }

    /// Ends the segment in progress and gives its file.
    fn close(&mut self) -> Result<Option<Arc<File>>> {
        let Some(open) = self.open.take() else {
            return Ok(None);
        };
        let mut strings = open.strings;
        strings.close()?;
        open.writer.finish()?;
        self.closed.push(ClosedSegment {
            schema: open.schema,
            path: open.path,
            strings,
        });
        Ok(Some(open.file))
    }

    fn merge(&mut self, schema: &TableSchema) -> Result<()> {
        let segments = std::mem::take(&mut self.closed);
        tracing::info!(
            table = schema.name,
            segments = segments.len(),
            columns = schema.columns.len(),
            "segments are merged"
        );
        let mut opened = segments.iter().map(ClosedSegment::open);
        let file = create(&self.path)?;
        let out = Box::new(Arc::clone(&file));
        self.format.merge(&mut opened, schema, out)?;
        (self.writeback.finish(&file)).map_err(|e| writing(&self.path, e))?;
        for segment in &segments {
            // The folder they are in goes at the end; this only saves space.
            let _ = fs::remove_file(&segment.path);
        }
        Ok(())
    }
}

impl TableSink for TableFile {
    fn write(&mut self, schema: &TableSchema, batch: TableBatch) -> Result<()> {
        tracing::debug!(
            table = schema.name,
            rows = batch.rows.num_rows(),
            "rows are written"
        );
        let open = self.open(schema)?;
        open.strings.add(&batch)?;
        open.writer.write(&batch.rows)?;
        let OpenSegment { growing, .. } = self.open.as_mut().expect("a segment is open");
        self.writeback.grew(growing);
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
        match &self.closed[..] {
            [only] if only.schema.columns == schema.columns => {
                let file = match last {
                    Some(file) => file,
                    None => Arc::new(File::open(&only.path).map_err(|e| reading(&only.path, e))?),
                };
                (self.writeback.finish(&file)).map_err(|e| writing(&only.path, e))?;
                fs::rename(&only.path, &self.path).map_err(|e| writing(&self.path, e))
            }
            _ => self.merge(schema),
        }
    }
}

fn create(path: &Path) -> Result<Arc<File>> {
    let file = File::create_new(path).map(Arc::new);
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

/// Which elements of a segment's lists of text were strings. It is a file
/// only when some were not.
///
/// The file is a sequence of runs: column, number of elements, whether all are
/// strings, and else a bit an element.
struct StringsFile {
    path: PathBuf,
    exists: bool,
    /// Open while rows are written.
    file: Option<BufWriter<Arc<File>>>,
    /// Elements of each column that were all strings and are not in the file yet.
    unwritten: HashMap<usize, usize>,
}

impl StringsFile {
    fn new(path: PathBuf) -> Self {
        Self {
            path,
            exists: false,
            file: None,
            unwritten: HashMap::new(),
        }
    }

    fn add(&mut self, batch: &TableBatch) -> Result<()> {
        for (column, array) in batch.rows.columns().iter().enumerate() {
            let DataType::List(element) = array.data_type() else {
                continue;
            };
            if *element.data_type() != DataType::Utf8 {
                continue;
            }
            let offsets = array.as_list::<i32>().value_offsets();
            let count = (offsets[array.len()] - offsets[0]) as usize;
            let unwritten = self.unwritten.entry(column).or_default();
            match batch.strings.iter().find(|(at, _)| *at == column) {
                None => *unwritten += count,
                Some((_, strings)) => {
                    let before = std::mem::take(unwritten);
                    self.put(column, before, None)?;
                    self.put(column, strings.len(), Some(strings))?;
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, column: usize, count: usize, strings: Option<&BooleanBuffer>) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                self.exists = true;
                self.file.insert(BufWriter::new(create(&self.path)?))
            }
        };
        let mut run = Vec::new();
        run.extend_from_slice(&(column as u64).to_le_bytes());
        run.extend_from_slice(&(count as u64).to_le_bytes());
        run.push(u8::from(strings.is_some()));
        for start in (0..strings.map_or(0, |_| count)).step_by(8) {
            let bits = (start..count.min(start + 8))
                .filter(|at| strings.is_some_and(|strings| strings.value(*at)));
            run.push(bits.fold(0, |byte, at| byte | 1 << (at - start)));
        }
        file.write_all(&run).map_err(|e| writing(&self.path, e))
    }

    /// Ends the writing.
    fn close(&mut self) -> Result<()> {
        match self.file.take() {
            Some(mut file) => file.flush().map_err(|e| writing(&self.path, e)),
            None => Ok(()),
        }
    }

    fn read(&self) -> Result<HashMap<usize, BooleanBuffer>> {
        let mut columns: HashMap<usize, BooleanBufferBuilder> = HashMap::new();
        if !self.exists {
            return Ok(HashMap::new());
        }
        let failed = |e| reading(&self.path, e);
        let mut file = BufReader::new(File::open(&self.path).map_err(failed)?);
        while !file.fill_buf().map_err(failed)?.is_empty() {
            let column = number(&mut file).map_err(failed)?;
            let count = number(&mut file).map_err(failed)?;
            let mut are_mixed = [0];
            file.read_exact(&mut are_mixed).map_err(failed)?;
            let bits = columns
                .entry(column)
                .or_insert_with(|| BooleanBufferBuilder::new(count));
            if are_mixed == [0] {
                bits.append_n(count, true);
            } else {
                let mut bytes = vec![0; count.div_ceil(8)];
                file.read_exact(&mut bytes).map_err(failed)?;
                bits.append_packed_range(0..count, &bytes);
            }
        }
        let finished = columns
            .into_iter()
            .map(|(at, mut bits)| (at, bits.finish()));
        Ok(finished.collect())
    }
}

fn number(file: &mut impl Read) -> std::io::Result<usize> {
    let mut bytes = [0; 8];
    file.read_exact(&mut bytes)?;
    usize::try_from(u64::from_le_bytes(bytes)).map_err(std::io::Error::other)
}
