//! The vocabulary of transmog: paths, column types and how they join, table
//! schemas, Arrow columns, the loss ledger, and the traits at the boundaries
//! between reader, flatten core and writers.
//!
//! This crate does no I/O and no parsing. Everything else depends on it and it
//! depends on nothing of the workspace.
//!
//! # Example
//!
//! A column's type follows from the set of value kinds seen in it:
//!
//! ```
//! use transmog_model::{ColumnType, Kind, Observed, ScalarType};
//!
//! let mut seen = Observed::default();
//! seen.add(Kind::Integer);
//! assert_eq!(seen.column_type(), ColumnType::Scalar(ScalarType::Int64));
//! seen.add(Kind::Float);
//! assert_eq!(seen.column_type(), ColumnType::Scalar(ScalarType::Float64));
//! seen.add(Kind::String);
//! assert_eq!(seen.column_type(), ColumnType::Scalar(ScalarType::Text));
//! ```

mod batch;
mod convert;
mod decimal;
mod error;
mod event;
mod format;
mod json_text;
mod kind;
mod ledger;
mod merge;
mod name;
mod number;
mod path;
mod schema;
mod unseen;

pub use batch::{divide, divide_by, rows_size, values_size};
pub use convert::{
    ListStrings, convert, decimals, quote_elements, strings, text_array, text_at, unquote_elements,
    widen, write_list_at,
};
pub use decimal::{DECIMAL_DIGITS, Decimal, gives_back, significant_digits};
pub use error::{Error, ErrorKind, Location, Result};
pub use event::{EventSink, Rejection, RejectionKind};
pub use format::{ByteSink, Segment, Segments, TableBatch, TableFormat, TableSink, TableWriter};
pub use json_text::{JsonText, write_json_string};
pub use kind::{ColumnType, Kind, KindSet, Observed, ScalarType};
pub use ledger::{Ledger, LedgerEntry, LossKind, Place};
pub use merge::merge_rows;
pub use name::{NameScope, Names, brief, legal_names, safe_file_stem};
pub use number::{Number, parse_number, write_float, write_integer};
pub use path::{Path, PathError, Step};
pub use schema::{Column, ColumnRole, TableSchema};
pub use unseen::{is_unseen, json_spelled, spelled};
