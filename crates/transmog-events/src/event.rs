//! The boundary between readers and the flatten core: one call for each parse event.

use crate::brief::brief;
use std::fmt;

/// Takes the parse events of records, one call for each.
///
/// A front end calls the methods in the order of the text and stops at the first error. The
/// events nest as JSON does: in an object, each value follows its key. A record need not be an
/// object: whether others are acceptable is for the sink to say.
///
/// # Examples
/// A sink that counts the members of a record:
/// ```
/// use transmog_events::{EventSink, Rejection};
///
/// #[derive(Default)]
/// struct Keys(usize);
///
/// impl EventSink for Keys {
///     fn begin_object(&mut self) -> Result<(), Rejection> {
///         Ok(())
///     }
///     fn key(&mut self, _: &str) -> Result<(), Rejection> {
///         self.0 += 1;
///         Ok(())
///     }
///     // The others as `begin_object`.
/// #   fn end_object(&mut self) -> Result<(), Rejection> { Ok(()) }
/// #   fn begin_array(&mut self) -> Result<(), Rejection> { Ok(()) }
/// #   fn end_array(&mut self) -> Result<(), Rejection> { Ok(()) }
/// #   fn null(&mut self) -> Result<(), Rejection> { Ok(()) }
/// #   fn boolean(&mut self, _: bool) -> Result<(), Rejection> { Ok(()) }
/// #   fn integer(&mut self, _: i64) -> Result<(), Rejection> { Ok(()) }
/// #   fn decimal(&mut self, _: i128) -> Result<(), Rejection> { Ok(()) }
/// #   fn float(&mut self, _: f64) -> Result<(), Rejection> { Ok(()) }
/// #   fn long_float(&mut self, _: f64, _: &str) -> Result<(), Rejection> { Ok(()) }
/// #   fn exact_number(&mut self, _: &str) -> Result<(), Rejection> { Ok(()) }
/// #   fn string(&mut self, _: &str) -> Result<(), Rejection> { Ok(()) }
/// }
///
/// let mut keys = Keys::default();
/// keys.begin_object()?;
/// keys.key("id")?;
/// keys.integer(1)?;
/// keys.end_object()?;
/// assert_eq!(keys.0, 1);
/// # Ok::<(), Rejection>(())
/// ```
pub trait EventSink {
    /// `{`
    ///
    /// # Errors
    /// When the sink does not accept the record; see [`Rejection`]. Then no further event of the
    /// record may be given. The same holds for every other method.
    fn begin_object(&mut self) -> Result<(), Rejection>;
    /// The name of the member whose value is next, with its escapes resolved.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn key(&mut self, key: &str) -> Result<(), Rejection>;
    /// Takes the next key, if the sink expects it: `json` is the text behind the first quote of a key,
    /// and some of what follows. Gives the length of the key in bytes, and then its closing quote and
    /// a colon follow; or `None`, and then [`key`](Self::key) is to be called. It saves front ends
    /// from reading keys that are known. By default no key is.
    #[inline]
    fn known_key(&mut self, json: &[u8]) -> Option<usize> {
        let _ = json;
        None
    }
    /// Whether the value of the key at hand, which [`known_key`](Self::known_key) did not take, is left
    /// out. Who asks and gets `true` checks that the value is JSON and gives no events of it; who does
    /// not ask gives them. By default nothing is left out.
    #[inline]
    fn leaves_out(&mut self) -> bool {
        false
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
    /// An integer within int64, written without fraction and exponent.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn integer(&mut self, value: i64) -> Result<(), Rejection>;
    /// An integer beyond int64 with at most 38 digits.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn decimal(&mut self, value: i128) -> Result<(), Rejection>;
    /// A number with a fraction or an exponent, and its nearest float64. The shortest form of
    /// that float must be the number. It is finite.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn float(&mut self, value: f64) -> Result<(), Rejection>;
    /// A number with a fraction or an exponent that may have more digits than its nearest float64
    /// gives back: that float64, which is finite, and the number as it was written. What becomes
    /// of the digits is for the sink to say.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn long_float(&mut self, nearest: f64, text: &str) -> Result<(), Rejection>;
    /// A number to keep with every digit, as it was written: one beyond 38 digits or beyond
    /// float64, or one of a decimal type.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn exact_number(&mut self, text: &str) -> Result<(), Rejection>;
    /// A string, with its escapes resolved.
    ///
    /// # Errors
    /// See [`begin_object`](Self::begin_object).
    fn string(&mut self, value: &str) -> Result<(), Rejection>;
}

/// Takes every event and keeps nothing. It serves to check that input is well formed, or to
/// measure parsing.
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

/// Why a sink does not accept a record.
///
/// A sink creates one by a constructor for each [kind](RejectionKind); whoever drives the sink
/// decides what becomes of the record.
///
/// # Examples
/// ```
/// use transmog_events::{Rejection, RejectionKind};
///
/// let rejection = Rejection::invalid(Some("$.size".to_owned()), "expected a number");
/// assert!(matches!(rejection.kind(), RejectionKind::Invalid { .. }));
/// assert_eq!(rejection.to_string(), "expected a number at $.size");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection(Box<RejectionKind>);

/// The reasons of a [`Rejection`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectionKind {
    /// An object has a key twice. The front end may give the record again with only the last
    /// value of each key.
    DuplicateKey,
    /// A value is not acceptable.
    Invalid {
        /// JSONPath of the value; `None` for the whole record.
        path: Option<String>,
        /// What was found, what was expected, and what to do.
        message: String,
    },
    /// The record has a value or a row that the given schema has no place for.
    Drift {
        /// JSONPath of the value.
        path: String,
        /// What was found, and what the schema has.
        message: String,
    },
    /// The record takes more memory than allowed.
    TooLarge {
        /// JSONPath of the part that is too large.
        path: String,
        /// What is allowed, and what to do.
        message: String,
    },
    /// A limit of the whole run was reached: the run cannot continue, whatever becomes of the
    /// record.
    Limit {
        /// What is too large, and what to do.
        message: String,
    },
}

impl Rejection {
    /// An object has a key twice.
    #[cold]
    #[must_use]
    pub fn duplicate_key() -> Self {
        Self(Box::new(RejectionKind::DuplicateKey))
    }

    /// A value that is not acceptable, at a JSONPath, or the whole record.
    #[cold]
    #[must_use]
    pub fn invalid(path: Option<String>, message: impl Into<String>) -> Self {
        Self(Box::new(RejectionKind::Invalid {
            path,
            message: message.into(),
        }))
    }

    /// A value or a row at a JSONPath that a given schema has no place for.
    #[cold]
    #[must_use]
    pub fn drift(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(RejectionKind::Drift {
            path: path.into(),
            message: message.into(),
        }))
    }

    /// A record that takes more memory than allowed, with the JSONPath of its largest part.
    #[cold]
    #[must_use]
    pub fn too_large(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(RejectionKind::TooLarge {
            path: path.into(),
            message: message.into(),
        }))
    }

    /// Whether the rest of the record cannot change it, so that it need not be read.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        matches!(
            *self.0,
            RejectionKind::Limit { .. } | RejectionKind::TooLarge { .. }
        )
    }

    /// A limit of the whole run that was reached.
    #[cold]
    #[must_use]
    pub fn limit(message: impl Into<String>) -> Self {
        Self(Box::new(RejectionKind::Limit {
            message: message.into(),
        }))
    }

    /// The JSONPath of the value, if known, and the message.
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
            RejectionKind::DuplicateKey => f.write_str("an object has a key twice"),
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
