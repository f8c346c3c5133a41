//! Finding, merging and using schemas.

use crate::{cases::config, properties::text};
use proptest::prelude::*;
use std::{collections::BTreeMap, fs, sync::Arc};
use transmog::{
    Action, DetectType, Drift, LossKind, Numbers, Observed, OnDrift, OnMismatch, Output,
    OutputFormat, Rule, Schema, TransmogConfig, flatten, flatten_stream,
};
use transmog_testkit::generate;

/// The content of a schema in any order, without tables that have no rows.
fn content(schema: &Schema) -> BTreeMap<String, (u64, BTreeMap<String, Observed>)> {
    let columns = |table: &transmog::SchemaTable| {
        let columns = table.columns.iter();
        let columns = columns.map(|column| (column.path.to_string(), column.seen));
        (table.rows, columns.collect())
    };
    let tables = schema.tables.iter();
    let tables = tables.map(|table| (table.path.to_string(), columns(table)));
    tables.collect()
}

proptest! {
    #[test]
    fn a_schema_is_that_of_the_tables(
        records in generate::records(),
        options in generate::options(),
        threads in 1usize..4,
    ) {
        let config = config(&options).with_threads(threads).with_chunk_bytes(40);
        let fail = |error: transmog::Error| TestCaseError::fail(error.to_string());
        let text = text(&records, false);
        let result = flatten(&*text, &config).map_err(fail)?;
        let schema = discovered(&*text, &config).map_err(fail)?;
        let expected: Vec<_> = result.all_tables().iter().map(|t| t.schema().clone()).collect();
        prop_assert_eq!(schema.table_schemas(&config.naming()), expected);
        prop_assert_eq!(&Schema::from_json(&schema.to_json()).map_err(fail)?, &schema);
        // With the schema, nothing drifts, and the tables are the same.
        let given = config
            .with_schema(Some(Arc::new(schema)))
            .with_on_drift(OnDrift::Error);
        let again = flatten(&*text, &given).map_err(fail)?;
        let tables = |result: &transmog::FlattenResult| {
            let tables = result.all_tables().iter();
            tables.map(|t| (t.schema().clone(), t.len())).collect::<Vec<_>>()
        };
        prop_assert_eq!(tables(&again), tables(&result));
    }

    #[test]
    fn merging_parts_gives_the_whole(
        a in generate::records(),
        b in generate::records(),
        c in generate::records(),
        options in generate::options(),
    ) {
        let config = config(&options);
        let fail = |error: transmog::Error| TestCaseError::fail(error.to_string());
        let parts: Result<Vec<_>, _> =
            [&a, &b, &c].map(|records| discovered(text(records, true), &config)).into_iter().collect();
        let [a_schema, b_schema, c_schema] = &parts.map_err(fail)?[..] else { unreachable!() };
        let merged = |one: &Schema, other: &Schema| {
            let mut merged = one.clone();
            merged.merge(other);
            merged
        };
        let left = merged(&merged(a_schema, b_schema), c_schema);
        prop_assert_eq!(&left, &merged(a_schema, &merged(b_schema, c_schema)));
        let reversed = merged(&merged(c_schema, b_schema), a_schema);
        prop_assert_eq!(content(&left), content(&reversed));
        let all: Vec<_> = [a, b, c].concat();
        prop_assert_eq!(left, discovered(text(&all, true), &config).map_err(fail)?);
    }
}

fn given(json: &str, on_drift: OnDrift) -> TransmogConfig {
    let schema = discovered(json, &TransmogConfig::default()).expect("a schema");
    TransmogConfig::default()
        .with_schema(Some(Arc::new(schema)))
        .with_on_drift(on_drift)
}

const KNOWN: &str = r#"[{"a":1,"l":[1],"t":[{"x":true}]},{"a":2.5}]"#;

