//! The vocabulary of tables: column types and how they join, table schemas, Arrow columns, the
//! loss ledger, and the traits at the boundary to the writers.
//!
//! This crate does no I/O and no parsing. It depends on the parse events alone.
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
mod column_type;
mod convert;
mod error;
mod executor;
mod format;
mod forms;
mod kind;
mod ledger;
mod merge;
mod name;
mod observed;
mod read_at;
mod schema;
mod segment;
mod stored;
mod summary;
mod text_form;

pub use batch::{divide, divide_by, rows_size, values_size};
pub use column_type::{ColumnType, ScalarType};
pub use convert::{
    convert, decimals, quote_elements, strings, text_array, text_at, text_of, widen, write_list_at,
};
pub use error::{Error, ErrorKind, Result, at_least_one};
pub use executor::{Executor, Task, map_on};
pub use format::{AlteredCells, ByteSink, StoredRows, TableFormat, TableSink, TableWriter};
pub use forms::{
    Fraction, LetterCase, Separator, TimestampForm, TimestampType, TimestampUnit, Zone, civil_date,
    time_of, write_instant, write_instant_of, write_uuid,
};
pub use kind::{Kind, KindSet};
pub use ledger::{Ledger, LedgerEntry, LossKind, Place};
pub use name::{NameScope, Names, legal_names, safe_file_stem};
pub use observed::Observed;
pub use read_at::{ReadAt, ReadAtCursor};
pub use schema::{Column, ColumnRole, TableSchema};
pub use segment::{Segment, Segments};
pub use stored::stored_rows;
pub use summary::{ColumnStatistics, ColumnSummary, Histogram, TableSummary};
pub use text_form::{DetectType, TextForm};
