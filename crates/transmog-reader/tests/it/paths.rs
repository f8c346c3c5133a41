//! Paths to records: each form of path, on each form of input, in chunks of any size.

use crate::records::Records;
use transmog_reader::ReadOptions;

/// What is accepted, with the key of its member before it, and what is rejected and why.
fn read(input: &str, path: &str, chunk_bytes: usize, resume: bool) -> (Vec<String>, Vec<String>) {
    let options = ReadOptions::default()
        .with_chunk_bytes(chunk_bytes)
        .with_records_path(Some(path.parse().unwrap()))
        .with_resume(resume);
    let records = Records::of_bytes(input.as_bytes(), options);
    let rejected = records.rejected.iter().map(|rejected| {
        let raw = String::from_utf8_lossy(&rejected.raw);
        format!("{raw} at {}: {}", rejected.byte, rejected.message)
    });
    let mut rejected: Vec<_> = rejected.collect();
    rejected.extend(records.error.map(|error| error.to_string()));
    (records.accepted, rejected)
}

/// The same for every size of chunks.
fn in_any_chunks(input: &str, path: &str, resume: bool) -> (Vec<String>, Vec<String>) {
    let whole = read(input, path, 1 << 20, resume);
    for chunk_bytes in (1..40).chain([input.len()]) {
        let parts = read(input, path, chunk_bytes, resume);
        assert_eq!(parts, whole, "{path} {input} in chunks of {chunk_bytes}");
    }
    whole
}

/// Paths, inputs, and the records in them; a record of `.*` has its key before it.
const RECORDS: &[(&str, &str, &[&str])] = &[
    // One record a document, in lines, pretty, and one after another.
    (
        "$.payload",
        "{\"schema\":{\"a\":[1]},\"payload\":{\"n\":1}}\n{\"payload\":{\"n\":2},\"x\":\"}\"}\n",
        &["{\"n\":1}", "{\"n\":2}"],
    ),
    (
        "$.payload",
        "{\n \"payload\": {\n  \"n\": 1\n }\n}\n{\n \"payload\": {\n  \"n\": 2\n }\n}\n",
        &["{\"n\":1}", "{\"n\":2}"],
    ),
    (
        "$.a.b",
        "{\"a\":{\"b\":{\"n\":1}}}{\"a\":{\"c\":[{}],\"b\":{\"n\":2}}}",
        &["{\"n\":1}", "{\"n\":2}"],
    ),
    // An array or a record at the same place.
    (
        "$.d",
        "{\"d\":[{\"n\":1},{\"n\":2}]}\n{\"d\":{\"n\":3}}\n{\"d\":[]}\n{\"d\":[{\"n\":4}],\"e\":1}\n",
        &["{\"n\":1}", "{\"n\":2}", "{\"n\":3}", "{\"n\":4}"],
    ),
    // A member of each element.
    (
        "$.hits.hits[*]._source",
        "{\"took\":1,\"hits\":{\"total\":2,\"hits\":[{\"_id\":\"a\",\"_source\":{\"n\":1}},\n\
         {\"_id\":\"b\",\"_source\":{\"n\":2},\"sort\":[1]}]}}",
        &["{\"n\":1}", "{\"n\":2}"],
    ),
    // Pages.
    (
        "$[*].data",
        "[{\"page\":1,\"data\":[{\"n\":1},{\"n\":2}]},\n{\"page\":2,\"data\":[]},\n{\"data\":[{\"n\":3}]}]",
        &["{\"n\":1}", "{\"n\":2}", "{\"n\":3}"],
    ),
    (
        "$.p[*].q[*].r",
        "{\"p\":[{\"q\":[{\"r\":{\"n\":1}},{\"r\":[{\"n\":2}]}]},{\"q\":[]},{\"q\":[{\"r\":{\"n\":3}}]}]}",
        &["{\"n\":1}", "{\"n\":2}", "{\"n\":3}"],
    ),
    // Arrays in arrays.
    (
        "$[*]",
        "[[{\"n\":1},{\"n\":2}],[],{\"n\":3},\n[\n{\"n\":4}\n]]\n[[{\"n\":5}]]",
        &[
            "{\"n\":1}",
            "{\"n\":2}",
            "{\"n\":3}",
            "{\"n\":4}",
            "{\"n\":5}",
        ],
    ),
    ("$.a[*]", "{\"a\":[{\"n\":1}]}", &["{\"n\":1}"]),
    // Members.
    (
        "$.users.*",
        "{\"v\":1,\"users\":{\"-Kx1\":{\"n\":1},\"a\\\"b\":{\"n\":2},\"\":{}},\"w\":{}}",
        &["-Kx1={\"n\":1}", "a\"b={\"n\":2}", "={}"],
    ),
    (
        "$.*",
        "{\n  \"a\": {\n    \"n\": 1\n  },\n  \"b\": [\n    {\"n\": 2},\n    {\"n\": 3}\n  ]\n}\n{}\n{\"c\":{\"n\":4}}",
        &["a={\"n\":1}", "b={\"n\":2}", "b={\"n\":3}", "c={\"n\":4}"],
    ),
    (
        "$[*].m.*.r",
        "[{\"m\":{\"x\":{\"r\":{\"n\":1}},\"y\":{\"r\":[{\"n\":2}]}}},{\"m\":{}}]",
        &["x={\"n\":1}", "y={\"n\":2}"],
    ),
    (
        "$.u.*",
        "{\"u\":{\"a\":{\"n\":1}}}\n{\"u\":{\"b\":{\"n\":2}}}\n",
        &["a={\"n\":1}", "b={\"n\":2}"],
    ),
    // Names that need quotes, escapes in the input, a JSON Pointer with a number.
    (
        "$['a b']['it\\'s']",
        "{\"a b\":{\"it\\u0027s\":[{\"n\":1}]}}",
        &["{\"n\":1}"],
    ),
    (
        "/a/1/b~1c",
        "{\"a\":[0,{\"b/c\":[{\"n\":1}]},2]}\n",
        &["{\"n\":1}"],
    ),
    (
        "/0",
        "{\"0\":{\"n\":1}}\n{\"0\":{\"n\":2}}\n",
        &["{\"n\":1}", "{\"n\":2}"],
    ),
];

