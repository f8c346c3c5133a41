//! Values of `serde::Serialize` types as parse events.

mod error;
mod keys;
mod serializer;

pub use error::SerializeError;
use serde::ser::Serialize;
use serializer::Events;
use transmog_events::EventSink;

/// Gives `value` to `sink` as the events of its JSON text.
///
/// Keys of maps must be strings, characters, integers or booleans, and floats must be finite.
/// Bytes become arrays of integers.
///
/// # Errors
/// When the sink rejects an event, JSON has no such value, or values nest deeper than 1024
/// levels. The sink has seen a part of the value then.
///
/// # Examples
/// ```
/// use std::collections::BTreeMap;
/// use transmog_events::JsonText;
///
/// let sizes = BTreeMap::from([("a", 1.5), ("b", 2.0)]);
/// let mut text = JsonText::default();
/// transmog_flatten::serialize_events(&sizes, &mut text)?;
/// assert_eq!(text.as_str(), r#"{"a":1.5,"b":2}"#);
/// # Ok::<(), transmog_flatten::SerializeError>(())
/// ```
pub fn serialize_events<T: Serialize + ?Sized, S: EventSink>(
    value: &T,
    sink: &mut S,
) -> Result<(), SerializeError> {
    value.serialize(Events::new(sink))
}
