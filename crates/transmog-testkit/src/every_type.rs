//! Tables with a column of every type, and tables of very many columns.

use arrow::{
    array::{
        ArrayRef, BooleanArray, BooleanBuilder, Date32Array, Date32Builder, Decimal128Array,
        FixedSizeBinaryArray, FixedSizeBinaryBuilder, Float64Array, Int64Array, Int64Builder,
        ListArray, ListBuilder, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
        TimestampMicrosecondBuilder, TimestampNanosecondArray,
    },
    datatypes::DataType,
};
use std::sync::Arc;
use transmog_events::JsonPath;
use transmog_model::{
    Column, ColumnRole, ColumnType, LetterCase, ScalarType, Separator, TableSchema, TimestampType,
    TimestampUnit, Zone,
};

/// A table of so many columns of this type, and of no others.
#[must_use]
pub fn wide_schema(columns: usize, column_type: ScalarType) -> TableSchema {
    let column = |at| data_column(&format!("c{at}"), ColumnType::Scalar(column_type));
    TableSchema {
        columns: (0..columns).map(column).collect(),
        ..schema()
    }
}

/// A column of values at the member `name` of a record.
pub(crate) fn data_column(name: &str, column_type: ColumnType) -> Column {
    Column {
        name: name.to_owned(),
        path: Some(JsonPath::root().member(name)),
        role: ColumnRole::Data,
        column_type,
    }
}

const NANOS: ScalarType = ScalarType::Timestamp(TimestampType {
    unit: TimestampUnit::Nanosecond,
    ..TimestampType::INSTANT
});
const LOCAL: ScalarType = ScalarType::Timestamp(TimestampType {
    separator: Separator::Space,
    zone: Zone::Local,
    ..TimestampType::INSTANT
});
const UUID: ScalarType = ScalarType::Uuid(LetterCase::Upper);

/// A table with a column of every type.
#[must_use]
pub fn schema() -> TableSchema {
    let scalar = ColumnType::Scalar;
    let columns = [
        ("_id", ColumnRole::Id, ColumnType::TEXT),
        ("_parent_id", ColumnRole::Parent, ColumnType::TEXT),
        ("bool", ColumnRole::Data, scalar(ScalarType::Boolean)),
        ("int", ColumnRole::Data, scalar(ScalarType::Int64)),
        ("float", ColumnRole::Data, scalar(ScalarType::Float64)),
        ("decimal", ColumnRole::Data, scalar(ScalarType::Decimal(0))),
        ("text", ColumnRole::Data, ColumnType::TEXT),
        (
            "ints",
            ColumnRole::Data,
            ColumnType::List(ScalarType::Int64),
        ),
        (
            "texts",
            ColumnRole::Data,
            ColumnType::List(ScalarType::Text),
        ),
        (
            "bools",
            ColumnRole::Data,
            ColumnType::List(ScalarType::Boolean),
        ),
        (
            "fraction",
            ColumnRole::Data,
            scalar(ScalarType::Decimal(18)),
        ),
        ("date", ColumnRole::Data, scalar(ScalarType::Date)),
        (
            "instant",
            ColumnRole::Data,
            scalar(ScalarType::Timestamp(TimestampType::INSTANT)),
        ),
        ("nanos", ColumnRole::Data, scalar(NANOS)),
        ("local", ColumnRole::Data, scalar(LOCAL)),
        ("uuid", ColumnRole::Data, scalar(UUID)),
        ("json", ColumnRole::Data, scalar(ScalarType::Json)),
        (
            "dates",
            ColumnRole::Data,
            ColumnType::List(ScalarType::Date),
        ),
        ("locals", ColumnRole::Data, ColumnType::List(LOCAL)),
        ("uuids", ColumnRole::Data, ColumnType::List(UUID)),
        ("_timestamp", ColumnRole::Time, ColumnType::RUN_START),
    ];
    TableSchema {
        name: "data".to_owned(),
        path: JsonPath::root(),
        properties: Arc::default(),
        columns: columns
            .into_iter()
            .map(|(name, role, column_type)| Column {
                name: name.to_owned(),
                path: None,
                role,
                column_type,
            })
            .collect(),
    }
}

