//! Where bytes come from.

use crate::{
    compression::{Compression, EXTENSIONS},
    decompress::OpenSource,
    error::Error,
};
use std::{
    fmt,
    fs::{self, File, Metadata},
    io::{self, Cursor, Read},
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

/// Bytes that are read to know the compression, at most.
const HEAD_BYTES: usize = 16;

/// One input: a file, standard input, bytes or a reader. It is opened when its turn comes, and
/// decompressed when its first bytes are those of gzip, Zstandard, bzip2 or xz.
///
/// # Examples
/// ```
/// use transmog_reader::Source;
///
/// let file = Source::path("orders.jsonl.gz".into());
/// let bytes = Source::bytes("orders", r#"{"id": 1}"#);
/// let reader = Source::reader("response", Box::new(std::io::Cursor::new("[]")));
/// ```
pub struct Source {
    pub(crate) name: Arc<str>,
    kind: Kind,
}

enum Kind {
    Path(PathBuf),
    Stdin {
        may_be_empty: bool,
    },
    Bytes(Vec<u8>),
    Reader(Box<dyn Read + Send>),
    Remote(Arc<dyn Remote>),
    /// What can be read more than once.
    Kept {
        bytes: Kept,
        may_be_empty: bool,
    },
}

/// Bytes that are elsewhere, for example in an object store, and can be opened more than once.
///
/// # Examples
/// ```
/// use std::{io::{self, Cursor, Read}, sync::Arc};
/// use transmog_reader::{ChunkReader, ReadOptions, Remote, Source};
///
/// struct Hello;
///
/// impl Remote for Hello {
///     fn open(&self) -> io::Result<Box<dyn Read + Send>> {
///         Ok(Box::new(Cursor::new("{\"hello\": 1}")))
///     }
///     fn size(&self) -> Option<u64> {
///         Some(12)
///     }
/// }
///
/// let mut source = Source::remote("hello://world", Arc::new(Hello));
/// for source in [source.again()?, source] {
///     let mut reader = ChunkReader::new(vec![source], ReadOptions::default());
///     assert_eq!(reader.next_chunk()?.map(|chunk| chunk.data().len()), Some(12));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Remote: Send + Sync {
    /// The bytes from the first one on.
    ///
    /// # Errors
    /// When they cannot be asked for. An error that comes later is one of the reader.
    fn open(&self) -> io::Result<Box<dyn Read + Send>>;

    /// Their number, compressed as they are, if it is known.
    fn size(&self) -> Option<u64>;
}

/// Bytes that are shared between the sources that read them.
#[derive(Clone)]
enum Kept {
    Memory(Arc<[u8]>),
    /// A temporary file without a name.
    Disk(Arc<File>, u64),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// A file. An extension `.json5` or `.hjson`, before one of a compression, chooses the
    /// dialect.
    #[must_use]
    pub fn path(path: PathBuf) -> Self {
        Self {
            name: path.to_string_lossy().into(),
            kind: Kind::Path(path),
        }
    }

