//! Any input gives what the naive oracle gives.

use crate::cases::{config, ledger_lines, tables};
use proptest::prelude::*;
use transmog::{flatten, flatten_values};
use transmog_testkit::{compare, compare_ledger, generate, oracle};

/// The records as JSON lines, or as an array when `is_array`.
fn text(records: &[serde_json::Value], is_array: bool) -> String {
    let lines: Vec<String> = records.iter().map(ToString::to_string).collect();
    if is_array {
        format!("[{}]", lines.join(",\n"))
    } else {
        lines.join("\n")
    }
}

proptest! {
    #[test]
    fn bytes_agree_with_the_oracle(
        records in generate::records(),
        options in generate::options(),
        is_array in any::<bool>(),
        threads in 1usize..4,
        chunk_bytes in prop_oneof![Just(1usize), Just(40), Just(4 << 20)],
    ) {
        let (expected, ledger) = oracle::expected_with_ledger(&records, &options);
        let config = config(&options).with_threads(threads).with_chunk_bytes(chunk_bytes);
        let result = flatten(text(&records, is_array), &config);
        let result = result.map_err(|error| TestCaseError::fail(error.to_string()))?;
        compare(&expected, &tables(&result)).map_err(TestCaseError::fail)?;
        compare_ledger(&ledger, &ledger_lines(result.summary())).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn values_agree_with_the_oracle(
        records in generate::records(),
        options in generate::options(),
    ) {
        let (expected, ledger) = oracle::expected_with_ledger(&records, &options);
        let result = flatten_values(records, &config(&options));
        let result = result.map_err(|error| TestCaseError::fail(error.to_string()))?;
        compare(&expected, &tables(&result)).map_err(TestCaseError::fail)?;
        compare_ledger(&ledger, &ledger_lines(result.summary())).map_err(TestCaseError::fail)?;
    }
}
