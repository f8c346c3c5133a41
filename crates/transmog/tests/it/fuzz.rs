//! Replays inputs that fuzzing found, and its seeds.

#[path = "../../../../fuzz/src/checks.rs"]
#[allow(unreachable_pub, reason = "it is the library of the fuzz targets, too")]
pub(crate) mod checks;

use std::{fs, path::Path};

type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 8] = [
    ("framing", checks::framing),
    ("parsing", checks::parsing),
    ("flattening", checks::flattening),
    ("csv", checks::csv),
    ("parquet", checks::parquet),
    ("orc", checks::orc),
    ("avro", checks::avro),
    ("arrow", checks::arrow),
];

/// The files of a folder under `fuzz`.
fn inputs(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz")
        .join(folder);
    let Ok(entries) = fs::read_dir(&folder) else {
        return Vec::new();
    };
    let input = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.expect("an entry").path();
        let data = fs::read(&path).expect("a file");
        (path.display().to_string(), data)
    };
    entries.map(input).collect()
}

#[test]
fn past_failures_are_fixed() {
    for (name, check) in TARGETS {
        for (_, data) in inputs(&format!("regressions/{name}")) {
            check(&data);
        }
    }
}

#[test]
fn seeds_pass_every_target() {
    let seeds = inputs("seeds");
    assert!(seeds.len() >= 10, "{}", seeds.len());
    for (file, data) in seeds {
        assert!(!data.is_empty(), "{file}");
        TARGETS.iter().for_each(|(_, check)| check(&data));
    }
}
