//! Rows of Arrow record batches give the tables that their JSON gives.

use arrow::{
    array::*,
    buffer::{OffsetBuffer, ScalarBuffer},
    datatypes::*,
};
use std::sync::Arc;
use transmog_engine::{ArrowRecords, Category, Error, Feed, Memory, Run, Summary, TransmogConfig};
use transmog_flatten::{IdGeneration, Numbers};
use transmog_model::LossKind;
use transmog_reader::Source;

pub(crate) fn config() -> TransmogConfig {
    TransmogConfig::default()
        .with_id_generation(IdGeneration::Hash)
        .with_numbers(Numbers::Exact)
        .with_include_nulls(true)
        .with_time_field(None::<String>)
}

pub(crate) fn arrow(batches: Vec<RecordBatch>) -> ArrowRecords {
    let schema = batches[0].schema();
    ArrowRecords::new(RecordBatchIterator::new(
        batches.into_iter().map(Ok),
        schema,
    ))
}

/// The rows of each table, with its name, and the summary.
pub(crate) fn run(
    feed: Feed<'static>,
    config: &TransmogConfig,
) -> Result<(Vec<Vec<String>>, Summary), Error> {
    let memory = Memory::default();
    let summary = Run::start(feed, memory.clone(), config)?.complete()?;
    let rows = memory.take().into_iter().flat_map(|table| {
        let name = table.name().to_owned();
        let rows: Vec<_> = table.rows().collect();
        let rows = rows.iter().map(|row| {
            let cells = row.cells().map(|(column, text)| format!("{column}={text}"));
            std::iter::once(name.clone()).chain(cells).collect()
        });
        rows.collect::<Vec<_>>()
    });
    Ok((rows.collect(), summary))
}

pub(crate) fn of_json(json: &str, config: &TransmogConfig) -> Vec<Vec<String>> {
    let source = Source::bytes("text", json.as_bytes().to_vec());
    run(Feed::text(vec![source]), config).expect("JSON").0
}

/// `count` nested records: as a batch, and as JSON.
fn nested(count: i64) -> (RecordBatch, String) {
    let item = Fields::from(vec![
        Field::new("sku", DataType::Utf8, true),
        Field::new("price", DataType::Float64, true),
    ]);
    let (mut ids, mut cities, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
    let (mut skus, mut prices) = (Vec::new(), Vec::new());
    let mut json = String::new();
    for n in 0..count {
        let items = (0..n % 4).map(|k| (format!("s{n}-{k}"), (k != 1).then_some(n as f64 / 8.0)));
        let items: Vec<_> = items.collect();
        let texts = items.iter().map(|(sku, price)| {
            let price = price.map_or("null".to_owned(), |price| price.to_string());
            format!("{{\"sku\":\"{sku}\",\"price\":{price}}}")
        });
        let city = ["Ulm", "Köln", ""][n as usize % 3];
        json += &format!(
            "{{\"id\":{n},\"at\":{{\"city\":\"{city}\"}},\"items\":[{}]}}\n",
            texts.collect::<Vec<_>>().join(",")
        );
        ids.push(n);
        cities.push(city);
        lengths.push(items.len());
        skus.extend(items.iter().map(|(sku, _)| sku.clone()));
        prices.extend(items.iter().map(|(_, price)| *price));
    }
    let cities: DictionaryArray<Int32Type> = cities.into_iter().collect();
    let at = StructArray::from(vec![(
        Arc::new(Field::new("city", cities.data_type().clone(), true)),
        Arc::new(cities) as ArrayRef,
    )]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(skus)),
        Arc::new(Float64Array::from(prices)),
    ];
    let items = ListArray::new(
        Arc::new(Field::new_list_field(DataType::Struct(item.clone()), true)),
        OffsetBuffer::from_lengths(lengths),
        Arc::new(StructArray::new(item, columns, None)),
        None,
    );
    let batch = RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(ids)) as ArrayRef),
        ("at", Arc::new(at)),
        ("items", Arc::new(items)),
    ]);
    (batch.expect("as many cells in each column"), json)
}

