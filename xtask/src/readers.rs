//! `cargo xtask readers`: what others read of what we write.

use crate::command::{python, run};

/// One Spark is part of the check; the others take minutes more.
const SPARKS: [&str; 2] = ["spark-3.5", "spark-4"];

/// Makes virtual environments with the readers and runs the check, with the first Spark or
/// with all of them.
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