#[test]
fn a_path_leads_to_the_records() {
    for (path, input, expected) in RECORDS {
        for resume in [false, true] {
            let (accepted, rejected) = in_any_chunks(input, path, resume);
            assert_eq!(rejected, [""; 0], "{path} {input}");
            assert_eq!(accepted, *expected, "{path} {input}");
        }
    }
}

#[test]
fn without_steps_a_path_is_none() {
    for path in ["$", ""] {
        let (accepted, rejected) = in_any_chunks("[{\"n\":1}]\n[{\"n\":2}]", path, true);
        assert_eq!((accepted.len(), rejected.len()), (2, 0));
    }
}

/// Paths, inputs, the records that are taken, and what is rejected, with a part of the message.
type Damaged = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

const DAMAGED: &[Damaged] = &[
    // The path leads nowhere in one document.
    (
        "$.payload",
        "{\"payload\":{\"n\":1}}\n{\"payloads\":{\"n\":2}}\n{\"payload\":{\"n\":3}}\n",
        &["{\"n\":1}", "{\"n\":3}"],
        &[("{\"payloads\":{\"n\":2}}", "did you mean `$.payloads`?")],
    ),
    (
        "$.a.b",
        "{\"a\":{\"x\":1,\"y\":2}}\n",
        &[],
        &[("{\"a\":{\"x\":1,\"y\":2}}", "there are `$.a.x`, `$.a.y`")],
    ),
    (
        "$.payload",
        "{\"payload\":{\"n\":1}}\n{\"payload\":null}\n{\"payload\":{\"n\":3}}\nx\n",
        &["{\"n\":1}", "{\"n\":3}"],
        &[
            (
                "{\"payload\":null}",
                "expected an object or an array at `$.payload`, found null",
            ),
            ("x", "found no JSON"),
        ],
    ),
    // Documents that are arrays, and others between them.
    (
        "$[*]",
        "[{\"n\":0}]\n{\"a\":1}\n[{\"n\":1}]\nnull\n[{\"x\"\n[{\"n\":2}]\n",
        &["{\"n\":0}", "{\"n\":1}", "{\"n\":2}"],
        &[
            (
                "{\"a\":1}",
                "expected an array at the document's top, found an object",
            ),
            ("null", "found null"),
            ("{\"x\"", "expected"),
        ],
    ),
    (
        "/0",
        "[{\"n\":0}]\n[]\n[{\"n\":1}]\nx\n[{\"n\":2}]\n",
        &["{\"n\":0}", "{\"n\":1}", "{\"n\":2}"],
        &[("[]", "there is no `/0`"), ("x", "found no JSON")],
    ),
    (
        "$.a",
        "{\"b\":1}{\"a\":[{\"n\":1}]}{\"a\":[{\"n\":2}]}",
        &["{\"n\":1}", "{\"n\":2}"],
        &[("{\"b\":1}", "there is no `$.a`")],
    ),
    (
        "$.a.b",
        "{\n \"a\": {\n  \"c\": 1\n }\n}\n{\n \"a\": {\n  \"b\": {\n   \"n\": 1\n  }\n }\n}\n",
        &["{\"n\":1}"],
        &[("{\n \"a\": {\n  \"c\": 1\n }\n}", "there are `$.a.c`")],
    ),
    // Another kind.
    (
        "$.a[*].b",
        "{\"a\":{\"b\":{}}}\n",
        &[],
        &[(
            "{\"a\":{\"b\":{}}}",
            "expected an array at `$.a`, found an object, whose members are `.*`",
        )],
    ),
    (
        "$.a.*",
        "{\"a\":[{}]}\n",
        &[],
        &[(
            "{\"a\":[{}]}",
            "expected an object at `$.a`, found an array, whose elements are `[*]`",
        )],
    ),
    // Elements in which it leads nowhere, and broken ones.
    (
        "$.h[*].s",
        "{\"h\":[{\"s\":{\"n\":1}},{\"t\":1},{\"s\":{\"n\":2,}},{\"s\":{\"n\":3}}]}",
        &["{\"n\":1}", "{\"n\":3}"],
        &[
            ("{\"t\":1}", "there is no `$.h[*].s`"),
            ("{\"s\":{\"n\":2,}}", "expected a key"),
        ],
    ),
    // A page with a broken record keeps the others.
    (
        "$[*].d",
        "[{\"d\":[{\"n\":1},{\"n\":2,},{\"n\":3}]},{\"d\":[{\"n\":4}]}]",
        &["{\"n\":1}", "{\"n\":3}", "{\"n\":4}"],
        &[("{\"n\":2,}", "extra commas")],
    ),
    (
        "$.d",
        "{\"d\":[{\"n\":1},{\"n\":2,},{\"n\":3}]}\n{\"d\":[{\"n\":4}]}\n",
        &["{\"n\":1}", "{\"n\":3}", "{\"n\":4}"],
        &[("{\"n\":2,}", "extra commas")],
    ),
    // Members.
    (
        "$.u.*",
        "{\"u\":{\"a\":{\"n\":1},\"b\":5,\"c\":{\"n\":2}}}",
        &["a={\"n\":1}", "c={\"n\":2}"],
        &[(
            "\"b\":5",
            "expected an object or an array at `$.u.*`, found a number",
        )],
    ),
    (
        "$.u.*",
        "{\"u\":{\n \"a\":{\"n\":1},\n \"b\":{\"n\":2,},\n \"c\":{\"n\":3,\"o\":},\n \"d\":{\"n\":4}\n}}",
        &["a={\"n\":1}", "d={\"n\":4}"],
        &[
            ("\"b\":{\"n\":2,}", "expected a key"),
            ("\"c\":{\"n\":3,\"o\":}", "expected a value"),
        ],
    ),
    (
        "$.u.*",
        "{\"u\":{\"a\":{\"n\":1},\"b\":{\"n\":,\"s\":\"}\"}, \"c\":{\"n\":3,\"o\":{\"p\":x,\"q\":{\"r\":{}}}},\"d\":{\"n\":4}}}",
        &["a={\"n\":1}", "d={\"n\":4}"],
        &[
            ("\"b\":{\"n\":,\"s\":\"}\"}", "expected a value"),
            (
                "\"c\":{\"n\":3,\"o\":{\"p\":x,\"q\":{\"r\":{}}}}",
                "expected a value",
            ),
        ],
    ),
    // A comma too many.
    (
        "$.u.*",
        "{\"u\":{\"a\":{\"n\":1},}}",
        &["a={\"n\":1}"],
        &[(",", "expected a key")],
    ),
    (
        "$.u.*",
        "{\"u\":{\n\"a\":{\"n\":1},\n}}",
        &["a={\"n\":1}"],
        &[(",", "expected a key")],
    ),
    (
        "$.a.b",
        "{\"a\":{\"b\":{\"n\":1},},\"c\":1}",
        &["{\"n\":1}"],
        &[(",},\"c\":1}", "expected a key")],
    ),
    // The end is missing.
    (
        "$.u.*",
        "{\"u\":{\"a\":{\"n\":1}}",
        &["a={\"n\":1}"],
        &[("}", "expected the document around the records to end")],
    ),
    (
        "$.u",
        "{\"v\":1,\"u\":{\"n\":1}",
        &["{\"n\":1}"],
        &[("{", "expected the document around the records to end")],
    ),
    // The same key twice.
    (
        "$.d",
        "{\"d\":{\"n\":1},\"d\":{\"n\":2}}\n{\"d\":{\"n\":3}}\n",
        &["{\"n\":1}", "{\"n\":3}"],
        &[(",\"d\":{\"n\":2}}", "holds `d` twice")],
    ),
];

