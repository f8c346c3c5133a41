//! The threads of a run. They flatten chunks and write the rows of tables. The jobs of a table run
//! in order, one at a time; several threads may work on the parts of a job.
//!
//! What takes time is in spans of the target [`WORK`], from which `cargo xtask scaling` computes how
//! long a run would take with more threads: `read`, `flatten`, `merge`, `job`, and in a job `divide`,
//! whose parts are `part`.

use crate::{
    destination::AlteredBy,
    erased::{AnyChunk, AnySource},
    error::{Category, Error, Result},
    options::Options,
    tables::{Job, Tables},
    worker::{ChunkResult, SharedStatistics, Worker},
};
use std::{
    collections::{BTreeMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc::sync_channel,
    },
    thread::{self, JoinHandle},
    time::Duration,
};
use transmog_model::{Executor, TableSink};

/// The most threads that are started.
const MAX_THREADS: usize = 256;
/// Target of the spans around the work of a run.
pub(crate) const WORK: &str = "transmog::work";
/// How often a waiting run checks whether it should stop.
const CANCEL_INTERVAL: Duration = Duration::from_millis(50);

/// The threads. They end when the pool is dropped.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    options: Arc<Options>,
    /// Number of the chunk whose result is taken next.
    next: u64,
    /// Number of the chunk that is given next.
    given: u64,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Signals that there is work.
    work: Condvar,
    /// Signals that work was done.
    news: Condvar,
    /// Signals that parts of a job ended.
    ended: Condvar,
    /// Threads that wait for work.
    idle: AtomicUsize,
}

#[derive(Default)]
struct State {
    chunks: VecDeque<(u64, Box<dyn AnyChunk>)>,
    results: BTreeMap<u64, ChunkResult>,
    /// How many more chunks may be read before one is merged.
    permits: usize,
    /// The number of chunks and how the input ended, once known.
    end: Option<(u64, Result<()>)>,
    queues: Vec<Queue>,
    /// Tables with jobs that no thread is working on.
    ready: VecDeque<usize>,
    /// Parts of the jobs in progress, each with how many of its job have not ended.
    parts: VecDeque<(Arc<AtomicUsize>, transmog_model::Task)>,
    queued_bytes: usize,
    /// Bytes of the chunks that are not merged yet, as text and in tables.
    held: BTreeMap<u64, usize>,
    held_bytes: usize,
    /// Number of the chunk that is merged next.
    turn: u64,
    /// Number of jobs that are not done.
    jobs: usize,
    failure: Option<Error>,
    is_over: bool,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    sink: Option<Box<dyn TableSink>>,
    is_taken: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs while the lock is held.
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn fail(&self, error: Error) {
        let mut state = self.lock();
        state.failure.get_or_insert(error);
        drop(state);
        self.news.notify_all();
    }
}

impl State {
    /// Sets the bytes that a chunk takes now.
    fn hold(&mut self, chunk: u64, bytes: usize) {
        let before = self.held.insert(chunk, bytes).unwrap_or_default();
        self.held_bytes = self.held_bytes + bytes - before;
    }

    /// Whether another chunk of about `bytes` would be too much. One chunk is always allowed.
    fn is_full(&self, bytes: usize, memory: usize) -> bool {
        let is_too_much = self.held_bytes + bytes > memory;
        self.permits == 0 || (is_too_much && !self.held.is_empty())
    }

    /// Adds a chunk for the threads.
    fn take(&mut self, number: u64, chunk: Box<dyn AnyChunk>, bytes: usize) {
        self.hold(number, bytes);
        self.chunks.push_back((number, chunk));
    }

    /// Notes that the chunks before `turn` are merged.
    fn merged(&mut self, turn: u64) {
        self.turn = turn;
        let left = self.held.split_off(&turn);
        let merged = std::mem::replace(&mut self.held, left);
        self.held_bytes -= merged.values().sum::<usize>();
    }

    /// The next work that frees memory: a part of a job in progress, or a table with jobs.
    fn writing(&mut self) -> Option<Task> {
        if let Some((left, part)) = self.parts.pop_front() {
            return Some(Task::Part(left, part));
        }
        let table = self.ready.pop_front()?;
        let queue = &mut self.queues[table];
        let sink = queue.sink.take()?;
        Some(Task::Table(table, std::mem::take(&mut queue.jobs), sink))
    }
}

/// The next work of a thread.
enum Task {
    Chunk(u64, Box<dyn AnyChunk>),
    Part(Arc<AtomicUsize>, transmog_model::Task),
    Table(usize, VecDeque<Job>, Box<dyn TableSink>),
}

