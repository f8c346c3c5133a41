//! Checks that the corpus agrees with the oracle, and the oracle with itself.

use proptest::prelude::*;
use std::collections::HashSet;
use transmog_testkit::{
    Expected, compare, compare_ledger, generate, is_of_text, load_cases, oracle,
};

#[test]
fn the_corpus_is_whole() {
    let cases = load_cases();
    assert!(cases.len() >= 85, "{} cases", cases.len());
    let names: HashSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len());
}

#[test]
fn cases_agree_with_the_oracle() {
    let mut failures = Vec::new();
    for case in load_cases() {
        let Expected::Tables { tables, ledger, .. } = &case.expected else {
            continue;
        };
        let input = case.plain.as_deref().unwrap_or(&case.input);
        let result = oracle::read(input, &case.options).and_then(|records| {
            let origins = oracle::origins(input, "");
            compare(tables, &oracle::flatten(&records, &origins, &case.options))?;
            let lines = oracle::expected_with_ledger(&records, &origins, &case.options).1;
            let mut wanted = ledger.clone().unwrap_or_else(|| lines.clone());
            wanted.retain(|line| !is_of_text(&line.kind));
            compare_ledger(&wanted, &lines)
        });
        if let Err(error) = result {
            failures.push(format!("{}: {error}", case.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_difference_is_found() {
    let options = transmog_testkit::CaseOptions::default();
    let records = [serde_json::json!({"a": [{"b": 1}, {"b": 2}]})];
    let expected = oracle::expected(&records, &options);
    let mut actual = oracle::flatten(&records, &[], &options);
    compare(&expected, &actual).expect("equal tables");
    actual[1].rows[1][0] = actual[1].rows[0][0].clone();
    let error = compare(&expected, &actual).expect_err("an id twice");
    assert!(error.contains("data_a"), "{error}");
}

proptest! {
    #[test]
    fn the_oracle_takes_anything(
        records in generate::records(),
        options in generate::options(),
    ) {
        let tables = oracle::flatten(&records, &[], &options);
        prop_assert_eq!(tables[0].rows.len(), records.len());
        let mut names = HashSet::new();
        for table in &tables {
            prop_assert!(names.insert(&table.name));
            let columns: HashSet<_> = table.columns.iter().map(|column| &column.0).collect();
            prop_assert_eq!(columns.len(), table.columns.len());
            for row in &table.rows {
                prop_assert_eq!(row.len(), table.columns.len());
            }
        }
        compare(&oracle::expected(&records, &options), &tables).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn cells_are_read_from_arrow() {
    use arrow::array::{ArrayRef, Decimal128Array, Int64Array, ListArray, NullArray};
    use arrow::datatypes::{Field, Int64Type};
    use std::sync::Arc;
    use transmog_testkit::{Cell, cell_at};

    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), None])]);
    let arrays: [(ArrayRef, Cell); 4] = [
        (Arc::new(Int64Array::from(vec![7])), Cell::Int(7)),
        (
            Arc::new(Decimal128Array::from(vec![1 << 64])),
            Cell::Decimal(1 << 64, 10),
        ),
        (Arc::new(NullArray::new(1)), Cell::Null),
        (Arc::new(lists), Cell::List(vec![Cell::Int(1), Cell::Null])),
    ];
    for (array, cell) in arrays {
        let field = Field::new("a", array.data_type().clone(), true);
        assert_eq!(cell_at(&array, 0, &field), cell);
    }
}
