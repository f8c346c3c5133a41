//! The names of the tables' files.

use super::manifest::MANIFEST;
use transmog_model::{NameScope, safe_file_stem};

/// Companion files with fixed names.
const COMPANIONS: [&str; 4] = ["schema.sql", "load.sql", "datapackage.json", MANIFEST];

/// File names of tables, the main table first. They are safe, and different even if case is
/// ignored. No table gets the name of another file of the run.
///
/// # Examples
/// ```
/// let names = transmog_engine::file_names(["a", "A", "../b"].into_iter(), "csv");
/// assert_eq!(names, ["a.csv", "A__2.csv", "_.._b-422354ec.csv"]);
/// ```
#[must_use]
pub fn file_names<'t>(tables: impl Iterator<Item = &'t str>, extension: &str) -> Vec<String> {
    let mut scope = NameScope::ignoring_case();
    let mut tables = tables.peekable();
    let rejected = tables.peek().map(|main| rejected_file_name(main));
    let others = COMPANIONS.map(str::to_owned).into_iter().chain(rejected);
    for other in others {
        if let Some(stem) = other.strip_suffix(&format!(".{extension}")) {
            scope.reserve(stem);
        }
    }
    tables
        .map(|table| format!("{}.{extension}", scope.take(&safe_file_stem(table))))
        .collect()
}

/// The file of the rejected records of a run with this main table.
pub(super) fn rejected_file_name(main: &str) -> String {
    format!("{}.rejected.jsonl", safe_file_stem(main))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_take_the_names_of_no_other_files() {
        let names = |tables: &[&str], extension| file_names(tables.iter().copied(), extension);
        let of_json = names(&["datapackage", "_transmog", "a"], "json");
        assert_eq!(
            of_json,
            ["datapackage__2.json", "_transmog__2.json", "a.json"]
        );
        let of_lines = names(&["a", "A.rejected"], "jsonl");
        assert_eq!(of_lines, ["a.jsonl", "A.rejected__2.jsonl"]);
        assert_eq!(
            names(&["schema", "LOAD"], "sql"),
            ["schema__2.sql", "LOAD__2.sql"]
        );
        assert_eq!(names(&["datapackage"], "csv"), ["datapackage.csv"]);
    }
}
