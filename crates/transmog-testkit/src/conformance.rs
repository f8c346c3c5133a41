//! The conformance suite of writers, which the tests of each writer run.

use crate::{
    random_tables::{Dice, random_table},
    read_back::read_back,
};
use arrow::{
    array::{
        Array, ArrayRef, BooleanArray, BooleanBuilder, Decimal128Array, Float64Array, Int64Array,
        Int64Builder, ListBuilder, RecordBatch, StringArray, StringBuilder,
        TimestampMicrosecondArray,
    },
    compute::cast,
    datatypes::DataType,
};
use std::{
    fs::File,
    io::{Seek, SeekFrom},
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};
use transmog_events::Path;
use transmog_model::{
    Column, ColumnRole, ColumnType, ScalarType, TableFormat, TableSchema, text_array,
};

/// Checks each format, one per compression: files keep every type and value, in one row group and
/// in many; a table without rows is a readable file.
///
/// # Panics
/// When a format fails a check.
pub fn check_writer(formats: &[&dyn TableFormat]) {
    assert!(!formats.is_empty());
    for format in formats {
        let schema = schema();
        let batches = [1, 700, 24].map(|rows| rows_of_every_type(&schema, rows));
        assert_holds(*format, &write(*format, &schema, &batches), &batches);
        for batches in [&[][..], &[rows_of_every_type(&schema, 0)]] {
            let read = read_back(format.name(), write(*format, &schema, batches));
            assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), 0);
        }
    }
}

/// Checks a format with random tables, each in batches and row groups of random sizes. A failure
/// names its seed.
///
/// # Panics
/// When a value is lost or changed.
pub fn check_random_tables(format: &dyn TableFormat, seeds: Range<u64>) {
    for seed in seeds {
        let (schema, rows) = random_table(seed);
        let mut dice = Dice::new(!seed);
        let (mut batches, mut start) = (Vec::new(), 0);
        while start < rows.num_rows() {
            let count = (1 + dice.below(2000)).min(rows.num_rows() - start);
            batches.push(rows.slice(start, count));
            start += count;
        }
        let checked = catch_unwind(AssertUnwindSafe(|| {
            assert_holds(format, &write(format, &schema, &batches), &batches);
        }));
        assert!(
            checked.is_ok(),
            "{}: the table of seed {seed}",
            format.name()
        );
    }
}

/// Checks that the names of a format's compressions parse to themselves, and that the error of an
/// unknown name lists all of them.
///
/// # Panics
/// When they are not.
pub fn check_compressions<C>(all: &[C])
where
    C: std::str::FromStr<Err: std::fmt::Display> + std::fmt::Display + PartialEq,
{
    let refused = "rar".parse::<C>().err().map(|error| error.to_string());
    let message = refused.expect("there is no rar");
    for compression in all {
        let name = compression.to_string();
        assert!(name.parse::<C>().is_ok_and(|read| read == *compression));
        assert!(message.contains(&name), "{message}");
    }
}

/// Writes the batches, each as a row group, and returns the file, rewound to its start.
///
/// # Panics
/// When the format refuses.
#[must_use]
pub fn write(format: &dyn TableFormat, schema: &TableSchema, batches: &[RecordBatch]) -> File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    let out = file.try_clone().expect("the file is open");
    let mut writer = format.create(schema, Box::new(out)).expect("created");
    for batch in batches {
        writer.write(batch).expect("written");
        writer.end_row_group().expect("ended");
    }
    writer.end_row_group().expect("an empty group");
    writer.finish().expect("finished");
    file.seek(SeekFrom::Start(0)).expect("seek");
    file
}

/// Asserts that the file holds the rows of the batches, value by value.
///
/// # Panics
/// When it does not.
pub fn assert_holds(format: &dyn TableFormat, file: &File, batches: &[RecordBatch]) {
    let mut file = file.try_clone().expect("the file is open");
    file.seek(SeekFrom::Start(0)).expect("seek");
    let read = read_back(format.name(), file);
    let schema = batches[0].schema();
    for (column, field) in schema.fields().iter().enumerate() {
        let cells = |batches: &[RecordBatch]| -> Vec<Option<String>> {
            let arrays = batches.iter().map(|batch| {
                let array = batch.column(column);
                if *array.data_type() == DataType::Utf8 {
                    return text_array(array);
                }
                // Formats have different names for list elements and UTC.
                text_array(&cast(array, field.data_type()).expect("castable"))
            });
            let texts = arrays.flat_map(|array| {
                let cells = array.iter().map(|cell| cell.map(str::to_owned));
                cells.collect::<Vec<_>>()
            });
            texts.collect()
        };
        let (read, wanted) = (cells(&read), cells(batches));
        let first = read
            .iter()
            .zip(&wanted)
            .position(|(read, wanted)| read != wanted);
        let at = first.map(|row| (row, &read[row], &wanted[row]));
        assert!(at.is_none(), "{}: {at:?}", field.name());
        assert_eq!(read.len(), wanted.len(), "{}", field.name());
    }
}

/// A table with this many columns of this type.
#[must_use]
pub fn wide_schema(columns: usize, column_type: ScalarType) -> TableSchema {
    let column = |at| Column {
        name: format!("c{at}"),
        path: Some(Path::root().member(format!("c{at}"))),
        role: ColumnRole::Data,
        column_type: ColumnType::Scalar(column_type),
    };
    TableSchema {
        columns: (0..columns).map(column).collect(),
        ..schema()
    }
}

/// A table with a column of every type.
#[must_use]
pub fn schema() -> TableSchema {
    let scalar = ColumnType::Scalar;
    let columns = [
        ("_id", ColumnRole::Id, ColumnType::TEXT),
        ("_parent_id", ColumnRole::Parent, ColumnType::TEXT),
        ("bool", ColumnRole::Data, scalar(ScalarType::Boolean)),
        ("int", ColumnRole::Data, scalar(ScalarType::Int64)),
        ("float", ColumnRole::Data, scalar(ScalarType::Float64)),
        ("decimal", ColumnRole::Data, scalar(ScalarType::Decimal(0))),
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
        (
            "fraction",
            ColumnRole::Data,
            scalar(ScalarType::Decimal(18)),
        ),
        ("_timestamp", ColumnRole::Time, ColumnType::Timestamp),
    ];
    TableSchema {
        name: "data".to_owned(),
        path: Path::root(),
        properties: Arc::default(),
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

/// Rows of [`schema`] whose values repeat with different periods, including nulls and extremes.
///
/// # Panics
/// Never: the rows fit the schema.
#[must_use]
pub fn rows_of_every_type(schema: &TableSchema, rows: usize) -> RecordBatch {
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
    let fraction: Decimal128Array = (0..rows)
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
        Arc::new(
            fraction
                .with_precision_and_scale(38, 18)
                .expect("38 digits"),
        ),
        Arc::new(times.with_timezone("UTC")),
    ];
    RecordBatch::try_new(schema.arrow_schema(), columns).expect("the columns fit")
}
