//! How large row groups are.
//!
//! The format numbers the row groups of a file with 15 bits. So that no file
//! comes to its end late, each 2,048 row groups the next ones have to be twice
//! as large.
//!
//! What the end of the file says of each column of each row group is in memory
//! until then. When it comes to take much, the next row groups end when they hold
//! enough for it, however few rows were asked for.

use crate::{Format, ROW_GROUP_BYTES};

/// Row groups after which the next ones are twice as large. With 15 bits there
/// are fifteen such steps.
const STEP: usize = 2048;
/// Bytes of a row group at least, times how much they have grown.
const MIN_BYTES: usize = 8 << 10;
/// Bytes in memory that the end of the file takes for a column of a row group.
const COLUMN_FOOTER_BYTES: usize = 1 << 10;
/// A row group has at least one part of so many of the bytes that the end of the file
/// takes so far, when these are many. Both together grow with the root of the file's size.
const FOOTER_PARTS: usize = 4;

/// What the row groups of a file have to be, by how many there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) groups: usize,
    rows: usize,
    columns: usize,
    /// Bytes that the end of the file may take, about.
    footer_memory: usize,
}

impl Sizes {
    pub(crate) fn new(format: &Format, columns: usize) -> Self {
        Self {
            groups: 0,
            rows: format.options().row_group_size(),
            columns,
            footer_memory: format.footer_memory(),
        }
    }

    fn growth(&self) -> usize {
        1 << (self.groups / STEP).min(20)
    }

    /// Rows of the next row group at most.
    pub(crate) fn max_rows(&self) -> usize {
        self.rows.saturating_mul(self.growth())
    }

    /// Encoded bytes of the next row group, about, at most.
    pub(crate) fn max_bytes(&self) -> usize {
        ROW_GROUP_BYTES.max(self.min_bytes())
    }

    /// A row group of fewer encoded bytes does not end for their sake.
    pub(crate) fn min_bytes(&self) -> usize {
        self.footer_bytes().max((self.growth() - 1) * MIN_BYTES)
    }

    /// Encoded bytes of the next row group at least, for what the end of the file says of it.
    pub(crate) fn footer_bytes(&self) -> usize {
        let one = self.columns * COLUMN_FOOTER_BYTES;
        let all = self.groups * one;
        match all + one > self.footer_memory / 2 {
            true => one.max(all / FOOTER_PARTS),
            false => 0,
        }
    }

    /// Of fewer encoded bytes a row group of a segment is joined with the next:
    /// what the end of the file says of each column takes a tenth of this.
    pub(crate) fn min_copied_bytes(&self) -> usize {
        self.min_bytes().max(self.columns * self.growth() * 2048)
    }

    /// Counts a row group that ended with so many rows; whether they are more than asked for.
    pub(crate) fn count(&mut self, rows: usize) -> bool {
        self.groups += 1;
        rows > self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    fn sizes(rows: usize, columns: usize) -> Sizes {
        let options = Options::default().with_row_group_size(rows);
        Sizes::new(&Format::new(options), columns)
    }

    #[test]
    fn no_file_comes_to_the_last_number() {
        let mut sizes = sizes(1, 1);
        let mut rows = 0usize;
        while sizes.groups < 32_767 {
            rows = rows.saturating_add(sizes.max_rows());
            sizes.groups += 1;
        }
        assert!(rows > 130_000_000, "{rows}");
        assert!(sizes.max_bytes() >= ROW_GROUP_BYTES * 7);
    }

    #[test]
    fn the_end_of_a_file_takes_no_more_than_it_may_or_a_share_of_what_the_file_holds() {
        for columns in [1, 1000, 16_384] {
            let mut sizes = sizes(1, columns);
            let one = columns * COLUMN_FOOTER_BYTES;
            let mut bytes = 0;
            while bytes < 1 << 30 && sizes.groups < 32_767 {
                bytes += sizes.min_bytes();
                sizes.count(1);
                let all = sizes.groups * one;
                let asked = sizes.footer_memory / 2;
                assert!(all <= asked.max(one) + bytes, "{sizes:?}");
                // Both together grow with the root of what the file holds.
                assert!(
                    all.saturating_sub(asked).pow(2) <= 9 * bytes * one,
                    "{sizes:?}"
                );
            }
        }
    }
}
