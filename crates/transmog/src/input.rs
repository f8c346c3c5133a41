//! The input of a run.

#[cfg(not(feature = "store"))]
use crate::paths::no_store;
use crate::paths::{file_of, url};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};
use transmog_engine::{
    ArrowRecords, Category, Error, Feed, FileId, MANIFEST, RecordSource, Result, TransmogConfig,
};
use transmog_reader::{Depth, Found, LeftOut, Source};

/// Opens an input once more.
type Again = Box<dyn FnMut() -> Result<Input> + Send>;

/// The path that stands for standard input.
const STDIN: &str = "-";

/// JSON or JSONL input: files, standard input, bytes or a reader; or records that are not text.
/// Values of `serde::Serialize` types go through [`flatten_values`](crate::flatten_values) and
/// [`flatten_values_stream`](crate::flatten_values_stream).
///
/// # Examples
/// ```
/// use transmog::{Input, TransmogConfig, flatten};
/// let config = TransmogConfig::default();
/// let text = flatten(Input::text(r#"{"a":1}"#), &config)?;
/// let bytes = flatten(Input::bytes(b"{\"a\":1}\n{\"a\":2}\n"), &config)?;
/// let reader = flatten(Input::reader(std::io::Cursor::new("[]")), &config)?;
/// assert_eq!((text.main().len(), bytes.main().len(), reader.main().len()), (1, 2, 0));
/// // Files, directories and globs; `-` is standard input.
/// let files = Input::path("orders.jsonl").and_path("more/*.json.gz");
/// assert!(flatten(files, &config).is_err(), "they are not there");
/// # Ok::<(), transmog::Error>(())
/// ```
#[derive(Default)]
pub struct Input {
    sources: Vec<Source>,
    patterns: Vec<PathBuf>,
    /// Records that are not text.
    records: Option<Feed<'static>>,
    /// How they are opened again.
    again: Option<Again>,
    protected: Vec<PathBuf>,
    depth: Depth,
    #[cfg(feature = "store")]
    stores: transmog_store::Stores,
    is_here: bool,
    /// What its paths name, if that is known.
    found: Option<FoundInput>,
}

impl Input {
    /// A file, a directory or a glob; `-` is standard input. With the feature `store` also a URL: of an
    /// object, of a prefix, which counts as a directory, or with a glob.
    #[must_use]
    pub fn path(path: impl AsRef<Path>) -> Self {
        Self::default().and_path(path)
    }

    /// Adds another file, directory or glob.
    #[must_use]
    pub fn and_path(mut self, path: impl AsRef<Path>) -> Self {
        self.patterns.push(path.as_ref().to_owned());
        self
    }

