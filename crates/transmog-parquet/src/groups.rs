//! How large row groups are.
//!
//! The format numbers the row groups of a file with 15 bits. So that no file
//! comes to its end late, each 2,048 row groups the next ones have to be twice
//! as large.

use crate::{Options, ROW_GROUP_BYTES};

/// Row groups after which the next ones are twice as large. With 15 bits there
/// are fifteen such steps.
const STEP: usize = 2048;
/// Bytes of a row group at least, times how much they have grown.
const MIN_BYTES: usize = 8 << 10;

/// What the row groups of a file have to be, by how many there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) groups: usize,
    rows: usize,
    columns: usize,
}

impl Sizes {
    pub(crate) fn new(options: &Options, columns: usize) -> Self {
        Self {
            groups: 0,
            rows: options.row_group_size(),
            columns,
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
        (self.growth() - 1) * MIN_BYTES
    }

    /// Of fewer encoded bytes a row group of a segment is joined with the next:
    /// what the end of the file says of each column takes a tenth of this.
    pub(crate) fn min_copied_bytes(&self) -> usize {
        self.columns * self.growth() * 2048
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_comes_to_the_last_number() {
        let mut sizes = Sizes::new(&Options::default().with_row_group_size(1), 1);
        let mut rows = 0usize;
        while sizes.groups < 32_767 {
            rows = rows.saturating_add(sizes.max_rows());
            sizes.groups += 1;
        }
        assert!(rows > 130_000_000, "{rows}");
        assert!(sizes.max_bytes() >= ROW_GROUP_BYTES * 7);
    }
}
