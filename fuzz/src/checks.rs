//! One function for each target; the first bytes of the input choose options.

use arrow::{
    array::{Array, RecordBatch, StringArray},
    compute::cast,
    datatypes::DataType,
};
use std::{fs, path::Path};
use transmog::{
    ArrayMode, FlattenResult, IdGeneration, Numbers, OnError, Output, OutputFormat, TransmogConfig,
    flatten, flatten_stream,
};
use transmog_model::{ScalarType, text_array, text_of};
use transmog_testkit::read_back;

/// Options from two bytes, and the rest of the input.
fn options(data: &[u8]) -> (TransmogConfig, &[u8]) {
    let (&[a, b], data) = data.split_first_chunk().unwrap_or((&[0, 0], data));
    let modes = [
        ArrayMode::Smart,
        ArrayMode::Separate,
        ArrayMode::Inline,
        ArrayMode::Skip,
    ];
    let config = TransmogConfig::default()
        .with_id_generation(IdGeneration::Hash)
        .with_time_field(None)
        .with_threads(1)
        .with_on_error(OnError::Skip)
        .with_array_mode(modes[usize::from(a & 3)])
        .with_include_nulls(a & 4 != 0)
        .with_stringify_values(a & 8 != 0)
        .with_index_field((a & 16 != 0).then(|| "_index".to_owned()))
        .with_root_field((a & 32 != 0).then(|| "_root".to_owned()))
        .with_numbers(match a & 128 {
            0 => Numbers::Float64,
            _ => Numbers::Exact,
        })
        .with_max_depth(if a & 64 != 0 { 2 } else { 100 })
        .with_chunk_bytes(usize::from(b) + 1)
        .with_memory_limit(1 << (b & 15));
    (config, data)
}

/// Names and rows of all tables, and the counts.
fn content(result: &transmog::Result<FlattenResult>) -> Result<Vec<String>, String> {
    let result = result.as_ref().map_err(ToString::to_string)?;
    let mut lines = vec![format!("{:?}", result.summary().records)];
    for table in result.all_tables() {
        lines.push(format!("{:?}", table.schema()));
        lines.extend(
            table
                .rows()
                .map(|row| format!("{:?}", row.cells().collect::<Vec<_>>())),
        );
    }
    lines.push(format!("{:?}", result.summary().ledger));
    Ok(lines)
}

/// Where chunks are cut changes nothing, and the number of threads never does.
pub fn framing(data: &[u8]) {
    let (config, data) = options(data);
    let config = config
        .with_line_field(Some("_line".to_owned()))
        .with_byte_field(Some("_byte".to_owned()));
    let whole = content(&flatten(data, &config.clone().with_chunk_bytes(4 << 20)));
    let cut = content(&flatten(data, &config));
    assert_eq!(content(&flatten(data, &config.with_threads(3))), cut);
    assert_eq!(cut, whole);
}

/// What is JSON is what `serde_json` takes for JSON.
pub fn parsing(data: &[u8]) {
    let is_blank = |byte: &u8| b" \t\r\n".contains(byte);
    let deep = data.iter().filter(|byte| b"[{".contains(byte)).count() > 100;
    if deep {
        return;
    }
    let mut document = transmog_reader::Document::default();
    let ours = transmog_reader::parse_document(data, &mut document)
        .is_ok_and(|end| data[end..].iter().all(is_blank));
    let theirs = serde_json::from_slice::<serde_json::Value>(data).is_ok();
    assert_eq!(ours, theirs);
    // The fast parser and the exact one are together as exact as the exact one.
    let record = [b"{\"v\":", data, b"}"].concat();
    let config = TransmogConfig::default().with_threads(1);
    let taken = flatten(record.clone(), &config).is_ok();
    let valid = serde_json::from_slice::<serde_json::Value>(&record).is_ok();
    // Text after the record may be a further record.
    assert!(taken || !valid);
    assert!(valid || !taken || data.contains(&b'}'));
}

/// Text and values give the same tables.
pub fn flattening(data: &[u8]) {
    let (config, data) = options(data);
    let mut records = Vec::new();
    for record in serde_json::Deserializer::from_slice(data).into_iter::<serde_json::Value>() {
        match record {
            Ok(record) if record.is_object() => records.push(record),
            _ => return,
        }
    }
    let text: Vec<_> = records.iter().map(ToString::to_string).collect();
    let from_bytes = content(&flatten(text.join("\n"), &config));
    let from_values = content(&transmog::flatten_values(&records, &config));
    // Places in the ledger differ: values have no bytes.
    let lines = |content: Result<Vec<String>, String>| {
        content.map(|mut lines| {
            lines.pop();
            lines
        })
    };
    assert_eq!(lines(from_bytes), lines(from_values));
}

