//! `flatten_batches`: record batches as they come.

use crate::input::Input;
use arrow::array::RecordBatch;
use transmog_engine::{Channel, Result, Run, Summary, TransmogConfig};

/// Flattens the input to record batches, one after another in bounded memory, each with the name of
/// its table. A batch has the columns and types known when it is made. A later batch of the same
/// table may have more columns and wider types. To get one schema for all batches, find it with
/// [`survey`](crate::survey) and pass it to [`with_schema`](TransmogConfig::with_schema).
///
/// # Errors
/// When options conflict or an input does not exist. Any other error is the last item.
///
/// # Examples
/// ```
/// use transmog::{TransmogConfig, flatten_batches};
/// let mut batches = flatten_batches(r#"{"a":1,"b":[{"c":2},{"c":3}]}"#, &TransmogConfig::default())?;
/// let mut rows = Vec::new();
/// for batch in &mut batches {
///     let (table, batch) = batch?;
///     rows.push((table, batch.num_rows()));
/// }
/// assert_eq!(rows, [("data".to_owned(), 1), ("data_b".to_owned(), 2)]);
/// assert_eq!(batches.summary().map(|summary| summary.records.read), Some(1));
/// # Ok::<(), transmog::Error>(())
/// ```
pub fn flatten_batches(input: impl Into<Input>, config: &TransmogConfig) -> Result<Batches> {
    let channel = Channel::default();
    let (feed, _) = input.into().open(config);
    Ok(Batches {
        run: Some(Run::start(feed?, channel.clone(), config)?),
        channel,
        summary: None,
    })
}

/// Record batches of a run in progress, made by [`flatten_batches`].
pub struct Batches {
    run: Option<Run<'static>>,
    channel: Channel,
    summary: Option<Summary>,
}

impl Batches {
    /// The summary of the run; none before its end.
    #[must_use]
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }
}

impl Iterator for Batches {
    type Item = Result<(String, RecordBatch)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = self.channel.take() {
                return Some(Ok(batch));
            }
            let mut run = self.run.take()?;
            match run.step() {
                Ok(true) => self.run = Some(run),
                Ok(false) => match run.finish() {
                    Ok(summary) => self.summary = Some(summary),
                    Err(error) => return Some(Err(error)),
                },
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
