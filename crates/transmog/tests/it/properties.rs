//! Any input gives the same tables as the naive oracle.

use crate::{
    cases::{config, ledger_lines, tables},
    files::FORMATS,
    fuzz::checks::check_files,
    rules::with_rules,
};
use proptest::prelude::*;
use transmog::{IdGeneration, LossKind, Manifest, Output, flatten, flatten_stream, flatten_values};
use transmog_testkit::{CaseOptions, IdMode, compare, compare_ledger, generate, oracle};

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
        let mut config = config(&options)
            .with_time_field(None)
            .with_threads(threads)
            .with_chunk_bytes(chunk_bytes)
            .with_memory_limit(memory_limit);
        if options.id == IdMode::Random && options.seed.is_none() {
            config = config.with_id_generation(IdGeneration::Hash);
        }
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

    /// Natural ids of all kinds, in three tables, in memory and in files written in segments.
    #[test]
    fn natural_ids_agree_with_the_oracle(
        records in natural_records(),
        (exact, stringify, root) in any::<(bool, bool, bool)>(),
        detect in generate::detect_types(),
        format in 0usize..5,
        threads in 1usize..9,
        chunk_bytes in prop_oneof![Just(1usize), Just(60), Just(4 << 20)],
        memory_limit in prop_oneof![Just(4096usize), Just(256 << 20)],
    ) {
        let options = CaseOptions {
            id: IdMode::Natural,
            exact_numbers: exact,
            stringify,
            detect_types: if stringify { Vec::new() } else { detect },
            root_field: root.then(|| "_root".into()),
            ..CaseOptions::default()
        };
        let text = text(&records, false);
        let origins = oracle::origins(text.as_bytes(), "<bytes>");
        let (expected, ledger) = oracle::expected_with_ledger(&records, &origins, &options);
        let config = config(&options)
            .with_threads(threads)
            .with_chunk_bytes(chunk_bytes)
            .with_memory_limit(memory_limit);
        let fail = |error: transmog::Error| TestCaseError::fail(error.to_string());
        let result = flatten(&*text, &config).map_err(fail)?;
        compare(&expected, &tables(&result)).map_err(TestCaseError::fail)?;
        compare_ledger(&ledger, &ledger_lines(result.summary())).map_err(TestCaseError::fail)?;
        let output = Output::of(FORMATS[format]).map_err(fail)?;
        let directory = tempfile::tempdir().expect("a temporary directory");
        let summary = flatten_stream(&*text, directory.path(), &output, &config).map_err(fail)?;
        let files: Vec<_> = summary.tables.iter().filter_map(|t| t.file.clone()).collect();
        check_files(&result, &files, FORMATS[format], directory.path())
            .map_err(TestCaseError::fail)?;
    }
}

/// Ids of many types.
const IDS: [&str; 15] = [
    "1",
    "2",
    "-7",
    "9007199254740993",
    "18446744073709551616",
    "2.5",
    "1e300",
    "true",
    "\"x\"",
    "\"5\"",
    "1.123456789012345678",
    "1e400",
    "\"0190163d-8694-739b-aea5-966c26f8ad90\"",
    "\"11111111-1111-1111-1111-111111111111\"",
    "\"2026-01-02\"",
];

/// Records with ids at three levels, mostly integers or mostly UUIDs, so that types widen late.
/// Children may have none.
fn natural_records() -> impl Strategy<Value = Vec<serde_json::Value>> {
    prop_oneof![2 => Just(0usize..3), 1 => Just(12..14)].prop_flat_map(records_of_ids)
}

fn records_of_ids(most: std::ops::Range<usize>) -> impl Strategy<Value = Vec<serde_json::Value>> {
    let id = move || {
        let ids = prop_oneof![6 => most.clone(), 1 => 0..IDS.len()];
        ids.prop_map(|at| serde_json::from_str::<serde_json::Value>(IDS[at]).expect("JSON"))
    };
    let child = || proptest::option::weighted(0.9, id());
    let rows = proptest::collection::vec((child(), proptest::collection::vec(child(), 0..3)), 0..3);
    let record = (id(), rows).prop_map(|(id, rows)| {
        let with = |id: Option<serde_json::Value>| match id {
            Some(id) => serde_json::json!({"_id": id, "v": 1}),
            None => serde_json::json!({"v": 2}),
        };
        let rows = rows.into_iter().map(|(id, below)| {
            let mut row = with(id);
            row["u"] = below.into_iter().map(with).collect();
            row
        });
        serde_json::json!({"_id": id, "t": rows.collect::<Vec<_>>()})
    });
    proptest::collection::vec(record, 1..12)
}