    /// Whether the directories in an input directory are searched, too, and those in them, also
    /// through links. Each is searched only once. Default `false`: they are left out, and
    /// [`Summary::left_out`](crate::Summary::left_out) names them.
    ///
    /// # Examples
    /// ```
    /// use transmog::{Input, TransmogConfig, flatten};
    /// # let exports = tempfile::tempdir().expect("a temporary directory");
    /// # let exports = exports.path();
    /// std::fs::create_dir(exports.join("old"))?;
    /// std::fs::write(exports.join("new.json"), r#"{"a":1}"#)?;
    /// std::fs::write(exports.join("old/a.json"), r#"{"a":2}"#)?;
    /// let config = TransmogConfig::default();
    /// assert_eq!(flatten(Input::path(exports), &config)?.summary().left_out.count, 1);
    /// let all = flatten(Input::path(exports).with_recursive(true), &config)?;
    /// assert_eq!((all.main().len(), all.summary().left_out.count), (2, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_recursive(mut self, recursive: bool) -> Self {
        self.depth = match recursive {
            true => Depth::Tree,
            false => Depth::Directory,
        };
        self
    }

    /// The stores that URLs lead to. By default they have the options of the environment.
    ///
    /// # Examples
    /// ```
    /// use transmog::{Input, StoreOptions, Stores, TransmogConfig, flatten};
    /// let options = StoreOptions::parse(["endpoint=http://localhost:1", "region=x", "retries=0"])?;
    /// let options = options.with("access_key_id", "id").with("secret_access_key", "secret");
    /// let input = Input::path("s3://bucket/orders/*.jsonl.gz").with_stores(Stores::new(options));
    /// let error = flatten(input, &TransmogConfig::default()).expect_err("no server is there");
    /// assert!(error.to_string().contains("s3://bucket/orders/"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "store")]
    #[must_use]
    pub fn with_stores(self, stores: transmog_store::Stores) -> Self {
        Self { stores, ..self }
    }

    /// What a path, a glob or a URL names.
    fn expand(&self, pattern: &Path, memory_limit: usize) -> Result<Found> {
        let Some(url) = url(pattern) else {
            return expand(pattern, self.depth);
        };
        if let Some(path) = file_of(&url)? {
            return expand(&path, self.depth);
        }
        #[cfg(feature = "store")]
        return crate::remote::expand(&url, &self.stores, self.depth, memory_limit);
        #[cfg(not(feature = "store"))]
        {
            let _ = memory_limit;
            Err(no_store(&url))
        }
    }

    /// Bytes of a document, plain or compressed.
    #[must_use]
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            sources: vec![Source::bytes("<bytes>", bytes.into())],
            ..Self::default()
        }
    }

    /// JSON text.
    #[must_use]
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::bytes(text.as_ref().as_bytes())
    }

    /// Any reader.
    #[must_use]
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        Self::named_reader("<reader>", reader)
    }

    /// Any reader, with a name for messages. Its extension counts as that of a file.
    #[must_use]
    pub fn named_reader(name: &str, reader: impl Read + Send + 'static) -> Self {
        Self {
            sources: vec![Source::reader(name, Box::new(reader))],
            ..Self::default()
        }
    }

    /// Records that are not text.
    #[must_use]
    pub fn records(records: impl RecordSource + 'static) -> Self {
        Self {
            records: Some(Feed::records(records)),
            ..Self::default()
        }
    }

    /// Rows of Arrow record batches, with nested columns.
    ///
    /// # Examples
    /// ```
    /// use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchIterator};
    /// use std::sync::Arc;
    /// use transmog::{ArrowRecords, Input, TransmogConfig, flatten};
    ///
    /// let sizes: ArrayRef = Arc::new(Int64Array::from(vec![7, 2]));
    /// let batch = RecordBatch::try_from_iter([("size", sizes)])?;
    /// let reader = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
    /// let input = Input::arrow(ArrowRecords::new(reader));
    /// assert_eq!(flatten(input, &TransmogConfig::default())?.main().len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn arrow(records: ArrowRecords) -> Self {
        Self {
            records: Some(Feed::arrow(records)),
            ..Self::default()
        }
    }

    /// The same records, which `again` opens once more. [`find_maps`](crate::find_maps) reads its
    /// input before the run, and records that are not text can otherwise be read only once.
    ///
    /// # Examples
    /// ```
    /// use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchIterator, StructArray};
    /// use std::sync::Arc;
    /// use transmog::{ArrowRecords, Input, TransmogConfig, find_maps};
    ///
    /// let size: ArrayRef = Arc::new(Int64Array::from(vec![7, 2]));
    /// let stock = StructArray::try_from(vec![("4711", Arc::clone(&size)), ("4712", size)])?;
    /// let batch = RecordBatch::try_from_iter([("stock", Arc::new(stock) as ArrayRef)])?;
    /// let input = move || {
    ///     let reader = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
    ///     Input::arrow(ArrowRecords::new(reader))
    /// };
    /// let config = TransmogConfig::default();
    /// assert!(find_maps(input(), &config).is_err(), "they are read only once");
    /// let search = find_maps(input().with_again(move || Ok(input())), &config)?;
    /// assert_eq!(search.maps[0].path, "$.stock");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_again(self, again: impl FnMut() -> Result<Self> + Send + 'static) -> Self {
        Self {
            again: Some(Box::new(again)),
            ..self
        }
    }

    /// Whether the input can be read twice: it is text, or has [`with_again`](Self::with_again).
    #[must_use]
    pub fn opens_again(&self) -> bool {
        match &self.found {
            Some(found) => found.records.is_none() || found.again.is_some(),
            None => self.records.is_none() || self.again.is_some(),
        }
    }

    /// The same input, read by the thread that runs the operation and by no other, for a reader of
    /// a language whose other threads may end at any time. A run that waits for such a reader cannot
    /// be stopped meanwhile.
    ///
    /// # Examples
    /// ```
    /// use transmog::{Input, TransmogConfig, flatten};
    /// let input = Input::reader(std::io::Cursor::new(r#"{"a":1}"#)).on_this_thread();
    /// assert_eq!(flatten(input, &TransmogConfig::default())?.main().len(), 1);
    /// # Ok::<(), transmog::Error>(())
    /// ```
    #[must_use]
    pub fn on_this_thread(self) -> Self {
        Self {
            is_here: true,
            ..self
        }
    }

    /// A file that the run reads in addition to its inputs, such as a schema or options. The run
    /// refuses to replace or remove it, as it does for its inputs.
    #[must_use]
    pub fn with_protected(mut self, path: impl AsRef<Path>) -> Self {
        self.protected.push(path.as_ref().to_owned());
        self
    }

    /// Whether this file exists and is one of the inputs. A program that writes to it would destroy
    /// its input.
    ///
    /// # Errors
    /// When an input does not exist.
    pub fn reads(&self, path: impl AsRef<Path>) -> Result<bool> {
        let Some(file) = FileId::of(path.as_ref()) else {
            return Ok(false);
        };
        let is_it = |source: &Source| source.file().and_then(FileId::of) == Some(file.clone());
        let is_protected = |path: &PathBuf| FileId::of(path).as_ref() == Some(&file);
        if self.sources.iter().any(is_it) || self.protected.iter().any(is_protected) {
            return Ok(true);
        }
        for pattern in &self.patterns {
            let is_remote = url(pattern).is_some_and(|url| file_of(&url).ok().flatten().is_none());
            // No file is in a store.
            if !is_remote && self.expand(pattern, 0)?.sources.iter().any(is_it) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The feed of a run, and the paths of the files that it must not replace. They are those that
    /// exist if an input does not.
    pub(crate) fn open(self, config: &TransmogConfig) -> (Result<Feed<'static>>, Vec<PathBuf>) {
        self.found(config).open()
    }

    /// Input whose paths are known.
    pub(crate) fn of_found(found: FoundInput) -> Self {
        Self {
            found: Some(found),
            ..Self::default()
        }
    }

    /// The input with what its paths name now.
    pub(crate) fn found(self, config: &TransmogConfig) -> FoundInput {
        if let Some(mut found) = self.found {
            found.files.extend(self.protected);
            return found;
        }
        let expanded: Vec<_> = (self.patterns.iter())
            .map(|pattern| self.expand(pattern, config.memory_limit()))
            .collect();
        let mut input = FoundInput {
            sources: self.sources,
            records: self.records,
            again: self.again,
            files: self.protected,
            left_out: LeftOut::default(),
            failed: None,
            is_here: self.is_here,
        };
        for (pattern, found) in self.patterns.iter().zip(expanded) {
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    input.failed.get_or_insert(error);
                    continue;
                }
            };
            input.left_out.append(found.left_out);
            let found = found.sources;
            let files = found.iter().filter_map(Source::file);
            input.files.extend(files.map(Path::to_owned));
            match config.allow_empty() || pattern == Path::new(STDIN) {
                true => input.sources.extend(found),
                false => input.sources.extend(found.into_iter().map(not_empty)),
            }
        }
        if config.allow_empty() {
            input.sources = input.sources.into_iter().map(Source::or_empty).collect();
        }
        input
    }
}

