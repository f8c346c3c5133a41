//! `cargo xtask scaling [--size MB]`: how much faster runs would be with more processors, computed
//! from what each piece of their work took.

use crate::{command::output, compare::data};

/// Threads of the recorded runs, so that jobs are divided as they are with many.
const THREADS: &str = "16";
const EXAMPLE: &str = "target/release/examples/scaling";

/// Records a run of each format, data set and form of input, and prints a table.
pub(crate) fn scaling(megabytes: usize) -> Result<(), String> {
    let build = ["build", "--release", "-p", "transmog-benches", "--examples"];
    crate::command::run("cargo", &build)?;
    println!("| input | format | 1 | 2 | 4 | 8 | 16 | 32 |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (name, form, ending) in [
        ("orders", "lines", "jsonl"),
        ("events", "lines", "jsonl"),
        ("tweets", "lines", "jsonl"),
        ("orders", "array", "json"),
        ("orders", "gz", "jsonl.gz"),
    ] {
        let file = data(name, megabytes, form, ending)?;
        for format in ["parquet", "csv", "orc", "avro", "arrow"] {
            let speeds = output(EXAMPLE, &[format, THREADS, &file])?;
            let speeds = speeds.split_whitespace().collect::<Vec<_>>().join(" | ");
            println!("| {name}.{ending} | {format} | {speeds} |");
        }
    }
    Ok(())
}
