//! Proptest strategies: records that nest, drift in type, and whose keys
//! collide; unicode, big numbers and empties; and options.

use crate::options::{ArrayMode, CaseOptions, IdMode, Names};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
};
use serde_json::Value;
use transmog_events::JsonPath;

/// Keys that collide with each other, with joined paths and with metadata.
const KEYS: [&str; 16] = [
    "a",
    "b",
    "c",
    "a_b",
    "b_c",
    "a.b",
    "a b",
    "value",
    "_id",
    "_parent_id",
    "id",
    "a__2",
    "",
    "é",
    "A",
    "x\"\\'\n",
];

const NUMBERS: [&str; 50] = [
    "0",
    "-0",
    "1",
    "-7",
    "1.0",
    "2.5",
    "-0.5",
    "1e2",
    "0.1",
    "1e21",
    "1e-7",
    "1e400",
    "1E+400",
    "1e-400",
    "0.0",
    "-0.0",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999999999999999999",
    "-99999999999999999999999999999999999999",
    "100000000000000000000000000000000000000",
    "123456789012345678901234567890123456789012",
    // About as many digits as a float64 preserves, and more.
    "1.123456789012345678",
    "-1.1234567890123456780e0",
    "1.000000000000000000000",
    "0.10000000000000001",
    "0.1000000000000000055511151231257827",
    "40.417881799999996",
    "8.000000000000001",
    "9007199254740993.0",
    "12345678901234567890.0",
    "123456789012345678e3",
    "1234567890123456789012345678901234567.5",
    "1234567890123456789012345678901234567.25",
    "0.00000000000000000000000000000000000001",
    "0.000000000000000000000000000000000000001",
    "-1.2345678901234567890E-7",
    "1.2345678901234567890e-30",
    "1.2345678901234567890e+300",
    "0.000001",
    "1e20",
    "123456789012345680000",
    "5e-324",
    "4.9e-324",
    "2.2250738585072011e-308",
    "0.000e-400",
];

const STRINGS: [&str; 24] = [
    "",
    "x",
    "false",
    "null",
    "5",
    "007",
    "2026-01-01",
    "2026-01-02T03:04:05Z",
    "0190163d-8694-739b-aea5-966c26f8ad90",
    "=1+1",
    "é\u{2028}😀",
    "a,b\n\"c\"",
    "[1]",
    "\u{0}\u{1f}",
    " ",
    "-5",
    // JSON.
    "true",
    " null ",
    "1.25",
    "9007199254740993",
    "\"\"",
    r#"{"a":1,"b":["x",{"c":"[2]"}],"":{}}"#,
    r#"[{"a":"{}"},"[]",null]"#,
    r#"["5",6]"#,
];

/// Rules by path, without their paths.
const RULES: [(&str, &str); 27] = [
    ("select", ""),
    ("drop", ""),
    ("json", ""),
    ("parse", ""),
    ("parse", ""),
    ("map", ""),
    ("map", ""),
    ("table", ""),
    ("list", ""),
    ("rename", "b"),
    ("rename", "data_a"),
    ("carry", ""),
    ("carry", ""),
    ("mask", "hmac"),
    ("mask", "redact"),
    ("mask", "null"),
    ("type", "text"),
    ("type", "int64"),
    ("type", "float64"),
    ("type", "boolean"),
    ("type", "decimal(20,2)"),
    ("type", "json"),
    ("type", "date"),
    ("type", "uuid"),
    ("type", "timestamp"),
    ("type", "timestamp(s)"),
    ("type", "timestamp(ns)"),
];

const MODES: [ArrayMode; 4] = [
    ArrayMode::Smart,
    ArrayMode::Separate,
    ArrayMode::Inline,
    ArrayMode::Skip,
];

/// The text of a number with many digits, with or without a point and an exponent.
fn long_number() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?"
}

/// A scalar or null.
pub fn scalar() -> impl Strategy<Value = Value> {
    let number = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        2 => any::<i8>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        3 => select(&NUMBERS[..]).prop_map(number),
        1 => long_number().prop_map(move |text| number(&text)),
        3 => select(&STRINGS[..]).prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
        1 => select(&FORMED[..]).prop_flat_map(select).prop_map(Value::from),
    ]
}