/// Input whose paths are known.
pub(crate) struct FoundInput {
    sources: Vec<Source>,
    records: Option<Feed<'static>>,
    again: Option<Again>,
    /// The files that a run must not replace.
    files: Vec<PathBuf>,
    left_out: LeftOut,
    /// Why a path names nothing.
    failed: Option<Error>,
    is_here: bool,
}

impl FoundInput {
    pub(crate) fn open(self) -> (Result<Feed<'static>>, Vec<PathBuf>) {
        let feed = match (self.failed, self.records) {
            (Some(error), _) => Err(error),
            (None, None) => Ok(Feed::text(self.sources).with_left_out(self.left_out)),
            (None, Some(records)) if self.sources.is_empty() => Ok(records),
            (None, Some(_)) => Err(Error::config(
                "an input cannot have both text and records; flatten them one after the other",
            )),
        };
        let feed = match self.is_here {
            true => feed.map(Feed::on_this_thread),
            false => feed,
        };
        (feed, self.files)
    }

    /// The same input once more. What can be read only once is kept on disk, without a name.
    pub(crate) fn again(&mut self, config: &TransmogConfig) -> Result<Self> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if let Some(again) = &mut self.again {
            return again().map(|input| input.found(config));
        }
        if self.records.is_some() {
            return Err(Error::config(
                "maps are found before the run, and these records can be read only once; give text or \
                 what can be read again, such as a list, or the rules for the maps (map)",
            ));
        }
        let kept = |source: &mut Source| {
            let again = source.again();
            again.map_err(|error| {
                Error::new(Category::Read, format!("cannot keep the input: {error}"))
            })
        };
        Ok(Self {
            sources: self.sources.iter_mut().map(kept).collect::<Result<_>>()?,
            records: None,
            again: None,
            files: self.files.clone(),
            left_out: self.left_out.clone(),
            failed: None,
            is_here: self.is_here,
        })
    }
}

