//! How much faster a run would be with more threads: `scaling FORMAT THREADS FILE`.
//!
//! The file is flattened once with THREADS threads, and the processor time of each piece of work is
//! taken: of reading, flattening and merging each chunk, and of the jobs of each table with their
//! parts. Then the run is played with 1, 2, 4, 8, 16 and 32 processors: each takes the next piece
//! whose predecessors are done. What is printed is the time with one divided by the time with each.
//!
//! This leaves out what grows with the number of processors: the bandwidth of memory and disk.

#![allow(clippy::print_stdout, reason = "the result is what is printed")]

use rustix::time::{ClockId, clock_gettime};
use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    error::Error,
    path::Path,
    sync::{
        LazyLock, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use transmog::{Output, OutputFormat, TransmogConfig, flatten_stream};

const TARGET: &str = "transmog::work";
const PROCESSORS: [usize; 6] = [1, 2, 4, 8, 16, 32];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [format, threads, file] = &arguments[..] else {
        return Err("expected FORMAT THREADS FILE".into());
    };
    tracing::subscriber::set_global_default(Recorder).map_err(|error| error.to_string())?;
    let output = tempfile::tempdir()?;
    let config = TransmogConfig::default().with_threads(threads.parse()?);
    let format: OutputFormat = format.parse()?;
    let tables = output.path().join("tables");
    flatten_stream(Path::new(file), tables, &Output::of(format)?, &config)?;
    let tasks = tasks(&recorded(), threads.parse()?);
    let times = PROCESSORS.map(|processors| played(&tasks, processors));
    for time in times {
        print!(" {:.1}", times[0].as_secs_f64() / time.as_secs_f64());
    }
    println!();
    Ok(())
}

/// What was recorded.
#[derive(Default)]
struct Recorded {
    /// The names and numbers of the spans that exist, by id.
    spans: HashMap<u64, (&'static str, u64)>,
    reads: Vec<Duration>,
    flattened: HashMap<u64, Duration>,
    merges: Vec<Merge>,
    /// The jobs of each table in order.
    jobs: HashMap<u64, Vec<Vec<Step>>>,
    parts: HashMap<u64, Vec<Duration>>,
}

/// A chunk that was merged, or the end of the run, and the tables that got jobs by it.
#[derive(Clone, Default)]
struct Merge {
    time: Duration,
    sent: Vec<u64>,
}

/// Work of a job on one thread, and then parts of it on any.
#[derive(Clone, Default)]
struct Step {
    time: Duration,
    parts: Vec<Duration>,
}

/// A span that a thread is in.
struct Entered {
    name: &'static str,
    number: u64,
    since: Duration,
    /// Of a job.
    steps: Vec<Step>,
}

thread_local! {
    static ENTERED: RefCell<Vec<Entered>> = const { RefCell::new(Vec::new()) };
}

fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

struct Recorder;

static RECORDED: LazyLock<Mutex<Recorded>> = LazyLock::new(Mutex::default);
static NEXT: AtomicU64 = AtomicU64::new(1);

fn recorded() -> MutexGuard<'static, Recorded> {
    RECORDED
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The one number among the fields.
#[derive(Default)]
struct Number(u64);

impl Visit for Number {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() != "jobs" {
            self.0 = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut number = Number::default();
        span.record(&mut number);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let of = (span.metadata().name(), number.0);
        recorded().spans.insert(id, of);
        Id::from_u64(id)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut table = Number::default();
        event.record(&mut table);
        let is_merging = ENTERED.with_borrow(|entered| !entered.is_empty());
        let merges = &mut recorded().merges;
        // What is sent by no merge is sent by the end of the run.
        let is_end = |last: &Merge| last.time == Duration::ZERO;
        if !(is_merging || merges.last().is_some_and(is_end)) {
            merges.push(Merge::default());
        }
        if let Some(merge) = merges.last_mut() {
            merge.sent.push(table.0);
        }
    }

    fn enter(&self, span: &Id) {
        let found = recorded().spans.get(&span.into_u64()).copied();
        let (name, number) = found.unwrap_or_default();
        if name == "merge" {
            recorded().merges.push(Merge::default());
        }
        let now = now();
        ENTERED.with_borrow_mut(|entered| {
            if let Some(around) = entered.last_mut()
                && name == "divide"
            {
                around.steps.push(Step {
                    time: now - around.since,
                    parts: Vec::new(),
                });
                recorded().parts.remove(&number);
            }
            entered.push(Entered {
                name,
                number,
                since: now,
                steps: Vec::new(),
            });
        });
    }

