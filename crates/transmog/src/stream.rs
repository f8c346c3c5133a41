//! The two operations: to memory and to files.

use crate::{
    assemble::{Assembler, Finished},
    config::{DEFAULT_BATCH_SIZE, DEFAULT_STREAM_BATCH_SIZE, TransmogConfig},
    error::{Category, Error, Result},
    input::Input,
    memory::{Collected, Collector, FlattenResult, Table},
    output::{FileSink, Output, Staging, file_names},
    run::{Merge, run_input, run_values},
    summary::{ColumnSummary, Summary, TableSummary},
    worker::CellCheck,
};
use std::{
    path::Path,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};
use transmog_model::{Ledger, LossKind};

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
    let input = input.into();
    to_memory(config, |merge| run_input(input, merge, None))
}

/// Flattens values of a `serde::Serialize` type into tables in memory, on the
/// calling thread.
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
    values: impl IntoIterator<Item = T>,
    config: &TransmogConfig,
) -> Result<FlattenResult> {
    to_memory(config, |merge| run_values(values, merge, None))
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
    to_files(directory.as_ref(), output, config, |merge, check| {
        run_input(input, merge, check)
    })
}

/// Flattens values of a `serde::Serialize` type to files, as [`flatten_stream`].
///
/// # Errors
/// As [`flatten_stream`] and [`flatten_values`].
pub fn flatten_values_stream<T: serde::Serialize>(
    values: impl IntoIterator<Item = T>,
    directory: impl AsRef<Path>,
    output: &Output,
    config: &TransmogConfig,
) -> Result<Summary> {
    to_files(directory.as_ref(), output, config, |merge, check| {
        run_values(values, merge, check)
    })
}

/// Now, in microseconds since the epoch.
fn now_micros() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

fn to_memory(
    config: &TransmogConfig,
    run: impl FnOnce(&mut Merge<'_>) -> Result<()>,
) -> Result<FlattenResult> {
    config.validate()?;
    let started = Instant::now();
    let collected = Collected::default();
    let sinks = {
        let collected = Arc::clone(&collected);
        Box::new(move |at| {
            Box::new(Collector {
                at,
                collected: Arc::clone(&collected),
            }) as _
        })
    };
    let assembler = Assembler::new(config, now_micros(), true, sinks);
    let mut merge = Merge::new(config, assembler, DEFAULT_BATCH_SIZE);
    run(&mut merge)?;
    let Merge {
        assembler, counts, ..
    } = merge;
    let (finished, ledger) = assembler.finish(&|column_type| column_type)?;
    let mut batches = std::mem::take(
        &mut *collected
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner()),
    );
    batches.resize_with(finished.len(), Vec::new);
    let tables = finished
        .iter()
        .map(|table| summarise(table, None))
        .collect();
    let all = finished
        .into_iter()
        .zip(batches)
        .map(|(table, batches)| Table {
            schema: table.schema,
            batches,
        })
        .collect();
    let summary = Summary {
        records: counts,
        tables,
        ledger: ledger.entries(),
        quarantine: None,
        elapsed: started.elapsed(),
    };
    Ok(FlattenResult { all, summary })
}

fn to_files(
    directory: &Path,
    output: &Output,
    config: &TransmogConfig,
    run: impl FnOnce(&mut Merge<'_>, Option<CellCheck>) -> Result<()>,
) -> Result<Summary> {
    config.validate()?;
    let started = Instant::now();
    let staging = Staging::new(directory)?;
    let sinks = Box::new(|at| {
        let sink = FileSink {
            format: Arc::clone(&output.format),
            path: staging.table_file(at),
            open: None,
        };
        Box::new(sink) as _
    });
    let assembler = Assembler::new(config, now_micros(), false, sinks);
    let mut merge = Merge::new(config, assembler, DEFAULT_STREAM_BATCH_SIZE);
    run(&mut merge, output.cell_check())?;
    let Merge {
        assembler,
        counts,
        quarantine,
        ..
    } = merge;
    let (finished, mut ledger) =
        assembler.finish(&|column_type| output.format.stored_type(column_type))?;
    count_guarded_headers(&finished, output, config, &mut ledger)?;
    let names = file_names(
        finished.iter().map(|table| table.schema.name.as_str()),
        output.format.extension(),
    );
    let mut tables = Vec::new();
    let mut files = Vec::new();
    for (at, (table, name)) in finished.iter().zip(names).enumerate() {
        let from = staging.table_file(at);
        let size = std::fs::metadata(&from)
            .map_err(|e| Error::io(format!("cannot read {}", from.display()), e))?
            .len();
        tables.push(summarise(table, Some((&name, size))));
        files.push((from, name));
    }
    let quarantine = if quarantine.is_empty() {
        None
    } else {
        let name = format!(
            "{}.rejected.jsonl",
            transmog_model::safe_file_stem(config.name())
        );
        files.push((staging.write_file("rejected", &quarantine)?, name.clone()));
        Some(name)
    };
    staging.commit(&files, output.if_exists)?;
    Ok(Summary {
        records: counts,
        tables,
        ledger: ledger.entries(),
        quarantine,
        elapsed: started.elapsed(),
    })
}

/// Counts the column names that the format alters.
fn count_guarded_headers(
    finished: &[Finished],
    output: &Output,
    config: &TransmogConfig,
    ledger: &mut Ledger,
) -> Result<()> {
    let Some(check) = output.cell_check() else {
        return Ok(());
    };
    for column in finished.iter().flat_map(|table| &table.schema.columns) {
        if let Some(path) = &column.path
            && check(&column.name)
        {
            if config.strict().contains(&LossKind::CellGuarded) {
                let message =
                    format!("strict: the name of the column at {path} looks like a formula");
                return Err(Error::new(Category::Data, message));
            }
            ledger.add(LossKind::CellGuarded, path, 1, None);
        }
    }
    Ok(())
}

fn summarise(table: &Finished, file: Option<(&String, u64)>) -> TableSummary {
    TableSummary {
        name: table.schema.name.clone(),
        path: table.schema.path.to_string(),
        rows: table.rows,
        bytes: file.map_or(0, |(_, size)| size),
        file: file.map(|(name, _)| name.clone()),
        columns: table
            .schema
            .columns
            .iter()
            .map(|column| ColumnSummary {
                name: column.name.clone(),
                column_type: column.column_type.to_string(),
                path: column.path.as_ref().map(ToString::to_string),
            })
            .collect(),
    }
}