#[test]
fn what_a_path_does_not_find_is_named_and_rejected_alone() {
    for (path, input, expected, errors) in DAMAGED {
        let (accepted, rejected) = in_any_chunks(input, path, true);
        assert_eq!(accepted, *expected, "{path} {input}: {rejected:#?}");
        assert_eq!(
            rejected.len(),
            errors.len(),
            "{path} {input}: {rejected:#?}"
        );
        for (rejected, (raw, message)) in rejected.iter().zip(*errors) {
            let is_told = rejected.starts_with(&format!("{raw} at ")) && rejected.contains(message);
            assert!(
                is_told,
                "{path} {input}: {rejected}, expected {raw}: {message}"
            );
        }
    }
}

#[test]
fn what_is_too_long_to_be_held_is_gone_into() {
    let records = |from: usize| {
        let records = (from..from + 9).map(|n| format!("{{\"n\":{n}}}"));
        records.collect::<Vec<_>>().join(",")
    };
    let long = "x".repeat(90);
    let cases = [
        (
            "$.*",
            format!(
                "{{\"a\":[{}],\"b\":{{\"n\":9}},\"c\":[{}]}}",
                records(0),
                records(10)
            ),
            19,
        ),
        (
            "$.*.d",
            format!(
                "{{\"a\":{{\"y\":\"{long}\",\"d\":[{}],\"z\":\"{long}\"}},\"b\":{{\"d\":{{\"n\":9}}}}}}",
                records(0)
            ),
            10,
        ),
        (
            "$[*].d",
            format!(
                "[{{\"d\":[{}]}},{{\"d\":[{{\"n\":9}}]}},{{\"y\":\"{long}\",\"d\":[{}]}}]",
                records(0),
                records(10)
            ),
            19,
        ),
        (
            "$[*]",
            format!("[[{}],[{{\"n\":9}}],[{}]]", records(0), records(10)),
            19,
        ),
        (
            "$.d",
            format!(
                "{{\"d\":{{\"n\":9}}}}\n{{\"d\":[{}]}}\n{{\"y\":\"{long}\",\"d\":[{}]}}\n",
                records(0),
                records(10)
            ),
            19,
        ),
    ];
    for (path, input, count) in cases {
        for chunk_bytes in [1, 7, 30, 100, 1 << 20] {
            let options = ReadOptions::default()
                .with_chunk_bytes(chunk_bytes)
                .with_max_record_bytes(40)
                .with_records_path(Some(path.parse().unwrap()));
            let found = Records::of_bytes(input.as_bytes(), options);
            assert!(found.is_clean(), "{path} {input} {chunk_bytes}: {found:?}");
            assert_eq!(found.accepted.len(), count, "{path} {input} {chunk_bytes}");
            for record in &found.accepted {
                let has_key = record.starts_with("a=")
                    || record.starts_with("b=")
                    || record.starts_with("c=");
                assert_eq!(has_key, path.contains(".*"), "{record}");
            }
        }
    }
}

