//! The names of the tables' files.

use super::manifest::MANIFEST;
use transmog_model::{NameScope, safe_file_stem};

/// File names of tables, the main table first. They are safe, and different even if case is
/// ignored. No table gets the name of another file of the run: the manifest, the rejected records,
/// or one of the `companions`.
pub(super) fn file_names<'n>(
    tables: impl Iterator<Item = &'n str>,
    extension: &str,
    companions: impl Iterator<Item = &'n str>,
) -> Vec<String> {
    let mut scope = NameScope::ignoring_case();
    let ending = format!(".{extension}").to_lowercase();
    let mut reserve = |name: &str| {
        if let Some(stem) = name.to_lowercase().strip_suffix(&ending) {
            scope.reserve(stem);
        }
    };
    let mut tables = tables.peekable();
    reserve(MANIFEST);
    if let Some(main) = tables.peek() {
        reserve(&rejected_file_name(main));
    }
    companions.for_each(reserve);
    tables
        .map(|table| format!("{}.{extension}", scope.take(&safe_file_stem(table))))
        .collect()
}

/// The directories of tables, the main table first. They are safe, and different even if case is ignored.
/// None has the name of another file of the run.
pub(super) fn directory_names<'n>(
    tables: impl Iterator<Item = &'n str>,
    companions: impl Iterator<Item = &'n str>,
) -> Vec<String> {
    let mut scope = NameScope::ignoring_case();
    let mut tables = tables.peekable();
    scope.reserve(MANIFEST);
    if let Some(main) = tables.peek() {
        scope.reserve(&rejected_file_name(main));
    }
    companions.for_each(|name| scope.reserve(name));
    tables
        .map(|table| scope.take(&safe_file_stem(table)))
        .collect()
}

/// The place of the part of a table that this run writes.
pub(super) fn part_place(directory: &str, run: &str, extension: &str) -> String {
    format!("{directory}/part-00000-{run}.{extension}")
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
        let names = |tables: &[&'static str], extension, companions: &[&'static str]| {
            file_names(
                tables.iter().copied(),
                extension,
                companions.iter().copied(),
            )
        };
        assert_eq!(
            names(&["_transmog", "a", "report"], "json", &["Report.JSON"]),
            ["_transmog__2.json", "a.json", "report__2.json"]
        );
        assert_eq!(
            names(&["a", "A.rejected"], "jsonl", &[]),
            ["a.jsonl", "A.rejected__2.jsonl"]
        );
        assert_eq!(
            names(&["schema", "LOAD"], "sql", &["schema.sql", "load.sql"]),
            ["schema__2.sql", "LOAD__2.sql"]
        );
        assert_eq!(names(&["schema"], "sql", &[]), ["schema.sql"]);
        assert_eq!(names(&["schema"], "csv", &["schema.sql"]), ["schema.csv"]);
    }
}
