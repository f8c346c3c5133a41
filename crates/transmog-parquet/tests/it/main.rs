//! Files written and read back.

use arrow::{
    array::{ArrayRef, Int64Array, RecordBatch, StringArray, new_null_array},
    compute::cast,
};
use bytes::Bytes;
use parquet::{
    arrow::arrow_reader::ParquetRecordBatchReaderBuilder,
    basic::{Compression as Codec, Encoding},
    file::metadata::ColumnChunkMetaData,
};
use std::sync::Arc;
use transmog_model::{ColumnType, ScalarType, Segment, TableFormat};
use transmog_parquet::{Compression, Encodings, Format, Options};
use transmog_testkit::conformance::{
    assert_holds, check_compressions, check_random_tables, check_writer, rows_of_every_type,
    schema, wide_schema, write,
};

#[test]
fn the_writer_conforms() {
    let format = |compression| Format::new(Options::default().with_compression(compression));
    let compact = Format::new(Options::default().with_encodings(Encodings::Compact));
    let formats: Vec<_> = Compression::ALL
        .map(format)
        .into_iter()
        .chain([compact])
        .collect();
    let formats: Vec<_> = formats
        .iter()
        .map(|format| format as &dyn TableFormat)
        .collect();
    check_writer(&formats);
    check_compressions(&Compression::ALL);
}

#[test]
fn random_values_arrive() {
    check_random_tables(&Format::default(), 0..60);
}

#[test]
fn row_groups_end_by_rows_and_ids_have_no_dictionary() {
    let schema = schema();
    let options = Options::default().with_row_group_size(100);
    let file = write(
        &Format::new(options),
        &schema,
        &[rows_of_every_type(&schema, 250)],
    );
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
    let metadata = builder.metadata();
    let rows: Vec<i64> = metadata.row_groups().iter().map(|g| g.num_rows()).collect();
    assert_eq!(rows, [100, 100, 50]);
    let columns = metadata.row_group(0).columns();
    for (name, has_dictionary) in [("_id", false), ("_parent_id", false), ("text", true)] {
        let column = columns
            .iter()
            .find(|c| c.column_path().string() == name)
            .expect("the column");
        let dictionary = column.encodings().any(|e| e == Encoding::RLE_DICTIONARY);
        assert_eq!(dictionary, has_dictionary, "{name}");
        assert!(column.statistics().is_some(), "{name}");
    }
    assert!(
        columns
            .iter()
            .any(|c| c.column_path().string() == "ints.list.element")
    );
}

#[test]
fn dictionaries_of_many_columns_do_not_end_row_groups() {
    let schema = wide_schema(500, ScalarType::Int64);
    let cells: ArrayRef = Arc::new(Int64Array::from_iter_values(0..40));
    let columns = vec![cells; schema.columns.len()];
    let batch = RecordBatch::try_new(schema.arrow_schema(), columns).expect("a batch");
    let mut file = Vec::new();
    let mut writer = Format::default()
        .create(&schema, Box::new(&mut file))
        .expect("created");
    for _ in 0..50 {
        writer.write(&batch).expect("written");
    }
    writer.finish().expect("finished");
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file)).expect("a Parquet file");
    let groups = builder.metadata().row_groups();
    let rows: Vec<i64> = groups.iter().map(|group| group.num_rows()).collect();
    assert_eq!(rows, [2000]);
}

