//! `cargo xtask fuzz [SECONDS] [TARGET...]`: coverage-guided fuzzing with
//! libFuzzer, on the normal toolchain.

use crate::command::{Profile, finish, output};
use std::{fs, path::Path, process::Command};

pub(crate) const TARGETS: [&str; 8] = [
    "framing",
    "parsing",
    "flattening",
    "csv",
    "parquet",
    "orc",
    "avro",
    "arrow",
];

/// The flags of `cargo fuzz`, without a sanitizer, because the libraries have no unsafe code that reads memory.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Fuzzes each target for this many seconds. Corpora grow in `target/fuzz`. A failing input goes to
/// `fuzz/regressions`, where the tests replay it.
pub(crate) fn run(profile: Profile, seconds: u64, targets: &[&str]) -> Result<(), String> {
    let version = output("rustc", &["-vV"])?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("rustc names no host")?;
    let mut build = Command::new("cargo");
    build
        .args([
            "build",
            "--manifest-path",
            "fuzz/Cargo.toml",
            "--target",
            host,
        ])
        .args((profile == Profile::Release).then_some("--release"))
        .args(["--target-dir", "target/fuzz/build"])
        .env("RUSTFLAGS", FLAGS);
    finish(&mut build)?;
    for target in targets {
        let corpus = format!("target/fuzz/corpus/{target}");
        let failed = format!("fuzz/regressions/{target}");
        for folder in [&corpus, &failed] {
            fs::create_dir_all(folder).map_err(|e| format!("{folder}: {e}"))?;
        }
        let program = Path::new("target/fuzz/build")
            .join(host)
            .join(profile.folder())
            .join(target);
        println!("fuzzing {target} for {seconds} s");
        finish(
            Command::new(program)
                .args([&corpus, "fuzz/seeds", &failed])
                .arg(format!("-max_total_time={seconds}"))
                .arg(format!("-artifact_prefix={failed}/"))
                .args([
                    "-timeout=20",
                    "-rss_limit_mb=2048",
                    "-max_len=2048",
                    "-print_final_stats=1",
                ])
                .args(["-dict=fuzz/json.dict", "-verbosity=0"]),
        )?;
    }
    Ok(())
}
