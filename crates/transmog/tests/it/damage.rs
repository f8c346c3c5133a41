//! Damaged inputs of every kind, and the repaired quarantine file.

use proptest::prelude::*;
use std::{collections::BTreeSet, fs, io::Write, path::Path};
use transmog::{
    IdGeneration, Input, OnError, Output, OutputFormat, TransmogConfig, flatten, flatten_stream,
};
use transmog_testkit::damage::{Damaged, Form, damaged};

/// Every file of a run by name, without the name of the input.
fn run(
    input: impl Into<Input>,
    name: &str,
    config: &TransmogConfig,
) -> Result<Vec<(String, String)>, String> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let result = flatten_stream(input, directory.path(), &output, config);
    result.map_err(|error| error.to_string().replace(name, "INPUT"))?;
    let mut files = Vec::new();
    for entry in fs::read_dir(directory.path()).expect("a directory") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("text");
        let file = path.file_name().expect("a name").to_string_lossy();
        // Not all other files are the same for every kind of input.
        if file.ends_with(".csv") || file.ends_with(".jsonl") {
            let quoted = serde_json::json!({ "file": name }).to_string();
            let quoted = quoted.trim_matches(['{', '}']);
            files.push((file.into_owned(), text.replace(quoted, "INPUT")));
        }
    }
    files.sort();
    Ok(files)
}

/// Ids of the main table.
fn ids(text: &str, config: &TransmogConfig) -> BTreeSet<String> {
    match flatten(text, config) {
        Ok(result) => result
            .main()
            .rows()
            .filter_map(|row| row.text("_id"))
            .collect(),
        Err(_) => BTreeSet::new(),
    }
}

fn config(input: &Damaged) -> TransmogConfig {
    TransmogConfig::default()
        .with_id_generation(IdGeneration::Hash)
        .with_time_field(None)
        .with_line_field(Some("_line".to_owned()))
        .with_byte_field(Some("_byte".to_owned()))
        .with_on_error(OnError::Quarantine)
        .with_records_path(input.is_envelope.then(|| "/d".to_owned()))
}

fn written(at: &Path, bytes: &[u8]) -> String {
    fs::write(at, bytes).expect("written");
    at.to_str().expect("text").to_owned()
}

/// Each record that was accepted begins where its row says.
fn check_places(text: &str, config: &TransmogConfig) -> Result<(), TestCaseError> {
    let Ok(result) = flatten(text, config) else {
        return Ok(());
    };
    for row in result.main().rows() {
        let number = |column| row.text(column).and_then(|cell| cell.parse::<usize>().ok());
        let byte = number("_byte").expect("a number");
        prop_assert_eq!(text.as_bytes()[byte], b'{');
        let lines = text.as_bytes()[..byte]
            .iter()
            .filter(|byte| **byte == b'\n');
        prop_assert_eq!(number("_line"), Some(lines.count() + 1));
    }
    Ok(())
}

fn check(input: &Damaged, threads: usize, chunk_bytes: usize) -> Result<(), TestCaseError> {
    let alone = config(input).with_threads(1);
    let whole = run(input.text.clone(), "<bytes>", &alone);
    let config = config(input)
        .with_threads(threads)
        .with_chunk_bytes(chunk_bytes);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let plain = written(&directory.path().join("in"), &input.text);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&input.text).expect("compressed");
    let gz = gz.finish().expect("compressed");
    let gz = written(&directory.path().join("in.gz"), &gz);
    let reader = Input::reader(std::io::Cursor::new(input.text.clone()));
    prop_assert_eq!(&run(Input::path(&plain), &plain, &config), &whole);
    prop_assert_eq!(&run(Input::path(&gz), &gz, &config), &whole);
    prop_assert_eq!(&run(reader, "<reader>", &config), &whole);

    // Each rejected record is in the quarantine file. Repaired there, it gets the id that it would
    // have had.
    let Ok(files) = whole else { return Ok(()) };
    let mut mended = Vec::new();
    let rejected = files
        .iter()
        .find(|file| file.0.ends_with(".rejected.jsonl"));
    for line in rejected.map_or("", |file| file.1.as_str()).lines() {
        let line = line.replace("INPUT", "\"file\":0");
        let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let number = |key: &str| line[key].as_u64().expect("a number") as usize;
        let start = number("byte");
        let end = start + number("length");
        prop_assert_eq!(
            line["raw"].as_str().map(str::as_bytes),
            Some(&input.text[start..end])
        );
        for ((range, is_whole), original) in input.records.iter().zip(&input.originals) {
            if !is_whole && range.start < end && start < range.end {
                mended.push(original.as_str());
            }
        }
    }
    let text = std::str::from_utf8(&input.text).expect("UTF-8");
    check_places(text, &alone)?;
    let mut given = ids(text, &alone);
    let plain = alone.with_records_path(None);
    given.extend(ids(&mended.join("\n"), &plain));
    for original in mended {
        prop_assert!(ids(original, &plain).is_subset(&given), "{original}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn damage_is_the_same_for_every_kind_of_input(
        seed in any::<u64>(),
        form in 0usize..Form::ALL.len(),
        share in prop_oneof![Just(0usize), Just(20), Just(100), Just(400)],
        threads in 1usize..5,
        chunk_bytes in prop_oneof![Just(1usize), Just(5), Just(40), Just(300)],
    ) {
        let input = damaged(seed, Form::ALL[form], 15, share);
        // A swap can split a character; then the bytes are kept as Base64.
        prop_assume!(std::str::from_utf8(&input.text).is_ok());
        check(&input, threads, chunk_bytes)?;
    }
}

/// `TRANSMOG_RECOVERY_INPUTS` asks for more.
#[test]
fn damage_is_the_same_for_many_seeds() {
    let more = std::env::var("TRANSMOG_RECOVERY_INPUTS").ok();
    let inputs: u64 = more.map_or(10, |more| more.parse().expect("a number"));
    for seed in 0..inputs {
        let form = Form::ALL[seed as usize % Form::ALL.len()];
        let input = damaged(seed ^ 0x5eed, form, 40, 80);
        if std::str::from_utf8(&input.text).is_ok() {
            let threads = 1 + seed as usize % 4;
            let checked = check(&input, threads, 1 << (seed % 10));
            if let Err(error) = checked {
                panic!(
                    "{seed} {form:?}: {error}\n{}",
                    String::from_utf8_lossy(&input.text)
                );
            }
        }
    }
}