#[test]
fn drift_is_an_error_that_names_the_path() {
    for (json, path) in [
        (r#"{"a":1}{"b":1}"#, "$.b"),
        (r#"{"a":1}{"a":"x"}"#, "$.a"),
        (r#"{"a":1}{"a":9007199254740993}"#, "$.a"),
        (r#"{"a":1}{"l":["x"]}"#, "$.l"),
        (r#"{"a":1}{"l":7}"#, "$.l"),
        (r#"{"a":1}{"l":[{"y":1}]}"#, "$.l[*]"),
        (r#"{"a":1}{"t":[{"x":0}]}"#, "$.t[*].x"),
        (r#"{"a":1}{"t":[5]}"#, "$.t"),
    ] {
        let error = flatten(json, &given(KNOWN, OnDrift::Error)).expect_err(json);
        let location = error.location().expect("a place");
        assert_eq!(location.record, Some(2), "{json}: {error}");
        assert_eq!(location.path.as_deref(), Some(path), "{json}: {error}");
        assert!(error.to_string().contains("schema"), "{error}");
        assert!(flatten(json, &given(KNOWN, OnDrift::Evolve)).is_ok());
    }
    for json in [
        r#"{"a":7}"#,
        r#"{"a":null,"b":null}"#,
        r#"{"t":[{},{"x":false}],"l":[]}"#,
    ] {
        assert!(
            flatten(json, &given(KNOWN, OnDrift::Error)).is_ok(),
            "{json}"
        );
    }
}

#[test]
fn more_digits_than_the_schema_has_are_drift() {
    let by_hand = r#"{"version":2,"table":[{"path":"$","columns":[{"path":"$.a","type":"decimal(38,18)"}]}]}"#;
    let schema = Schema::from_json(by_hand).expect("a schema");
    assert_eq!(
        schema.tables[0].columns[0].column_type().to_string(),
        "decimal(38,18)"
    );
    let config = TransmogConfig::default()
        .with_numbers(Numbers::Exact)
        .with_schema(Some(Arc::new(schema)))
        .with_on_drift(OnDrift::Error);
    for (json, is_drift) in [
        (
            r#"{"a":7}{"a":0.5}{"a":12345678901234567890.123456789012345678}"#,
            false,
        ),
        (r#"{"a":1.1234567890123456789}"#, true),
        (r#"{"a":123456789012345678901}"#, true),
        (r#"{"a":1e21}"#, true),
    ] {
        assert_eq!(flatten(json, &config).is_err(), is_drift, "{json}");
    }
}

#[test]
fn drift_goes_to_quarantine() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let json =
        "{\"a\":1}\n{\"a\":\"x\",\"t\":[{\"x\":true}]}\n{\"new\":[[1]]}\n{\"t\":[{\"x\":false}]}\n";
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let config = given(KNOWN, OnDrift::Quarantine);
    let summary = flatten_stream(json, directory.path(), &output, &config).expect("a run");
    assert_eq!((summary.records.accepted, summary.records.rejected), (2, 2));
    let rows: Vec<_> = summary
        .tables
        .iter()
        .map(|t| (t.name.as_str(), t.rows))
        .collect();
    assert_eq!(rows, [("data", 2), ("data_t", 1)]);
    let name = summary.quarantine.expect("rejected records");
    let rejected = fs::read_to_string(directory.path().join(name)).expect("a file");
    let raw: Vec<_> = rejected
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["raw"].clone())
        .collect();
    assert_eq!(
        raw,
        ["{\"a\":\"x\",\"t\":[{\"x\":true}]}", "{\"new\":[[1]]}"]
    );
}

#[test]
fn a_table_of_the_schema_without_rows_is_a_file() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let config = given(KNOWN, OnDrift::Error).with_time_field(None);
    let summary = flatten_stream("{}", directory.path(), &output, &config).expect("a run");
    assert_eq!(summary.tables.len(), 2);
    let text = fs::read_to_string(directory.path().join("data_t.csv")).expect("a file");
    assert_eq!(text, "_id,_parent_id,x\n");
}

#[test]
fn text_that_is_not_a_schema_is_refused() {
    for text in [
        "",
        "{}",
        r#"{"version":9,"table":[]}"#,
        r#"{"version":2,"table":[]}"#,
        r#"{"version":2,"table":[{"path":"$","columns":[{"path":"a","type":"text"}]}]}"#,
        r#"{"version":2,"table":[{"path":"$","columns":[{"path":"$.a","type":"int"}]}]}"#,
        r#"{"version":2,"table":[{"path":"$","columns":[{"path":"$.a","type":"text","kinds":["integer"]}]}]}"#,
    ] {
        assert!(Schema::from_json(text).is_err(), "{text}");
    }
    for wrong in [
        r#""decimal(38,39)""#,
        r#""decimal(38,2)","kinds":["decimal"],"digits":[2,40]"#,
    ] {
        let text = format!(
            r#"{{"version":2,"table":[{{"path":"$","columns":[{{"path":"$.a","type":{wrong}}}]}}]}}"#
        );
        assert!(Schema::from_json(&text).is_err(), "{text}");
    }
    let by_hand =
        r#"{"version":2,"table":[{"path":"$","columns":[{"path":"$.a","type":"list<float64>"}]}]}"#;
    let schema = Schema::from_json(by_hand).expect("a schema");
    assert_eq!(
        schema.tables[0].columns[0].column_type().to_string(),
        "list<float64>"
    );
}

#[test]
fn json_and_toml_hold_the_same() {
    let rules = [
        ("drop", "$['a=b'].*"),
        ("rename", "$.name=\"odd\\ \u{7f}name\""),
        ("type", "$.n=decimal(10,2)"),
        ("mask", "$.mail=redact"),
        ("map", "$.labels"),
    ];
    let rules = rules.map(|(name, text)| Rule::parse(name, text).expect("a rule"));
    let last = Rule::parse("type", "$.m=int64").expect("a rule");
    let rules = rules
        .into_iter()
        .chain([last.on_mismatch(OnMismatch::Null)]);
    let config = TransmogConfig::default().with_rules(rules.collect());
    let json =
        r#"{"name":"a","n":1.5,"labels":{"x":[1,"1"]},"big":[9007199254740993],"é\u0000":null}"#;
    let mut schema = discovered(json, &config).expect("a schema");
    schema.on_drift = Some(OnDrift::Quarantine);
    schema.tables[0].ids = Some(transmog::SchemaColumn {
        path: "$.id".parse().expect("a path"),
        name: None,
        seen: Observed::text(),
    });
    let path = "$.labels.*".parse().expect("a path");
    schema.drift.push(Drift {
        path,
        action: OnDrift::Ignore,
    });
    let named = schema.clone().with_names(&config.naming());
    for schema in [schema, named] {
        let from_json = Schema::from_json(&schema.to_json()).expect("a schema");
        let from_toml = Schema::from_toml(&schema.to_toml()).expect("a schema");
        assert_eq!((&from_json, &from_toml), (&schema, &schema));
        assert_eq!(
            (from_json.to_toml(), from_toml.to_json()),
            (schema.to_toml(), schema.to_json())
        );
    }
}

#[test]
fn a_schema_of_natural_ids_holds_their_type() {
    let config = TransmogConfig::default()
        .with_id_generation(transmog::IdGeneration::Natural)
        .with_id_field("id")
        .with_time_field(None);
    for (json, other, of_ids) in [
        (
            r#"{"id":"2026-01-02","t":[{"id":1}]}"#,
            r#"{"id":"soon"}"#,
            "date",
        ),
        (
            r#"{"id":"0190163D-8694-739B-AEA5-966C26F8AD90"}"#,
            r#"{"id":"0190163d-8694-739b-aea5-966c26f8ad90"}"#,
            "uuid",
        ),
        (r#"{"id":7,"t":[{"id":"x"}]}"#, r#"{"id":"7"}"#, "int64"),
    ] {
        let detect = config.clone().with_detect_types(DetectType::ALL.to_vec());
        let schema = discovered(json, &detect).expect("a schema");
        for schema in [
            Schema::from_toml(&schema.to_toml()).expect("a schema"),
            Schema::from_json(&schema.to_json()).expect("a schema"),
        ] {
            // The types are those of the schema, without being asked for.
            for on_drift in [
                OnDrift::Error,
                OnDrift::Quarantine,
                OnDrift::Ignore,
                OnDrift::Evolve,
            ] {
                let config = config.clone().with_schema(Some(Arc::new(schema.clone())));
                let config = config.with_on_drift(on_drift);
                let result = flatten(json, &config).expect("it fits");
                let columns = |table: usize| &result.all_tables()[table].schema().columns;
                assert_eq!(columns(0)[0].column_type.to_string(), of_ids, "{on_drift}");
                if result.all_tables().len() > 1 {
                    assert_eq!(columns(1)[1].column_type.to_string(), of_ids, "{on_drift}");
                }
                let both = [json, other].join("\n");
                let result = flatten(&*both, &config);
                match on_drift {
                    OnDrift::Evolve => {
                        let result = result.expect("it grows");
                        let ids = result.main().schema().columns[0].column_type;
                        assert_eq!((result.main().len(), ids.to_string().as_str()), (2, "text"));
                    }
                    OnDrift::Quarantine => assert_eq!(result.expect("one fits").main().len(), 1),
                    _ => assert!(result.is_err(), "a record without an id: {on_drift}"),
                }
            }
        }
    }
}

#[test]
fn a_schema_file_names_what_is_wrong() {
    let column = |of: &str| {
        format!(
            "version = 2\n[[table]]\npath = \"$\"\nname = \"m\"\ncolumns = [{{ path = \"$.l\", name = \"l\", type = \"{of}\" }}]\n"
        )
    };
    for of in [
        "date",
        "timestamp",
        "timestamp(ns)",
        "local_timestamp",
        "local_timestamp(ns)",
        "uuid",
        "json",
        "list<local_timestamp>",
    ] {
        let schema = Schema::from_toml(&column(of)).expect(of);
        assert_eq!(schema.tables[0].columns[0].column_type().to_string(), of);
    }
    let error = Schema::from_toml(&column("int32")).expect_err("no type");
    assert!(
        error
            .to_string()
            .contains("unknown type `int32`; expected text, int64"),
        "{error}"
    );
    let renamed = column("text") + "[[rule]]\nrename = \"$.l\"\nto = \"other\"\n";
    let schema = Schema::from_toml(&renamed).expect("a schema");
    let config = TransmogConfig::default().with_schema(Some(Arc::new(schema)));
    let error = flatten(r#"{"l":"x"}"#, &config).expect_err("two names");
    assert!(
        error.to_string().contains("the schema names it `l`"),
        "{error}"
    );
    let drift = "[[drift]]\npath = \"$.l\"\naction = \"ignore\"\n";
    let error = Schema::from_toml(&(column("text") + drift + drift)).expect_err("twice");
    assert!(
        error
            .to_string()
            .contains("the drift of $.l stands there twice"),
        "{error}"
    );
    // A schema of changed names can be used again.
    let rules = vec![Rule::parse("rename", "$.l=My Name").expect("a rule")];
    let config = TransmogConfig::default()
        .with_names(transmog::Names::Sql)
        .with_rules(rules);
    let found = discovered(r#"{"l":"x"}"#, &config)
        .expect("a schema")
        .with_names(&config.naming());
    let found = Schema::from_toml(&found.to_toml()).expect("a schema");
    let config = TransmogConfig::default()
        .with_names(transmog::Names::Sql)
        .with_schema(Some(Arc::new(found)));
    let result = flatten(r#"{"l":"x"}"#, &config).expect("the same names");
    assert_eq!(result.main().schema().columns[1].name, "my_name");
}

#[test]
fn every_rule_has_a_place_in_the_file() {
    let rule = |name| {
        let argument = match name {
            "rename" => "=b",
            "type" => "=int64",
            "mask" => "=null",
            _ => "",
        };
        Rule::parse(name, &format!("$.a{argument}")).expect("a rule")
    };
    let mut schema = discovered("{}", &TransmogConfig::default()).expect("a schema");
    schema.rules = Action::NAMES.map(rule).to_vec();
    assert_eq!(
        Schema::from_json(&schema.to_json()).expect("a schema"),
        schema
    );
    assert_eq!(
        Schema::from_toml(&schema.to_toml()).expect("a schema"),
        schema
    );
}

#[test]
fn a_schema_changed_by_hand_shapes_the_tables() {
    let shape = r#"
        version = 2
        on_drift = "ignore"
        [[rule]]
        map = "$.labels"
        [[drift]]
        path = "$.open"
        action = "evolve"
        [[drift]]
        path = "$.open.closed"
        action = "error"
        [[table]]
        path = "$"
        name = "people"
        columns = [
          { path = "$.z", name = "a", type = "text" },
          { path = "$.n", type = "int64" },
          { path = "$.a", name = "z", type = "float64" },
        ]
        [[table]]
        path = "$.labels.*"
        name = "labels"
        columns = [ { path = "$.labels.*~", name = "label", type = "text" } ]
    "#;
    let schema = Schema::from_toml(shape).expect("a schema");
    let config = TransmogConfig::default()
        .with_schema(Some(Arc::new(schema)))
        .with_time_field(None);
    let json = r#"{"a":1,"n":7,"z":"x","new":1,"rows":[{"b":1}],"open":{"x":true},"labels":{"k":{"v":1}}}
                  {"a":2,"n":"seven","z":null}"#;
    let result = flatten(json, &config).expect("tables");
    let columns = |at: usize| {
        let columns = result.all_tables()[at].schema().columns.iter();
        columns
            .map(|column| format!("{}: {}", column.name, column.column_type))
            .collect::<Vec<_>>()
    };
    let names: Vec<_> = result
        .all_tables()
        .iter()
        .map(|table| table.name())
        .collect();
    assert_eq!(names, ["people", "labels"]);
    assert_eq!(
        columns(0),
        [
            "_id: text",
            "a: text",
            "n: int64",
            "z: float64",
            "open_x: boolean"
        ]
    );
    assert_eq!(columns(1), ["_id: text", "_parent_id: text", "label: text"]);
    let ledger = result.summary().ledger.iter();
    let ignored = ledger.filter(|entry| entry.kind == LossKind::NotInSchema);
    let ignored: Vec<_> = ignored
        .map(|entry| (entry.path.as_str(), entry.count))
        .collect();
    assert_eq!(
        ignored,
        [("$.labels.*.v", 1), ("$.n", 1), ("$.new", 1), ("$.rows", 1)]
    );
    let error = flatten(r#"{"open":{"closed":1}}"#, &config).expect_err("it drifts");
    assert!(error.to_string().contains("$.open.closed"), "{error}");
    // A policy of the options goes before that of the file, but not before that of a path.
    let strict = config.with_on_drift(OnDrift::Error);
    assert!(flatten(r#"{"new":1}"#, &strict).is_err());
    assert!(flatten(r#"{"open":{"x":1}}"#, &strict).is_ok());
}

#[test]
fn a_schema_with_an_unknown_rule_is_refused() {
    for (rule, expected) in [
        ("maps = \"$.a\"", "unknown field `maps`"),
        ("map = \"$.a\"\ndrop = \"$.b\"", "expected one of"),
        ("map = \"$.a\"\nto = \"b\"", "takes no `to`"),
        ("rename = \"$.a\"", "expected `=` and a name"),
        ("drop = \"$.a\"\non_mismatch = \"null\"", "only a type"),
    ] {
        let text =
            format!("version = 2\n[[rule]]\n{rule}\n[[table]]\npath = \"$\"\ncolumns = []\n");
        let error = Schema::from_toml(&text).expect_err(rule).to_string();
        assert!(error.contains(expected), "{rule}: {error}");
    }
}

/// The schema of the tables that the input makes.
fn discovered(
    input: impl Into<transmog::Input>,
    config: &TransmogConfig,
) -> transmog::Result<transmog::Schema> {
    transmog::survey(input, config).map(|(schema, _)| schema)
}
