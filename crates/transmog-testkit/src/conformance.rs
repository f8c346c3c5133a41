//! What every format must hold to, mounted once in the tests of each.

pub use crate::every_type::{rows_of_every_type, schema, wide_schema};

use crate::{
    cell::texts_of,
    every_type::data_column,
    random_tables::{Dice, random_table},
};
use arrow::{
    array::{
        Array, ArrayRef, Float64Array, Int64Array, Int64Builder, ListArray, ListBuilder,
        RecordBatch, StringArray, StringBuilder, new_null_array,
    },
    compute::concat_batches,
    datatypes::DataType,
};
use bytes::Bytes;
use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};
use transmog_model::{
    ColumnType, Executor, ReadAt, Result, ScalarType, Segment, TableFormat, TableSchema, Task,
    rows_size,
};

/// Holds each format, a compression each, to what every format must do: every
/// type and value arrives, in one row group and in many; a table without rows
/// is a readable file; segments become one file; a file that was cut, and that of
/// another table, are errors.
///
/// # Panics
/// When a format does not hold to it.
pub fn check_writer(formats: &[&dyn TableFormat]) {
    assert!(!formats.is_empty());
    for format in formats {
        let schema = schema();
        let batches = [1, 700, 24].map(|rows| rows_of_every_type(&schema, rows));
        let file = write(*format, &schema, &batches);
        assert_holds(*format, &schema, &file, &batches);
        let mut other = schema.clone();
        other.columns.swap(2, 3);
        assert!(
            read(*format, &other, &file).is_err(),
            "another table's file"
        );
        for length in [0, 1, file.len() / 2, file.len() - 1] {
            let read = read(*format, &schema, &file[..length]);
            let error = read.expect_err("a file that was cut").to_string();
            assert!(error.starts_with("reading the "), "{error}");
        }
        for batches in [&[][..], &[rows_of_every_type(&schema, 0)]] {
            let read = read(*format, &schema, &write(*format, &schema, batches)).expect("a file");
            assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), 0);
        }
        check_merge(*format);
        check_threads(*format);
    }
}

/// Many rows written by several threads are the file that one thread writes.
fn check_threads(format: &dyn TableFormat) {
    let schema = schema();
    let batches = [5000, 1, 3000].map(|rows| rows_of_every_type(&schema, rows));
    let alone = write(format, &schema, &batches);
    let threads: Arc<dyn Executor> = Arc::new(Threads);
    let shared = write_on(format, &schema, &batches, Some(&threads));
    assert_holds(format, &schema, &shared, &batches);
    // Some files have a mark of their own.
    if write(format, &schema, &batches) == alone {
        assert!(shared == alone, "several threads show in the file");
    }
}

/// A thread for each task, the last one first.
struct Threads;

impl Executor for Threads {
    fn threads(&self) -> usize {
        8
    }

    fn run(&self, tasks: Vec<Task>) {
        thread::scope(|scope| {
            for task in tasks.into_iter().rev() {
                scope.spawn(task);
            }
        });
    }
}

/// Holds a format to random tables, each in batches and row groups of random
/// sizes. What fails says its seed. Large tables are read in batches of few bytes.
///
/// # Panics
/// When a value does not arrive.
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
            let file = write(format, &schema, &batches);
            assert_holds(format, &schema, &file, &batches);
        }));
        assert!(
            checked.is_ok(),
            "{}: the table of seed {seed}",
            format.name()
        );
    }
    check_batches(format);
}

/// Holds the batches of long texts, which may be the same, to 32 MiB.
fn check_batches(format: &dyn TableFormat) {
    let schema = TableSchema {
        columns: vec![data_column("text", ColumnType::TEXT)],
        ..schema()
    };
    for distinct in [3, 8000] {
        let texts = (0..8000).map(|row| Some(format!("{:08000}", row % distinct)));
        let texts: ArrayRef = Arc::new(texts.collect::<StringArray>());
        let rows = RecordBatch::try_new(schema.arrow_schema(), vec![texts]).expect("fits");
        let mut file = Vec::new();
        let mut writer = (format.create(&schema, Box::new(&mut file))).expect("created");
        writer.write(&rows).expect("written");
        writer.finish().expect("finished");
        let batches = read(format, &schema, &file).expect("a readable file");
        let most = batches.iter().map(rows_size).max();
        assert!(most.is_some_and(|most| most <= 33 << 20), "{most:?} bytes");
    }
}

/// Holds the names of a format's compressions to be read as they are written,
/// and an unknown one to be refused with all of them.
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

