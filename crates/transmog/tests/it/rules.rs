//! Rules by path: any rules give what the naive oracle says, and found maps depend on the input
//! alone.

use crate::{
    cases::{config, ledger_lines, tables},
    properties::text,
};
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};
use transmog::{
    Category, FlattenResult, FoundMap, Input, LossKind, OnError, Rule, TransmogConfig, find_maps,
    flatten, flatten_values,
};
use transmog_testkit::{CaseOptions, IdMode, compare, compare_ledger, generate, oracle};

/// The options with those of the rules that can be followed together.
pub(crate) fn with_rules(mut options: CaseOptions, rules: Vec<String>) -> CaseOptions {
    options.mask_key = Some("key".into());
    options.on_error = "skip".into();
    for rule in rules {
        options.rules.push(rule);
        // Rules are checked before any input.
        let error = flatten("{}", &config(&options)).err();
        if error.is_some_and(|error| error.category() == Category::Config) {
            options.rules.pop();
        }
    }
    let has = |kind: &str| options.rules.iter().any(|rule| rule.starts_with(kind));
    // Ids are made of all that was read: of what is not selected, and of strings, as they are.
    if has("mask") && (has("select") || has("parse")) {
        options.id = IdMode::Random;
    }
    options
}

/// Whether the input and its options give what the oracle says.
fn check(
    records: &[Value],
    origins: &[oracle::Origin],
    options: &CaseOptions,
    result: transmog::Result<FlattenResult>,
) -> Result<(), TestCaseError> {
    let (expected, ledger) = oracle::expected_with_ledger(records, origins, options);
    let fail = |text: String| TestCaseError::fail(format!("{text}\n{:?}", options.rules));
    let accepted = expected[0].rows.len();
    let result = match result {
        Ok(result) => result,
        // A run that accepts none of its records fails.
        Err(_) if accepted == 0 && !records.is_empty() => return Ok(()),
        Err(error) => return Err(fail(error.to_string())),
    };
    let counts = &result.summary().records;
    prop_assert_eq!(counts.rejected as usize, records.len() - accepted);
    compare(&expected, &tables(&result)).map_err(fail)?;
    compare_ledger(&ledger, &ledger_lines(result.summary())).map_err(fail)
}

/// Records with an object that may have any of many keys, words or numbers, and one that has few.
fn records_with_keys() -> impl Strategy<Value = Vec<Value>> {
    let key = prop_oneof![
        (0u32..300).prop_map(|key| format!("k{key}")),
        (0u32..300).prop_map(|key| key.to_string()),
    ];
    let member = prop_oneof![
        2 => any::<i8>().prop_map(Value::from),
        1 => any::<i8>().prop_map(|size| json!({"size": size, "at": "x"})),
        1 => vec((0u32..50, any::<i8>()), 0..4).prop_map(|members| {
            let members = members.into_iter();
            Value::Object(members.map(|(key, value)| (key.to_string(), value.into())).collect())
        }),
    ];
    let record = (vec((key, member), 0..8), any::<i8>(), any::<bool>());
    let record = record.prop_map(|(members, id, flag)| {
        let members = Value::Object(members.into_iter().collect());
        json!({"id": id, "any": members, "few": {"flag": flag, "id": id}})
    });
    vec(record, 1..60)
}

proptest! {
    #[test]
    fn rules_agree_with_the_oracle(
        (records, rules) in generate::records_and_rules(),
        options in generate::options(),
        mismatch_is_null in any::<bool>(),
        threads in 1usize..4,
        chunk_bytes in prop_oneof![Just(1usize), Just(40), Just(4 << 20)],
    ) {
        let options = with_rules(CaseOptions { mismatch_is_null, ..options }, rules);
        let text = text(&records, false);
        let origins = oracle::origins(text.as_bytes(), "<bytes>");
        let config = config(&options).with_threads(threads).with_chunk_bytes(chunk_bytes);
        check(&records, &origins, &options, flatten(text, &config))?;
        check(&records, &[], &options, flatten_values(records.clone(), &config))?;
    }


    /// The maps of an input depend on its records, not on how it is read; and the schema found with
    /// them is that of a run with their rules.
    #[test]
    fn maps_are_those_of_the_input(
        records in records_with_keys(),
        threads in 1usize..4,
        chunk_bytes in prop_oneof![Just(1usize), Just(400), Just(4 << 20)],
    ) {
        let fail = |error: transmog::Error| TestCaseError::fail(error.to_string());
        let plain = TransmogConfig::default().with_time_field(None);
        let json = text(&records, false);
        let search = find_maps(&*json, &plain).map_err(fail)?;
        let other = plain.clone().with_threads(threads).with_chunk_bytes(chunk_bytes);
        let other = find_maps(&*json, &other).map_err(fail)?;
        prop_assert_eq!(&search.maps, &other.maps);
        let paths = |maps: &[FoundMap]| {
            let mut paths: Vec<String> = maps.iter().map(|map| map.path.clone()).collect();
            paths.sort();
            paths
        };
        let reversed: Vec<Value> = records.iter().rev().cloned().collect();
        let reversed = find_maps(text(&reversed, false), &plain).map_err(fail)?;
        prop_assert_eq!(paths(&search.maps), paths(&reversed.maps));

        let result = flatten(&*json, &search.config(&plain)).map_err(fail)?;
        let found = search.schema.tables.iter().map(|table| (table.path.to_string(), table.rows));
        let made = tables(&result).into_iter().map(|table| (table.path, table.rows.len() as u64));
        prop_assert_eq!(found.collect::<Vec<_>>(), made.collect::<Vec<_>>());
        prop_assert_eq!(result.summary().maps.len(), 0);
    }
}

