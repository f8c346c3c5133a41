//! Every case, with every kind of input.

use std::io::Read;
use transmog::{
    ArrayMode, FlattenResult, IdGeneration, IdType, Input, LedgerEntry, LossKind, MaskKey, Names,
    Numbers, OnMismatch, Rule, Summary, TransmogConfig, flatten,
};
use transmog_testkit::{
    ActualTable, Case, CaseOptions, Cell, Expected, ExpectedTable, IdMode, LedgerLine, TIME_CELL,
    cell_at, compare, compare_ledger, is_of_text, load_cases, oracle,
};

pub(crate) fn config(options: &CaseOptions) -> TransmogConfig {
    use transmog_testkit::{ArrayMode as Mode, Names as CaseNames};
    let mut config = TransmogConfig::default()
        .with_name(&options.name)
        .with_separator(&options.separator)
        .with_names(match options.names {
            CaseNames::Exact => Names::Exact,
            CaseNames::CaseInsensitive => Names::CaseInsensitive,
            CaseNames::Sql => Names::Sql,
        })
        .with_array_mode(match options.array_mode {
            Mode::Smart => ArrayMode::Smart,
            Mode::Separate => ArrayMode::Separate,
            Mode::Inline => ArrayMode::Inline,
            Mode::Skip => ArrayMode::Skip,
        })
        .with_id_generation(match &options.id {
            IdMode::Random => IdGeneration::Random,
            IdMode::Hash => IdGeneration::Hash,
            IdMode::Natural => IdGeneration::Natural,
            IdMode::Sequence => IdGeneration::Sequence,
            IdMode::Fields(fields) => IdGeneration::Fields(fields.clone()),
        })
        .with_seed(options.seed)
        .with_id_type(match options.uuid_ids {
            true => IdType::Uuid,
            false => IdType::Text,
        })
        .with_id_field(&options.id_field)
        .with_key_field(&options.key_field)
        .with_parent_field(&options.parent_field)
        .with_root_field(options.root_field.clone())
        .with_index_field(options.index_field.clone())
        .with_source_field(options.source_field.clone())
        .with_line_field(options.line_field.clone())
        .with_byte_field(options.byte_field.clone())
        .with_time_field(options.time_field.clone())
        .with_include_nulls(options.include_nulls)
        .with_stringify_values(options.stringify)
        .with_numbers(match options.exact_numbers {
            true => Numbers::Exact,
            false => Numbers::Float64,
        })
        .with_detect_types(
            options
                .detect_types
                .iter()
                .map(|name| name.parse().expect("a type to detect"))
                .collect(),
        )
        .with_max_depth(options.max_depth)
        .with_records_path(options.records_path.clone())
        .with_on_error(options.on_error.parse().expect("an error policy"))
        .with_max_errors(
            options
                .max_errors
                .as_ref()
                .map(|m| m.parse().expect("a bound")),
        )
        .with_lenient(
            options
                .lenient
                .iter()
                .map(|kind| kind.parse().expect("a leniency"))
                .collect(),
        )
        .with_encoding(
            options
                .encoding
                .as_ref()
                .map(|label| label.parse().expect("an encoding")),
        )
        .with_strict(
            options
                .strict
                .iter()
                .map(|kind| kind.parse().expect("a kind"))
                .collect(),
        );
    let key = options.mask_key.as_ref();
    config = config
        .with_rules(rules(options))
        .with_mask_key(key.and_then(|key| MaskKey::new(key.as_bytes())));
    if let Some(bytes) = options.max_record_bytes {
        config = config.with_max_record_bytes(bytes as usize);
    }
    config
}

fn rules(options: &CaseOptions) -> Vec<Rule> {
    let on_mismatch = match options.mismatch_is_null {
        true => OnMismatch::Null,
        false => OnMismatch::Reject,
    };
    let rule = |text: &String| {
        let (kind, text) = text.split_once(' ').expect("a kind and a path");
        let rule = Rule::parse(kind, text).expect("a rule");
        rule.on_mismatch(on_mismatch)
    };
    options.rules.iter().map(rule).collect()
}

pub(crate) fn tables(result: &FlattenResult) -> Vec<ActualTable> {
    let table = |table: &transmog::Table| {
        let schema = table.schema();
        let columns = schema.columns.iter().map(|c| {
            (
                c.name.clone(),
                c.column_type.to_string(),
                c.path.as_ref().map(ToString::to_string),
            )
        });
        let arrow_schema = schema.arrow_schema();
        let mut rows = Vec::new();
        for batch in table.batches() {
            for row in 0..batch.num_rows() {
                let cells = schema.columns.iter().enumerate().map(|(at, column)| {
                    if column.role == transmog::ColumnRole::Time {
                        Cell::Text(TIME_CELL.into())
                    } else {
                        cell_at(batch.column(at), row, arrow_schema.field(at))
                    }
                });
                rows.push(cells.collect());
            }
        }
        ActualTable {
            name: table.name().into(),
            path: schema.path.to_string(),
            columns: columns.collect(),
            rows,
        }
    };
    result.all_tables().iter().map(table).collect()
}

