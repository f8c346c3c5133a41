//! Files written and read back.

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use orc_rust::ArrowReaderBuilder;
use std::sync::Arc;
use transmog_model::{ScalarType, TableFormat};
use transmog_orc::{Compression, Format, Options};
use transmog_testkit::conformance::{
    assert_holds, check_compressions, check_random_tables, check_writer, rows_of_every_type,
    schema, wide_schema, write,
};

#[test]
fn the_writer_conforms() {
    let format = |compression| Format::new(Options::default().with_compression(compression));
    let formats = Compression::ALL.map(format);
    check_writer(&formats.each_ref().map(|format| format as &dyn TableFormat));
    check_compressions(&Compression::ALL);
}

#[test]
fn random_values_arrive() {
    check_random_tables(&Format::default(), 0..60);
}

#[test]
fn stripes_end_by_rows() {
    let schema = schema();
    let rows = rows_of_every_type(&schema, 2500);
    let format = Format::new(Options::default().with_batch_size(1200));
    let file = write(&format, &schema, std::slice::from_ref(&rows));
    let builder = ArrowReaderBuilder::try_new(file.clone()).expect("ORC");
    let stripes = builder.file_metadata().stripe_metadatas();
    let counts: Vec<u64> = stripes.iter().map(|s| s.number_of_rows()).collect();
    assert_eq!(counts, [1200, 1200, 100]);
    assert_holds(&format, &schema, &file, &[rows]);
}

#[test]
fn nulls_take_little_of_a_stripe() {
    let schema = wide_schema(1000, ScalarType::Int64);
    let nulls: ArrayRef = Arc::new(Int64Array::from_iter((0..5000).map(|_| None::<i64>)));
    let columns = vec![nulls; schema.columns.len()];
    let batch = RecordBatch::try_new(schema.arrow_schema(), columns).expect("one length");
    let file = write(&Format::default(), &schema, &[batch]);
    let builder = ArrowReaderBuilder::try_new(file).expect("ORC");
    assert_eq!(builder.file_metadata().stripe_metadatas().len(), 1);
}

#[test]
fn integers_of_every_size_survive() {
    let mut schema = schema();
    schema.columns = vec![schema.columns[0].clone(), schema.columns[3].clone()];
    // A simple generator; shifts give every width, runs and outliers.
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let ints: Int64Array = (0..20_000u32)
        .map(|row| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let wide = (state as i64) >> (row / 300 % 64);
            Some(if row % 97 == 0 {
                i64::MIN + i64::from(row)
            } else {
                wide
            })
        })
        .collect();
    let ids: StringArray = (0..20_000).map(|row| Some(row.to_string())).collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(ids), Arc::new(ints)];
    let rows = RecordBatch::try_new(schema.arrow_schema(), columns).expect("fits");
    let file = write(&Format::default(), &schema, std::slice::from_ref(&rows));
    assert_holds(&Format::default(), &schema, &file, &[rows]);
}

#[test]
fn a_time_the_format_lacks_is_an_error() {
    let schema = schema();
    let rows = rows_of_every_type(&schema, 1);
    let mut columns = rows.columns().to_vec();
    let time = columns.len() - 1;
    columns[time] = Arc::new(TimestampMicrosecondArray::from(vec![-1]).with_timezone("UTC"));
    let rows = RecordBatch::try_new(rows.schema(), columns).expect("fits");
    let format = Format::default();
    let mut writer = format
        .create(&schema, Box::new(std::io::sink()))
        .expect("created");
    assert!(writer.write(&rows).is_err());
    assert!(writer.write(&rows).is_err());
    assert!(writer.finish().is_err());
}

#[test]
fn a_few_wide_integers_among_small_ones_are_written() {
    let mut schema = schema();
    schema.columns = vec![schema.columns[0].clone(), schema.columns[3].clone()];
    for wide in [i64::MAX, i64::MIN, 2_147_483_647, 1_700_000_000, -1] {
        for place in [0, 1, 9, 19, 300, 511, 512] {
            for rows in [10, 20, 21, 512, 1025] {
                let few = [5, 3, 9, 1, 7, 2, 8, 4, 6];
                let value = |row: usize| if row == place { wide } else { few[row % 9] };
                let ints: Int64Array = (0..rows).map(|row| Some(value(row))).collect();
                // The lengths of texts are integers too.
                let length = |row| if row == place { 70_000 } else { row % 9 };
                let texts: StringArray =
                    (0..rows).map(|row| Some("x".repeat(length(row)))).collect();
                let columns: Vec<ArrayRef> = vec![Arc::new(texts), Arc::new(ints)];
                let rows = RecordBatch::try_new(schema.arrow_schema(), columns).expect("fits");
                let file = write(&Format::default(), &schema, std::slice::from_ref(&rows));
                assert_holds(&Format::default(), &schema, &file, &[rows]);
            }
        }
    }
}
