//! The grammars agree: on documents that are JSON, on those that are not, and on all that are
//! one byte away from the first.

use super::{Checked, Validator, fast, parse_document, parse_lenient, skip_blanks};
use crate::{
    Document,
    lenient::{Leniency, Lenient},
};
use transmog_events::JsonText;

const ACCEPT: &str = include_str!("../../../../fixtures/json/accept.txt");
const REJECT: &str = include_str!("../../../../fixtures/json/reject.txt");

/// Bytes that mean something in JSON, and some that never do.
const BYTES: &[u8] = b"{}[],:\"\\0e.-tuNI \n\x00\x1e\x80\xff";

/// Documents that are not quite JSON, and some that are not even that.
const LENIENT: [&[u8]; 16] = [
    b"[NaN,Infinity,-Infinity]",
    b"{\"a\":NaN}",
    b"[NaNN]",
    b"[Infinit]",
    b"[-NaN]",
    b"[\"\\ud800\",\"\\udc00\"]",
    b"[\"\\ud800\\n\\ud800\\u0041\\ud800x\"]",
    b"[\"\\ud800\\ud800\\udc00\"]",
    b"[\"\\ud800\\ud800\"]",
    b"{\"\\udc00\\ud800\":1}",
    b"[,,1,,2,,]",
    b"{,\"a\":1,,\"b\":[,],}",
    b"{\"a\":,1}",
    b"[,}",
    b",1",
    b"{\"a\",:1}",
];

/// The documents of a file, of which `%XX` is the byte XX.
fn documents(text: &str) -> impl Iterator<Item = Vec<u8>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let (_, document) = line.split_once('\t').expect("a name and a document");
        let mut parts = document.split('%');
        let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
        for part in parts {
            bytes.push(u8::from_str_radix(&part[..2], 16).expect("two digits"));
            bytes.extend_from_slice(&part.as_bytes()[2..]);
        }
        bytes
    })
}

/// The documents, and those of which a byte is missing or is another one.
fn all() -> impl Iterator<Item = Vec<u8>> {
    // Documents of many levels would take minutes.
    let short = |document: &Vec<u8>| document.len() < 200;
    let variants = documents(ACCEPT).filter(short).flat_map(|document| {
        (0..document.len()).flat_map(move |at| {
            let (before, after) = (document[..at].to_vec(), document[at + 1..].to_vec());
            let other = BYTES.iter().map(|byte| vec![*byte]).chain([vec![]]);
            let variant = move |middle: Vec<u8>| [&before[..], &middle, &after].concat();
            other.map(variant).collect::<Vec<_>>()
        })
    });
    documents(ACCEPT).chain(documents(REJECT)).chain(variants)
}

/// The end of the value, or the byte of the error; none when it ends too early.
fn exact(bytes: &[u8], lenient: Lenient) -> Result<usize, Option<usize>> {
    parse_lenient(bytes, &mut Document::default(), lenient)
        .map_err(|error| (!error.is_end).then_some(error.byte))
}

#[test]
fn the_validator_and_the_exact_parser_agree() {
    let all = all().map(|document| (document, Lenient::default()));
    let kinds = [Leniency::NonFinite, Leniency::Surrogates, Leniency::Commas];
    let lenient = LENIENT.iter().map(|document| document.to_vec());
    let lenient = lenient.chain(documents(ACCEPT)).chain(documents(REJECT));
    let lenient = lenient.map(|document| (document, Lenient::of(&kinds)));
    for (document, lenient) in all.chain(lenient) {
        // After a number that nothing follows, the validator waits for more.
        let document = [&document[..], b" "].concat();
        let expected = exact(&document, lenient);
        for step in [1, 3, document.len()] {
            let (mut validator, mut at) = (Validator::new(lenient), 0);
            let checked = document.chunks(step).find_map(|bytes| {
                let found = match validator.feed(bytes) {
                    Checked::More => None,
                    Checked::Done(end) => Some(Ok(at + end)),
                    Checked::Wrong(byte, _) => Some(Err(Some(at + byte))),
                };
                at += bytes.len();
                found
            });
            let found = checked.unwrap_or(Err(None));
            let is_near = match (expected, found) {
                // The validator sees an escape or a character fail at a later byte of it.
                (Err(Some(exact)), Err(Some(found))) => (exact..exact + 12).contains(&found),
                (expected, found) => expected == found,
            };
            let text = String::from_utf8_lossy(&document);
            assert!(
                is_near,
                "{text:?} by {step}: {found:?}, expected {expected:?}"
            );
        }
    }
}

/// The value, where numbers are float64: either parser may give a float with its text.
fn shape(text: &JsonText) -> Vec<String> {
    let is_number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    let tokens = text.as_str().split_inclusive(|c| !is_number(c));
    let float = |token: &str| match token.trim_end_matches(|c| !is_number(c)).parse::<f64>() {
        Ok(value) => format!("{:?}{}", value + 0.0, token.trim_start_matches(is_number)),
        Err(_) => token.to_owned(),
    };
    tokens.map(float).collect()
}

#[test]
fn the_fast_parser_takes_nothing_that_the_exact_one_refuses() {
    let mut taken = 0;
    for document in all() {
        let Ok(text) = std::str::from_utf8(&document) else {
            continue;
        };
        let start = skip_blanks(&document, 0);
        let (mut events, mut unescaped) = (JsonText::default(), String::new());
        let parsed = fast::parse(text, start..text.len(), &mut unescaped, &mut events);
        // What is behind the end of the text changes nothing.
        for behind in [
            "",
            "1",
            "\"",
            "\":1,",
            "}",
            "]",
            "e5",
            ".5",
            "a\\",
            "0123456789012345678",
        ] {
            let longer = format!("{text}{behind}");
            let (mut same, range) = (JsonText::default(), start..text.len());
            let end = fast::parse(&longer, range, &mut unescaped, &mut same);
            // A number has no end of its own.
            let is_number = matches!(document.get(start), Some(b'-' | b'0'..=b'9'));
            assert!(
                end == parsed || end.is_none() && is_number,
                "{text:?} before {behind:?}"
            );
            if end.is_some() {
                assert_eq!(same.as_str(), events.as_str(), "{text:?} before {behind:?}");
            }
        }
        let Some(end) = parsed else {
            continue;
        };
        taken += 1;
        let mut exact = Document::default();
        let length = parse_document(&document[start..], &mut exact);
        assert_eq!(length, Ok(end - start), "{text:?}");
        if exact.remarks().is_empty() {
            let mut replayed = JsonText::default();
            exact.replay(&mut replayed).expect("text takes all events");
            assert_eq!(shape(&events), shape(&replayed), "{text:?}");
        }
    }
    assert!(taken > 1000, "{taken}");
}
