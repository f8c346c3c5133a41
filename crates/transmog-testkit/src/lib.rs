//! Test support for the workspace: the case corpus in `fixtures/cases`, a comparison of tables with
//! readable differences, the naive oracle that computes the expected tables of any input, and
//! proptest strategies for inputs.
//! This crate is not published, and shares no algorithm with the flatten core.
//!
//! # Example
//!
//! ```
//! use transmog_testkit::{CaseOptions, compare, oracle};
//!
//! let records = oracle::read(br#"{"a":1}{"a":[{"b":2}]}"#, &CaseOptions::default()).unwrap();
//! let tables = oracle::flatten(&records, &[], &CaseOptions::default());
//! assert_eq!(tables[1].name, "data_a");
//! let expected = oracle::expected(&records, &CaseOptions::default());
//! compare(&expected, &tables).unwrap();
//! ```

mod case;
mod case_json;
mod cell;
mod compare;
mod every_type;
mod formed;
mod options;
mod random_tables;
mod read_back;
mod table;
mod workload;

pub mod conformance;
pub mod damage;
pub mod generate;
pub mod oracle;

pub use case::{Case, Expected, ExpectedError, LedgerLine, cases_dir, load_cases};
pub use case_json::write_tables_json;
pub use cell::{Cell, cell_at, texts_of};
pub use compare::{compare, compare_ledger};
pub use options::{ArrayMode, CaseOptions, IdMode, Names};
pub use random_tables::{Dice, random_table};
pub use read_back::read_back;
pub use table::{ActualTable, ExpectedColumn, ExpectedTable, TIME_CELL};
pub use workload::{Lines, Workload};

/// Whether a kind of loss can occur only in text, not in values.
#[must_use]
pub fn is_of_text(kind: &str) -> bool {
    kind == "duplicate_key" || kind == "trailing_bytes" || kind.starts_with("lenient_")
}
