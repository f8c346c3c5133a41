//! How columns are encoded, decided by the first rows of a file.

use crate::{Compression, Encodings, Options};
use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    datatypes::{
        ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit,
        TimestampMicrosecondType, TimestampNanosecondType, ToByteSlice,
    },
};
use parquet::{
    basic::{BrotliLevel, Compression as Codec, Encoding, GzipLevel, ZstdLevel},
    file::metadata::KeyValue,
    file::properties::{EnabledStatistics, WriterProperties, WriterVersion},
    schema::types::ColumnPath,
};
use rustc_hash::{FxBuildHasher, FxHashSet};
use std::hash::BuildHasher;
use transmog_model::{
    Column, ColumnRole, ColumnType, LetterCase, ScalarType, TableSchema, TextForm,
};

/// Tables of more columns have no dictionaries: each takes memory from the start.
const MAX_DICTIONARY_COLUMNS: usize = 512;
/// Bytes of a page about: so few are compressed while they are in the processor's cache.
const PAGE_BYTES: usize = 64 << 10;
/// Values of a column that are looked at for what differs.
const SAMPLE: usize = 8192;
/// Fewer values say too little; a column of few values has a dictionary.
const MIN_SAMPLE: usize = 1024;

/// The properties of a file whose first rows are `first`.
pub(crate) fn properties(
    options: &Options,
    schema: &TableSchema,
    first: Option<&RecordBatch>,
) -> WriterProperties {
    let codec = codec(options.compression());
    let has_dictionaries = schema.columns.len() <= MAX_DICTIONARY_COLUMNS;
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(codec)
        .set_created_by(concat!("transmog ", env!("CARGO_PKG_VERSION")).to_owned())
        // The writer ends row groups itself: the library would divide a batch
        // by calling itself once for each.
        .set_max_row_group_row_count(None)
        // Statistics and places of each page would only fill the memory until the end
        // of the file.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_dictionary_enabled(has_dictionaries)
        .set_data_page_size_limit(PAGE_BYTES)
        // Names the elements of lists as the format's specification does.
        .set_coerce_types(true)
        .set_key_value_metadata(Some(
            (schema.properties.iter())
                .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
                .collect(),
        ));
    for (at, column) in schema.columns.iter().enumerate() {
        let path = leaf(column);
        let cells = first.map(|rows| rows.column(at));
        let are_uuids = is_key(column) && cells.is_some_and(are_uuids);
        if options.encodings() == Encodings::Compact
            && let Some(encoding) = compact_encoding(column, are_uuids)
        {
            properties = properties.set_column_encoding(path.clone(), encoding);
        }
        let has_dictionary =
            has_dictionaries && !is_key(column) && !cells.is_some_and(is_mostly_distinct);
        properties = properties.set_column_dictionary_enabled(path.clone(), has_dictionary);
        if are_uuids {
            // Their order says nothing.
            properties =
                properties.set_column_statistics_enabled(path.clone(), EnabledStatistics::None);
        }
        // These codecs find repetitions only: those of a parent's id among its
        // children, where the prefix encoding has not left them out.
        let repeats = column.role != ColumnRole::Id && options.encodings() == Encodings::Default;
        if are_uuids && !repeats && matches!(codec, Codec::SNAPPY | Codec::LZ4_RAW) {
            properties = properties.set_column_compression(path, Codec::UNCOMPRESSED);
        }
    }
    properties.build()
}

/// Whether the column holds ids. Those have no dictionary: they are distinct, or
/// come in runs.
fn is_key(column: &Column) -> bool {
    matches!(
        column.role,
        ColumnRole::Id | ColumnRole::Parent | ColumnRole::Root
    )
}

/// The encoding of Parquet 2 for values that are not in a dictionary, where it
/// takes less than the plain one.
fn compact_encoding(column: &Column, are_uuids: bool) -> Option<Encoding> {
    match (column.role, column.column_type.scalar()) {
        (ColumnRole::Id, ScalarType::Text) if !are_uuids => None,
        // Of runs it leaves nothing.
        (ColumnRole::Parent | ColumnRole::Root, ScalarType::Text) => {
            Some(Encoding::DELTA_BYTE_ARRAY)
        }
        (_, ScalarType::Text | ScalarType::Json) => Some(Encoding::DELTA_LENGTH_BYTE_ARRAY),
        (_, ScalarType::Int64 | ScalarType::Date | ScalarType::Timestamp(_)) => {
            Some(Encoding::DELTA_BINARY_PACKED)
        }
        _ => None,
    }
}

