//! Reads files of every format with independent readers.

use arrow::{
    array::{ArrayRef, RecordBatch, StringArray},
    datatypes::{DataType, Field, Schema, TimeUnit},
    ipc,
};
use bytes::Bytes;
use std::{
    io::{Cursor, Read},
    sync::Arc,
};

/// The rows of a file of this format. CSV cells are text, or null if they are empty and not quoted.
///
/// # Panics
/// When the file cannot be read.
#[must_use]
pub fn read_back(format: &str, file: impl Into<Bytes>) -> Vec<RecordBatch> {
    let file = file.into();
    match format {
        "csv" => vec![csv_rows(&decompressed(&file))],
        "parquet" => parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.build())
            .expect("a Parquet file")
            .collect::<Result<_, _>>()
            .expect("rows"),
        "orc" => orc_rows(file),
        "avro" => arrow_avro::reader::ReaderBuilder::new()
            .build(Cursor::new(file))
            .expect("an Avro file")
            .collect::<Result<_, _>>()
            .expect("rows"),
        "arrow" => ipc::reader::FileReader::try_new(Cursor::new(file), None)
            .expect("an Arrow file")
            .collect::<Result<_, _>>()
            .expect("rows"),
        other => panic!("there is no format {other}"),
    }
}

/// Times are in nanoseconds, as in ORC, or in microseconds if there are some that 64 bits of
/// nanoseconds do not reach.
fn orc_rows(file: Bytes) -> Vec<RecordBatch> {
    let builder = || orc_rust::ArrowReaderBuilder::try_new(file.clone()).expect("an ORC file");
    if let Ok(rows) = builder().build().collect() {
        return rows;
    }
    let schema = builder().schema();
    let in_micros = |field: &Arc<Field>| match field.data_type() {
        DataType::Timestamp(_, zone) => {
            let of = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
            Arc::new(field.as_ref().clone().with_data_type(of))
        }
        _ => Arc::clone(field),
    };
    let fields: Vec<_> = schema.fields().iter().map(in_micros).collect();
    let rows = builder().with_schema(Arc::new(Schema::new(fields))).build();
    rows.collect::<Result<_, _>>().expect("rows")
}

fn decompressed(bytes: &[u8]) -> String {
    let mut text = String::new();
    match bytes {
        [0x1f, 0x8b, ..] => flate2::read::GzDecoder::new(bytes).read_to_string(&mut text),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => zstd::Decoder::new(bytes)
            .expect("zstd")
            .read_to_string(&mut text),
        _ => (&*bytes).read_to_string(&mut text),
    }
    .expect("text");
    text
}

/// The cells of RFC 4180 text with a header, read without a library because libraries do not tell
/// an empty cell from a quoted one.
fn csv_rows(text: &str) -> RecordBatch {
    let mut rows = vec![vec![]];
    let mut cell: Option<String> = None;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' => {
                let cell = cell.insert(String::new());
                loop {
                    match chars.next().expect("the quote is closed") {
                        '"' if chars.next_if_eq(&'"').is_some() => cell.push('"'),
                        '"' => break,
                        char => cell.push(char),
                    }
                }
            }
            ',' => rows.last_mut().expect("a row").push(cell.take()),
            '\n' => {
                rows.last_mut().expect("a row").push(cell.take());
                rows.push(vec![]);
            }
            char => cell.get_or_insert_default().push(char),
        }
    }
    assert_eq!(rows.pop(), Some(vec![]), "the last line ends");
    let header = rows.remove(0);
    let fields = header.iter().map(|name| {
        let name = name.as_deref().unwrap_or_default();
        Field::new(name, DataType::Utf8, true)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let columns = (0..header.len()).map(|column| {
        let cells: StringArray = rows.iter().map(|row| row[column].as_deref()).collect();
        Arc::new(cells) as ArrayRef
    });
    RecordBatch::try_new(schema, columns.collect()).expect("every row has every cell")
}
