//! Batches have the same rows as tables in memory.

use std::{collections::BTreeMap, sync::Arc};
use transmog::{
    Batches, Category, Error, IdGeneration, Input, OnError, RecordSource, Records, Rejection,
    Result, TransmogConfig, flatten, flatten_batches,
};
use transmog_model::text_at;

fn lines(count: usize) -> String {
    let line = |n: usize| match n % 7 {
        0 => format!("{{\"n\":{n},\"late{n}\":true,\"list\":[{{\"x\":\"{n}\"}}]}}\n"),
        _ => format!("{{\"n\":{n}.5,\"list\":[{{\"x\":{n}}},{{}}]}}\n"),
    };
    (0..count).map(line).collect()
}

fn config() -> TransmogConfig {
    TransmogConfig::default()
        .with_id_generation(IdGeneration::Hash)
        .with_time_field(None)
        .with_chunk_bytes(1000)
        .with_memory_limit(1 << 16)
}

type Cells = BTreeMap<String, Vec<Vec<(String, String)>>>;

fn cells(batches: &mut Batches) -> Cells {
    let mut tables = Cells::new();
    for batch in batches {
        let (table, rows) = batch.expect("a batch");
        let names = rows.schema();
        for row in 0..rows.num_rows() {
            let columns = rows.columns().iter().zip(names.fields());
            let columns = columns.filter(|(array, _)| array.is_valid(row));
            let cells = columns.map(|(array, field)| {
                let mut text = Vec::new();
                text_at(&mut text, array, row);
                (
                    field.name().clone(),
                    String::from_utf8_lossy(&text).into_owned(),
                )
            });
            tables
                .entry(table.clone())
                .or_default()
                .push(cells.collect());
        }
    }
    tables
}

#[test]
fn batches_hold_all_rows_in_order() {
    let json = lines(500);
    let whole = flatten(&*json, &config()).expect("tables");
    for threads in [1, 4] {
        let config = config().with_threads(threads);
        let mut batches = flatten_batches(&*json, &config).expect("batches");
        let tables = cells(&mut batches);
        assert_eq!(tables.len(), 2);
        for table in whole.all_tables() {
            let rows = &tables[table.name()];
            assert_eq!(rows.len(), table.len());
            // Types may be narrower here, texts are the same.
            for (row, expected) in rows.iter().zip(table.rows()) {
                let mut row = row.clone();
                let mut expected: Vec<_> =
                    expected.cells().map(|(n, c)| (n.to_owned(), c)).collect();
                row.sort();
                expected.sort();
                assert_eq!(row, expected);
            }
        }
        let summary = batches.summary().expect("a summary");
        assert_eq!(summary.records.accepted, 500);
        assert_eq!(summary.tables.len(), 2);
        assert!(batches.next().is_none());
    }
}

#[test]
fn with_its_schema_given_a_table_has_one_schema() {
    let json = lines(300);
    let schema = discovered(&*json, &config()).expect("a schema");
    let config = config().with_schema(Some(Arc::new(schema)));
    let mut schemas = BTreeMap::new();
    let mut count = 0;
    for batch in flatten_batches(&*json, &config).expect("batches") {
        let (table, rows) = batch.expect("a batch");
        count += 1;
        let known = schemas.entry(table).or_insert_with(|| rows.schema());
        assert_eq!(*known, rows.schema());
    }
    assert!(count > schemas.len(), "{count} batches");
}

#[test]
fn an_error_is_the_last_item() {
    let json = format!("{}{{\"n\":\n", lines(100));
    let items: Vec<_> = flatten_batches(&*json, &config())
        .expect("batches")
        .collect();
    let (last, first) = items.split_last().expect("items");
    assert!(first.iter().all(Result::is_ok));
    assert_eq!(
        last.as_ref().expect_err("an error").category(),
        Category::Syntax
    );
}

/// Three records, of which the second is not valid, then an error.
struct Odd(u32);

impl RecordSource for Odd {
    fn next_records(&mut self, records: &mut Records<'_>) -> Result<()> {
        let number = self.0;
        self.0 += 1;
        match number {
            0 => records.add(|events| {
                events.begin_object()?;
                events.end_object()
            }),
            1 => records.add(|events| {
                events.begin_object()?;
                events.key("a")?;
                Err(Rejection::invalid(Some("$.a".into()), "expected a value"))
            }),
            2 => return Err(Error::from_source("the source is dry")),
            _ => {}
        }
        Ok(())
    }
}

#[test]
fn records_that_are_not_text_follow_the_same_policies() {
    let error = flatten(Input::records(Odd(0)), &config()).expect_err("no value");
    assert_eq!(error.category(), Category::Data);
    assert_eq!(
        error.location().and_then(|l| l.path.as_deref()),
        Some("$.a")
    );
    let skipping = config().with_on_error(OnError::Skip);
    let error = flatten(Input::records(Odd(0)), &skipping).expect_err("no source");
    assert_eq!(error.category(), Category::Read);
    assert_eq!(error.to_string(), "the source is dry");
    let result = flatten(Input::records(Odd(3)), &skipping).expect("no records");
    assert!(result.main().is_empty());
    let both = Input::records(Odd(3)).and_path("/dev/null");
    assert_eq!(
        flatten(both, &skipping).expect_err("both").category(),
        Category::Config
    );
}

/// The schema of the tables that the input makes.
fn discovered(
    input: impl Into<transmog::Input>,
    config: &TransmogConfig,
) -> transmog::Result<transmog::Schema> {
    transmog::survey(input, config).map(|(schema, _)| schema)
}
