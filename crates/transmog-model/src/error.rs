//! The error of formats.

use std::{error::Error as StdError, fmt, io};
use transmog_events::UnknownName;

/// The result of a format's call.
///
/// Its [`Error`] has an example.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A table could not be written or read.
///
/// # Examples
///
/// ```
/// use transmog_model::{Error, ErrorKind};
///
/// let error = Error::reading("csv", "boxes", "row 3 does not end");
/// assert_eq!(error.to_string(), "reading the csv file of table `boxes`: row 3 does not end");
/// assert!(matches!(error.kind(), ErrorKind::Read { format: "csv", .. }));
/// ```
#[derive(Debug)]
pub struct Error(Box<ErrorKind>);

/// What went wrong while a table was written or read.
///
/// # Examples
///
/// ```
/// use std::io;
/// use transmog_model::{Error, ErrorKind};
///
/// let is_full = |error: &Error| match error.kind() {
///     ErrorKind::Io { source, .. } => source.kind() == io::ErrorKind::StorageFull,
///     _ => false,
/// };
/// assert!(is_full(&Error::writing("CSV", "boxes", io::ErrorKind::StorageFull.into())));
/// assert!(!is_full(&Error::unsupported("no lists")));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused an operation.
    Io {
        /// What was being done, with the file's name.
        doing: String,
        /// The system's answer.
        source: io::Error,
    },
    /// The format's library refused a schema or a batch.
    Format {
        /// The format's name.
        format: &'static str,
        /// The library's answer.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A file could not be read back.
    Read {
        /// The format's name.
        format: &'static str,
        /// The name of the file's table.
        table: String,
        /// What is wrong with it.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// An option or a value that the format does not have.
    Unsupported {
        /// What was asked, and what is possible.
        message: String,
    },
}

impl Error {
    /// An I/O error met while `doing` something.
    #[cold]
    #[must_use]
    pub fn io(doing: impl Into<String>, source: io::Error) -> Self {
        Self(Box::new(ErrorKind::Io {
            doing: doing.into(),
            source,
        }))
    }

    /// An I/O error met while a file of `table` was written; `format` is the format's name as people
    /// write it.
    #[cold]
    #[must_use]
    pub fn writing(format: &str, table: &str, source: io::Error) -> Self {
        Self::io(
            format!("writing the {format} file of table `{table}`"),
            source,
        )
    }

    /// An error of the library behind `format`.
    #[cold]
    #[must_use]
    pub fn format(
        format: &'static str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self(Box::new(ErrorKind::Format {
            format,
            source: source.into(),
        }))
    }

    /// A file of `table` that cannot be read.
    #[cold]
    #[must_use]
    pub fn reading(
        format: &'static str,
        table: &str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self(Box::new(ErrorKind::Read {
            format,
            table: table.to_owned(),
            source: source.into(),
        }))
    }

    /// Something the format does not have.
    #[cold]
    #[must_use]
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self(Box::new(ErrorKind::Unsupported {
            message: message.into(),
        }))
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }
}

/// Checks an option that counts something; `option` is its name with the format's in front.
///
/// # Errors
/// When it is 0.
///
/// # Examples
///
/// ```
/// use transmog_model::at_least_one;
///
/// assert!(at_least_one("ORC batch_size", 1).is_ok());
/// let error = at_least_one("ORC batch_size", 0).expect_err("0 rows");
/// assert_eq!(error.to_string(), "the ORC batch_size must be at least 1");
/// ```
pub fn at_least_one(option: &str, value: usize) -> Result<()> {
    match value {
        0 => Err(Error::unsupported(format!(
            "the {option} must be at least 1"
        ))),
        _ => Ok(()),
    }
}

impl From<UnknownName> for Error {
    fn from(error: UnknownName) -> Self {
        Self::unsupported(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            ErrorKind::Io { doing, source } => write!(f, "{doing}: {source}"),
            ErrorKind::Format { format, source } => write!(f, "writing {format}: {source}"),
            ErrorKind::Read {
                format,
                table,
                source,
            } => write!(f, "reading the {format} file of table `{table}`: {source}"),
            ErrorKind::Unsupported { message } => f.write_str(message),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.0 {
            ErrorKind::Io { source, .. } => Some(source),
            ErrorKind::Format { source, .. } | ErrorKind::Read { source, .. } => Some(&**source),
            ErrorKind::Unsupported { .. } => None,
        }
    }
}
