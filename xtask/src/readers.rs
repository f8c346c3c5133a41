//! `cargo xtask readers`: checks our files with independent readers.

use crate::command::{python, run};

/// The check uses one Spark; the others take minutes more.
const SPARKS: [&str; 2] = ["spark-3.5", "spark-4"];

/// Creates virtual environments with the readers and runs the check, with the first Spark or with
/// all.
pub(crate) fn check(transmog: &str, with_all: bool) -> Result<(), String> {
    let readers = python("target/readers", "xtask/readers/requirements.txt")?;
    let count = if with_all { SPARKS.len() } else { 1 };
    let sparks = SPARKS[..count].iter().map(|spark| {
        let requirements = format!("xtask/readers/requirements-{spark}.txt");
        python(&format!("target/readers-{spark}"), &requirements)
    });
    let sparks = sparks.collect::<Result<Vec<_>, _>>()?;
    let mut words = vec!["xtask/readers/check.py", transmog, "fixtures/cases"];
    words.extend(sparks.iter().map(String::as_str));
    run(&readers, &words)?;
    run(&readers, &["xtask/readers/random_tables.py", transmog])
}
