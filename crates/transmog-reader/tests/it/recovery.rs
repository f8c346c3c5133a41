//! Recovery neither invents nor loses: what is accepted and what is rejected
//! together are the input, and what is whole is accepted.

#[path = "../../../transmog-testkit/src/damage.rs"]
#[allow(
    unreachable_pub,
    dead_code,
    reason = "it is a module of the testkit, too"
)]
mod damage;

use crate::records::Records;
use damage::{Chance, Damaged, Form, damaged, damaged_members};
use std::ops::Range;
use transmog_reader::{ReadOptions, Source};

const COUNT: usize = Form::ALL.len();

/// Where an accepted record ends.
fn end_of(text: &[u8], start: usize) -> usize {
    let mut values =
        serde_json::Deserializer::from_slice(&text[start..]).into_iter::<serde::de::IgnoredAny>();
    values.next().unwrap().unwrap();
    start + values.byte_offset()
}

/// Where the object begins whose first member is `w`, and what is before the place its value.
fn object_before(text: &[u8], place: usize) -> Option<usize> {
    let before = text[..place].trim_ascii_end().strip_suffix(b":")?;
    let before = before.trim_ascii_end().strip_suffix(b"\"w\"")?;
    Some(before.trim_ascii_end().strip_suffix(b"{")?.len())
}

/// The object of which the record is the member `w`, if it is whole; else the record with what is
/// before it.
fn object_around(text: &[u8], record: &Range<usize>) -> Option<Range<usize>> {
    let start = object_before(text, record.start)?;
    let mut values =
        serde_json::Deserializer::from_slice(&text[start..]).into_iter::<serde::de::IgnoredAny>();
    let end = match values.next()? {
        Ok(_) => start + values.byte_offset(),
        Err(_) => record.end,
    };
    Some(start..end)
}

/// What was read, for people.
fn told(records: &Records) -> String {
    let rejected = records.rejected.iter().map(|rejected| {
        let raw = String::from_utf8_lossy(&rejected.raw);
        format!("  {} {raw:?}: {}\n", rejected.start, rejected.message)
    });
    let rejected: String = rejected.collect();
    format!("{:?} accepted, rejected:\n{rejected}", records.starts)
}

/// What was read, checked.
fn check(input: &Damaged, options: &ReadOptions, are_members: bool) -> Result<usize, String> {
    let text = &input.text;
    let records = Records::of_bytes(text, options.clone());
    if let Some(error) = &records.error {
        return Err(error.to_string());
    }
    // Each byte once.
    let mut covered = vec![0u8; text.len()];
    let mut accepted: Vec<_> = (records.starts.iter())
        .map(|start| *start as usize..end_of(text, *start as usize))
        .collect();
    for range in &accepted {
        covered[range.clone()].iter_mut().for_each(|n| *n += 1);
    }
    // What is around a record that is a member is passed by.
    let mut passed_by = vec![false; text.len()];
    if are_members {
        for range in &mut accepted {
            let member = object_around(text, range).ok_or("a record that is no member `w`")?;
            passed_by[member.start..range.start].fill(true);
            passed_by[range.end..member.end].fill(true);
            *range = member;
        }
    }
    for rejected in &records.rejected {
        if rejected.raw.is_empty() || rejected.message.is_empty() {
            return Err(format!("nothing is rejected: {rejected:?}"));
        }
        let start = rejected.start as usize;
        let range = start..start + rejected.raw.len();
        if text[range.clone()] != rejected.raw {
            return Err(format!("not as it stood: {rejected:?}"));
        }
        covered[range].iter_mut().for_each(|n| *n += 1);
        // A bracket that is one too many makes an array of the member, and the record its element.
        let before = text[..start].trim_ascii_end().strip_suffix(b"[");
        let object = before.and_then(|before| object_before(text, before.len()));
        if let Some(object) = object.filter(|_| are_members) {
            passed_by[object..start].fill(true);
        }
    }
    for (at, count) in covered.iter().enumerate() {
        let byte = text[at];
        let is_first = text[..at].iter().all(|byte| b" \n".contains(byte));
        let is_around = passed_by[at]
            || !input.inner.contains(&at)
            || b" \t\r\n".contains(&byte)
            || byte == b'[' && is_first
            || input.form.is_array() && b"[],".contains(&byte);
        if *count > 1 || (*count == 0 && !is_around) {
            let told = told(&records);
            return Err(format!(
                "byte {at} ({:?}) {count} times: {told}",
                byte as char
            ));
        }
    }
    // What nobody touched is taken, and nothing inside of it.
    let mut lost = 0;
    for (range, is_whole) in &input.records {
        if *is_whole && !accepted.contains(range) {
            lost += 1;
        }
    }
    // Whatever the chunk size.
    for chunk_bytes in [1, 7, 64, 1000] {
        let options = options.clone().with_chunk_bytes(chunk_bytes);
        let slow = crate::framing::ByteByByte(std::io::Cursor::new(text.clone()));
        let slow = Source::reader("<bytes>", Box::new(slow));
        let cut = match chunk_bytes {
            7 => Records::of(vec![slow], options),
            _ => Records::of_bytes(text, options),
        };
        if let Some(error) = cut.error {
            return Err(format!("{chunk_bytes}: {error}"));
        }
        if cut.accepted != records.accepted || cut.rejected != records.rejected {
            return Err(format!(
                "in chunks of {chunk_bytes}:\n{}\nwhole:\n{}",
                told(&cut),
                told(&records)
            ));
        }
    }
    Ok(lost)
}

