//! The fast parser: `sonic-rs` drives the sink, one visitor call a value.

use memchr::memmem;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;
use transmog_model::EventSink;

/// Floats from here on may have been written as long integers.
const MAYBE_INTEGER: f64 = 9e18;

/// Levels this parser recurses into before the exact one, which does not
/// recurse, takes over: the stack of any thread holds them.
const MAX_RECURSION: u32 = 48;

/// Parses the value that `text` is, white space around it allowed. False when
/// the exact parser is to decide: the sink has seen a part of it then.
pub(crate) fn parse<S: EventSink>(text: &str, sink: &mut S) -> bool {
    let mut deserializer = sonic_rs::Deserializer::from_str(text);
    let value = Value {
        sink,
        text,
        levels: MAX_RECURSION,
    };
    value.deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok()
}

struct Value<'s, S> {
    sink: &'s mut S,
    /// The whole text that is parsed.
    text: &'s str,
    /// How many more may be entered.
    levels: u32,
}

impl<S> Value<'_, S> {
    /// What a container of this one may hold.
    #[inline]
    fn levels_below<E: serde::de::Error>(&self) -> Result<u32, E> {
        self.levels.checked_sub(1).ok_or_else(give_up)
    }
}

struct Key<'s, S>(&'s mut S);

/// Whether a zero can be nothing but a zero with a fraction: `-0` is an integer,
/// and `1e-400` is no zero.
#[cold]
fn is_plain_zero(value: f64, text: &str) -> bool {
    let has = |part: &[u8]| memmem::find(text.as_bytes(), part).is_some();
    value.is_sign_positive() && !has(b"-0") && !has(b"e-") && !has(b"E-")
}

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
        self.sink.boolean(value).map_err(|_| give_up())
    }

    #[inline]
    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.sink.integer(value).map_err(|_| give_up())
    }

    #[inline]
    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.sink.integer(value),
            Err(_) => self.sink.decimal(value.into()),
        }
        .map_err(|_| give_up())
    }

    #[inline]
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        if value.abs() >= MAYBE_INTEGER || (value == 0.0 && !is_plain_zero(value, self.text)) {
            return Err(give_up());
        }
        self.sink.float(value).map_err(|_| give_up())
    }

    #[inline]
    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.sink.string(value).map_err(|_| give_up())
    }

    #[inline]
    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.sink.null().map_err(|_| give_up())
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let levels = self.levels_below()?;
        let (sink, text) = (self.sink, self.text);
        sink.begin_array().map_err(|_| give_up())?;
        while elements
            .next_element_seed(Value {
                sink: &mut *sink,
                text,
                levels,
            })?
            .is_some()
        {}
        sink.end_array().map_err(|_| give_up())
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let levels = self.levels_below()?;
        let (sink, text) = (self.sink, self.text);
        sink.begin_object().map_err(|_| give_up())?;
        while members.next_key_seed(Key(&mut *sink))?.is_some() {
            members.next_value_seed(Value {
                sink: &mut *sink,
                text,
                levels,
            })?;
        }
        sink.end_object().map_err(|_| give_up())
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
