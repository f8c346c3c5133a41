//! The flatten core, fed with serde values.

use arrow::{array::AsArray, datatypes::UInt32Type};
use serde_json::{Value, json};
use std::time::Instant;
use transmog_events::{RecordSink, RecordStart, RejectionKind};
use transmog_flatten::{
    ArrayMode, Flattener, IdGeneration, Options, SerializeError, serialize_events,
};
use transmog_model::text_array;

fn flattener(options: Options) -> Flattener {
    Flattener::new(options)
}

fn feed(flattener: &mut Flattener, index: u32, record: &Value) {
    flattener.begin_record(RecordStart { byte: 0, index });
    serialize_events(record, flattener).expect("the record is taken");
    flattener.end_record().expect("the record is kept");
}

fn column(flattener: &mut Flattener, table: &str, path: &str) -> (String, Vec<Option<String>>) {
    let set = flattener.finish();
    let table = set
        .tables
        .iter()
        .find(|t| t.path.to_string() == table)
        .expect("the table is there");
    let column = table
        .columns
        .iter()
        .find(|c| c.path.to_string() == path)
        .expect("so is the column");
    let texts = text_array(&column.cells);
    let cells = texts.iter().map(|cell| cell.map(str::to_owned)).collect();
    (column.seen.column_type().to_string(), cells)
}

#[test]
fn a_column_widens_exactly() {
    let mut f = flattener(Options::default());
    for (at, x) in [
        json!(1),
        json!(2.9),
        json!(null),
        json!("abc"),
        json!([1, "a"]),
    ]
    .iter()
    .enumerate()
    {
        feed(&mut f, at as u32, &json!({ "x": x }));
    }
    let (column_type, cells) = column(&mut f, "$", "$.x");
    assert_eq!(column_type, "text");
    let cells: Vec<_> = cells.iter().map(Option::as_deref).collect();
    assert_eq!(
        cells,
        [
            Some("1"),
            Some("2.9"),
            None,
            Some("abc"),
            Some(r#"[1,"a"]"#)
        ]
    );
}

#[test]
fn a_rolled_back_record_leaves_no_trace() {
    let mut f = flattener(Options::default());
    feed(&mut f, 0, &json!({"x": 1, "items": [{"y": 1}]}));
    f.begin_record(RecordStart { byte: 0, index: 1 });
    serialize_events(
        &json!({"x": "text", "new": 1, "items": [{"y": "a"}], "more": [[{}]]}),
        &mut f,
    )
    .expect("the record is taken");
    f.abandon_record();
    feed(&mut f, 2, &json!({"x": 3, "last": true}));
    let set = f.finish();
    let shape: Vec<_> = set
        .tables
        .iter()
        .map(|t| {
            let columns: Vec<_> = t
                .columns
                .iter()
                .map(|c| format!("{}: {}", c.path, c.seen.column_type()))
                .collect();
            (t.path.to_string(), t.rows, columns)
        })
        .collect();
    assert_eq!(
        shape,
        [
            (
                "$".to_owned(),
                2,
                vec!["$.x: int64".to_owned(), "$.last: boolean".to_owned()]
            ),
            (
                "$.items[*]".to_owned(),
                1,
                vec!["$.items[*].y: int64".to_owned()]
            ),
        ]
    );
}

#[test]
fn children_name_their_immediate_parent() {
    let mut f = flattener(Options {
        array_mode: ArrayMode::Separate,
        ..Options::default()
    });
    feed(&mut f, 0, &json!({"a": [{"b": [1, 2]}, {"b": [3]}]}));
    let set = f.finish();
    let parents = set.tables[2].parent_ids.as_ref().expect("a child table");
    assert_eq!(parents.as_primitive::<UInt32Type>().values(), &[0, 0, 1]);
    assert_eq!(
        (set.tables[1].parent, set.tables[2].parent),
        (Some(0), Some(1))
    );
}

#[test]
fn numbers_of_serde_json_stay_exact() {
    let mut f = flattener(Options::default());
    let big: Value = serde_json::from_str("[18446744073709551616]").expect("JSON");
    feed(&mut f, 0, &json!({"x": big[0]}));
    let (column_type, cells) = column(&mut f, "$", "$.x");
    assert_eq!(
        (column_type.as_str(), cells[0].as_deref()),
        ("decimal(38,0)", Some("18446744073709551616"))
    );
}

#[test]
fn a_key_held_twice_is_told() {
    use transmog_events::EventSink;
    let mut f = flattener(Options::default());
    f.begin_record(RecordStart { byte: 0, index: 0 });
    f.begin_object().expect("taken");
    f.key("a").expect("taken");
    f.integer(1).expect("taken");
    let error = f.key("a").expect_err("the key is there already");
    assert_eq!(error.kind(), &RejectionKind::DuplicateKey);
    f.abandon_record();
    assert!(matches!(
        serialize_events(&f64::NAN, &mut f),
        Err(SerializeError::Value(_))
    ));
    assert!(f.finish().tables.is_empty());
}

/// Fields are looked up by key, and not searched for each one.
#[test]
fn ids_of_many_fields_take_about_as_long_as_those_of_whole_records() {
    let names: Vec<_> = (0..4000).map(|at| format!("k{at}")).collect();
    let record: Value = names.iter().map(|name| (name.clone(), json!(1))).collect();
    let time = |id_generation| {
        let mut f = flattener(Options {
            id_generation,
            ..Options::default()
        });
        let started = Instant::now();
        (0..10).for_each(|index| feed(&mut f, index, &record));
        started.elapsed()
    };
    let whole = time(IdGeneration::Hash);
    let fields = time(IdGeneration::Fields(names));
    assert!(
        fields < whole * 6,
        "{fields:?}, and {whole:?} for whole records"
    );
}
