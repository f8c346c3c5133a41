//! Where the rows of tables go: to their sinks, in order, on this thread or on
//! the threads of a pool.

use crate::{
    error::{Error, Result},
    flush::Flush,
};
use arrow::array::RecordBatch;
use std::sync::Arc;
use transmog_model::{TableSchema, TableSink};

/// What becomes of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// All of them wait in memory for the end.
    Kept,
    /// They go to files as memory demands, which are one file each at the end.
    Written,
    /// They go out as memory demands, in the types known by then.
    Streamed,
    /// Only the schema counts.
    Dropped,
}

/// Gives the sink of a table.
pub(crate) type SinkFactory = Box<dyn Fn(usize) -> Box<dyn TableSink> + Send>;

/// Takes no rows.
pub(crate) struct NoRows;

impl TableSink for NoRows {
    fn write(&mut self, _: &TableSchema, _: RecordBatch) -> transmog_model::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: &TableSchema) -> transmog_model::Result<()> {
        Ok(())
    }
}

/// Something to be done with the sink of a table.
#[derive(Debug)]
pub(crate) enum Job {
    Flush(Flush),
    EndRowGroup,
    EndSegment,
    Finish(Arc<TableSchema>),
}

impl Job {
    /// Bytes of the rows that wait in it.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Job::Flush(flush) => flush.bytes,
            _ => 0,
        }
    }

    pub(crate) fn run(self, sink: &mut dyn TableSink) -> Result<()> {
        match self {
            Job::Flush(flush) => flush.run(sink),
            Job::EndRowGroup => sink.end_row_group(),
            Job::EndSegment => sink.end_segment(),
            Job::Finish(schema) => sink.finish(&schema),
        }
        .map_err(Error::write)
    }
}

/// Does the jobs of tables.
pub(crate) trait Tables {
    /// Does these jobs after those sent before for the same table.
    fn send(&mut self, table: usize, jobs: Vec<Job>) -> Result<()>;

    /// Waits until all jobs are done.
    fn wait(&mut self) -> Result<()>;
}

/// Does every job at once, on the calling thread.
pub(crate) struct Inline {
    factory: SinkFactory,
    sinks: Vec<Option<Box<dyn TableSink>>>,
}

impl Inline {
    pub(crate) fn new(factory: SinkFactory) -> Self {
        Self {
            factory,
            sinks: Vec::new(),
        }
    }
}

impl Tables for Inline {
    fn send(&mut self, table: usize, jobs: Vec<Job>) -> Result<()> {
        if self.sinks.len() <= table {
            self.sinks.resize_with(table + 1, || None);
        }
        for job in jobs {
            let is_last = matches!(job, Job::Finish(_));
            let sink = self.sinks[table].get_or_insert_with(|| (self.factory)(table));
            job.run(&mut **sink)?;
            if is_last {
                self.sinks[table] = None;
            }
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<()> {
        Ok(())
    }
}
