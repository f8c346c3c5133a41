//! Records from Arrow: each row of a record batch is a record, with no JSON text in between.

mod cells;
mod columns;
mod give;
mod times;

use crate::{
    error::{Category, Error, Result},
    records::{reject, replay},
    source::{ChunkPlace, ChunkSource, InputChunk},
};
use arrow::array::{RecordBatch, RecordBatchReader};
use cells::Member;
use give::{Fault, Giver};
use std::sync::Arc;
use transmog_events::{EventSink, RecordSink, RecordStart, Rejection, RejectionKind};
use transmog_reader::Document;

/// Stands for the file name of record batches.
const BATCHES: &str = "<arrow>";
/// Bytes of JSON for each byte of Arrow, about: tables of a chunk are as large from either.
const BYTES_OF_TEXT: usize = 2;
/// The most rows of a chunk.
const ROWS_PER_CHUNK: usize = 1 << 16;

/// Rows of Arrow record batches as records. A struct is an object, a list an array, a map an object
/// with its keys as text.
///
/// | Arrow | JSON |
/// | --- | --- |
/// | null, boolean, integers, floats, text | the same; null in a struct is a null member |
/// | decimals | a number with all its digits |
/// | binary | a string in Base64 |
/// | dates, times, timestamps, durations, intervals | a string by ISO 8601, with no more digits than needed; a timestamp with a zone has its offset |
/// | dictionaries, runs, unions | the value |
/// | `arrow.uuid` | a string; any other extension type is what it is stored as |
///
/// NaN and the infinities reject their record, as text that is not UTF-8 and times that no clock
/// has do.
///
/// # Examples
/// ```
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchIterator};
/// use std::sync::Arc;
/// use transmog_engine::{ArrowRecords, Feed, Memory, Run, TransmogConfig};
///
/// let sizes: ArrayRef = Arc::new(Int64Array::from(vec![7, 2]));
/// let batch = RecordBatch::try_from_iter([("size", sizes)])?;
/// let reader = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
///
/// let memory = Memory::default();
/// let feed = Feed::arrow(ArrowRecords::new(reader));
/// let summary = Run::start(feed, memory, &TransmogConfig::default())?.complete()?;
/// assert_eq!(summary.records.accepted, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ArrowRecords {
    reader: Box<dyn RecordBatchReader + Send>,
    nan_as_null: bool,
}

impl ArrowRecords {
    /// The rows of these batches. A thread of the run reads them.
    #[must_use]
    pub fn new(reader: impl RecordBatchReader + Send + 'static) -> Self {
        Self {
            reader: Box::new(reader),
            nan_as_null: false,
        }
    }

    /// Whether NaN is null, as in pandas, and not an error of its record. Default `false`.
    #[must_use]
    pub fn with_nan_as_null(mut self, nan_as_null: bool) -> Self {
        self.nan_as_null = nan_as_null;
        self
    }

    /// The source of chunks with as many rows as this many bytes of text have, about.
    pub(crate) fn chunks(self, text: usize) -> ArrowChunks {
        ArrowChunks {
            records: self,
            bytes: text / BYTES_OF_TEXT,
            is_checked: false,
            batch: None,
            rows: ROWS_PER_CHUNK,
            bytes_read: 0,
            file: BATCHES.into(),
        }
    }
}

/// Cuts batches into chunks.
pub(crate) struct ArrowChunks {
    records: ArrowRecords,
    bytes: usize,
    /// Whether all columns can be read.
    is_checked: bool,
    /// What is left of the batch in progress.
    batch: Option<RecordBatch>,
    /// Rows of the chunk before.
    rows: usize,
    bytes_read: u64,
    file: Arc<str>,
}

impl ArrowChunks {
    fn check(&mut self) -> Result<()> {
        if !std::mem::replace(&mut self.is_checked, true) {
            for field in self.records.reader.schema().fields() {
                if let Some((column, message)) = columns::unreadable(field, 1) {
                    let message = format!("{BATCHES}, column {column:?}: {message}");
                    return Err(Error::new(Category::Unsupported, message));
                }
            }
        }
        Ok(())
    }

    /// The next batch that has rows.
    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        if let Some(batch) = self.batch.take() {
            return Ok(Some(batch));
        }
        loop {
            let Some(batch) = self.records.reader.next() else {
                return Ok(None);
            };
            let batch = batch.map_err(|error| {
                Error::from_source(format!("cannot read the record batches: {error}"))
            })?;
            if batch.num_rows() > 0 {
                return Ok(Some(batch));
            }
        }
    }
}

impl ChunkSource for ArrowChunks {
    type Chunk = ArrowChunk;

    fn next_chunk(&mut self, most: u32) -> Result<Option<ArrowChunk>> {
        self.check()?;
        let Some(batch) = self.next_batch()? else {
            return Ok(None);
        };
        let most = ROWS_PER_CHUNK.min(most as usize).max(1);
        let mut rows = (self.rows * 2).min(most).min(batch.num_rows());
        let mut part = batch.slice(0, rows);
        let mut bytes = columns::size(&part);
        while bytes > self.bytes && rows > 1 {
            rows /= 2;
            part = batch.slice(0, rows);
            bytes = columns::size(&part);
        }
        self.rows = rows;
        if rows < batch.num_rows() {
            self.batch = Some(batch.slice(rows, batch.num_rows() - rows));
        }
        self.bytes_read += bytes as u64;
        Ok(Some(ArrowChunk {
            batch: part,
            bytes,
            nan_as_null: self.records.nan_as_null,
            place: ChunkPlace {
                bytes_read: self.bytes_read,
                ..ChunkPlace::of_values(Arc::clone(&self.file))
            },
        }))
    }
}

/// Some rows of a batch.
pub(crate) struct ArrowChunk {
    batch: RecordBatch,
    bytes: usize,
    nan_as_null: bool,
    place: ChunkPlace,
}

impl ArrowChunk {
    fn row<S: EventSink>(
        &self,
        columns: &[Member<'_>],
        row: u32,
        events: &mut S,
        text: &mut String,
    ) -> Result<(), Rejection> {
        let mut giver = Giver {
            events,
            text,
            nan_as_null: self.nan_as_null,
        };
        let given = giver.object(columns, row as usize);
        given.map_err(Fault::rejection)
    }
}

impl InputChunk for ArrowChunk {
    fn place(&self) -> ChunkPlace {
        self.place.clone()
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn parse<S: RecordSink>(&self, most: u32, sink: &mut S) {
        let columns = columns::of_batch(&self.batch);
        let mut text = String::new();
        // A chunk has at most `ROWS_PER_CHUNK` rows.
        for index in 0..most.min(self.batch.num_rows() as u32) {
            let start = RecordStart { byte: 0, index };
            let events = sink.begin_record(start);
            let given = self.row(&columns, index, events, &mut text);
            let mut taken = given.and_then(|()| sink.end_record());
            if let Err(rejection) = &taken
                && matches!(rejection.kind(), RejectionKind::DuplicateKey)
            {
                sink.abandon_record();
                // The last value of each key stays, and the others are counted.
                let mut document = Document::default();
                taken = match self.row(&columns, index, &mut document, &mut text) {
                    Ok(()) => replay(&document, start, sink),
                    Err(rejection) => {
                        sink.begin_record(start);
                        Err(rejection)
                    }
                };
            }
            let Err(rejection) = taken else { continue };
            sink.abandon_record();
            if reject(&rejection, index, sink).is_break() {
                return;
            }
        }
    }
}
