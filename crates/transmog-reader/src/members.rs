//! Compressed members one after another, as gzip and bzip2 files hold them, and what stands
//! between and behind them.

use crate::compression::Compression;
#[cfg(not(feature = "bzip2"))]
use crate::compression::not_built;
use flate2::bufread::GzDecoder;
use std::{
    io::{self, BufRead, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Reads members. Zero bytes between two, and anything else behind the last one, are left alone
/// and counted: tapes and block devices pad files, and downloads append to them.
pub(crate) struct Members<R> {
    state: State<R>,
    compression: Compression,
    /// Counts the bytes that belong to no member.
    trailing: Arc<AtomicU64>,
}

enum State<R> {
    Gzip(Box<GzDecoder<R>>),
    #[cfg(feature = "bzip2")]
    Bzip2(bzip2::bufread::BzDecoder<R>),
    /// Behind a member.
    Between(R),
    Ended,
}

impl<R: BufRead> Members<R> {
    /// The members of these bytes, which begin with one.
    pub(crate) fn new(
        raw: R,
        compression: Compression,
        trailing: Arc<AtomicU64>,
    ) -> io::Result<Self> {
        Ok(Self {
            state: State::member(raw, compression)?,
            compression,
            trailing,
        })
    }

    /// Goes to the next member, or to the end.
    fn next(&mut self, mut raw: R) -> io::Result<State<R>> {
        loop {
            let bytes = match raw.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) => {
                    // The same bytes may be asked for again.
                    self.state = State::Between(raw);
                    return Err(error);
                }
            };
            match bytes {
                [] => return Ok(State::Ended),
                [0, ..] => {
                    let zeros = bytes.iter().position(|byte| *byte != 0);
                    let zeros = zeros.unwrap_or(bytes.len());
                    self.pass(&mut raw, zeros);
                }
                [first, rest @ ..] if self.may_begin(*first, rest) => {
                    return State::member(raw, self.compression);
                }
                _ => {
                    let all = bytes.len();
                    self.pass(&mut raw, all);
                    self.drain(&mut raw)?;
                    return Ok(State::Ended);
                }
            }
        }
    }

    /// Whether a member begins with these bytes, of which there may be too few to tell.
    fn may_begin(&self, first: u8, rest: &[u8]) -> bool {
        let (begin, second) = match self.compression {
            Compression::Gzip => (0x1f, 0x8b),
            _ => (b'B', b'Z'),
        };
        first == begin && rest.first().is_none_or(|byte| *byte == second)
    }

    fn pass(&self, raw: &mut R, count: usize) {
        raw.consume(count);
        self.trailing.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Reads to the end, so that a writer of a pipe can finish.
    fn drain(&self, raw: &mut R) -> io::Result<()> {
        loop {
            let count = raw.fill_buf()?.len();
            if count == 0 {
                return Ok(());
            }
            self.pass(raw, count);
        }
    }
}

impl<R: BufRead> State<R> {
    fn member(raw: R, compression: Compression) -> io::Result<Self> {
        match compression {
            Compression::Gzip => Ok(State::Gzip(Box::new(GzDecoder::new(raw)))),
            #[cfg(feature = "bzip2")]
            _ => Ok(State::Bzip2(bzip2::bufread::BzDecoder::new(raw))),
            #[cfg(not(feature = "bzip2"))]
            other => Err(not_built(other)),
        }
    }

    fn into_inner(self) -> Option<R> {
        match self {
            State::Gzip(decoder) => Some(decoder.into_inner()),
            #[cfg(feature = "bzip2")]
            State::Bzip2(decoder) => Some(decoder.into_inner()),
            State::Between(raw) => Some(raw),
            State::Ended => None,
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let read = match &mut self.state {
                State::Gzip(decoder) => decoder.read(buffer)?,
                #[cfg(feature = "bzip2")]
                State::Bzip2(decoder) => decoder.read(buffer)?,
                State::Between(_) => 0,
                State::Ended => return Ok(0),
            };
            if read > 0 {
                return Ok(read);
            }
            if let Some(raw) = std::mem::replace(&mut self.state, State::Ended).into_inner() {
                self.state = self.next(raw)?;
            }
        }
    }
}