impl Pool {
    /// Starts a thread that reads and threads that work, as many as the system allows. If it allows
    /// none, returns the source.
    pub(crate) fn start(
        source: Box<dyn AnySource>,
        options: &Arc<Options>,
        altered: Option<&Arc<AlteredBy>>,
        statistics: Option<&SharedStatistics>,
    ) -> Result<Self, Box<dyn AnySource>> {
        let pool = Self::unfed(options, altered, statistics);
        let to_reader = Arc::clone(&pool.shared);
        let memory = options.limits.chunks;
        let (sender, receiver) = sync_channel(1);
        // It may wait for input that never comes, so it is not joined.
        let reads = thread::Builder::new().spawn(move || {
            if let Ok(source) = receiver.recv() {
                read(source, &to_reader, memory);
            }
        });
        if !pool.has_threads() || reads.is_err() {
            return Err(source);
        }
        // The reading thread waits for a permit.
        let _ = sender.send(source);
        Ok(pool)
    }

    /// Starts threads that work, as many as the system allows. The caller [gives](Self::give) them
    /// chunks.
    pub(crate) fn unfed(
        options: &Arc<Options>,
        altered: Option<&Arc<AlteredBy>>,
        statistics: Option<&SharedStatistics>,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let (memory, threads) = (options.limits.chunks, options.threads);
        let worker = || {
            let (shared, options) = (Arc::clone(&shared), Arc::clone(options));
            let (altered, statistics) = (altered.cloned(), statistics.cloned());
            thread::Builder::new().spawn(move || {
                let chunk = Arc::new(Current::default());
                let watched = (Arc::clone(&shared), Arc::clone(&chunk));
                let watch = move |tables| {
                    let (shared, chunk) = &watched;
                    let bytes = chunk.bytes.load(Ordering::Relaxed) + tables;
                    hold(shared, chunk.number.load(Ordering::Relaxed), bytes, memory);
                };
                let worker = Worker::new(&options, altered, statistics.as_ref()).with_watch(watch);
                let work = AssertUnwindSafe(|| work(&shared, worker, &chunk));
                if catch_unwind(work).is_err() {
                    shared.fail(Error::new(
                        Category::Internal,
                        "a thread ended early; this is a bug, please report it",
                    ));
                }
            })
        };
        let mut workers = Vec::new();
        let mut refused = None;
        while refused.is_none() && workers.len() < threads.min(MAX_THREADS) {
            match worker() {
                Ok(worker) => workers.push(worker),
                Err(error) => refused = Some(error),
            }
        }
        if workers.len() < threads {
            let why = refused.map_or_else(|| "more would not help".to_owned(), |e| e.to_string());
            tracing::warn!(
                asked = threads,
                started = workers.len(),
                "fewer threads: {why}"
            );
        }
        shared.lock().permits = workers.len() * 2;
        Self {
            shared,
            workers,
            options: Arc::clone(options),
            next: 0,
            given: 0,
        }
    }

    /// Whether any thread was started.
    pub(crate) fn has_threads(&self) -> bool {
        !self.workers.is_empty()
    }

    /// Whether another chunk of about `bytes` may be given now.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        let mut state = self.shared.lock();
        // Otherwise a large chunk that is merged would count, and nothing would be given.
        state.merged(self.next);
        !state.is_full(bytes, self.options.limits.chunks)
    }

    /// Gives the next chunk.
    pub(crate) fn give(&mut self, chunk: Box<dyn AnyChunk>) {
        let bytes = chunk.bytes();
        let mut state = self.shared.lock();
        state.permits = state.permits.saturating_sub(1);
        state.take(self.given, chunk, bytes);
        drop(state);
        self.given += 1;
        self.shared.work.notify_all();
    }

    /// Ends the input: all chunks were given, or there was an error.
    pub(crate) fn end(&mut self, how: Result<()>) {
        self.shared.lock().end = Some((self.given, how));
    }

    /// Whether the end of the input is known.
    pub(crate) fn has_end(&self) -> bool {
        self.shared.lock().end.is_some()
    }

    /// Whether the result of the next chunk is there.
    pub(crate) fn has_result(&self) -> bool {
        self.shared.lock().results.contains_key(&self.next)
    }

    /// The part of the pool that takes jobs of tables.
    pub(crate) fn tables(&self) -> PoolTables {
        PoolTables {
            executor: Arc::new(PoolExecutor(Arc::clone(&self.shared))),
            shared: Arc::clone(&self.shared),
            options: Arc::clone(&self.options),
        }
    }

    /// The result of the next chunk in input order; `None` at the end.
    pub(crate) fn next_result(&mut self) -> Result<Option<ChunkResult>> {
        let next = self.next;
        self.shared.lock().merged(next);
        self.shared.work.notify_all();
        let mut state = self.shared.wait(&self.options, |state| {
            state.results.contains_key(&next)
                || state.end.as_ref().is_some_and(|(count, _)| *count == next)
        })?;
        if let Some(result) = state.results.remove(&next) {
            self.next += 1;
            state.permits += 1;
            drop(state);
            self.shared.work.notify_all();
            return Ok(Some(result));
        }
        let end = state
            .end
            .as_mut()
            .map(|(_, how)| std::mem::replace(how, Ok(())));
        end.unwrap_or(Ok(())).map(|()| None)
    }
}