    fn exit(&self, _: &Id) {
        let now = now();
        let Some(left) = ENTERED.with_borrow_mut(Vec::pop) else {
            return;
        };
        let time = now - left.since;
        let mut recorded = recorded();
        match left.name {
            "read" => recorded.reads.push(time),
            "flatten" => drop(recorded.flattened.insert(left.number, time)),
            "merge" => {
                // A merge may have sent jobs before it ends.
                if let Some(merge) = recorded.merges.last_mut() {
                    merge.time = time;
                }
            }
            "part" => recorded.parts.entry(left.number).or_default().push(time),
            "divide" => {
                let parts = recorded.parts.remove(&left.number).unwrap_or_default();
                ENTERED.with_borrow_mut(|entered| {
                    if let Some(around) = entered.last_mut() {
                        around.since = now;
                        if let Some(step) = around.steps.last_mut() {
                            step.parts = parts;
                        }
                    }
                });
            }
            "job" => {
                let mut steps = left.steps;
                steps.push(Step {
                    time,
                    parts: Vec::new(),
                });
                recorded.jobs.entry(left.number).or_default().push(steps);
            }
            _ => {}
        }
    }

    fn try_close(&self, id: Id) -> bool {
        recorded().spans.remove(&id.into_u64());
        true
    }
}

/// A piece of work and the pieces that must be done before.
struct Task {
    time: Duration,
    /// The least goes first.
    rank: u8,
    before: Vec<usize>,
}

/// The pieces of the run, each behind those before it.
fn tasks(recorded: &Recorded, threads: usize) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut add = |time, rank, before: Vec<usize>| {
        tasks.push(Task { time, rank, before });
        tasks.len() - 1
    };
    let (mut read, mut merged): (Option<usize>, Vec<usize>) = (None, Vec::new());
    // The last piece of each table, and how many of its jobs were begun.
    let mut tables: HashMap<u64, (Option<usize>, usize)> = HashMap::new();
    for (at, merge) in recorded.merges.iter().enumerate() {
        let mut before: Vec<usize> = merged.last().copied().into_iter().collect();
        if let (Some(time), Some(flatten)) =
            (recorded.reads.get(at), recorded.flattened.get(&(at as u64)))
        {
            // So many chunks are read ahead.
            let room = at.checked_sub(threads * 2).map(|at| merged[at]);
            read = Some(add(*time, 2, read.into_iter().chain(room).collect()));
            before.push(add(*flatten, 4, read.into_iter().collect()));
        }
        let end = add(merge.time, 1, before);
        merged.push(end);
        for table in &merge.sent {
            let (last, begun) = tables.entry(*table).or_default();
            let Some(steps) = recorded.jobs.get(table).and_then(|jobs| jobs.get(*begun)) else {
                continue;
            };
            *begun += 1;
            let mut before: Vec<usize> = last.iter().copied().chain([end]).collect();
            for step in steps {
                let serial = add(step.time, 3, before);
                let parts = step.parts.iter().map(|part| add(*part, 0, vec![serial]));
                before = [serial]
                    .into_iter()
                    .chain(parts.collect::<Vec<_>>())
                    .collect();
            }
            *last = Some(add(Duration::ZERO, 0, before));
        }
    }
    tasks
}

/// How long the tasks take on so many processors.
fn played(tasks: &[Task], processors: usize) -> Duration {
    let mut left: Vec<usize> = tasks.iter().map(|task| task.before.len()).collect();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); tasks.len()];
    for (at, task) in tasks.iter().enumerate() {
        task.before
            .iter()
            .for_each(|before| after[*before].push(at));
    }
    let rank = |at: usize| Reverse((tasks[at].rank, at));
    let mut ready: BinaryHeap<_> = (0..tasks.len())
        .filter(|at| left[*at] == 0)
        .map(rank)
        .collect();
    let mut running: BinaryHeap<Reverse<(Duration, usize)>> = BinaryHeap::new();
    let mut now = Duration::ZERO;
    loop {
        while running.len() < processors
            && let Some(Reverse((_, at))) = ready.pop()
        {
            running.push(Reverse((now + tasks[at].time, at)));
        }
        let Some(Reverse((end, at))) = running.pop() else {
            return now;
        };
        now = end;
        for next in &after[at] {
            left[*next] -= 1;
            if left[*next] == 0 {
                ready.push(rank(*next));
            }
        }
    }
}