/// Inputs of each form; `TRANSMOG_RECOVERY_INPUTS` asks for more.
#[test]
fn what_is_read_and_what_is_rejected_are_the_input() {
    let more = std::env::var("TRANSMOG_RECOVERY_INPUTS").ok();
    let inputs: u64 = more.map_or(300, |more| more.parse().unwrap());
    let (mut whole, mut lost, mut failed) = ([0; COUNT], [0; COUNT], Vec::new());
    for seed in 0..inputs {
        for (at, form) in Form::ALL.into_iter().enumerate() {
            let share = [10, 100, 400][seed as usize % 3];
            let input = damaged(seed, form, 12, share);
            let pointer = input.is_envelope.then(|| "/d".parse().unwrap());
            let options = ReadOptions::default()
                .with_resume(true)
                .with_records_path(pointer);
            whole[at] += input.records.iter().filter(|record| record.1).count();
            match check(&input, &options, false) {
                Ok(count) => lost[at] += count,
                Err(error) => {
                    let text = String::from_utf8_lossy(&input.text).into_owned();
                    let is_envelope = input.is_envelope;
                    failed.push(format!("{seed} {form:?} {is_envelope}: {error}\n{text}"));
                }
            }
        }
    }
    eprintln!("whole {whole:?}, lost {lost:?}, failed {}", failed.len());
    let some = failed
        .iter()
        .take(6)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n\n");
    assert!(
        failed.is_empty(),
        "{} of them, such as\n{some}",
        failed.len()
    );
    for (form, (whole, lost)) in Form::ALL.iter().zip(whole.into_iter().zip(lost)) {
        // On one line, some breaks hide where the next record begins; of lines, only
        // those are lost that are whole by chance in what is broken.
        let share = match form {
            Form::SideBySide | Form::ArrayOneLine | Form::ArrayJoined => 20,
            form if form.is_by_line() => 1000,
            _ => 500,
        };
        assert!(lost * share <= whole, "{form:?}: {lost} of {whole} lost");
    }
}

/// Bytes that mean something, alone and together.
const TOKENS: [&str; 20] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\n",
    " ",
    "\\",
    "{\"a\":1}",
    "\n{\"a\":1}",
    "},\n",
    "]\n",
    "}}",
    "\r\n",
    "{}",
    "},{",
    "]}",
    "  ",
];

/// The text with some of its bytes gone, doubled or moved, and others among them.
fn garbled(chance: &mut Chance, mut text: Vec<u8>) -> Vec<u8> {
    for _ in 0..=chance.below(6) {
        let at = chance.below(text.len());
        let token = TOKENS[chance.below(TOKENS.len())].bytes();
        match chance.below(5) {
            0 => drop(text.remove(at)),
            1 => text[at] = token.last().unwrap(),
            2 => {
                let part = text[at..text.len().min(at + 40)].to_vec();
                let to = chance.below(text.len());
                drop(text.splice(to..to, part));
            }
            _ => drop(text.splice(at..at, token)),
        }
        text.push(b' ');
    }
    text
}

