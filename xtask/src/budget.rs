//! `cargo xtask budget [--write]`: instructions for each byte of input, counted by callgrind, against
//! what `benches/budget.txt` allows. They hardly depend on the machine and on what else it does.

use crate::{
    command::{output, run},
    compare::data,
};
use std::{fmt::Write as _, fs, thread};

const FILE: &str = "benches/budget.txt";
const DIRECTORY: &str = "target/budget";
const MEGABYTES: usize = 20;
/// An example of the benchmarks, built as they are: it takes half the time of a release.
const PROGRAM: &str = "target/release/examples/flatten";
/// Data sets and formats; one thread, ids of the kind `sequence`, arrays as tables.
const RUNS: [(&str, &str); 6] = [
    ("orders", "parquet"),
    ("orders", "csv"),
    ("events", "parquet"),
    ("events", "csv"),
    ("tweets", "parquet"),
    ("tweets", "csv"),
];
/// So much more than the budget is allowed.
const ROOM: f64 = 1.03;

/// Counts, and fails if a run takes more than its budget, or writes the budget anew.
pub(crate) fn check(writes: bool) -> Result<(), String> {
    let package = ["--package", "transmog-benches", "--example", "flatten"];
    run(
        "cargo",
        &[&["build", "--profile", "bench"], &package[..]].concat(),
    )?;
    let valgrind = valgrind()?;
    fs::create_dir_all(DIRECTORY).map_err(|e| format!("{DIRECTORY}: {e}"))?;
    let count_all = |runs: &[(&'static str, &'static str)]| {
        let count = |(name, format): &(&'static str, &'static str)| {
            let file = data(name, MEGABYTES, "lines", "jsonl")?;
            Ok((*name, *format, count(&valgrind, &file, name, format)?))
        };
        runs.iter().map(count).collect::<Result<Vec<_>, String>>()
    };
    for (name, _) in RUNS {
        data(name, MEGABYTES, "lines", "jsonl")?;
    }
    // Counting is not timed, so two go at the same time.
    let (first, second) = RUNS.split_at(RUNS.len() / 2);
    let counts = thread::scope(|scope| {
        let first = scope.spawn(|| count_all(first));
        let second = count_all(second);
        let first = first.join().map_err(|_| "a count ended early".to_owned())?;
        Ok::<_, String>([first?, second?].concat())
    })?;
    if writes {
        return write(&counts);
    }
    compare(&counts)
}

/// Instructions for each byte of a run.
fn count(valgrind: &[String], file: &str, name: &str, format: &str) -> Result<f64, String> {
    let (counts, tables) = (
        format!("{DIRECTORY}/{name}-{format}.callgrind"),
        format!("{DIRECTORY}/{name}-{format}"),
    );
    let counts_file = format!("--callgrind-out-file={counts}");
    let mut words: Vec<&str> = valgrind.iter().map(String::as_str).collect();
    words.extend(["-q", "--tool=callgrind", &counts_file, PROGRAM]);
    words.extend([file, format, &tables]);
    run(words[0], &words[1..])?;
    let text = fs::read_to_string(&counts).map_err(|e| format!("{counts}: {e}"))?;
    let summary = text.lines().find_map(|line| line.strip_prefix("summary: "));
    let instructions = summary.and_then(|count| count.trim().parse::<f64>().ok());
    let bytes = fs::metadata(file)
        .map_err(|e| format!("{file}: {e}"))?
        .len();
    let instructions = instructions.ok_or_else(|| format!("{counts} has no summary"))?;
    Ok(instructions / bytes as f64)
}

fn write(counts: &[(&str, &str, f64)]) -> Result<(), String> {
    let mut text = String::from(
        "# Instructions for each byte of 20 MB, on one thread, with ids of the kind `sequence` and\n\
         # arrays as tables. Written by `cargo xtask budget --write`.\n",
    );
    for (name, format, count) in counts {
        let _ = writeln!(text, "{name} {format} {count:.1}");
    }
    print!("{text}");
    fs::write(FILE, text).map_err(|e| format!("{FILE}: {e}"))
}

fn compare(counts: &[(&str, &str, f64)]) -> Result<(), String> {
    let text = fs::read_to_string(FILE).map_err(|e| format!("{FILE}: {e}"))?;
    let mut over = Vec::new();
    println!("| data | format | instructions a byte | budget |");
    println!("| --- | --- | ---: | ---: |");
    for (name, format, count) in counts {
        let key = format!("{name} {format} ");
        let budget = text.lines().find_map(|line| line.strip_prefix(&key));
        let budget: f64 = (budget.and_then(|budget| budget.parse().ok()))
            .ok_or_else(|| format!("{FILE} has no line `{key}NUMBER`"))?;
        println!("| {name} | {format} | {count:.1} | {budget:.1} |");
        if *count > budget * ROOM {
            over.push(format!(
                "{name} to {format} takes {count:.1} instead of {budget:.1}"
            ));
        }
        if *count < budget / ROOM {
            println!("{name} to {format} takes less: `cargo xtask budget --write` keeps that");
        }
    }
    match over[..] {
        [] => Ok(()),
        _ => Err(format!("instructions a byte: {}", over.join("; "))),
    }
}

/// The command of valgrind: the one of the system, or that of its package, unpacked here.
fn valgrind() -> Result<Vec<String>, String> {
    if output("valgrind", &["--version"]).is_ok() {
        return Ok(vec!["valgrind".to_owned()]);
    }
    let folder = fs::canonicalize(".").map_err(|e| format!("this folder: {e}"))?;
    let folder = folder.join(DIRECTORY).join("valgrind");
    let root = folder.join("usr");
    if !root.exists() {
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let fetch = "(apt-get -q download valgrind || (apt-get -q update && apt-get -q download valgrind)) \
                     && dpkg -x valgrind_*.deb .";
        let fetched = output(
            "sh",
            &["-c", &format!("cd '{}' && {fetch}", folder.display())],
        );
        fetched
            .map_err(|e| format!("valgrind is not installed, and its package not found: {e}"))?;
    }
    let library = |folder: &str| root.join(folder).join("valgrind");
    let library = ["libexec", "lib/x86_64-linux-gnu", "lib"].map(library);
    let library = library.into_iter().find(|path| path.exists());
    let library = library.ok_or("the package of valgrind has no tools")?;
    Ok(vec![
        "env".to_owned(),
        format!("VALGRIND_LIB={}", library.display()),
        root.join("bin/valgrind").display().to_string(),
    ])
}
