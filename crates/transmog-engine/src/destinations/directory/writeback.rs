//! Syncs files to the disk while they grow, so that the final sync is short.

use std::{
    fs::File,
    io,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{SyncSender, sync_channel},
    },
    thread,
};

/// A growing file is synced after this many bytes.
const INTERVAL: u64 = 8 << 20;
/// The most files in the queue. A file that finds no place tries again later.
const QUEUE: usize = 64;

/// The thread that syncs files, started on first use.
#[derive(Debug, Default)]
pub(crate) struct Writeback {
    sender: Mutex<Option<SyncSender<Arc<File>>>>,
    failure: Arc<Mutex<Option<io::Error>>>,
}

/// A second handle of a file in progress, because the system reports a failed write once per
/// handle.
#[derive(Debug)]
pub(crate) struct Growing {
    file: Arc<File>,
    /// Its length at the last sync.
    len: u64,
}

impl Growing {
    /// The file in progress at `path`.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = Arc::new(File::open(path)?);
        Ok(Self { file, len: 0 })
    }
}

impl Writeback {
    /// Queues the file if it has grown enough.
    pub(crate) fn grew(&self, growing: &mut Growing) {
        let Ok(len) = growing.file.metadata().map(|metadata| metadata.len()) else {
            return;
        };
        if len < growing.len + INTERVAL {
            return;
        }
        growing.len = len;
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = sender.get_or_insert_with(|| self.begin());
        // If the queue is full, or the system refused the thread, the file is synced later, at the
        // latest at its end.
        let _ = sender.try_send(Arc::clone(&growing.file));
    }

    fn begin(&self) -> SyncSender<Arc<File>> {
        let (sender, receiver) = sync_channel::<Arc<File>>(QUEUE);
        let failure = Arc::clone(&self.failure);
        // It ends when the sender is dropped, and nothing has to wait for it.
        let _ = thread::Builder::new().spawn(move || {
            for file in receiver {
                if let Err(error) = file.sync_data() {
                    let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                    failure.get_or_insert(error);
                }
            }
        });
        sender
    }

    /// Waits until the file is durable, through the handle it was written with. An earlier failure
    /// with any file is an error too.
    pub(crate) fn finish(&self, file: &File) -> io::Result<()> {
        file.sync_all()?;
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.take().map_or(Ok(()), Err)
    }
}