#[test]
fn the_first_rows_decide_how_columns_are_encoded() {
    let mut schema = schema();
    let wanted = ["_id", "_parent_id", "int", "text"];
    schema
        .columns
        .retain(|column| wanted.contains(&&*column.name));
    let id = |row: u32| {
        Some(format!(
            "{:08x}-0000-4000-8000-000000000000",
            row.wrapping_mul(2_654_435_761)
        ))
    };
    let rows = 4096;
    let ids: StringArray = (0..rows).map(id).collect();
    let parents: StringArray = (0..rows).map(|row| id(row / 3)).collect();
    let ints = |count: u32| -> Int64Array { (0..rows).map(|row| i64::from(row % count)).collect() };
    let texts = |count: u32| -> StringArray {
        (0..rows)
            .map(|row| Some(format!("text {}", row % count)))
            .collect()
    };
    for (compression, is_fast) in [(Compression::Snappy, true), (Compression::Zstd, false)] {
        for encodings in [Encodings::Default, Encodings::Compact] {
            for (count, has_dictionary) in [(rows, false), (10, true)] {
                let columns = vec![
                    Arc::new(ids.clone()) as _,
                    Arc::new(parents.clone()) as _,
                    Arc::new(ints(count)) as _,
                    Arc::new(texts(count)) as _,
                ];
                let batch = RecordBatch::try_new(schema.arrow_schema(), columns).expect("fits");
                let options = Options::default()
                    .with_compression(compression)
                    .with_encodings(encodings);
                let format = Format::new(options);
                let file = write(&format, &schema, std::slice::from_ref(&batch));
                let builder =
                    ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
                let row_group = builder.metadata().row_group(0).clone();
                let [id, parent, int, text] = row_group.columns() else {
                    panic!("four columns");
                };
                let has = |column: &ColumnChunkMetaData, encoding| {
                    column.encodings().any(|e| e == encoding)
                };
                let is_compact = encodings == Encodings::Compact;
                for (column, compact, has_dictionary) in [
                    (id, Encoding::DELTA_LENGTH_BYTE_ARRAY, false),
                    (parent, Encoding::DELTA_BYTE_ARRAY, false),
                    (int, Encoding::DELTA_BINARY_PACKED, has_dictionary),
                    (text, Encoding::DELTA_LENGTH_BYTE_ARRAY, has_dictionary),
                ] {
                    let path = column.column_path();
                    assert_eq!(
                        has(column, compact),
                        is_compact && !has_dictionary,
                        "{path}"
                    );
                    assert_eq!(
                        has(column, Encoding::RLE_DICTIONARY),
                        has_dictionary,
                        "{path}"
                    );
                    let is_old = |encoding| {
                        [Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY]
                            .contains(&encoding)
                    };
                    assert!(is_compact || column.encodings().all(is_old), "{path}");
                }
                for (column, is_plain) in [(id, is_fast), (parent, is_fast && is_compact)] {
                    let is_kept = column.compression() == Codec::UNCOMPRESSED;
                    assert_eq!(is_kept, is_plain, "{compression:?}");
                    assert!(column.statistics().is_none());
                }
                assert!(int.statistics().is_some() && text.statistics().is_some());
                let read: Vec<_> = builder
                    .build()
                    .expect("a reader")
                    .collect::<Result<_, _>>()
                    .expect("rows");
                let read =
                    arrow::compute::concat_batches(&batch.schema(), &read).expect("one schema");
                assert_eq!(read.columns(), batch.columns());
            }
        }
    }
}

#[test]
fn row_groups_end_by_bytes() {
    let mut schema = schema();
    schema.columns.truncate(1);
    let long: StringArray = (0..40_000u32)
        .map(|row| Some(format!("{row:01000}")))
        .collect();
    let batch = RecordBatch::try_new(schema.arrow_schema(), vec![Arc::new(long)]).expect("fits");
    let mut file = Vec::new();
    let out = Box::new(&mut file);
    let options = Options::default().with_compression(Compression::None);
    let mut writer = Format::new(options).create(&schema, out).expect("created");
    for _ in 0..2 {
        writer.write(&batch).expect("written");
    }
    writer.finish().expect("finished");
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file)).expect("a Parquet file");
    let groups = builder.metadata().row_groups().iter();
    let bytes = groups.map(|group| group.total_byte_size() as usize);
    let bytes: Vec<_> = bytes.collect();
    assert!(bytes.len() >= 2, "{bytes:?}");
    let most = transmog_parquet::ROW_GROUP_BYTES;
    assert!(
        bytes.iter().all(|bytes| *bytes < most + most / 4),
        "{bytes:?}"
    );
}

