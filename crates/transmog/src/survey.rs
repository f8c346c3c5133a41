//! What an input holds, found without writing data.

use crate::{
    config::{DEFAULT_STREAM_BATCH_SIZE, TransmogConfig},
    error::Result,
    input::Input,
    run::{Outcome, Rows, Run, Setup},
    schema::Schema,
    stream::NoRows,
    summary::Summary,
    tables::SinkFactory,
};
use std::{collections::HashMap, time::Instant};
use transmog_describe::{ColumnSummary, TableSummary};
use transmog_model::{ColumnType, Path};

/// Finds the exact schema of the tables that the input makes, counts their rows, and
/// writes no data. With [`with_statistics`](TransmogConfig::with_statistics) it also finds
/// what the columns hold.
///
/// With [`with_max_records`](TransmogConfig::with_max_records) it looks at the first
/// records only.
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
    config.validate()?;
    let started = Instant::now();
    let setup = Setup::in_memory(config, Rows::Dropped, DEFAULT_STREAM_BATCH_SIZE);
    let sinks: SinkFactory = Box::new(|_| Box::new(NoRows));
    let outcome = Run::start(input.into().feed(config)?, sinks, setup, false).complete()?;
    let summary = Summary::in_memory(&outcome, started.elapsed());
    Ok((outcome.schema, summary))
}

impl Outcome {
    /// The tables, with their files where there are any: name of each, and size once it is written.
    pub(crate) fn table_summaries(&self, files: &[(String, Option<u64>)]) -> Vec<TableSummary> {
        // Types of the data, whatever a format makes of them.
        let columns = self.schema.tables.iter().flat_map(|table| &table.columns);
        let types: HashMap<&Path, ColumnType> = columns
            .map(|column| (&column.path, column.column_type()))
            .collect();
        let names: HashMap<Path, &str> = (self.tables.iter())
            .map(|table| (table.schema.path.clone(), table.schema.name.as_str()))
            .collect();
        let statistics = |path: &Path, stored: ColumnType, rows: u64| {
            let column_type = types.get(path).copied().unwrap_or(stored);
            let statistics = self.statistics.as_ref();
            statistics.map(|statistics| statistics.of(path, column_type, rows))
        };
        let summaries = self.tables.iter().enumerate().map(|(at, table)| {
            let schema = &table.schema;
            let columns = schema.columns.iter().zip(&table.stored_names);
            TableSummary {
                name: schema.name.clone(),
                path: schema.path.to_string(),
                rows: table.rows,
                parent: (schema.path.ancestors())
                    .find_map(|path| names.get(&path).map(|name| (*name).to_owned())),
                bytes: files.get(at).and_then(|(_, size)| *size),
                file: files.get(at).map(|(name, _)| name.clone()),
                columns: columns
                    .map(|(column, name)| ColumnSummary {
                        name: name.clone(),
                        role: column.role,
                        column_type: column.column_type,
                        path: column.path.as_ref().map(ToString::to_string),
                        statistics: (column.path.as_ref())
                            .and_then(|path| statistics(path, column.column_type, table.rows)),
                    })
                    .collect(),
            }
        });
        summaries.collect()
    }
}
