//! The jobs of tables: rows go to their sinks in order, on this thread or on the threads of a pool.

use crate::{
    error::{Error, Result},
    flush::Flush,
};
use std::{collections::HashMap, sync::Arc};
use transmog_model::{TableSchema, TableSink};

/// A job for the sink of a table.
#[derive(Debug)]
pub(crate) enum Job {
    Flush(Flush),
    EndRowGroup,
    EndSegment,
    Finish(Arc<TableSchema>),
}

impl Job {
    /// Bytes of its waiting rows.
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
pub(crate) trait Tables: Send {
    /// Adds the sink of a table, before its first job.
    fn open(&mut self, table: usize, sink: Box<dyn TableSink>);

    /// Does these jobs after earlier jobs of the same table.
    fn send(&mut self, table: usize, jobs: Vec<Job>) -> Result<()>;

    /// Waits until all jobs are done.
    fn wait(&mut self) -> Result<()>;
}

/// Does every job at once, on the calling thread.
#[derive(Default)]
pub(crate) struct Inline(HashMap<usize, Box<dyn TableSink>>);

impl Tables for Inline {
    fn open(&mut self, table: usize, sink: Box<dyn TableSink>) {
        self.0.insert(table, sink);
    }

    fn send(&mut self, table: usize, jobs: Vec<Job>) -> Result<()> {
        for job in jobs {
            let is_last = matches!(job, Job::Finish(_));
            let sink = self.0.get_mut(&table).expect("the table is open");
            job.run(&mut **sink)?;
            if is_last {
                self.0.remove(&table);
            }
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<()> {
        Ok(())
    }
}
