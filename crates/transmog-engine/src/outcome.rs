//! The summaries of complete tables.

use crate::{merge::FinishedTable, schema::Schema, statistics::Statistics};
use std::collections::HashMap;
use transmog_events::JsonPath;
use transmog_model::{ColumnSummary, ColumnType, TableSummary};

/// The summaries of tables whose columns held the `observed` kinds, with their statistics if there
/// are any.
pub(crate) fn table_summaries(
    tables: &[FinishedTable],
    observed: &Schema,
    statistics: Option<&Statistics>,
) -> Vec<TableSummary> {
    // The types of the data, not those that the format stores.
    let columns = observed.tables.iter().flat_map(|table| &table.columns);
    let types: HashMap<&JsonPath, ColumnType> = columns
        .map(|column| (&column.path, column.column_type()))
        .collect();
    let names: HashMap<JsonPath, &str> = (tables.iter())
        .map(|table| (table.schema.path.clone(), table.schema.name.as_str()))
        .collect();
    let statistics = |path: &JsonPath, stored: ColumnType, rows: u64| {
        let column_type = types.get(path).copied().unwrap_or(stored);
        statistics.map(|statistics| statistics.of(path, column_type, rows))
    };
    let summaries = tables.iter().map(|table| {
        let schema = &table.schema;
        let columns = schema.columns.iter().zip(&table.stored_names);
        let columns = columns.zip(&table.value_types);
        TableSummary {
            name: schema.name.clone(),
            path: schema.path.to_string(),
            rows: table.rows,
            parent: (schema.path.ancestors())
                .find_map(|path| names.get(&path).map(|name| (*name).to_owned())),
            bytes: None,
            file: None,
            columns: columns
                .map(|((column, name), value_type)| ColumnSummary {
                    name: name.clone(),
                    role: column.role,
                    column_type: column.column_type,
                    value_type: *value_type,
                    path: column.path.as_ref().map(ToString::to_string),
                    statistics: (column.path.as_ref())
                        .filter(|path| path.steps().starts_with(schema.path.steps()))
                        .and_then(|path| statistics(path, column.column_type, table.rows)),
                })
                .collect(),
        }
    });
    summaries.collect()
}