/// The ledger without the lines of writers.
pub(crate) fn ledger_lines(summary: &Summary) -> Vec<LedgerLine> {
    let of_writers = [LossKind::CellGuarded, LossKind::StoredAsText];
    let entries = summary.ledger.iter();
    let entries = entries.filter(|entry| !of_writers.contains(&entry.kind));
    let line = |entry: &LedgerEntry| LedgerLine {
        kind: entry.kind.to_string(),
        path: entry.path.clone(),
        count: entry.count,
    };
    entries.map(line).collect()
}

/// One byte at a time.
struct Trickle(std::io::Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(1);
        self.0.read(&mut buffer[..most])
    }
}

fn check(case: &Case, result: transmog::Result<FlattenResult>) -> Result<(), String> {
    match (&case.expected, result) {
        (
            Expected::Tables {
                tables: expected,
                ledger,
                rejected,
                ..
            },
            Ok(result),
        ) => {
            compare(expected, &tables(&result))?;
            if let Some(rejected) = rejected
                && *rejected != result.summary().records.rejected
            {
                return Err(format!("{} rejected", result.summary().records.rejected));
            }
            let Some(ledger) = ledger else { return Ok(()) };
            let lines = ledger_lines(result.summary());
            compare_ledger(ledger, &lines)
        }
        (Expected::Error(expected), Err(error)) => {
            let message = error.to_string();
            let lower = message.to_lowercase();
            if let Some(part) = expected
                .contains
                .iter()
                .find(|p| !lower.contains(&p.to_lowercase()))
            {
                return Err(format!("`{message}` does not say `{part}`"));
            }
            let at = error.location();
            for (what, expected, actual) in [
                ("record", expected.record, at.and_then(|at| at.record)),
                ("line", expected.line, at.and_then(|at| at.line)),
                ("column", expected.column, at.and_then(|at| at.column)),
            ] {
                if expected.is_some() && expected != actual {
                    return Err(format!(
                        "{what}: expected {expected:?}, found {actual:?} in `{message}`"
                    ));
                }
            }
            Ok(())
        }
        (_, Ok(_)) => Err("expected an error".into()),
        (_, Err(error)) => Err(format!("unexpected error: {error}")),
    }
}

type Way = (&'static str, fn(&Case) -> transmog::Result<FlattenResult>);

const WAYS: [Way; 5] = [
    ("bytes", |case| {
        flatten(case.input.clone(), &config(&case.options).with_threads(1))
    }),
    ("one byte at a time", |case| {
        let reader = Trickle(std::io::Cursor::new(case.input.clone()));
        flatten(
            Input::reader(reader),
            &config(&case.options).with_threads(1),
        )
    }),
    ("tiny chunks", |case| {
        flatten(
            case.input.clone(),
            &config(&case.options).with_threads(1).with_chunk_bytes(1),
        )
    }),
    ("four threads", |case| {
        flatten(
            case.input.clone(),
            &config(&case.options).with_threads(4).with_chunk_bytes(16),
        )
    }),
    ("a file", |case| {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory
            .path()
            .join(format!("input.{}", case.options.extension));
        std::fs::write(&path, &case.input).expect("the file is written");
        flatten(path, &config(&case.options))
    }),
];

#[test]
fn every_case_with_every_kind_of_input() {
    let mut failures = Vec::new();
    let cases = load_cases();
    for case in &cases {
        for (way, run) in WAYS {
            let is_dialect = ["json5", "hjson"].contains(&case.options.extension.as_str());
            if is_dialect && way != "a file" {
                continue;
            }
            if let Err(difference) = check(case, run(case)) {
                failures.push(format!("{} by {way}: {difference}", case.name));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n\n")
    );
}

/// Values have no lines and bytes.
fn forget_places(main: &mut ExpectedTable, options: &CaseOptions) {
    for (at, column) in main.columns.iter().enumerate() {
        let is_place = |name: &Option<String>| name.as_deref() == Some(&column.name);
        if column.path.is_none() && (is_place(&options.line_field) || is_place(&options.byte_field))
        {
            main.rows.iter_mut().for_each(|row| row[at] = Cell::Null);
        }
    }
}

#[test]
fn every_case_as_values() {
    let mut failures = Vec::new();
    for mut case in load_cases() {
        let Expected::Tables {
            tables,
            ledger,
            rejected,
            ..
        } = &mut case.expected
        else {
            continue;
        };
        forget_places(&mut tables[0], &case.options);
        // Values have no duplicate keys and no syntax.
        *rejected = None;
        if let Some(ledger) = ledger {
            ledger.retain(|line| !is_of_text(&line.kind));
        }
        let input = case.plain.as_deref().unwrap_or(&case.input);
        let Ok(values) = oracle::read(input, &case.options) else {
            continue;
        };
        let mut config = config(&case.options);
        if case.options.records_path.is_some() {
            // The keys of records are members of the values.
            config = config
                .with_records_path(None::<String>)
                .with_key_field("_key");
        }
        let config = config.with_lenient(Vec::new()).with_encoding(None);
        if let Err(difference) = check(&case, transmog::flatten_values(values, &config)) {
            failures.push(format!("{}: {difference}", case.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
