//! Values of `serde::Serialize` types as parse events.

use serde::ser::{self, Serialize};
use std::fmt::{self, Display};
use transmog_events::{EventSink, Rejection, parse_number};

/// The token under which `serde_json`, built with `arbitrary_precision`,
/// serialises its numbers.
const SERDE_JSON_NUMBER: &str = "$serde_json::private::Number";

/// Levels of values in values at most, as in JSON text.
const MAX_LEVELS: usize = 1024;

/// Why a value could not be given as events.
#[derive(Debug)]
pub enum SerializeError {
    /// The sink did not take it.
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
    value.serialize(Events(sink, MAX_LEVELS))
}

type Done = Result<(), SerializeError>;

/// The sink, and how many levels may still be opened: serde recurses on each.
struct Events<'s, S>(&'s mut S, usize);

/// One level less.
fn inside(levels: usize) -> Result<usize, SerializeError> {
    let message = || format!("expected nesting of at most {MAX_LEVELS} levels");
    levels
        .checked_sub(1)
        .ok_or_else(|| SerializeError::Value(message()))
}

impl<S: EventSink> Events<'_, S> {
    fn wide(self, value: impl Display) -> Done {
        let text = value.to_string();
        number(self.0, &text)
    }
}

fn number(sink: &mut impl EventSink, text: &str) -> Done {
    Ok(parse_number(text).give(sink)?)
}

/// What is open, and what closes it.
struct Open<'s, S> {
    sink: &'s mut S,
    /// Levels that may be opened in it.
    levels: usize,
    is_array: bool,
    /// A variant's object around it.
    is_variant: bool,
    /// A number of `serde_json`, given as a struct of its text.
    is_number: bool,
}

impl<S: EventSink> Open<'_, S> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(Events(self.sink, self.levels))
    }

    fn close(self) -> Done {
        if self.is_number {
            return Ok(());
        }
        if self.is_array {
            self.sink.end_array()?;
        } else {
            self.sink.end_object()?;
        }
        if self.is_variant {
            self.sink.end_object()?;
        }
        Ok(())
    }
}

impl<'s, S: EventSink> ser::Serializer for Events<'s, S> {
    type Ok = ();
    type Error = SerializeError;
    type SerializeSeq = Open<'s, S>;
    type SerializeTuple = Open<'s, S>;
    type SerializeTupleStruct = Open<'s, S>;
    type SerializeTupleVariant = Open<'s, S>;
    type SerializeMap = Open<'s, S>;
    type SerializeStruct = Open<'s, S>;
    type SerializeStructVariant = Open<'s, S>;

    fn serialize_bool(self, v: bool) -> Done {
        Ok(self.0.boolean(v)?)
    }
    fn serialize_i8(self, v: i8) -> Done {
        self.serialize_i64(v.into())
    }
    fn serialize_i16(self, v: i16) -> Done {
        self.serialize_i64(v.into())
    }
    fn serialize_i32(self, v: i32) -> Done {
        self.serialize_i64(v.into())
    }
    fn serialize_i64(self, v: i64) -> Done {
        Ok(self.0.integer(v)?)
    }
    fn serialize_i128(self, v: i128) -> Done {
        self.wide(v)
    }
    fn serialize_u8(self, v: u8) -> Done {
        self.serialize_i64(v.into())
    }
    fn serialize_u16(self, v: u16) -> Done {
        self.serialize_i64(v.into())
    }
    fn serialize_u32(self, v: u32) -> Done {
        self.serialize_i64(v.into())
    }
    fn serialize_u64(self, v: u64) -> Done {
        match i64::try_from(v) {
            Ok(v) => self.serialize_i64(v),
            Err(_) => Ok(self.0.decimal(v.into())?),
        }
    }
    fn serialize_u128(self, v: u128) -> Done {
        self.wide(v)
    }
    fn serialize_f32(self, v: f32) -> Done {
        self.serialize_f64(v.into())
    }
    fn serialize_f64(self, v: f64) -> Done {
        if v.is_finite() {
            Ok(self.0.float(v)?)
        } else {
            Err(ser::Error::custom(format!(
                "expected a finite number, found {v}"
            )))
        }
    }
    fn serialize_char(self, v: char) -> Done {
        Ok(self.0.string(v.encode_utf8(&mut [0; 4]))?)
    }
    fn serialize_str(self, v: &str) -> Done {
        Ok(self.0.string(v)?)
    }
    fn serialize_bytes(self, v: &[u8]) -> Done {
        self.collect_seq(v)
    }
    fn serialize_none(self) -> Done {
        Ok(self.0.null()?)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Done {
        self.serialize_none()
    }
    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.serialize_none()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        self.0.begin_object()?;
        self.0.key(variant)?;
        value.serialize(Events(self.0, inside(self.1)?))?;
        Ok(self.0.end_object()?)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'s, S>, SerializeError> {
        self.0.begin_array()?;
        Ok(Open {
            levels: inside(self.1)?,
            sink: self.0,
            is_array: true,
            is_variant: false,
            is_number: false,
        })
    }
    fn serialize_tuple(self, len: usize) -> Result<Open<'s, S>, SerializeError> {
        self.serialize_seq(Some(len))
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        len: usize,
    ) -> Result<Open<'s, S>, SerializeError> {
        self.serialize_seq(Some(len))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'s, S>, SerializeError> {
        self.0.begin_object()?;
        self.0.key(variant)?;
        self.0.begin_array()?;
        Ok(Open {
            levels: inside(self.1)?,
            sink: self.0,
            is_array: true,
            is_variant: true,
            is_number: false,
        })
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Open<'s, S>, SerializeError> {
        self.0.begin_object()?;
        Ok(Open {
            levels: inside(self.1)?,
            sink: self.0,
            is_array: false,
            is_variant: false,
            is_number: false,
        })
    }
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Open<'s, S>, SerializeError> {
        let is_number = name == SERDE_JSON_NUMBER;
        if !is_number {
            self.0.begin_object()?;
        }
        Ok(Open {
            levels: inside(self.1)?,
            sink: self.0,
            is_array: false,
            is_variant: false,
            is_number,
        })
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'s, S>, SerializeError> {
        self.0.begin_object()?;
        self.0.key(variant)?;
        self.0.begin_object()?;
        Ok(Open {
            levels: inside(self.1)?,
            sink: self.0,
            is_array: false,
            is_variant: true,
            is_number: false,
        })
    }
}

