//! Any input gives the same tables as the naive oracle.

use crate::{
    cases::{config, ledger_lines, tables},
    files::FORMATS,
    fuzz::checks::check_files,
    rules::with_rules,
};
use proptest::prelude::*;
use transmog::{IdGeneration, LossKind, Manifest, Output, flatten, flatten_stream, flatten_values};
use transmog_testkit::{compare, compare_ledger, generate, oracle};

/// The records as JSON lines, or as an array when `is_array`.
pub(crate) fn text(records: &[serde_json::Value], is_array: bool) -> String {
    let lines: Vec<String> = records.iter().map(ToString::to_string).collect();
    if is_array {
        format!("[{}]", lines.join(",\n"))
    } else {
        lines.join("\n")
    }
}

proptest! {
    #[test]
    fn bytes_agree_with_the_oracle(
        records in generate::records(),
        options in generate::options(),
        is_array in any::<bool>(),
        threads in 1usize..4,
        chunk_bytes in prop_oneof![Just(1usize), Just(40), Just(4 << 20)],
    ) {
        let text = text(&records, is_array);
        let origins = oracle::origins(text.as_bytes(), "<bytes>");
        let (expected, ledger) = oracle::expected_with_ledger(&records, &origins, &options);
        let config = config(&options).with_threads(threads).with_chunk_bytes(chunk_bytes);
        let result = flatten(text, &config);
        let result = result.map_err(|error| TestCaseError::fail(error.to_string()))?;
        compare(&expected, &tables(&result)).map_err(TestCaseError::fail)?;
        compare_ledger(&ledger, &ledger_lines(result.summary())).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn values_agree_with_the_oracle(
        records in generate::records(),
        options in generate::options(),
    ) {
        let (expected, ledger) = oracle::expected_with_ledger(&records, &[], &options);
        let result = flatten_values(records, &config(&options));
        let result = result.map_err(|error| TestCaseError::fail(error.to_string()))?;
        compare(&expected, &tables(&result)).map_err(TestCaseError::fail)?;
        compare_ledger(&ledger, &ledger_lines(result.summary())).map_err(TestCaseError::fail)?;
    }

    /// Files written in segments, with any threads and memory limit, have the same rows as tables
    /// in memory.
    #[test]
    fn files_agree_with_memory(
        (records, rules) in generate::records_and_rules(),
        options in generate::options(),
        format in 0usize..5,
        threads in 1usize..9,
        chunk_bytes in prop_oneof![Just(1usize), Just(40), Just(400)],
        memory_limit in prop_oneof![Just(1usize), Just(4096), Just(65536), Just(256 << 20)],
    ) {
        let format = FORMATS[format];
        let options = with_rules(options, rules);
        let config = config(&options)
            .with_id_generation(IdGeneration::Hash)
            .with_time_field(None)
            .with_threads(threads)
            .with_chunk_bytes(chunk_bytes)
            .with_memory_limit(memory_limit);
        let text = text(&records, false);
        let fail = |error: transmog::Error| TestCaseError::fail(error.to_string());
        let output = Output::of(format).map_err(fail)?;
        let result = flatten(&*text, &config);
        if result.is_err() && !options.rules.is_empty() {
            // Rules rejected all records.
            return Ok(());
        }
        let result = result.map_err(fail)?;
        let directory = tempfile::tempdir().expect("a temporary directory");
        let summary = flatten_stream(&*text, directory.path(), &output, &config).map_err(fail)?;
        let files: Vec<_> = summary.tables.iter().filter_map(|t| t.file.clone()).collect();
        check_files(&result, &files, format, directory.path()).map_err(TestCaseError::fail)?;
        // The formats add their own lines.
        let of_writers = [LossKind::CellGuarded, LossKind::StoredAsText, LossKind::ColumnRenamed];
        let lines = |summary: &transmog::Summary| {
            let lines = summary.ledger.iter().filter(|line| !of_writers.contains(&line.kind));
            lines.cloned().collect::<Vec<_>>()
        };
        prop_assert_eq!(lines(&summary), lines(result.summary()));
        let names: Vec<_> = std::fs::read_dir(directory.path()).expect("a directory").collect();
        prop_assert_eq!(names.len(), files.len() + 1, "nothing else is left but the manifest");
        let manifest = Manifest::read(directory.path()).map_err(fail)?.expect("a manifest");
        manifest.check(directory.path()).map_err(fail)?;
    }
}
