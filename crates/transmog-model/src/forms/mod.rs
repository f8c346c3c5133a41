//! Dates, timestamps and UUIDs in text, read and given back.

mod calendar;
mod timestamp;
mod uuid;

pub use calendar::civil_date;
pub use timestamp::{
    Fraction, Separator, TimestampForm, TimestampType, TimestampUnit, Zone, time_of, write_instant,
    write_instant_of,
};
pub use uuid::{LetterCase, write_uuid};

/// The day of a text from 1970-01-01 on; `None` if it is no date.
pub(crate) fn parse_date(text: &str) -> Option<i32> {
    calendar::parse_date(text.as_bytes())
}

pub(crate) use calendar::write_date;

/// The bytes of a UUID, and the case of its letters if it has any; `None` if the text is none.
pub(crate) fn parse_uuid(text: &str) -> Option<([u8; 16], Option<LetterCase>)> {
    uuid::parse_uuid(text.as_bytes())
}