impl Shared {
    /// Waits until a condition holds, or the run fails or is stopped.
    fn wait(
        &self,
        options: &Options,
        holds: impl Fn(&State) -> bool,
    ) -> Result<MutexGuard<'_, State>> {
        loop {
            // This is the caller's code, so the lock is released.
            let cancelled = options.check_cancelled();
            let mut state = self.lock();
            if let Some(error) = state.failure.take() {
                return Err(error);
            }
            cancelled?;
            if holds(&state) {
                return Ok(state);
            }
            drop(self.news.wait_timeout(state, CANCEL_INTERVAL));
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().is_over = true;
        self.shared.work.notify_all();
        for worker in self.workers.drain(..) {
            // A panic was reported already.
            let _ = worker.join();
        }
    }
}

/// Sends jobs of tables to the threads of a pool.
pub(crate) struct PoolTables {
    shared: Arc<Shared>,
    executor: Arc<dyn Executor>,
    options: Arc<Options>,
}

/// The threads of a pool for the parts of a job. The thread that has the job works on them too, and
/// waits only for those that another thread has begun.
struct PoolExecutor(Arc<Shared>);

impl Executor for PoolExecutor {
    fn threads(&self) -> usize {
        1 + self.0.idle.load(Ordering::Relaxed)
    }

    fn run(&self, parts: Vec<transmog_model::Task>) {
        let left = Arc::new(AtomicUsize::new(parts.len()));
        let divide = std::ptr::from_ref(&*left).addr();
        let _span = tracing::trace_span!(target: WORK, "divide", divide).entered();
        let own = |(of, _): &(Arc<AtomicUsize>, _)| Arc::ptr_eq(of, &left);
        let Self(shared) = self;
        let mut state = shared.lock();
        let parts = parts.into_iter().map(|part| (Arc::clone(&left), part));
        state.parts.extend(parts);
        shared.work.notify_all();
        while let Some(at) = state.parts.iter().rposition(own) {
            if let Some((left, part)) = state.parts.remove(at) {
                drop(state);
                run_part(shared, &left, part);
                state = shared.lock();
            }
        }
        while left.load(Ordering::Acquire) > 0 {
            let waited = shared.ended.wait(state);
            state = waited.unwrap_or_else(|poisoned| poisoned.into_inner());
        }
    }
}

/// Runs a part of a job, and counts it even if it panics.
fn run_part(shared: &Shared, left: &AtomicUsize, part: transmog_model::Task) {
    struct Ended<'s>(&'s Shared, &'s AtomicUsize);
    impl Drop for Ended<'_> {
        fn drop(&mut self) {
            let state = self.0.lock();
            self.1.fetch_sub(1, Ordering::Release);
            drop(state);
            self.0.ended.notify_all();
        }
    }
    let _ended = Ended(shared, left);
    let divide = std::ptr::from_ref(left).addr();
    let _span = tracing::trace_span!(target: WORK, "part", divide).entered();
    part();
}

impl Tables for PoolTables {
    fn open(&mut self, table: usize, mut sink: Box<dyn TableSink>) {
        sink.set_executor(&self.executor);
        let mut state = self.shared.lock();
        if state.queues.len() <= table {
            state.queues.resize_with(table + 1, Queue::default);
        }
        state.queues[table].sink = Some(sink);
    }

    fn send(&mut self, table: usize, jobs: Vec<Job>) -> Result<()> {
        let most = self.options.limits.queued;
        let mut state = (self.shared).wait(&self.options, |state| state.queued_bytes <= most)?;
        tracing::trace!(target: WORK, table, jobs = jobs.len(), "send");
        state.queued_bytes += jobs.iter().map(Job::bytes).sum::<usize>();
        state.jobs += jobs.len();
        let queue = &mut state.queues[table];
        queue.jobs.extend(jobs);
        if !queue.is_taken {
            queue.is_taken = true;
            state.ready.push_back(table);
        }
        drop(state);
        self.shared.work.notify_all();
        Ok(())
    }

    fn wait(&mut self) -> Result<()> {
        drop(self.shared.wait(&self.options, |state| state.jobs == 0)?);
        Ok(())
    }
}

