//! Every case in every format, read back by other readers.

use crate::cases::config;
use arrow::{
    array::{Array, RecordBatch, StringArray},
    compute::cast,
    datatypes::DataType,
};
use std::{fs::File, path::Path};
use transmog::{FlattenResult, Input, Output, OutputFormat, flatten, flatten_stream};
use transmog_model::text_array;
use transmog_testkit::{Case, Expected, load_cases, read_back};

pub(crate) const FORMATS: [OutputFormat; 5] = [
    OutputFormat::Csv,
    OutputFormat::Parquet,
    OutputFormat::Orc,
    OutputFormat::Avro,
    OutputFormat::Arrow,
];

fn input(case: &Case) -> Input {
    Input::bytes(case.plain.clone().unwrap_or_else(|| case.input.clone()))
}

/// The cells of a column as text, whatever the format made of its type.
fn cells(batches: &[RecordBatch], column: usize, data_type: &DataType) -> Vec<Option<String>> {
    let arrays = batches.iter().map(|batch| {
        let array = batch.column(column);
        match array.data_type() {
            DataType::Utf8 => text_array(array),
            _ => text_array(&cast(array, data_type).expect("castable")),
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

fn check_saved(case: &Case, format: OutputFormat, directory: &Path) -> Result<(), String> {
    let mut config = config(&case.options);
    if case.plain.is_some() {
        config = config.with_records_path(None::<String>);
    }
    let result = flatten(input(case), &config).map_err(|e| e.to_string())?;
    let output = Output::of(format).map_err(|e| e.to_string())?;
    let files = result
        .save_to(directory, &output)
        .map_err(|e| e.to_string())?;
    check_files(&result, &files, format, directory)
}

/// Holds the files of the tables, in order, to what the tables hold.
pub(crate) fn check_files(
    result: &FlattenResult,
    files: &[String],
    format: OutputFormat,
    directory: &Path,
) -> Result<(), String> {
    if result.all_tables().len() != files.len() {
        return Err(format!("{files:?}"));
    }
    for (table, file) in result.all_tables().iter().zip(files) {
        let file = File::open(directory.join(file)).map_err(|e| e.to_string())?;
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
            let wanted = cells(table.batches(), at, &data_type).into_iter();
            let wanted: Vec<_> = match data_type {
                DataType::Utf8 | DataType::List(_) => wanted.map(|c| stored(format, c)).collect(),
                _ => wanted.collect(),
            };
            let given = cells(&read, at, &data_type);
            if wanted != given {
                let name = (table.name(), &column.name);
                return Err(format!("{name:?}: {given:?}, expected {wanted:?}"));
            }
            let Some(batch) = read.first() else { continue };
            let name = batch.schema().field(at).name().clone();
            let wanted = stored(format, Some(column.name.clone()));
            // Avro makes names legal.
            if format != OutputFormat::Avro && Some(&name) != wanted.as_ref() {
                return Err(format!("column {name:?}, expected {wanted:?}"));
            }
        }
    }
    Ok(())
}

#[test]
fn every_case_in_every_format() {
    let mut failures = Vec::new();
    let mut count = 0;
    for case in load_cases() {
        if matches!(case.expected, Expected::Error(_)) {
            continue;
        }
        for format in FORMATS {
            let directory = tempfile::tempdir().expect("a temporary directory");
            count += 1;
            if let Err(difference) = check_saved(&case, format, directory.path()) {
                failures.push(format!("{} as {format}: {difference}", case.name));
            }
        }
    }
    assert!(count > 500, "{count}");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn csv_texts_are_exact() {
    let mut count = 0;
    for case in load_cases() {
        let Expected::Tables { csv, .. } = &case.expected else {
            continue;
        };
        if csv.is_empty() {
            continue;
        }
        let directory = tempfile::tempdir().expect("a temporary directory");
        let output = Output::of(OutputFormat::Csv).expect("a format");
        let summary = flatten_stream(
            input(&case),
            directory.path(),
            &output,
            &config(&case.options),
        )
        .expect("flattened");
        for (name, text) in csv {
            let table = summary.tables.iter().find(|table| table.name == *name);
            let file = table
                .and_then(|table| table.file.clone())
                .expect("the table has a file");
            let written = std::fs::read_to_string(directory.path().join(file)).expect("text");
            assert_eq!(written, *text, "{}, table {name}", case.name);
            count += 1;
        }
    }
    assert!(count >= 3, "{count} texts");
}
