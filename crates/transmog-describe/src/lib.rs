//! Describes tables for people and other programs: diagrams, SQL, a Data Package, a report page.
//! The input of each is a [`TableSummary`](transmog_model::TableSummary) per table.

mod data_package;
mod mermaid;
mod report_page;
mod sql;

pub use data_package::data_package;
pub use mermaid::mermaid;
pub use report_page::report_page;
pub use sql::{Dialect, Sql, SqlOptions, sql};
