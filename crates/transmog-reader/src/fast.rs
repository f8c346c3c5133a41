//! The fast parser: `sonic-rs` drives the sink, one visitor call a value.

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::fmt;
use transmog_model::EventSink;

/// Floats from here on may have been written as long integers.
const MAYBE_INTEGER: f64 = 9e18;

/// Parses the value that `text` is, white space around it allowed. False when
/// the exact parser is to decide: the sink has seen a part of it then.
pub(crate) fn parse<S: EventSink>(text: &str, sink: &mut S) -> bool {
    let mut deserializer = sonic_rs::Deserializer::from_str(text);
    Value(sink).deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok()
}

struct Value<'s, S>(&'s mut S);

struct Key<'s, S>(&'s mut S);

/// The exact parser takes over; the message is never shown.
#[cold]
fn give_up<E: serde::de::Error>() -> E {
    E::custom("")
}

impl<'de, S: EventSink> DeserializeSeed<'de> for Value<'_, S> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: EventSink> Visitor<'de> for Value<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    #[inline]
    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.0.boolean(value).map_err(|_| give_up())
    }

    #[inline]
    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.0.integer(value).map_err(|_| give_up())
    }

    #[inline]
    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.0.integer(value),
            Err(_) => self.0.decimal(value.into()),
        }
        .map_err(|_| give_up())
    }

    #[inline]
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        // A zero may have been `-0`, which is an integer.
        if value.abs() >= MAYBE_INTEGER || value == 0.0 && value.is_sign_negative() {
            return Err(E::custom(""));
        }
        self.0.float(value).map_err(|_| give_up())
    }

    #[inline]
    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.0.string(value).map_err(|_| give_up())
    }

    #[inline]
    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.0.null().map_err(|_| give_up())
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        self.0.begin_array().map_err(|_| A::Error::custom(""))?;
        while elements.next_element_seed(Value(self.0))?.is_some() {}
        self.0.end_array().map_err(|_| A::Error::custom(""))
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.0.begin_object().map_err(|_| A::Error::custom(""))?;
        while members.next_key_seed(Key(self.0))?.is_some() {
            members.next_value_seed(Value(self.0))?;
        }
        self.0.end_object().map_err(|_| A::Error::custom(""))
    }
}

impl<'de, S: EventSink> DeserializeSeed<'de> for Key<'_, S> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, S: EventSink> Visitor<'de> for Key<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    #[inline]
    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<(), E> {
        self.0.key(key).map_err(|_| give_up())
    }
}
