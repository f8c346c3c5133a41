//! Bounds hold while the input is read, and limits that messages suggest are enough.

use std::fmt::Write as _;
use transmog::{
    ArrayMode, Category, OnError, Output, Result, Rule, TransmogConfig, flatten, flatten_stream,
    flatten_values,
};

/// An object with this many keys, each with this value.
fn keys(count: usize, value: &str) -> String {
    let members: Vec<_> = (0..count).map(|at| format!("\"k{at}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// The number behind `option = ` in a message.
fn advised(message: &str, option: &str) -> Option<usize> {
    let (_, rest) = message.split_once(&format!("{option} = "))?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The rule in a message.
fn advised_map(message: &str) -> Option<Rule> {
    let (_, rest) = message.split_once("(--map '")?;
    let (path, _) = rest.split_once("')")?;
    Some(Rule::parse("map", path).expect("a rule"))
}

/// Follows the advice of errors until the run succeeds, that to make maps only if it is to; returns
/// the errors.
fn follow(input: &str, mut config: TransmogConfig, makes_maps: bool) -> Vec<String> {
    let mut errors = Vec::new();
    while errors.len() < 4 {
        let message = match flatten(input, &config) {
            Ok(_) => return errors,
            Err(error) => error.to_string(),
        };
        config = if let Some(map) = advised_map(&message).filter(|_| makes_maps) {
            let rules = [config.rules(), &[map]].concat();
            config.with_rules(rules)
        } else if let Some(depth) = advised(&message, "max_depth") {
            config.with_max_depth(depth)
        } else if message.contains("array mode inline") {
            config.with_array_mode(ArrayMode::Inline)
        } else if let Some(columns) = advised(&message, "max_columns") {
            config.with_max_columns(columns)
        } else if let Some(tables) = advised(&message, "max_tables") {
            config.with_max_tables(tables)
        } else if let Some(bytes) = advised(&message, "memory_limit") {
            config.with_memory_limit(bytes)
        } else {
            panic!("no advice in: {message}")
        };
        errors.push(message);
    }
    panic!("the advice does not lead to success: {errors:#?}")
}

#[test]
fn suggested_limits_are_enough() {
    let config = || {
        TransmogConfig::default()
            .with_max_columns(50)
            .with_max_tables(50)
    };
    for (input, steps) in [
        // The keys are data: at the top, below it, in rows, with objects for values.
        (keys(200, "1"), 1),
        (format!("{{\"a\":{}}}", keys(200, "1")), 1),
        (format!("{{\"a\":[{},{{}}]}}", keys(200, "1")), 1),
        (
            format!("{{\"a\":[{{\"b\":{}}}]}}", keys(200, "{\"x\":1,\"y\":2}")),
            1,
        ),
        (keys(200, "{\"x\":1,\"y\":{\"z\":[1]}}"), 1),
        (
            format!(
                "{{\"small\":{{\"n\":1}},\"a\":{},\"z\":{{\"n\":1}}}}",
                keys(49, "1")
            ),
            1,
        ),
        // Each its own table.
        (format!("{{\"a\":{}}}", keys(200, "[{}]")), 1),
        (keys(200, "[{\"x\":1}]"), 1),
        // Over several records.
        (
            (0..20).fold(String::new(), |mut lines, line| {
                let _ = writeln!(
                    lines,
                    "{}",
                    keys(10, "1").replace("\"k", &format!("\"k{line}_"))
                );
                lines
            }),
            1,
        ),
    ] {
        let errors = follow(&input, config(), false);
        assert_eq!(errors.len(), steps, "{errors:#?}");
        let errors = follow(&input, config(), true);
        assert_eq!(errors.len(), 1, "{errors:#?}");
    }
}

#[test]
fn a_name_counts_as_often_as_it_is_in_memory() {
    let record = |key: usize| format!("{{\"{}\":1}}", "k".repeat(key));
    let config = TransmogConfig::default().with_memory_limit(16 << 20);
    flatten(&*record(1 << 20), &config).expect("short enough");
    let error = flatten(&*record(3 << 20), &config).expect_err("too long");
    assert!(error.to_string().contains("memory_limit"), "{error}");
}

#[test]
fn errors_of_too_many_keys_suggest_a_limit() {
    let config = TransmogConfig::default().with_max_columns(50);
    let errors = follow(&keys(200, "1"), config, false);
    let [error] = &errors[..] else {
        panic!("{errors:#?}");
    };
    let advice = "or allow more columns (max_columns = ";
    assert!(error.contains(advice), "{error}");
}

#[test]
fn names_count_against_the_limit_and_messages_stay_short() {
    let key = "key".repeat(30_000);
    let long = format!("{{\"{key}\":{}}}", keys(10_000, "1"));
    let long_lines = (0..200).fold(String::new(), |mut lines, line| {
        let _ = writeln!(lines, "{{\"{line}{key}\":1}}");
        lines
    });
    let config = TransmogConfig::default().with_memory_limit(64 << 20);
    for (input, chunk_bytes) in [(&long, 4 << 20), (&long_lines, 4 << 20), (&long_lines, 1)] {
        let config = config.clone().with_chunk_bytes(chunk_bytes);
        let message = flatten(&**input, &config)
            .expect_err("too long")
            .to_string();
        assert!(message.contains("memory_limit"), "{message}");
        assert!(message.len() < 1000, "{} bytes", message.len());
        // Otherwise the advice would have to be given more than once.
        assert_eq!(advised(&message, "memory_limit"), None, "{message}");
    }
    assert_eq!(follow(&long, config, false).len(), 1);
}

#[test]
fn lines_of_the_ledger_count_against_the_limit() {
    let lines = (0..100_000).fold(String::new(), |mut lines, line| {
        let _ = writeln!(lines, "{{\"k{line}\":{{}}}}");
        lines
    });
    let config = TransmogConfig::default().with_memory_limit(1 << 20);
    for chunk_bytes in [1 << 10, 4 << 20] {
        let config = config.clone().with_chunk_bytes(chunk_bytes);
        let error = flatten(&*lines, &config).expect_err("too many paths");
        assert!(error.to_string().contains("memory_limit"), "{error}");
    }
}

/// Runs to files and returns the summary's counts and rejected records.
fn stream(input: &str, config: &TransmogConfig) -> Result<(u64, u64, Vec<String>)> {
    let directory = tempfile::tempdir().expect("a directory");
    let output = Output::new(transmog_csv::Format::default());
    let summary = flatten_stream(input, directory.path(), &output, config)?;
    let rejections = summary
        .rejections
        .iter()
        .map(|(place, why)| format!("{place}: {why}"));
    Ok((
        summary.records.accepted,
        summary.records.rejected,
        rejections.collect(),
    ))
}

#[test]
fn a_record_that_becomes_too_large_is_an_error_of_the_record() {
    let rows = vec!["{}"; 50_000].join(",");
    let cells: Vec<_> = (0..20_000)
        .map(|row| format!("{{\"k{}\":1}}", row % 500))
        .collect();
    let list = vec!["1"; 150_000].join(",");
    for (large, path) in [
        (format!("{{\"a\":[{rows}]}}"), "$.a[*]"),
        (
            format!("{{\"b\":{{\"a\":[{}]}}}}", cells.join(",")),
            "$.b.a[*]",
        ),
        (format!("{{\"a\":[{list}]}}"), "$.a"),
    ] {
        let input = format!("{{\"i\":1}}\n{large}\n{{\"i\":2}}\n{large}\n{{\"i\":3}}\n");
        let array = format!("[{}]", input.trim_end().replace('\n', ","));
        let base = TransmogConfig::default().with_memory_limit(8 << 20);
        assert_eq!(follow(&large, base.clone(), false).len(), 1);
        let error = stream(&input, &base).expect_err("too large");
        assert_eq!(error.category(), Category::Data);
        let location = error.location().expect("a place");
        assert_eq!((location.record, location.line), (Some(2), Some(2)));
        assert_eq!(location.path.as_deref(), Some(path));
        assert!(error.to_string().contains("memory_limit"), "{error}");
        let skip = base.with_on_error(OnError::Skip);
        let (accepted, rejected, places) = stream(&input, &skip).expect("a run");
        assert_eq!((accepted, rejected), (3, 2), "{places:?}");
        for threads in [1, 4] {
            for chunk_bytes in [20_000, 4 << 20] {
                let config = skip
                    .clone()
                    .with_threads(threads)
                    .with_chunk_bytes(chunk_bytes);
                assert_eq!(
                    stream(&input, &config).expect("a run"),
                    (3, 2, places.clone())
                );
                let (accepted, rejected, _) = stream(&array, &config).expect("a run");
                assert_eq!((accepted, rejected), (3, 2));
            }
        }
    }
}

#[test]
fn threads_that_wait_for_memory_all_get_their_turn() {
    let items = vec!["{\"x\":1}"; 3_000].join(",");
    let lines = format!("{{\"a\":[{items}]}}\n").repeat(40);
    // The limit is so low that every worker waits for its turn.
    let config = TransmogConfig::default()
        .with_memory_limit(1)
        .with_threads(4);
    assert_eq!(stream(&lines, &config).expect("a run").0, 40);
}

#[test]
fn a_record_that_is_too_long_fails_with_the_error_of_its_beginning() {
    let config = TransmogConfig::default().with_memory_limit(1 << 20);
    let long = keys(1_000_000, "1");
    let message = flatten(&*long, &config)
        .expect_err("too many keys")
        .to_string();
    assert!(message.contains("max_columns"), "{message}");
    let text = format!("{{\"a\":\"{}\"}}", "x".repeat(10 << 20));
    let message = flatten(&*text, &config).expect_err("too long").to_string();
    assert!(
        message.contains("4194304 bytes (memory_limit)"),
        "{message}"
    );
}

#[test]
fn values_that_nest_too_deeply_are_refused() {
    struct Nested(usize);
    impl serde::Serialize for Nested {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0 {
                0 => serializer.serialize_i64(1),
                _ => serializer.collect_map([("a", Self(self.0 - 1))]),
            }
        }
    }
    let config = TransmogConfig::default();
    let run = move |levels| flatten_values([Nested(levels)], &config);
    // Unoptimised code needs more stack than test threads have.
    let thread = std::thread::Builder::new().stack_size(64 << 20);
    let check = move || {
        assert!(run(1024).is_ok());
        for levels in [1025, 10_000_000] {
            let error = run(levels).expect_err("too deep").to_string();
            assert!(error.contains("at most 1024 levels"), "{error}");
        }
    };
    let done = thread.spawn(check).expect("a thread").join();
    done.expect("no panic");
}

#[test]
fn sparse_cells_arrive_in_their_columns() {
    let lines = (0..6_000).fold(String::new(), |mut lines, line| {
        let _ = writeln!(lines, "{{\"c{}\":{line}}}", line * 7 % 3_000);
        lines
    });
    for memory_limit in [1 << 20, 256 << 20] {
        let directory = tempfile::tempdir().expect("a directory");
        let config =
            (TransmogConfig::default().with_time_field(None)).with_memory_limit(memory_limit);
        let output = Output::new(transmog_csv::Format::default());
        flatten_stream(&*lines, directory.path(), &output, &config).expect("a run");
        let csv = std::fs::read_to_string(directory.path().join("data.csv")).expect("a file");
        let mut rows = csv.lines();
        let names: Vec<_> = rows.next().expect("a header").split(',').collect();
        for line in 0..6_000 {
            let row = rows.next().expect("a row");
            let cells: Vec<_> = row.split(',').collect();
            assert_eq!(cells.len(), names.len());
            let filled: Vec<_> = (1..cells.len())
                .filter(|at| !cells[*at].is_empty())
                .collect();
            let found: Vec<_> = filled.iter().map(|at| (names[*at], cells[*at])).collect();
            let (name, cell) = (format!("c{}", line * 7 % 3_000), line.to_string());
            assert_eq!(found, [(name.as_str(), cell.as_str())]);
        }
        assert_eq!(rows.next(), None);
    }
}

#[test]
fn ids_copied_into_rows_below_count_where_they_are() {
    use transmog::IdGeneration;
    let id = "x".repeat(100_000);
    let rows = vec!["{}"; 1000].join(",");
    let config = TransmogConfig::default()
        .with_id_generation(IdGeneration::Natural)
        .with_id_field("id");
    let small = config.clone().with_memory_limit(64 << 20);
    // The id comes before or after its rows, in the main table or another one.
    for (record, path) in [
        (format!("{{\"id\":\"{id}\",\"a\":[{rows}]}}"), "$.a[*]"),
        (format!("{{\"a\":[{rows}],\"id\":\"{id}\"}}"), "$.a[*]"),
        (
            format!("{{\"id\":1,\"a\":[{{\"id\":\"{id}\",\"b\":[{rows}]}}]}}"),
            "$.a[*].b[*]",
        ),
    ] {
        let error = flatten(&*record, &small)
            .expect_err("too large")
            .to_string();
        assert!(
            error.contains("becomes at most") && error.contains(path),
            "{error}"
        );
        flatten(&*record, &config).expect("there is memory enough");
    }
    // With a root field, the id of the record is also in rows that have another parent.
    let below = format!("{{\"id\":\"{id}\",\"a\":[{{\"b\":[{rows}]}}]}}");
    flatten(&*below, &small).expect("one row has the long id for a parent");
    let with_root = small.clone().with_root_field(Some("root".to_owned()));
    flatten(&*below, &with_root).expect_err("too large");
}

/// Whether a record is too large does not depend on other records.
#[test]
fn a_long_id_costs_no_record_beside_it() {
    use transmog::IdGeneration;
    let id = "x".repeat(1_000_000);
    let rows = vec!["{}"; 1500].join(",");
    let lines = format!("{{\"id\":\"{id}\",\"a\":[{{}}]}}\n{{\"id\":1,\"a\":[{rows}]}}\n");
    let config = TransmogConfig::default()
        .with_id_generation(IdGeneration::Natural)
        .with_id_field("id")
        .with_memory_limit(64 << 20);
    let result = flatten(lines, &config).expect("each is small");
    assert_eq!(result.tables()[0].len(), 1501);
}

#[test]
fn more_tables_than_open_files_and_memory() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut json = String::new();
    for record in 0..2000 {
        let key = record % 300;
        json += &format!("{{\"k{key}\":[{{\"a\":{record},\"b\":[{{\"c\":\"{record}\"}}]}}]}}\n");
    }
    let output = Output::of(transmog::OutputFormat::Csv).expect("a format");
    let config = TransmogConfig::default()
        .with_memory_limit(1 << 16)
        .with_chunk_bytes(1000)
        .with_time_field(None);
    let summary = flatten_stream(json, directory.path(), &output, &config).expect("a run");
    assert_eq!(summary.tables.len(), 601);
    for (at, table) in summary.tables.iter().enumerate() {
        let path = directory
            .path()
            .join(table.file.as_deref().expect("a file"));
        let text = std::fs::read_to_string(path).expect("text");
        let lines: Vec<_> = text.lines().skip(1).collect();
        assert_eq!(lines.len() as u64, table.rows, "{}", table.name);
        let last = |line: &&str| line.rsplit(',').next().map(str::to_owned);
        let values: Vec<u32> = lines
            .iter()
            .filter_map(last)
            .filter_map(|v| v.parse().ok())
            .collect();
        assert!(at == 0 || values.len() == lines.len());
        assert!(values.is_sorted(), "{}: rows in order", table.name);
    }
}

#[test]
fn limits_name_the_object() {
    let keys = |count: usize| {
        let keys: Vec<_> = (0..count)
            .map(|key| format!("\"k{key}\":{{\"n\":1}}"))
            .collect();
        format!("{{\"users\":{{{}}}}}", keys.join(","))
    };
    for chunk_bytes in [10, 4 << 20] {
        let config = TransmogConfig::default()
            .with_max_columns(100)
            .with_chunk_bytes(chunk_bytes);
        assert!(transmog::flatten(keys(100), &config).is_ok());
        let error = transmog::flatten(keys(300), &config).expect_err("too many");
        let message = error.to_string();
        assert!(
            message.contains("$.users") && message.contains("max_columns"),
            "{message}"
        );
    }
    let arrays: Vec<_> = (0..50).map(|key| format!("\"k{key}\":[{{}}]")).collect();
    let json = format!("{{\"by_id\":{{{}}}}}", arrays.join(","));
    let config = TransmogConfig::default().with_max_tables(20);
    let error = transmog::flatten(json, &config).expect_err("too many");
    let message = error.to_string();
    assert!(
        message.contains("$.by_id") && message.contains("max_tables"),
        "{message}"
    );
}
