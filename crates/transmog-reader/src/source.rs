//! Where bytes come from.

use crate::{error::Error, files};
use flate2::bufread::MultiGzDecoder;
use std::{
    fmt,
    fs::{self, File},
    io::{self, BufReader, Cursor, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// Extensions that a directory is searched for.
const EXTENSIONS: [&str; 5] = ["json", "jsonl", "ndjson", "json5", "hjson"];
/// Size of the buffer before a decompressor.
const BUFFER_BYTES: usize = 1 << 16;
/// How like two names must be for one to be a slip of the pen, 0 to 1.
const SIMILARITY: f64 = 0.85;
/// Entries of a directory that are looked at for such a name.
const MAX_ENTRIES: usize = 10_000;

/// One input: a file, standard input, bytes or a reader.
pub struct Source {
    pub(crate) name: Arc<str>,
    kind: Kind,
}

enum Kind {
    Path(PathBuf),
    Stdin { may_be_empty: bool },
    Bytes(Vec<u8>),
    Reader(Box<dyn Read + Send>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// A file.
    #[must_use]
    pub fn path(path: PathBuf) -> Self {
        Self {
            name: path.to_string_lossy().into(),
            kind: Kind::Path(path),
        }
    }

    /// Bytes in memory, with a name for messages.
    #[must_use]
    pub fn bytes(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Bytes(bytes.into()),
        }
    }

    /// Anything that reads, with a name for messages.
    #[must_use]
    pub fn reader(name: &str, reader: Box<dyn Read + Send>) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Reader(reader),
        }
    }

    /// Standard input. That it ends without a byte is an error: what should have written to it
    /// has failed, most likely. See [`or_empty`](Self::or_empty).
    #[must_use]
    pub fn stdin() -> Self {
        Self {
            name: "<stdin>".into(),
            kind: Kind::Stdin {
                may_be_empty: false,
            },
        }
    }

    /// Where the file is that it reads; standard input may be one, too.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Path(path) => Some(path),
            Kind::Stdin { .. } => Some(Path::new("/dev/stdin")),
            Kind::Bytes(_) | Kind::Reader(_) => None,
        }
    }

    /// Takes standard input, too, when it ends without a byte.
    #[must_use]
    pub fn or_empty(mut self) -> Self {
        if let Kind::Stdin { may_be_empty } = &mut self.kind {
            *may_be_empty = true;
        }
        self
    }

    /// Size of the file, when it is one.
    pub(crate) fn size(&self) -> Option<u64> {
        match &self.kind {
            Kind::Path(path) => fs::metadata(path)
                .ok()
                .filter(|m| m.is_file())
                .map(|m| m.len()),
            Kind::Bytes(bytes) => Some(bytes.len() as u64),
            Kind::Stdin { .. } | Kind::Reader(_) => None,
        }
    }

    /// Opens it, decompressed, counting the bytes read before that.
    pub(crate) fn open(self, count: Arc<AtomicU64>) -> Result<OpenSource, Error> {
        let doing = format!("cannot read {}", self.name);
        let needs_bytes = matches!(
            self.kind,
            Kind::Stdin {
                may_be_empty: false
            }
        );
        let mut raw: Box<dyn Read + Send> = match self.kind {
            Kind::Path(path) => {
                let file = File::open(&path).map_err(|e| Error::io(&doing, e))?;
                if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
                    return Err(Error::not_found(format!("{doing}: it is a directory")));
                }
                Box::new(file)
            }
            Kind::Stdin { .. } => Box::new(io::stdin()),
            Kind::Bytes(bytes) => Box::new(Cursor::new(bytes)),
            Kind::Reader(reader) => reader,
        };
        let mut head = Vec::new();
        let read = raw.by_ref().take(4).read_to_end(&mut head);
        read.map_err(|e| Error::io(&doing, e))?;
        if head.is_empty() && needs_bytes {
            return Err(Error::not_found(format!(
                "{doing}: it ended without a byte, as it does when the program that should write \
                 to it fails; if there is nothing to read, allow_empty (--allow-empty) says so"
            )));
        }
        let magic = head.clone();
        let whole = Cursor::new(head).chain(raw);
        let failed = Arc::new(AtomicBool::new(false));
        let counted = |raw, count| {
            let failed = Arc::clone(&failed);
            BufReader::with_capacity(BUFFER_BYTES, Counted { raw, count, failed })
        };
        let compression = match magic[..] {
            [0x1f, 0x8b, ..] => "gzip",
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => "zstd",
            _ => "none",
        };
        tracing::info!(input = %self.name, compression, "reading");
        let (reader, plain): (Box<dyn Read + Send>, _) = match magic[..] {
            [0x1f, 0x8b, ..] => (Box::new(MultiGzDecoder::new(counted(whole, count))), None),
            // A frame, or a skippable frame before one (RFC 8878).
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
                let decoder = zstd::Decoder::with_buffer(counted(whole, count));
                (Box::new(decoder.map_err(|e| Error::io(&doing, e))?), None)
            }
            _ => (Box::new(whole), Some(count)),
        };
        Ok(OpenSource {
            reader,
            plain,
            failed,
        })
    }
}

