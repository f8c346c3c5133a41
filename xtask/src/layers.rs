//! `cargo xtask layers`: checks that the workspace has only the allowed edges between crates, no
//! circle of files inside a crate, and a correct map in ARCHITECTURE.md.

use crate::{circles::circles, command::output, file_map};
use serde_json::Value;
use std::path::Path;

/// Each crate and the crates of the workspace it may depend on. Development dependencies are not
/// checked.
const ALLOWED: &[(&str, &[&str])] = &[
    ("transmog-events", &[]),
    ("transmog-model", &["transmog-events"]),
    ("transmog-reader", &["transmog-events"]),
    ("transmog-flatten", &["transmog-model", "transmog-events"]),
    ("transmog-describe", &["transmog-model", "transmog-events"]),
    ("transmog-csv", &["transmog-model", "transmog-events"]),
    ("transmog-parquet", &["transmog-model", "transmog-events"]),
    ("transmog-orc", &["transmog-model", "transmog-events"]),
    ("transmog-avro", &["transmog-model", "transmog-events"]),
    ("transmog-arrow", &["transmog-model", "transmog-events"]),
    (
        "transmog-engine",
        &[
            "transmog-events",
            "transmog-model",
            "transmog-reader",
            "transmog-flatten",
        ],
    ),
    ("transmog-store", &["transmog-engine", "transmog-model"]),
    (
        "transmog",
        &[
            "transmog-engine",
            "transmog-events",
            "transmog-model",
            "transmog-reader",
            "transmog-flatten",
            "transmog-describe",
            "transmog-csv",
            "transmog-parquet",
            "transmog-orc",
            "transmog-avro",
            "transmog-arrow",
            "transmog-store",
        ],
    ),
    ("transmog-cli", &["transmog"]),
    ("transmog-python", &["transmog"]),
    ("transmog-testkit", &["transmog-model", "transmog-events"]),
    ("transmog-benches", &["transmog", "transmog-testkit"]),
    ("xtask", &[]),
];

/// Packages, and prefixes of crates that they must build without.
const WITHOUT: &[(&str, &str)] = &[
    ("transmog-reader", "arrow"),
    ("transmog-flatten", "transmog-reader"),
];

/// The formats: each is a feature of the facade and a crate.
pub(crate) const FORMATS: [&str; 5] = ["csv", "parquet", "orc", "avro", "arrow"];

/// Crates that the facade with one format must build without, unless the format is in the name.
const OF_FORMATS: [&str; 8] = [
    "transmog-csv ",
    "transmog-parquet ",
    "transmog-orc ",
    "transmog-avro ",
    "transmog-arrow ",
    "transmog-describe ",
    "arrow-avro ",
    "orc-rust ",
];

/// The workspace, and the package that has its own.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "crates/transmog-python/Cargo.toml"];

pub(crate) fn check() -> Result<(), String> {
    let mut packages = Vec::new();
    for manifest in MANIFESTS {
        let metadata = ["metadata", "--format-version", "1", "--no-deps"];
        let manifest = ["--manifest-path", manifest];
        let metadata = output("cargo", &[&metadata[..], &manifest].concat())?;
        let metadata: Value = serde_json::from_str(&metadata).map_err(|e| e.to_string())?;
        packages.extend(metadata["packages"].as_array().cloned().unwrap_or_default());
    }
    let mut wrong = Vec::new();
    for package in &packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            wrong.push(format!(
                "`{name}` has no place in the layers; give it one in xtask"
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let to = dependency["name"].as_str().unwrap_or_default();
            let is_ours = dependency["path"].is_string();
            if is_ours && dependency["kind"] != "dev" && !allowed.contains(&to) {
                wrong.push(format!("`{name}` must not depend on `{to}`"));
            }
        }
    }
    for package in &packages {
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        let sources = Path::new(manifest).with_file_name("src");
        if sources.is_dir() {
            let found = circles(&sources)?;
            let name = package["name"].as_str().unwrap_or_default();
            let circle =
                |circle: &String| format!("`{name}`: these files know each other: {circle}");
            wrong.extend(found.iter().map(circle));
        }
    }
    wrong.extend(file_map::faults()?);
    for (package, without) in WITHOUT {
        wrong.extend(needed(&[package], &[without])?);
    }
    for format in FORMATS {
        let facade = ["transmog", "--no-default-features", "--features", format];
        let others = OF_FORMATS.into_iter().filter(|name| !name.contains(format));
        wrong.extend(needed(&facade, &others.collect::<Vec<_>>())?);
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}

/// What is wrong if a package with these features needs a crate whose name begins like one of these.
fn needed(package: &[&str], without: &[&str]) -> Result<Option<String>, String> {
    let tree = ["tree", "-e", "normal", "--prefix", "none", "-p"];
    let tree = output("cargo", &[&tree[..], package].concat())?;
    let is_needed = |name: &&&str| tree.lines().any(|line| line.starts_with(**name));
    let needed = without.iter().find(is_needed);
    Ok(needed.map(|needed| format!("`{}` must build without {needed}", package.join(" "))))
}
