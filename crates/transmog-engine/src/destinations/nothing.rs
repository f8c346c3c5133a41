//! A destination that drops all rows, for runs that need only the schema and the counts.

use crate::{
    destination::{Destination, Rows},
    error::Result,
};
use arrow::array::RecordBatch;
use transmog_model::{TableSchema, TableSink};

/// Drops all rows.
///
/// # Examples
/// ```
/// use transmog_engine::{Feed, Nothing, Run, TransmogConfig, Values};
/// let values = Values([serde_json::json!({"a": [{}, {}]})].into_iter());
/// let summary = Run::start(Feed::records(values), Nothing, &TransmogConfig::default())?.complete()?;
/// assert_eq!(summary.tables[1].rows, 2);
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Destination for Nothing {
    fn rows(&self) -> Rows {
        Rows::Dropped
    }

    fn table(&mut self, _: usize) -> Result<Box<dyn TableSink>> {
        Ok(Box::new(Self))
    }
}

impl TableSink for Nothing {
    fn write(&mut self, _: &TableSchema, _: RecordBatch) -> transmog_model::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: &TableSchema) -> transmog_model::Result<()> {
        Ok(())
    }
}
