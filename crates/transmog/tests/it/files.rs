//! Every case in every format, read with independent readers.

use crate::{cases::config, fuzz::checks::check_files};
use std::path::Path;
use transmog::{
    IdGeneration, Input, LossKind, Output, OutputFormat, TransmogConfig, flatten, flatten_stream,
};
use transmog_model::text_array;
use transmog_testkit::{Case, Expected, load_cases};

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

fn check_saved(case: &Case, format: OutputFormat, directory: &Path) -> Result<(), String> {
    let mut config = config(&case.options);
    if case.plain.is_some() {
        config = config.with_records_path(None::<String>).with_encoding(None);
    }
    let result = flatten(input(case), &config).map_err(|e| e.to_string())?;
    let output = Output::of(format).map_err(|e| e.to_string())?;
    let files = result
        .save_to(directory, &output)
        .map_err(|e| e.to_string())?;
    check_files(&result, &files, format, directory)
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
fn lists_of_mixed_elements_are_exact_whatever_comes_behind_them() {
    let lists = r#"{"a":[7,null]}
{"a":[1,"1",null,2.5,true,"true","\"]","=1"]}
{"a":["x"]}
{}
{"a":["1"]}
"#;
    let text = format!("{lists}{{\"a\":\"s\"}}\n");
    for (json, cell) in [(lists, r#"["1","1",null,"#), (&*text, r#"[1,"1",null,"#)] {
        // One record a segment, or all in one.
        for memory_limit in [1, 1 << 30] {
            let config = (TransmogConfig::default().with_time_field(None))
                .with_id_generation(IdGeneration::Hash)
                .with_chunk_bytes(1)
                .with_memory_limit(memory_limit);
            let result = flatten(json, &config).expect("tables");
            for format in FORMATS {
                let directory = tempfile::tempdir().expect("a temporary directory");
                let output = Output::of(format).expect("a format");
                flatten_stream(json, directory.path(), &output, &config).expect("a run");
                let file = format!("data.{format}");
                check_files(&result, &[file], format, directory.path()).expect("equal");
            }
            let rows = text_array(result.main().batches()[0].column(1));
            assert!(rows.value(1).starts_with(cell), "{}", rows.value(1));
        }
    }
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

#[test]
fn a_format_counts_what_it_alters_however_its_output_is_made() {
    let json = r#"{"=id":"=1+1","b":"plain"}"#;
    let ledger = |output: &Output| {
        let directory = tempfile::tempdir().expect("a directory");
        let config = TransmogConfig::default();
        let summary = flatten_stream(json, directory.path(), output, &config).expect("written");
        let entries = summary.ledger.into_iter();
        let entries = entries.map(|entry| (entry.kind, entry.path.to_string(), entry.count));
        entries.collect::<Vec<_>>()
    };
    let guarded = ledger(&Output::of(OutputFormat::Csv).expect("it is built"));
    assert_eq!(guarded, [(LossKind::CellGuarded, "$['=id']".to_owned(), 2)]);
    assert_eq!(
        guarded,
        ledger(&Output::new(transmog_csv::Format::default()))
    );
    let unguarded = transmog_csv::Options::default().with_formula_guard(false);
    let unguarded = Output::new(transmog_csv::Format::new(unguarded));
    assert_eq!(ledger(&unguarded), []);
}

#[test]
fn every_format_takes_batch_size_and_refuses_what_it_does_not_have() {
    use transmog::{FormatOptions, Output, OutputFormat};
    for format in OutputFormat::ALL {
        let options = FormatOptions {
            batch_size: Some(10),
            ..FormatOptions::default()
        };
        assert!(Output::with_options(format, &options).is_ok(), "{format}");
        let options = FormatOptions {
            sync_interval: Some(10),
            ..FormatOptions::default()
        };
        let is_avro = format == OutputFormat::Avro;
        assert_eq!(
            Output::with_options(format, &options).is_ok(),
            is_avro,
            "{format}"
        );
    }
}

#[test]
fn errors_name_their_file_and_what_the_system_said() {
    use std::io::ErrorKind;
    use transmog::{Input, TransmogConfig, flatten};
    let directory = tempfile::tempdir().expect("a temporary directory");
    let good = directory.path().join("good.jsonl");
    std::fs::write(&good, "{}\n").expect("a file");
    let broken = directory.path().join("broken.jsonl");
    std::fs::write(&broken, "{\"a\":1}\n{\n").expect("a file");
    let cut = directory.path().join("cut.jsonl");
    std::fs::write(&cut, b"\x1f\x8b\x08\x00").expect("a file");
    for (name, kind) in [
        ("none.jsonl", Some(ErrorKind::NotFound)),
        ("*.none", Some(ErrorKind::NotFound)),
        ("broken.jsonl", None),
        ("cut.jsonl", Some(ErrorKind::UnexpectedEof)),
    ] {
        let path = directory.path().join(name);
        let input = Input::path(&good).and_path(&path);
        let error = flatten(input, &TransmogConfig::default()).expect_err(name);
        assert_eq!(error.file(), path.to_str(), "{error}");
        assert_eq!(error.io_kind(), kind, "{error}");
    }
    let reader = Input::named_reader("page 7", std::io::Cursor::new("{"));
    let error = flatten(reader, &TransmogConfig::default()).expect_err("it is cut off");
    assert_eq!(error.file(), Some("page 7"));
}
