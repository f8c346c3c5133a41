//! Flatten to output, and output to format: a call for each batch.

use crate::{error::Result, kind::ColumnType, schema::TableSchema};
use arrow::array::RecordBatch;
use std::fs::File;

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

    /// Starts a file.
    ///
    /// # Errors
    /// When the head of the file cannot be written or the schema is refused.
    fn create(&self, schema: &TableSchema, file: File) -> Result<Box<dyn TableWriter>>;
}

/// One table file in progress.
pub trait TableWriter: Send {
    /// Appends rows. The batch has the types of the schema the writer was
    /// created with, before [`TableFormat::stored_type`].
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

    /// Bytes held in memory that are not in the file yet, about.
    fn buffered_bytes(&self) -> usize {
        0
    }

    /// Completes the file. Everything is handed to the operating system; the
    /// caller makes it durable.
    ///
    /// # Errors
    /// When the end of the file cannot be written.
    fn finish(self: Box<Self>) -> Result<WrittenFile>;
}

/// A file that a writer completed.
#[derive(Debug)]
pub struct WrittenFile {
    /// The file, open, positioned at its end.
    pub file: File,
}

/// Takes the batches of one table.
pub trait TableSink: Send {
    /// Takes rows; every batch has the schema's types.
    ///
    /// # Errors
    /// When the rows cannot be taken.
    fn write(&mut self, schema: &TableSchema, batch: RecordBatch) -> Result<()>;

    /// Ends the row group in progress, which frees the memory it takes.
    ///
    /// # Errors
    /// When the rows cannot be written.
    fn end_row_group(&mut self) -> Result<()> {
        Ok(())
    }

    /// No more rows come.
    ///
    /// # Errors
    /// When the table cannot be completed.
    fn finish(&mut self) -> Result<()>;
}
