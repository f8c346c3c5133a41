//! Reading continues after an error, and broken records are never accepted.

use std::{fs, io::Write};
use transmog::{
    ArrayMode, IdGeneration, Input, Leniency, LossKind, OnError, Output, OutputFormat,
    TransmogConfig, flatten, flatten_stream,
};

fn skipping() -> TransmogConfig {
    TransmogConfig::default().with_on_error(OnError::Skip)
}

#[test]
fn good_records_around_bad_ones_are_all_taken() {
    for (json, accepted, rejected) in [
        ("{\"a\":1}\n{\"a\": nope}\n{\"a\":2}", 2, 1),
        // A line that is cut off does not affect the next one.
        ("{\"a\":1}\n{\"a\":[1,\n{\"a\":2}\n{\"a\":3}", 3, 1),
        ("{\"a\":\"open\n{\"a\":2}\n", 1, 1),
        // No part of a broken object is a record.
        (
            "{\n \"a\": bad,\n \"b\":\n  {\"x\":1}\n}\n{\"ok\":1}\n",
            1,
            1,
        ),
        ("{\"a\": oops,\n \"b\":\n {\"x\":1}\n}\n{\"a\":2}", 1, 1),
        // It ends where its bracket closes, with any indentation of the next one.
        ("{\"a\" 1,\n\"b\":2\n}\n  {\n\"a\":2\n}\n", 1, 1),
        ("?{\"a\" 1,\n\"b\":2\n}\n  {\n\"a\":2\n}\n", 1, 1),
        // A backslash at the end of a line does not leave a string open.
        ("{\"\\\n{\"b\":\n4}\n", 1, 1),
        ("[{\"a\":1},{\"b\":2", 1, 1),
        ("{\"a\":1},\n{\"a\":2},\n", 2, 2),
        ("[{\"a\":1},{\"b\":1]},{\"c\":3}]", 2, 1),
        ("[{\"a\":1}] x", 1, 1),
        ("[1,2]\n{\"a\":1}\n", 1, 2),
        ("[{\"a\":1}]\n[{\"a\":2}]\n", 2, 0),
        ("{\"a\":1}{\"a\": nope}{\"a\":2} {\"a\":]}{\"a\":3}", 3, 2),
        ("[{},,{}]", 2, 1),
        ("[1,\"x\",null,{},[{}]]", 1, 4),
        // A line with text before an object is not a record.
        ("[10:00] {\"n\":1}\n[10:01] {\"n\":2}\n{\"n\":3}\n", 1, 2),
        ("[svc] {\"m\":1}\nplain\nerr: {\"m\":2}\n{\"m\":3}\n", 1, 3),
        ("[1234] {\"n\":1}\n{\"n\":3}\n", 1, 1),
        ("[svc \"a\" {\"m\":1}\n{\"m\":3}\n", 1, 1),
        // If an element does not end, the next one begins like it.
        (
            "[\n{\"i\":1,\"o\":{\"a\":1},\n{\"i\":2},\n{\"i\":3}\n]",
            2,
            1,
        ),
        ("[{\"i\":1,\"o\":{\"a\":1},{\"i\":2},{\"i\":3}]", 2, 1),
        (
            "[\n  {\"i\":1,\"t\":[\"x\",\n  {\"i\":2},\n  {\"i\":3}\n]\n",
            2,
            1,
        ),
        (
            "[{\"i\":1,\"s\":\"abc},{\"i\":2,\"s\":\"x\"},{\"i\":3}]",
            2,
            1,
        ),
        ("[{\"i\":1,\"t\":[1,{\"i\":2},{\"i\":3}]", 2, 1),
        (" {\"i\":1,\"o\":{}\n {\"i\":2}\n", 1, 1),
        // An extra bracket does not end the array.
        ("[{\"i\":1,\"t\":[2]]},{\"i\":2},{\"i\":3}]", 2, 1),
        ("[{\"i\":1}},\n{\"i\":2}]", 1, 1),
        // A missing comma costs no record.
        ("[{\"a\":1}\n{\"a\":2},\n{\"a\":3}]", 3, 0),
        // The input ends early.
        ("[{\"a\":1},\n{\"a\":2},\n{\"a\":3}", 3, 1),
        ("[{\"a\":1},\n{\"a\":2},", 2, 1),
        ("[{\"a\":1},\n{\"a\":", 1, 1),
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
fn an_error_over_several_lines_has_its_place() {
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
    // Ids of a record's rows that no column can hold are an error, not a panic.
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

/// The number of accepted records of an input, and the raw text of rejected ones.
fn quarantined(input: impl Into<Input>, config: &TransmogConfig) -> (u64, Vec<serde_json::Value>) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let config = config.clone().with_on_error(OnError::Quarantine);
    let summary = flatten_stream(input, directory.path(), &output, &config).expect("a run");
    let Some(file) = summary.quarantine else {
        return (summary.records.accepted, Vec::new());
    };
    let text = fs::read_to_string(directory.path().join(file)).expect("text");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.len() as u64, summary.records.rejected);
    (summary.records.accepted, lines)
}

#[test]
fn one_missing_brace_costs_one_record() {
    let mut json = String::from("[\n");
    for i in 0..100_000 {
        let end = if i == 500 { "}" } else { "}}" };
        let comma = if i == 99_999 { "" } else { "," };
        json += &format!("{{\"i\":{i},\"o\":{{\"a\":{i}{end}{comma}\n");
    }
    json += "]\n";
    for chunk_bytes in [100, 1 << 16, 4 << 20] {
        let config = TransmogConfig::default().with_chunk_bytes(chunk_bytes);
        let (accepted, rejected) = quarantined(&*json, &config);
        assert_eq!((accepted, rejected.len()), (99_999, 1));
        assert_eq!(rejected[0]["raw"], "{\"i\":500,\"o\":{\"a\":500}");
    }
}

#[test]
fn an_input_that_ends_early_is_one_rejection() {
    let in_d = TransmogConfig::default().with_records_path(Some("/d".to_owned()));
    let plain = TransmogConfig::default();
    for (json, config, accepted, raw) in [
        (
            "{\"d\":[{\"a\":1},\n{\"a\":2},\n{\"a\":3",
            &in_d,
            2,
            "{\"a\":3",
        ),
        ("{\"d\":[{\"a\":1}", &in_d, 1, "["),
        ("{\"d\":[{\"a\":1}]", &in_d, 1, "]"),
        ("{\"d\":[{\"a\":1}]}\n{\"d\":", &in_d, 1, "{\"d\":"),
        ("[{\"a\":1},\n{\"a\":2}", &plain, 2, "["),
        ("{\"a\":1}\n{\"a\":\"x", &plain, 1, "{\"a\":\"x"),
    ] {
        let (count, rejected) = quarantined(json, config);
        assert_eq!((count, rejected.len()), (accepted, 1), "{json}");
        assert_eq!(rejected[0]["raw"], raw, "{json}");
        assert!(flatten(json, config).is_err(), "{json}");
    }
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    let lines: String = (0..1000).map(|i| format!("{{\"i\":{i}}}\n")).collect();
    gz.write_all(lines.as_bytes()).expect("compressed");
    let mut gz = gz.finish().expect("compressed");
    gz.truncate(gz.len() - 100);
    let (accepted, rejected) = quarantined(gz.clone(), &plain);
    assert!((980..1000).contains(&accepted), "{accepted}");
    assert_eq!(rejected.len(), 1);
    assert!(flatten(gz, &plain).is_err());
}

/// Damaged data may decompress to anything, so no policy accepts it.
#[test]
fn damaged_compressed_data_end_the_run() {
    let lines: String = (0..20_000).map(|i| format!("{{\"i\":{i}}}\n")).collect();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(lines.as_bytes()).expect("compressed");
    let gz = gz.finish().expect("compressed");
    for share in [10, 50, 90] {
        let mut bytes = gz.clone();
        let at = bytes.len() * share / 100;
        bytes[at] ^= 0xff;
        let error = flatten(bytes, &skipping())
            .expect_err("damaged")
            .to_string();
        assert!(error.contains("damaged"), "{share}: {error}");
    }
}

#[test]
fn a_file_that_holds_no_records_is_one_rejection() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let zip = b"PK\x03\x04\xff\0".as_slice();
    let files: [(&str, &[u8]); 5] = [
        ("a.json", b"{\"d\":[{\"a\":1}]}"),
        ("b.json", b"{\"other\":[{\"a\":2}]}\n{\"d\":[{\"a\":3}]}\n"),
        ("c.json", zip),
        ("d.json", b"<html></html>"),
        ("e.json", b"{\"d\":[{\"a\":4}]}"),
    ];
    for (name, bytes) in files {
        fs::write(directory.path().join(name), bytes).expect("written");
    }
    let in_d = TransmogConfig::default().with_records_path(Some("/d".to_owned()));
    for chunk_bytes in [1, 4 << 20] {
        let config = in_d.clone().with_chunk_bytes(chunk_bytes);
        let (accepted, rejected) = quarantined(directory.path(), &config);
        assert_eq!((accepted, rejected.len()), (3, 3), "{rejected:?}");
        assert_eq!(rejected[0]["raw"], "{\"other\":[{\"a\":2}]}");
        assert!(rejected[1]["raw_base64"].is_string());
        assert_eq!(rejected[2]["raw"], "<html></html>");
    }
    assert!(flatten(directory.path(), &in_d).is_err());
}

