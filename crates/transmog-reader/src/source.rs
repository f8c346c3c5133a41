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
/// How similar a name must be to be suggested, from 0 to 1.
const SIMILARITY: f64 = 0.85;
/// At most this many entries of a directory are compared.
const MAX_ENTRIES: usize = 10_000;

/// One input: a file, standard input, bytes or a reader. It is opened when its turn comes, and
/// decompressed when its first bytes are those of gzip or Zstandard.
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
            Kind::Bytes(_) | Kind::Reader(_) => None,
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

    /// Size in bytes, compressed as it is, of a file or of bytes.
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

    /// Opens it, decompressed. `count` counts the bytes read, compressed as they are.
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

/// A source being read, decompressed.
pub(crate) struct OpenSource {
    reader: Box<dyn Read + Send>,
    /// Counts the bytes of a source that is not compressed.
    plain: Option<Arc<AtomicU64>>,
    /// Whether the compressed bytes could not be read.
    failed: Arc<AtomicBool>,
}

impl OpenSource {
    /// Whether the last error is in the compressed data, and not in reading it.
    pub(crate) fn is_content(&self) -> bool {
        self.plain.is_none() && !self.failed.load(Ordering::Relaxed)
    }

    /// Appends up to `at_most` bytes; fewer at the end. Gives their number.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>, at_most: usize) -> io::Result<usize> {
        buffer.reserve(at_most);
        // It reads into the spare capacity, which need not be zeroed.
        let read = (&mut self.reader)
            .take(at_most as u64)
            .read_to_end(buffer)?;
        if let Some(count) = &self.plain {
            count.fetch_add(read as u64, Ordering::Relaxed);
        }
        Ok(read)
    }
}

/// Counts the bytes read, and notes errors.
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

/// The sources that a word of the command line names: `-` for standard input, a file, a directory
/// (its files with the extensions of JSON, sorted by path) or a glob (its matches, sorted by path).
///
/// # Errors
/// When there is no such file, the directory holds no such file, or nothing matches. Also when a
/// directory on the way or one of the files cannot be looked at: fewer files would be read than
/// there are.
///
/// # Examples
/// ```no_run
/// for source in transmog_reader::expand("exports/**/*.jsonl.gz")? {
///     println!("{source:?}");
/// }
/// # Ok::<(), transmog_reader::Error>(())
/// ```
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
    let hint = similar_beside(path).map_or_else(String::new, |name| {
        format!("; did you mean {:?}?", path.with_file_name(name))
    });
    let message = format!("{shown}: there is no such file{hint}");
    Err(Error::not_found(message))
}

/// The name beside `path` that is most similar to its own.
fn similar_beside(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names = entries.take(MAX_ENTRIES).flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    // A broken link has the very name.
    similar(wanted, names.filter(|name| name != wanted))
}

/// The most similar name, if one is similar enough.
pub(crate) fn similar(wanted: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let scored = names.map(|name| (strsim::jaro_winkler(wanted, &name), name));
    let alike = scored.filter(|(score, _)| *score >= SIMILARITY);
    // Of equally similar names the first: a directory has no order of its own.
    let best = alike.max_by(|(a, first), (b, second)| a.total_cmp(b).then(second.cmp(first)));
    best.map(|(_, name)| name)
}

/// The extension in lower case, without that of a compression: it tells the dialect.
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
