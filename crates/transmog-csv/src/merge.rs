//! Segments to one file: cells are copied as they stand, rows get an empty
//! cell for each column that came later, and only lists whose elements became
//! text are written anew.

use crate::{
    Compression, Options,
    writer::{Writer, writing},
};
use flate2::read::GzDecoder;
use memchr::{memchr, memchr2};
use std::{
    fs::File,
    io::{self, Read},
    ops::Range,
};
use transmog_model::{
    ByteSink, ColumnType, Result, ScalarType, Segment, Segments, TableSchema, TableWriter,
    quote_elements,
};

/// Bytes of a segment read at a time.
const BLOCK_BYTES: usize = 1 << 18;

pub(crate) fn merge(
    options: &Options,
    segments: Segments,
    schema: &TableSchema,
    out: ByteSink<'_>,
) -> Result<()> {
    let mut out = Writer::create(options, schema, out)?;
    for segment in segments {
        let segment = segment?;
        let parts = parts(&segment, schema);
        let failed = |e| writing(&schema.name, e);
        let file = segment.file.try_clone().map_err(failed)?;
        let mut rows = Rows::new(options, file).map_err(failed)?;
        if options.include_header() {
            rows.next().map_err(failed)?;
        }
        while rows.next().map_err(failed)? {
            rows.write(&parts, &mut out)?;
        }
    }
    Box::new(out).finish()
}

/// What stands at a place of the merged rows.
enum Part {
    /// Cells of the segment that stand side by side in both.
    Copy(Range<usize>),
    /// An empty cell.
    Missing,
    /// A cell with a list whose elements become text.
    Texts(usize),
}

fn parts(segment: &Segment, schema: &TableSchema) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (column, source) in schema.columns.iter().zip(segment.sources(schema)) {
        let Some(at) = source else {
            parts.push(Part::Missing);
            continue;
        };
        match (segment.column_type(at), column.column_type) {
            (from, to @ ColumnType::List(ScalarType::Text)) if from != to => {
                parts.push(Part::Texts(at));
            }
            _ => match parts.last_mut() {
                Some(Part::Copy(cells)) if cells.end == at => cells.end = at + 1,
                _ => parts.push(Part::Copy(at..at + 1)),
            },
        }
    }
    parts
}

/// The rows of a file this crate wrote, one at a time.
struct Rows {
    reader: Box<dyn Read>,
    block: Vec<u8>,
    /// Where the row after this one begins.
    next: usize,
    is_end: bool,
    /// Where the cells of the row stand in the block, quotes included.
    cells: Vec<Range<usize>>,
    delimiter: u8,
    quotechar: u8,
    /// A list's text without the quotes of its cell, and the text it becomes.
    list: (Vec<u8>, Vec<u8>),
}

impl Rows {
    fn new(options: &Options, file: File) -> io::Result<Self> {
        Ok(Self {
            reader: match options.compression() {
                Compression::None => Box::new(file),
                Compression::Gzip => Box::new(GzDecoder::new(file)),
                Compression::Zstd => Box::new(zstd::Decoder::new(file)?),
            },
            block: Vec::new(),
            next: 0,
            is_end: false,
            cells: Vec::new(),
            delimiter: options.delimiter(),
            quotechar: options.quotechar(),
            list: Default::default(),
        })
    }

    /// Goes on to the next row; false at the end.
    fn next(&mut self) -> io::Result<bool> {
        loop {
            if let Some(end) = self.row() {
                self.next = end;
                return Ok(true);
            }
            if self.is_end {
                return match self.next == self.block.len() {
                    true => Ok(false),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
            self.block.drain(..std::mem::take(&mut self.next));
            let start = self.block.len();
            // A row that is longer than a block takes twice as many bytes each
            // time, and is looked through as seldom.
            self.block.resize(start + BLOCK_BYTES.max(start), 0);
            let read = self.reader.read(&mut self.block[start..])?;
            self.block.truncate(start + read);
            self.is_end = read == 0;
        }
    }

    /// Finds the cells of the row at `next` and gives its end; none when the
    /// block does not hold all of it.
    fn row(&mut self) -> Option<usize> {
        self.cells.clear();
        let mut at = self.next;
        loop {
            let start = at;
            let first = *self.block.get(at)?;
            if first == self.quotechar {
                loop {
                    at += 1;
                    at += memchr(self.quotechar, &self.block[at..])? + 1;
                    if *self.block.get(at)? != self.quotechar {
                        break;
                    }
                }
            } else if first != self.delimiter && first != b'\n' {
                // Most cells are empty in a table of very many columns.
                at += memchr2(self.delimiter, b'\n', &self.block[at..])?;
            }
            self.cells.push(start..at);
            at += 1;
            if self.block[at - 1] == b'\n' {
                return Some(at);
            }
        }
    }

    /// Writes the row as the parts say.
    fn write(&mut self, parts: &[Part], out: &mut Writer) -> Result<()> {
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                out.cells.out.push(self.delimiter);
            }
            match part {
                Part::Missing => {}
                Part::Copy(cells) => {
                    let bytes = self.cells[cells.start].start..self.cells[cells.end - 1].end;
                    out.cells.out.extend_from_slice(&self.block[bytes]);
                }
                Part::Texts(at) => {
                    let cell = self.cells[*at].clone();
                    if cell.is_empty() {
                        continue;
                    }
                    let (before, after) = &mut self.list;
                    unquoted(before, &self.block[cell], self.quotechar);
                    let list = String::from_utf8_lossy(before);
                    after.clear();
                    quote_elements(after, &list);
                    out.cells.text(&String::from_utf8_lossy(after));
                }
            }
        }
        out.cells.end_row();
        out.flush_when_full()
    }
}

/// A cell without its quotes.
fn unquoted(out: &mut Vec<u8>, cell: &[u8], quotechar: u8) {
    out.clear();
    if cell.first() != Some(&quotechar) {
        out.extend_from_slice(cell);
        return;
    }
    let mut bytes = cell[1..cell.len() - 1].iter();
    while let Some(&byte) = bytes.next() {
        out.push(byte);
        if byte == quotechar {
            bytes.next();
        }
    }
}
