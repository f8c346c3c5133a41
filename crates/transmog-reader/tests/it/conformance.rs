//! JSON is that of RFC 8259, through every way into the parser.

use crate::records::Records;
use transmog_events::Remark;
use transmog_reader::{Document, MAX_NESTING, ReadOptions, parse_document};

const ACCEPT: &str = include_str!("../../../../fixtures/json/accept.txt");
const REJECT: &str = include_str!("../../../../fixtures/json/reject.txt");

/// Name and document of each line.
fn documents(text: &str) -> Vec<(&str, Vec<u8>)> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, document) = line.split_once('\t').unwrap();
            (name, unescape(document))
        })
        .collect()
}

/// `%XX` is the byte XX.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next().unwrap().as_bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

/// The document as the member of a record, so that any value may stand there.
fn as_member(document: &[u8]) -> Vec<u8> {
    [b"{\"v\":", document, b"}"].concat()
}

fn is_document(bytes: &[u8]) -> bool {
    let blanks = |byte: &u8| b" \t\r\n".contains(byte);
    let start = bytes.iter().position(|byte| !blanks(byte)).unwrap_or(0);
    parse_document(&bytes[start..], &mut Document::default())
        .is_ok_and(|end| bytes[start + end..].iter().all(blanks))
}

#[test]
fn what_the_standard_allows_is_accepted() {
    let documents = documents(ACCEPT);
    assert!(documents.len() >= 95, "{} documents", documents.len());
    for (name, document) in documents {
        assert!(is_document(&document), "{name}");
        let member = as_member(&document);
        let serde: Result<serde_json::Value, _> = serde_json::from_slice(&member);
        let expected = serde.unwrap()["v"].take();
        for input in [member.clone(), [b"[", &member[..], b"]"].concat()] {
            let records = Records::all(&input, ReadOptions::default());
            assert_eq!(records.len(), 1, "{name}");
            let record: serde_json::Value = serde_json::from_str(&records[0]).unwrap();
            // Numbers differ in form (`1E22`, `1e+22`), never in value.
            if expected.to_string().contains(|c: char| c.is_ascii_digit()) {
                assert_eq!(shape(&record["v"]), shape(&expected), "{name}");
            } else {
                assert_eq!(record["v"], expected, "{name}");
            }
        }
    }
}

/// The value with every number as a float64.
fn shape(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Number(number) => {
            format!("{:?}", number.to_string().parse::<f64>().map(|n| n + 0.0))
        }
        Value::Array(items) => items.iter().map(shape).collect::<Vec<_>>().join(","),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| format!("{key}:{}", shape(value)))
            .collect::<Vec<_>>()
            .join(","),
        other => other.to_string(),
    }
}

#[test]
fn what_the_standard_forbids_is_rejected_with_its_place() {
    let documents = documents(REJECT);
    assert!(documents.len() >= 188, "{} documents", documents.len());
    for (name, document) in documents {
        assert!(!is_document(&document), "{name}");
        let member = as_member(&document);
        for input in [member.clone(), [b"[", &member[..], b"]"].concat()] {
            let records = Records::of_bytes(&input, ReadOptions::default());
            assert!(!records.is_clean(), "{name}: {records:?}");
            for rejected in &records.rejected {
                assert!(
                    rejected.line >= 1 && rejected.column >= 1,
                    "{name}: {rejected:?}"
                );
                assert!(rejected.byte <= input.len() as u64, "{name}: {rejected:?}");
                assert!(!rejected.message.is_empty(), "{name}");
            }
            if let Some(error) = &records.error {
                let location = error.location().unwrap();
                assert!(
                    location.line.is_some() && location.byte.is_some(),
                    "{name}: {error}"
                );
            }
        }
        // As it stands, a document that is no whitespace must not pass either.
        let records = Records::of_bytes(&document, ReadOptions::default());
        let is_blank = name == "single_space" || name == "structure_utf8_bom_no_data";
        // Documents may follow one another.
        let are_documents = name == "structure_double_array";
        assert!(
            is_blank || are_documents || !records.is_clean(),
            "{name}: {records:?}"
        );
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| [b"[".repeat(depth), b"]".repeat(depth)].concat();
    // The record itself is one level.
    let deepest = as_member(&nested(MAX_NESTING - 1));
    assert_eq!(Records::all(&deepest, ReadOptions::default()).len(), 1);
    for input in [
        as_member(&nested(MAX_NESTING)),
        b"[".repeat(100_000),
        b"[{\"\":".repeat(50_000),
        b"{\"a\":".repeat(100_000),
    ] {
        let records = Records::of_bytes(&input, ReadOptions::default());
        assert!(!records.is_clean());
    }
}

#[test]
fn duplicate_keys_are_noted_and_the_last_wins() {
    let records = Records::exact(br#"{"a":1,"b":{"c":[1]},"a":2,"b":{"d":1,"d":[]}}"#);
    assert_eq!(records.accepted, [r#"{"a":2,"b":{"d":[]}}"#]);
    let duplicate = |path: &str| (Remark::DuplicateKey, path.to_owned());
    assert_eq!(records.remarks, ["$.a", "$.b", "$.b.d"].map(duplicate));
}

#[test]
fn the_exact_parser_and_the_fast_one_agree() {
    for (name, document) in documents(ACCEPT) {
        let member = as_member(&document);
        let exact = Records::exact(&member);
        if exact.remarks.is_empty() {
            assert_eq!(
                exact.accepted,
                Records::all(&member, ReadOptions::default()),
                "{name}"
            );
        }
    }
}

#[test]
fn numbers_keep_every_digit() {
    let input = br#"{"a":[9223372036854775807,-9223372036854775808,9223372036854775808,18446744073709551616]}
{"a":[99999999999999999999999999999999999999,999999999999999999999999999999999999999,1e400,1e-400]}
{"a":[9007199254740993,2.9,-0.0,0.1,1e21,5e-324]}"#;
    let expected = [
        r#"{"a":[9223372036854775807,-9223372036854775808,9223372036854775808,18446744073709551616]}"#,
        r#"{"a":[99999999999999999999999999999999999999,999999999999999999999999999999999999999,1e400,1e-400]}"#,
        r#"{"a":[9007199254740993,2.9,0,0.1,1e+21,5e-324]}"#,
    ];
    assert_eq!(Records::all(input, ReadOptions::default()), expected);
}
