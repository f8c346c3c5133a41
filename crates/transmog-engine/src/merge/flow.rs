//! The flow of rows to the sinks: rows that wait in memory or on disk, and row groups in progress.

use super::catalog::Catalog;
use crate::{
    destination::{Destination, Rows},
    error::{Error, Result},
    flush::{Flush, Waiting},
    open_files::max_open_tables,
    options::Options,
    spill::SpillFile,
    tables::{Job, Tables},
};
use arrow::array::Array as _;
use std::sync::Arc;
use transmog_flatten::{ChunkTable, NamedColumns};
use transmog_model::TableSchema;

/// The least bytes of a column in a row group, before encoding: about ten times its entry in the
/// footer of a file.
const MIN_COLUMN_CHUNK: usize = 8 << 10;

/// The rows of all tables that no sink has taken yet.
pub(crate) struct Flow {
    options: Arc<Options>,
    out: Box<dyn Tables>,
    /// Whether the sinks make segments of the rows.
    is_segmented: bool,
    tables: Vec<Table>,
    waiting_bytes: usize,
    group_bytes: usize,
    /// Tables with open files; the most recently written is last.
    open: Vec<usize>,
    max_open: usize,
    spill: Spill,
}

/// The rows of one table.
#[derive(Default)]
struct Table {
    /// Whether the destination was asked for its sink.
    is_open: bool,
    waiting: Vec<Waiting>,
    /// Bytes of the waiting rows in memory, and of those on disk.
    memory_bytes: usize,
    disk_bytes: usize,
    /// Bytes of the rows in the row group in progress.
    group_bytes: usize,
}

/// The temporary file for waiting rows.
enum Spill {
    /// The destination was not asked yet.
    Unknown,
    /// The destination has none.
    None,
    File(Arc<SpillFile>),
}

impl Flow {
    pub(crate) fn new(options: &Arc<Options>, out: Box<dyn Tables>, rows: Rows) -> Self {
        Self {
            options: Arc::clone(options),
            out,
            is_segmented: rows == Rows::Segments,
            tables: Vec::new(),
            waiting_bytes: 0,
            group_bytes: 0,
            open: Vec::new(),
            max_open: max_open_tables(),
            spill: Spill::Unknown,
        }
    }

    /// Adds waiting rows of a table. `columns` are the indexes of the chunk's columns in the table.
    pub(crate) fn add(&mut self, at: usize, chunk: ChunkTable, columns: Vec<usize>) {
        let bytes = size(&chunk, self.options.flatten.made_key_bytes());
        let table = self.table(at);
        table.memory_bytes += bytes;
        table.waiting.push(Waiting {
            chunk,
            columns,
            block: None,
        });
        self.waiting_bytes += bytes;
    }

    fn table(&mut self, at: usize) -> &mut Table {
        if self.tables.len() <= at {
            self.tables.resize_with(at + 1, Table::default);
        }
        &mut self.tables[at]
    }

    /// Writes rows to sinks or to the temporary file until those in memory are within the limit.
    pub(crate) fn relieve(
        &mut self,
        catalog: &Catalog,
        destination: &mut dyn Destination,
    ) -> Result<()> {
        let limits = self.options.limits;
        for at in 0..self.tables.len() {
            if self.tables[at].waiting_bytes() > limits.table_waiting {
                self.flush(at, catalog, destination)?;
            }
        }
        while self.waiting_bytes > limits.waiting {
            let largest = self.largest(|table| table.memory_bytes);
            let is_enough = self.tables[largest].waiting_bytes() >= limits.min_flush;
            if is_enough || !self.set_aside(destination)? {
                self.flush(largest, catalog, destination)?;
            }
        }
        Ok(())
    }

    /// Moves the rows of all tables to the temporary file; false if there is none.
    fn set_aside(&mut self, destination: &mut dyn Destination) -> Result<bool> {
        if let Spill::Unknown = self.spill {
            self.spill = match destination.scratch()? {
                Some(file) => Spill::File(Arc::new(SpillFile::new(file))),
                None => Spill::None,
            };
        }
        let Spill::File(spill) = &self.spill else {
            return Ok(false);
        };
        for table in &mut self.tables {
            for waiting in table.waiting.iter_mut().filter(|w| w.block.is_none()) {
                waiting.block = Some(spill.write(&mut waiting.chunk).map_err(Error::write)?);
            }
            table.disk_bytes += std::mem::take(&mut table.memory_bytes);
        }
        self.waiting_bytes = 0;
        Ok(true)
    }

    /// The table with the most of these bytes.
    fn largest(&self, bytes: impl Fn(&Table) -> usize) -> usize {
        let sizes = self.tables.iter().map(bytes).enumerate();
        sizes
            .max_by_key(|(_, bytes)| *bytes)
            .map_or(0, |(at, _)| at)
    }