#[test]
fn a_run_that_accepts_nothing_fails_and_leaves_what_was_there() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let config = TransmogConfig::default();
    flatten_stream("{\"a\":1}", directory.path(), &output, &config).expect("a run");
    let before = fs::read(directory.path().join("data.csv")).expect("a file");
    for on_error in [OnError::Fail, OnError::Skip, OnError::Quarantine] {
        let config = config.clone().with_on_error(on_error);
        let result = flatten_stream("no\nJSON\nhere\n", directory.path(), &output, &config);
        let error = result.expect_err("nothing is accepted");
        assert_eq!(error.location().and_then(|at| at.record), Some(1));
        if on_error != OnError::Fail {
            assert!(
                error.to_string().contains("all 3 records were rejected"),
                "{error}"
            );
        }
        let now = fs::read(directory.path().join("data.csv")).expect("a file");
        assert_eq!(now, before);
        assert!(!directory.path().join("data.rejected.jsonl").exists());
        for empty in ["", "[]", "\n"] {
            assert!(flatten(empty, &config).is_ok(), "{empty:?}");
        }
    }
}

#[test]
fn long_records_are_kept_whole_or_not_at_all() {
    let long = format!("{{\"s\":\"{}\"}}", "x".repeat(5000));
    let config = TransmogConfig::default().with_max_record_bytes(1000);
    for (json, chunk_bytes) in [
        (format!("{{\"a\":1}}\n{long}\n{{\"a\":2}}\n"), 100),
        (format!("[{{\"a\":1}},\n{long},\n{{\"a\":2}}]"), 100),
        (format!("[{{\"a\":1}},{long},{{\"a\":2}}]"), 1),
        (format!("{{\"a\":1}}\n{long}\n{{\"a\":2}}\n"), 4 << 20),
        (format!("[{{\"a\":1}},\n{long},\n{{\"a\":2}}]"), 4 << 20),
    ] {
        let config = config.clone().with_chunk_bytes(chunk_bytes);
        let (accepted, rejected) = quarantined(&*json, &config);
        assert_eq!((accepted, rejected.len()), (2, 1));
        assert_eq!(rejected[0]["raw"], *long);
        // With little memory there is no room for it.
        let config = config.with_memory_limit(16 * 4096);
        let (accepted, rejected) = quarantined(&*json, &config);
        assert_eq!((accepted, rejected.len()), (2, 1));
        assert_eq!(rejected[0]["truncated"], true, "{rejected:?}");
        assert_eq!(rejected[0]["length"], long.len());
        assert_eq!(rejected[0]["byte"], json.find(&long).expect("there"));
        assert!(rejected[0].get("raw").is_none());
    }
}

