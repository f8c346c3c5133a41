//! `cargo xtask compare [--size MB] [--runs N]`: a comparison with other tools, on the same files
//! and machine.

use crate::{
    command::{Profile, python, run},
    python::installed,
};
use std::path::Path;

const DIRECTORY: &str = "target/compare";
/// Megabytes of a small file.
const SMALL: usize = 20;
/// Sizes of the files for the slower tools.
const PEER_SIZES: [usize; 2] = [20, 200];

/// Generates the data, installs the tools, and runs them in turn.
pub(crate) fn compare(megabytes: usize, runs: usize) -> Result<(), String> {
    let arguments = ["build", "--release", "-p", "transmog-cli"];
    run("cargo", &arguments)?;
    for name in ["orders", "events", "tweets"] {
        let sizes = PEER_SIZES.into_iter().filter(|size| *size < megabytes);
        for size in sizes.chain([megabytes]) {
            data(name, size, "lines", "jsonl")?;
        }
    }
    data("orders", megabytes, "array", "json")?;
    data("orders", megabytes, "gz", "jsonl.gz")?;
    let environment = format!("{DIRECTORY}/venv");
    let tools = python(&environment, "xtask/compare/requirements.txt");
    if let Err(error) = &tools {
        println!("skipped: the other tools, which cannot be installed: {error}");
    }
    let python = tools.as_deref().unwrap_or("python3");
    let ours = "target/release/transmog";
    let (size, runs) = (megabytes.to_string(), runs.to_string());
    let speed = ["xtask/compare/compare.py", ours, DIRECTORY, &size, &runs];
    run(python, &speed)?;
    if tools.is_err() {
        return Ok(());
    }
    let package = installed(&format!("{DIRECTORY}/venv-rs"), Profile::Release)?;
    let sides = [&package, python];
    run(
        python,
        &[&["xtask/compare/python_api.py"], &sides[..], &speed[2..]].concat(),
    )?;
    let losses = format!("{DIRECTORY}/losses");
    run(python, &["xtask/compare/losses.py", ours, &losses])
}

/// Generates a file of data unless it exists, and gives its path.
pub(crate) fn data(
    name: &str,
    megabytes: usize,
    form: &str,
    ending: &str,
) -> Result<String, String> {
    let path = format!("{DIRECTORY}/{name}-{megabytes}.{ending}");
    if Path::new(&path).exists() {
        return Ok(path);
    }
    std::fs::create_dir_all(DIRECTORY).map_err(|e| format!("{DIRECTORY}: {e}"))?;
    let part = format!("{path}.part");
    // To build for speed takes longer than a small file does.
    let profile = if megabytes > SMALL { "release" } else { "dev" };
    let cargo = ["run", "-q", "--profile", profile, "-p", "transmog-benches"];
    let size = megabytes.to_string();
    let workload = ["--example", "workload", "--", name, &size, form, &part];
    run("cargo", &[&cargo[..], &workload].concat())?;
    std::fs::rename(&part, &path).map_err(|e| format!("{path}: {e}"))?;
    Ok(path)
}
