//! What happens to records that cannot be taken, and how many there may be.

use std::str::FromStr;

/// What happens to a record that does not fit the given schema.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use transmog_engine::{Feed, Nothing, OnDrift, Run, TransmogConfig, Values};
/// let feed = |json| Feed::records(Values([json].into_iter()));
/// let config = TransmogConfig::default();
/// let mut run = Run::start(feed(serde_json::json!({"a": 1})), Nothing, &config)?;
/// while run.step()? {}
/// let (_, schema) = run.finish_with_schema()?;
/// let config = config.with_schema(Some(Arc::new(schema))).with_on_drift(OnDrift::Error);
/// let run = Run::start(feed(serde_json::json!({"b": 1})), Nothing, &config)?;
/// let error = run.complete().expect_err("there is no column for it");
/// assert!(error.to_string().contains("the schema has no column"));
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnDrift {
    /// The schema grows.
    #[default]
    Evolve,
    /// The run ends with an error.
    Error,
    /// The record is left out, and its bytes go to `NAME.rejected.jsonl`.
    Quarantine,
    /// The value is left out, and the ledger counts it (`not_in_schema`).
    Ignore,
}

transmog_events::names! {
    OnDrift, "drift policy" {
        Evolve = "evolve",
        Error = "error",
        Quarantine = "quarantine",
        Ignore = "ignore",
    }
}

/// What happens to a record that cannot be read or flattened.
///
/// # Examples
/// ```
/// use transmog_engine::{Feed, Nothing, OnError, Run, TransmogConfig};
/// use transmog_reader::Source;
/// let feed = Feed::text(vec![Source::bytes("a.jsonl", b"{\"a\":1}\n{\"a\" 2}\n".to_vec())]);
/// let config = TransmogConfig::default().with_on_error(OnError::Skip);
/// let summary = Run::start(feed, Nothing, &config)?.complete()?;
/// assert_eq!((summary.records.accepted, summary.records.rejected), (1, 1));
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// The run ends with the error.
    #[default]
    Fail,
    /// The record is left out and counted.
    Skip,
    /// The record is left out, and its bytes go to `NAME.rejected.jsonl`.
    Quarantine,
}

transmog_events::names! {
    OnError, "error policy" {
        Fail = "fail",
        Skip = "skip",
        Quarantine = "quarantine",
    }
}

/// How many records may be rejected.
///
/// # Examples
/// ```
/// use transmog_engine::{MaxErrors, TransmogConfig};
/// assert_eq!("100".parse(), Ok(MaxErrors::Count(100)));
/// assert_eq!("2.5%".parse(), Ok(MaxErrors::Share(0.025)));
/// assert!("many".parse::<MaxErrors>().is_err());
/// let config = TransmogConfig::default().with_max_errors(Some(MaxErrors::Count(100)));
/// assert_eq!(config.max_errors(), Some(MaxErrors::Count(100)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum MaxErrors {
    /// At most this many.
    Count(u64),
    /// At most this share of the records read, 0 to 1; checked at the end.
    Share(f64),
}

impl FromStr for MaxErrors {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected a count or a percentage, found `{text}`");
        match text.strip_suffix('%') {
            Some(percent) => match percent.parse::<f64>() {
                Ok(percent) if (0.0..=100.0).contains(&percent) => {
                    Ok(MaxErrors::Share(percent / 100.0))
                }
                _ => Err(wrong()),
            },
            None => text.parse().map(MaxErrors::Count).map_err(|_| wrong()),
        }
    }
}
