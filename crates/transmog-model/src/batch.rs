//! How many bytes rows take, and rows cut into parts by it.

use arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::DataType,
};
use std::ops::Range;

/// Bytes that the rows take in memory, about; those of a slice are its own.
///
/// # Examples
///
/// ```
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
/// use std::sync::Arc;
/// use transmog_model::{rows_size, values_size};
///
/// let sizes: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, None]));
/// let rows = RecordBatch::try_from_iter([("size", sizes)])?;
/// assert_eq!(rows_size(&rows), 3 * 8);
/// // A byte for each cell, and the one value.
/// assert_eq!(values_size(&rows), 3 + 8);
/// # Ok::<(), arrow::error::ArrowError>(())
/// ```
#[must_use]
pub fn rows_size(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|cells| cells_size(cells)).sum()
}

fn cells_size(cells: &dyn Array) -> usize {
    let count = cells.len();
    match cells.data_type() {
        DataType::Utf8 => {
            let offsets = cells.as_string::<i32>().value_offsets();
            (offsets[count] - offsets[0]) as usize + count * size_of::<i32>()
        }
        DataType::List(_) => {
            let lists = cells.as_list::<i32>();
            let (start, end) = (lists.value_offsets()[0], lists.value_offsets()[count]);
            let elements = lists.values().slice(start as usize, (end - start) as usize);
            cells_size(&elements) + count * size_of::<i32>()
        }
        DataType::Boolean | DataType::Null => count.div_ceil(8),
        other => count * fixed_width(other),
    }
}

/// Bytes of a value of a type whose values have one width.
fn fixed_width(data_type: &DataType) -> usize {
    match data_type {
        DataType::FixedSizeBinary(width) => width.unsigned_abs() as usize,
        other => other.primitive_width().unwrap_or(1),
    }
}

/// Bytes of the values that the rows hold, and one for each cell, about: what takes little
/// as a null does not count as in memory. See [`rows_size`] for an example.
#[must_use]
pub fn values_size(batch: &RecordBatch) -> usize {
    let columns = batch.columns().iter();
    columns.map(|cells| cells_values(cells)).sum()
}

fn cells_values(cells: &dyn Array) -> usize {
    let count = cells.len();
    let values = count - cells.null_count();
    count
        + match cells.data_type() {
            DataType::Null => 0,
            DataType::Utf8 => {
                let offsets = cells.as_string::<i32>().value_offsets();
                (offsets[count] - offsets[0]) as usize + values
            }
            DataType::List(_) => {
                let lists = cells.as_list::<i32>();
                let (start, end) = (lists.value_offsets()[0], lists.value_offsets()[count]);
                let elements = lists.values().slice(start as usize, (end - start) as usize);
                cells_values(&elements) + values * 2
            }
            other => values * fixed_width(other),
        }
}

/// The rows in parts of `bytes` bytes each ([`rows_size`]), about: a part has at most twice as
/// many, or is one row. Parts share the memory of the batch.
///
/// # Examples
///
/// ```
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
/// use std::sync::Arc;
/// use transmog_model::divide;
///
/// let sizes: ArrayRef = Arc::new(Int64Array::from_iter_values(0..100));
/// let rows = RecordBatch::try_from_iter([("size", sizes)])?;
/// let parts: Vec<_> = divide(&rows, 400).map(|part| part.num_rows()).collect();
/// assert_eq!(parts, [50, 50]);
/// # Ok::<(), arrow::error::ArrowError>(())
/// ```
pub fn divide(batch: &RecordBatch, bytes: usize) -> impl Iterator<Item = RecordBatch> {
    divide_by(batch, bytes, rows_size)
}

/// As [`divide`], by the bytes that `size` tells. One part is made at a time: those of many
/// columns take memory, however few their rows are.
///
/// # Examples
///
/// ```
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
/// use std::sync::Arc;
/// use transmog_model::{divide, divide_by, values_size};
///
/// let nulls: ArrayRef = Arc::new(Int64Array::from(vec![None; 100]));
/// let rows = RecordBatch::try_from_iter([("size", nulls)])?;
/// assert_eq!(divide(&rows, 200).count(), 4);
/// assert_eq!(divide_by(&rows, 200, values_size).count(), 1);
/// # Ok::<(), arrow::error::ArrowError>(())
/// ```
pub fn divide_by(
    batch: &RecordBatch,
    bytes: usize,
    size: impl Fn(&RecordBatch) -> usize,
) -> impl Iterator<Item = RecordBatch> {
    // What is left, the next at the end.
    let mut left: Vec<Range<usize>> = Vec::new();
    if batch.num_rows() > 0 {
        split(0..batch.num_rows(), size(batch), bytes, &mut left);
    }
    std::iter::from_fn(move || {
        loop {
            let rows = left.pop()?;
            let part = batch.slice(rows.start, rows.len());
            // The longest rows may stand together.
            let is_part = rows.len() < batch.num_rows();
            let bytes_of_part = if is_part { size(&part) } else { 0 };
            if rows.len() == 1 || bytes_of_part <= bytes.saturating_mul(2) {
                return Some(part);
            }
            split(rows, bytes_of_part, bytes, &mut left);
        }
    })
}

/// Adds these rows of so many bytes in equal steps, the first at the end.
fn split(rows: Range<usize>, has: usize, bytes: usize, left: &mut Vec<Range<usize>>) {
    let parts = has.div_ceil(bytes.max(1)).clamp(1, rows.len());
    let step = rows.len().div_ceil(parts);
    let parts = rows.clone().step_by(step);
    left.extend(parts.rev().map(|start| start..rows.end.min(start + step)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::{
        array::{ArrayRef, Int64Builder, ListBuilder, StringArray},
        compute::concat_batches,
    };
    use std::sync::Arc;

    #[test]
    fn parts_are_bounded_wherever_the_long_rows_stand() {
        let mut lists = ListBuilder::new(Int64Builder::new());
        let mut texts = Vec::new();
        for row in 0..1000usize {
            // The rows 500 to 509 have nearly all the bytes.
            let length = if row / 10 == 50 { 4000 } else { row % 7 };
            texts.push("x".repeat(length));
            (0..length / 8).for_each(|value| lists.values().append_value(value as i64));
            lists.append(row % 3 > 0);
        }
        let columns: [(&str, ArrayRef); 2] = [
            ("texts", Arc::new(StringArray::from(texts))),
            ("lists", Arc::new(lists.finish())),
        ];
        let batch = RecordBatch::try_from_iter(columns).expect("of one length");
        let parts: Vec<_> = divide(&batch, 5000).collect();
        for part in &parts {
            assert!(part.num_rows() == 1 || rows_size(part) <= 10_000);
        }
        assert!(parts[parts.len() - 1].num_rows() > 40);
        assert_eq!(
            concat_batches(&batch.schema(), &parts).expect("one schema"),
            batch
        );
        assert_eq!(divide(&batch.slice(0, 0), 1).count(), 0);
        assert_eq!(divide(&batch, 1).count(), 1000);
        assert_eq!(divide(&batch, usize::MAX).count(), 1);
    }
}
