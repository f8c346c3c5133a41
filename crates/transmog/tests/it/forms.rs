//! Columns of dates, timestamps and UUIDs: as the naive oracle says, in any chunks.

use crate::{
    cases::{config, ledger_lines, tables},
    properties::text,
};
use proptest::prelude::*;
use std::{collections::BTreeMap, sync::Arc};
use transmog::{ColumnType, OnDrift, Schema, TableSchema, flatten, flatten_values, survey};
use transmog_testkit::{CaseOptions, compare, compare_ledger, generate, oracle};

proptest! {
    #[test]
    fn forms_agree_with_the_oracle(
        records in generate::formed_records(),
        options in generate::options(),
        detect_types in generate::detect_types(),
        threads in 1usize..4,
        chunk_bytes in prop_oneof![Just(1usize), Just(90), Just(4 << 20)],
    ) {
        let options = CaseOptions { detect_types, stringify: false, ..options };
        let text = text(&records, false);
        let origins = oracle::origins(text.as_bytes(), "<bytes>");
        let config = config(&options).with_threads(threads).with_chunk_bytes(chunk_bytes);
        let of_values = flatten_values(records.clone(), &config);
        for (origins, result) in [(&origins[..], flatten(text, &config)), (&[][..], of_values)] {
            let (expected, ledger) = oracle::expected_with_ledger(&records, origins, &options);
            let result = result.map_err(|error| TestCaseError::fail(error.to_string()))?;
            compare(&expected, &tables(&result)).map_err(TestCaseError::fail)?;
            let lines = ledger_lines(result.summary());
            compare_ledger(&ledger, &lines).map_err(TestCaseError::fail)?;
        }
    }

    /// The forms of a schema hold for records of any other form: they are rejected, or leave the
    /// columns out.
    #[test]
    fn a_schema_holds_texts_to_its_forms(
        known in generate::formed_records(),
        more in generate::formed_records(),
        detect_types in generate::detect_types(),
        threads in 1usize..4,
        chunk_bytes in prop_oneof![Just(1usize), Just(90), Just(4 << 20)],
    ) {
        let fail = |error: transmog::Error| TestCaseError::fail(error.to_string());
        let options = CaseOptions { detect_types, ..CaseOptions::default() };
        let config = config(&options).with_threads(threads).with_chunk_bytes(chunk_bytes);
        let (schema, _) = survey(text(&known, false), &config).map_err(fail)?;
        let schema = Schema::from_toml(&schema.to_toml()).map_err(fail)?;
        let wanted: BTreeMap<_, _> = types(&schema.table_schemas(&config.naming()));
        let all = [known.clone(), more.clone()].concat();
        for on_drift in [OnDrift::Quarantine, OnDrift::Ignore, OnDrift::Error] {
            let config = config.clone().with_schema(Some(Arc::new(schema.clone())));
            let config = config.with_on_drift(on_drift);
            let result = flatten(text(&all, false), &config);
            if on_drift == OnDrift::Error && result.is_err() {
                continue;
            }
            let result = result.map_err(fail)?;
            let found = result.all_tables().iter().map(|table| table.schema().clone());
            let mut found = types(&found.collect::<Vec<_>>());
            // A column of nulls takes any text.
            found.retain(|path, _| wanted.contains_key(path));
            prop_assert_eq!(&found, &wanted);
            let rows = result.main().len();
            prop_assert!(rows >= known.len(), "what the schema was made of fits");
            if on_drift != OnDrift::Quarantine {
                prop_assert_eq!(rows, all.len());
            }
        }
    }
}

/// The type of each column that is there.
fn types(tables: &[TableSchema]) -> BTreeMap<String, ColumnType> {
    let columns = tables.iter().flat_map(|table| &table.columns);
    let data = columns.filter_map(|column| Some((column.path.as_ref()?, column.column_type)));
    data.map(|(path, of)| (path.to_string(), of)).collect()
}