    /// Bytes in memory, with a name for messages. Its extension counts as that of a file.
    #[must_use]
    pub fn bytes(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Bytes(bytes.into()),
        }
    }

    /// Anything that reads, with a name for messages. Its extension counts as that of a file.
    #[must_use]
    pub fn reader(name: &str, reader: Box<dyn Read + Send>) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Reader(reader),
        }
    }

    /// Bytes that are elsewhere, with a name for messages. Its extension counts as that of a file.
    #[must_use]
    pub fn remote(name: &str, remote: Arc<dyn Remote>) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Remote(remote),
        }
    }

    /// Standard input. It is an error when it ends without a byte, since the program that should
    /// write to it has failed then, most likely; see [`or_empty`](Self::or_empty).
    #[must_use]
    pub fn stdin() -> Self {
        Self {
            name: "<stdin>".into(),
            kind: Kind::Stdin {
                may_be_empty: false,
            },
        }
    }

    /// The path of the file that it reads, `/dev/stdin` for standard input; `None` for bytes and
    /// readers.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Path(path) => Some(path),
            Kind::Stdin { .. } => Some(Path::new("/dev/stdin")),
            Kind::Bytes(_) | Kind::Reader(_) | Kind::Remote(_) | Kind::Kept { .. } => None,
        }
    }

    /// Accepts standard input that ends without a byte. It changes nothing for other sources.
    #[must_use]
    pub fn or_empty(mut self) -> Self {
        if let Kind::Stdin { may_be_empty } = &mut self.kind {
            *may_be_empty = true;
        }
        self
    }

    /// Another source of the same bytes. What can be read only once (standard input, a pipe, a reader)
    /// is read now, into a temporary file without a name; memory is not copied again.
    ///
    /// # Errors
    /// When it cannot be read, or the file cannot be written.
    ///
    /// # Examples
    /// ```
    /// use transmog_reader::{ChunkReader, ReadOptions, Source};
    /// let mut source = Source::reader("response", Box::new(std::io::Cursor::new("{\"id\": 1}")));
    /// for source in [source.again()?, source.again()?, source] {
    ///     let mut reader = ChunkReader::new(vec![source], ReadOptions::default());
    ///     assert_eq!(reader.next_chunk()?.map(|chunk| chunk.data().len()), Some(9));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn again(&mut self) -> io::Result<Self> {
        if let Kind::Path(path) = &self.kind
            && fs::metadata(path).is_ok_and(|found| found.is_file())
        {
            return Ok(Self::path(path.clone()));
        }
        if let Kind::Remote(remote) = &self.kind {
            return Ok(Self::remote(&self.name, Arc::clone(remote)));
        }
        let kind = std::mem::replace(&mut self.kind, Kind::Bytes(Vec::new()));
        let may_be_empty = !matches!(
            kind,
            Kind::Stdin {
                may_be_empty: false
            }
        );
        let bytes = match kind {
            Kind::Kept { bytes, .. } => bytes,
            Kind::Bytes(bytes) => Kept::Memory(bytes.into()),
            Kind::Path(path) => Kept::on_disk(File::open(path)?)?,
            Kind::Stdin { .. } => Kept::on_disk(io::stdin().lock())?,
            Kind::Reader(reader) => Kept::on_disk(reader)?,
            Kind::Remote(remote) => Kept::on_disk(remote.open()?)?,
        };
        self.kind = Kind::Kept {
            bytes: bytes.clone(),
            may_be_empty,
        };
        Ok(Self {
            name: Arc::clone(&self.name),
            kind: Kind::Kept {
                bytes,
                may_be_empty,
            },
        })
    }

    /// Size in bytes, compressed as it is, of a file or of bytes.
    pub(crate) fn size(&self) -> Option<u64> {
        match &self.kind {
            Kind::Path(path) => fs::metadata(path)
                .ok()
                .filter(|m| m.is_file())
                .map(|m| m.len()),
            Kind::Bytes(bytes) => Some(bytes.len() as u64),
            Kind::Kept { bytes, .. } => Some(bytes.len()),
            Kind::Remote(remote) => remote.size(),
            Kind::Stdin { .. } | Kind::Reader(_) => None,
        }
    }

    /// Opens it, decompressed with at most `memory` bytes. `count` counts the bytes read,
    /// compressed as they are.
    pub(crate) fn open(self, memory: usize, count: Arc<AtomicU64>) -> Result<OpenSource, Error> {
        let doing = format!("cannot read {}", self.name);
        let needs_bytes = matches!(
            self.kind,
            Kind::Stdin {
                may_be_empty: false
            } | Kind::Kept {
                may_be_empty: false,
                ..
            }
        );
        let mut length = None;
        let mut raw: Box<dyn Read + Send> = match self.kind {
            Kind::Path(path) => {
                let file = File::open(&path).map_err(|e| Error::io(&doing, e))?;
                let metadata = file.metadata().ok();
                if metadata.as_ref().is_some_and(Metadata::is_dir) {
                    return Err(Error::unusable(format!("{doing}: it is a directory")));
                }
                let is_file = |metadata: &Metadata| metadata.is_file();
                length = metadata.filter(is_file).map(|metadata| metadata.len());
                Box::new(file)
            }
            Kind::Stdin { .. } => Box::new(io::stdin()),
            Kind::Bytes(bytes) => Box::new(Cursor::new(bytes)),
            Kind::Reader(reader) => reader,
            Kind::Remote(remote) => {
                length = remote.size();
                remote.open().map_err(|e| Error::io(&doing, e))?
            }
            Kind::Kept { bytes, .. } => bytes.reader(),
        };
        let mut head = Vec::new();
        while Compression::needs_more(&head) {
            // As many as there are: a pipe may have no more for long.
            let mut bytes = [0; HEAD_BYTES];
            match raw.read(&mut bytes) {
                Ok(0) => break,
                Ok(read) => head.extend_from_slice(&bytes[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io(&doing, error)),
            }
        }
        if head.is_empty() && needs_bytes {
            return Err(Error::unusable(format!(
                "{doing}: it ended without a byte, as it does when the program that should write \
                 to it fails; if there is nothing to read, allow_empty (--allow-empty) says so"
            )));
        }
        let compression = Compression::of(&head);
        tracing::info!(input = %self.name, compression = compression.name(), "reading");
        let whole = Cursor::new(head).chain(raw);
        let source = OpenSource::new(whole, compression, memory, count);
        let source = source.map_err(|e| Error::io(&doing, e))?;
        Ok(source.of_length(length))
    }
}

impl Kept {
    /// All bytes of a reader.
    fn on_disk(mut reader: impl Read) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        let bytes = io::copy(&mut reader, &mut file)?;
        Ok(Kept::Disk(Arc::new(file), bytes))
    }

    fn len(&self) -> u64 {
        match self {
            Kept::Memory(bytes) => bytes.len() as u64,
            Kept::Disk(_, bytes) => *bytes,
        }
    }

    fn reader(self) -> Box<dyn Read + Send> {
        match self {
            Kept::Memory(bytes) => Box::new(Cursor::new(bytes)),
            Kept::Disk(file, _) => Box::new(FromStart { file, at: 0 }),
        }
    }
}

/// A file that others read, too, each from its own place.
struct FromStart {
    file: Arc<File>,
    at: u64,
}

impl Read for FromStart {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_at(&self.file, buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

/// The extension in lower case, without that of a compression: it tells the dialect.
pub(crate) fn dialect_extension(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let plain = match name.rsplit_once('.') {
        Some((plain, extension)) if EXTENSIONS.contains(&extension) => plain,
        _ => &name,
    };
    plain
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension)
        .to_owned()
}
