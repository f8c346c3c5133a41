//! How columns are encoded, decided by the first rows of a file.

use crate::{Compression, Encodings, Options};
use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    datatypes::{
        DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit,
        TimestampMicrosecondType, TimestampNanosecondType,
    },
};
use parquet::{
    basic::{BrotliLevel, Compression as Codec, Encoding, GzipLevel, ZstdLevel},
    file::metadata::KeyValue,
    file::properties::{EnabledStatistics, WriterProperties, WriterVersion},
    schema::types::ColumnPath,
};
use rustc_hash::FxHashSet;
use std::hash::Hash;
use transmog_model::{
    Column, ColumnRole, ColumnType, LetterCase, ScalarType, TableSchema, TextForm,
};

/// Tables of more columns have no dictionaries: each takes memory from the start.
const MAX_DICTIONARY_COLUMNS: usize = 512;
/// Bytes of a page about: so few are compressed while they are in the processor's cache.
const PAGE_BYTES: usize = 64 << 10;
/// Values of a column that are looked at.
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
        if is_key(column) || has_dictionaries && cells.is_some_and(is_mostly_distinct) {
            properties = properties.set_column_dictionary_enabled(path.clone(), false);
        }
        if are_uuids {
            // Their order says nothing.
            properties =
                properties.set_column_statistics_enabled(path.clone(), EnabledStatistics::None);
            // These codecs find repetitions only: those of a parent's id among its
            // children, where the prefix encoding has not left them out.
            let repeats =
                column.role != ColumnRole::Id && options.encodings() == Encodings::Default;
            if !repeats && matches!(codec, Codec::SNAPPY | Codec::LZ4_RAW) {
                properties = properties.set_column_compression(path, Codec::UNCOMPRESSED);
            }
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
    match cells.data_type() {
        DataType::Utf8 => are_mostly_distinct(cells.as_string::<i32>().iter().flatten()),
        DataType::Int64 => are_mostly_distinct(cells.as_primitive::<Int64Type>().iter().flatten()),
        DataType::Float64 => {
            let cells = cells.as_primitive::<Float64Type>().iter().flatten();
            are_mostly_distinct(cells.map(f64::to_bits))
        }
        DataType::Decimal128(..) => {
            are_mostly_distinct(cells.as_primitive::<Decimal128Type>().iter().flatten())
        }
        DataType::Date32 => {
            are_mostly_distinct(cells.as_primitive::<Date32Type>().iter().flatten())
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => are_mostly_distinct(
            cells
                .as_primitive::<TimestampMicrosecondType>()
                .iter()
                .flatten(),
        ),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => are_mostly_distinct(
            cells
                .as_primitive::<TimestampNanosecondType>()
                .iter()
                .flatten(),
        ),
        DataType::FixedSizeBinary(_) => {
            are_mostly_distinct(cells.as_fixed_size_binary().iter().flatten())
        }
        DataType::List(_) => {
            let lists = cells.as_list::<i32>();
            let offsets = lists.value_offsets();
            let (start, end) = (offsets[0] as usize, offsets[lists.len()] as usize);
            is_mostly_distinct(&lists.values().slice(start, end - start))
        }
        _ => false,
    }
}

fn are_mostly_distinct<T: Hash + Eq>(values: impl Iterator<Item = T>) -> bool {
    let mut distinct = FxHashSet::default();
    let mut count = 0;
    for value in values.take(SAMPLE) {
        distinct.insert(value);
        count += 1;
    }
    count >= MIN_SAMPLE && distinct.len() > count - count / 8
}
