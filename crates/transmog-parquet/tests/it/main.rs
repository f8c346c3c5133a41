//! Files written and read back.

use arrow::array::{RecordBatch, StringArray};
use parquet::{arrow::arrow_reader::ParquetRecordBatchReaderBuilder, basic::Encoding};
use std::{
    io::{Seek, SeekFrom},
    sync::Arc,
};
use transmog_model::TableFormat;
use transmog_parquet::{Compression, Format, Options};
use transmog_testkit::conformance::{
    check_compressions, check_writer, rows_of_every_type, schema, write,
};

#[test]
fn the_writer_conforms() {
    let format = |compression| Format::new(Options::default().with_compression(compression));
    let formats = Compression::ALL.map(format);
    check_writer(&formats.each_ref().map(|format| format as &dyn TableFormat));
    check_compressions(&Compression::ALL);
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
fn row_groups_end_by_bytes() {
    let mut schema = schema();
    schema.columns.truncate(1);
    let long: StringArray = (0..40_000u32)
        .map(|row| Some(format!("{row:01000}")))
        .collect();
    let batch = RecordBatch::try_new(schema.arrow_schema(), vec![Arc::new(long)]).expect("fits");
    let file = tempfile::tempfile().expect("a temporary file");
    let options = Options::default().with_compression(Compression::None);
    let mut writer = Format::new(options).create(&schema, file).expect("created");
    for _ in 0..2 {
        writer.write(&batch).expect("written");
        assert!(writer.buffered_bytes() < transmog_parquet::ROW_GROUP_BYTES);
    }
    let mut file = writer.finish().expect("finished").file;
    file.seek(SeekFrom::Start(0)).expect("seek");
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
    assert!(builder.metadata().num_row_groups() >= 2);
}