/// A record that is too long and too large in tables would not be accepted if it might be longer.
#[test]
fn what_tables_say_of_a_record_goes_before_its_length() {
    let rows = ["{\"a\":1}"; 100_000].join(",");
    for json in [
        format!("[{{\"a\":1}},{{\"r\":[{rows}]}},{{\"a\":2}}]"),
        format!("{{\"a\":1}}\n{{\"r\":[{rows}]}}\n{{\"a\":2}}"),
    ] {
        for chunk_bytes in [1, 100, 4 << 20] {
            let config = skipping()
                .with_chunk_bytes(chunk_bytes)
                .with_memory_limit(16 * 4096)
                .with_max_record_bytes(799_000);
            let (accepted, rejected) = quarantined(&*json, &config);
            assert_eq!((accepted, rejected.len()), (2, 1));
            let error = rejected[0].to_string();
            assert!(error.contains("bytes in tables"), "{chunk_bytes}: {error}");
        }
    }
}

/// Brackets that never close must not be scanned again from each of them.
#[test]
fn hostile_inputs_take_linear_time() {
    let config = skipping().with_chunk_bytes(1 << 16);
    for line in [
        "{\"a\":[\n",
        "{\"a\":[1,\n",
        " {\"a\":{\"b\":\n",
        "\"\\\"",
        "{\"a\":[1,",
        "]}",
        "{\"i\":[",
        "x[\n",
    ] {
        for (start, end) in [("", "\n{\"z\":1}\n"), ("[{\"z\":1},\n", "")] {
            let json = format!("{start}{}{end}", line.repeat((1 << 19) / line.len()));
            takes_linear_time(&json, &config);
        }
    }
    // Brackets that close, and objects in a record whose first key is far.
    let half = 1 << 18;
    let closing = format!("{{\"a\":{}{}}}\n", "[".repeat(half), "]".repeat(half));
    let bounded = config.clone().with_memory_limit(1 << 20);
    takes_linear_time(&closing, &bounded);
    let objects = "{},".repeat(half / 4);
    let far = format!("[{{{}\"a\":[{objects}{{}}]}}]", " ".repeat(half));
    takes_linear_time(&far, &config);
    // Short documents, valid or not.
    for line in [
        "{\"d\":[{\"i\":1}]}\n",
        "{\"d\":[]}\n",
        "{\"d\":[{\"i\":1}\n",
        "{\"m\":[\n",
    ] {
        let json = line.repeat((1 << 18) / line.len());
        let config = skipping().with_records_path(Some("/d".into()));
        takes_linear_time(&json, &config);
    }
    for line in ["[{\"i\":1}\n", "[]\n"] {
        let json = line.repeat((1 << 18) / line.len());
        takes_linear_time(&json, &skipping());
    }
}

