//! What describes tables beside their rows: statistics, diagrams, SQL, a report.
//!
//! [`Statistics`] sees the cells of columns as they come and merges over threads.
//! [`TableSummary`] says what a table is; the rest of the crate writes tables
//! down for people and for other programs.

mod data_package;
mod mermaid;
mod report;
mod sketch;
mod sql;
mod statistics;
mod table;

pub use data_package::data_package;
pub use mermaid::mermaid;
pub use report::report_page;
pub use sql::{Dialect, Sql, sql};
pub use statistics::Statistics;
pub use table::{ColumnStatistics, ColumnSummary, Histogram, TableSummary};
