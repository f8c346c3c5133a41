//! Batches to a file.

use crate::{
    Compression, Options,
    cells::{BUFFER_SIZE, Cells},
    columns::Column,
};
use arrow::array::{Array, ArrayRef, RecordBatch};
use flate2::write::GzEncoder;
use std::{
    io::{self, Write},
    sync::Arc,
};
use transmog_model::{
    ByteSink, ColumnType, Error, Executor, Result, ScalarType, TableSchema, TableWriter, map_on,
    text_of,
};

/// The fewest cells that are written as a part of a batch.
const MIN_CELLS: usize = 1 << 14;

enum Sink<'w> {
    Plain(ByteSink<'w>),
    Gzip(Blocks<GzEncoder<ByteSink<'w>>>),
    Zstd(Blocks<zstd::Encoder<'static, ByteSink<'w>>>),
}

/// Gives a compressor blocks of one size. What it makes of the same bytes depends on how they are cut,
/// and so would depend on the number of threads.
struct Blocks<W> {
    compressor: W,
    rest: Vec<u8>,
}

impl<W: Write> Blocks<W> {
    fn new(compressor: W) -> Self {
        Self {
            compressor,
            rest: Vec::with_capacity(BUFFER_SIZE),
        }
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while let Some((block, rest)) = bytes.split_at_checked(BUFFER_SIZE - self.rest.len()) {
            self.rest.extend_from_slice(block);
            self.compressor.write_all(&self.rest)?;
            self.rest.clear();
            bytes = rest;
        }
        self.rest.extend_from_slice(bytes);
        Ok(())
    }

    /// The compressor, which has all bytes.
    fn finish(mut self) -> io::Result<W> {
        self.compressor.write_all(&self.rest)?;
        Ok(self.compressor)
    }
}

impl Sink<'_> {
    fn write_all(&mut self, bytes: &[u8], table: &str) -> Result<()> {
        let written = match self {
            Sink::Plain(out) => out.write_all(bytes),
            Sink::Gzip(blocks) => blocks.write_all(bytes),
            Sink::Zstd(blocks) => blocks.write_all(bytes),
        };
        written.map_err(|e| Error::writing("CSV", table, e))
    }

    /// Takes the bytes gathered when they are many.
    fn flush_when_full(&mut self, cells: &mut Cells, table: &str) -> Result<()> {
        if cells.out.len() >= BUFFER_SIZE {
            self.write_all(&cells.out, table)?;
            cells.out.clear();
        }
        Ok(())
    }

    fn finish(self) -> io::Result<()> {
        let mut out = match self {
            Sink::Plain(out) => out,
            Sink::Gzip(blocks) => blocks.finish()?.finish()?,
            Sink::Zstd(blocks) => blocks.finish()?.finish()?,
        };
        out.flush()
    }
}

pub(crate) struct Writer<'w> {
    sink: Sink<'w>,
    pub(crate) cells: Cells,
    /// For each column the type of its values if they are stored as their text.
    texts: Arc<[Option<ScalarType>]>,
    table: String,
    executor: Option<Arc<dyn Executor>>,
}

impl<'w> Writer<'w> {
    pub(crate) fn create(
        options: &Options,
        schema: &TableSchema,
        out: ByteSink<'w>,
    ) -> Result<Self> {
        options.validate()?;
        let sink = match options.compression() {
            Compression::None => Sink::Plain(out),
            Compression::Gzip => {
                let encoder = GzEncoder::new(out, flate2::Compression::default());
                Sink::Gzip(Blocks::new(encoder))
            }
            Compression::Zstd => {
                let encoder = zstd::Encoder::new(out, zstd::DEFAULT_COMPRESSION_LEVEL)
                    .map_err(|e| Error::writing("CSV", &schema.name, e))?;
                Sink::Zstd(Blocks::new(encoder))
            }
        };
        let mut cells = Cells::new(options);
        if options.include_header() {
            cells.header(schema.columns.iter().map(|column| column.name.as_str()));
        }
        Ok(Self {
            sink,
            cells,
            texts: (schema.columns.iter())
                .map(|column| text_type(column.column_type))
                .collect(),
            table: schema.name.clone(),
            executor: None,
        })
    }

