//! Values of `serde::Serialize` types as parse events.

mod error;
mod keys;
mod serializer;

pub use error::SerializeError;
use serde::ser::Serialize;
use serializer::Events;
use transmog_events::EventSink;

/// Gives `value` to `sink` as the events its JSON text would have.
///
/// Maps need keys that are strings, characters, integers or booleans; floats
/// must be finite; bytes become arrays of integers.
///
/// # Errors
/// When the sink rejects an event, JSON has no such value, or values nest deeper than
/// 1024 levels.
pub fn serialize_events<T: Serialize + ?Sized, S: EventSink>(
    value: &T,
    sink: &mut S,
) -> Result<(), SerializeError> {
    value.serialize(Events::new(sink))
}
