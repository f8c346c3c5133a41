//! Where the records of a chunk come from: columns of the main table, and lines.

use crate::{destination::AlteredBy, source::ChunkPlace};
use arrow::array::{ArrayRef, Int64Array, StringArray};
use std::sync::Arc;
use transmog_flatten::{Naming, Origin, TableSet};
use transmog_model::Observed;

/// Where the records of a chunk begin.
pub(crate) struct Starts<'c> {
    pub(crate) place: &'c ChunkPlace,
    /// The text of the chunk.
    pub(crate) text: &'c [u8],
    /// For each record its first byte in the text.
    pub(crate) bytes: &'c [u64],
}

impl Starts<'_> {
    /// Adds the columns that `naming` has to the main tables, and counts the names of inputs that
    /// the destination alters. Returns how many bytes the columns take.
    pub(crate) fn add_origins(
        &self,
        sets: &mut [TableSet],
        naming: &Naming,
        altered: Option<&AlteredBy>,
    ) -> usize {
        let Self { place, text, .. } = self;
        let source = place.source.as_ref().filter(|_| naming.source.is_some());
        let has = |name: &Option<String>| name.is_some() && place.has_positions;
        let (has_lines, has_bytes) = (has(&naming.line), has(&naming.byte));
        if source.is_none() && !has_lines && !has_bytes {
            return 0;
        }
        let altered = source.zip(altered).and_then(|(name, altered)| {
            altered(&StringArray::from(vec![&**name]), Observed::text()).map(|cells| cells.kind)
        });
        let mut lines = Lines::of(text, place.line + 1);
        let mut rows = 0;
        for set in sets {
            // Without a record there is no table.
            let Some(main) = set.tables.first_mut() else {
                continue;
            };
            let starts = main.records.iter().map(|record| self.start(*record));
            main.origin = Some(Origin {
                source: source.cloned(),
                lines: has_lines.then(|| numbers(starts.clone().map(|start| lines.at(start)))),
                bytes: has_bytes.then(|| numbers(starts.map(|start| place.byte + start))),
            });
            rows += main.rows;
            if let Some(kind) = altered {
                let (count, first) = (main.rows as u64, main.records[0]);
                set.losses.push((kind, main.path.clone(), count, first));
            }
        }
        rows * size_of::<i64>() * (usize::from(has_lines) + usize::from(has_bytes))
    }

    fn start(&self, record: u32) -> u64 {
        self.bytes.get(record as usize).copied().unwrap_or_default()
    }
}

fn numbers(numbers: impl Iterator<Item = u64>) -> ArrayRef {
    let numbers = numbers.map(|number| i64::try_from(number).unwrap_or(i64::MAX));
    Arc::new(Int64Array::from_iter_values(numbers))
}

/// Counts lines from one place to the next, so each only once.
pub(crate) struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    /// From the beginning of a text, which is in this line.
    pub(crate) fn of(text: &'t [u8], line: u64) -> Self {
        Self { text, at: 0, line }
    }

    /// The line of a byte that is not before the last one.
    pub(crate) fn at(&mut self, byte: u64) -> u64 {
        // A record between two others may have no place of its own.
        let to = usize::try_from(byte).unwrap_or(usize::MAX);
        let to = to.clamp(self.at, self.text.len());
        self.line += memchr::memchr_iter(b'\n', &self.text[self.at..to]).count() as u64;
        self.at = to;
        self.line
    }
}
