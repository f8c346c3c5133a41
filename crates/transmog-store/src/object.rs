//! One object, and reading it ahead in ranges.

use crate::{address::Address, connect::Client, error::failed, threads::Threads};
use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use object_store::{Error, GetOptions, GetRange, ObjectMeta};
use std::{
    collections::VecDeque,
    fmt,
    io::{self, ErrorKind, Read},
    ops::Range,
    sync::{Arc, mpsc::Receiver},
};
use tokio::sync::Mutex;

/// How many ranges are asked for at a time.
const AHEAD: usize = 3;
/// How often a range is asked for again whose answer is too short.
const TRIES: usize = 3;

/// An object of a store as it was when it was found: its size and its ETag are fixed, and another content
/// is an error.
///
/// See [`Stores`](crate::Stores) for an example.
#[derive(Clone)]
pub struct Object {
    pub(crate) threads: Threads,
    pub(crate) address: Arc<Address>,
    pub(crate) client: Client,
    pub(crate) key: String,
    pub(crate) found: Arc<ObjectMeta>,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object")
            .field("url", &self.url())
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

impl Object {
    /// Its URL, without a password and a signature.
    #[must_use]
    pub fn url(&self) -> String {
        self.address.url_of(&self.key)
    }

    /// Its key: what its URL has behind the bucket, container or server.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What its key has behind the prefix that named it.
    #[must_use]
    pub fn below_prefix(&self) -> &str {
        let prefix = self.address.key.trim_end_matches('/');
        let below = self.key.strip_prefix(prefix).unwrap_or(&self.key);
        below.trim_start_matches('/')
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.found.size
    }

    /// Reads it from its start, several ranges of so many bytes ahead.
    #[must_use]
    pub fn reader(&self, range: usize) -> ObjectReader {
        ObjectReader {
            object: self.clone(),
            range: range.max(1) as u64,
            next: 0,
            ahead: VecDeque::new(),
            at_hand: Bytes::new(),
            whole: None,
            is_begun: false,
            has_failed: false,
        }
    }

    /// What a request must fulfil to be about the same content.
    fn pinned(&self) -> GetOptions {
        // A weak ETag fits no request.
        let tag = self
            .found
            .e_tag
            .clone()
            .filter(|tag| !tag.starts_with("W/"));
        let is_tagged = tag.is_some();
        GetOptions {
            if_match: tag,
            if_unmodified_since: (!is_tagged).then_some(self.found.last_modified),
            ..GetOptions::default()
        }
    }

    /// All bytes in one answer.
    async fn whole(self) -> io::Result<Whole> {
        let path = self.address.path(&self.key)?;
        let answer = self.client.objects.get_opts(&path, self.pinned()).await;
        let answer = answer.map_err(|error| failed(&self.address, &self.url(), &error))?;
        match answer.meta.size == self.size() {
            true => Ok(Arc::new(Mutex::new(answer.into_stream()))),
            false => Err(changed(&self.url())),
        }
    }

    /// The next bytes of one answer; none at its end.
    async fn next_of(self, whole: Whole) -> io::Result<Bytes> {
        let mut whole = whole.lock().await;
        while let Some(next) = whole.next().await {
            let next = next.map_err(|error| failed(&self.address, &self.url(), &error))?;
            if !next.is_empty() {
                return Ok(next);
            }
        }
        Ok(Bytes::new())
    }

    /// The bytes of a range.
    async fn fetch(self, range: Range<u64>) -> io::Result<Bytes> {
        let url = self.url();
        let fail = |error: Error| failed(&self.address, &url, &error);
        let path = self.address.path(&self.key)?;
        let is_whole = range == (0..self.size());
        let mut got = Vec::<u8>::new();
        for _ in 0..TRIES {
            let from = range.start + got.len() as u64;
            let options = GetOptions {
                range: (!is_whole || !got.is_empty()).then_some(GetRange::Bounded(from..range.end)),
                ..self.pinned()
            };
            let answer = self
                .client
                .objects
                .get_opts(&path, options)
                .await
                .map_err(fail)?;
            if answer.meta.size != self.size() {
                return Err(changed(&url));
            }
            let bytes = answer.bytes().await.map_err(fail)?;
            if got.is_empty() && bytes.len() as u64 == range.end - range.start {
                return Ok(bytes);
            }
            got.extend_from_slice(&bytes);
            if got.len() as u64 == range.end - range.start {
                return Ok(got.into());
            }
            if got.len() as u64 > range.end - range.start {
                return Err(changed(&url));
            }
        }
        let message = format!(
            "{url}: expected the bytes {} to {}, got only {} of them in {TRIES} requests",
            range.start,
            range.end,
            got.len()
        );
        Err(io::Error::new(ErrorKind::UnexpectedEof, message))
    }
}

#[cold]
fn changed(url: &str) -> io::Error {
    let message = format!("{url}: the object changed while it was read; run it again");
    io::Error::new(ErrorKind::InvalidData, message)
}

/// Reads an object, with requests under way for what comes next.
pub struct ObjectReader {
    object: Object,
    /// Bytes of a range.
    range: u64,
    /// Where the first range begins that is not asked for.
    next: u64,
    ahead: VecDeque<Receiver<io::Result<Bytes>>>,
    at_hand: Bytes,
    /// The whole object in one answer, from a server that gives no ranges.
    whole: Option<Whole>,
    is_begun: bool,
    has_failed: bool,
}

/// Pieces of an answer, one after another.
type Whole = Arc<Mutex<BoxStream<'static, object_store::Result<Bytes>>>>;

impl fmt::Debug for ObjectReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectReader")
            .field("object", &self.object)
            .finish_non_exhaustive()
    }
}

impl ObjectReader {
    /// Asks for as many ranges as may be under way.
    fn ask(&mut self) -> io::Result<()> {
        if let Some(whole) = &self.whole {
            if self.ahead.is_empty() {
                let next = self.object.clone().next_of(Arc::clone(whole));
                self.ahead.push_back(self.object.threads.start(next)?);
            }
            return Ok(());
        }
        while self.ahead.len() < AHEAD && self.next < self.object.size() {
            let end = (self.next + self.range).min(self.object.size());
            let fetch = self.object.clone().fetch(self.next..end);
            self.ahead.push_back(self.object.threads.start(fetch)?);
            self.next = end;
        }
        Ok(())
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.at_hand.is_empty() {
            if self.has_failed {
                return Err(io::Error::other("the object could not be read"));
            }
            self.ask()?;
            let Some(range) = self.ahead.pop_front() else {
                return Ok(0);
            };
            let ended = |_| io::Error::other("a thread of the store ended early");
            match range.recv().map_err(ended).flatten() {
                Ok(bytes) if bytes.is_empty() => return Ok(0),
                Ok(bytes) => {
                    self.is_begun = true;
                    self.at_hand = bytes;
                }
                Err(error) if error.kind() == ErrorKind::Unsupported && !self.is_begun => {
                    tracing::warn!(
                        url = self.object.url(),
                        "the server gives no ranges, so the object is read in one answer, and a connection that \
                         breaks ends the run"
                    );
                    self.ahead.clear();
                    let whole = self.object.clone().whole();
                    self.whole = Some(self.object.threads.run(whole)??);
                    self.is_begun = true;
                    continue;
                }
                Err(error) => {
                    self.has_failed = true;
                    self.ahead.clear();
                    return Err(error);
                }
            }
            self.ask()?;
        }
        let count = buffer.len().min(self.at_hand.len());
        buffer[..count].copy_from_slice(&self.at_hand.split_to(count));
        Ok(count)
    }
}
