//! The two operations: to memory and to files.

use crate::{
    checksum::Complete,
    config::{DEFAULT_BATCH_SIZE, TransmogConfig},
    entries::FileId,
    error::{Error, Result},
    input::{Feed, Input},
    manifest::Contents,
    memory::{Collected, Collector, FlattenResult, Table},
    output::{Output, rejected_name},
    quarantine::Quarantine,
    records::Values,
    run::{Run, Setup},
    spill::SpillFile,
    staging::Staging,
    summary::Summary,
    table_file::TableFiles,
    tables::{Rows, SinkFactory},
};
use std::{collections::HashSet, path::Path, sync::Arc, time::Instant};

/// Where the rejected records are until the commit.
const REJECTED: &str = "rejected.part";

/// Flattens the input into tables in memory.
///
/// # Errors
/// When the options contradict each other, the input cannot be read, or a
/// record is not acceptable under [`OnError::Fail`](crate::OnError::Fail).
///
/// # Examples
/// ```
/// use transmog::{TransmogConfig, flatten};
/// let result = flatten(r#"[{"a":{"b":1}},{"a":{"b":2}}]"#, &TransmogConfig::default())?;
/// assert_eq!(result.main().rows().filter_map(|row| row.text("a_b")).collect::<Vec<_>>(), ["1", "2"]);
/// # Ok::<(), transmog::Error>(())
/// ```
pub fn flatten(input: impl Into<Input>, config: &TransmogConfig) -> Result<FlattenResult> {
    to_memory(|| input.into().feed(config), config)
}

/// Flattens values of a `serde::Serialize` type into tables in memory. They are read on the
/// calling thread, and the others make tables of them.
///
/// # Errors
/// As [`flatten`]; also when JSON has no such value, a NaN say.
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
    to_memory(|| Ok(Feed::of_records(values)), config)
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
    let input = input.into();
    to_files(Given::Input(input), directory.as_ref(), output, config)
}

/// Flattens values of a `serde::Serialize` type to files, as [`flatten_stream`].
///
/// # Errors
/// As [`flatten_stream`] and [`flatten_values`].
pub fn flatten_values_stream<T: serde::Serialize>(
    values: impl IntoIterator<Item = T, IntoIter: Send>,
    directory: impl AsRef<Path>,
    output: &Output,
    config: &TransmogConfig,
) -> Result<Summary> {
    let values = Values(values.into_iter());
    let records = Given::Records(Feed::of_records(values));
    to_files(records, directory.as_ref(), output, config)
}

fn to_memory<'r>(
    feed: impl FnOnce() -> Result<Feed<'r>>,
    config: &TransmogConfig,
) -> Result<FlattenResult> {
    config.validate()?;
    let started = Instant::now();
    let collected = Collected::default();
    let sinks: SinkFactory = {
        let collected = Arc::clone(&collected);
        Box::new(move |at| {
            let collected = Arc::clone(&collected);
            Box::new(Collector { at, collected })
        })
    };
    let setup = Setup::in_memory(config, Rows::Kept, DEFAULT_BATCH_SIZE);
    let outcome = Run::start(feed()?, sinks, setup, false).complete()?;
    let mut batches = std::mem::take(
        &mut *collected
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner()),
    );
    batches.resize_with(outcome.tables.len(), Vec::new);
    let summary = Summary::in_memory(&outcome, started.elapsed());
    let all = outcome
        .tables
        .into_iter()
        .zip(batches)
        .map(|(table, batches)| Table {
            schema: table.schema,
            batches,
        })
        .collect();
    Ok(FlattenResult { all, summary })
}

/// What a run to files is given.
enum Given<'f> {
    Input(Input),
    Records(Feed<'f>),
}

impl<'f> Given<'f> {
    /// The files that it reads, as far as they are there by now.
    fn files(&self) -> HashSet<FileId> {
        match self {
            Given::Input(input) => input.files(),
            Given::Records(feed) => feed.files.clone(),
        }
    }

    fn feed(self, config: &TransmogConfig) -> Result<Feed<'f>> {
        match self {
            Given::Input(input) => input.feed(config),
            Given::Records(feed) => Ok(feed),
        }
    }
}

fn to_files(
    given: Given<'_>,
    directory: &Path,
    output: &Output,
    config: &TransmogConfig,
) -> Result<Summary> {
    config.validate()?;
    output.validate(config)?;
    let started = Instant::now();
    let mut staging = Staging::new(directory, config.memory_limit, &|| given.files())?;
    let known = output.known_names(config);
    for name in &known {
        staging.check(name, output.if_exists)?;
    }
    let feed = given.feed(config)?;
    staging.protect(feed.files.clone(), &known)?;
    staging.set_companions(output.companion_names(config))?;
    let mut quarantine = Quarantine::new(Some(staging.path(REJECTED)));
    let tables = TableFiles::new(&output.format, staging.path(""), config.memory_limit);
    let table_file = {
        let tables = tables.clone();
        move |at: usize| Box::new(tables.file(at)) as _
    };
    let spill = || SpillFile::create(&staging.path("spill")).map_err(Error::write);
    let setup = Setup {
        spill: Some(&spill),
        ..Setup::of_output(config, output, Rows::Written, &mut quarantine)
    };
    let outcome = Run::start(feed, Box::new(table_file), setup, false).complete()?;
    let mut summary = Summary {
        records: outcome.counts,
        ledger: outcome.ledger.entries(),
        rejections: outcome.rejections.clone(),
        ..Summary::default()
    };
    summary.notes = (tables.note().into_iter())
        .map(|(at, note, others)| outcome.note(at, &note, others))
        .collect();
    let mut files = tables.complete(outcome.file_names(output.format.extension()));
    let sizes = files
        .iter()
        .map(|file| (file.name.clone(), Some(file.written.bytes)));
    summary.tables = outcome.table_summaries(&sizes.collect::<Vec<_>>());
    if let Some(written) = quarantine.finish()? {
        let name = rejected_name(config);
        summary.quarantine = Some(name.clone());
        files.push(Complete {
            file: REJECTED.to_owned(),
            name,
            written,
        });
    }
    summary.elapsed = started.elapsed();
    for (name, text) in output.companions(config, &summary)? {
        files.push(staging.write(&name, &text)?);
    }
    let manifest = Contents {
        run: staging.run(),
        options: output.parameters(config),
        records: summary.records,
        tables: &summary.tables,
        ledger: &summary.ledger,
    };
    let manifest = manifest.to_json(&files);
    output.before_commit(&summary)?;
    let changes = staging.commit(files, Some(manifest), output.if_exists)?;
    changes.report(&mut summary);
    summary.elapsed = started.elapsed();
    Ok(summary)
}