#[test]
fn the_tables_do_not_depend_on_batches_chunks_or_threads() {
    let (batch, json) = nested(500);
    let expected = of_json(&json, &config());
    assert!(expected.len() > 1_000);
    for size in [1, 7, 500] {
        let batches = (0..500)
            .step_by(size)
            .map(|at| batch.slice(at, size.min(500 - at)));
        let batches: Vec<_> = batches.collect();
        for (threads, bytes) in [(1, 1), (1, 1 << 20), (3, 300)] {
            let config = config().with_threads(threads).with_chunk_bytes(bytes);
            let (rows, summary) = run(Feed::arrow(arrow(batches.clone())), &config).expect("rows");
            assert_eq!(
                rows, expected,
                "batches of {size}, {threads} threads, {bytes} bytes"
            );
            assert_eq!(summary.records.accepted, 500);
        }
    }
}

#[test]
fn nan_is_refused_with_its_path_or_null() {
    let (batch, _) = nested(3);
    let items = ListArray::from_iter_primitive::<Float64Type, _, _>([
        Some(vec![Some(1.0)]),
        Some(vec![Some(1.0), Some(f64::NAN)]),
        Some(vec![]),
    ]);
    let batch = RecordBatch::try_from_iter([
        ("id", batch.column(0).clone()),
        (
            "of",
            Arc::new(StructArray::from(vec![(
                Arc::new(Field::new("v", items.data_type().clone(), true)),
                Arc::new(items) as ArrayRef,
            )])),
        ),
    ])
    .expect("a batch");
    let error =
        run(Feed::arrow(arrow(vec![batch.clone()])), &config()).expect_err("NaN is not JSON");
    assert_eq!(error.category(), Category::Data);
    let at = error.location().expect("a record");
    assert_eq!((at.file.as_str(), at.record), ("<arrow>", Some(2)));
    assert_eq!(at.path.as_deref(), Some("$.of.v[*]"));
    let records = arrow(vec![batch]).with_nan_as_null(true);
    let (rows, _) = run(Feed::arrow(records), &config()).expect("null is JSON");
    assert_eq!(rows[1].last().map(String::as_str), Some("of_v=[1,null]"));
}

#[test]
fn of_columns_with_one_name_the_last_stays() {
    let number = |n: i64| Arc::new(Int64Array::from(vec![n, n])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("a", number(1)), ("b", number(2)), ("a", number(3))]);
    let (rows, summary) =
        run(Feed::arrow(arrow(vec![batch.expect("a batch")])), &config()).expect("rows");
    assert_eq!(rows[0][2..], ["a=3", "b=2"]);
    let entry = summary
        .ledger
        .iter()
        .find(|entry| entry.kind == LossKind::DuplicateKey);
    assert_eq!(entry.map(|entry| entry.count), Some(2));
}

#[test]
fn columns_that_cannot_be_read_are_named_before_anything_is_read() {
    let time = TimestampSecondArray::from(vec![0]).with_timezone("Nowhere/Land");
    let time: ArrayRef = Arc::new(time);
    let at = StructArray::from(vec![(
        Arc::new(Field::new("time", time.data_type().clone(), true)),
        time,
    )]);
    let batch = RecordBatch::try_from_iter([("at", Arc::new(at) as ArrayRef)]).expect("a batch");
    let error = run(Feed::arrow(arrow(vec![batch])), &config()).expect_err("no such zone");
    assert_eq!(error.category(), Category::Unsupported);
    assert!(
        error
            .to_string()
            .contains("column \"at.time\": the time zone \"Nowhere/Land\""),
        "{error}"
    );

    let mut deep: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    for _ in 0..600 {
        let field = Arc::new(Field::new_list_field(deep.data_type().clone(), true));
        deep = Arc::new(ListArray::new(
            field,
            OffsetBuffer::new(ScalarBuffer::from(vec![0, 1])),
            deep,
            None,
        ));
    }
    let batch = RecordBatch::try_from_iter([("deep", deep)]).expect("a batch");
    let error = run(Feed::arrow(arrow(vec![batch])), &config()).expect_err("too deep");
    assert!(error.to_string().contains("512 levels"), "{error}");
}

#[test]
fn what_the_reader_says_ends_the_run() {
    let (batch, _) = nested(3);
    let schema = batch.schema();
    let failed = arrow::error::ArrowError::ExternalError("the line is dead".into());
    let reader = RecordBatchIterator::new([Ok(batch), Err(failed)], schema);
    let error = run(Feed::arrow(ArrowRecords::new(reader)), &config()).expect_err("it failed");
    assert_eq!(error.category(), Category::Read);
    assert!(error.to_string().contains("the line is dead"), "{error}");
}