    /// Takes the waiting rows of a table for its sink, if there are any.
    fn take_waiting(
        &mut self,
        at: usize,
        schema: impl FnOnce() -> (TableSchema, NamedColumns),
    ) -> Option<Job> {
        let start_micros = self.options.start_micros;
        let table = self.table(at);
        if table.waiting.is_empty() {
            return None;
        }
        let memory = std::mem::take(&mut table.memory_bytes);
        let bytes = memory + std::mem::take(&mut table.disk_bytes);
        let rows = std::mem::take(&mut table.waiting);
        table.group_bytes += bytes;
        self.waiting_bytes -= memory;
        self.group_bytes += bytes;
        let (schema, named) = schema();
        Some(Job::Flush(Flush {
            schema: Arc::new(schema),
            sources: named.sources.into(),
            rows,
            start_micros,
            spill: match &self.spill {
                Spill::File(spill) => Some(Arc::clone(spill)),
                _ => None,
            },
            bytes,
        }))
    }

    /// Sends the waiting rows of a table to its sink.
    fn flush(
        &mut self,
        at: usize,
        catalog: &Catalog,
        destination: &mut dyn Destination,
    ) -> Result<()> {
        let is_segmented = self.is_segmented;
        let schema = || match is_segmented {
            true => catalog.segment_schema(at),
            false => catalog.schema(at),
        };
        let Some(flush) = self.take_waiting(at, schema) else {
            return Ok(());
        };
        self.open.retain(|open| *open != at);
        if self.open.len() >= self.max_open {
            let least_recent = self.open.remove(0);
            self.end_group(least_recent, Job::EndSegment)?;
        }
        self.open.push(at);
        self.send(at, vec![flush], destination)?;
        if self.group_is_large(at, self.options.limits.row_groups, catalog) {
            self.end_group(at, Job::EndRowGroup)?;
        }
        while self.group_bytes > self.options.limits.row_groups {
            let largest = self.largest(|table| table.group_bytes);
            if !self.group_is_large(largest, 0, catalog) {
                break;
            }
            self.end_group(largest, Job::EndRowGroup)?;
        }
        Ok(())
    }

    /// Whether the row group of a table has more than this many bytes, and enough for its entry in
    /// the footer, which stays in memory until the file ends.
    fn group_is_large(&self, at: usize, bytes: usize, catalog: &Catalog) -> bool {
        let least = catalog.columns(at) * MIN_COLUMN_CHUNK;
        self.tables[at].group_bytes > bytes.max(least)
    }

    fn end_group(&mut self, at: usize, job: Job) -> Result<()> {
        self.group_bytes -= std::mem::take(&mut self.tables[at].group_bytes);
        self.out.send(at, vec![job])
    }

    /// Sends the last rows of a table, whose schema is complete.
    pub(crate) fn finish(
        &mut self,
        at: usize,
        schema: &TableSchema,
        named: NamedColumns,
        destination: &mut dyn Destination,
    ) -> Result<()> {
        let rows = self.take_waiting(at, || (schema.clone(), named));
        let ended = std::mem::take(&mut self.tables[at].group_bytes);
        self.group_bytes -= ended;
        let end = Job::Finish(Arc::new(schema.clone()));
        self.send(at, rows.into_iter().chain([end]).collect(), destination)
    }

    fn send(&mut self, at: usize, jobs: Vec<Job>, destination: &mut dyn Destination) -> Result<()> {
        if !self.table(at).is_open {
            self.out.open(at, destination.table(at)?);
            self.table(at).is_open = true;
        }
        self.out.send(at, jobs)
    }

    /// Waits until the sinks have taken all rows.
    pub(crate) fn wait(&mut self) -> Result<()> {
        self.out.wait()
    }
}

impl Table {
    fn waiting_bytes(&self) -> usize {
        self.memory_bytes + self.disk_bytes
    }
}

/// Bytes of the rows, not counting reserved memory that they do not use, where keys that are still to
/// be made take `key_bytes` each.
fn size(chunk: &ChunkTable, key_bytes: usize) -> usize {
    let metadata = [
        chunk.ids.as_ref(),
        chunk.parent_ids.as_ref(),
        chunk.root_ids.as_ref(),
    ];
    let origin = chunk.origin.iter();
    let origin = origin.flat_map(|origin| [origin.lines.as_ref(), origin.bytes.as_ref()]);
    let data = chunk.columns.iter().map(|column| &column.cells);
    let arrays = metadata.into_iter().chain(origin).flatten().chain(data);
    let bytes = arrays.map(|array| {
        let data = array.to_data();
        data.get_slice_memory_size().unwrap_or_else(|_| array.len())
    });
    // The arrays themselves take memory too, which matters if they are small.
    let keys = [
        Some(()),
        chunk.parent_ids.as_ref().map(drop),
        chunk.root_ids.as_ref().map(drop),
    ];
    let keys = keys.iter().flatten().count() * key_bytes;
    chunk.rows * (16 + keys) + bytes.map(|bytes| bytes + 256).sum::<usize>()
}
