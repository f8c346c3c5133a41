//! How many files a run may have open.

use std::fs;

/// The most tables with open files at the same time.
const MAX_TABLES: usize = 64;
/// A table has its file, a second handle to sync it, and a file that tells strings from other
/// values.
const FILES_OF_A_TABLE: usize = 3;
/// Inputs, the terminal, the locked directory, the temporary file, and tables that wait for a
/// thread to end their files.
const OTHER_FILES: usize = 32;

/// The number of tables that may have open files at the same time in this process.
pub(crate) fn max_open_tables() -> usize {
    // Only Linux has this file. Other systems allow enough.
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    tables(&limits)
}

fn tables(limits: &str) -> usize {
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3)?.parse::<usize>().ok());
    soft.map_or(MAX_TABLES, |files| {
        (files.saturating_sub(OTHER_FILES) / FILES_OF_A_TABLE).clamp(1, MAX_TABLES)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_keep_within_the_limit_of_the_process() {
        let limits = |files: &str| {
            format!(
                "Limit  Soft Limit  Hard Limit  Units\nMax open files  {files}  1048576  files\n"
            )
        };
        assert_eq!(tables(&limits("1024")), MAX_TABLES);
        assert_eq!(tables(&limits("64")), 10);
        assert_eq!(tables(&limits("8")), 1);
        assert_eq!(tables(&limits("unlimited")), MAX_TABLES);
        assert_eq!(tables(""), MAX_TABLES);
    }
}
