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
    ByteSink, ColumnType, Error, Result, ScalarType, TableSchema, TableWriter, text_of,
};

enum Sink<'w> {
    Plain(ByteSink<'w>),
    Gzip(GzEncoder<ByteSink<'w>>),
    Zstd(zstd::Encoder<'static, ByteSink<'w>>),
}

impl Sink<'_> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Sink::Plain(out) => out.write_all(bytes),
            Sink::Gzip(encoder) => encoder.write_all(bytes),
            Sink::Zstd(encoder) => encoder.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<()> {
        let mut out = match self {
            Sink::Plain(out) => out,
            Sink::Gzip(encoder) => encoder.finish()?,
            Sink::Zstd(encoder) => encoder.finish()?,
        };
        out.flush()
    }
}

pub(crate) struct Writer<'w> {
    sink: Sink<'w>,
    pub(crate) cells: Cells,
    /// For each column the type of its values if they are stored as their text.
    texts: Vec<Option<ScalarType>>,
    table: String,
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
            Compression::Gzip => Sink::Gzip(GzEncoder::new(out, flate2::Compression::default())),
            Compression::Zstd => Sink::Zstd(
                zstd::Encoder::new(out, zstd::DEFAULT_COMPRESSION_LEVEL)
                    .map_err(|e| Error::writing("CSV", &schema.name, e))?,
            ),
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
        })
    }

    /// Hands the bytes gathered on when they are many.
    pub(crate) fn flush_when_full(&mut self) -> Result<()> {
        if self.cells.out.len() >= BUFFER_SIZE {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.sink
            .write_all(&self.cells.out)
            .map_err(|e| Error::writing("CSV", &self.table, e))?;
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

impl TableWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        // Columns that have cells in these rows, and the delimiters before each; a column
        // without is a delimiter.
        let (mut columns, mut delimiters) = (Vec::new(), 0);
        let stored: Vec<ArrayRef> = (batch.columns().iter().zip(&self.texts))
            .map(|(cells, of)| match of {
                Some(of) => Arc::new(text_of(cells, *of)),
                None => Arc::clone(cells),
            })
            .collect();
        for cells in &stored {
            if cells.null_count() < cells.len() {
                columns.push((delimiters, Column::new(cells, &self.cells)));
                delimiters = 0;
            }
            delimiters += 1;
        }
        // The last column has none behind it.
        delimiters -= usize::from(!batch.columns().is_empty());
        for row in 0..batch.num_rows() {
            for (delimiters, column) in &mut columns {
                self.cells.delimiters(*delimiters);
                column.write(row, &mut self.cells);
            }
            self.cells.delimiters(delimiters);
            self.cells.end_row();
            self.flush_when_full()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.flush()?;
        let Self { sink, table, .. } = *self;
        sink.finish().map_err(|e| Error::writing("CSV", &table, e))
    }
}
