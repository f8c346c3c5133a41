//! `transmog schema`.

use crate::{
    args::SchemaArgs,
    exit, file, report,
    shape::{self, Surveyed},
};
use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
    sync::Arc,
};
use transmog::{
    ColumnRole, ColumnSummary, FoundMap, IdGeneration, Schema, TableSummary, TransmogConfig,
    json_spelled, mermaid, spelled,
};

/// The most characters of a name, a path or a value in the table.
const WIDEST: usize = 40;

pub(crate) fn run(args: &SchemaArgs) -> ExitCode {
    let written = args.json.as_deref().or(args.toml.as_deref());
    if let Some(refused) = written.and_then(|path| file::refuse(path, &shape::input(&args.shape))) {
        return refused;
    }
    let work = |input, config: TransmogConfig| {
        // Only the table shows statistics.
        let shows_statistics = args.json.is_none() && args.toml.is_none() && !args.mermaid;
        let config = config.with_max_records(args.sample);
        shape::survey_with_maps(
            &args.shape,
            input,
            &config.with_statistics(shows_statistics),
        )
    };
    shape::run(&args.shape, work, |surveyed| say(args, &surveyed))
}

fn say(args: &SchemaArgs, surveyed: &Surveyed) -> ExitCode {
    let summary = &surveyed.summary;
    let tables = &summary.tables;
    let cut_off = args.sample.filter(|most| summary.records.read == *most);
    if let Some(records) = cut_off.filter(|_| !args.shape.quiet) {
        let _ = writeln!(
            io::stderr(),
            "only the first {records} records were read; later ones may have more columns and \
             wider types"
        );
    }
    if let Some(left_out) = report::left_out(summary).filter(|_| !args.shape.quiet) {
        exit::say(left_out);
    }
    match (&args.json, &args.toml) {
        (Some(path), _) => {
            let json = named(args, surveyed).to_json() + "\n";
            file::write(path, &json_spelled(&json))
        }
        (None, Some(path)) => file::write(path, &toml(args, surveyed)),
        (None, None) if args.mermaid => file::write(Path::new("-"), &mermaid(tables)),
        (None, None) => {
            let mut text = text(tables, &summary.ids) + &maps_text(surveyed);
            if has_forms(tables) {
                text += FORMS;
            }
            file::write(Path::new("-"), &text)
        }
    }
}

/// What stands below tables in which text could have another type.
const FORMS: &str =
    "text (TYPE)  all texts have the form of the type; --detect-types gives the column that type\n";

fn has_forms(tables: &[TableSummary]) -> bool {
    let mut columns = tables.iter().flat_map(|table| &table.columns);
    columns.any(|column| {
        let seen = column.statistics.as_ref();
        seen.is_some_and(|seen| seen.would_be.is_some())
    })
}

/// The schema with the names of its tables and columns.
fn named(args: &SchemaArgs, surveyed: &Surveyed) -> Schema {
    let schema = &surveyed.schema;
    let config = shape::config(&args.shape).with_schema(Some(Arc::new(schema.clone())));
    let path = surveyed
        .records_path
        .as_ref()
        .or(args.shape.records_path.as_ref());
    Schema {
        records_path: path.cloned(),
        ..schema.clone().with_names(&config.naming())
    }
}

/// The schema as TOML, with what to do with it.
fn toml(args: &SchemaArgs, surveyed: &Surveyed) -> String {
    let mut out = String::from(
        "# The shape of the tables. Change names, the order of columns and types, add rules, and run:\n\
         #   transmog flatten INPUT -o DIR --schema THIS_FILE\n",
    );
    for map in &surveyed.maps {
        // Writing to a string does not fail.
        let _ = writeln!(out, "# a map: {}", shown_whole(map));
    }
    out + &named(args, surveyed).to_toml()
}

/// The maps that were found, and the rules that make them.
fn maps_text(surveyed: &Surveyed) -> String {
    let mut out = String::new();
    for map in &surveyed.maps {
        // Writing to a string does not fail.
        let flag = match &surveyed.records_path {
            Some(path) if map.path == "$" => format!("--records-path '{path}'"),
            _ => format!("--map '{}'", map.path),
        };
        let _ = writeln!(out, "map  {}  ({})", shown_whole(map), spelled(&flag));
    }
    out
}

fn shown_whole(map: &FoundMap) -> String {
    spelled(&map.to_string()).into_owned()
}

const HEADS: [&str; 9] = [
    "column", "type", "role", "null", "distinct", "min", "max", "path", "examples",
];

/// The tables with their columns, aligned. `ids` is how their rows get ids.
fn text(tables: &[TableSummary], ids: &IdGeneration) -> String {
    let mut out = String::new();
    for table in tables {
        // Writing to a string does not fail.
        let (name, path) = (spelled(&table.name), spelled(&table.path));
        let _ = writeln!(out, "{name}  {path}  {} rows", table.rows);
        let columns = table.columns.iter();
        let columns = columns.map(|column| line(column, table.rows, ids));
        let heads = [HEADS.map(str::to_owned)];
        let lines: Vec<_> = heads.into_iter().chain(columns).collect();
        let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max();
        let widths: Vec<usize> = (0..HEADS.len()).filter_map(width).collect();
        for line in &lines {
            let mut text = String::from(" ");
            for ((head, cell), width) in HEADS.iter().zip(line).zip(&widths) {
                let _ = match *head {
                    "null" | "distinct" => write!(text, " {cell:>width$} "),
                    _ => write!(text, " {cell:width$} "),
                };
            }
            let _ = writeln!(out, "{}", text.trim_end());
        }
    }
    out
}

fn line(column: &ColumnSummary, rows: u64, ids: &IdGeneration) -> [String; HEADS.len()] {
    let path = shown(column.path.as_deref().unwrap_or_default());
    let (name, mut column_type) = (shown(&column.name), column.column_type.to_string());
    let role = match column.role {
        ColumnRole::Data => String::new(),
        ColumnRole::Id => shown(&format!("id: {ids}")),
        role => role.name().to_owned(),
    };
    let Some(seen) = &column.statistics else {
        let [null, distinct, min, max, examples] = [const { String::new() }; 5];
        return [
            name,
            column_type,
            role,
            null,
            distinct,
            min,
            max,
            path,
            examples,
        ];
    };
    if let Some(would_be) = seen.would_be {
        // Writing to a string does not fail.
        let _ = write!(column_type, " ({would_be})");
    }
    let about = if seen.distinct_is_exact { "" } else { "~" };
    let value = |value: &Option<String>| shown(value.as_deref().unwrap_or_default());
    let examples: Vec<_> = seen.examples.iter().map(|example| shown(example)).collect();
    [
        name,
        column_type,
        role,
        share(seen.nulls, rows),
        format!("{about}{}", seen.distinct),
        value(&seen.min),
        value(&seen.max),
        path,
        examples.join(", "),
    ]
}

/// A part of a whole in percent; 0% and 100% only if it is exactly none or all.
fn share(part: u64, whole: u64) -> String {
    match part as f64 * 100.0 / whole.max(1) as f64 {
        _ if part == 0 => "0%".to_owned(),
        share if share < 0.1 => "<0.1%".to_owned(),
        share if share > 99.9 && part < whole => ">99.9%".to_owned(),
        share => format!("{share:.1}%").replace(".0%", "%"),
    }
}

/// A text on one line, cut if long, with control characters escaped.
fn shown(text: &str) -> String {
    let text = spelled(text);
    let mut shown: String = text.chars().take(WIDEST).collect();
    if text.chars().nth(WIDEST).is_some() {
        shown.pop();
        shown.push('…');
    }
    shown
}