impl<S: EventSink> ser::SerializeSeq for Open<'_, S> {
    type Ok = ();
    type Error = SerializeError;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.element(value)
    }
    fn end(self) -> Done {
        self.close()
    }
}

impl<S: EventSink> ser::SerializeTuple for Open<'_, S> {
    type Ok = ();
    type Error = SerializeError;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.element(value)
    }
    fn end(self) -> Done {
        self.close()
    }
}

impl<S: EventSink> ser::SerializeTupleStruct for Open<'_, S> {
    type Ok = ();
    type Error = SerializeError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.element(value)
    }
    fn end(self) -> Done {
        self.close()
    }
}

impl<S: EventSink> ser::SerializeTupleVariant for Open<'_, S> {
    type Ok = ();
    type Error = SerializeError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.element(value)
    }
    fn end(self) -> Done {
        self.close()
    }
}

impl<S: EventSink> ser::SerializeMap for Open<'_, S> {
    type Ok = ();
    type Error = SerializeError;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        key.serialize(Events(&mut Key(self.sink), self.levels))
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.element(value)
    }
    fn end(self) -> Done {
        self.close()
    }
}

impl<S: EventSink> ser::SerializeStruct for Open<'_, S> {
    type Ok = ();
    type Error = SerializeError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        if self.is_number {
            return value.serialize(Events(&mut NumberText(self.sink), self.levels));
        }
        self.sink.key(key)?;
        self.element(value)
    }
    fn end(self) -> Done {
        self.close()
    }
}

impl<S: EventSink> ser::SerializeStructVariant for Open<'_, S> {
    type Ok = ();
    type Error = SerializeError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        self.sink.key(key)?;
        self.element(value)
    }
    fn end(self) -> Done {
        self.close()
    }
}

/// Takes one scalar as a key.
struct Key<'s>(&'s mut dyn EventSink);

/// Takes one string as the text of a number.
struct NumberText<'s>(&'s mut dyn EventSink);

#[cold]
fn bad_key() -> Result<(), Rejection> {
    Err(Rejection::invalid(
        None,
        "expected a map key that is a string, a number or a boolean",
    ))
}

impl EventSink for Key<'_> {
    fn begin_object(&mut self) -> Result<(), Rejection> {
        bad_key()
    }
    fn key(&mut self, _: &str) -> Result<(), Rejection> {
        bad_key()
    }
    fn end_object(&mut self) -> Result<(), Rejection> {
        bad_key()
    }
    fn begin_array(&mut self) -> Result<(), Rejection> {
        bad_key()
    }
    fn end_array(&mut self) -> Result<(), Rejection> {
        bad_key()
    }
    fn null(&mut self) -> Result<(), Rejection> {
        bad_key()
    }
    fn boolean(&mut self, value: bool) -> Result<(), Rejection> {
        self.0.key(if value { "true" } else { "false" })
    }
    fn integer(&mut self, value: i64) -> Result<(), Rejection> {
        self.0.key(&value.to_string())
    }
    fn decimal(&mut self, value: i128) -> Result<(), Rejection> {
        self.0.key(&value.to_string())
    }
    fn float(&mut self, _: f64) -> Result<(), Rejection> {
        bad_key()
    }
    fn long_float(&mut self, _: f64, _: &str) -> Result<(), Rejection> {
        bad_key()
    }
    fn exact_number(&mut self, text: &str) -> Result<(), Rejection> {
        self.0.key(text)
    }
    fn string(&mut self, value: &str) -> Result<(), Rejection> {
        self.0.key(value)
    }
}

impl EventSink for NumberText<'_> {
    fn begin_object(&mut self) -> Result<(), Rejection> {
        bad_key()
    }
    fn key(&mut self, _: &str) -> Result<(), Rejection> {
        bad_key()
    }
    fn end_object(&mut self) -> Result<(), Rejection> {
        bad_key()
    }
    fn begin_array(&mut self) -> Result<(), Rejection> {
        bad_key()
    }
    fn end_array(&mut self) -> Result<(), Rejection> {
        bad_key()
    }
    fn null(&mut self) -> Result<(), Rejection> {
        bad_key()
    }
    fn boolean(&mut self, _: bool) -> Result<(), Rejection> {
        bad_key()
    }
    fn integer(&mut self, value: i64) -> Result<(), Rejection> {
        self.0.integer(value)
    }
    fn decimal(&mut self, value: i128) -> Result<(), Rejection> {
        self.0.decimal(value)
    }
    fn float(&mut self, value: f64) -> Result<(), Rejection> {
        self.0.float(value)
    }
    fn long_float(&mut self, nearest: f64, text: &str) -> Result<(), Rejection> {
        self.0.long_float(nearest, text)
    }
    fn exact_number(&mut self, text: &str) -> Result<(), Rejection> {
        self.0.exact_number(text)
    }
    fn string(&mut self, text: &str) -> Result<(), Rejection> {
        parse_number(text).give(self.0)
    }
}
