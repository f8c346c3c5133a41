//! `cargo xtask torture`: injects faults into the real program, and checks after each that the
//! earlier output is unchanged or the new one complete, that nothing incomplete looks complete,
//! that the message is clear, and that the next run succeeds.

use crate::{
    command::{Profile, run},
    faults,
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Number of moments at which a run is killed.
const KILLS: u32 = 50;
/// Number of records of the input.
const RECORDS: u32 = 60_000;

/// Tries every fault, on the release build or on the test build; with `all`, at every system call.
pub(crate) fn check(profile: Profile, all: bool) -> Result<(), String> {
    let build: &[&str] = match profile {
        Profile::Release => &["build", "--release", "-p", "transmog-cli"],
        Profile::Dev => &["build", "-p", "transmog-cli"],
    };
    run("cargo", build)?;
    let torture = Torture::new(profile)?;
    let faults: [(&str, Fault); 15] = [
        ("SIGKILL at random moments", Torture::kills),
        ("SIGINT", Torture::interrupt),
        ("disk full", Torture::disk_full),
        ("file size limit", Torture::size_limit),
        ("read error in the middle", Torture::read_error),
        ("output directory removed", Torture::directory_removed),
        ("output directory read-only", Torture::directory_read_only),
        ("truncated gzip", Torture::truncated_gzip),
        ("truncated zstd", Torture::truncated_zstd),
        ("file that grows while it is read", Torture::growing_file),
        ("gzip bomb", Torture::gzip_bomb),
        ("line of 1 GB", Torture::long_line),
        ("100,000 opening brackets", Torture::brackets),
        ("inputs that would fill the memory", Torture::hungry_inputs),
        ("odd inputs and outputs", Torture::odd_files),
    ];
    let others = (faults.into_iter()).map(|(name, fault)| (name, fault(&torture)));
    let at_calls = std::iter::once_with(|| {
        let tried = faults::check(&torture.program, &torture.folder, all);
        ("a fault at every system call", tried)
    });
    let mut failed = 0;
    for (name, result) in others.chain(at_calls) {
        match result {
            Ok(what) => println!("ok      {name}: {what}"),
            Err(why) => {
                failed += 1;
                println!("FAILED  {name}: {why}");
            }
        }
    }
    match failed {
        0 => Ok(()),
        failed => Err(format!("{failed} faults were not survived")),
    }
}

struct Torture {
    program: PathBuf,
    folder: PathBuf,
    input: PathBuf,
}

/// Tries a fault and prints the result.
type Fault = fn(&Torture) -> Result<String, String>;

type Files = BTreeMap<String, Vec<u8>>;

/// The files that look like output.
fn visible(directory: &Path) -> Files {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let files = entries.filter_map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let data = fs::read(entry.path()).ok()?;
        // The manifest differs, because it has the id of its run.
        (!name.starts_with('.') && name != "_transmog.json").then_some((name, data))
    });
    files.collect()
}

fn ensure(holds: bool, what: impl Into<String>) -> Result<(), String> {
    holds.then_some(()).ok_or_else(|| what.into())
}

fn written(path: &Path, data: &[u8]) -> Result<PathBuf, String> {
    fs::write(path, data).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path.to_owned())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

/// One line of the input; later records have new columns and types.
fn record(number: u32) -> String {
    let late = match number > RECORDS / 2 {
        true => format!(",\"late\":{number}.5,\"n\":\"text\""),
        false => format!(",\"n\":{number}"),
    };
    let items: Vec<_> = (0..number % 4)
        .map(|item| format!("{{\"sku\":\"s{item}\",\"qty\":{item},\"tags\":[\"a\",{item}]}}"))
        .collect();
    let text = "x".repeat(100);
    format!(
        "{{\"id\":{number},\"text\":\"{text}\"{late},\"items\":[{}]}}\n",
        items.join(",")
    )
}

impl Torture {
    fn new(profile: Profile) -> Result<Self, String> {
        let folder = PathBuf::from("target/torture");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        let folder = folder.canonicalize().map_err(|e| e.to_string())?;
        let lines: String = (0..RECORDS).map(record).collect();
        let input = written(&folder.join("in.jsonl"), lines.as_bytes())?;
        let program = Path::new("target")
            .join(profile.folder())
            .join("transmog")
            .canonicalize();
        Ok(Self {
            program: program.map_err(|e| e.to_string())?,
            folder,
            input,
        })
    }