/// A source that is read, decompressed.
pub(crate) struct OpenSource {
    reader: Box<dyn Read + Send>,
    /// Counts the bytes where they come as they are.
    plain: Option<Arc<AtomicU64>>,
    /// Whether what is compressed could not be read.
    failed: Arc<AtomicBool>,
}

impl OpenSource {
    /// Whether the last error is one of the compressed data, which was read.
    pub(crate) fn is_content(&self) -> bool {
        self.plain.is_none() && !self.failed.load(Ordering::Relaxed)
    }

    /// Appends what comes, until there are so many bytes or it ends; how many.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>, at_most: usize) -> io::Result<usize> {
        buffer.reserve(at_most);
        // It reads into the room there is, which nobody has to zero.
        let read = (&mut self.reader)
            .take(at_most as u64)
            .read_to_end(buffer)?;
        if let Some(count) = &self.plain {
            count.fetch_add(read as u64, Ordering::Relaxed);
        }
        Ok(read)
    }
}

/// Counts what is read.
struct Counted<R> {
    raw: R,
    count: Arc<AtomicU64>,
    failed: Arc<AtomicBool>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.raw.read(buffer);
        let is_over = |e: &io::Error| e.kind() != io::ErrorKind::Interrupted;
        if read.as_ref().is_err_and(is_over) {
            self.failed.store(true, Ordering::Relaxed);
        }
        let read = read?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The sources that a word of the command line names: `-`, a file, a directory
/// (its JSON files, sorted by path) or a glob (its matches, sorted by path).
///
/// # Errors
/// When there is no such file, or nothing matches; also when a directory on the way, or
/// a file that is meant, cannot be looked at, so that fewer files would be read than there are.
pub fn expand(pattern: impl AsRef<Path>) -> Result<Vec<Source>, Error> {
    let path = pattern.as_ref();
    let shown = path.display();
    if path == Path::new("-") {
        return Ok(vec![Source::stdin()]);
    }
    let found = fs::metadata(path);
    if found.as_ref().is_ok_and(fs::Metadata::is_dir) {
        let entries = files::entries(path)?.into_iter();
        let meant = entries.map(|name| path.join(name)).filter(|p| is_json(p));
        let files = files::only_files(meant)?;
        if files.is_empty() {
            return Err(Error::not_found(format!(
                "{shown}: the directory holds no .json, .jsonl, .ndjson, .json5 or .hjson file"
            )));
        }
        return Ok(files.into_iter().map(Source::path).collect());
    }
    let error = match found {
        Ok(_) => return Ok(vec![Source::path(path.to_owned())]),
        Err(error) => error,
    };
    if files::is_glob(path) {
        let files = files::only_files(files::matches(path)?)?;
        if files.is_empty() {
            return Err(Error::not_found(format!("{shown}: no file matches")));
        }
        return Ok(files.into_iter().map(Source::path).collect());
    }
    if error.kind() != io::ErrorKind::NotFound {
        return Err(files::unreadable(path, error));
    }
    if fs::symlink_metadata(path).is_ok() {
        let message = format!("{shown}: the link leads to a file that is not there");
        return Err(Error::not_found(message));
    }
    let meant = similar_beside(path).map_or_else(String::new, |name| {
        format!("; did you mean {:?}?", path.with_file_name(name))
    });
    let message = format!("{shown}: there is no such file{meant}");
    Err(Error::not_found(message))
}

/// The name beside `path` that is most like its own.
fn similar_beside(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names = entries.take(MAX_ENTRIES).flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    // The same name is there when it is a link that leads nowhere.
    similar(wanted, names.filter(|name| name != wanted))
}

/// The name that is most like the wanted one, if one is like it.
pub(crate) fn similar(wanted: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let scored = names.map(|name| (strsim::jaro_winkler(wanted, &name), name));
    let alike = scored.filter(|(score, _)| *score >= SIMILARITY);
    // Of names as like, the first: a directory has no order of its own.
    let best = alike.max_by(|(a, first), (b, second)| a.total_cmp(b).then(second.cmp(first)));
    best.map(|(_, name)| name)
}

/// The extension that tells the dialect, compression aside.
pub(crate) fn dialect_extension(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let plain = name
        .strip_suffix(".gz")
        .or_else(|| name.strip_suffix(".zst"))
        .unwrap_or(&name);
    plain
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension)
        .to_owned()
}

fn is_json(path: &Path) -> bool {
    EXTENSIONS.contains(&dialect_extension(&path.to_string_lossy()).as_str())
}
