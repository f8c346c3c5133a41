//! Columns of dates, timestamps and UUIDs: as the naive oracle says, in any chunks.

use crate::{
    cases::{config, ledger_lines, tables},
    properties::text,
};
use proptest::prelude::*;
use transmog::{flatten, flatten_values};
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
}
