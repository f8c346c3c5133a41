//! Files written and read back.

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBuilder, Decimal128Array, Float64Array, Int64Array,
    Int64Builder, ListBuilder, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow_avro::reader::ReaderBuilder;
use std::io::{BufReader, Read};
use std::{
    fs::File,
    io::{Seek, SeekFrom},
    sync::Arc,
};
use transmog_avro::{Compression, Format, Options};
use transmog_model::{
    Column, ColumnRole, ColumnType, Path, ScalarType, TableFormat, TableSchema, text_array,
};

fn schema() -> TableSchema {
    let scalar = ColumnType::Scalar;
    let columns = [
        ("_id", ColumnRole::Id, ColumnType::TEXT),
        ("_parent_id", ColumnRole::Parent, ColumnType::TEXT),
        ("bool", ColumnRole::Data, scalar(ScalarType::Boolean)),
        ("int", ColumnRole::Data, scalar(ScalarType::Int64)),
        ("float", ColumnRole::Data, scalar(ScalarType::Float64)),
        ("decimal", ColumnRole::Data, scalar(ScalarType::Decimal)),
        ("text", ColumnRole::Data, ColumnType::TEXT),
        (
            "ints",
            ColumnRole::Data,
            ColumnType::List(ScalarType::Int64),
        ),
        (
            "texts",
            ColumnRole::Data,
            ColumnType::List(ScalarType::Text),
        ),
        (
            "bools",
            ColumnRole::Data,
            ColumnType::List(ScalarType::Boolean),
        ),
        ("_timestamp", ColumnRole::Time, ColumnType::Timestamp),
    ];
    TableSchema {
        name: "data".to_owned(),
        path: Path::root(),
        columns: columns
            .into_iter()
            .map(|(name, role, column_type)| Column {
                name: name.to_owned(),
                path: None,
                role,
                column_type,
            })
            .collect(),
    }
}

/// Rows whose values repeat with different periods, nulls and extremes included.
fn batch(schema: &TableSchema, rows: usize) -> RecordBatch {
    let texts = [
        Some("a"),
        None,
        Some(""),
        Some("h\u{e9}\u{1f600}"),
        Some("x,\"y\"\r\nz"),
        Some("=1+1"),
        Some("-5"),
        Some("null"),
    ];
    let ints = [
        Some(i64::MIN),
        None,
        Some(i64::MAX),
        Some(0),
        Some(-1),
        Some(i64::MAX),
    ];
    let floats = [
        Some(f64::MAX),
        Some(-0.0),
        None,
        Some(5e-324),
        Some(0.1),
        Some(-1e300),
    ];
    let top = 10i128.pow(38) - 1;
    let decimals = [Some(top), None, Some(-top), Some(0), Some(1 << 70)];
    let bools = [Some(true), None, Some(false)];
    let mut int_lists = ListBuilder::new(Int64Builder::new());
    let mut text_lists = ListBuilder::new(StringBuilder::new());
    let mut bool_lists = ListBuilder::new(BooleanBuilder::new());
    for row in 0..rows {
        let valid = row % 4 != 1;
        if valid {
            for at in row..row + row % 4 {
                int_lists.values().append_option(ints[at % ints.len()]);
                text_lists.values().append_option(texts[at % texts.len()]);
                bool_lists.values().append_option(bools[at % bools.len()]);
            }
        }
        int_lists.append(valid);
        text_lists.append(valid);
        bool_lists.append(valid);
    }
    let ids: StringArray = (0..rows).map(|row| Some(format!("id-{row}"))).collect();
    let parents: StringArray = (0..rows)
        .map(|row| Some(format!("parent-{}", row / 3)))
        .collect();
    let decimal: Decimal128Array = (0..rows)
        .map(|row| decimals[row % decimals.len()])
        .collect();
    let times: TimestampMicrosecondArray = (0..rows)
        .map(|row| Some(1_764_000_000_123_456 + row as i64))
        .collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(ids),
        Arc::new(parents),
        Arc::new(
            (0..rows)
                .map(|row| bools[row % bools.len()])
                .collect::<BooleanArray>(),
        ),
        Arc::new(
            (0..rows)
                .map(|row| ints[row % ints.len()])
                .collect::<Int64Array>(),
        ),
        Arc::new(
            (0..rows)
                .map(|row| floats[row % floats.len()])
                .collect::<Float64Array>(),
        ),
        Arc::new(decimal.with_precision_and_scale(38, 0).expect("38 digits")),
        Arc::new(
            (0..rows)
                .map(|row| texts[row % texts.len()])
                .collect::<StringArray>(),
        ),
        Arc::new(int_lists.finish()),
        Arc::new(text_lists.finish()),
        Arc::new(bool_lists.finish()),
        Arc::new(times.with_timezone("UTC")),
    ];
    RecordBatch::try_new(schema.arrow_schema(), columns).expect("the columns fit")
}

