//! Writes data for measuring: `workload NAME MEGABYTES lines|array|gz FILE`.

use flate2::{Compression, write::GzEncoder};
use std::{
    error::Error,
    fs::File,
    io::{BufWriter, Write},
};
use transmog_testkit::{Lines, Workload};

/// Bytes gathered before they are written.
const BLOCK: usize = 1 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, megabytes, form, path] = &arguments[..] else {
        return Err("expected NAME MEGABYTES lines|array|gz FILE".into());
    };
    let workload = Workload::ALL.into_iter().find(|w| w.name() == name);
    let workload = workload.ok_or("expected orders, events, tweets or drifting")?;
    let bytes = megabytes.parse::<usize>()? * 1_000_000;
    let file = BufWriter::new(File::create(path)?);
    let lines = Lines::new(workload, bytes);
    match form.as_str() {
        "lines" => write(lines, file, false).map(drop),
        "array" => write(lines, file, true).map(drop),
        "gz" => {
            let encoder = GzEncoder::new(file, Compression::default());
            write(lines, encoder, false)?.finish().map(drop)
        }
        _ => return Err("expected lines, array or gz".into()),
    }?;
    Ok(())
}

fn write<W: Write>(mut lines: Lines, mut out: W, is_array: bool) -> std::io::Result<W> {
    let mut block = String::with_capacity(2 * BLOCK);
    if is_array {
        block.push('[');
    }
    while lines.next_into(&mut block) {
        if is_array {
            block.pop();
            block.push_str(",\n");
        }
        if block.len() > BLOCK {
            // The last comma of an array must not be followed by its end.
            let keep = block.len() - usize::from(is_array) * 2;
            out.write_all(&block.as_bytes()[..keep])?;
            block.drain(..keep);
        }
    }
    if is_array {
        block.truncate(block.len() - 2);
        block.push_str("]\n");
    }
    out.write_all(block.as_bytes())?;
    out.flush()?;
    Ok(out)
}
