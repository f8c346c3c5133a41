//! Why input cannot be read.

use std::{borrow::Cow, error::Error as StdError, fmt, io};
use transmog_events::Location;

/// Input that cannot be read: what went wrong ([`kind`](Self::kind)) and where
/// ([`location`](Self::location)).
///
/// # Examples
/// ```
/// use transmog_reader::{ChunkReader, ErrorKind, ReadOptions, Source};
///
/// let options = ReadOptions::default().with_records_path(Some("$.rows".parse()?));
/// let source = Source::bytes("orders", r#"{"items": []}"#);
/// let error = ChunkReader::new(vec![source], options).next_chunk().unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Syntax { .. }));
/// assert_eq!(error.location().and_then(|at| at.line), Some(1));
/// assert!(error.to_string().contains("there is no `$.rows`"));
/// # Ok::<(), transmog_events::PatternError>(())
/// ```
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    file: Option<Box<str>>,
    /// Whether the path to the records leads nowhere, in a document that may be sound.
    is_of_path: bool,
}

/// What went wrong while input was read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system or a decompressor failed.
    Io {
        /// What failed, as in `cannot read orders.jsonl`.
        doing: String,
        /// Why.
        source: io::Error,
    },
    /// A document as a whole is not what was expected.
    Syntax {
        /// The place in the input.
        location: Location,
        /// What was expected, and what to do where there is a choice.
        message: String,
        /// Whether it is about the record after the last one that was read, and not about the
        /// document around the records.
        in_record: bool,
    },
    /// An input that this build does not read.
    Unsupported {
        /// What is missing, and what to do.
        message: String,
    },
    /// A path that does not exist, or a pattern that matches nothing.
    NotFound {
        /// What was looked for.
        message: String,
    },
    /// An input that exists but cannot be one: a directory in place of a file, or a stream without
    /// a byte.
    Unusable {
        /// What was found, and what to do.
        message: String,
    },
}

impl Error {
    #[cold]
    fn of(kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            kind,
            file: None,
            is_of_path: false,
        }))
    }

    #[cold]
    pub(crate) fn io(doing: impl Into<String>, source: io::Error) -> Self {
        Self::of(ErrorKind::Io {
            doing: doing.into(),
            source,
        })
    }

    #[cold]
    pub(crate) fn syntax(location: Location, message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Syntax {
            location,
            message: message.into(),
            in_record: false,
        })
    }

    #[cold]
    pub(crate) fn of_path(mut self) -> Self {
        self.0.is_of_path = true;
        self
    }

    /// Whether the path to the records leads nowhere, in a document that may be sound.
    pub(crate) fn is_of_path(&self) -> bool {
        self.0.is_of_path
    }

    #[cold]
    pub(crate) fn in_record(mut self) -> Self {
        if let ErrorKind::Syntax { in_record, .. } = &mut self.0.kind {
            *in_record = true;
        }
        self
    }

    #[cold]
    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Unsupported {
            message: message.into(),
        })
    }

    #[cold]
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::NotFound {
            message: message.into(),
        })
    }

    #[cold]
    pub(crate) fn unusable(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Unusable {
            message: message.into(),
        })
    }

    /// The same error, of the input with this name.
    #[cold]
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        self.0.file = Some(file.into());
        self
    }

    /// The name of the input, if known.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        let located = self.location().map(|at| at.file.as_str());
        located.or(self.0.file.as_deref())
    }

    /// Whether it is about the content, so that the error policy decides.
    pub(crate) fn is_content(&self) -> bool {
        matches!(&self.0.kind, ErrorKind::Syntax { .. })
    }

    /// What went wrong, without its place.
    pub(crate) fn message(&self) -> Cow<'_, str> {
        match self.kind() {
            ErrorKind::Syntax { message, .. } => Cow::Borrowed(message),
            _ => Cow::Owned(self.to_string()),
        }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The place in the input, if the error is in a document.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        match &self.0.kind {
            ErrorKind::Syntax { location, .. } => Some(location),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            ErrorKind::Io { doing, source } => write!(f, "{doing}: {source}"),
            ErrorKind::Syntax {
                location, message, ..
            } => write!(f, "{location}: {message}"),
            ErrorKind::Unsupported { message }
            | ErrorKind::NotFound { message }
            | ErrorKind::Unusable { message } => f.write_str(message),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.kind {
            ErrorKind::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
