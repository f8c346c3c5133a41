//! Flatten to output, and output to format: a call for each batch.

use crate::{error::Result, kind::ColumnType, ledger::LossKind, schema::TableSchema};
use arrow::array::{RecordBatch, StringArray};
use std::{collections::HashMap, fs::File, io::Write, sync::Arc};

/// Where a file's bytes go.
pub type ByteSink<'w> = Box<dyn Write + Send + 'w>;

/// A file format for tables, with its options.
pub trait TableFormat: Send + Sync {
    /// The name as users write it: `csv`, `parquet`, ….
    fn name(&self) -> &'static str;

    /// The file name's extension without the leading dot; `csv.gz`, say.
    fn extension(&self) -> &'static str;

    /// The type in which the format stores a column of `column_type`. A format
    /// that lacks the type stores text.
    fn stored_type(&self, column_type: ColumnType) -> ColumnType {
        column_type
    }

    /// The names of the columns as they stand in the file, where the format
    /// does not take every name.
    fn stored_names(&self, schema: &TableSchema) -> Vec<String> {
        let names = schema.columns.iter().map(|column| column.name.clone());
        names.collect()
    }

    /// What becomes of a column whose name the file has otherwise, as the ledger says it.
    fn renaming(&self) -> LossKind {
        LossKind::ColumnRenamed
    }

    /// Which of these cells the file holds otherwise than they are; none when it has them all.
    fn altered_cells(&self, texts: &StringArray) -> Option<AlteredCells> {
        let _ = texts;
        None
    }

    /// Starts a file, whose bytes go to `out`.
    ///
    /// # Errors
    /// When the head of the file cannot be written or the schema is refused.
    fn create<'w>(
        &self,
        schema: &TableSchema,
        out: ByteSink<'w>,
    ) -> Result<Box<dyn TableWriter + 'w>>;

    /// Makes one file of the rows of all segments in order, which this format
    /// wrote with the same options. A segment is opened when it is its turn. `schema` holds every column of theirs, in
    /// the same type or a wider one.
    ///
    /// # Errors
    /// When a segment cannot be read or the file cannot be written.
    fn merge(&self, segments: Segments, schema: &TableSchema, out: ByteSink<'_>) -> Result<()>;

    /// The same format for the files of one table, where a file keeps something in memory
    /// until its end: about so many bytes of it. None where files keep next to nothing.
    fn bounded(&self, bytes: usize) -> Option<Arc<dyn TableFormat>> {
        let _ = bytes;
        None
    }

    /// What the options ask for and the files so far could not have: why, and what to do.
    fn note(&self) -> Option<String> {
        None
    }
}

/// Text cells that do not arrive as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlteredCells {
    /// What becomes of them.
    pub kind: LossKind,
    /// How many there are.
    pub count: u64,
    /// The row of the first.
    pub first: usize,
}

/// The segments of a table in order. A file is opened with the step to it, so
/// that their number is not bound by how many files a process may have open.
pub type Segments<'s> = &'s mut dyn Iterator<Item = Result<Segment>>;

/// A file that holds some of a table's rows, with the schema known when they
/// were written.
#[derive(Debug)]
pub struct Segment {
    /// The file, open for reading, positioned at its start.
    pub file: File,
    /// The schema the file was written with.
    pub schema: TableSchema,
}

impl Segment {
    /// For each column of `schema` its place in the segment.
    #[must_use]
    pub fn sources(&self, schema: &TableSchema) -> Vec<Option<usize>> {
        let places: HashMap<_, _> = (self.schema.columns.iter().enumerate())
            .map(|(at, column)| ((column.role, &column.path), at))
            .collect();
        (schema.columns.iter())
            .map(|column| places.get(&(column.role, &column.path)).copied())
            .collect()
    }

    /// The type of a column of the segment.
    #[must_use]
    pub fn column_type(&self, column: usize) -> ColumnType {
        self.schema.columns[column].column_type
    }
}

/// One table file in progress.
pub trait TableWriter: Send {
    /// Appends rows. A column of the batch has the type it has in the schema
    /// the writer was created with, or [`TableFormat::stored_type`] of it.
    ///
    /// # Errors
    /// When the file cannot be written or the batch is refused.
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;

    /// Ends the row group or stripe in progress. Formats without such a unit
    /// do nothing.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn end_row_group(&mut self) -> Result<()> {
        Ok(())
    }

    /// Completes the file and flushes where its bytes go.
    ///
    /// # Errors
    /// When the end of the file cannot be written.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// Takes the batches of one table.
pub trait TableSink: Send {
    /// Takes rows in the types of `schema`, which grows from call to call. A column that is text
    /// may become a list of text at the end; its cells are JSON arrays then.
    ///
    /// # Errors
    /// When the rows cannot be taken.
    fn write(&mut self, schema: &TableSchema, rows: RecordBatch) -> Result<()>;

    /// Ends the row group in progress, which frees the memory it takes.
    ///
    /// # Errors
    /// When the rows cannot be written.
    fn end_row_group(&mut self) -> Result<()> {
        Ok(())
    }

    /// Lets go of open files; rows that come later are kept apart until the end.
    ///
    /// # Errors
    /// When the rows so far cannot be written.
    fn end_segment(&mut self) -> Result<()> {
        Ok(())
    }

    /// No more rows come; `schema` is that of the whole table.
    ///
    /// # Errors
    /// When the table cannot be completed.
    fn finish(&mut self, schema: &TableSchema) -> Result<()>;
}
