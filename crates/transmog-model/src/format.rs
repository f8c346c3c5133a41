//! Flatten to output, and output to format: a call for each batch.

use crate::{
    column_type::ColumnType,
    error::{Error, Result},
    executor::Executor,
    ledger::LossKind,
    merge::Widening,
    read_at::ReadAt,
    schema::TableSchema,
    segment::Segments,
    text_form::TextForm,
};
use arrow::array::{RecordBatch, StringArray};
use std::{io::Write, sync::Arc};

/// Where a file's bytes go.
///
/// See [`TableFormat`] for an example.
pub type ByteSink<'w> = Box<dyn Write + Send + 'w>;

/// The rows of a file, in batches, from the first to the last; see [`TableFormat::read`].
///
/// See [`TableFormat`] for an example.
pub type StoredRows = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;

/// A file format for tables, with its options.
///
/// # Examples
///
/// A format of one's own, here Arrow's IPC streams:
/// ```
/// use arrow::{array::RecordBatch, ipc::{reader::StreamReader, writer::StreamWriter}};
/// use std::sync::Arc;
/// use transmog_model::{
///     ByteSink, Error, ReadAt, ReadAtCursor, Result, StoredRows, TableFormat, TableSchema,
///     TableWriter, stored_rows,
/// };
///
/// struct Streams;
///
/// struct Stream<'w>(StreamWriter<ByteSink<'w>>);
///
/// impl TableFormat for Streams {
///     fn name(&self) -> &'static str {
///         "arrows"
///     }
///
///     fn extension(&self) -> &'static str {
///         "arrows"
///     }
///
///     fn create<'w>(
///         &self,
///         schema: &TableSchema,
///         out: ByteSink<'w>,
///     ) -> Result<Box<dyn TableWriter + 'w>> {
///         let writer = StreamWriter::try_new(out, &schema.arrow_schema());
///         Ok(Box::new(Stream(writer.map_err(|e| Error::format("arrows", e))?)))
///     }
///
///     fn read(&self, input: Arc<dyn ReadAt>, schema: &TableSchema) -> Result<StoredRows> {
///         let batches = StreamReader::try_new_buffered(ReadAtCursor::new(input, 0), None);
///         let batches = batches.map_err(|e| Error::reading("arrows", &schema.name, e))?;
///         Ok(stored_rows(self, schema, batches))
///     }
/// }
///
/// impl TableWriter for Stream<'_> {
///     fn write(&mut self, batch: &RecordBatch) -> Result<()> {
///         self.0.write(batch).map_err(|e| Error::format("arrows", e))
///     }
///
///     fn finish(mut self: Box<Self>) -> Result<()> {
///         self.0.finish().map_err(|e| Error::format("arrows", e))
///     }
/// }
/// ```
pub trait TableFormat: Send + Sync {
    /// The name as users write it: `csv`, `parquet`, …. Error messages contain it.
    fn name(&self) -> &'static str;

    /// The extension of file names without the leading dot, for example `csv.gz`.
    fn extension(&self) -> &'static str;

    /// The type in which the format stores a column of `column_type`: the type itself by default.
    /// A format that lacks the type stores text.
    fn stored_type(&self, column_type: ColumnType) -> ColumnType {
        column_type
    }

    /// Whether the format stores scalars of this form in the type of the form. By default it does if
    /// it [stores](Self::stored_type) the type.
    fn stores_form(&self, form: TextForm) -> bool {
        let column_type = ColumnType::Scalar(form.scalar_type());
        self.stored_type(column_type) == column_type
    }

    /// The schema of the rows in a file: that of the table, in the types that the format stores.
    fn stored_schema(&self, schema: &TableSchema) -> TableSchema {
        let mut stored = schema.clone();
        for column in &mut stored.columns {
            column.column_type = self.stored_type(column.column_type);
        }
        stored
    }

    /// The names of the columns as they stand in the file, in order: those of the schema by
    /// default. A format that does not take every name gives others.
    fn stored_names(&self, schema: &TableSchema) -> Vec<String> {
        let names = schema.columns.iter().map(|column| column.name.clone());
        names.collect()
    }

    /// What becomes of a column whose name the file has otherwise, as the ledger says it;
    /// [`LossKind::ColumnRenamed`] by default.
    fn renaming(&self) -> LossKind {
        LossKind::ColumnRenamed
    }

    /// Which of these cells the file holds otherwise than they are; none when it has them all,
    /// which is the default.
    fn altered_cells(&self, texts: &StringArray) -> Option<AlteredCells> {
        let _ = texts;
        None
    }