fn codec(compression: Compression) -> Codec {
    match compression {
        Compression::Snappy => Codec::SNAPPY,
        Compression::Zstd => Codec::ZSTD(ZstdLevel::default()),
        Compression::Gzip => Codec::GZIP(GzipLevel::default()),
        Compression::Brotli => Codec::BROTLI(BrotliLevel::default()),
        Compression::Lz4 => Codec::LZ4_RAW,
        Compression::None => Codec::UNCOMPRESSED,
    }
}

/// The path of the column's values in the Parquet schema.
fn leaf(column: &Column) -> ColumnPath {
    let mut parts = vec![column.name.clone()];
    if matches!(column.column_type, ColumnType::List(_)) {
        parts.extend(["list".to_owned(), "element".to_owned()]);
    }
    ColumnPath::new(parts)
}

fn are_uuids(cells: &ArrayRef) -> bool {
    if matches!(cells.data_type(), DataType::FixedSizeBinary(_)) {
        return true;
    }
    let Some(ids) = cells.as_string_opt::<i32>() else {
        return false;
    };
    let is_uuid = |id: &str| {
        let form = TextForm::of(id);
        matches!(form, TextForm::Uuid(None | Some(LetterCase::Lower)))
    };
    ids.len() > 0
        && ids
            .iter()
            .take(MIN_SAMPLE)
            .all(|id| id.is_some_and(is_uuid))
}

/// Whether so many values differ that a dictionary of the column would have
/// tens of thousands of entries.
fn is_mostly_distinct(cells: &ArrayRef) -> bool {
    let room = cells.len().min(SAMPLE);
    let mut distinct = FxHashSet::with_capacity_and_hasher(room, FxBuildHasher);
    let mut values = 0;
    for_each_value(cells, &mut |value| {
        distinct.insert(FxBuildHasher.hash_one(value));
        values += 1;
        // So many may repeat that the rest does not matter.
        values < SAMPLE && values - distinct.len() <= SAMPLE / 8
    });
    values >= MIN_SAMPLE && distinct.len() > values - values / 8
}

/// Gives the bytes of each value that is not null, as long as `more` wants more.
fn for_each_value(cells: &ArrayRef, more: &mut dyn FnMut(&[u8]) -> bool) {
    match cells.data_type() {
        DataType::Utf8 => {
            let mut values = cells.as_string::<i32>().iter().flatten();
            values.all(|value| more(value.as_bytes()));
        }
        DataType::FixedSizeBinary(_) => {
            cells.as_fixed_size_binary().iter().flatten().all(more);
        }
        DataType::Int64 => for_each_primitive::<Int64Type>(cells, more),
        DataType::Float64 => for_each_primitive::<Float64Type>(cells, more),
        DataType::Decimal128(..) => for_each_primitive::<Decimal128Type>(cells, more),
        DataType::Date32 => for_each_primitive::<Date32Type>(cells, more),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            for_each_primitive::<TimestampMicrosecondType>(cells, more);
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            for_each_primitive::<TimestampNanosecondType>(cells, more);
        }
        DataType::List(_) => {
            let lists = cells.as_list::<i32>();
            let offsets = lists.value_offsets();
            let (start, end) = (offsets[0] as usize, offsets[lists.len()] as usize);
            for_each_value(&lists.values().slice(start, end - start), more);
        }
        _ => {}
    }
}

fn for_each_primitive<T: ArrowPrimitiveType>(
    cells: &ArrayRef,
    more: &mut dyn FnMut(&[u8]) -> bool,
) {
    let mut values = cells.as_primitive::<T>().iter().flatten();
    values.all(|value| more(value.to_byte_slice()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int64Array, StringArray};
    use std::sync::Arc;

    #[test]
    fn what_differs_mostly_has_no_dictionary() {
        let column = |value: fn(i64) -> i64, values| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values((0..values).map(value)))
        };
        for (cells, is_distinct) in [
            (column(|n| n, 20_000), true),
            (column(|n| n, 1000), false),
            (column(|n| n % 9, 20_000), false),
            (column(|n| n / 2, 20_000), false),
            // Few repeat, at the start or at the end.
            (column(|n| n.max(900), 20_000), true),
            (column(|n| n.min(7300), 20_000), true),
            (column(|n| n.min(7000), 20_000), false),
        ] {
            assert_eq!(is_mostly_distinct(&cells), is_distinct, "{cells:?}");
        }
        let names = (0..20_000).map(|n| format!("name {n}"));
        let names: ArrayRef = Arc::new(StringArray::from_iter_values(names));
        assert!(is_mostly_distinct(&names));
    }
}
