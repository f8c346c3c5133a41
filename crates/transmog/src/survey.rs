//! `survey`: the schema and statistics of an input, without writing data.

use crate::input::{FoundInput, Input};
use transmog_engine::{Nothing, Result, Run, Schema, Summary, TransmogConfig};

/// Finds the exact schema of the tables and counts their rows, without writing data. With
/// [`with_statistics`](TransmogConfig::with_statistics) it also computes statistics of the columns.
///
/// A run over the same input with this schema
/// ([`with_schema`](TransmogConfig::with_schema)) knows every column from the start.
/// With [`with_max_records`](TransmogConfig::with_max_records) it reads only the first records.
///
/// # Errors
/// As [`flatten`](crate::flatten).
///
/// # Examples
/// ```
/// use transmog::{TransmogConfig, survey};
/// let config = TransmogConfig::default().with_statistics(true);
/// let (_, summary) = survey(r#"[{"a":1},{"a":7},{"a":7},{}]"#, &config)?;
/// let a = summary.tables[0].columns[1].statistics.as_ref().expect("of data columns");
/// assert_eq!((a.nulls, a.distinct, a.max.as_deref()), (1, 2, Some("7")));
/// assert_eq!(a.common, [("7".to_owned(), 2)]);
/// # Ok::<(), transmog::Error>(())
/// ```
pub fn survey(input: impl Into<Input>, config: &TransmogConfig) -> Result<(Schema, Summary)> {
    survey_of(input.into().found(config), config)
}

pub(crate) fn survey_of(input: FoundInput, config: &TransmogConfig) -> Result<(Schema, Summary)> {
    let (feed, _) = input.open();
    let mut run = Run::start(feed?, Nothing, config)?;
    while run.step()? {}
    let (summary, schema) = run.finish_with_schema()?;
    Ok((schema, summary))
}