    /// Hands the bytes gathered on when they are many.
    pub(crate) fn flush_when_full(&mut self) -> Result<()> {
        self.sink.flush_when_full(&mut self.cells, &self.table)
    }

    fn flush(&mut self) -> Result<()> {
        self.sink.write_all(&self.cells.out, &self.table)?;
        self.cells.out.clear();
        Ok(())
    }
}

/// The type of dates, times and UUIDs, alone or in lists, whose text the file has.
fn text_type(column_type: ColumnType) -> Option<ScalarType> {
    use ScalarType::{Date, Timestamp, Uuid};
    match column_type.scalar() {
        _ if column_type == ColumnType::RUN_START => None,
        of @ (Date | Timestamp(_) | Uuid(_)) => Some(of),
        _ => None,
    }
}

/// Writes the rows of a batch to `cells`, and calls `after_row` after each.
fn write_rows(
    batch: &RecordBatch,
    texts: &[Option<ScalarType>],
    cells: &mut Cells,
    mut after_row: impl FnMut(&mut Cells) -> Result<()>,
) -> Result<()> {
    // Columns that have cells in these rows, and the delimiters before each; a column
    // without is a delimiter.
    let (mut columns, mut delimiters) = (Vec::new(), 0);
    let stored: Vec<ArrayRef> = (batch.columns().iter().zip(texts))
        .map(|(cells, of)| match of {
            Some(of) => Arc::new(text_of(cells, *of)),
            None => Arc::clone(cells),
        })
        .collect();
    for column in &stored {
        if column.null_count() < column.len() {
            columns.push((delimiters, Column::new(column, cells)));
            delimiters = 0;
        }
        delimiters += 1;
    }
    // The last column has none behind it.
    delimiters -= usize::from(!batch.columns().is_empty());
    for row in 0..batch.num_rows() {
        for (delimiters, column) in &mut columns {
            cells.delimiters(*delimiters);
            column.write(row, cells);
        }
        cells.delimiters(delimiters);
        cells.end_row();
        after_row(cells)?;
    }
    Ok(())
}

/// The rows in parts of about the same size, one or two for each thread; one part if they are few.
fn parts(batch: &RecordBatch, threads: usize) -> Vec<RecordBatch> {
    let (rows, columns) = (batch.num_rows(), batch.num_columns());
    let count = (rows * columns / MIN_CELLS).clamp(1, threads * 2);
    let step = rows.div_ceil(count).max(1);
    let starts = (0..rows).step_by(step);
    starts
        .map(|start| batch.slice(start, step.min(rows - start)))
        .collect()
}

impl TableWriter for Writer<'_> {
    fn set_executor(&mut self, executor: &Arc<dyn Executor>) {
        self.executor = Some(Arc::clone(executor));
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let threads = self
            .executor
            .as_ref()
            .map_or(1, |executor| executor.threads());
        let parts = match threads {
            1 => Vec::new(),
            threads => parts(batch, threads),
        };
        if parts.len() < 2 {
            let Self {
                cells,
                sink,
                texts,
                table,
                ..
            } = self;
            return write_rows(batch, texts, cells, |cells| {
                sink.flush_when_full(cells, table)
            });
        }
        self.flush()?;
        let (texts, settings) = (Arc::clone(&self.texts), self.cells.emptied());
        let written = map_on(self.executor.as_ref(), parts, move |part| {
            let mut cells = settings.emptied();
            write_rows(&part, &texts, &mut cells, |_| Ok(())).map(|()| cells.out)
        })?;
        for bytes in written {
            self.sink.write_all(&bytes?, &self.table)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.flush()?;
        let Self { sink, table, .. } = *self;
        sink.finish().map_err(|e| Error::writing("CSV", &table, e))
    }
}
