//! The error of a run.

use std::{error::Error as StdError, fmt, io, path::Path};
use transmog_events::{JsonPath, Location, UnknownName, spelled};
use transmog_reader::ErrorKind;

/// The result of a run.
///
/// Its [`Error`] has an example.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of an error.
///
/// # Examples
/// ```
/// use transmog_engine::{Category, Error};
/// let advice = |error: &Error| match error.category() {
///     Category::Read | Category::Write => "try again",
///     Category::Config => "change the options",
///     _ => "look at the message",
/// };
/// assert_eq!(advice(&Error::new(Category::Config, "`threads` must be at least 1")), "change the options");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Category {
    /// The input cannot be read.
    Read,
    /// The output cannot be written.
    Write,
    /// A bug in this program.
    Internal,
    /// The input is not JSON.
    Syntax,
    /// The input is JSON but cannot be accepted, such as a record without its id.
    Data,
    /// An option is wrong, or options conflict.
    Config,
    /// This build or this format does not support it.
    Unsupported,
    /// The caller stopped the run.
    Cancelled,
}

/// Why a run failed. A failed run leaves no files behind.
///
/// # Examples
/// ```
/// use transmog_engine::{Category, Feed, Nothing, Run, TransmogConfig};
/// use transmog_reader::Source;
/// let feed = Feed::text(vec![Source::bytes("a.json", b"{\"a\":1}\n{\"a\" 2}\n".to_vec())]);
/// let run = Run::start(feed, Nothing, &TransmogConfig::default())?;
/// let error = run.complete().expect_err("a colon is missing");
/// assert_eq!(error.category(), Category::Syntax);
/// let at = error.location().expect("it is in the input");
/// assert_eq!((at.record, at.line, at.column), (Some(2), Some(2), Some(6)));
/// assert!(error.to_string().starts_with("a.json"));
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    category: Category,
    message: String,
    location: Option<Location>,
    /// The object whose keys outgrew a limit of the run.
    object: Option<JsonPath>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of this category. The message says what is wrong and what to do.
    #[cold]
    #[must_use]
    pub fn new(category: Category, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            category,
            message: message.into(),
            location: None,
            object: None,
            source: None,
        }))
    }

    /// The same with the object whose keys outgrew a limit of the run.
    #[cold]
    pub(crate) fn of_object(mut self, object: JsonPath) -> Self {
        self.0.object = Some(object);
        self
    }

    /// The object with the most keys, if the run ended because there were more columns, tables or
    /// names than it may have.
    ///
    /// # Examples
    /// ```
    /// use transmog_engine::{Feed, Nothing, Run, TransmogConfig, Values};
    /// let users = serde_json::json!({"users": {"ada": 1, "grace": 2, "joan": 3}});
    /// let feed = Feed::records(Values([users].into_iter()));
    /// let config = TransmogConfig::default().with_max_columns(2);
    /// let error = Run::start(feed, Nothing, &config)?.complete().expect_err("there are three");
    /// assert_eq!(error.outgrown_object().map(ToString::to_string).as_deref(), Some("$.users"));
    /// # Ok::<(), transmog_engine::Error>(())
    /// ```
    #[must_use]
    pub fn outgrown_object(&self) -> Option<&JsonPath> {
        self.0.object.as_ref()
    }

    #[cold]
    fn caused(
        category: Category,
        message: String,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        let mut error = Self::new(category, message);
        error.0.source = Some(source.into());
        error
    }

    /// An error of wrong or conflicting options.
    #[cold]
    #[must_use]
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Category::Config, message)
    }

    #[cold]
    pub(crate) fn io(doing: impl fmt::Display, source: io::Error) -> Self {
        Self::caused(Category::Write, format!("{doing}: {source}"), source)
    }

    /// The caller's function before the commit failed.
    #[cold]
    pub(crate) fn before_commit(source: io::Error) -> Self {
        Self::caused(Category::Write, source.to_string(), source)
    }

    /// A file other than an input cannot be read.
    #[cold]
    pub(crate) fn unreadable(doing: impl fmt::Display, source: io::Error) -> Self {
        Self::caused(Category::Read, format!("{doing}: {source}"), source)
    }

    /// An error at a place in the input.
    #[cold]
    #[must_use]
    pub fn at(category: Category, location: Location, message: impl Into<String>) -> Self {
        let mut error = Self::new(category, message);
        error.0.location = Some(location);
        error
    }

    /// A [`RecordSource`](crate::RecordSource) failed to give its records.
    #[cold]
    pub fn from_source(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let source = source.into();
        Self::caused(Category::Read, source.to_string(), source)
    }

    /// An input cannot be read. The record number in its location counts from the chunk that could
    /// not be read.
    #[cold]
    #[must_use]
    pub fn read(source: transmog_reader::Error) -> Self {
        if let ErrorKind::Syntax {
            location,
            message,
            in_record,
        } = source.kind()
        {
            let mut location = location.clone();
            location.record = in_record.then_some(1);
            return Self::at(Category::Syntax, location, message);
        }
        let category = match source.kind() {
            ErrorKind::Unsupported { .. } => Category::Unsupported,
            _ => Category::Read,
        };
        Self::caused(category, source.to_string(), source)
    }

    /// The same error, with this many records before the chunk.
    #[cold]
    pub(crate) fn after(mut self, records: u64) -> Self {
        if let Some(record) = self.0.location.as_mut().and_then(|at| at.record.as_mut()) {
            *record += records;
        }
        self
    }

    /// A table cannot be written.
    #[cold]
    #[must_use]
    pub fn write(source: transmog_model::Error) -> Self {
        use transmog_model::ErrorKind;
        let category = match source.kind() {
            ErrorKind::Unsupported { .. } => Category::Unsupported,
            _ => Category::Write,
        };
        Self::caused(category, source.to_string(), source)
    }

    /// The category of the error.
    #[must_use]
    pub fn category(&self) -> Category {
        self.0.category
    }

    /// The name of the input that the error concerns, if known: also where there is no
    /// [`location`](Self::location), as when a file cannot be opened.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        let located = self.location().map(|at| at.file.as_str());
        located.or_else(|| self.cause::<transmog_reader::Error>()?.file())
    }

    /// What the operating system said, if that is why. `NotFound` also if a pattern matches nothing.
    ///
    /// # Examples
    /// ```
    /// use std::io;
    /// use transmog_engine::Error;
    ///
    /// let error = Error::read(transmog_reader::expand("nowhere.jsonl", transmog_reader::Depth::default()).unwrap_err());
    /// assert_eq!(error.io_kind(), Some(io::ErrorKind::NotFound));
    /// assert_eq!(Error::config("a conflict").io_kind(), None);
    /// ```
    #[must_use]
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        let reader = self.cause::<transmog_reader::Error>();
        if reader.is_some_and(|error| matches!(error.kind(), ErrorKind::NotFound { .. })) {
            return Some(io::ErrorKind::NotFound);
        }
        self.cause().map(io::Error::kind)
    }

    /// The first cause of this type.
    fn cause<E: StdError + 'static>(&self) -> Option<&E> {
        let mut cause = self.source();
        while let Some(error) = cause {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            cause = error.source();
        }
        None
    }

    /// The place in the input, if the error concerns the input.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        self.0.location.as_ref()
    }
}

/// An unknown name of a choice is a wrong option.
impl From<UnknownName> for Error {
    fn from(error: UnknownName) -> Self {
        Self::config(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = &self.0.message;
        // The message goes to people and may contain file names and keys.
        match &self.0.location {
            Some(location) => f.write_str(&spelled(&format!("{location}: {message}"))),
            None => f.write_str(&spelled(message)),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// The output directory cannot be written to.
#[cold]
pub(crate) fn cannot_write(target: &Path, error: io::Error) -> Error {
    let target = target.display();
    Error::io(
        format!("cannot write to the output directory {target}"),
        error,
    )
}
