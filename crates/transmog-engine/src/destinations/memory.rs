//! Tables in memory.

use crate::{
    destination::{Destination, Rows},
    error::Result,
};
use arrow::array::RecordBatch;
use std::sync::{Arc, Mutex, PoisonError};
use transmog_model::{TableSchema, TableSink};

/// One table in memory.
///
/// # Examples
/// ```
/// use transmog_engine::{Feed, Memory, Run, TransmogConfig, Values};
/// let values = Values([serde_json::json!({"a": 1, "b": "x"})].into_iter());
/// let memory = Memory::default();
/// Run::start(Feed::records(values), memory.clone(), &TransmogConfig::default())?.complete()?;
/// let tables = memory.take();
/// let main = &tables[0];
/// assert_eq!((main.name(), main.len(), main.batches().len()), ("data", 1, 1));
/// let row = main.rows().next().expect("there is one");
/// assert_eq!((row.text("a"), row.text("no such column")), (Some("1".to_owned()), None));
/// assert_eq!(row.cells().find(|(column, _)| *column == "b"), Some(("b", "x".to_owned())));
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    schema: TableSchema,
    batches: Vec<RecordBatch>,
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

    /// Whether the table has no rows.
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
///
/// See [`Table`] for an example.
#[derive(Clone, Copy, Debug)]
pub struct Row<'t> {
    table: &'t Table,
    batch: &'t RecordBatch,
    row: usize,
}

impl Row<'_> {
    /// The cell as text: strings unchanged, dates, times and UUIDs as they were in the input, other
    /// values as JSON text; `None` if it is null or there is no such column.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<String> {
        let mut columns = self.table.schema.columns.iter();
        self.text_at(columns.position(|c| c.name == column)?)
    }

    /// The cells that are not null, as text, with the names of their columns.
    pub fn cells(&self) -> impl Iterator<Item = (&str, String)> {
        let columns = self.table.schema.columns.iter().enumerate();
        columns.filter_map(|(at, column)| Some((column.name.as_str(), self.text_at(at)?)))
    }

    fn text_at(&self, at: usize) -> Option<String> {
        let cell = self.batch.column(at).slice(self.row, 1);
        let column = &self.table.schema.columns[at];
        let text = transmog_model::text_of(&cell, column.column_type.scalar());
        text.iter().next().flatten().map(str::to_owned)
    }
}

/// Collects the tables in memory.
///
/// # Examples
/// ```
/// use transmog_engine::{Feed, Memory, Run, TransmogConfig, Values};
/// let memory = Memory::default();
/// let values = Values([serde_json::json!({"a": [{"b": 1}, {"b": 2}]})].into_iter());
/// let run = Run::start(Feed::records(values), memory.clone(), &TransmogConfig::default())?;
/// assert!(memory.take().is_empty(), "the run is not complete");
/// run.complete()?;
/// let rows: Vec<_> = memory.take().iter().map(|table| table.len()).collect();
/// assert_eq!(rows, [1, 2]);
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Vec<Collected>>>);

/// The rows of a table so far.
#[derive(Debug, Default)]
struct Collected {
    batches: Vec<RecordBatch>,
    /// Known once the table has finished.
    schema: Option<TableSchema>,
}

impl Memory {
    /// Takes the finished tables, the main table first.
    #[must_use]
    pub fn take(&self) -> Vec<Table> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.iter().any(|table| table.schema.is_none()) {
            return Vec::new();
        }
        let finished = all.drain(..).filter_map(|Collected { batches, schema }| {
            Some(Table {
                schema: schema?,
                batches,
            })
        });
        finished.collect()
    }
}

impl Destination for Memory {
    fn rows(&self) -> Rows {
        Rows::AtEnd
    }

    fn table(&mut self, at: usize) -> Result<Box<dyn TableSink>> {
        let memory = self.clone();
        Ok(Box::new(Collector { memory, at }))
    }
}

/// Collects one table.
struct Collector {
    memory: Memory,
    at: usize,
}

impl Collector {
    fn with(&self, change: impl FnOnce(&mut Collected)) {
        let mut all = (self.memory.0.lock()).unwrap_or_else(PoisonError::into_inner);
        if all.len() <= self.at {
            all.resize_with(self.at + 1, Collected::default);
        }
        change(&mut all[self.at]);
    }
}

impl TableSink for Collector {
    fn write(&mut self, _: &TableSchema, rows: RecordBatch) -> transmog_model::Result<()> {
        self.with(|table| table.batches.push(rows));
        Ok(())
    }

    fn finish(&mut self, schema: &TableSchema) -> transmog_model::Result<()> {
        self.with(|table| table.schema = Some(schema.clone()));
        Ok(())
    }
}
