//! Tables with a column of every type, and tables of very many columns.

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBuilder, Decimal128Array, Float64Array, Int64Array,
    Int64Builder, ListBuilder, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use std::sync::Arc;
use transmog_events::JsonPath;
use transmog_model::{Column, ColumnRole, ColumnType, ScalarType, TableSchema};

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
    let times: TimestampMicrosecondArray = (0..rows)
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
        Arc::new(times.with_timezone("UTC")),
    ];
    RecordBatch::try_new(schema.arrow_schema(), columns).expect("the columns fit")
}
