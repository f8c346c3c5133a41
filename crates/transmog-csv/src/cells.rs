//! Cells to bytes, quoted where RFC 4180 demands it.

use crate::{
    Options,
    formula::{is_formula, may_be_formula},
};
use memchr::memchr;

/// Bytes gathered before they go to the file or its compressor.
pub(crate) const BUFFER_SIZE: usize = 256 * 1024;
/// Bytes that numbers, booleans and timestamps are made of.
const PLAIN: &[u8] = b"0123456789+-.:eE aflrstu";

/// Writes cells into a buffer.
pub(crate) struct Cells {
    pub(crate) out: Vec<u8>,
    /// The bytes that make a cell need quotes.
    special: [bool; 256],
    pub(crate) delimiter: u8,
    pub(crate) quotechar: u8,
    guard: bool,
    /// Whether numbers and the like never need quotes.
    are_plain: bool,
}

impl Cells {
    pub(crate) fn new(options: &Options) -> Self {
        let mut special = [false; 256];
        for byte in [options.delimiter(), options.quotechar(), b'\r', b'\n'] {
            special[usize::from(byte)] = true;
        }
        Self {
            out: Vec::with_capacity(BUFFER_SIZE + BUFFER_SIZE / 4),
            are_plain: !PLAIN.iter().any(|byte| special[usize::from(*byte)]),
            special,
            delimiter: options.delimiter(),
            quotechar: options.quotechar(),
            guard: options.formula_guard(),
        }
    }

    /// Without bytes, for cells that are written the same way.
    pub(crate) fn emptied(&self) -> Self {
        Self {
            out: Vec::new(),
            ..*self
        }
    }

    pub(crate) fn header<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        for (at, name) in names.enumerate() {
            if at > 0 {
                self.delimiter();
            }
            self.text(name);
        }
        self.end_row();
    }

    #[inline(always)]
    pub(crate) fn delimiter(&mut self) {
        self.out.push(self.delimiter);
    }

    #[inline(always)]
    pub(crate) fn delimiters(&mut self, count: usize) {
        match count {
            1 => self.delimiter(),
            _ => self.out.resize(self.out.len() + count, self.delimiter),
        }
    }

    #[inline]
    pub(crate) fn end_row(&mut self) {
        self.out.push(b'\n');
    }

    /// A text cell.
    pub(crate) fn text(&mut self, cell: &str) {
        let is_special = self.needs_quotes(cell.as_bytes());
        self.scanned_text(cell, is_special);
    }

    /// Writes a text cell without special bytes, if nothing else is to be said of it; else gives `false`
    /// and does nothing.
    #[inline(always)]
    pub(crate) fn as_it_is(&mut self, cell: &[u8]) -> bool {
        if cell.is_empty() || self.guard && may_be_formula(cell) {
            return false;
        }
        self.out.extend_from_slice(cell);
        true
    }

    /// A text cell of which it is known whether it holds a special byte.
    pub(crate) fn scanned_text(&mut self, cell: &str, is_special: bool) {
        let bytes = cell.as_bytes();
        if self.guard && may_be_formula(bytes) && is_formula(cell) {
            self.any(|out| {
                out.push(b'\'');
                out.extend_from_slice(bytes);
            });
        } else if is_special || bytes.is_empty() {
            self.quoted(bytes);
        } else {
            self.out.extend_from_slice(bytes);
        }
    }

    /// A cell that `write` appends: a number, a boolean or a timestamp.
    #[inline(always)]
    pub(crate) fn plain(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.are_plain {
            write(&mut self.out);
        } else {
            self.any(write);
        }
    }

    /// A cell of any bytes, which `write` appends.
    pub(crate) fn any(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.out.len();
        write(&mut self.out);
        if self.needs_quotes(&self.out[start..]) {
            let cell = self.out.split_off(start);
            self.quoted(&cell);
        }
    }

    fn needs_quotes(&self, cell: &[u8]) -> bool {
        cell.iter().any(|byte| self.special[usize::from(*byte)])
    }

    fn quoted(&mut self, mut cell: &[u8]) {
        self.out.push(self.quotechar);
        while let Some(at) = memchr(self.quotechar, cell) {
            self.out.extend_from_slice(&cell[..=at]);
            self.out.push(self.quotechar);
            cell = &cell[at + 1..];
        }
        self.out.extend_from_slice(cell);
        self.out.push(self.quotechar);
    }
}