/// Holds a format to make one file of segments: columns that come later and in another
/// order, wider types, and lists that become text or come of it.
fn check_merge(format: &dyn TableFormat) {
    let integers = ColumnType::List(ScalarType::Int64);
    let texts = ColumnType::List(ScalarType::Text);
    let float = ColumnType::Scalar(ScalarType::Float64);
    let table = |columns: &[(&str, ColumnType)]| {
        let column = |(name, column_type): &(&str, ColumnType)| data_column(name, *column_type);
        TableSchema {
            columns: columns.iter().map(column).collect(),
            ..schema()
        }
    };
    let int = ColumnType::Scalar(ScalarType::Int64);
    let first = table(&[
        ("a", int),
        ("b", integers),
        ("c", integers),
        ("d", ColumnType::TEXT),
    ]);
    let second = table(&[("d", texts), ("a", float)]);
    let all = table(&[
        ("new", int),
        ("a", float),
        ("b", texts),
        ("c", ColumnType::TEXT),
        ("d", texts),
    ]);
    let numbers: ArrayRef = Arc::new(int_lists([Some(&[1, -2][..]), None, Some(&[])]));
    let first_rows: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(vec![Some(1), None, Some(-3)])),
        Arc::clone(&numbers),
        numbers,
        Arc::new(StringArray::from(vec![
            Some(r#"[1,"1",null,"x\"y",true]"#),
            None,
            Some("[]"),
        ])),
    ];
    let second_rows: Vec<ArrayRef> = vec![
        Arc::new(text_lists([Some(&[Some("z,"), Some("")][..]), None])),
        Arc::new(Float64Array::from(vec![None, Some(0.5)])),
    ];
    let mixed =
        ["1", "1", "", "x\"y", "true"].map(|text| Some(text).filter(|text| !text.is_empty()));
    let merged: Vec<ArrayRef> = vec![
        new_null_array(&DataType::Int64, 5),
        Arc::new(Float64Array::from(vec![
            Some(1.0),
            None,
            Some(-3.0),
            None,
            Some(0.5),
        ])),
        Arc::new(text_lists([
            Some(&[Some("1"), Some("-2")][..]),
            None,
            Some(&[]),
            None,
            None,
        ])),
        Arc::new(StringArray::from(vec![
            Some("[1,-2]"),
            None,
            Some("[]"),
            None,
            None,
        ])),
        Arc::new(text_lists([
            Some(&mixed[..]),
            None,
            Some(&[]),
            Some(&[Some("z,"), Some("")]),
            None,
        ])),
    ];
    let segments = [(&first, first_rows), (&second, second_rows)].map(|(schema, columns)| {
        let rows = RecordBatch::try_new(schema.arrow_schema(), columns).expect("fits");
        Ok(Segment {
            bytes: Arc::new(write(format, schema, &[rows])),
            schema: schema.clone(),
        })
    });
    let mut file = Vec::new();
    let done = format.merge(&mut segments.into_iter(), &all, Box::new(&mut file));
    done.expect("merged");
    let rows = RecordBatch::try_new(all.arrow_schema(), merged).expect("fits");
    assert_holds(format, &all, &file, &[rows]);
}

fn int_lists<const N: usize>(rows: [Option<&[i64]>; N]) -> ListArray {
    let mut lists = ListBuilder::new(Int64Builder::new());
    for row in rows {
        lists.values().append_slice(row.unwrap_or_default());
        lists.append(row.is_some());
    }
    lists.finish()
}

fn text_lists<const N: usize>(rows: [Option<&[Option<&str>]>; N]) -> ListArray {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in rows {
        for element in row.unwrap_or_default() {
            lists.values().append_option(*element);
        }
        lists.append(row.is_some());
    }
    lists.finish()
}

/// Writes the batches, a row group each, and gives the bytes of the file.
///
/// # Panics
/// When the format refuses.
#[must_use]
pub fn write(format: &dyn TableFormat, schema: &TableSchema, batches: &[RecordBatch]) -> Bytes {
    write_on(format, schema, batches, None)
}

fn write_on(
    format: &dyn TableFormat,
    schema: &TableSchema,
    batches: &[RecordBatch],
    executor: Option<&Arc<dyn Executor>>,
) -> Bytes {
    let mut file = Vec::new();
    let mut writer = format.create(schema, Box::new(&mut file)).expect("created");
    if let Some(executor) = executor {
        writer.set_executor(executor);
    }
    for batch in batches {
        writer.write(batch).expect("written");
        writer.end_row_group().expect("ended");
    }
    writer.end_row_group().expect("an empty group");
    writer.finish().expect("finished");
    file.into()
}

/// The rows of a file, read by its format.
///
/// # Errors
/// When the format cannot read it.
pub fn read(
    format: &dyn TableFormat,
    schema: &TableSchema,
    file: &[u8],
) -> Result<Vec<RecordBatch>> {
    let input: Arc<dyn ReadAt> = Arc::new(file.to_vec());
    format.read(input, schema)?.collect()
}

/// Asserts that the file holds the rows of the batches, value by value, in the types that the
/// format stores. Numbers are compared by their one text form, in which -0.0 is `0`.
///
/// # Panics
/// When it does not.
pub fn assert_holds(
    format: &dyn TableFormat,
    schema: &TableSchema,
    file: &[u8],
    batches: &[RecordBatch],
) {
    let stored = format.stored_schema(schema).arrow_schema();
    let read = read(format, schema, file).expect("a readable file");
    let read = concat_batches(&stored, &read).expect("batches of the stored schema");
    let wanted = concat_batches(&schema.arrow_schema(), batches).expect("batches of the schema");
    assert_eq!(read.num_rows(), wanted.num_rows());
    for (column, field) in stored.fields().iter().enumerate() {
        assert_eq!(read.column(column).data_type(), field.data_type());
        let (schema, wanted) = (wanted.schema(), wanted.column(column));
        let (read, wanted) = (
            texts_of(read.column(column), field),
            texts_of(wanted, schema.field(column)),
        );
        let mut cells = read.iter().zip(&wanted).enumerate();
        let different = cells.find(|(_, (read, wanted))| read != wanted);
        assert!(different.is_none(), "{}: {different:?}", field.name());
    }
}
