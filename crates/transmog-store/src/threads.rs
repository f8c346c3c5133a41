//! The threads that wait for servers.

use std::{
    future::Future,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, channel},
    },
};
use tokio::runtime::{Builder, Handle, Runtime};

/// Threads that wait for servers. What they get is worked on elsewhere.
const THREADS: usize = 2;

/// A runtime, which begins with the first work. Its clones share it.
#[derive(Clone, Default)]
pub(crate) struct Threads(Arc<Mutex<Option<Running>>>);

/// A runtime that does not wait for its threads when it is dropped, which may be on a thread of another
/// runtime.
struct Running(Option<Runtime>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Threads {
    /// Starts work, and gives what its result comes through.
    pub(crate) fn start<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> io::Result<Receiver<T>> {
        let (sender, receiver) = channel();
        self.handle()?.spawn(async move {
            // Whoever waited may have gone.
            let _ = sender.send(work.await);
        });
        Ok(receiver)
    }

    /// The result of work. It may be called from any thread, also from those of another runtime.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> io::Result<T> {
        let ended = |_| io::Error::other("a thread of the store ended early");
        self.start(work)?.recv().map_err(ended)
    }

    fn handle(&self) -> io::Result<Handle> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_none() {
            let runtime = Builder::new_multi_thread()
                .worker_threads(THREADS)
                .thread_name("transmog-store")
                .enable_all()
                .build()?;
            *running = Some(Running(Some(runtime)));
        }
        let runtime = running.as_ref().and_then(|running| running.0.as_ref());
        let runtime =
            runtime.ok_or_else(|| io::Error::other("the threads of the store have ended"));
        runtime.map(|runtime| runtime.handle().clone())
    }
}
