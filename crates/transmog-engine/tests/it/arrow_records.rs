//! Rows of Arrow record batches give the tables that their JSON gives.

use arrow::{
    array::*,
    buffer::{OffsetBuffer, ScalarBuffer},
    datatypes::*,
};
use std::{collections::HashMap, sync::Arc};
use transmog_engine::{ArrowRecords, Category, Error, Feed, Memory, Run, Summary, TransmogConfig};
use transmog_flatten::{IdGeneration, Numbers};
use transmog_model::LossKind;
use transmog_reader::Source;

fn config() -> TransmogConfig {
    TransmogConfig::default()
        .with_id_generation(IdGeneration::Hash)
        .with_numbers(Numbers::Exact)
        .with_include_nulls(true)
        .with_time_field(None::<String>)
}

fn arrow(batches: Vec<RecordBatch>) -> ArrowRecords {
    let schema = batches[0].schema();
    ArrowRecords::new(RecordBatchIterator::new(
        batches.into_iter().map(Ok),
        schema,
    ))
}

/// The rows of each table, with its name, and the summary.
fn run(feed: Feed<'static>, config: &TransmogConfig) -> Result<(Vec<Vec<String>>, Summary), Error> {
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

fn of_json(json: &str, config: &TransmogConfig) -> Vec<Vec<String>> {
    let source = Source::bytes("text", json.as_bytes().to_vec());
    run(Feed::text(vec![source]), config).expect("JSON").0
}

/// A column of two cells, the second of which is null, and the JSON of the first.
fn of_type(json: &str, array: impl Array + 'static) -> (String, ArrayRef) {
    (json.to_owned(), Arc::new(array))
}

fn every_type() -> Vec<(String, ArrayRef)> {
    let small = |values: Vec<Option<i32>>| Int32Array::from(values);
    let list_field = || Arc::new(Field::new_list_field(DataType::Int32, true));
    let numbers = || Arc::new(small(vec![Some(1), None, Some(3)])) as ArrayRef;
    let offsets = || OffsetBuffer::new(vec![0, 3, 3].into());
    let nulls = || Some(vec![true, false].into());
    let words: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
    let mut map = MapBuilder::new(None, Int64Builder::new(), Float64Builder::new());
    map.keys().append_value(7);
    map.values().append_value(0.5);
    map.append(true).expect("as many keys as values");
    map.append(false).expect("as many keys as values");
    let timestamp = |zone: Option<&str>| {
        let cells = TimestampMicrosecondArray::from(vec![Some(1_767_323_045_000_006), None]);
        match zone {
            Some(zone) => cells.with_timezone(zone),
            None => cells,
        }
    };
    let runs = RunArray::try_new(
        &Int16Array::from(vec![1, 2]),
        &StringArray::from(vec![Some("run"), None]),
    );
    let union = UnionArray::try_new(
        UnionFields::from_fields([
            Field::new("n", DataType::Int32, true),
            Field::new("t", DataType::Utf8, true),
        ]),
        vec![1, 0].into(),
        Some(vec![2, 1].into()),
        vec![numbers(), words.clone()],
    );
    let wide = i256::from_i128(i128::MAX).wrapping_mul(i256::from_i128(100));
    vec![
        of_type("true", BooleanArray::from(vec![Some(true), None])),
        of_type("-8", Int8Array::from(vec![Some(-8), None])),
        of_type("-16", Int16Array::from(vec![Some(-16), None])),
        of_type("-32", small(vec![Some(-32), None])),
        of_type(
            "-9223372036854775808",
            Int64Array::from(vec![Some(i64::MIN), None]),
        ),
        of_type("8", UInt8Array::from(vec![Some(8), None])),
        of_type("16", UInt16Array::from(vec![Some(16), None])),
        of_type("32", UInt32Array::from(vec![Some(32), None])),
        of_type(
            "18446744073709551615",
            UInt64Array::from(vec![Some(u64::MAX), None]),
        ),
        of_type("0.5", Float32Array::from(vec![Some(0.5), None])),
        of_type("0.1", Float64Array::from(vec![Some(0.1), None])),
        of_type(
            "-0.05",
            Decimal32Array::from(vec![Some(-5), None])
                .with_precision_and_scale(9, 2)
                .expect("it fits"),
        ),
        of_type(
            "12345678901234567.8",
            Decimal64Array::from(vec![Some(123_456_789_012_345_678), None])
                .with_precision_and_scale(18, 1)
                .expect("it fits"),
        ),
        of_type(
            "1.000000000000000000000000000000001",
            Decimal128Array::from(vec![Some(10i128.pow(33) + 1), None])
                .with_precision_and_scale(38, 33)
                .expect("it fits"),
        ),
        of_type(
            "1200",
            Decimal128Array::from(vec![Some(12), None])
                .with_precision_and_scale(38, -2)
                .expect("it fits"),
        ),
        of_type(
            "170141183460469231731687303715884105727.00",
            Decimal256Array::from(vec![Some(wide), None])
                .with_precision_and_scale(76, 2)
                .expect("it fits"),
        ),
        of_type(r#""ü""#, StringArray::from(vec![Some("ü"), None])),
        of_type(r#""""#, LargeStringArray::from(vec![Some(""), None])),
        of_type(
            r#""long enough to be elsewhere""#,
            StringViewArray::from(vec![Some("long enough to be elsewhere"), None]),
        ),
        of_type(
            r#""AP8=""#,
            BinaryArray::from(vec![Some(&b"\x00\xff"[..]), None]),
        ),
        of_type(
            r#""YWJj""#,
            LargeBinaryArray::from(vec![Some(&b"abc"[..]), None]),
        ),
        of_type(
            r#""YWJj""#,
            BinaryViewArray::from(vec![Some(&b"abc"[..]), None]),
        ),
        of_type(
            r#""YWJj""#,
            FixedSizeBinaryArray::new(3, b"abcxyz".to_vec().into(), nulls()),
        ),
        of_type(
            r#""2026-01-02""#,
            Date32Array::from(vec![Some(20_455), None]),
        ),
        of_type(
            r#""2026-01-02""#,
            Date64Array::from(vec![Some(20_455 * 86_400_000), None]),
        ),
        of_type(
            r#""00:00:07""#,
            Time32SecondArray::from(vec![Some(7), None]),
        ),
        of_type(
            r#""00:00:00.007""#,
            Time32MillisecondArray::from(vec![Some(7), None]),
        ),
        of_type(
            r#""00:00:00.000007""#,
            Time64MicrosecondArray::from(vec![Some(7), None]),
        ),
        of_type(
            r#""00:00:00.000000007""#,
            Time64NanosecondArray::from(vec![Some(7), None]),
        ),
        of_type(r#""2026-01-02T03:04:05.000006""#, timestamp(None)),
        of_type(
            r#""2026-01-02T03:04:05.000006+00:00""#,
            timestamp(Some("UTC")),
        ),
        of_type(
            r#""2026-01-02T05:34:05.000006+02:30""#,
            timestamp(Some("+02:30")),
        ),
        of_type(
            r#""1970-01-01T00:00:07""#,
            TimestampSecondArray::from(vec![Some(7), None]),
        ),
        of_type(
            r#""1970-01-01T00:00:00.007""#,
            TimestampMillisecondArray::from(vec![Some(7), None]),
        ),
        of_type(
            r#""1970-01-01T00:00:00.000000007""#,
            TimestampNanosecondArray::from(vec![Some(7), None]),
        ),
        of_type(
            r#""PT1.5S""#,
            DurationMillisecondArray::from(vec![Some(1_500), None]),
        ),
        of_type(
            r#""P14M""#,
            IntervalYearMonthArray::from(vec![Some(14), None]),
        ),
        of_type(
            r#""P1DT0.5S""#,
            IntervalDayTimeArray::from(vec![Some(IntervalDayTime::new(1, 500)), None]),
        ),
        of_type(
            r#""-P1M2DT3S""#,
            IntervalMonthDayNanoArray::from(vec![
                Some(IntervalMonthDayNano::new(-1, -2, -3_000_000_000)),
                None,
            ]),
        ),
        of_type(
            "[1,null,3]",
            ListArray::new(list_field(), offsets(), numbers(), nulls()),
        ),
        of_type(
            "[1,null,3]",
            LargeListArray::new(
                list_field(),
                OffsetBuffer::new(vec![0i64, 3, 3].into()),
                numbers(),
                nulls(),
            ),
        ),
        of_type(
            "[null,3]",
            ListViewArray::new(
                list_field(),
                vec![1, 0].into(),
                vec![2, 0].into(),
                numbers(),
                nulls(),
            ),
        ),
        of_type(
            "[1,null]",
            LargeListViewArray::new(
                list_field(),
                vec![0i64, 0].into(),
                vec![2, 0].into(),
                numbers(),
                nulls(),
            ),
        ),
        of_type(
            "[1,null]",
            FixedSizeListArray::new(
                list_field(),
                2,
                Arc::new(small(vec![Some(1), None, None, None])),
                nulls(),
            ),
        ),
        of_type(
            r#"{"n":1,"w":"a"}"#,
            StructArray::new(
                vec![
                    Field::new("n", DataType::Int32, true),
                    Field::new("w", DataType::Utf8, true),
                ]
                .into(),
                vec![numbers().slice(0, 2), words.slice(0, 2)],
                nulls(),
            ),
        ),
        of_type(r#"{"7":0.5}"#, map.finish()),
        of_type(
            r#""c""#,
            DictionaryArray::new(UInt8Array::from(vec![Some(2), None]), words.clone()),
        ),
        of_type(r#""run""#, runs.expect("two runs")),
        of_type(r#""c""#, union.expect("two types")),
        of_type("null", NullArray::new(2)),
    ]
}

#[test]
fn every_type_has_its_form_in_json() {
    for (at, (json, array)) in every_type().into_iter().enumerate() {
        let shown = array.data_type().to_string();
        let batch =
            RecordBatch::try_from_iter_with_nullable([("v", array, true)]).expect("a batch");
        let expected = of_json(&format!("{{\"v\":{json}}}\n{{\"v\":null}}"), &config());
        for batches in [
            vec![batch.clone()],
            vec![batch.slice(0, 1), batch.slice(1, 1)],
        ] {
            let (rows, _) = run(Feed::arrow(arrow(batches)), &config()).expect(&shown);
            assert_eq!(rows, expected, "type {at}: {shown}");
        }
    }
}

#[test]
fn a_uuid_is_its_text_and_other_extensions_what_they_are_stored_as() {
    let bytes: ArrayRef = Arc::new(FixedSizeBinaryArray::new(
        16,
        (0..16).collect::<Vec<u8>>().into(),
        None,
    ));
    for (name, expected) in [
        ("arrow.uuid", "00010203-0405-0607-0809-0a0b0c0d0e0f"),
        ("other", "AAECAwQFBgcICQoLDA0ODw=="),
    ] {
        let metadata = HashMap::from([("ARROW:extension:name".to_owned(), name.to_owned())]);
        let field = Field::new("v", bytes.data_type().clone(), true).with_metadata(metadata);
        let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![bytes.clone()]);
        let rows = run(Feed::arrow(arrow(vec![batch.expect("a batch")])), &config())
            .expect(name)
            .0;
        assert_eq!(
            rows[0].last().map(String::as_str),
            Some(&*format!("v={expected}"))
        );
    }
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
