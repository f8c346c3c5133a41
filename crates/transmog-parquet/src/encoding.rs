//! How columns are encoded, decided by the first rows of a file.

use crate::{Compression, Options};
use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    datatypes::{DataType, Decimal128Type, Float64Type, Int64Type},
};
use parquet::{
    basic::{BrotliLevel, Compression as Codec, Encoding, GzipLevel, ZstdLevel},
    file::metadata::KeyValue,
    file::properties::{
        EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion,
    },
    schema::types::ColumnPath,
};
use rustc_hash::FxHashSet;
use std::hash::Hash;
use transmog_model::{ColumnRole, TableSchema};

/// Tables of more columns have no dictionaries: each takes memory from the start.
const MAX_DICTIONARY_COLUMNS: usize = 512;
/// Values of a column that are looked at.
const SAMPLE: usize = 8192;
/// Fewer values say too little; a column of few values has a dictionary.
const MIN_SAMPLE: usize = 1024;
/// Characters of a UUID as text.
const UUID_CHARACTERS: usize = 36;

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
        // A row group is a few pages: their own statistics and places would
        // only fill the memory until the end of the file.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_dictionary_enabled(has_dictionaries)
        // Names the elements of lists as the format's specification does.
        .set_coerce_types(true)
        .set_key_value_metadata(Some(
            (schema.properties.iter())
                .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
                .collect(),
        ));
    for (at, column) in schema.columns.iter().enumerate() {
        let cells = first.map(|rows| rows.column(at));
        match column.role {
            ColumnRole::Id | ColumnRole::Parent | ColumnRole::Root => {
                let is_id = column.role == ColumnRole::Id;
                properties = id(properties, &column.name, is_id, codec, cells);
            }
            _ if !has_dictionaries => {}
            _ => {
                if cells.is_some_and(is_mostly_distinct) {
                    let path = leaf(&column.name, cells.map(|cells| cells.data_type()));
                    properties = properties.set_column_dictionary_enabled(path, false);
                }
            }
        }
    }
    properties.build()
}

/// Ids have no dictionary: they are distinct, or come in runs of which the
/// prefix encoding leaves nothing. Of UUIDs that is all that can be saved, and
/// their order says nothing.
fn id(
    properties: WriterPropertiesBuilder,
    name: &str,
    is_id: bool,
    codec: Codec,
    cells: Option<&ArrayRef>,
) -> WriterPropertiesBuilder {
    let path = ColumnPath::new(vec![name.to_owned()]);
    let mut properties = properties.set_column_dictionary_enabled(path.clone(), false);
    let are_uuids = cells.is_some_and(are_uuids);
    let encoding = match (is_id, are_uuids) {
        (false, _) => Encoding::DELTA_BYTE_ARRAY,
        (true, true) => Encoding::DELTA_LENGTH_BYTE_ARRAY,
        (true, false) => Encoding::PLAIN,
    };
    properties = properties.set_column_encoding(path.clone(), encoding);
    if are_uuids {
        properties =
            properties.set_column_statistics_enabled(path.clone(), EnabledStatistics::None);
        if matches!(codec, Codec::SNAPPY | Codec::LZ4_RAW) {
            properties = properties.set_column_compression(path, Codec::UNCOMPRESSED);
        }
    }
    properties
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
fn leaf(name: &str, kind: Option<&DataType>) -> ColumnPath {
    let mut parts = vec![name.to_owned()];
    if matches!(kind, Some(DataType::List(_))) {
        parts.extend(["list".to_owned(), "element".to_owned()]);
    }
    ColumnPath::new(parts)
}

fn are_uuids(cells: &ArrayRef) -> bool {
    let Some(ids) = cells.as_string_opt::<i32>() else {
        return false;
    };
    let is_uuid = |id: &str| {
        id.len() == UUID_CHARACTERS
            && id.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            })
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