    fn command(&self, input: &Path, out: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args([
                "flatten",
                "--id",
                "hash",
                "--no-time-field",
                "--memory-limit",
                "16M",
            ])
            .args(["-f", "parquet", "-o"])
            .args([out, input])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    /// An output directory with the output of an earlier run.
    fn earlier(&self, name: &str) -> Result<(PathBuf, Files), String> {
        let out = self.folder.join(name);
        let small = written(
            &self.folder.join("small.jsonl"),
            b"{\"id\":1,\"items\":[{\"sku\":\"x\"}]}\n",
        )?;
        self.succeeds(&small, &out)?;
        let files = visible(&out);
        ensure(files.len() == 2, "the earlier run made two files")?;
        Ok((out, files))
    }

    fn succeeds(&self, input: &Path, out: &Path) -> Result<(), String> {
        let done = self
            .command(input, out)
            .output()
            .map_err(|e| e.to_string())?;
        ensure(
            done.status.success(),
            format!("a good run failed: {}", said(&done)),
        )?;
        let hidden = fs::read_dir(out).into_iter().flatten().flatten();
        let hidden: Vec<_> = hidden
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with('.'))
            .collect();
        ensure(hidden.is_empty(), format!("left over: {hidden:?}"))
    }

    /// The output of an undisturbed run.
    fn whole(&self) -> Result<Files, String> {
        let out = self.folder.join("whole");
        self.succeeds(&self.input, &out)?;
        Ok(visible(&out))
    }

    /// A run that must fail with a clear message and leave the earlier output unchanged.
    fn fails(&self, name: &str, input: &Path, says: &str) -> Result<String, String> {
        let (out, before) = self.earlier(name)?;
        let done = self
            .command(input, &out)
            .output()
            .map_err(|e| e.to_string())?;
        self.failed(&done, says)?;
        ensure(visible(&out) == before, "the earlier output has changed")?;
        self.succeeds(&self.input, &out)?;
        Ok(said(&done))
    }

    fn failed(&self, done: &Output, says: &str) -> Result<(), String> {
        let message = said(done);
        let status = done.status.code();
        ensure(status == Some(1), format!("status {status:?}: {message}"))?;
        ensure(!message.contains("panicked"), message.clone())?;
        ensure(
            message.contains(says),
            format!("`{message}` does not say `{says}`"),
        )
    }

    fn kills(&self) -> Result<String, String> {
        let whole = self.whole()?;
        let (out, mut before) = self.earlier("kills")?;
        let started = Instant::now();
        self.succeeds(&self.input, &self.folder.join("timed"))?;
        let length = started.elapsed();
        let small = self.folder.join("small.jsonl");
        let mut completed = 0;
        // A fixed sequence of moments that looks random.
        let mut state = 0x9e37_79b9_u32;
        for kill in 0..KILLS {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let moment = length.mul_f64(f64::from(state >> 8) / f64::from(1 << 24) * 1.1);
            let mut child = self
                .command(&self.input, &out)
                .spawn()
                .map_err(|e| e.to_string())?;
            thread::sleep(moment);
            let _ = child.kill();
            let status = child.wait().map_err(|e| e.to_string())?;
            let after = visible(&out);
            if after == whole {
                completed += 1;
            } else if after != before {
                return Err(format!("kill {kill} after {moment:?} left neither output"));
            }
            ensure(
                status.signal() == Some(9) || status.success(),
                format!("{status}"),
            )?;
            // The next run cleans up and succeeds.
            if kill % 5 == 0 {
                self.succeeds(&small, &out)?;
                before = visible(&out);
            } else {
                before = after;
            }
        }
        self.succeeds(&self.input, &out)?;
        ensure(visible(&out) == whole, "the last run is not whole")?;
        Ok(format!(
            "{KILLS} kills within {length:?}, {completed} of them after the commit"
        ))
    }

    /// A run in the middle of its input, which ends when the pipe is dropped.
    fn waiting(&self, fifo: &str, out: &Path) -> Result<(Child, File), String> {
        let fifo = self.folder.join(fifo);
        run("mkfifo", &[&fifo.to_string_lossy()])?;
        let child = self.command(&fifo, out).spawn();
        let child = child.map_err(|e| e.to_string())?;
        let pipe = File::options().write(true).open(&fifo);
        let mut pipe = pipe.map_err(|e| e.to_string())?;
        pipe.write_all(b"{\"id\":2}\n").map_err(|e| e.to_string())?;
        thread::sleep(Duration::from_millis(200));
        Ok((child, pipe))
    }

