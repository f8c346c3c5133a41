//! The serializer: one call of serde to the events of its value.

use super::{
    error::SerializeError,
    keys::{Key, NumberText},
};
use serde::ser::{self, Serialize};
use std::fmt::Display;
use transmog_events::{EventSink, parse_number};

/// The name under which `serde_json`, built with `arbitrary_precision`, serializes its numbers.
const SERDE_JSON_NUMBER: &str = "$serde_json::private::Number";

/// Values in values are at most this deep, as in JSON text.
const MAX_LEVELS: usize = 1024;

type Done = Result<(), SerializeError>;

/// Gives one value to the sink.
pub(super) struct Events<'s, S> {
    sink: &'s mut S,
    /// Levels that may still be opened: serde recurses on each.
    levels: usize,
}

/// One level less.
fn inside(levels: usize) -> Result<usize, SerializeError> {
    let message = || format!("expected nesting of at most {MAX_LEVELS} levels");
    levels
        .checked_sub(1)
        .ok_or_else(|| SerializeError::Value(message()))
}

impl<'s, S: EventSink> Events<'s, S> {
    pub(super) fn new(sink: &'s mut S) -> Self {
        Self {
            sink,
            levels: MAX_LEVELS,
        }
    }

    /// An integer beyond 64 bits.
    fn wide(self, value: impl Display) -> Done {
        Ok(parse_number(&value.to_string()).give(self.sink)?)
    }

    fn open(self, is_array: bool) -> Result<Open<'s, S>, SerializeError> {
        match is_array {
            true => self.sink.begin_array()?,
            false => self.sink.begin_object()?,
        }
        Ok(Open {
            levels: inside(self.levels)?,
            sink: self.sink,
            is_array,
            is_variant: false,
            is_number: false,
        })
    }

    /// The same in an object whose one key is the variant.
    fn open_variant(self, variant: &str, is_array: bool) -> Result<Open<'s, S>, SerializeError> {
        self.sink.begin_object()?;
        self.sink.key(variant)?;
        Ok(Open {
            is_variant: true,
            ..self.open(is_array)?
        })
    }
}

/// What is open, and what closes it.
pub(super) struct Open<'s, S> {
    sink: &'s mut S,
    /// Levels that may be opened in it.
    levels: usize,
    is_array: bool,
    /// Whether the object of a variant is around it.
    is_variant: bool,
    /// Whether it is a number of `serde_json`, given as a struct of its text.
    is_number: bool,
}

impl<S: EventSink> Open<'_, S> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(Events {
            sink: &mut *self.sink,
            levels: self.levels,
        })
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
        Ok(self.sink.boolean(v)?)
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
        Ok(self.sink.integer(v)?)
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
            Err(_) => Ok(self.sink.decimal(v.into())?),
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
            Ok(self.sink.float(v)?)
        } else {
            Err(ser::Error::custom(format!(
                "expected a finite number, found {v}"
            )))
        }
    }
    fn serialize_char(self, v: char) -> Done {
        Ok(self.sink.string(v.encode_utf8(&mut [0; 4]))?)
    }
    fn serialize_str(self, v: &str) -> Done {
        Ok(self.sink.string(v)?)
    }
    fn serialize_bytes(self, v: &[u8]) -> Done {
        self.collect_seq(v)
    }
    fn serialize_none(self) -> Done {
        Ok(self.sink.null()?)
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
        self.sink.begin_object()?;
        self.sink.key(variant)?;
        value.serialize(Events {
            sink: &mut *self.sink,
            levels: inside(self.levels)?,
        })?;
        Ok(self.sink.end_object()?)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'s, S>, SerializeError> {
        self.open(true)
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
        self.open_variant(variant, true)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Open<'s, S>, SerializeError> {
        self.open(false)
    }
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Open<'s, S>, SerializeError> {
        match name == SERDE_JSON_NUMBER {
            true => Ok(Open {
                levels: inside(self.levels)?,
                sink: self.sink,
                is_array: false,
                is_variant: false,
                is_number: true,
            }),
            false => self.open(false),
        }
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'s, S>, SerializeError> {
        self.open_variant(variant, false)
    }
}

macro_rules! elements {
    ($($trait:ident: $method:ident),*) => {
        $(impl<S: EventSink> ser::$trait for Open<'_, S> {
            type Ok = ();
            type Error = SerializeError;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
                self.element(value)
            }
            fn end(self) -> Done {
                self.close()
            }
        })*
    };
}

elements! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
}

impl<S: EventSink> ser::SerializeMap for Open<'_, S> {
    type Ok = ();
    type Error = SerializeError;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        key.serialize(Events {
            sink: &mut Key(self.sink),
            levels: self.levels,
        })
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
            return value.serialize(Events {
                sink: &mut NumberText(self.sink),
                levels: self.levels,
            });
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
