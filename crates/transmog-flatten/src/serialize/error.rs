//! Why a value could not be given as events.

use serde::ser;
use std::fmt::{self, Display};
use transmog_events::Rejection;

/// Why a value could not be given as events.
///
/// # Examples
/// ```
/// use transmog_events::JsonText;
/// use transmog_flatten::{SerializeError, serialize_events};
/// let error = serialize_events(&f64::NAN, &mut JsonText::default()).expect_err("not JSON");
/// assert!(matches!(error, SerializeError::Value(_)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum SerializeError {
    /// The sink did not accept it.
    Rejected(Rejection),
    /// JSON has no such value, or the type's `Serialize` failed.
    Value(String),
}

impl Display for SerializeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SerializeError::Rejected(rejection) => rejection.fmt(f),
            SerializeError::Value(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for SerializeError {}

impl ser::Error for SerializeError {
    fn custom<T: Display>(message: T) -> Self {
        SerializeError::Value(message.to_string())
    }
}

impl From<Rejection> for SerializeError {
    fn from(rejection: Rejection) -> Self {
        SerializeError::Rejected(rejection)
    }
}
