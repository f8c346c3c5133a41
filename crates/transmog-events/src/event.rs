//! Reader to flatten core: one call for each parse event.

use crate::brief::brief;
use std::fmt;

/// Takes the parse events of records, one call an event.
///
/// A front end calls the methods in document order and stops at the first
/// error. Values that are not objects are given as they come: what a record
/// must be is the sink's to say.
pub trait EventSink {
    /// `{`
    ///
    /// # Errors
    /// When the sink cannot take the record; see [`Rejection`]. The same holds
    /// for every other method.
    fn begin_object(&mut self) -> Result<(), Rejection>;
    /// The name of the member whose value comes next.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn key(&mut self, key: &str) -> Result<(), Rejection>;
    /// Takes the key that `json` begins with, when it is the one the sink
    /// expects next: `json` follows the first quote of a key. Gives the length
    /// of the key, whose closing quote is known to follow, or `None` when
    /// [`key`](Self::key) is to be called. It saves reading keys that are known.
    #[inline]
    fn known_key(&mut self, json: &str) -> Option<usize> {
        let _ = json;
        None
    }
    /// `}`
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn end_object(&mut self) -> Result<(), Rejection>;
    /// `[`
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn begin_array(&mut self) -> Result<(), Rejection>;
    /// `]`
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn end_array(&mut self) -> Result<(), Rejection>;
    /// `null`
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn null(&mut self) -> Result<(), Rejection>;
    /// `true` or `false`
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn boolean(&mut self, value: bool) -> Result<(), Rejection>;
    /// An integer within int64.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn integer(&mut self, value: i64) -> Result<(), Rejection>;
    /// An integer beyond int64 of at most 38 digits.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn decimal(&mut self, value: i128) -> Result<(), Rejection>;
    /// A finite number with a fraction or an exponent that this float64 gives back.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn float(&mut self, value: f64) -> Result<(), Rejection>;
    /// A finite number with a fraction or an exponent that may have more digits
    /// than its nearest float64 gives back: that float64, and the number as it was
    /// written. What becomes of the digits is the sink's to say.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn long_float(&mut self, nearest: f64, text: &str) -> Result<(), Rejection>;
    /// A number to keep with every digit, as it was written: one beyond 38 digits
    /// or beyond float64, or one of a decimal type.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn exact_number(&mut self, text: &str) -> Result<(), Rejection>;
    /// A string, unescaped.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn string(&mut self, value: &str) -> Result<(), Rejection>;
}

/// Takes every event and keeps nothing: for those who only want to know whether the input is
/// well formed, or how fast it is parsed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ignored;

macro_rules! ignore {
    ($($event:ident($($type:ty),*))*) => {
        impl EventSink for Ignored {
            $(#[inline]
            fn $event(&mut self $(, _: $type)*) -> Result<(), Rejection> {
                Ok(())
            })*
        }
    };
}

ignore! {
    begin_object() key(&str) end_object() begin_array() end_array() null() boolean(bool)
    integer(i64) decimal(i128) float(f64) long_float(f64, &str) exact_number(&str) string(&str)
}

/// Why a sink does not take a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection(Box<RejectionKind>);

/// The reasons of a [`Rejection`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectionKind {
    /// An object holds a key twice. The front end gives the record again with
    /// the last value of each key only.
    DuplicateKey,
    /// The record is not acceptable; the text says what was expected.
    Invalid {
        /// JSONPath of the value, when it is not the whole record.
        path: Option<String>,
        /// What was found, what was expected, and what to do.
        message: String,
    },
    /// The record has what a schema that was given does not hold.
    Drift {
        /// JSONPath of the value.
        path: String,
        /// What was found and what the schema holds.
        message: String,
    },
    /// The record becomes larger than memory allows.
    TooLarge {
        /// JSONPath of what grew too large.
        path: String,
        /// What is allowed, and what to do.
        message: String,
    },
    /// The run cannot go on, whatever becomes of the record.
    Limit {
        /// What grew too large, and what to do.
        message: String,
    },
}

impl Rejection {
    /// An object holds a key twice.
    #[cold]
    #[must_use]
    pub fn duplicate_key() -> Self {
        Self(Box::new(RejectionKind::DuplicateKey))
    }

    /// A record that is not acceptable.
    #[cold]
    #[must_use]
    pub fn invalid(path: Option<String>, message: impl Into<String>) -> Self {
        Self(Box::new(RejectionKind::Invalid {
            path,
            message: message.into(),
        }))
    }

    /// A value or a row that a given schema does not hold.
    #[cold]
    #[must_use]
    pub fn drift(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(RejectionKind::Drift {
            path: path.into(),
            message: message.into(),
        }))
    }

    /// A record that becomes larger than memory allows.
    #[cold]
    #[must_use]
    pub fn too_large(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(RejectionKind::TooLarge {
            path: path.into(),
            message: message.into(),
        }))
    }

    /// Whether nothing that follows in the record can change it, so that the rest
    /// need not be read.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        matches!(
            *self.0,
            RejectionKind::Limit { .. } | RejectionKind::TooLarge { .. }
        )
    }

    /// A limit of the whole run.
    #[cold]
    #[must_use]
    pub fn limit(message: impl Into<String>) -> Self {
        Self(Box::new(RejectionKind::Limit {
            message: message.into(),
        }))
    }

    /// JSONPath of the value, when it is known, and what is wrong with it.
    #[must_use]
    pub fn parts(&self) -> (Option<String>, String) {
        match &*self.0 {
            RejectionKind::Invalid { path, message } => (path.clone(), message.clone()),
            RejectionKind::Drift { path, message } | RejectionKind::TooLarge { path, message } => {
                (Some(path.clone()), message.clone())
            }
            _ => (None, self.to_string()),
        }
    }

    /// The reason.
    #[must_use]
    pub fn kind(&self) -> &RejectionKind {
        &self.0
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            RejectionKind::DuplicateKey => f.write_str("an object holds a key twice"),
            RejectionKind::Invalid {
                path: Some(path),
                message,
            }
            | RejectionKind::Drift { path, message }
            | RejectionKind::TooLarge { path, message } => {
                write!(f, "{message} at {}", brief(path))
            }
            RejectionKind::Invalid {
                path: None,
                message,
            }
            | RejectionKind::Limit { message } => f.write_str(message),
        }
    }
}

impl std::error::Error for Rejection {}