    fn interrupt(&self) -> Result<String, String> {
        let (out, before) = self.earlier("interrupt")?;
        let (mut child, _pipe) = self.waiting("fifo", &out)?;
        run("kill", &["-INT", &child.id().to_string()])?;
        let status = within(&mut child, Duration::from_secs(5))?;
        ensure(status.code() == Some(130), format!("{status}"))?;
        ensure(visible(&out) == before, "the earlier output has changed")?;
        self.succeeds(&self.input, &out)?;
        Ok("status 130, the earlier output intact".to_owned())
    }

    fn disk_full(&self) -> Result<String, String> {
        let out = self.folder.join("small-disk");
        fs::create_dir_all(&out).map_err(|e| e.to_string())?;
        let mounted = run(
            "mount",
            &[
                "-t",
                "tmpfs",
                "-o",
                "size=1m",
                "tmpfs",
                &out.to_string_lossy(),
            ],
        );
        if mounted.is_err() {
            return Ok("not tried: this user may not mount a small disk".to_owned());
        }
        let result = self.fails_on_small_disk(&out);
        run("umount", &[&out.to_string_lossy()])?;
        result
    }

    fn fails_on_small_disk(&self, out: &Path) -> Result<String, String> {
        let small = self.folder.join("small.jsonl");
        self.succeeds(&small, out)?;
        let before = visible(out);
        let done = self
            .command(&self.input, out)
            .output()
            .map_err(|e| e.to_string())?;
        self.failed(&done, "No space left on device")?;
        ensure(visible(out) == before, "the earlier output has changed")?;
        self.succeeds(&small, out)?;
        Ok(said(&done))
    }

    fn size_limit(&self) -> Result<String, String> {
        let (out, before) = self.earlier("size-limit")?;
        let command = self.command(&self.input, &out);
        let words: Vec<_> = command
            .get_args()
            .map(|a| a.to_string_lossy().into_owned())
            .collect();
        let script = format!(
            "trap '' XFSZ; ulimit -f 512; exec {} {}",
            self.program.display(),
            words.join(" ")
        );
        let done = Command::new("bash")
            .args(["-c", &script])
            .output()
            .map_err(|e| e.to_string())?;
        self.failed(&done, "File too large")?;
        ensure(visible(&out) == before, "the earlier output has changed")?;
        self.succeeds(&self.input, &out)?;
        Ok(said(&done))
    }

    fn read_error(&self) -> Result<String, String> {
        // Reading one's own memory at offset 0 fails with EIO.
        self.fails(
            "read-error",
            Path::new("/proc/self/mem"),
            "cannot read /proc/self/mem",
        )
    }

    fn directory_removed(&self) -> Result<String, String> {
        let (out, _) = self.earlier("removed")?;
        let (mut child, pipe) = self.waiting("fifo-removed", &out)?;
        fs::remove_dir_all(&out).map_err(|e| e.to_string())?;
        drop(pipe);
        within(&mut child, Duration::from_secs(5))?;
        let done = child.wait_with_output().map_err(|e| e.to_string())?;
        self.failed(&done, "No such file or directory")?;
        self.succeeds(&self.input, &out)?;
        Ok(said(&done))
    }

    fn directory_read_only(&self) -> Result<String, String> {
        let out = self.folder.join("read-only");
        fs::create_dir_all(&out).map_err(|e| e.to_string())?;
        let at = out.to_string_lossy().into_owned();
        if run("mount", &["-t", "tmpfs", "-o", "ro", "tmpfs", &at]).is_err() {
            return Ok("not tried: this user may not mount a read-only disk".to_owned());
        }
        let done = self.command(&self.input, &out).output();
        run("umount", &[&at])?;
        let done = done.map_err(|e| e.to_string())?;
        self.failed(&done, "cannot write to the output directory")?;
        Ok(said(&done))
    }

