//! Where the tables of a run go, and when.

use crate::{error::Result, summary::Summary};
use arrow::array::StringArray;
use std::{fs::File, sync::Arc};
use transmog_events::Location;
use transmog_model::{AlteredCells, TableFormat, TableSink};

/// Takes the tables of a [`Run`](crate::Run): in memory, through a channel, in a directory, or
/// nowhere.
///
/// A run asks for the sink of a table when its first rows come, gives it the rows in order,
/// finishes every sink, and then commits once. When it fails, it commits nothing.
///
/// # Examples
/// ```
/// use std::sync::{Arc, atomic::{AtomicUsize, Ordering}};
/// use transmog_engine::{Destination, Feed, Result, Run, TransmogConfig, Values};
/// use arrow::array::RecordBatch;
/// use transmog_model::{TableSchema, TableSink};
///
/// /// Counts rows as they come.
/// #[derive(Clone, Default)]
/// struct Count(Arc<AtomicUsize>);
///
/// impl Destination for Count {
///     fn table(&mut self, _at: usize) -> Result<Box<dyn TableSink>> {
///         Ok(Box::new(self.clone()))
///     }
/// }
///
/// impl TableSink for Count {
///     fn write(&mut self, _: &TableSchema, rows: RecordBatch) -> transmog_model::Result<()> {
///         self.0.fetch_add(rows.num_rows(), Ordering::Relaxed);
///         Ok(())
///     }
///     fn finish(&mut self, _: &TableSchema) -> transmog_model::Result<()> {
///         Ok(())
///     }
/// }
///
/// let count = Count::default();
/// let values = Values((0..1000).map(|a| serde_json::json!({"a": a, "b": [{}, {}]})));
/// Run::start(Feed::records(values), count.clone(), &TransmogConfig::default())?.complete()?;
/// assert_eq!(count.0.load(Ordering::Relaxed), 3000);
/// # Ok::<(), transmog_engine::Error>(())
/// ```
pub trait Destination: Send {
    /// When rows go to the sinks. Default [`Rows::Streamed`].
    fn rows(&self) -> Rows {
        Rows::Streamed
    }

    /// The format of the files, which says how types are stored and what columns are called.
    /// Default: none, the tables stay what they are.
    fn format(&self) -> Option<&dyn TableFormat> {
        None
    }

    /// Which text cells do not arrive as they are. Default: none.
    fn cell_check(&self) -> Option<CellCheck> {
        None
    }

    /// The sink of the table at this place in the order of tables; the main table is at 0.
    ///
    /// # Errors
    /// When there can be none.
    fn table(&mut self, at: usize) -> Result<Box<dyn TableSink>>;

    /// A file, open to read and write, for rows that wait while there are too many small tables
    /// to keep in memory. Default: none, such rows are written bit by bit.
    ///
    /// # Errors
    /// When it cannot be made.
    fn scratch(&mut self) -> Result<Option<File>> {
        Ok(None)
    }

    /// Takes a rejected record, which the error policy wants kept. Default: it is dropped.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn reject(&mut self, rejected: &RejectedRecord<'_>) -> Result<()> {
        let _ = rejected;
        Ok(())
    }

    /// Makes the tables, all of which have finished, visible together, and adds to the summary
    /// what it knows of them: names and sizes of files, say.
    ///
    /// # Errors
    /// When that cannot be done, and nothing is visible.
    fn commit(&mut self, summary: &mut Summary) -> Result<()> {
        let _ = summary;
        Ok(())
    }
}

impl<D: Destination + ?Sized> Destination for &mut D {
    fn rows(&self) -> Rows {
        (**self).rows()
    }

    fn format(&self) -> Option<&dyn TableFormat> {
        (**self).format()
    }

    fn cell_check(&self) -> Option<CellCheck> {
        (**self).cell_check()
    }

    fn table(&mut self, at: usize) -> Result<Box<dyn TableSink>> {
        (**self).table(at)
    }

    fn scratch(&mut self) -> Result<Option<File>> {
        (**self).scratch()
    }

    fn reject(&mut self, rejected: &RejectedRecord<'_>) -> Result<()> {
        (**self).reject(rejected)
    }

    fn commit(&mut self, summary: &mut Summary) -> Result<()> {
        (**self).commit(summary)
    }
}

/// When the rows of tables go to their sinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rows {
    /// At the end, in the types of the whole input.
    AtEnd,
    /// As memory demands, on any thread of the run, in the types known by then.
    Streamed,
    /// The same, on the thread that [steps](crate::Run::step) through the run.
    Yielded,
    /// As memory demands, on any thread of the run, to [segments](transmog_model::Segment) that the
    /// sink merges at the end. Until then a list of mixed elements is its JSON text.
    Segments,
    /// Never: only names, types and counts are wanted.
    Dropped,
}

/// Tells which text cells do not arrive as they are.
#[derive(Clone)]
pub struct CellCheck {
    /// The cells of a column that are altered, or refused; none when all arrive.
    pub altered: Arc<AlteredBy>,
    /// Why such a cell ends the run, and what to do; none where it is altered and counted.
    pub refusal: Option<&'static str>,
}

/// Which of these cells are altered.
pub type AlteredBy = dyn Fn(&StringArray) -> Option<AlteredCells> + Send + Sync;

/// A record that was rejected.
#[derive(Clone, Copy, Debug)]
pub struct RejectedRecord<'r> {
    /// Where it is wrong.
    pub location: &'r Location,
    /// What is wrong with it.
    pub reason: &'r str,
    /// Offset of its first byte in its file.
    pub byte: u64,
    /// Bytes that it has.
    pub length: u64,
    /// The bytes; none where they are too many to be kept, or it is not text.
    pub raw: Option<&'r [u8]>,
}