/// Rows of [`schema`] whose values repeat with different periods, nulls and
/// extremes included.
///
/// # Panics
/// Never: what it makes fits the schema.
#[must_use]
pub fn rows_of_every_type(schema: &TableSchema, rows: usize) -> RecordBatch {
    let texts = [
        Some("a"),
        None,
        Some(""),
        Some("h\u{e9}\u{1f600}"),
        Some("x,\"y\"\r\nz"),
        Some("=1+1"),
        Some("-5"),
        Some("null"),
    ];
    let ints = [
        Some(i64::MIN),
        None,
        Some(i64::MAX),
        Some(0),
        Some(-1),
        Some(i64::MAX),
    ];
    let floats = [
        Some(f64::MAX),
        Some(-0.0),
        None,
        Some(5e-324),
        Some(0.1),
        Some(-1e300),
    ];
    let top = 10i128.pow(38) - 1;
    let decimals = [Some(top), None, Some(-top), Some(0), Some(1 << 70)];
    let bools = [Some(true), None, Some(false)];
    let mut int_lists = ListBuilder::new(Int64Builder::new());
    let mut text_lists = ListBuilder::new(StringBuilder::new());
    let mut bool_lists = ListBuilder::new(BooleanBuilder::new());
    for row in 0..rows {
        let valid = row % 4 != 1;
        if valid {
            for at in row..row + row % 4 {
                int_lists.values().append_option(ints[at % ints.len()]);
                text_lists.values().append_option(texts[at % texts.len()]);
                bool_lists.values().append_option(bools[at % bools.len()]);
            }
        }
        int_lists.append(valid);
        text_lists.append(valid);
        bool_lists.append(valid);
    }
    // From the first day of the year 1 to the last of 9999.
    let dates = [
        Some(-719_162),
        None,
        Some(2_932_896),
        Some(0),
        Some(-141_428),
    ];
    let micros = [
        Some(-62_135_596_800_000_000),
        Some(253_402_300_799_999_999),
        None,
        Some(0),
        Some(-2_208_988_800_500_000),
        Some(1_764_000_000_123_456),
    ];
    let nanos = [Some(i64::MAX), Some(1), None, Some(-1_000_000_001)];
    let uuids = [Some([0; 16]), None, Some([0xff; 16]), Some([0x1a; 16])];
    let jsons = [Some("{\"a\":[1,null]}"), Some("[]"), None, Some("\"=x\"")];
    let mut date_lists = ListBuilder::new(Date32Builder::new());
    let mut local_lists = ListBuilder::new(TimestampMicrosecondBuilder::new());
    let mut uuid_lists = ListBuilder::new(FixedSizeBinaryBuilder::new(16));
    for row in 0..rows {
        let valid = row % 5 != 2;
        for at in row..row + if valid { row % 3 } else { 0 } {
            date_lists.values().append_option(dates[at % dates.len()]);
            local_lists
                .values()
                .append_option(micros[at % micros.len()]);
            match uuids[at % uuids.len()] {
                Some(uuid) => uuid_lists.values().append_value(uuid).expect("16 bytes"),
                None => uuid_lists.values().append_null(),
            }
        }
        date_lists.append(valid);
        local_lists.append(valid);
        uuid_lists.append(valid);
    }
    let uuids = (0..rows).map(|row| uuids[row % uuids.len()]);
    let uuids = FixedSizeBinaryArray::try_from_sparse_iter_with_size(uuids, 16);
    let times = |of: &[Option<i64>]| -> TimestampMicrosecondArray {
        (0..rows).map(|row| of[row % of.len()]).collect()
    };
    let instants = times(&micros).with_timezone("UTC");
    let locals = times(&micros);
    let nanos: TimestampNanosecondArray = (0..rows).map(|row| nanos[row % nanos.len()]).collect();
    let list = |array: ListArray, of: ScalarType| -> ArrayRef {
        let DataType::List(field) = ColumnType::List(of).arrow_type() else {
            unreachable!("a list");
        };
        let (_, offsets, values, nulls) = array.into_parts();
        Arc::new(ListArray::new(field, offsets, values, nulls))
    };
    let ids: StringArray = (0..rows).map(|row| Some(format!("id-{row}"))).collect();
    let parents: StringArray = (0..rows)
        .map(|row| Some(format!("parent-{}", row / 3)))
        .collect();
    let decimal: Decimal128Array = (0..rows)
        .map(|row| decimals[row % decimals.len()])
        .collect();
    let fraction: Decimal128Array = (0..rows)
        .map(|row| decimals[row % decimals.len()])
        .collect();
    let start: TimestampMicrosecondArray = (0..rows)
        .map(|row| Some(1_764_000_000_123_456 + row as i64))
        .collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(ids),
        Arc::new(parents),
        Arc::new(
            (0..rows)
                .map(|row| bools[row % bools.len()])
                .collect::<BooleanArray>(),
        ),
        Arc::new(
            (0..rows)
                .map(|row| ints[row % ints.len()])
                .collect::<Int64Array>(),
        ),
        Arc::new(
            (0..rows)
                .map(|row| floats[row % floats.len()])
                .collect::<Float64Array>(),
        ),
        Arc::new(decimal.with_precision_and_scale(38, 0).expect("38 digits")),
        Arc::new(
            (0..rows)
                .map(|row| texts[row % texts.len()])
                .collect::<StringArray>(),
        ),
        Arc::new(int_lists.finish()),
        Arc::new(text_lists.finish()),
        Arc::new(bool_lists.finish()),
        Arc::new(
            fraction
                .with_precision_and_scale(38, 18)
                .expect("38 digits"),
        ),
        Arc::new(
            (0..rows)
                .map(|row| dates[row % dates.len()])
                .collect::<Date32Array>(),
        ),
        Arc::new(instants),
        Arc::new(nanos.with_timezone("UTC")),
        Arc::new(locals),
        Arc::new(uuids.expect("16 bytes each")),
        Arc::new(
            (0..rows)
                .map(|row| jsons[row % jsons.len()])
                .collect::<StringArray>(),
        ),
        list(date_lists.finish(), ScalarType::Date),
        list(local_lists.finish(), LOCAL),
        list(uuid_lists.finish(), UUID),
        Arc::new(start.with_timezone("UTC")),
    ];
    RecordBatch::try_new(schema.arrow_schema(), columns).expect("the columns fit")
}
