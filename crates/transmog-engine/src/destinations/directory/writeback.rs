//! Brings files to the disk while they grow, so that little is left to wait for
//! when they must be durable.

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

/// Bytes after which a file that grows is brought to the disk.
const INTERVAL: u64 = 8 << 20;
/// Files that wait at most; a file that finds no place comes again later.
const QUEUE: usize = 64;

/// A thread that does nothing else, begun when it is first needed.
#[derive(Debug, Default)]
pub(crate) struct Writeback {
    sender: Mutex<Option<SyncSender<Arc<File>>>>,
    failure: Arc<Mutex<Option<io::Error>>>,
}

/// A file in progress, opened once more: the system tells of a failed write
/// once for each time a file was opened.
#[derive(Debug)]
pub(crate) struct Growing {
    file: Arc<File>,
    /// Its length when it was last brought to the disk.
    len: u64,
}

impl Growing {
    /// The file at `path`, which is written to.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = Arc::new(File::open(path)?);
        Ok(Self { file, len: 0 })
    }
}

impl Writeback {
    /// Sees to a file that may have grown.
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
        // A disk that is behind hears of the file again, at the latest at its
        // end; so does one whose thread the system refused.
        let _ = sender.try_send(Arc::clone(&growing.file));
    }

    fn begin(&self) -> SyncSender<Arc<File>> {
        let (sender, receiver) = sync_channel::<Arc<File>>(QUEUE);
        let failure = Arc::clone(&self.failure);
        // It ends with the sender, and what it does needs no waiting for.
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

    /// Waits until the file is durable, by the handle it was written with.
    /// What failed on the way, with any file, is an error too.
    pub(crate) fn finish(&self, file: &File) -> io::Result<()> {
        file.sync_all()?;
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.take().map_or(Ok(()), Err)
    }
}