/// Far less than the minutes that quadratic time would take.
fn takes_linear_time(json: &str, config: &TransmogConfig) {
    let begun = std::time::Instant::now();
    let _ = flatten(json, config);
    let took = begun.elapsed().as_secs();
    let begin = &json[..json.len().min(40)];
    assert!(took < 30, "{begin:?}: {took} s");
}

#[test]
fn commas_between_records_are_counted_wherever_chunks_end() {
    let json = format!("{{\"a\":1}}\n{},,\n", " \n".repeat(300)).repeat(3);
    for threads in [1, 2] {
        for chunk_bytes in [16, 100, 1 << 20] {
            let config = TransmogConfig::default()
                .with_lenient(vec![Leniency::Commas])
                .with_chunk_bytes(chunk_bytes)
                .with_threads(threads);
            let result = flatten(&*json, &config).expect("commas are taken");
            let ledger = &result.summary().ledger;
            assert_eq!((result.main().len(), ledger.len()), (3, 1));
            assert_eq!(
                (ledger[0].kind, ledger[0].count),
                (LossKind::LenientComma, 6)
            );
        }
    }
}

/// Notes of a record are counted by path, so they do not take memory for each comma and each key.
#[test]
fn commas_and_keys_of_one_path_are_noted_once() {
    let many = 200_000;
    for (json, kind) in [
        (
            format!("[{{\"a\":[1{}]}}]", ",".repeat(many)),
            LossKind::LenientComma,
        ),
        (
            format!("[{{\"a\":0{}}}]", ",\"a\":1".repeat(many)),
            LossKind::DuplicateKey,
        ),
    ] {
        let config = TransmogConfig::default().with_lenient(vec![Leniency::Commas]);
        let result = flatten(json, &config).expect("it is taken");
        let counts = result
            .summary()
            .ledger
            .iter()
            .map(|entry| (entry.kind, entry.count));
        assert_eq!(counts.collect::<Vec<_>>(), [(kind, many as u64)]);
    }
}

