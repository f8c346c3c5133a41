//! Parse events: what readers of records say, and sinks of records hear.
//!
//! A front end, of JSON text or of anything else that nests, gives each record to a
//! [`RecordSink`] as events of an [`EventSink`]. This crate has the two traits and the types in
//! them: numbers with all their digits ([`Number`]), places of values ([`JsonPath`], [`Location`]),
//! and why a record is not accepted ([`Rejection`]). It does not know Arrow, and it does no I/O.
//!
//! # Example
//! ```
//! use transmog_events::{EventSink, JsonText, Rejection, parse_number};
//!
//! fn price(sink: &mut impl EventSink) -> Result<(), Rejection> {
//!     sink.begin_object()?;
//!     sink.key("price")?;
//!     parse_number("1.25").give(sink)?;
//!     sink.end_object()
//! }
//!
//! let mut text = JsonText::default();
//! price(&mut text)?;
//! assert_eq!(text.as_str(), r#"{"price":1.25}"#);
//! # Ok::<(), Rejection>(())
//! ```

mod brief;
mod decimal;
mod event;
mod json_text;
mod location;
mod names;
mod number;
mod path;
mod path_pattern;
mod record;
mod unseen;

pub use brief::brief;
pub use decimal::{DECIMAL_DIGITS, Decimal, digits_of, gives_back, significant_digits};
pub use event::{EventSink, Ignored, Rejection, RejectionKind};
pub use json_text::{JsonText, write_json_string};
pub use location::Location;
pub use names::{Named, UnknownName};
pub use number::{Number, parse_number, write_float, write_integer};
pub use path::{JsonPath, PathError, Step};
pub use path_pattern::{PathPattern, PatternError, PatternStep};
pub use record::{Outside, RecordError, RecordErrorKind, RecordSink, RecordStart, Remark};
pub use unseen::{is_unseen, json_spelled, spelled};
