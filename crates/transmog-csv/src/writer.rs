//! Cells to bytes.

use crate::{Compression, Options, is_formula};
use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    datatypes::DataType,
};
use flate2::write::GzEncoder;
use std::{
    fs::File,
    io::{self, Write},
};
use transmog_model::{Error, Result, TableSchema, TableWriter, WrittenFile, text_at};

/// Bytes gathered before they go to the file or its compressor.
const BUFFER_SIZE: usize = 64 * 1024;

enum Sink {
    Plain(File),
    Gzip(GzEncoder<File>),
    Zstd(zstd::Encoder<'static, File>),
}

impl Sink {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Sink::Plain(file) => file.write_all(bytes),
            Sink::Gzip(encoder) => encoder.write_all(bytes),
            Sink::Zstd(encoder) => encoder.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<File> {
        let mut file = match self {
            Sink::Plain(file) => file,
            Sink::Gzip(encoder) => encoder.finish()?,
            Sink::Zstd(encoder) => encoder.finish()?,
        };
        file.flush()?;
        Ok(file)
    }
}

pub(crate) struct Writer {
    sink: Sink,
    pub(crate) cells: Cells,
    table: String,
}

impl Writer {
    pub(crate) fn create(options: &Options, schema: &TableSchema, file: File) -> Result<Self> {
        options.validate()?;
        let sink = match options.compression() {
            Compression::None => Sink::Plain(file),
            Compression::Gzip => Sink::Gzip(GzEncoder::new(file, flate2::Compression::default())),
            Compression::Zstd => Sink::Zstd(
                zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)
                    .map_err(|e| writing(&schema.name, e))?,
            ),
        };
        let mut cells = Cells::new(options);
        if options.include_header() {
            cells.header(schema);
        }
        Ok(Self {
            sink,
            cells,
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
            .map_err(|e| writing(&self.table, e))?;
        self.cells.out.clear();
        Ok(())
    }
}

#[cold]
pub(crate) fn writing(table: &str, source: io::Error) -> Error {
    Error::io(format!("writing the CSV file of table `{table}`"), source)
}

impl TableWriter for Writer {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for row in 0..batch.num_rows() {
            self.cells.row(batch.columns(), row);
            self.flush_when_full()?;
        }
        Ok(())
    }

    fn buffered_bytes(&self) -> usize {
        self.cells.out.len()
    }

    fn finish(mut self: Box<Self>) -> Result<WrittenFile> {
        self.flush()?;
        let Self { sink, table, .. } = *self;
        let file = sink.finish().map_err(|e| writing(&table, e))?;
        Ok(WrittenFile { file })
    }
}

/// Writes cells into a buffer.
pub(crate) struct Cells {
    pub(crate) out: Vec<u8>,
    scratch: Vec<u8>,
    /// The bytes that make a cell need quotes.
    special: [bool; 256],
    delimiter: u8,
    quotechar: u8,
    guard: bool,
}

impl Cells {
    fn new(options: &Options) -> Self {
        let mut special = [false; 256];
        for byte in [options.delimiter(), options.quotechar(), b'\r', b'\n'] {
            special[usize::from(byte)] = true;
        }
        Self {
            out: Vec::with_capacity(BUFFER_SIZE + BUFFER_SIZE / 4),
            scratch: Vec::new(),
            special,
            delimiter: options.delimiter(),
            quotechar: options.quotechar(),
            guard: options.formula_guard(),
        }
    }

    fn header(&mut self, schema: &TableSchema) {
        for (at, column) in schema.columns.iter().enumerate() {
            if at > 0 {
                self.out.push(self.delimiter);
            }
            self.text(&column.name);
        }
        self.end_row();
    }

    fn row(&mut self, columns: &[ArrayRef], row: usize) {
        for (at, array) in columns.iter().enumerate() {
            if at > 0 {
                self.out.push(self.delimiter);
            }
            if array.is_valid(row) {
                self.cell(array, row);
            }
        }
        self.end_row();
    }

    pub(crate) fn end_row(&mut self) {
        self.out.push(b'\n');
    }

    fn cell(&mut self, array: &ArrayRef, row: usize) {
        match array.data_type() {
            DataType::Utf8 => self.text(array.as_string::<i32>().value(row)),
            DataType::Null => {}
            _ => {
                let start = self.out.len();
                text_at(&mut self.out, array.as_ref(), row);
                if self.needs_quotes(&self.out[start..]) {
                    self.scratch.clear();
                    self.scratch.extend_from_slice(&self.out[start..]);
                    self.out.truncate(start);
                    let cell = std::mem::take(&mut self.scratch);
                    self.quoted("", &cell);
                    self.scratch = cell;
                }
            }
        }
    }

    pub(crate) fn text(&mut self, cell: &str) {
        let prefix = if self.guard && is_formula(cell) {
            "'"
        } else {
            ""
        };
        let bytes = cell.as_bytes();
        if bytes.is_empty() || self.needs_quotes(bytes) || self.needs_quotes(prefix.as_bytes()) {
            self.quoted(prefix, bytes);
        } else {
            self.out.extend_from_slice(prefix.as_bytes());
            self.out.extend_from_slice(bytes);
        }
    }

    fn needs_quotes(&self, cell: &[u8]) -> bool {
        cell.iter().any(|byte| self.special[usize::from(*byte)])
    }

    fn quoted(&mut self, prefix: &str, cell: &[u8]) {
        self.out.push(self.quotechar);
        for part in [prefix.as_bytes(), cell] {
            for &byte in part {
                if byte == self.quotechar {
                    self.out.push(byte);
                }
                self.out.push(byte);
            }
        }
        self.out.push(self.quotechar);
    }
}
