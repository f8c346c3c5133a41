//! What a run made, and what is said of it.

use crate::{
    assemble::Finished,
    output::file_names,
    schema::Schema,
    summary::{RecordCounts, Summary},
};
use std::{collections::HashMap, time::Duration};
use transmog_describe::{ColumnSummary, Statistics, TableSummary};
use transmog_events::{Location, Path, brief};
use transmog_model::{ColumnType, Ledger};

/// What a run made.
pub(crate) struct Outcome {
    pub(crate) counts: RecordCounts,
    pub(crate) tables: Vec<Finished>,
    pub(crate) ledger: Ledger,
    pub(crate) schema: Schema,
    /// The first rejected records, and what is wrong with each.
    pub(crate) rejections: Vec<(Location, String)>,
    /// What the columns hold, when that is asked for.
    pub(crate) statistics: Option<Statistics>,
}

impl Outcome {
    /// What is to be said of a table's file, and of those of so many others.
    pub(crate) fn note(&self, at: usize, note: &str, others: usize) -> String {
        let name = brief(&self.tables[at].schema.name);
        match others {
            0 => format!("table `{name}`: {note}"),
            1 => format!("table `{name}` and one more: {note}"),
            others => format!("table `{name}` and {others} more: {note}"),
        }
    }

    /// The files of the tables.
    pub(crate) fn file_names(&self, extension: &str) -> Vec<String> {
        let names = self.tables.iter().map(|t| t.schema.name.as_str());
        file_names(names, extension)
    }

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

impl Summary {
    /// Of a run that wrote no files.
    pub(crate) fn in_memory(outcome: &Outcome, elapsed: Duration) -> Self {
        Self {
            records: outcome.counts,
            tables: outcome.table_summaries(&[]),
            ledger: outcome.ledger.entries(),
            rejections: outcome.rejections.clone(),
            elapsed,
            ..Self::default()
        }
    }
}