/// Writes the batches, a row group each, and returns the file at its start.
fn write(options: Options, schema: &TableSchema, batches: &[RecordBatch]) -> File {
    let file = tempfile::tempfile().expect("a temporary file");
    let mut writer = Format::new(options).create(schema, file).expect("created");
    for batch in batches {
        writer.write(batch).expect("written");
        writer.end_row_group().expect("ended");
    }
    writer.end_row_group().expect("an empty group");
    let mut file = writer.finish().expect("finished").file;
    file.seek(SeekFrom::Start(0)).expect("seek");
    file
}

#[test]
fn an_unknown_compression_lists_those_there_are() {
    let message = "rar"
        .parse::<Compression>()
        .expect_err("no rar")
        .to_string();
    for compression in Compression::ALL {
        assert_eq!(
            compression
                .to_string()
                .parse::<Compression>()
                .expect("known"),
            compression
        );
        assert!(message.contains(compression.name()), "{message}");
    }
}

/// Asserts that the file holds the rows of the batches, value by value.
fn assert_holds(read: &[RecordBatch], batches: &[RecordBatch]) {
    let schema = batches[0].schema();
    for column in 0..schema.fields().len() {
        let cells = |batches: &[RecordBatch]| -> Vec<Option<String>> {
            let arrays = batches.iter().map(|batch| {
                // Formats name list elements and UTC their own way.
                text_array(
                    &cast(batch.column(column), schema.field(column).data_type())
                        .expect("castable"),
                )
            });
            arrays
                .flat_map(|array| {
                    array
                        .iter()
                        .map(|cell| cell.map(str::to_owned))
                        .collect::<Vec<_>>()
                })
                .collect()
        };
        assert_eq!(
            cells(read),
            cells(batches),
            "{}",
            schema.field(column).name()
        );
    }
}

#[test]
fn every_compression_holds_every_type() {
    let schema = schema();
    let batches = [batch(&schema, 1), batch(&schema, 700), batch(&schema, 24)];
    for compression in Compression::ALL {
        let file = write(
            Options::default().with_codec(compression),
            &schema,
            &batches,
        );
        assert_holds(&read(file), &batches);
    }
}

#[test]
fn a_file_without_rows_is_readable() {
    let schema = schema();
    for compression in Compression::ALL {
        for batches in [&[][..], &[batch(&schema, 0)]] {
            let file = write(Options::default().with_codec(compression), &schema, batches);
            let rows: usize = read(file).iter().map(RecordBatch::num_rows).sum();
            assert_eq!(rows, 0);
        }
    }
}

fn read(file: File) -> Vec<RecordBatch> {
    ReaderBuilder::new()
        .build(BufReader::new(file))
        .expect("an Avro file")
        .collect::<Result<_, _>>()
        .expect("rows")
}

#[test]
fn names_become_legal_and_the_originals_are_kept() {
    let names = ["a.b", "a_b", "a b", "1x", "h\u{e9}", ""];
    let mut schema = schema();
    let id = schema.columns[0].clone();
    schema.name = "my table".to_owned();
    schema.columns = names
        .iter()
        .map(|name| Column {
            name: (*name).to_owned(),
            ..id.clone()
        })
        .collect();
    let cell: ArrayRef = Arc::new(StringArray::from(vec!["v"]));
    let rows = RecordBatch::try_new(schema.arrow_schema(), vec![cell; names.len()]).expect("fits");
    let options = Options::default().with_codec(Compression::Null);
    let mut file = write(options, &schema, &[rows]);
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).expect("bytes");
    let head = String::from_utf8_lossy(&bytes).into_owned();
    for part in [
        r#""doc":"a.b""#,
        r#""doc":"a b""#,
        r#""doc":"1x""#,
        r#""name":"my_table""#,
        r#""doc":"my table""#,
    ] {
        assert!(head.contains(part), "{part} in {head}");
    }
    file.seek(SeekFrom::Start(0)).expect("seek");
    let schema = read(file)[0].schema();
    let legal: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    assert_eq!(legal, ["a_b__2", "a_b", "a_b__3", "_1x", "h_", "_"]);
}

#[test]
fn blocks_follow_the_sync_interval() {
    let schema = schema();
    let rows = batch(&schema, 2000);
    let size = |interval| {
        let options = Options::default()
            .with_codec(Compression::Null)
            .with_sync_interval(interval);
        let file = write(options, &schema, std::slice::from_ref(&rows));
        let length = file.metadata().expect("metadata").len();
        assert_holds(&read(file), std::slice::from_ref(&rows));
        length
    };
    assert!(size(1) > size(1000));
    assert!(size(1000) > size(usize::MAX));
}