#[test]
fn a_record_that_is_too_long_is_rejected_alone() {
    let long = format!("{{\"s\":\"{}\"}}", "x".repeat(60));
    let cases = [
        (
            "$.*",
            format!("{{\"a\":{{\"n\":1}},\"b\":{long},\"c\":{{\"n\":2}}}}"),
        ),
        ("$[*]", format!("[{{\"n\":1}},{long},{{\"n\":2}}]")),
        (
            "$[*].d",
            format!("[{{\"d\":{{\"n\":1}}}},{{\"d\":[{long}]}},{{\"d\":{{\"n\":2}}}}]"),
        ),
        ("$.d", format!("{{\"d\":[{{\"n\":1}},{long},{{\"n\":2}}]}}")),
    ];
    for (path, input) in cases {
        for chunk_bytes in [1, 10, 1 << 20] {
            let options = ReadOptions::default()
                .with_chunk_bytes(chunk_bytes)
                .with_max_record_bytes(40)
                .with_records_path(Some(path.parse().unwrap()))
                .with_resume(true);
            let found = Records::of_bytes(input.as_bytes(), options);
            assert_eq!(
                found.accepted.len(),
                2,
                "{path} {input} {chunk_bytes}: {found:?}"
            );
            assert_eq!(
                found.rejected.len(),
                1,
                "{path} {input} {chunk_bytes}: {found:?}"
            );
            assert!(
                found.rejected[0].message.contains("at most 40 bytes"),
                "{found:?}"
            );
        }
    }
}