#[test]
fn rules_that_did_nothing_are_named() {
    let idle = [
        "drop $.none",
        "map $.tags[*]",
        "list $.items[*].l",
        "rename $.no=x",
        "carry $.nor",
        "type $.null=int64",
        "parse $.items",
    ];
    let busy = [
        "drop $.d",
        "rename $.items=lines",
        "carry $.id",
        "table $.tags",
        "mask $.m=redact",
        "json $.j",
    ];
    let rule = |text: &&str| {
        let (kind, rest) = text.split_once(' ').expect("a kind and a path");
        Rule::parse(kind, rest).expect("a rule")
    };
    let rules = idle.iter().chain(&busy).map(rule).collect();
    let config = TransmogConfig::default().with_rules(rules);
    let json = r#"{"id":1,"d":2,"m":3,"j":4,"null":null,"tags":["x"],"items":[{"q":1}]}"#;
    let result = flatten(json, &config).expect("tables");
    assert_eq!(result.summary().rules_without_effect, idle);
}

#[test]
fn the_elements_of_a_list_can_be_selected() {
    let json = r#"{"t":[1,2],"u":["a"]}"#;
    for (path, idle) in [("$.t[*]", 0), ("$.none[*]", 1)] {
        let rules = vec![Rule::parse("select", path).expect("a rule")];
        let result = flatten(json, &TransmogConfig::default().with_rules(rules)).expect("a record");
        assert_eq!(result.summary().rules_without_effect.len(), idle, "{path}");
        let names: Vec<_> = result
            .main()
            .schema()
            .columns
            .iter()
            .map(|c| &*c.name)
            .collect();
        assert_eq!(names.contains(&"t"), idle == 0, "{names:?}");
        assert!(!names.contains(&"u"), "{names:?}");
    }
}

/// Lines of one object with many keys, each of which comes nowhere else but for one that comes twice.
fn many_keys() -> String {
    let line = |line: usize| {
        let key = |key: usize| format!("\"k{line}_{key}\":1");
        let keys: Vec<_> = (0..1000).map(key).chain([key(7)]).collect();
        format!("{{\"l\":{{{}}}}}\n", keys.join(","))
    };
    (0..12).map(line).collect()
}

#[test]
fn a_rule_for_a_rejected_record_has_no_effect() {
    let long = "x".repeat(70_000);
    for text in ["", &long] {
        for json in [
            format!(r#"[{{"id":0}},{{"id":1,"t":"no","s":"{text}"]"#),
            format!("{{\"id\":0}}\n{{\"id\":1,\"t\":\"no\",\"s\":\"{text}\"\n"),
            format!("{{\"id\":0}}\n{{\"id\":1,\"t\":\"no\",\"s\":\"{text}\"}}\n"),
        ] {
            let rule = Rule::parse("type", "$.t=int64").expect("a rule");
            let config = TransmogConfig::default()
                .with_rules(vec![rule])
                .with_on_error(OnError::Skip);
            let result = flatten(Input::text(json), &config).expect("tables");
            let idle = &result.summary().rules_without_effect;
            assert_eq!(*idle, ["type $.t=int64"], "{}", text.len());
        }
    }
}

#[test]
fn the_count_of_what_is_left_out_depends_on_no_chunks() {
    let rule = Rule::parse("drop", "$.l.*").expect("a rule");
    let config = TransmogConfig::default().with_rules(vec![rule]);
    let lines = many_keys();
    let counted = |threads: usize, bytes: usize| {
        let config = config.clone().with_threads(threads).with_chunk_bytes(bytes);
        let result = flatten(&*lines, &config).expect("tables");
        let ledger = result.summary().ledger.iter();
        ledger
            .map(|entry| (entry.kind, entry.path.clone(), entry.count))
            .collect::<Vec<_>>()
    };
    let whole = counted(1, 1 << 20);
    assert_eq!(whole, [(LossKind::ByRule, "$.l.*".to_owned(), 12_012)]);
    assert_eq!(counted(1, 10_000), whole);
    assert_eq!(counted(3, 10_000), whole);
}

#[test]
fn a_kept_list_counts_against_the_memory_of_its_record() {
    let rule = Rule::parse("list", "$.a").expect("a rule");
    let config = TransmogConfig::default()
        .with_rules(vec![rule])
        .with_memory_limit(8 << 20);
    let json = format!("{{\"a\":[{}{{}}]}}", "{},".repeat(300_000));
    let error = flatten(&*json, &config).expect_err("it is too large");
    assert!(error.to_string().contains("memory_limit"), "{error}");
}