fn read(mut source: Box<dyn AnySource>, shared: &Shared, memory: usize) {
    let mut count = 0;
    // The next chunk is assumed to be as large as the last one.
    let mut last = 0;
    loop {
        let mut state = shared.lock();
        while state.is_full(last, memory) && !state.is_over {
            let waited = shared.work.wait(state);
            state = waited.unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        if state.is_over {
            return;
        }
        state.permits -= 1;
        drop(state);
        let next = catch_unwind(AssertUnwindSafe(|| {
            let _span = tracing::trace_span!(target: WORK, "read").entered();
            let chunk = source.next(u32::MAX)?;
            Ok(chunk.map(|chunk| (chunk.bytes(), chunk)))
        }));
        let mut state = shared.lock();
        match next {
            Ok(Ok(Some((bytes, chunk)))) => {
                last = bytes;
                state.take(count, chunk, bytes);
                count += 1;
                drop(state);
                shared.work.notify_all();
                continue;
            }
            Ok(Ok(None)) => state.end = Some((count, Ok(()))),
            Ok(Err(error)) => state.end = Some((count, Err(error))),
            Err(_) => {
                let message = "reading ended early; this is a bug, please report it";
                state
                    .failure
                    .get_or_insert(Error::new(Category::Internal, message));
            }
        }
        drop(state);
        shared.news.notify_all();
        return;
    }
}

/// A worker reports the bytes that its chunk holds in tables. If all chunks together hold too many,
/// the worker waits and writes tables meanwhile, unless its chunk is merged next. That chunk never
/// waits, so there is no deadlock.
fn hold(shared: &Shared, chunk: u64, bytes: usize, memory: usize) {
    let mut state = shared.lock();
    state.hold(chunk, bytes);
    while state.held_bytes > memory
        && state.turn < chunk
        && !state.is_over
        && state.failure.is_none()
    {
        match state.writing() {
            Some(Task::Part(left, part)) => {
                drop(state);
                run_part(shared, &left, part);
                state = shared.lock();
            }
            Some(Task::Table(table, jobs, sink)) => {
                drop(state);
                if let Err(error) = write(shared, table, jobs, sink) {
                    shared.fail(error);
                    return;
                }
                shared.news.notify_all();
                state = shared.lock();
            }
            _ => {
                let waited = shared.work.wait_timeout(state, CANCEL_INTERVAL);
                state = waited.unwrap_or_else(|poisoned| poisoned.into_inner()).0;
            }
        }
    }
}

/// The current chunk of a worker.
#[derive(Default)]
struct Current {
    number: AtomicU64,
    /// Bytes of its text.
    bytes: AtomicUsize,
}

fn work(shared: &Shared, mut worker: Worker, current: &Current) {
    while let Some(task) = next_task(shared) {
        match task {
            Task::Chunk(number, chunk) => {
                current.number.store(number, Ordering::Relaxed);
                current.bytes.store(chunk.bytes(), Ordering::Relaxed);
                let span = tracing::trace_span!(target: WORK, "flatten", number).entered();
                let result = chunk.flatten(number, &mut worker, u32::MAX);
                drop(chunk);
                drop(span);
                let bytes = result.bytes;
                let mut state = shared.lock();
                state.hold(result.number, bytes);
                state.results.insert(result.number, result);
            }
            Task::Part(left, part) => {
                run_part(shared, &left, part);
                continue;
            }
            Task::Table(table, jobs, sink) => {
                if let Err(error) = write(shared, table, jobs, sink) {
                    shared.fail(error);
                    return;
                }
            }
        }
        shared.news.notify_all();
    }
}

/// Writing goes first, because it frees memory.
fn next_task(shared: &Shared) -> Option<Task> {
    let mut state = shared.lock();
    loop {
        if state.is_over {
            return None;
        }
        if let Some(task) = state.writing() {
            return Some(task);
        }
        if let Some((number, chunk)) = state.chunks.pop_front() {
            return Some(Task::Chunk(number, chunk));
        }
        shared.idle.fetch_add(1, Ordering::Relaxed);
        let waited = shared.work.wait(state);
        shared.idle.fetch_sub(1, Ordering::Relaxed);
        state = waited.unwrap_or_else(|poisoned| poisoned.into_inner());
    }
}

fn write(
    shared: &Shared,
    table: usize,
    jobs: VecDeque<Job>,
    mut sink: Box<dyn TableSink>,
) -> Result<()> {
    let mut is_finished = false;
    for job in jobs {
        let bytes = job.bytes();
        is_finished |= matches!(job, Job::Finish(_));
        let span = tracing::trace_span!(target: WORK, "job", table).entered();
        job.run(&mut *sink)?;
        drop(span);
        let mut state = shared.lock();
        state.queued_bytes -= bytes;
        state.jobs -= 1;
        drop(state);
        shared.news.notify_all();
    }
    let mut state = shared.lock();
    let queue = &mut state.queues[table];
    queue.sink = (!is_finished).then_some(sink);
    queue.is_taken = !queue.jobs.is_empty();
    if queue.is_taken {
        state.ready.push_back(table);
        drop(state);
        shared.work.notify_all();
    }
    Ok(())
}