fn writer(format: OutputFormat, data: &[u8]) {
    let (config, data) = options(data);
    let Ok(result) = flatten(data, &config) else {
        return;
    };
    let directory = tempfile::tempdir().expect("a temporary directory");
    let output = Output::of(format).expect("a format");
    let summary = flatten_stream(data, directory.path(), &output, &config).expect("files");
    let files: Vec<_> = summary
        .tables
        .iter()
        .filter_map(|t| t.file.clone())
        .collect();
    if let Err(difference) = check_files(&result, &files, format, directory.path()) {
        panic!("{difference}");
    }
}

/// CSV files hold what the tables hold.
pub fn csv(data: &[u8]) {
    writer(OutputFormat::Csv, data);
}

/// Parquet files hold what the tables hold.
pub fn parquet(data: &[u8]) {
    writer(OutputFormat::Parquet, data);
}

/// ORC files hold what the tables hold.
pub fn orc(data: &[u8]) {
    writer(OutputFormat::Orc, data);
}

/// Avro files hold what the tables hold.
pub fn avro(data: &[u8]) {
    writer(OutputFormat::Avro, data);
}

/// Arrow files hold what the tables hold.
pub fn arrow(data: &[u8]) {
    writer(OutputFormat::Arrow, data);
}

/// The cells of a column as text, whatever the format made of its type.
fn cells(
    batches: &[RecordBatch],
    column: usize,
    data_type: &DataType,
    of: ScalarType,
) -> Vec<Option<String>> {
    let arrays = batches.iter().map(|batch| {
        let array = batch.column(column);
        match array.data_type() {
            DataType::Utf8 => text_array(array),
            _ => text_of(&cast(array, data_type).expect("castable"), of),
        }
    });
    let texts = arrays.flat_map(|array: StringArray| {
        let cells = array.iter().map(|cell| cell.map(str::to_owned));
        cells.collect::<Vec<_>>()
    });
    texts.collect()
}

/// What a text cell is in a file of the format.
fn stored(format: OutputFormat, cell: Option<String>) -> Option<String> {
    match cell {
        Some(cell) if format == OutputFormat::Csv && transmog_csv::is_formula(&cell) => {
            Some(format!("'{cell}"))
        }
        cell => cell,
    }
}

/// Holds the files of the tables, in order, to what the tables hold.
pub fn check_files(
    result: &FlattenResult,
    files: &[String],
    format: OutputFormat,
    directory: &Path,
) -> Result<(), String> {
    if result.all_tables().len() != files.len() {
        return Err(format!("{files:?}"));
    }
    for (table, file) in result.all_tables().iter().zip(files) {
        let file = fs::read(directory.join(file)).map_err(|e| e.to_string())?;
        let read = read_back(&format.to_string(), file);
        let rows: usize = read.iter().map(RecordBatch::num_rows).sum();
        if rows != table.len() {
            return Err(format!(
                "{}: {rows} rows, expected {}",
                table.name(),
                table.len()
            ));
        }
        for (at, column) in table.schema().columns.iter().enumerate() {
            let data_type = column.column_type.arrow_type();
            let of = column.column_type.scalar();
            let wanted = cells(table.batches(), at, &data_type, of).into_iter();
            let wanted: Vec<_> = match data_type {
                DataType::Utf8 | DataType::List(_) => wanted.map(|c| stored(format, c)).collect(),
                _ => wanted.collect(),
            };
            let given = cells(&read, at, &data_type, of);
            if wanted != given {
                let name = (table.name(), &column.name);
                return Err(format!("{name:?}: {given:?}, expected {wanted:?}"));
            }
            let Some(batch) = read.first() else { continue };
            let name = batch.schema().field(at).name().clone();
            let wanted = stored(format, Some(column.name.clone()));
            // Avro makes names legal, and ORC those that Spark cannot read.
            let is_renamed = match format {
                OutputFormat::Avro => true,
                OutputFormat::Orc => column.name.is_empty() || column.name.contains('`'),
                _ => false,
            };
            if !is_renamed && Some(&name) != wanted.as_ref() {
                return Err(format!("column {name:?}, expected {wanted:?}"));
            }
        }
    }
    Ok(())
}
