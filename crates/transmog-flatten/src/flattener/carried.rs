//! Columns that rules repeat in the tables below their own.

use super::state::Flattener;
use crate::{
    shape::NONE,
    table::{ChunkColumn, ChunkTable},
};
use arrow::{
    array::{ArrayRef, UInt32Array, new_null_array},
    compute::take,
    datatypes::DataType,
};
use std::collections::HashMap;
use transmog_events::{JsonPath, Rejection};
use transmog_model::Observed;

/// The rows to which columns are carried.
pub(super) struct CarriedRows {
    columns: Vec<CarriedColumn>,
}

/// A column for one table.
struct CarriedColumn {
    /// The path of its values.
    path: JsonPath,
    /// The paths of the tables that has them, and that gets them.
    from: JsonPath,
    to: JsonPath,
    /// For each row of the second the row of the first.
    rows: Vec<u32>,
}

impl Flattener {
    /// For each table with rows the rows above it whose values it gets.
    pub(super) fn carried_rows(&self) -> CarriedRows {
        let mut columns = Vec::new();
        for path in self.carried.iter() {
            let from = path.row();
            for table in &self.table_order {
                if let Some(rows) = self.rows_above(*table, &from) {
                    columns.push(CarriedColumn {
                        path: path.clone(),
                        from: from.clone(),
                        to: self.infos[self.tables[*table].element].path.clone(),
                        rows,
                    });
                }
            }
        }
        CarriedRows { columns }
    }

    /// For each row of a table the row above it in the table at `from`; `None` if that is not above
    /// it.
    fn rows_above(&self, table: usize, from: &JsonPath) -> Option<Vec<u32>> {
        let way = self.way_up(table, from)?;
        let rows = 0..self.tables[table].rows as u32;
        Some(rows.map(|row| row_above(&way, row)).collect())
    }

    /// The parent rows of the tables from this one up to the one below that at `from`, which is above
    /// it.
    fn way_up(&self, mut table: usize, from: &JsonPath) -> Option<Vec<&[u32]>> {
        let mut way = Vec::new();
        loop {
            way.push(&self.tables[table].parent_rows[..]);
            // The main table has no rows above it.
            table = self.tables[table].parent?;
            if self.infos[self.tables[table].element].path == *from {
                return Some(way);
            }
        }
    }

    /// Refuses the record if its carried values take too much memory, and counts what they take.
    #[cold]
    pub(super) fn count_carried(&mut self) {
        let main_row = self.main_records.len().saturating_sub(1);
        let mut bytes = 0usize;
        for (at, path) in self.carried.iter().enumerate() {
            let from = path.row();
            let node = match self.carried_nodes.get(at) {
                Some(node) if *node != NONE => &self.nodes[*node as usize],
                _ => continue,
            };
            let Some(column) = self.columns.get(node.column as usize) else {
                continue;
            };
            for table in &self.table_order {
                let builder = &self.tables[*table];
                let first = (builder.main_rows).partition_point(|row| (*row as usize) < main_row);
                let Some(way) = self.way_up(*table, &from) else {
                    continue;
                };
                for row in first..builder.rows {
                    let row = row_above(&way, row as u32) as usize;
                    bytes =
                        bytes.saturating_add(column.bytes_from(row) - column.bytes_from(row + 1));
                }
            }
        }
        self.growth.carried_bytes = bytes;
        if bytes > self.options.record_memory {
            let message = format!(
                "expected a record whose carried values take at most {} bytes in the tables below \
                 (memory_limit); allow more, or carry less",
                self.options.record_memory
            );
            self.growth.refuse(Rejection::too_large("$", message));
        }
    }
}

/// The row at the end of a way up.
fn row_above(way: &[&[u32]], row: u32) -> u32 {
    way.iter().fold(row, |row, parents| parents[row as usize])
}

impl CarriedRows {
    /// Adds the columns to the tables that get them, before their own.
    pub(super) fn add_to(self, tables: &mut [ChunkTable]) {
        let mut added: HashMap<JsonPath, Vec<ChunkColumn>> = HashMap::new();
        for column in self.columns {
            let source = tables.iter().find(|table| table.path == column.from);
            let source = source.and_then(|table| {
                let columns = table.columns.iter();
                columns
                    .into_iter()
                    .find(|source| source.path == column.path)
            });
            let (seen, cells) = match source {
                Some(source) => (source.seen, gathered(source, &column.rows)),
                None => (Observed::default(), new_null_array(&DataType::Null, 0)),
            };
            added.entry(column.to).or_default().push(ChunkColumn {
                path: column.path,
                seen,
                start: 0,
                cells,
                first: Vec::new(),
                is_carried: true,
            });
        }
        for table in tables {
            if let Some(columns) = added.remove(&table.path) {
                table.columns.splice(0..0, columns);
            }
        }
    }
}

/// The cells of these rows.
fn gathered(source: &ChunkColumn, rows: &[u32]) -> ArrayRef {
    let cell = |row: &u32| {
        let cell = row.checked_sub(source.start as u32)?;
        ((cell as usize) < source.cells.len()).then_some(cell)
    };
    let cells: UInt32Array = rows.iter().map(cell).collect();
    take(&source.cells, &cells, None).expect("the rows are those of the table")
}

#[cfg(test)]
mod tests {
    use crate::{Flattener, Options, Rule, Rules, serialize_events};
    use transmog_events::{RecordSink, RecordStart};
    use transmog_model::text_array;

    /// The carried cells of each table, where it is carried.
    fn carried(rules: &[(&str, &str)]) -> Vec<(String, Vec<Option<String>>)> {
        let rules = rules.iter().map(|(name, text)| Rule::parse(name, text));
        let rules: Result<Vec<_>, _> = rules.collect();
        let options = Options {
            rules: rules.and_then(Rules::new).expect("rules").into(),
            ..Options::default()
        };
        let mut flattener = Flattener::new(options);
        let record = serde_json::json!({
            "id": 7, "other": [{"y": 1}],
            "a": [{"b": [{"c": 2}, {"c": [{"d": 3}]}], "k": 1}, {"b": [{"c": 4}], "k": null}],
            "m": {"x": {"k": 5, "b": [{"c": 6}]}, "y": {"b": [{"c": 7}]}},
        });
        flattener.begin_record(RecordStart { byte: 0, index: 0 });
        serialize_events(&record, &mut flattener).expect("the record is taken");
        flattener.end_record().expect("the record is kept");
        let tables = flattener.finish().tables.into_iter();
        let tables = tables.filter_map(|table| {
            let column = table.columns.iter().find(|column| column.is_carried)?;
            let texts = text_array(&column.cells);
            let cells = texts.iter().map(|cell| cell.map(str::to_owned)).collect();
            Some((table.path.to_string(), cells))
        });
        tables.collect()
    }

    #[test]
    fn a_value_of_a_row_goes_to_the_tables_below_it_and_to_no_other() {
        let cell = |text: &str| Some(text.to_owned());
        assert_eq!(
            carried(&[("carry", "$.a[*].k")]),
            [
                ("$.a[*].b[*]".to_owned(), vec![cell("1"), cell("1"), None]),
                ("$.a[*].b[*].c[*]".to_owned(), vec![cell("1")]),
            ]
        );
        assert_eq!(
            carried(&[("map", "$.m"), ("carry", "$.m.*.k")]),
            [("$.m.*.b[*]".to_owned(), vec![cell("5"), None])]
        );
    }
}
