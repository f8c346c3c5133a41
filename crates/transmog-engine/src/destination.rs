//! The destination of a run's tables.

use crate::{error::Result, summary::Summary};
use arrow::array::Array;
use std::{fs::File, sync::Arc};
use transmog_events::Location;
use transmog_model::{AlteredCells, Observed, TableFormat, TableSink};

/// Takes the tables of a [`Run`](crate::Run): in memory, through a channel, in a directory, or
/// nowhere. A run asks for the sink of a table before it writes the first rows to it, at the end
/// also for tables without rows. It writes the rows in order, finishes every sink, and then commits
/// once. A run that fails does not commit.
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

    /// The format of the files, which determines stored types and column names. Default: none,
    /// tables are not changed.
    fn format(&self) -> Option<&dyn TableFormat> {
        None
    }

    /// Which text cells are altered. Default: none.
    fn cell_check(&self) -> Option<CellCheck> {
        None
    }

    /// The sink of the table at this place in the order of tables; the main table is at 0.
    ///
    /// # Errors
    /// When the sink cannot be created.
    fn table(&mut self, at: usize) -> Result<Box<dyn TableSink>>;

    /// A file, open for reading and writing, for waiting rows if there are too many small tables to
    /// keep in memory. Default: none; such rows are written in small batches.
    ///
    /// # Errors
    /// When the file cannot be created.
    fn scratch(&mut self) -> Result<Option<File>> {
        Ok(None)
    }

    /// Takes a rejected record that the error policy keeps, if it is text. Default: drops it.
    ///
    /// # Errors
    /// When the record cannot be written.
    fn reject(&mut self, rejected: &RejectedRecord<'_>) -> Result<()> {
        let _ = rejected;
        Ok(())
    }

    /// Makes all tables visible together, after their sinks have finished, and adds to the summary,
    /// for example names and sizes of files.
    ///
    /// # Errors
    /// When the commit fails. Then nothing is visible.
    fn commit(&mut self, summary: &mut Summary) -> Result<()> {
        let _ = summary;
        Ok(())
    }
}

macro_rules! forward {
    ($($pointer:ty),*) => {
        $(
            impl<D: Destination + ?Sized> Destination for $pointer {
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
        )*
    };
}

forward!(&mut D, Box<D>);

/// When rows go to their sinks.
///
/// # Examples
/// ```
/// use transmog_engine::{Channel, Destination, Memory, Nothing, Rows};
/// assert_eq!(Memory::default().rows(), Rows::AtEnd);
/// assert_eq!(Channel::default().rows(), Rows::Yielded);
/// assert_eq!(Nothing.rows(), Rows::Dropped);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rows {
    /// At the end, with the types of the whole input.
    AtEnd,
    /// When memory requires it, on any thread of the run, in the types known by then.
    Streamed,
    /// The same, on the thread that [steps](crate::Run::step) through the run.
    Yielded,
    /// When memory requires it, on any thread of the run, into [segments](transmog_model::Segment)
    /// that the sink merges at the end. Until then a list of mixed elements is its JSON text.
    Segments,
    /// Never: the run needs only names, types and counts.
    Dropped,
}

/// Finds text cells that are altered or refused.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use transmog_engine::{CellCheck, Directory, Feed, OutputFiles, Run, TransmogConfig, Values};
/// use transmog_model::{AlteredCells, LossKind};
/// # let path = tempfile::tempdir().expect("a temporary directory");
/// # let path = path.path();
/// let mut files = OutputFiles::new(Arc::new(transmog_csv::Format::default()));
/// files.cell_check = Some(CellCheck {
///     altered: Arc::new(|cells, _| {
///         let texts = transmog_model::strings(cells)?;
///         let mut rows = texts.iter().enumerate();
///         let (first, _) = rows.find(|(_, text)| text.is_some_and(|text| text.contains('\0')))?;
///         Some(AlteredCells { kind: LossKind::Unloadable, count: 1, first })
///     }),
///     refusal: Some("that our loader does not take: it has the character NUL; fix the data"),
/// });
/// let config = TransmogConfig::default();
/// let mut directory = Directory::open(path, files, &config, &[])?;
/// let values = Values([serde_json::json!({"a": "x\0"})].into_iter());
/// let run = Run::start(Feed::records(values), &mut directory, &config)?;
/// let error = run.complete().expect_err("it has the character");
/// assert!(error.to_string().contains("text at $.a that our loader does not take"));
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone)]
pub struct CellCheck {
    /// The cells of a column that are altered or refused; `None` if there are none.
    pub altered: Arc<AlteredBy>,
    /// Why a cell of the kind [`Unloadable`](transmog_model::LossKind::Unloadable) ends the run, and
    /// what to do, in words that follow `text at PATH`; `None` if it is counted instead.
    pub refusal: Option<&'static str>,
}

/// Returns which of these cells are altered, given what was seen in the column so far: those of text
/// or lists, whose rows count from 0.
///
/// See [`CellCheck`] for an example.
pub type AlteredBy = dyn Fn(&dyn Array, Observed) -> Option<AlteredCells> + Send + Sync;

/// A rejected record.
///
/// # Examples
/// ```
/// use transmog_engine::{
///     Destination, Feed, Nothing, OnError, RejectedRecord, Result, Run, TransmogConfig,
/// };
/// use transmog_model::TableSink;
/// use transmog_reader::Source;
///
/// /// Keeps the lines of rejected records.
/// #[derive(Default)]
/// struct Lines(Vec<Option<u64>>);
///
/// impl Destination for Lines {
///     fn table(&mut self, _at: usize) -> Result<Box<dyn TableSink>> {
///         Ok(Box::new(Nothing))
///     }
///     fn reject(&mut self, rejected: &RejectedRecord<'_>) -> Result<()> {
///         assert_eq!(rejected.raw, Some(&b"{\"a\" 2}"[..]));
///         self.0.push(rejected.location.line);
///         Ok(())
///     }
/// }
///
/// let feed = Feed::text(vec![Source::bytes("a.jsonl", b"{\"a\":1}\n{\"a\" 2}\n".to_vec())]);
/// let config = TransmogConfig::default().with_on_error(OnError::Quarantine);
/// let mut lines = Lines::default();
/// Run::start(feed, &mut lines, &config)?.complete()?;
/// assert_eq!(lines.0, [Some(2)]);
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RejectedRecord<'r> {
    /// The place of the error.
    pub location: &'r Location,
    /// The error message.
    pub reason: &'r str,
    /// Offset of its first byte in its file.
    pub byte: u64,
    /// Its length in bytes.
    pub length: u64,
    /// Its bytes; `None` if they are too many to keep.
    pub raw: Option<&'r [u8]>,
}
