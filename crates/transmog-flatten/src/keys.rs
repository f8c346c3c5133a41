//! Keys that are made from the numbers of rows: the seed of random ones, and arrays of them.

use crate::ids::{hash_id, id_in, write_id};
use arrow::{
    array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray, Int64Array, StringArray, UInt32Array},
    buffer::{Buffer, OffsetBuffer, ScalarBuffer},
    datatypes::UInt32Type,
    error::ArrowError,
};
use std::{ops::Range, sync::Arc};
use transmog_events::JsonPath;
use transmog_model::ColumnRole;
use uuid::{Builder, Uuid};

/// Bytes of a UUID.
pub(crate) const UUID_WIDTH: i32 = 16;

/// What random ids are made from, besides the path of their table and the number of their row: the
/// same seed gives the same ids. They are UUIDs of version 4, and not for secrets.
///
/// # Examples
/// ```
/// use transmog_flatten::Seed;
/// assert_eq!(Seed::from(7), Seed::from(7));
/// assert_ne!(Seed::from(7), Seed::from(8));
/// assert_ne!(Seed::random(), Seed::random());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(Uuid);

impl Seed {
    /// A seed from the operating system.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// How the rows of the table at `path` get their ids.
    fn table(self, path: &JsonPath) -> Streams {
        let (high, low) = id_in(self.0, path.to_string().as_bytes()).as_u64_pair();
        Streams { high, low }
    }
}

impl From<u64> for Seed {
    fn from(number: u64) -> Self {
        Self(hash_id(number.to_string().as_bytes()))
    }
}

/// Two streams of SplitMix64, one for each half of an id. Each gives different numbers for
/// different rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Streams {
    high: u64,
    low: u64,
}

impl Streams {
    /// The id of the row with this number, from 1.
    #[inline]
    fn id(self, number: u64) -> Uuid {
        let high = mixed(
            self.high
                .wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        );
        let low = mixed(
            self.low
                .wrapping_add(number.wrapping_mul(0xd1b5_4a32_d192_ed03)),
        );
        let bytes = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// The finalizer of SplitMix64.
#[inline]
fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The rows of one table: how many there are before those of the chunk, and how they get ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Numbered {
    before: u64,
    /// `None` where the number is the id.
    streams: Option<Streams>,
}

/// How the rows of a table of a chunk get keys from their numbers: ids, those of their parents, and
/// those of their main rows.
///
/// The first row of each table has the number 1. A chunk knows only the numbers in itself, from 0;
/// whoever merges chunks knows how many rows come before them ([`follow`](Self::follow)).
///
/// # Examples
/// ```
/// use transmog_events::{RecordSink, RecordStart};
/// use transmog_flatten::{Flattener, IdGeneration, Options, SerializeError, serialize_events};
/// let options = Options { id_generation: IdGeneration::Sequence, ..Options::default() };
/// let mut flattener = Flattener::new(options);
/// flattener.begin_record(RecordStart { byte: 0, index: 0 });
/// serialize_events(&serde_json::json!({"a": 1}), &mut flattener)?;
/// flattener.end_record()?;
/// let table = &mut flattener.finish().tables[0];
/// // There are ten records before this chunk.
/// table.numbering.as_mut().expect("ids are numbers").follow(10, 0, 10);
/// # Ok::<(), SerializeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbering {
    own: Numbered,
    parent: Numbered,
    root: Numbered,
}

impl Numbering {
    /// The numbers of rows at `path`, whose parents are at `parent`; ids are made of the numbers and
    /// the seed, if there is one.
    pub(crate) fn new(seed: Option<Seed>, path: &JsonPath, parent: &JsonPath) -> Self {
        let numbered = |path| Numbered {
            before: 0,
            streams: seed.map(|seed| seed.table(path)),
        };
        Self {
            own: numbered(path),
            parent: numbered(parent),
            root: numbered(&JsonPath::root()),
        }
    }

    /// Sets how many rows of the table, of that of its parents, and of the main table come before
    /// those of the chunk.
    pub fn follow(&mut self, own: u64, parent: u64, main: u64) {
        (self.own.before, self.parent.before, self.root.before) = (own, parent, main);
    }

    fn of(&self, role: ColumnRole) -> Numbered {
        match role {
            ColumnRole::Parent => self.parent,
            ColumnRole::Root => self.root,
            _ => self.own,
        }
    }
}

/// The rows of a chunk whose keys are made from numbers.
pub(crate) struct NumberedRows {
    pub(crate) rows: Range<usize>,
    pub(crate) numbering: Numbering,
    /// For each row the row of its parent, and of its main row, in the chunk.
    pub(crate) parents: Option<ArrayRef>,
    pub(crate) roots: Option<ArrayRef>,
}

impl NumberedRows {
    /// Whether they have keys of this role.
    pub(crate) fn has(&self, role: ColumnRole) -> bool {
        match role {
            ColumnRole::Id => true,
            ColumnRole::Parent => self.parents.is_some(),
            ColumnRole::Root => self.roots.is_some(),
            _ => false,
        }
    }

    /// How many columns of keys they have.
    pub(crate) fn keys(&self) -> usize {
        1 + usize::from(self.parents.is_some()) + usize::from(self.roots.is_some())
    }

