//! Every type of Arrow has its form in JSON.

use crate::arrow_records::{arrow, config, of_json, run};
use arrow::{array::*, buffer::OffsetBuffer, datatypes::*};
use std::{collections::HashMap, sync::Arc};
use transmog_engine::Feed;

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