    /// Starts a file, whose bytes go to `out`.
    ///
    /// # Errors
    /// When the head of the file cannot be written, or the options or the schema are refused.
    fn create<'w>(
        &self,
        schema: &TableSchema,
        out: ByteSink<'w>,
    ) -> Result<Box<dyn TableWriter + 'w>>;

    /// The rows of a file that this format wrote with the same options for a table of this
    /// schema, in order. The batches have the columns of
    /// [`stored_schema`](Self::stored_schema) under the names of `schema`, and every value as it
    /// was written, but for the [`altered_cells`](Self::altered_cells), which are as the file has
    /// them. A batch is bounded by its bytes, but
    /// for a single row that is larger.
    ///
    /// # Errors
    /// When the file cannot be opened. The iterator gives an error, and ends, when rows cannot be
    /// read or the file is of another table: its columns have other names or types.
    ///
    /// # Panics
    /// May panic on a file that is damaged, as far as the format's library does: that of ORC on many,
    /// that of Arrow on some. Those of CSV, Parquet and Avro give errors.
    fn read(&self, input: Arc<dyn ReadAt>, schema: &TableSchema) -> Result<StoredRows>;

    /// Merges segments, which this format wrote with the same options, into one file with their
    /// rows in order. Segments are opened one after another. `schema` has every column of the
    /// segments, with the same type or a wider one; a list of text may be a text column in a
    /// segment, with a JSON array in each cell.
    ///
    /// Provided: it reads the rows and writes them again.
    ///
    /// # Errors
    /// When a segment cannot be read or the file cannot be written.
    fn merge(&self, segments: Segments, schema: &TableSchema, out: ByteSink<'_>) -> Result<()> {
        let mut writer = self.create(schema, out)?;
        for segment in segments {
            let segment = segment?;
            let mut widening = Widening::new(&segment, schema);
            for batch in self.read(Arc::clone(&segment.bytes), &segment.schema)? {
                let batch = widening.batch(&batch?);
                writer.write(&batch.map_err(|e| Error::format(self.name(), e))?)?;
            }
        }
        writer.finish()
    }

    /// The same format for the files of one table, where a file keeps something in memory
    /// until its end: about so many bytes of it. None, the default, where files keep next to
    /// nothing.
    fn bounded(&self, bytes: usize) -> Option<Arc<dyn TableFormat>> {
        let _ = bytes;
        None
    }

    /// What the options ask for and the files so far could not have: why, and what to do. None by
    /// default.
    fn note(&self) -> Option<String> {
        None
    }
}

/// Text cells that do not arrive as they are.
///
/// # Examples
///
/// ```
/// use arrow::array::StringArray;
/// use transmog_model::{AlteredCells, LossKind};
///
/// /// Finds the texts that a format with a tab between cells cannot hold.
/// fn with_tabs(texts: &StringArray) -> Option<AlteredCells> {
///     let rows = texts.iter().enumerate();
///     let mut found = rows.filter(|(_, text)| text.is_some_and(|text| text.contains('\t')));
///     let (first, _) = found.next()?;
///     let count = 1 + found.count() as u64;
///     Some(AlteredCells { kind: LossKind::CellGuarded, count, first })
/// }
///
/// let altered = with_tabs(&StringArray::from(vec!["a", "b\tc"])).expect("one");
/// assert_eq!((altered.count, altered.first), (1, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlteredCells {
    /// What becomes of them.
    pub kind: LossKind,
    /// How many there are.
    pub count: u64,
    /// The row of the first, from 0.
    pub first: usize,
}

/// One table file in progress.
///
/// See [`TableFormat`] for an example.
pub trait TableWriter: Send {
    /// Gives the writer threads to encode rows with. By default it needs none.
    fn set_executor(&mut self, executor: &Arc<dyn Executor>) {
        let _ = executor;
    }

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
///
/// # Examples
///
/// ```
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
/// use std::sync::Arc;
/// use transmog_model::{Error, Result, TableSchema, TableSink};
///
/// /// Counts the rows of a table.
/// #[derive(Default)]
/// struct Count(usize);
///
/// impl TableSink for Count {
///     fn write(&mut self, _: &TableSchema, rows: RecordBatch) -> Result<()> {
///         self.0 += rows.num_rows();
///         Ok(())
///     }
///     fn finish(&mut self, _: &TableSchema) -> Result<()> {
///         Ok(())
///     }
/// }
///
/// let sizes: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
/// let rows = RecordBatch::try_from_iter([("size", sizes)]).map_err(|e| Error::format("count", e))?;
/// let schema = TableSchema::from_arrow("boxes", &rows.schema())?;
/// let mut sink = Count::default();
/// sink.write(&schema, rows)?;
/// sink.finish(&schema)?;
/// assert_eq!(sink.0, 2);
/// # Ok::<(), Error>(())
/// ```
pub trait TableSink: Send {
    /// Gives the sink threads to encode rows with, before its first rows. By default it needs none.
    fn set_executor(&mut self, executor: &Arc<dyn Executor>) {
        let _ = executor;
    }

    /// Takes rows in the types of `schema`, which grows from call to call. For a sink that merges
    /// [segments](crate::Segment), a list of mixed elements is text with a JSON array in each cell
    /// until the end, and may be a list of text then.
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