#[test]
fn row_groups_of_one_row_grow_and_stay_within_what_readers_number() {
    let mut schema = schema();
    schema.columns.truncate(1);
    let ids: StringArray = (0..20_000u32).map(|row| Some(row.to_string())).collect();
    let batch = RecordBatch::try_new(schema.arrow_schema(), vec![Arc::new(ids)]).expect("fits");
    let format = Format::new(Options::default().with_row_group_size(1));
    let file = write(&format, &schema, std::slice::from_ref(&batch));
    assert_holds(&format, &schema, &file, &[batch]);
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
    let groups = builder.metadata().row_groups();
    assert!((2048..10_000).contains(&groups.len()), "{}", groups.len());
    assert_eq!(groups[2047].num_rows(), 1);
    assert_eq!(groups[2048].num_rows(), 2);
}

#[test]
fn columns_are_merged_many_at_a_time() {
    let before = wide_schema(300, ScalarType::Int64);
    // Others come between them, and half of them are wider now.
    let mut after = wide_schema(600, ScalarType::Float64);
    after.columns.retain(|column| column.name != "c1");
    after.columns.swap(0, 5);
    after.columns.extend(before.columns[1..2].iter().cloned());
    for column in after.columns.iter_mut().filter(|c| c.name.ends_with('4')) {
        column.column_type = ColumnType::Scalar(ScalarType::Int64);
    }
    // Few rows are joined with others, many are copied.
    for rows in [10, 20_000] {
        let cells = |at: i64| {
            (0..rows)
                .map(move |row| (row + at) % 7)
                .collect::<Int64Array>()
        };
        let columns = (0..300).map(|at| Arc::new(cells(at)) as ArrayRef).collect();
        let batch = RecordBatch::try_new(before.arrow_schema(), columns).expect("one length");
        let format = Format::default();
        let segment = Segment {
            bytes: Arc::new(write(&format, &before, std::slice::from_ref(&batch))),
            schema: before.clone(),
        };
        let mut merged = Vec::new();
        let mut segments = [Ok(segment)].into_iter();
        let done = format.merge(&mut segments, &after, Box::new(&mut merged));
        done.expect("merged");
        let columns = after.columns.iter().map(|column| {
            let to = column.column_type.arrow_type();
            match column.name[1..].parse() {
                Ok(at) if at < 300 => cast(&cells(at), &to).expect("a number"),
                _ => new_null_array(&to, rows as usize),
            }
        });
        let expected = RecordBatch::try_new(after.arrow_schema(), columns.collect());
        assert_holds(&format, &after, &merged, &[expected.expect("one length")]);
    }
}

#[test]
fn row_groups_of_wide_tables_are_no_smaller_than_the_end_of_the_file() {
    let schema = wide_schema(1000, ScalarType::Int64);
    let cells: ArrayRef = Arc::new(Int64Array::from_iter_values(0..1500));
    let columns = vec![cells; schema.columns.len()];
    let batch = RecordBatch::try_new(schema.arrow_schema(), columns).expect("a batch");
    let format = Format::new(Options::default().with_row_group_size(1));
    for (memory, most) in [(32 << 20, 20), (8 << 20, 12), (1 << 10, 10)] {
        let format = format.bounded(memory).expect("files keep their end");
        let rows = std::slice::from_ref(&batch);
        let file = write(&*format, &schema, rows);
        assert_holds(&*format, &schema, &file, rows);
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
        let groups = builder.metadata().row_groups().len();
        assert!((2..=most).contains(&groups), "{groups} of {memory} bytes");
        let note = format.note().expect("they are larger than asked for");
        assert!(note.contains("row_group_size"), "{note}");
    }
    let asked = format.bounded(1 << 30).expect("files keep their end");
    let file = write(&*asked, &schema, &[batch.slice(0, 400)]);
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
    assert_eq!(builder.metadata().row_groups().len(), 400);
    assert_eq!(asked.note(), None);
}
