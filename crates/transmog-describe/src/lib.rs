//! Writes tables down for people and for other programs: diagrams, SQL, a Data Package, a report.
//!
//! What a table is, its [`TableSummary`](transmog_model::TableSummary) says.

mod data_package;
mod mermaid;
mod report_page;
mod sql;

pub use data_package::data_package;
pub use mermaid::mermaid;
pub use report_page::report_page;
pub use sql::{Dialect, Sql, sql};
