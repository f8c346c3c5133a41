//! The naive oracle computes the expected tables of an input in the simplest way. It holds every
//! value of the input in memory, and derives names and types at the end from all of them.

mod forms;
mod ids;
mod origins;
mod read;
mod rules;
mod tables;
mod text;
mod types;
mod walk;

use crate::{
    case::LedgerLine,
    cell::Cell,
    options::CaseOptions,
    table::{ActualTable, ExpectedTable},
};
use serde_json::Value;

pub use origins::{Origin, origins};
pub use read::read;

/// The tables of `records`; generated random ids are `Text("table/row")`.
/// Records that the id options reject are left out.
#[must_use]
pub fn flatten(records: &[Value], origins: &[Origin], options: &CaseOptions) -> Vec<ActualTable> {
    let symbolic = |cell: Cell| match cell {
        Cell::Id { table, row } => Cell::Text(format!("{table}/{row}")),
        other => other,
    };
    let actual = |table: ExpectedTable| ActualTable {
        name: table.name,
        path: table.path,
        columns: table
            .columns
            .into_iter()
            .map(|column| (column.name, column.column_type, column.path))
            .collect(),
        rows: table
            .rows
            .into_iter()
            .map(|row| row.into_iter().map(symbolic).collect())
            .collect(),
    };
    let (tables, _) = expected_with_ledger(records, origins, options);
    tables.into_iter().map(actual).collect()
}

/// The expected tables of `records` for a case, as values.
#[must_use]
pub fn expected(records: &[Value], options: &CaseOptions) -> Vec<ExpectedTable> {
    expected_with_ledger(records, &[], options).0
}

/// The tables and the sorted ledger, without duplicate keys, which the records cannot have. Records
/// without an origin are values.
#[must_use]
pub fn expected_with_ledger(
    records: &[Value],
    origins: &[Origin],
    options: &CaseOptions,
) -> (Vec<ExpectedTable>, Vec<LedgerLine>) {
    let rules = rules::Rules::of(options);
    let mut walk = walk::Walk::new(options, &rules);
    for (at, record) in records.iter().enumerate() {
        walk.record(record, origins.get(at).cloned().unwrap_or_default());
    }
    let (found, mut ledger) = walk.finish();
    let tables = tables::build(found, options, &rules, &mut ledger);
    let lines = ledger.into_iter().map(|((kind, path), count)| LedgerLine {
        kind: kind.name().to_owned(),
        path: path.to_string(),
        count,
    });
    (tables, lines.collect())
}
