//! The end of the interpreter: a thread that is in Python when that is finalized crashes the
//! process, so runs that are still alive are ended before, by a function of `atexit`.

use pyo3::{exceptions::PySystemExit, prelude::*};
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    thread::{self, ThreadId},
    time::Duration,
};

/// How often signals are checked while runs end.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// Batches of a run that is not at its end.
pub(crate) type Open = Mutex<Option<transmog::Batches>>;

/// The thread that ends the interpreter. Its own functions of `atexit` may still start runs.
static ENDING: OnceLock<ThreadId> = OnceLock::new();
/// Number of calls in progress.
static CALLS: Mutex<usize> = Mutex::new(0);
static CALL_ENDED: Condvar = Condvar::new();
static BATCHES: Mutex<Vec<Weak<Open>>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A call of the engine, which the end of the interpreter waits for.
pub(crate) struct Call(());

impl Call {
    /// Begins a call; `SystemExit` if the interpreter is ending.
    pub(crate) fn begin() -> PyResult<Self> {
        *lock(&CALLS) += 1;
        let call = Self(());
        match is_ending() {
            true => Err(exit()),
            false => Ok(call),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        *lock(&CALLS) -= 1;
        CALL_ENDED.notify_all();
    }
}

/// Whether the interpreter is ending, and this is not the thread that ends it.
pub(crate) fn is_ending() -> bool {
    (ENDING.get()).is_some_and(|ending| *ending != thread::current().id())
}

/// What ends a thread of Python without a message.
pub(crate) fn exit() -> PyErr {
    PySystemExit::new_err("the interpreter is ending")
}

/// Notes batches whose run is to be ended with the interpreter.
pub(crate) fn note(batches: &Arc<Open>) {
    let mut noted = lock(&BATCHES);
    noted.retain(|batches| batches.strong_count() > 0);
    noted.push(Arc::downgrade(batches));
}

/// Ends the run of batches, and waits for its threads; they may need the GIL to free what they
/// were given.
pub(crate) fn close(py: Python<'_>, batches: &Open) {
    py.detach(|| drop(lock(batches).take()));
}

/// Ends all runs, and waits for their threads. Ctrl-C ends the waiting.
#[pyfunction]
pub(crate) fn end_runs(py: Python<'_>) -> PyResult<()> {
    let _ = ENDING.set(thread::current().id());
    let is_done = || {
        let calls = lock(&CALLS);
        let waited = CALL_ENDED.wait_timeout_while(calls, SIGNAL_INTERVAL, |calls| *calls > 0);
        *waited.unwrap_or_else(PoisonError::into_inner).0 == 0
    };
    while !py.detach(is_done) {
        py.check_signals()?;
    }
    let batches = std::mem::take(&mut *lock(&BATCHES));
    for batches in batches.iter().filter_map(Weak::upgrade) {
        close(py, &batches);
    }
    Ok(())
}