    fn truncated(&self, name: &str, compress: &[&str]) -> Result<String, String> {
        let input = self.input.to_string_lossy();
        let program = compress[0];
        let arguments = [&compress[1..], &[&*input]].concat();
        let done = Command::new(program)
            .args(&arguments)
            .output()
            .map_err(|e| e.to_string())?;
        let half = &done.stdout[..done.stdout.len() / 2];
        let path = written(&self.folder.join(name), half)?;
        self.fails(&format!("{name}-out"), &path, "ends early")
    }

    fn truncated_gzip(&self) -> Result<String, String> {
        self.truncated("cut.gz", &["gzip", "-c"])
    }

    fn truncated_zstd(&self) -> Result<String, String> {
        // A hand-made zstd frame that claims more than it holds, so no zstd program is needed.
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0xfd, 0xff, 0x03, b'{'];
        let path = written(&self.folder.join("cut.zst"), &frame)?;
        self.fails("cut.zst-out", &path, "ends early")
    }

    fn growing_file(&self) -> Result<String, String> {
        let path = written(&self.folder.join("growing.jsonl"), b"")?;
        let mut file = File::options()
            .append(true)
            .open(&path)
            .map_err(|e| e.to_string())?;
        let lines: String = (0..2000).map(record).collect();
        file.write_all(lines.as_bytes())
            .map_err(|e| e.to_string())?;
        let out = self.folder.join("growing");
        let mut child = self
            .command(&path, &out)
            .spawn()
            .map_err(|e| e.to_string())?;
        for _ in 0..50 {
            file.write_all(lines.as_bytes())
                .map_err(|e| e.to_string())?;
        }
        let status = within(&mut child, Duration::from_secs(60))?;
        // An incomplete record is an error; complete records are accepted.
        ensure(matches!(status.code(), Some(0 | 1)), format!("{status}"))?;
        let files = visible(&out).len();
        ensure(
            status.success() == (files == 2),
            format!("{status}, {files} files"),
        )?;
        Ok(format!("status {}", status.code().unwrap_or_default()))
    }

    /// Runs and measures memory; returns the status and megabytes.
    fn measured(&self, input: &Path, name: &str) -> Result<(Output, u64), String> {
        let out = self.folder.join(name);
        let child = self
            .command(input, &out)
            .spawn()
            .map_err(|e| e.to_string())?;
        let status = format!("/proc/{}/status", child.id());
        let watch = thread::spawn(move || {
            let mut most = 0;
            while let Ok(text) = fs::read_to_string(&status) {
                let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
                let Some(line) = line else { break };
                let kilobytes = line.trim().trim_end_matches(" kB").parse::<u64>();
                most = most.max(kilobytes.unwrap_or_default() / 1024);
                thread::sleep(Duration::from_millis(5));
            }
            most
        });
        let done = child.wait_with_output().map_err(|e| e.to_string())?;
        let most = watch.join().map_err(|_| "the watch ended early")?;
        Ok((done, most))
    }

    fn gzip_bomb(&self) -> Result<String, String> {
        let path = self.folder.join("bomb.gz");
        let script = format!(
            "(printf '{{\"a\":\"'; head -c 2000000000 /dev/zero | tr '\\0' 'x') | gzip -1 > {}",
            path.display()
        );
        run("bash", &["-c", &script])?;
        let (done, most) = self.measured(&path, "bomb")?;
        self.failed(&done, "memory_limit")?;
        ensure(most < 128, format!("{most} MB"))?;
        Ok(format!("2 GB in one string: {most} MB, {}", said(&done)))
    }

    fn long_line(&self) -> Result<String, String> {
        // A named pipe, because a file would need a gigabyte on disk.
        let path = self.folder.join("long.jsonl");
        run("mkfifo", &[&path.to_string_lossy()])?;
        let script = format!(
            "exec > {} 2> /dev/null; printf '{{\"a\":\"'; head -c 1000000000 /dev/zero | tr '\\0' 'x'; printf '\"}}\\n{{\"a\":1}}\\n'",
            path.display()
        );
        let mut writer = Command::new("bash")
            .args(["-c", &script])
            .spawn()
            .map_err(|e| e.to_string())?;
        let measured = self.measured(&path, "long");
        let _ = writer.kill();
        writer.wait().map_err(|e| e.to_string())?;
        let _ = fs::remove_file(&path);
        let (done, most) = measured?;
        self.failed(&done, "memory_limit")?;
        ensure(most < 128, format!("{most} MB"))?;
        Ok(format!("{most} MB, {}", said(&done)))
    }

    fn brackets(&self) -> Result<String, String> {
        let mut messages = Vec::new();
        for text in ["[", "{\"a\":", "{\"a\":["] {
            let path = written(
                &self.folder.join("deep.json"),
                text.repeat(100_000).as_bytes(),
            )?;
            let (done, most) = self.measured(&path, "deep")?;
            self.failed(&done, "expected")?;
            ensure(most < 256, format!("{most} MB"))?;
            messages.push(said(&done));
        }
        Ok(messages.remove(1))
    }

    /// Small inputs that expand to a lot: each must be refused within the memory limit with a clear
    /// message.
    fn hungry_inputs(&self) -> Result<String, String> {
        let members = |count: usize| {
            let members = (0..count).map(|at| format!("\"k{at}\":{{\"n\":1}}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        };
        let rows = vec!["{}"; 13_000_000].join(",");
        let long_key = format!("{{\"{}\":{}}}", "k".repeat(100_000), members(10_000));
        let inputs = [
            ("long-key.json", long_key, "memory_limit"),
            ("wide.json", members(2_000_000), "max_columns"),
            (
                "rows.jsonl",
                format!("{{\"a\":[{rows}]}}\n").repeat(4),
                "memory_limit",
            ),
            ("deep.json5", "{a:".repeat(100_000), "1024 levels"),
            ("deep.hjson", "{a:".repeat(100_000), "1024 levels"),
            ("blank.json5", " ".repeat(200 << 20), "memory_limit"),
        ];
        let mut said_all = Vec::new();
        for (name, text, says) in inputs {
            let path = written(&self.folder.join(name), text.as_bytes())?;
            let started = Instant::now();
            let (done, most) = self.measured(&path, "hungry")?;
            fs::remove_file(&path).map_err(|e| e.to_string())?;
            self.failed(&done, says)?;
            let seconds = started.elapsed().as_secs_f64();
            ensure(
                most < 128 && seconds < 10.0,
                format!("{name}: {most} MB, {seconds:.1} s"),
            )?;
            ensure(said(&done).len() < 1000, format!("{name}: a long message"))?;
            said_all.push(format!("{name} {most} MB"));
        }
        Ok(said_all.join(", "))
    }

    fn odd_files(&self) -> Result<String, String> {
        let mut tried = 0;
        let empty = self.folder.join("empty");
        fs::create_dir_all(&empty).map_err(|e| e.to_string())?;
        let keys: String = (0..1000)
            .map(|line| {
                let keys: Vec<_> = (0..1000)
                    .map(|key| format!("\"k{line}_{key}\":1"))
                    .collect();
                format!("{{{}}}\n", keys.join(","))
            })
            .collect();
        let keys = written(&self.folder.join("keys.jsonl"), keys.as_bytes())?;
        let file = written(&self.folder.join("file"), b"")?;
        for (input, out, says) in [
            (&empty, self.folder.join("odd"), "holds no"),
            (
                &self.folder.join("none.json"),
                self.folder.join("odd"),
                "no such file",
            ),
            (&keys, self.folder.join("odd"), "max_columns"),
            (
                &self.input,
                PathBuf::from("/dev/full"),
                "cannot create the output directory",
            ),
            (&self.input, file, "cannot create the output directory"),
        ] {
            let done = self
                .command(input, &out)
                .output()
                .map_err(|e| e.to_string())?;
            self.failed(&done, says)?;
            tried += 1;
        }
        // A full standard output is an error, but does not affect the tables.
        let full = File::options()
            .write(true)
            .open("/dev/full")
            .map_err(|e| e.to_string())?;
        let mut command = self.command(&self.input, &self.folder.join("full"));
        let done = command.args(["--report", "json"]).stdout(full).output();
        self.failed(&done.map_err(|e| e.to_string())?, "cannot write the report")?;
        Ok(format!("{} refused with a clear message", tried + 1))
    }
}

/// The status of a process; an error if it does not end in time.
fn within(child: &mut Child, time: Duration) -> Result<ExitStatus, String> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return Ok(status);
        }
        if started.elapsed() > time {
            let _ = child.kill();
            return Err(format!("it did not end within {time:?}"));
        }
        thread::sleep(Duration::from_millis(10));
    }
}