/// A key from a small alphabet.
pub fn key() -> impl Strategy<Value = String> {
    select(&KEYS[..]).prop_map(str::to_owned)
}

/// Texts of one form or nearly so, of which each pool makes a column.
const FORMED: [&[&str]; 12] = [
    &["2026-01-02", "0001-01-01", "9999-12-31", "1600-02-29"],
    &["2026-01-02", "2026-02-29", "2026-1-2", "0000-01-01"],
    &[
        "2026-01-02T03:04:05Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ],
    &[
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.5Z",
        "1969-12-31T23:59:59.123456Z",
    ],
    &[
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.50Z",
        "2026-01-02T03:04:05.25Z",
    ],
    &[
        "2026-01-02T03:04:05.000Z",
        "2026-01-02T03:04:05.120Z",
        "1900-01-01T00:00:00.001Z",
    ],
    &[
        "2262-04-11T23:47:16.854775807Z",
        "1677-09-21T00:12:43.145224193Z",
        "2026-01-02T00:00:00.1Z",
    ],
    &[
        "2026-01-02T03:04:05.000000001Z",
        "2026-01-02T03:04:05Z",
        "9999-12-31T23:59:59Z",
    ],
    &[
        "2026-01-02 03:04:05",
        "1999-12-31 23:59:59",
        "2026-01-02 03:04:05.000000001",
    ],
    &[
        "2026-01-02T03:04:05+02:00",
        "0001-01-01T02:00:00+02:00",
        "0001-01-01T00:00:00+02:00",
    ],
    &[
        "0190163d-8694-739b-aea5-966c26f8ad90",
        "00000000-0000-0000-0000-000000000000",
        "f190163d-8694-739b-aea5-966c26f8ad9f",
    ],
    &[
        "0190163D-8694-739B-AEA5-966C26F8AD90",
        "00000000-0000-0000-0000-000000000000",
        "0190163d-8694-739b-aea5-966c26f8ad90",
        "0190163D-8694-739b-AEA5-966C26F8AD90",
    ],
];

/// Texts that do not belong to the form of their column.
const STRAYS: [&str; 8] = [
    "",
    "soon",
    "2026-01-02",
    "2026-01-02T24:00:00Z",
    "2026-01-02T03:04:60Z",
    "2026-01-02t03:04:05z",
    "2026-01-02T03:04:05.1234567890Z",
    "2026-01-02T03:04:05+24:00",
];

/// A scalar or a list of a pool, seldom something else.
fn formed(pool: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let text = || select(pool).prop_map(Value::from);
    let is_of_form = prop_oneof![40 => text(), 4 => Just(Value::Null)];
    prop_oneof![
        60 => text(),
        6 => Just(Value::Null),
        1 => select(&STRAYS[..]).prop_map(Value::from),
        1 => scalar(),
        8 => vec(is_of_form, 0..4).prop_map(Value::from),
    ]
}

/// Records whose columns are mostly of one form: a scalar, a list, a nested member and rows below.
pub fn formed_records() -> impl Strategy<Value = Vec<Value>> {
    let pool = || select(&FORMED[..]);
    (pool(), pool(), pool(), pool()).prop_flat_map(|(scalars, lists, nested, rows)| {
        let text = |pool: &'static [&'static str]| {
            prop_oneof![30 => select(pool).prop_map(Value::from), 1 => formed(pool)]
        };
        let list = vec(text(lists), 0..3).prop_map(Value::from);
        let row = prop_oneof![
            4 => text(rows).prop_map(|value| serde_json::json!({"at": value})),
            1 => text(rows),
        ];
        let record = (text(scalars), list, text(nested), vec(row, 0..3));
        let record = record.prop_map(|(a, b, c, rows)| {
            serde_json::json!({"a": a, "b": b, "c": {"a": c}, "rows": rows})
        });
        vec(record, 1..12)
    })
}

/// Sets of types to find in text.
pub fn detect_types() -> impl Strategy<Value = Vec<String>> {
    let types = ["date", "timestamp", "uuid"].map(str::to_owned);
    proptest::sample::subsequence(types.to_vec(), 0..=3)
}