/// The files that a path or a glob names. The manifest in a directory is not input.
fn expand(pattern: &Path, depth: Depth) -> Result<Found> {
    let named = |error: transmog_reader::Error| error.in_file(&pattern.to_string_lossy());
    let found = transmog_reader::expand(pattern, depth);
    let mut found = found.map_err(|error| Error::read(named(error)))?;
    let is_manifest = |path: &&Path| path.file_name().is_some_and(|name| name == MANIFEST);
    if pattern.is_dir() {
        let Found { sources, left_out } = &mut found;
        sources.retain(|source| match source.file().filter(is_manifest) {
            Some(manifest) => {
                left_out.add(manifest.to_string_lossy());
                false
            }
            None => true,
        });
    }
    if found.sources.is_empty() {
        let message = format!(
            "{}: the directory has no input except {MANIFEST}, which an earlier run wrote",
            pattern.display()
        );
        return Err(Error::new(Category::Read, message));
    }
    Ok(found)
}

/// The source. If it is a pipe, a terminal or a device, it is an error when it ends without a byte.
fn not_empty(source: Source) -> Source {
    let path = source.file().map(Path::to_owned);
    let is_stream = |path: &PathBuf| std::fs::metadata(path).is_ok_and(|found| !found.is_file());
    let Some(path) = path.filter(is_stream) else {
        return source;
    };
    let name = path.to_string_lossy().into_owned();
    let stream = NotEmpty {
        path,
        file: None,
        is_begun: false,
    };
    Source::reader(&name, Box::new(stream))
}

/// A stream that must have at least one byte.
struct NotEmpty {
    path: PathBuf,
    /// Opened by the first read.
    file: Option<File>,
    is_begun: bool,
}

impl Read for NotEmpty {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::open(&self.path)?),
        };
        let read = file.read(buffer)?;
        if read == 0 && !buffer.is_empty() && !self.is_begun {
            return Err(io::Error::other(
                "it ended without a byte, so the program that writes to it has probably failed; \
                 if there is nothing to read, use allow_empty (--allow-empty)",
            ));
        }
        self.is_begun = true;
        Ok(read)
    }
}

impl From<&Path> for Input {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

/// JSON text.
impl From<String> for Input {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<&[u8]> for Input {
    fn from(bytes: &[u8]) -> Self {
        Self::bytes(bytes)
    }
}

impl From<Vec<u8>> for Input {
    fn from(bytes: Vec<u8>) -> Self {
        Self::bytes(bytes)
    }
}