#[test]
fn chunk_sizes_do_not_show_in_any_garbage() {
    let more = std::env::var("TRANSMOG_RECOVERY_INPUTS").ok();
    let inputs: u64 = more.map_or(200, |more| more.parse().unwrap());
    let read = |text: &[u8], bytes: usize| {
        let options = ReadOptions::default();
        Records::of_bytes(text, options.with_resume(true).with_chunk_bytes(bytes))
    };
    for seed in 0..inputs {
        let mut chance = Chance(seed);
        for form in Form::ALL {
            let input = damaged(seed, form, 4, 300);
            let text = garbled(&mut chance, input.text[input.inner].to_vec());
            let whole = told(&read(&text, 1 << 20));
            for _ in 0..3 {
                let bytes = 1 + chance.below(80);
                let told = told(&read(&text, bytes));
                let shown = String::from_utf8_lossy(&text);
                assert_eq!(told, whole, "{seed} {form:?}, chunks of {bytes}:\n{shown}");
            }
        }
    }
}

/// Paths, and documents in which they lead to records.
const DOCUMENTS: [(&str, &str); 4] = [
    (
        "$.d",
        "{\"d\":[{\"i\":0},{\"i\":1}],\"z\":\"x\"}\n{\"d\":{\"i\":2,\"s\":\"}{][\"}}\n{\"d\":[]}\n",
    ),
    (
        "$.h[*].s",
        "{\"h\":[{\"k\":1,\"s\":{\"i\":0}},\n{\"s\":[{\"i\":1},{\"i\":2}]}],\"z\":{\"q\":[]}}",
    ),
    (
        "$.u.*",
        "{\"v\":1,\"u\":{\"a\":{\"i\":0},\"b\":[{\"i\":1}],\n \"c\":{\"i\":2},\n \"d\":{\"i\":3}\n}}",
    ),
    (
        "$[*].d",
        "[{\"d\":[{\"i\":0}]}]\n[{\"d\":{\"i\":1}},[],{\"d\":[]}]\n[[{\"d\":{\"i\":2}}]]\n",
    ),
];

#[test]
fn chunk_sizes_do_not_show_in_garbled_documents() {
    let more = std::env::var("TRANSMOG_RECOVERY_INPUTS").ok();
    let inputs: u64 = more.map_or(600, |more| more.parse().unwrap());
    for seed in 0..inputs {
        let mut chance = Chance(seed);
        for (path, document) in DOCUMENTS {
            let read = |text: &[u8], bytes: usize| {
                let options = ReadOptions::default()
                    .with_resume(true)
                    .with_records_path(Some(path.parse().unwrap()))
                    .with_chunk_bytes(bytes);
                told(&Records::of_bytes(text, options))
            };
            let text = garbled(&mut chance, document.as_bytes().to_vec());
            let whole = read(&text, 1 << 20);
            for _ in 0..3 {
                let bytes = 1 + chance.below(40);
                let shown = String::from_utf8_lossy(&text);
                assert_eq!(
                    read(&text, bytes),
                    whole,
                    "{seed} {path}, chunks of {bytes}:\n{shown}"
                );
            }
        }
    }
}

/// The same where the records are members of what stands in their place.
#[test]
fn records_in_damaged_documents_and_elements_are_taken() {
    let more = std::env::var("TRANSMOG_RECOVERY_INPUTS").ok();
    let inputs: u64 = more.map_or(100, |more| more.parse().unwrap());
    let (mut whole, mut lost, mut failed) = ([0; COUNT], [0; COUNT], Vec::new());
    for seed in 0..inputs {
        for (at, form) in Form::ALL.into_iter().enumerate() {
            let share = [10, 100, 400][seed as usize % 3];
            let input = damaged_members(seed, form, 12, share);
            let path = match (form.is_array(), input.is_envelope) {
                (false, _) => "$.w",
                (true, false) => "$[*].w",
                (true, true) => "$.d[*].w",
            };
            let options = ReadOptions::default()
                .with_resume(true)
                .with_records_path(Some(path.parse().unwrap()));
            whole[at] += input.records.iter().filter(|record| record.1).count();
            match check(&input, &options, true) {
                Ok(count) => lost[at] += count,
                Err(error) => {
                    let text = String::from_utf8_lossy(&input.text).into_owned();
                    failed.push(format!("{seed} {form:?} {path}: {error}\n{text}"));
                }
            }
        }
    }
    eprintln!("whole {whole:?}, lost {lost:?}, failed {}", failed.len());
    assert!(
        failed.is_empty(),
        "{}, such as\n{}",
        failed.len(),
        failed[0]
    );
    for (form, (whole, lost)) in Form::ALL.iter().zip(whole.into_iter().zip(lost)) {
        assert!(lost * 20 <= whole, "{form:?}: {lost} of {whole} are lost");
    }
}

