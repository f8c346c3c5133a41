//! Files written and read back.

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use std::sync::Arc;
use transmog_avro::{Compression, Format, Options};
use transmog_model::{Column, ScalarType, TableFormat};
use transmog_testkit::{
    conformance::{
        assert_holds, check_compressions, check_random_tables, check_writer, rows_of_every_type,
        schema, wide_schema, write,
    },
    read_back,
};

#[test]
fn the_writer_conforms() {
    let format = |compression| Format::new(Options::default().with_codec(compression));
    let formats = Compression::ALL.map(format);
    check_writer(&formats.each_ref().map(|format| format as &dyn TableFormat));
    check_compressions(&Compression::ALL);
}

#[test]
fn random_values_arrive() {
    check_random_tables(&Format::default(), 0..60);
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
    let file = write(&Format::new(options), &schema, &[rows]);
    let head = String::from_utf8_lossy(&file).into_owned();
    for part in [
        r#""doc":"a.b""#,
        r#""doc":"a b""#,
        r#""doc":"1x""#,
        r#""name":"my_table""#,
        r#""doc":"my table""#,
    ] {
        assert!(head.contains(part), "{part} in {head}");
    }
    let schema = read_back("avro", file)[0].schema();
    let legal: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    assert_eq!(legal, ["a_b__2", "a_b", "a_b__3", "_1x", "h_", "_"]);
}

#[test]
fn blocks_follow_the_sync_interval() {
    let schema = schema();
    let rows = rows_of_every_type(&schema, 2000);
    let size = |interval| {
        let options = Options::default()
            .with_codec(Compression::Null)
            .with_sync_interval(interval);
        let format = Format::new(options);
        let file = write(&format, &schema, std::slice::from_ref(&rows));
        assert_holds(&format, &schema, &file, std::slice::from_ref(&rows));
        file.len()
    };
    assert!(size(1) > size(10_000));
    assert!(size(10_000) > size(usize::MAX));
}

#[test]
fn blocks_of_sparse_tables_are_measured_by_what_is_written() {
    let schema = wide_schema(1000, ScalarType::Int64);
    let rows = 2000;
    let nulls: ArrayRef = Arc::new(Int64Array::from_iter((0..rows).map(|_| None::<i64>)));
    let some = (0..rows).map(|row| (row % 1000 == 0).then_some(row));
    let some: ArrayRef = Arc::new(Int64Array::from_iter(some));
    let columns = (0..1000).map(|at| Arc::clone(if at == 7 { &some } else { &nulls }));
    let batch = RecordBatch::try_new(schema.arrow_schema(), columns.collect()).expect("one length");
    let options = Options::default().with_codec(Compression::Null);
    let format = Format::new(options.with_sync_interval(64_000));
    let bytes = write(&format, &schema, std::slice::from_ref(&batch));
    assert_holds(&format, &schema, &bytes, &[batch]);
    // The head ends with the marker, and so does each block. A null takes a byte.
    let marker = &bytes[bytes.len() - 16..];
    let blocks = bytes.windows(16).filter(|at| *at == marker).count() - 1;
    assert!((25..50).contains(&blocks), "{blocks} blocks");
}