#[test]
fn members_beside_a_broken_one_are_taken() {
    for (broken, raw) in [
        (r#""l":{"q":]}"#, r#""l":{"q":]}"#),
        (r#""l":{"q":[1}"#, r#""l":{"q":[1}"#),
        (r#""l":{"q":[{"r":]]}"#, r#""l":{"q":[{"r":]]}"#),
        (r#""l":{"q":1]}"#, r#""l":{"q":1]}"#),
        (r#""l":{"q" 1}"#, r#""l":{"q" 1}"#),
    ] {
        let json = format!(r#"{{"a":{{"k":{{"q":1}},{broken},"m":{{"q":7}}}}}}"#);
        let directory = tempfile::tempdir().expect("a temporary directory");
        let config = TransmogConfig::default()
            .with_on_error(OnError::Quarantine)
            .with_records_path(Some("$.a.*".into()));
        let output = Output::of(OutputFormat::Csv).expect("a format");
        let summary = flatten_stream(&*json, directory.path(), &output, &config).expect("a run");
        let records = (summary.records.accepted, summary.records.rejected);
        assert_eq!(records, (2, 1), "{json}");
        let rejected = fs::read_to_string(directory.path().join("data.rejected.jsonl"));
        let rejected: serde_json::Value =
            serde_json::from_str(&rejected.expect("rejected records")).expect("JSON");
        assert_eq!(rejected["raw"], raw, "{json}");
    }
}

/// An element that nothing closes has a long one beside it: going through that takes time by its
/// length, not by its square.
#[test]
fn a_long_element_behind_one_that_is_not_closed_is_gone_through_once() {
    let part = r#"{"id":1,"q":[1,2,{"r":"}]"}]}"#;
    let long = vec![part; 100_000].join(",");
    let json = format!(r#"[{{"id":0,"s":[1,{{"id":1,"s":[{long}]}},{{"id":3}}]"#);
    let config = skipping().with_array_mode(ArrayMode::Inline);
    let result = flatten(Input::text(json), &config).expect("tables");
    let records = result.summary().records;
    assert_eq!((records.accepted, records.rejected), (2, 1));
}

/// Brackets that close none take no time by the number of those that are open.
#[test]
fn brackets_of_the_other_kind_behind_a_broken_member_end() {
    for (open, close) in [("[", "}"), ("{", "]")] {
        let many = 300_000;
        let json = format!(
            r#"{{"k":{{"q":1}},"l":{{"q" {}{}}},"m":{{"q":7}}}}"#,
            open.repeat(many),
            close.repeat(many)
        );
        let config = skipping().with_records_path(Some("$.*".into()));
        let result = flatten(Input::text(json), &config).expect("tables");
        let records = result.summary().records;
        assert!(
            records.accepted >= 1 && records.rejected >= 1,
            "{records:?}"
        );
    }
}