#[test]
fn extra_commas_are_accepted_on_the_way_as_well() {
    for (path, input) in [
        ("$.a.b", "{,\"x\":1,,\"a\":{\"b\":[{\"n\":1},],},}"),
        ("$.a.*", "{\"a\":{\"b\":{\"n\":1}},}"),
        ("$.a.*", "{\"a\":{,\"b\":{\"n\":1},,}}"),
        ("$[*].d", "[{\"d\":{\"n\":1},},]"),
        ("/0/d", "[{,\"d\":[{\"n\":1}]},,{}]"),
    ] {
        for chunk_bytes in [1, 7, 1 << 20] {
            let options = ReadOptions::default()
                .with_chunk_bytes(chunk_bytes)
                .with_lenient(&[transmog_reader::Leniency::Commas])
                .with_records_path(Some(path.parse().unwrap()));
            let found = Records::of_bytes(input.as_bytes(), options);
            assert!(found.is_clean(), "{path} {input}: {found:?}");
            assert_eq!(found.accepted.len(), 1, "{path} {input}");
        }
    }
}

#[test]
fn the_key_of_a_record_is_bounded() {
    let input = "{\"a\":{\"n\":1},\"bbbbbbbbbbbb\":{\"n\":5},\"c\":{\"n\":2}}";
    for chunk_bytes in [1, 10, 1 << 20] {
        let options = ReadOptions::default()
            .with_chunk_bytes(chunk_bytes)
            .with_max_record_bytes(40)
            .with_records_path(Some("$.*".parse().unwrap()))
            .with_resume(true);
        let found = Records::of_bytes(input.as_bytes(), options);
        assert_eq!(found.accepted, ["a={\"n\":1}", "c={\"n\":2}"]);
        assert_eq!(found.rejected[0].raw, b"\"bbbbbbbbbbbb\":{\"n\":5}");
        assert!(
            found.rejected[0].message.contains("at most 10 bytes"),
            "{found:?}"
        );
    }
}
