//! The rows of a file this crate wrote, one at a time, cells as they are in the file.

use crate::{Compression, Options};
use flate2::read::MultiGzDecoder;
use memchr::{memchr, memchr2};
use std::{
    io::{self, Read},
    ops::Range,
    sync::Arc,
};
use transmog_model::{ReadAt, ReadAtCursor};

/// Bytes of a file read at a time.
const BLOCK_BYTES: usize = 1 << 18;

/// Goes through the rows of a file.
pub(crate) struct Rows {
    reader: Box<dyn Read + Send>,
    block: Vec<u8>,
    /// Where the row after this one begins.
    next: usize,
    is_end: bool,
    /// Number of this row, from 1; 0 before the first.
    pub(crate) row: u64,
    /// Where the cells of the row are in the block, quotes included.
    cells: Vec<Range<usize>>,
    delimiter: u8,
    quotechar: u8,
}

impl Rows {
    pub(crate) fn new(options: &Options, input: Arc<dyn ReadAt>) -> io::Result<Self> {
        let input = ReadAtCursor::new(input, 0);
        Ok(Self {
            reader: match options.compression() {
                Compression::None => Box::new(input),
                Compression::Gzip => Box::new(MultiGzDecoder::new(input)),
                Compression::Zstd => Box::new(zstd::Decoder::new(input)?),
            },
            block: Vec::new(),
            next: 0,
            is_end: false,
            row: 0,
            cells: Vec::new(),
            delimiter: options.delimiter(),
            quotechar: options.quotechar(),
        })
    }

    /// Goes on to the next row; false at the end.
    pub(crate) fn next(&mut self) -> io::Result<bool> {
        loop {
            if let Some(end) = self.find_row()? {
                self.next = end;
                self.row += 1;
                return Ok(true);
            }
            if self.is_end {
                return match self.next == self.block.len() {
                    true => Ok(false),
                    false => Err(self.broken("does not end")),
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
    fn find_row(&mut self) -> io::Result<Option<usize>> {
        self.cells.clear();
        let mut at = self.next;
        while let Some(end) = self.cell_end(at) {
            self.cells.push(at..end);
            at = end + 1;
            match self.block[end] {
                b'\n' => return Ok(Some(at)),
                byte if byte == self.delimiter => {}
                _ => return Err(self.broken("has a cell that goes on behind its last quote")),
            }
        }
        Ok(None)
    }

    /// Where the cell at `at` ends; none when the block does not hold the byte behind it.
    #[inline]
    fn cell_end(&self, mut at: usize) -> Option<usize> {
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
        Some(at)
    }

    #[cold]
    fn broken(&self, what: &str) -> io::Error {
        let message = format!("row {} {what}: the file is damaged", self.row + 1);
        io::Error::new(io::ErrorKind::InvalidData, message)
    }

    /// Checks that the row has the cells of a table of so many columns.
    pub(crate) fn expect(&self, columns: usize) -> io::Result<()> {
        // A row without columns is an empty cell.
        let (cells, expected) = (self.cells.len(), columns.max(1));
        if cells == expected {
            return Ok(());
        }
        let row = self.row;
        let message = format!("row {row} has {cells} cells, expected {expected}");
        Err(io::Error::new(io::ErrorKind::InvalidData, message))
    }

    /// How many cells the row has.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Bytes of the row.
    pub(crate) fn bytes(&self) -> usize {
        let start = self.cells.first().map_or(self.next, |cell| cell.start);
        self.next - start
    }

    /// Cells that are side by side, as they are in the file. The row must have them.
    pub(crate) fn raw(&self, cells: Range<usize>) -> &[u8] {
        &self.block[self.cells[cells.start].start..self.cells[cells.end - 1].end]
    }

    /// The bytes of a cell without its quotes, by way of `buffer` where quotes are doubled; none
    /// for a null. The row must have the cell.
    pub(crate) fn cell<'b>(&'b self, at: usize, buffer: &'b mut Vec<u8>) -> Option<&'b [u8]> {
        let cell = &self.block[self.cells[at].clone()];
        if cell.first() != Some(&self.quotechar) {
            return (!cell.is_empty()).then_some(cell);
        }
        let cell = &cell[1..cell.len() - 1];
        if memchr(self.quotechar, cell).is_none() {
            return Some(cell);
        }
        buffer.clear();
        let mut bytes = cell.iter();
        while let Some(&byte) = bytes.next() {
            buffer.push(byte);
            if byte == self.quotechar {
                bytes.next();
            }
        }
        Some(buffer)
    }
}