/// Any value of at most `depth` levels, including empties.
pub fn value(depth: u32) -> impl Strategy<Value = Value> {
    scalar().prop_recursive(depth, 24, 4, |inner| {
        prop_oneof![
            2 => vec((key(), inner.clone()), 0..4).prop_map(object),
            2 => vec(inner, 0..4).prop_map(Value::from),
            1 => vec(scalar(), 0..4).prop_map(Value::from),
        ]
    })
}

/// An object.
pub fn record() -> impl Strategy<Value = Value> {
    vec((key(), value(4)), 0..5).prop_map(object)
}

/// Some records, which drift: each draws its values anew for the same keys.
pub fn records() -> impl Strategy<Value = Vec<Value>> {
    vec(record(), 0..8)
}

/// Options of the flatten core under which every record is accepted.
pub fn options() -> impl Strategy<Value = CaseOptions> {
    (
        select(&MODES[..]),
        any::<bool>(),
        any::<bool>(),
        prop_oneof![3 => Just(100usize), 1 => 1..5usize],
        select(&["_", ".", "__"][..]),
        select(&[Names::Exact, Names::CaseInsensitive, Names::Sql][..]),
        (0u8..4, any::<bool>(), detect_types()),
        (option::of(Just("_root_id")), option::of(Just("_Index"))),
        any::<bool>(),
        (
            option::of(Just("A")),
            option::of(Just("_line")),
            option::of(Just("b_c")),
        ),
    )
        .prop_map(
            |(
                array_mode,
                include_nulls,
                stringify,
                max_depth,
                separator,
                names,
                (hash, uuid_ids, detect_types),
                extra,
                exact,
                origin,
            )| {
                CaseOptions {
                    array_mode,
                    include_nulls,
                    stringify,
                    exact_numbers: exact,
                    max_depth,
                    separator: separator.into(),
                    names,
                    id: match hash {
                        0 => IdMode::Random,
                        1 => IdMode::Sequence,
                        2 => IdMode::Random,
                        _ => IdMode::Hash,
                    },
                    seed: (hash == 2).then_some(max_depth as u64),
                    uuid_ids: uuid_ids && hash != 1,
                    detect_types: if stringify { Vec::new() } else { detect_types },
                    root_field: extra.0.map(Into::into),
                    index_field: extra.1.map(Into::into),
                    source_field: origin.0.map(Into::into),
                    line_field: origin.1.map(Into::into),
                    byte_field: origin.2.map(Into::into),
                    ..CaseOptions::default()
                }
            },
        )
}

/// Records, and rules for paths in them, in the printed form. They may contradict each other.
pub fn records_and_rules() -> impl Strategy<Value = (Vec<Value>, Vec<String>)> {
    let rule = (any::<Index>(), select(&RULES[..]), 0u8..32);
    (vec(record(), 1..8), vec(rule, 0..6)).prop_map(|(records, rules)| {
        let mut paths = Vec::new();
        let root = JsonPath::root();
        records
            .iter()
            .for_each(|record| add_paths(record, &root, &mut paths));
        let rules = rules.into_iter().filter_map(|(at, (kind, argument), any)| {
            let path = paths.get(at.index(paths.len().max(1)))?;
            let steps = path.steps().iter().enumerate();
            let path = steps.fold(JsonPath::root(), |path, (at, step)| {
                match step {
                    // Some stand for all members.
                    transmog_events::Step::Member(_) if any == 1 << at.min(4) => path.members(),
                    step => path.then(step.clone()),
                }
            });
            let argument = match argument {
                "" => String::new(),
                argument => format!("={argument}"),
            };
            Some(format!("{kind} {path}{argument}"))
        });
        let rules = rules.collect();
        (records, rules)
    })
}

/// The paths of all values in a value, and of those in strings that hold JSON.
fn add_paths(value: &Value, path: &JsonPath, paths: &mut Vec<JsonPath>) {
    paths.push(path.clone());
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(key, value)| add_paths(value, &path.member(key.as_str()), paths)),
        Value::Array(items) => items
            .iter()
            .for_each(|item| add_paths(item, &path.elements(), paths)),
        Value::String(text) => {
            if let Ok(parsed @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                add_paths(&parsed, path, paths);
            }
        }
        _ => {}
    }
}

fn object(members: Vec<(String, Value)>) -> Value {
    Value::Object(members.into_iter().collect())
}
