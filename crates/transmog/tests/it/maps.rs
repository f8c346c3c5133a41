//! Maps found before a run.

use crate::properties::text;
use proptest::prelude::*;
use std::io::Cursor;
use transmog::{Input, Schema, TransmogConfig, find_maps, flatten};
use transmog_testkit::generate;

/// Each tenth record has another few of many words, and a map of maps.
fn words() -> Vec<String> {
    let record = |at: usize| {
        let word = |key: usize| format!("\"word{}\":{}", (at * 7 + key * 13) % 90, key);
        let words: Vec<_> = (0..4).map(word).collect();
        format!(
            "{{\"id\":{at},\"words\":{{{}}},\"versions\":{{\"1.{at}.0\":{{\"deps\":{{\"a/b\":1}}}}}}}}",
            words.join(",")
        )
    };
    (0..300).map(record).collect()
}

fn found(records: &[String], config: &TransmogConfig) -> (Vec<String>, Schema) {
    let search = find_maps(records.join("\n"), config).expect("a search");
    let mut paths: Vec<_> = search.maps.iter().map(|map| map.path.clone()).collect();
    paths.sort();
    (paths, search.schema)
}

#[test]
fn maps_do_not_depend_on_threads_chunks_or_the_order_of_records() {
    let mut records = words();
    let config = TransmogConfig::default();
    let (paths, schema) = found(&records, &config);
    assert_eq!(paths, ["$.versions", "$.versions.*.deps", "$.words"]);
    for threads in [1, 2, 5] {
        for bytes in [64, 1000, 1 << 20] {
            let config = config.clone().with_threads(threads).with_chunk_bytes(bytes);
            assert_eq!(found(&records, &config), (paths.clone(), schema.clone()));
        }
    }
    records.reverse();
    assert_eq!(found(&records, &config).0, paths);
}

#[test]
fn input_that_is_read_once_is_kept() {
    let config = TransmogConfig::default();
    let records = words().join("\n");
    let rows = |input: Input| {
        let search = find_maps(input, &config).expect("a search");
        let config = search.config(&config);
        let result = flatten(search.into_input(), &config).expect("tables");
        let tables = result.all_tables().iter();
        tables
            .map(|table| (table.name().to_owned(), table.len()))
            .collect::<Vec<_>>()
    };
    let expected = [
        ("data", 300),
        ("data_words", 1200),
        ("data_versions", 300),
        ("data_versions_deps", 300),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, rows)| ((*name).to_owned(), *rows))
        .collect();
    assert_eq!(rows(Input::reader(Cursor::new(records.clone()))), expected);
    assert_eq!(rows(Input::text(&records)), expected);
}

#[test]
fn more_keys_than_columns_are_a_map() {
    let config = TransmogConfig::default()
        .with_max_columns(50)
        .with_max_tables(50);
    let object = |value: &str| {
        let members: Vec<_> = (0..500)
            .map(|key| format!("\"key{key}\":{value}"))
            .collect();
        format!("{{{}}}", members.join(","))
    };
    for (json, path, records_path) in [
        (object("1"), "$", None),
        (object("{\"a\":1}"), "$", Some("$.*")),
        (object("[{\"a\":1}]"), "$", Some("$.*")),
        (format!("{{\"o\":{}}}", object("{\"a\":[{}]}")), "$.o", None),
        (format!("{{\"o\":[{}]}}", object("[{}]")), "$.o[*]", None),
    ] {
        let search = find_maps(&*json, &config).expect("a search");
        assert_eq!(search.maps[0].path, path);
        assert_eq!(search.records_path.as_deref(), records_path, "{path}");
        assert!(search.schema.tables.len() < 5);
    }
}

proptest! {
    #[test]
    fn the_search_ends_with_tables_of_all_values(records in generate::records()) {
        let config = TransmogConfig::default();
        let fail = |error: transmog::Error| TestCaseError::fail(error.to_string());
        let search = find_maps(&*text(&records, true), &config).map_err(fail)?;
        prop_assert_eq!(search.summary.records.accepted, records.len() as u64);
        let config = search.config(&config);
        let result = flatten(search.into_input(), &config).map_err(fail)?;
        prop_assert!(result.summary().maps.is_empty());
        prop_assert!(result.summary().rules_without_effect.is_empty());
    }
}
