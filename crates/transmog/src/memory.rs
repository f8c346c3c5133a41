//! Tables in memory.

use crate::summary::Summary;
use arrow::array::RecordBatch;
use std::sync::{Arc, Mutex};
use transmog_model::{Result, TableSchema, TableSink};

/// One table in memory.
#[derive(Clone, Debug)]
pub struct Table {
    pub(crate) schema: TableSchema,
    pub(crate) batches: Vec<RecordBatch>,
}

impl Table {
    /// The table's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.schema.name
    }

    /// Name, path, and columns.
    #[must_use]
    pub fn schema(&self) -> &TableSchema {
        &self.schema
    }

    /// The rows as Arrow record batches of one schema.
    #[must_use]
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows one by one.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.batches.iter().flat_map(move |batch| {
            (0..batch.num_rows()).map(move |row| Row {
                table: self,
                batch,
                row,
            })
        })
    }
}

/// One row of a table in memory.
#[derive(Clone, Copy, Debug)]
pub struct Row<'t> {
    table: &'t Table,
    batch: &'t RecordBatch,
    row: usize,
}

impl Row<'_> {
    /// The cell as text: strings verbatim, all else as JSON text; `None` when
    /// it is null or there is no such column.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<String> {
        let at = self
            .table
            .schema
            .columns
            .iter()
            .position(|c| c.name == column)?;
        let array = self.batch.column(at);
        if array.is_null(self.row) {
            return None;
        }
        let mut out = Vec::new();
        transmog_model::text_at(&mut out, array, self.row);
        String::from_utf8(out).ok()
    }

    /// The cells that are not null, as text, with their columns' names.
    pub fn cells(&self) -> impl Iterator<Item = (&str, String)> {
        let names = self
            .table
            .schema
            .columns
            .iter()
            .map(|column| column.name.as_str());
        names.filter_map(|name| Some((name, self.text(name)?)))
    }
}

/// The tables that `flatten` made, in memory.
#[derive(Clone, Debug)]
pub struct FlattenResult {
    pub(crate) all: Vec<Table>,
    pub(crate) summary: Summary,
}

impl FlattenResult {
    /// The main table: one row for each record.
    #[must_use]
    pub fn main(&self) -> &Table {
        &self.all[0]
    }

    /// The child tables in order of their first row.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.all[1..]
    }

    /// The main table and the child tables.
    #[must_use]
    pub fn all_tables(&self) -> &[Table] {
        &self.all
    }

    /// The table with this name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.all.iter().find(|table| table.name() == name)
    }

    /// The main table's name.
    #[must_use]
    pub fn entity_name(&self) -> &str {
        self.main().name()
    }

    /// What the run did, the loss ledger included.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

/// Batches of tables, by table.
pub(crate) type Collected = Arc<Mutex<Vec<Vec<RecordBatch>>>>;

/// Collects the batches of one table.
pub(crate) struct Collector {
    pub(crate) at: usize,
    pub(crate) collected: Collected,
}

impl TableSink for Collector {
    fn write(&mut self, _: &TableSchema, rows: RecordBatch) -> Result<()> {
        // Nothing panics while the lock is held.
        let mut all = self
            .collected
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if all.len() <= self.at {
            all.resize_with(self.at + 1, Vec::new);
        }
        all[self.at].push(rows);
        Ok(())
    }

    fn finish(&mut self, _: &TableSchema) -> Result<()> {
        Ok(())
    }
}
