//! Record batches as they come.

use crate::{
    destination::{Destination, Rows},
    error::Result,
};
use arrow::array::RecordBatch;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};
use transmog_model::{TableSchema, TableSink};

/// Keeps batches, with the name of their table, until they are taken. Clones share one channel.
/// A batch has the columns and types that are known when it is made.
///
/// # Examples
/// ```
/// use transmog_engine::{Channel, Feed, Run, TransmogConfig, Values};
/// let values = Values([serde_json::json!({"a": 1, "b": [{"c": 2}]})].into_iter());
/// let channel = Channel::default();
/// let mut run = Run::start(Feed::records(values), channel.clone(), &TransmogConfig::default())?;
/// while run.step()? {
///     // Batches may be taken here, as they come.
/// }
/// let summary = run.finish()?;
/// let tables: Vec<_> = std::iter::from_fn(|| channel.take()).map(|(table, _)| table).collect();
/// assert_eq!(tables, ["data", "data_b"]);
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Channel(Arc<Mutex<VecDeque<(String, RecordBatch)>>>);

impl Channel {
    /// Takes the oldest batch.
    #[must_use]
    pub fn take(&self) -> Option<(String, RecordBatch)> {
        let mut batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        batches.pop_front()
    }
}

impl Destination for Channel {
    fn rows(&self) -> Rows {
        Rows::Yielded
    }

    fn table(&mut self, _: usize) -> Result<Box<dyn TableSink>> {
        Ok(Box::new(self.clone()))
    }
}

impl TableSink for Channel {
    fn write(&mut self, schema: &TableSchema, rows: RecordBatch) -> transmog_model::Result<()> {
        let mut batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        batches.push_back((schema.name.clone(), rows));
        Ok(())
    }

    fn finish(&mut self, _: &TableSchema) -> transmog_model::Result<()> {
        Ok(())
    }
}
