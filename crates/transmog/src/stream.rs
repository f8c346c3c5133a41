//! `flatten` and `flatten_stream`, and the same for values.

use crate::{input::Input, output::Output, paths::check_output, result::FlattenResult};
use std::{
    path::{Path, PathBuf},
    time::Instant,
};
use transmog_engine::{Directory, Feed, Memory, Result, Run, Summary, TransmogConfig, Values};

/// Flattens the input into tables in memory.
///
/// # Errors
/// When options conflict, the input cannot be read, or a record is bad under
/// [`OnError::Fail`](crate::OnError::Fail).
///
/// # Examples
/// ```
/// use transmog::{TransmogConfig, flatten};
/// let result = flatten(r#"[{"a":{"b":1}},{"a":{"b":2}}]"#, &TransmogConfig::default())?;
/// assert_eq!(result.main().rows().filter_map(|row| row.text("a_b")).collect::<Vec<_>>(), ["1", "2"]);
/// # Ok::<(), transmog::Error>(())
/// ```
pub fn flatten(input: impl Into<Input>, config: &TransmogConfig) -> Result<FlattenResult> {
    let started = Instant::now();
    let (feed, _) = input.into().open(config);
    to_memory(feed?, started, config)
}

/// Flattens values of a `serde::Serialize` type into tables in memory. The calling thread reads
/// them, and the other threads make tables from them.
///
/// # Errors
/// As [`flatten`]; also when JSON cannot represent a value, such as NaN.
///
/// # Examples
/// ```
/// use transmog::{TransmogConfig, flatten_values};
/// let records = [serde_json::json!({"a": 1}), serde_json::json!({"a": 2.5})];
/// let result = flatten_values(records, &TransmogConfig::default())?;
/// assert_eq!(result.main().len(), 2);
/// # Ok::<(), transmog::Error>(())
/// ```
pub fn flatten_values<T: serde::Serialize>(
    values: impl IntoIterator<Item = T, IntoIter: Send>,
    config: &TransmogConfig,
) -> Result<FlattenResult> {
    let values = Values(values.into_iter());
    to_memory(Feed::records(values), Instant::now(), config)
}

/// Flattens the input to one file for each table in `directory`, in one pass
/// and bounded memory. All files appear when the run succeeds, or none.
///
/// # Errors
/// As [`flatten`]; also when a file cannot be written.
///
/// # Examples
/// ```
/// # #[cfg(feature = "csv")] {
/// use transmog::{Output, OutputFormat, TransmogConfig, flatten_stream};
/// # let directory = tempfile::tempdir().expect("a temporary directory");
/// # let directory = directory.path();
/// let output = Output::of(OutputFormat::Csv)?;
/// let summary = flatten_stream(r#"{"a":1}"#, directory, &output, &TransmogConfig::default())?;
/// assert_eq!(summary.tables[0].file.as_deref(), Some("data.csv"));
/// # }
/// # Ok::<(), transmog::Error>(())
/// ```
pub fn flatten_stream(
    input: impl Into<Input>,
    directory: impl AsRef<Path>,
    output: &Output,
    config: &TransmogConfig,
) -> Result<Summary> {
    let open = || input.into().open(config);
    to_files(open, directory.as_ref(), output, config)
}

/// Flattens values of a `serde::Serialize` type to files, as [`flatten_stream`].
///
/// # Errors
/// As [`flatten_stream`] and [`flatten_values`].
///
/// # Examples
/// ```
/// # #[cfg(feature = "csv")] {
/// use transmog::{Output, OutputFormat, TransmogConfig, flatten_values_stream};
/// # let directory = tempfile::tempdir().expect("a temporary directory");
/// # let directory = directory.path();
/// let output = Output::of(OutputFormat::Csv)?;
/// let records = (1..=3).map(|a| serde_json::json!({"a": a}));
/// let summary = flatten_values_stream(records, directory, &output, &TransmogConfig::default())?;
/// assert_eq!(summary.records.accepted, 3);
/// # }
/// # Ok::<(), transmog::Error>(())
/// ```
pub fn flatten_values_stream<T: serde::Serialize>(
    values: impl IntoIterator<Item = T, IntoIter: Send>,
    directory: impl AsRef<Path>,
    output: &Output,
    config: &TransmogConfig,
) -> Result<Summary> {
    let values = Values(values.into_iter());
    let open = || (Ok(Feed::records(values)), Vec::new());
    to_files(open, directory.as_ref(), output, config)
}

fn to_memory(feed: Feed<'_>, started: Instant, config: &TransmogConfig) -> Result<FlattenResult> {
    let memory = Memory::default();
    let summary = Run::start(feed, memory.clone(), config)?
        .started_at(started)
        .complete()?;
    let all = memory.take();
    Ok(FlattenResult { all, summary })
}

/// `open` gives the feed, and the paths of the files that it reads.
fn to_files<'f>(
    open: impl FnOnce() -> (Result<Feed<'f>>, Vec<PathBuf>),
    directory: &Path,
    output: &Output,
    config: &TransmogConfig,
) -> Result<Summary> {
    check_output(directory)?;
    let started = Instant::now();
    let output = output.resolve(config)?;
    let (feed, inputs) = open();
    let feed = match feed {
        Ok(feed) => feed,
        Err(error) => {
            // What a killed run left behind is completed even if this one has no input.
            if directory.exists() {
                drop(Directory::open(directory, output, config, &inputs));
            }
            return Err(error);
        }
    };
    let mut directory = Directory::open(directory, output, config, &inputs)?;
    drop(inputs);
    Run::start(feed, &mut directory, config)?
        .started_at(started)
        .complete()
}