/// Inputs with a broken record, the pointer to the array, the numbers of the accepted records,
/// and the rejected text.
#[test]
fn a_broken_record_is_one_rejection() {
    let cases: &[(&str, &str, &[u32], &[&str])] = &[
        // Elements beside each other on several lines.
        (
            "[{\"i\":1},{\"i\":2},{\"i\":3},\n{\"i\":4,\"o\":{},{\"i\":5},{\"i\":6}]",
            "",
            &[1, 2, 3, 5, 6],
            &["{\"i\":4,\"o\":{}"],
        ),
        (
            "[{\"i\":0},\n{\"i\":1,\"o\":{},{\"i\":2},{\"i\":3}\n]",
            "",
            &[0, 2, 3],
            &["{\"i\":1,\"o\":{}"],
        ),
        (
            "[\n{\"i\":0,\"o\":{},{\"i\":1},{\"i\":2}\n]",
            "",
            &[1, 2],
            &["{\"i\":0,\"o\":{}"],
        ),
        (
            "[\n{\"i\":0,\"o\":{},{\"i\":9}},\n{\"i\":2}\n]",
            "",
            &[2],
            &["{\"i\":0,\"o\":{},{\"i\":9}}"],
        ),
        // Elements that are arrays, of several lines.
        (
            "[{\"i\":0},[\"x\",\n{\"a\":1},\n\"y\"],\n{\"i\":1}]",
            "",
            &[0, 1],
            &["[\"x\",\n{\"a\":1},\n\"y\"]"],
        ),
        (
            "[[{\"i\":1,\"p\":\n{\"q\":1},\n\"z\":3},{\"i\":2}]]",
            "",
            &[],
            &["[{\"i\":1,\"p\":\n{\"q\":1},\n\"z\":3},{\"i\":2}]"],
        ),
        (
            "[[1,2,\n{\"a\":1},\n{\"a\":2},\n3],{\"i\":1}]",
            "",
            &[1],
            &["[1,2,\n{\"a\":1},\n{\"a\":2},\n3]"],
        ),
        // Arrays behind lines that are none.
        (
            "[{\"i\":0}]\nx\n[{\"i\":1},{\"i\":2,}]\n{\"i\":3}\n[{\"i\":4}]",
            "",
            &[0, 1, 3, 4],
            &["x", "{\"i\":2,}"],
        ),
        (
            "{\"i\":0}\n[{\"i\":1},\n{\"i\":2}]\n[10:00] {\"i\":3}\n{\"i\":4}\n",
            "",
            &[0, 1, 2, 4],
            &["[10:00] {\"i\":3}"],
        ),
        // A bracket too many, missing, or of the wrong kind.
        (
            "[\n{\"i\":0},\n[{\"i\":1},\n{\"i\":2}\n]",
            "",
            &[0, 2],
            &["[{\"i\":1}"],
        ),
        (
            "[{\"i\":0}\n,[\"i\":1}\n,{\"i\":2}\n]",
            "",
            &[0, 2],
            &["[\"i\":1}"],
        ),
        (
            "[{\"i\":0},[\"i\":1},{\"i\":2}]",
            "",
            &[0, 2],
            &["[\"i\":1}"],
        ),
        (
            "[\n\"i\":0,\"s\":1},\n{\"i\":1}\n]",
            "",
            &[1],
            &["\"i\":0,\"s\":1}"],
        ),
        ("[[\"i\":0},\n  {\"i\":1}\n]", "", &[1], &["[\"i\":0}"]),
        (
            "[{\n\"i\":0\n}, [\n\"i\":1\n}, {\n\"i\":2\n}]",
            "",
            &[0, 2],
            &["[\n\"i\":1\n}"],
        ),
        ("[\"i\":0},\n  {\"i\":1}\n]", "", &[1], &["\"i\":0}"]),
        ("[\"i\":0},{\"i\":1}]", "", &[1], &["\"i\":0}"]),
        (
            "[{\n\"i\":0\n}, {\n\"i\":1\n], {\n\"i\":2\n}]",
            "",
            &[0, 2],
            &["{\n\"i\":1\n]"],
        ),
        (
            "[{i\":0},{\"i\":1}]\n[{\"i\":2}]",
            "",
            &[1, 2],
            &["{i\":0}"],
        ),
        // The first key is another one than that of the others.
        (
            "[{\"i\":0},{\"j\":1,\"o\":{\"a\":1},{\"i\":2}]",
            "",
            &[0, 2],
            &["{\"j\":1,\"o\":{\"a\":1}"],
        ),
        // No object inside of it is a record, and its brackets end no array.
        (
            "{\"d\":[\n{\"i\":0},\n{\"i\":1,\"u\":[{\"i\":7,{\"i\":8}],\"t\":1},\n{\"i\":2}\n]}",
            "/d",
            &[0, 2],
            &["{\"i\":1,\"u\":[{\"i\":7,{\"i\":8}],\"t\":1}"],
        ),
        (
            "{\"d\":[{\"i\":0},{\"i\":1,\"u\":}\"k\":1}],\"t\":2},{\"i\":2}],\"z\":1}",
            "/d",
            &[0, 2],
            &["{\"i\":1,\"u\":}\"k\":1}],\"t\":2}"],
        ),
        (
            "{\"i\":0}\n{\"i\":1,\"u\":[{{\"i\":7},{\"i\":8}],\"t\":1}\n{\"i\":2}\n",
            "",
            &[0, 2],
            &["{\"i\":1,\"u\":[{{\"i\":7},{\"i\":8}],\"t\":1}"],
        ),
        (
            "{\"i\":1,\"s\":\"},{\"\"}\n{\"i\":2}\n",
            "",
            &[2],
            &["{\"i\":1,\"s\":\"},{\"\"}"],
        ),
        // Documents that have a line each.
        (
            "{\"d\":[{\"i\":0}]}\n{\"d\":[{\"i\":1\n{\"d\":[{\"i\":2}]}\n",
            "/d",
            &[0, 2],
            &["{\"i\":1"],
        ),
        (
            "{\"d\":[{\"i\":0}]}\n{\"d\":[{\"i\":1},\n{\"d\":[{\"i\":2}]}\n",
            "/d",
            &[0, 1, 2],
            &[","],
        ),
        (
            "[{\"i\":0}]\n[{\"i\":1]\n[{\"i\":2}]",
            "",
            &[0, 2],
            &["{\"i\":1"],
        ),
        (
            "[{\"i\":0}]\n[{\"i\":1}\n[{\"i\":2}]",
            "",
            &[0, 1, 2],
            &["["],
        ),
        // Brackets too many after the array.
        ("[{\"i\":0},{\"i\":1}]}", "", &[0, 1], &["}"]),
        ("[\n{\"i\":0},\n{\"i\":1}\n]\n]", "", &[0, 1], &["]"]),
        // What looks like another document is an element.
        (
            "[[{\"i\":0}],\n[{\"i\":1}],\n{\"i\":2}]",
            "",
            &[2],
            &["[{\"i\":0}]", "[{\"i\":1}]"],
        ),
        (
            "{\"d\":[\n{\"d\":[1],\"i\":0},\n{\"d\":[2],\"i\":1}\n]}",
            "/d",
            &[0, 1],
            &[],
        ),
        // The rest of an envelope is longer than what is looked at.
        (
            &format!("{{\"d\":[{{\"i\":0}}],\"z\":\"{}\"}}", "z".repeat(9000)),
            "/d",
            &[0],
            &[],
        ),
        // An element that is torn in a list of its own swallows neither the others nor the end.
        (
            "{\"d\":[\n{\"i\":0,\"u\":[{\"a\":1}]},\n{\"i\":1,\"u\":[{\"a\":1},\n{\"i\":2},\n{\"i\":3}\n]}\n",
            "/d",
            &[0, 2, 3],
            &["{\"i\":1,\"u\":[{\"a\":1}"],
        ),
        (
            "{\"d\":[\n{\"i\":1,\"u\":[{\"a\":1},\n{\"i\":2}\n]}\n{\"d\":[\n{\"i\":3}\n]}\n",
            "/d",
            &[2, 3],
            &["{\"i\":1,\"u\":[{\"a\":1}"],
        ),
        // What is wrong behind the records takes none of them, and adds none.
        (
            "{\"d\":[\n{\"i\":1}\n],\"n\":bad,\"m\":[\n{\"i\":5},\n{\"i\":6}\n]}\n",
            "/d",
            &[1],
            &["],\"n\":bad,\"m\":[\n{\"i\":5},\n{\"i\":6}\n]}"],
        ),
        (
            "{\n  \"d\": [\n    {\n      \"i\": 0\n    }\n  ],\n  \"n\": NaN,\n  \"m\": [\n    {\n      \"i\": 5\n    }\n  ]\n}\n",
            "/d",
            &[0],
            &["],\n  \"n\": NaN,\n  \"m\": [\n    {\n      \"i\": 5\n    }\n  ]\n}"],
        ),
        (
            "{\"d\":[{\"i\":1},{\"i\":2}],\"m\":{\"q\":1",
            "/d",
            &[1, 2],
            &["],\"m\":{\"q\":1"],
        ),
        (
            "{\"d\":[\n{\"i\":0},\n{\"i\":1,},\n{\"i\":2}\n],\"n\":bad,\"m\":[{\"i\":5}]}\n",
            "/d",
            &[0, 2],
            &["{\"i\":1,}", "],\"n\":bad,\"m\":[{\"i\":5}]}"],
        ),
        // A document that is cut ends before the next, wherever it is cut.
        (
            "{\n  \"d\": [\n    {\n      \"i\": 1\n    },\n    {\n      \"i\"\n{\n  \"d\": [\n    {\n      \"i\": 2\n    }\n  ]\n}\n",
            "/d",
            &[1, 2],
            &["{\n      \"i\""],
        ),
        (
            "{\"d\":[{\"i\":1},{\"i\":2},\n{\"d\":[{\"i\":3},{\"i\":4}]}\n{\"d\":[{\"i\":5}]}\n",
            "/d",
            &[1, 2, 3, 4, 5],
            &[","],
        ),
        (
            "{\"d\":[{\"i\":1}],\"m\":[1,\n{\"d\":[{\"i\":3},{\"i\":4}]}\n{\"d\":[{\"i\":5}]}\n",
            "/d",
            &[1, 3, 4, 5],
            &["],\"m\":[1,"],
        ),
        (
            "{\"m\":1,\"d\":[{\"i\":0}]}\n{\"m\":\n{\"m\":2,\"d\":[{\"i\":1}]}\n{\"m\":3,\"d\":[{\"i\":2}]}\n",
            "/d",
            &[0, 1, 2],
            &["{\"m\":"],
        ),
        // What stands on lines of its own between elements is no part of them.
        ("[\n{\"i\":1},\n{\"i\":2}\nx\n]\n", "", &[1, 2], &["x"]),
        ("[\n{\"i\":1}\n...\n{\"i\":2}\n]\n", "", &[1, 2], &["..."]),
    ];
    for (text, pointer, accepted, rejected) in cases {
        let pointer = (!pointer.is_empty()).then(|| pointer.parse().unwrap());
        for chunk_bytes in [1, 10, 1 << 20] {
            let options = ReadOptions::default()
                .with_resume(true)
                .with_chunk_bytes(chunk_bytes)
                .with_records_path(pointer.clone());
            let records = Records::of_bytes(text.as_bytes(), options);
            let told = told(&records);
            assert!(records.error.is_none(), "{text}\n{told}");
            let numbers = records.accepted.iter().map(|record| {
                let record: serde_json::Value = serde_json::from_str(record).unwrap();
                u32::try_from(record["i"].as_u64().unwrap()).unwrap()
            });
            assert_eq!(
                numbers.collect::<Vec<_>>(),
                *accepted,
                "{chunk_bytes} {text}\n{told}"
            );
            let raw = records.rejected.iter();
            let raw: Vec<_> = raw
                .map(|rejected| String::from_utf8_lossy(&rejected.raw))
                .collect();
            assert_eq!(raw, *rejected, "{text}\n{told}");
        }
    }
}
