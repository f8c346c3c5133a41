//! Compares tables with what a case states.

use crate::{
    case::LedgerLine,
    cell::Cell,
    table::{ActualTable, ExpectedTable, TIME_CELL},
};
use std::collections::HashMap;

/// Compares tables in order. A [`Cell::Id`] stands for the value in the first column of that row;
/// such ids must be text and all different. Cells of time columns must not be null and must be
/// equal.
///
/// # Errors
/// A text that names the first difference of each table.
pub fn compare(expected: &[ExpectedTable], actual: &[ActualTable]) -> Result<(), String> {
    let names = |tables: &[&str]| tables.join(", ");
    let wanted: Vec<&str> = expected.iter().map(|table| table.name.as_str()).collect();
    let given: Vec<&str> = actual.iter().map(|table| table.name.as_str()).collect();
    if wanted != given {
        return Err(format!(
            "tables differ\n  expected: {}\n  actual:   {}",
            names(&wanted),
            names(&given)
        ));
    }
    let mut matching = Matching {
        actual,
        generated: HashMap::new(),
        time: None,
    };
    let mut differences = Vec::new();
    for (expected, actual) in expected.iter().zip(actual) {
        if let Err(difference) = matching.table(expected, actual) {
            differences.push(format!("table {}: {difference}", expected.name));
        }
    }
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences.join("\n"))
    }
}

/// Compares ledgers in any order.
///
/// # Errors
/// A text with the lines that only one of them has.
pub fn compare_ledger(expected: &[LedgerLine], actual: &[LedgerLine]) -> Result<(), String> {
    let only = |a: &[LedgerLine], b: &[LedgerLine]| {
        let lines = a.iter().filter(|line| !b.contains(line));
        let mut lines: Vec<String> = lines
            .map(|line| format!("\n    {} {} x{}", line.kind, line.path, line.count))
            .collect();
        lines.sort();
        lines.concat()
    };
    let (missing, extra) = (only(expected, actual), only(actual, expected));
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    Err(format!(
        "ledgers differ\n  only expected:{missing}\n  only actual:{extra}"
    ))
}

struct Matching<'a> {
    actual: &'a [ActualTable],
    /// Symbolic id of each generated id seen.
    generated: HashMap<String, (String, usize)>,
    time: Option<Cell>,
}

impl Matching<'_> {
    fn table(&mut self, expected: &ExpectedTable, actual: &ActualTable) -> Result<(), String> {
        if expected.path != actual.path {
            return Err(format!("path {}, expected {}", actual.path, expected.path));
        }
        let line = |name: &str, column_type: &str, path: Option<&str>| {
            format!("    {name:?} {column_type} {}", path.unwrap_or("-"))
        };
        let wanted: Vec<String> = expected
            .columns
            .iter()
            .map(|column| line(&column.name, &column.column_type, column.path.as_deref()))
            .collect();
        let given: Vec<String> = actual
            .columns
            .iter()
            .map(|(name, column_type, path)| line(name, column_type, path.as_deref()))
            .collect();
        if wanted != given {
            let (wanted, given) = (wanted.join("\n"), given.join("\n"));
            return Err(format!("columns\n{given}\n  expected\n{wanted}"));
        }
        for (at, (wanted, given)) in expected.rows.iter().zip(&actual.rows).enumerate() {
            if wanted.len() != given.len() {
                return Err(format!("row {at}: {} cells", given.len()));
            }
            for ((wanted, given), column) in wanted.iter().zip(given).zip(&expected.columns) {
                let equal = if column.column_type == "timestamp" {
                    self.time(wanted, given)
                } else {
                    self.cell(wanted, given)
                };
                if !equal {
                    return Err(format!(
                        "row {at}, column {:?}: {given:?}, expected {wanted:?}",
                        column.name
                    ));
                }
            }
        }
        if expected.rows.len() != actual.rows.len() {
            let (wanted, given) = (expected.rows.len(), actual.rows.len());
            return Err(format!("{given} rows, expected {wanted}"));
        }
        Ok(())
    }

    fn time(&mut self, wanted: &Cell, given: &Cell) -> bool {
        if *wanted != Cell::Text(TIME_CELL.into()) {
            return wanted == given;
        }
        *given != Cell::Null && self.time.get_or_insert_with(|| given.clone()) == given
    }

    fn cell(&mut self, wanted: &Cell, given: &Cell) -> bool {
        let Cell::Id { table, row } = wanted else {
            return wanted == given;
        };
        let Some(actual) = self.actual.iter().find(|actual| actual.name == *table) else {
            return false;
        };
        if actual.rows.get(*row).and_then(|cells| cells.first()) != Some(given) {
            return false;
        }
        let Cell::Text(id) = given else {
            return false;
        };
        let owner = self.generated.entry(id.clone());
        *owner.or_insert_with(|| (table.clone(), *row)) == (table.clone(), *row)
    }
}
