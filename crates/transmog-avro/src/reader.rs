//! The rows of a file this crate wrote, some blocks at a time.
//!
//! The library bounds what it reads at a time by rows alone, and rows may be
//! long. Blocks are bounded by bytes, so each step gives it a file of few.

use arrow::array::RecordBatch;
use arrow_avro::reader::ReaderBuilder;
use std::{
    error::Error as StdError,
    io::{self, BufRead, BufReader, Cursor, Read},
    sync::Arc,
};
use transmog_model::{
    Error, ReadAt, ReadAtCursor, Result, StoredRows, TableFormat, TableSchema, stored_rows,
};

/// Bytes of rows read at a time, about.
const STEP_BYTES: usize = 4 << 20;
/// Behind the head and behind each block.
const SYNC_BYTES: usize = 16;

/// Why the library or the system does not give rows.
type Cause = Box<dyn StdError + Send + Sync>;

/// The rows of a file whose blocks have `block_bytes` bytes, about.
pub(crate) fn rows(
    format: &dyn TableFormat,
    input: Arc<dyn ReadAt>,
    schema: &TableSchema,
    block_bytes: usize,
) -> Result<StoredRows> {
    let mut file = BufReader::new(ReadAtCursor::new(input, 0));
    let head = head(&mut file).map_err(|e| Error::reading(format.name(), &schema.name, e))?;
    let most = (STEP_BYTES / block_bytes.max(1)).max(1);
    let steps = std::iter::from_fn(move || {
        let step = step(&mut file, &head, most).map_err(Cause::from);
        let batches = step.transpose()?.and_then(batches);
        Some(batches.unwrap_or_else(|e| vec![Err(e)]))
    });
    Ok(stored_rows(format, schema, steps.flatten()))
}

fn batches(container: Vec<u8>) -> Result<Vec<Result<RecordBatch, Cause>>, Cause> {
    let reader = ReaderBuilder::new()
        .with_batch_size(usize::MAX)
        .build(Cursor::new(container))?;
    Ok(reader.map(|batch| batch.map_err(Cause::from)).collect())
}

/// The bytes before the first block.
fn head(file: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    take(file, &mut head, 4)?;
    // Pairs of texts in groups, the last of which is empty.
    loop {
        let pairs = long(file, &mut head)?;
        for _ in 0..pairs * 2 {
            let length = long(file, &mut head)?;
            take(file, &mut head, length)?;
        }
        if pairs == 0 {
            take(file, &mut head, SYNC_BYTES)?;
            return Ok(head);
        }
    }
}

/// The next blocks, `most` of them at most, as a file of their own. A block of
/// one row is alone, because it alone can have any number of bytes.
fn step(file: &mut impl BufRead, head: &[u8], most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = head.to_vec();
    for _ in 0..most {
        if file.fill_buf()?.is_empty() {
            break;
        }
        let rows = long(file, &mut bytes)?;
        let length = long(file, &mut bytes)?;
        take(file, &mut bytes, length + SYNC_BYTES)?;
        // Blocks of another interval may be larger.
        if rows <= 1 || bytes.len() >= STEP_BYTES {
            break;
        }
    }
    Ok((bytes.len() > head.len()).then_some(bytes))
}

fn take(file: &mut impl Read, bytes: &mut Vec<u8>, count: usize) -> io::Result<()> {
    match file.take(count as u64).read_to_end(bytes)? == count {
        true => Ok(()),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Takes an Avro long that is not negative and gives it.
fn long(file: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        take(file, bytes, 1)?;
        let byte = bytes.last().copied().unwrap_or_default();
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    usize::try_from(value >> 1).map_err(io::Error::other)
}
