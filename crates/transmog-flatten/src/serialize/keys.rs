//! Keys of maps, and numbers that `serde_json` gives as text: sinks that take one scalar.

use transmog_events::{EventSink, Rejection, parse_number};

/// Takes one scalar as a key.
pub(super) struct Key<'s>(pub(super) &'s mut dyn EventSink);

/// Takes one string as the text of a number.
pub(super) struct NumberText<'s>(pub(super) &'s mut dyn EventSink);

#[cold]
fn bad_key() -> Result<(), Rejection> {
    Err(Rejection::invalid(
        None,
        "expected a map key that is a string, a number or a boolean",
    ))
}

macro_rules! refuse {
    ($($event:ident($($type:ty),*))*) => {
        $(fn $event(&mut self $(, _: $type)*) -> Result<(), Rejection> {
            bad_key()
        })*
    };
}

impl EventSink for Key<'_> {
    refuse! {
        begin_object() key(&str) end_object() begin_array() end_array() null() float(f64)
        long_float(f64, &str)
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
    fn exact_number(&mut self, text: &str) -> Result<(), Rejection> {
        self.0.key(text)
    }
    fn string(&mut self, value: &str) -> Result<(), Rejection> {
        self.0.key(value)
    }
}

impl EventSink for NumberText<'_> {
    refuse! {
        begin_object() key(&str) end_object() begin_array() end_array() null() boolean(bool)
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
