//! `transmog schema`.

use crate::{args::SchemaArgs, exit, shape};
use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};
use transmog::{Schema, TransmogConfig, discover};

pub(crate) fn run(args: &SchemaArgs) -> ExitCode {
    let work = |input, config: TransmogConfig| {
        let schema = discover(input, &config)?;
        let text = table(&schema, &config);
        Ok((schema, text))
    };
    shape::run(&args.shape, work, |(schema, text)| match &args.json {
        None => exit::printed("the schema", io::stdout().write_all(text.as_bytes())),
        Some(path) if path == Path::new("-") => {
            exit::printed("the schema", writeln!(io::stdout(), "{}", schema.to_json()))
        }
        Some(path) => {
            let written = fs::write(path, schema.to_json() + "\n");
            exit::printed(&path.display().to_string(), written)
        }
    })
}

/// The tables with their columns, aligned.
fn table(schema: &Schema, config: &TransmogConfig) -> String {
    let mut out = String::new();
    for (table, counted) in schema.table_schemas(config).iter().zip(&schema.tables) {
        // Writing to a string does not fail.
        let _ = writeln!(out, "{}  {}  {} rows", table.name, table.path, counted.rows);
        let widest = table.columns.iter().map(|column| column.name.len()).max();
        let width = widest.unwrap_or_default().min(40);
        for column in &table.columns {
            let column_type = column.column_type.to_string();
            let path = column.path.as_ref().map(ToString::to_string);
            let path = path.unwrap_or_default();
            let line = format!("  {:width$}  {column_type:13}  {path}", column.name);
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    out
}