    /// Gives how the keys of a role are made, and the numbers of those of `rows`, from 1.
    fn numbers<'r>(
        &'r self,
        role: ColumnRole,
        rows: &Range<usize>,
    ) -> (Numbered, Box<dyn Iterator<Item = u64> + 'r>) {
        let numbered = self.numbering.of(role);
        let (start, end) = (rows.start.max(self.rows.start), rows.end.min(self.rows.end));
        let part = start - self.rows.start..end.max(start) - self.rows.start;
        let above = match role {
            ColumnRole::Parent => self.parents.as_ref(),
            ColumnRole::Root => self.roots.as_ref(),
            _ => None,
        };
        let first = numbered.before + 1;
        (
            numbered,
            match above {
                None => Box::new(part.map(move |row| first + row as u64)),
                Some(above) => {
                    let above = &above.as_primitive::<UInt32Type>().values()[part];
                    Box::new(above.iter().map(move |row| first + u64::from(*row)))
                }
            },
        )
    }
}

/// The keys of these rows: numbers, or UUIDs in 16 bytes where there is a seed.
pub(crate) fn keys_of(
    parts: &[NumberedRows],
    role: ColumnRole,
    rows: &Range<usize>,
) -> Result<ArrayRef, ArrowError> {
    let first = parts.partition_point(|part| part.rows.end <= rows.start);
    let last = parts.partition_point(|part| part.rows.start < rows.end);
    let (mut integers, mut bytes) = (Vec::new(), Vec::new());
    for part in &parts[first..last.max(first)] {
        let (numbered, numbers) = part.numbers(role, rows);
        match numbered.streams {
            None => {
                integers.reserve(rows.len());
                integers.extend(numbers.map(u64::cast_signed));
            }
            Some(streams) => {
                bytes.reserve(rows.len() * UUID_WIDTH as usize);
                numbers.for_each(|number| bytes.extend_from_slice(streams.id(number).as_bytes()));
            }
        }
    }
    match bytes.is_empty() {
        true => Ok(Arc::new(Int64Array::from(integers))),
        false => uuid_array(bytes),
    }
}

/// UUIDs, given by their bytes one after another.
pub(crate) fn uuid_array(bytes: Vec<u8>) -> Result<ArrayRef, ArrowError> {
    let bytes = Buffer::from_vec(bytes);
    Ok(Arc::new(FixedSizeBinaryArray::try_new(
        UUID_WIDTH, bytes, None,
    )?))
}

/// UUIDs as text.
pub(crate) fn uuid_texts(ids: &FixedSizeBinaryArray) -> Result<ArrayRef, ArrowError> {
    const LENGTH: usize = uuid::fmt::Hyphenated::LENGTH;
    let most = ids.len() * LENGTH;
    if i32::try_from(most).is_err() {
        return Err(ArrowError::OffsetOverflowError(most));
    }
    let mut text = Vec::with_capacity(most);
    // Rows of one parent are side by side.
    let mut last: (&[u8], usize) = (&[], 0);
    for id in ids.iter().flatten() {
        let start = text.len();
        match id == last.0 {
            true => text.extend_from_within(last.1..last.1 + LENGTH),
            false => write_id(&mut text, Uuid::from_slice(id).unwrap_or_default()),
        }
        last = (id, start);
    }
    let offsets: Vec<i32> = (0..=most as i32).step_by(LENGTH).collect();
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    let texts = StringArray::try_new(offsets, Buffer::from_vec(text), None)?;
    Ok(Arc::new(texts))
}

/// The numbers of rows as an array.
pub(crate) fn row_array(rows: Vec<u32>) -> ArrayRef {
    Arc::new(UInt32Array::from(rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn ids(seed: Seed, path: &JsonPath, count: u64) -> Vec<Uuid> {
        let streams = seed.table(path);
        (1..=count).map(|number| streams.id(number)).collect()
    }

    #[test]
    fn seeded_ids_are_of_version_4_and_differ_over_rows_tables_and_seeds() {
        let root = JsonPath::root();
        let paths = [root.clone(), root.member("a").elements()];
        let mut all = HashSet::new();
        for seed in [0, 1, u64::MAX] {
            for path in &paths {
                for id in ids(seed.into(), path, 10_000) {
                    assert_eq!(id.get_version_num(), 4);
                    assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
                    assert!(all.insert(id), "{id} is there twice");
                }
            }
        }
    }

    /// Each free bit is set in about half of the ids, and two ids one after another differ in about
    /// half of their bits.
    #[test]
    fn bits_of_seeded_ids_look_random() {
        const COUNT: usize = 20_000;
        let ids = ids(Seed::from(3), &JsonPath::root(), COUNT as u64);
        for bit in 0..128 {
            let set = ids.iter().filter(|id| id.as_u128() >> bit & 1 == 1).count();
            let is_fixed = matches!(set, 0 | COUNT);
            assert_eq!(is_fixed, (76..80).contains(&bit) || (62..64).contains(&bit));
            assert!(
                is_fixed || set.abs_diff(COUNT / 2) < COUNT / 40,
                "{bit}: {set}"
            );
        }
        let changed = ids
            .windows(2)
            .map(|two| (two[0].as_u128() ^ two[1].as_u128()).count_ones());
        let mean = f64::from(changed.sum::<u32>()) / (COUNT - 1) as f64;
        assert!((mean - 61.0).abs() < 0.5, "{mean}");
    }
}
