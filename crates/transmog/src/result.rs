//! Tables in memory, with the summary of their run.

use transmog_engine::{Summary, Table};

/// The tables that `flatten` made, in memory.
///
/// # Examples
/// ```
/// use transmog::{TransmogConfig, flatten};
/// let result = flatten(r#"{"a":[{"b":1},{"b":2}]}"#, &TransmogConfig::default())?;
/// assert_eq!((result.entity_name(), result.main().len()), ("data", 1));
/// assert_eq!((result.tables().len(), result.all_tables().len()), (1, 2));
/// assert_eq!(result.table("data_a").map(|table| table.len()), Some(2));
/// assert!(result.summary().ledger.is_empty());
/// # Ok::<(), transmog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FlattenResult {
    pub(crate) all: Vec<Table>,
    pub(crate) summary: Summary,
}

impl FlattenResult {
    /// The main table: one row for each record.
    #[must_use]
    pub fn main(&self) -> &Table {
        &self.all[0]
    }

    /// The child tables in order of their first row.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.all[1..]
    }

    /// The main table and the child tables.
    #[must_use]
    pub fn all_tables(&self) -> &[Table] {
        &self.all
    }

    /// The table with this name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.all.iter().find(|table| table.name() == name)
    }

    /// The main table's name.
    #[must_use]
    pub fn entity_name(&self) -> &str {
        self.main().name()
    }

    /// The summary of the run, including the loss ledger.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}
