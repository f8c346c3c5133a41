//! Reading goes on after what is wrong, and what is wrong is never taken.

use transmog::{ArrayMode, IdGeneration, OnError, TransmogConfig, flatten};

fn skipping() -> TransmogConfig {
    TransmogConfig::default().with_on_error(OnError::Skip)
}

#[test]
fn good_records_around_bad_ones_are_all_taken() {
    for (json, accepted, rejected) in [
        ("{\"a\":1}\n{\"a\": nope}\n{\"a\":2}", 2, 1),
        // A line that is cut off does not take the next one with it.
        ("{\"a\":1}\n{\"a\":[1,\n{\"a\":2}\n{\"a\":3}", 3, 1),
        ("{\"a\":\"open\n{\"a\":2}\n", 1, 1),
        // No part of a broken object is a record.
        (
            "{\n \"a\": bad,\n \"b\":\n  {\"x\":1}\n}\n{\"ok\":1}\n",
            1,
            1,
        ),
        ("{\"a\": oops,\n \"b\":\n {\"x\":1}\n}\n{\"a\":2}", 1, 1),
        // It ends where its bracket closes, however the next one is indented.
        ("{\"a\" 1,\n\"b\":2\n}\n  {\n\"a\":2\n}\n", 1, 1),
        ("?{\"a\" 1,\n\"b\":2\n}\n  {\n\"a\":2\n}\n", 1, 1),
        // A backslash at the end of a line leaves no string open.
        ("{\"\\\n{\"b\":\n4}\n", 1, 1),
        ("[{\"a\":1},{\"b\":2", 1, 1),
        ("[{\"a\":1},{\"b\":1]},{\"c\":3}]", 2, 1),
        ("[{\"a\":1}] x", 1, 2),
        ("[1,2]\n{\"a\":1}\n", 1, 3),
        ("{\"a\":1}{\"a\": nope}{\"a\":2} {\"a\":]}{\"a\":3}", 3, 2),
        ("[{},,{}]", 2, 1),
        ("[1,\"x\",null,{},[{}]]", 1, 4),
    ] {
        for chunk_bytes in [1, 3, 7, 4 << 20] {
            let config = skipping().with_chunk_bytes(chunk_bytes);
            let result = flatten(json, &config).expect(json);
            let records = result.summary().records;
            assert_eq!(
                (records.accepted, records.rejected),
                (accepted, rejected),
                "{json}"
            );
            assert_eq!(result.main().len() as u64, accepted, "{json}");
        }
    }
}

#[test]
fn lines_that_open_quotes_do_not_cut_records_in_two() {
    let mut json = String::new();
    for line in 0..2000 {
        json += &format!("{{\"i\":{line},\"s\":\"x}}y,{{z\",\"t\":\"p\\\"}}{{q\"}}\nbad \"line\n");
    }
    for chunk_bytes in [100, 5000, 4 << 20] {
        let result = flatten(&*json, &skipping().with_chunk_bytes(chunk_bytes)).expect("a run");
        let records = result.summary().records;
        assert_eq!(
            (records.accepted, records.rejected),
            (2000, 2000),
            "{chunk_bytes}"
        );
    }
}

#[test]
fn an_error_over_lines_stands_where_it_is() {
    let json = "{\"a\":1}\n{\"a\":\n 1,\n \"b\": x}\n{\"c\":1}";
    let error = flatten(json, &TransmogConfig::default()).expect_err("no JSON");
    let location = error.location().expect("a place");
    assert_eq!(
        (location.record, location.line, location.column),
        (Some(2), Some(4), Some(7))
    );
}

#[test]
fn envelopes_are_checked_around_their_records() {
    let config = TransmogConfig::default().with_records_path(Some("/d".to_owned()));
    for json in [
        r#"{"d":[{"a":1}]]"#,
        r#"{"d":[{"a":1}],"x":tru}"#,
        r#"{"d":[{"a":1}] "x" 1}"#,
        r#"{"x":nul,"d":[{"a":1}]}"#,
        r#"{"x":"\ud800","d":[{"a":1}]}"#,
        r#"{"x":01,"d":[{"a":1}]}"#,
        r#"{"d":[{"a":1}],"d":[{"a":2}]}"#,
        r#"{"d":[{"a":1}]"#,
        r#"{"x":1}"#,
        "{}",
        "7",
    ] {
        assert!(flatten(json, &config).is_err(), "{json}");
    }
    let bytes = b"{\"x\":\"\xff\",\"d\":[{\"a\":1}]}";
    assert!(flatten(&bytes[..], &config).is_err());
    for json in [
        r#"{"x":[1.5e-7,-0,"\u00e9é\ud83d\ude00",true,{"d":[]}],"d":[{"a":1}],"y":{"d":[{}]}}"#,
        "{\"d\":[{\"a\":1}]}\n",
    ] {
        for chunk_bytes in [1, 4 << 20] {
            let config = config.clone().with_chunk_bytes(chunk_bytes);
            assert_eq!(
                flatten(json, &config).expect(json).main().len(),
                1,
                "{json}"
            );
        }
    }
    let wrong_index = config.clone().with_records_path(Some("/01".to_owned()));
    assert!(flatten("[[],[{}]]", &wrong_index).is_err());
}

#[test]
fn natural_ids_stop_before_the_rows_do() {
    let json = "{\"id\":\"a\",\"c\":[{\"id\":\"x\"},{\"y\":1}]}\n{\"id\":\"b\",\"z\":-0.0}\n";
    let config = TransmogConfig::default()
        .with_id_generation(IdGeneration::Natural)
        .with_id_field("id");
    let result = flatten(json, &config).expect("a run");
    assert_eq!((result.main().len(), result.tables()[0].len()), (2, 2));
    // Ids of a record's rows that no column holds are an error, not a panic.
    let numbers: Vec<_> = (0..50_000).map(|n| n.to_string()).collect();
    let json = format!(
        "{{\"id\":\"{}\",\"v\":[{}]}}",
        "x".repeat(50_000),
        numbers.join(",")
    );
    let error = flatten(json, &config.with_array_mode(ArrayMode::Separate)).expect_err("too many");
    assert!(error.to_string().contains("$.v[*]"), "{error}");
}

#[test]
fn duplicate_keys_count_the_same_whichever_parser_sees_them() {
    for other in ["1.5", "0.0", "-0.0", "1e400"] {
        let json = format!("{{\"a\":[{{\"x\":1,\"x\":2}}],\"z\":{other}}}");
        let config = TransmogConfig::default().with_array_mode(ArrayMode::Skip);
        let result = flatten(&*json, &config).expect("a run");
        let kinds: Vec<_> = result
            .summary()
            .ledger
            .iter()
            .map(|e| e.kind.name())
            .collect();
        assert_eq!(kinds[..2], ["array_skipped", "duplicate_key"], "{json}");
    }
}
