//! Objects that are maps, and such that are not.

use super::{FoundMap, MapReason};
use crate::{Feed, Nothing, Run, TransmogConfig, Values};
use serde_json::{Value, json};

fn found(records: &[Value]) -> Vec<FoundMap> {
    let feed = Feed::records(Values(records.iter()));
    let run = Run::start(feed, Nothing, &TransmogConfig::default()).expect("options that fit");
    run.complete().expect("records").maps
}

fn paths(records: &[Value]) -> Vec<String> {
    found(records).into_iter().map(|map| map.path).collect()
}

/// An object of these members.
fn object(members: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(members.into_iter().collect())
}

#[test]
fn keys_of_a_form_of_data_make_a_map() {
    let record = json!({
        "areas": {"205705993": "front", "205705994": "back"},
        "one": {"337100890": "Subscriber"},
        "versions": {"1.0.0": {"size": 1, "files": []}, "1.0.1": {"size": 2, "files": []}},
        "days": {"2026-01-01": [1, 2], "2026-01-02": [3]},
    });
    assert_eq!(
        paths(&[record]),
        ["$.areas", "$.days", "$.one", "$.versions"]
    );
}

#[test]
fn few_of_many_keys_make_a_map() {
    let words =
        |at: usize| object((0..3).map(|key| (format!("word{}", (at * 7 + key) % 60), json!(1))));
    let records: Vec<Value> = (0..100)
        .map(|at| json!({"id": at, "counts": words(at)}))
        .collect();
    let maps = found(&records);
    assert_eq!((maps.len(), maps[0].path.as_str()), (1, "$.counts"));
    assert_eq!(
        (maps[0].reason, maps[0].keys, maps[0].objects),
        (MapReason::FewOfMany, 60, 100)
    );
}

#[test]
fn many_objects_that_are_alike_make_a_map() {
    let user = |at: usize| (format!("user{at}"), json!({"name": "a", "age": at}));
    assert_eq!(paths(&[object((0..12).map(user))]), ["$"]);
    assert_eq!(
        paths(&[json!({"users": object((0..12).map(user))})]),
        ["$.users"]
    );
    // Maps in a map: no two of them have a key in common.
    let room = |at: usize| {
        let message = |nr: usize| (format!("m{at}_{nr}"), json!({"text": "a", "by": "b"}));
        (format!("room{at}"), object((0..3).map(message)))
    };
    assert_eq!(
        paths(&[json!({"rooms": object((0..20).map(room))})]),
        ["$.rooms"]
    );
}

#[test]
fn records_of_fields_are_no_maps() {
    let fields = |at: usize| object((0..60).map(|key| (format!("field{key}"), json!(at))));
    let records: Vec<Value> = (0..50).map(fields).collect();
    assert_eq!(paths(&records), [""; 0]);
    // The same few members in every record, however alike they are.
    let range = json!({"min": 1, "max": 2});
    let sensor = object((0..12).map(|key| (format!("sensor{key}"), range.clone())));
    assert_eq!(
        paths(&vec![json!({"at": 1, "ranges": sensor}); 20]),
        [""; 0]
    );
    let sizes =
        json!({"thumb": {"w": 1, "h": 1}, "small": {"w": 1, "h": 1}, "large": {"w": 1, "h": 1}});
    assert_eq!(paths(&[json!({"sizes": sizes})]), [""; 0]);
    // Numbers as keys of unlike members.
    assert_eq!(
        paths(&[json!({"0": "x", "1": {"a": 1}, "2": [[1]], "3": true})]),
        [""; 0]
    );
}
