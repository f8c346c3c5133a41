//! Values of a program give the same tables as text, on all threads.

use serde_json::{Value, json};
use transmog::{
    Error, IdGeneration, Input, OnError, RecordSource, Records, Result, TransmogConfig, flatten,
    flatten_values,
};

fn config(threads: usize) -> TransmogConfig {
    TransmogConfig::default()
        .with_threads(threads)
        .with_id_generation(IdGeneration::Hash)
        .with_on_error(OnError::Skip)
        .with_time_field(None::<String>)
}

#[test]
fn a_value_of_nearly_the_memory_limit_does_not_stop_the_run() {
    let values = [json!({"a": "x".repeat(3_000_000)}), json!({"a": "y"})];
    for threads in [1, 2] {
        let config = config(threads).with_memory_limit(4 << 20);
        let result = flatten_values(&values, &config).expect("it fits");
        assert_eq!(result.main().len(), 2);
    }
}

/// The tables and the rejections.
fn told(values: &[Value], config: &TransmogConfig) -> (Vec<Vec<String>>, Vec<String>) {
    let result = flatten_values(values, config).expect("tables");
    let tables = result.all_tables().iter().map(|table| {
        let columns = table.schema().columns.iter().map(|column| {
            let cells = table.rows().map(|row| row.text(&column.name));
            format!("{} {:?}", column.name, cells.collect::<Vec<_>>())
        });
        columns.collect()
    });
    let rejections = result.summary().rejections.iter();
    let rejections = rejections.map(|(place, reason)| format!("{place}: {reason}"));
    (tables.collect(), rejections.collect())
}

#[test]
fn tables_of_values_do_not_depend_on_threads() {
    let values: Vec<_> = (0..10_000)
        .map(|at| match at % 1000 {
            999 => json!([at]),
            _ => json!({"id": at, "k": {"a": at % 7}, "items": [{"n": at}, {"n": 2.5}], "s": "é"}),
        })
        .collect();
    let alone = told(&values, &config(1));
    assert_eq!((alone.0.len(), alone.1.len()), (2, 10));
    for threads in [2, 4] {
        assert_eq!(told(&values, &config(threads)), alone, "{threads} threads");
        let little = config(threads).with_memory_limit(1 << 22);
        assert_eq!(told(&values, &little), alone, "{threads} threads");
    }
    assert_eq!(told(&[json!({})], &config(4)).0.len(), 1);
}

/// This many records, then an error of the source.
struct Failing(std::ops::Range<i64>);

impl RecordSource for Failing {
    fn next_records(&mut self, records: &mut Records<'_>) -> Result<()> {
        while !records.is_full() {
            let Some(number) = self.0.next() else {
                return Err(Error::from_source("the source broke"));
            };
            records.add(|events| match number {
                5 => events.string("no object"),
                number => {
                    events.begin_object()?;
                    events.key("number")?;
                    events.integer(number)?;
                    events.end_object()
                }
            });
        }
        Ok(())
    }
}

#[test]
fn the_first_error_is_reported() {
    for threads in [1, 2] {
        let run = |on_error| {
            let config = config(threads).with_on_error(on_error);
            let result = flatten(Input::records(Failing(0..20_000)), &config);
            result.expect_err("the source fails").to_string()
        };
        assert!(
            run(OnError::Fail).contains("expected an object"),
            "{threads}"
        );
        assert_eq!(run(OnError::Skip), "the source broke", "{threads}");
    }
}

#[test]
fn a_value_that_takes_too_much_is_rejected() {
    for threads in [1, 2] {
        let config = config(threads).with_memory_limit(1 << 22);
        let large: Vec<_> = (0..1_000_000).collect();
        let values = [json!({"a": 1}), json!({"a": large}), json!({"a": 2})];
        let result = flatten_values(&values, &config).expect("the others are taken");
        assert_eq!(result.main().len(), 2, "{threads} threads");
        let (place, reason) = &result.summary().rejections[0];
        assert_eq!(place.record, Some(2));
        assert!(reason.contains("memory_limit"), "{reason}");
    }
}
