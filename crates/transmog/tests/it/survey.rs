//! Statistics of columns, compared with the tables in memory.

use crate::{cases::config, properties::text};
use proptest::prelude::*;
use std::collections::BTreeMap;
use transmog::{
    ColumnStatistics, ColumnType, Decimal, DetectType, Dialect, FormatOptions, OnError, Output,
    OutputFormat, Row, ScalarType, SqlOptions, TransmogConfig, flatten, flatten_stream, mermaid,
    survey,
};
use transmog_testkit::generate;

/// The statistics, computed in the simplest way, and how often each value occurs.
fn plain(cells: &[Option<String>], column_type: &str) -> (ColumnStatistics, BTreeMap<String, u64>) {
    let mut counts = BTreeMap::new();
    for cell in cells.iter().flatten() {
        *counts.entry(cell.clone()).or_insert(0) += 1;
    }
    let is_decimal = column_type.starts_with("decimal(");
    let is_number = ["int64", "float64"].contains(&column_type);
    let mut values: Vec<&String> = counts.keys().collect();
    if is_decimal {
        values.sort_by_key(|text| Decimal::parse(text).expect("a decimal"));
    } else if is_number {
        let number = |text: &String| text.parse::<f64>().expect("a number");
        values.sort_by(|a, b| number(a).total_cmp(&number(b)));
    }
    let statistics = ColumnStatistics {
        would_be: None,
        nulls: cells.iter().filter(|cell| cell.is_none()).count() as u64,
        distinct: counts.len() as u64,
        distinct_is_exact: true,
        min: values.first().map(|value| (*value).clone()),
        max: values.last().map(|value| (*value).clone()),
        examples: Vec::new(),
        common: Vec::new(),
        histogram: None,
    };
    (statistics, counts)
}

proptest! {
    /// With any number of threads and chunk size.
    #[test]
    fn statistics_agree_with_the_tables(
        records in generate::records(),
        options in generate::options(),
        threads in 1usize..4,
        chunk_bytes in prop_oneof![Just(1usize), Just(40), Just(4 << 20)],
    ) {
        let config = config(&options);
        let json = text(&records, false);
        let tables = flatten(&*json, &config).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let config = config.with_threads(threads).with_chunk_bytes(chunk_bytes).with_statistics(true);
        let (_, summary) = survey(&*json, &config).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(summary.tables.len(), tables.all_tables().len());
        for (found, table) in summary.tables.iter().zip(tables.all_tables()) {
            prop_assert_eq!((&*found.name, found.rows), (table.name(), table.len() as u64));
            for column in found.columns.iter().filter(|column| column.path.is_some()) {
                let found = column.statistics.as_ref().expect("of data columns");
                let cells = |row: Row<'_>| row.text(&column.name);
                let cells: Vec<_> = table.rows().map(cells).collect();
                let (wanted, counts) = plain(&cells, &column.column_type.to_string());
                prop_assert_eq!(found.nulls, wanted.nulls);
                // Statistics see lists before their elements have one type.
                if column.column_type.to_string().starts_with("list<") {
                    continue;
                }
                prop_assert_eq!((found.distinct, found.distinct_is_exact), (wanted.distinct, true));
                let is_short = |text: &Option<String>| text.as_ref().is_none_or(|t| t.len() < 64);
                let would_be = found.would_be.unwrap_or(column.column_type);
                let are_times = matches!(would_be.scalar(), ScalarType::Timestamp(_));
                if !are_times && is_short(&wanted.min) && is_short(&wanted.max) {
                    prop_assert_eq!((&found.min, &found.max), (&wanted.min, &wanted.max));
                }
                for (value, count) in found.common.iter().filter(|(value, _)| value.len() < 64) {
                    prop_assert_eq!(counts.get(value), Some(count));
                }
                if let Some(histogram) = &found.histogram {
                    let counted: u64 = histogram.counts.iter().sum();
                    prop_assert_eq!(counted, counts.values().sum::<u64>());
                }
            }
        }
    }
}

proptest! {
    /// With any number of threads and chunk size.
    #[test]
    fn a_text_column_would_be_what_detection_makes_it(
        records in generate::formed_records(),
        threads in 1usize..4,
        chunk_bytes in prop_oneof![Just(1usize), Just(40), Just(4 << 20)],
    ) {
        let config = TransmogConfig::default().with_name("data").with_statistics(true);
        let config = config.with_threads(threads).with_chunk_bytes(chunk_bytes);
        let json = text(&records, false);
        let of = |config: &TransmogConfig| {
            let found = survey(&*json, config);
            found.map(|(_, summary)| summary.tables).map_err(|e| TestCaseError::fail(e.to_string()))
        };
        let plain = of(&config)?;
        let detected = of(&config.clone().with_detect_types(DetectType::ALL.to_vec()))?;
        let tables = flatten(&*json, &config).map_err(|e| TestCaseError::fail(e.to_string()))?;
        for ((plain, detected), table) in plain.iter().zip(&detected).zip(tables.all_tables()) {
            for (plain, detected) in plain.columns.iter().zip(&detected.columns) {
                let Some(of_plain) = &plain.statistics else { continue };
                let of_detected = detected.statistics.as_ref().expect("of data columns");
                prop_assert_eq!(of_detected.would_be, None);
                let would_be = of_plain.would_be.unwrap_or(plain.column_type);
                prop_assert_eq!(would_be, detected.column_type);
                let range = (&of_plain.min, &of_plain.max);
                prop_assert_eq!(range, (&of_detected.min, &of_detected.max));
                if let ColumnType::Scalar(ScalarType::Timestamp(_)) = would_be {
                    let texts: Vec<_> = table.rows().filter_map(|row| row.text(&plain.name)).collect();
                    let in_time = |a: &&String, b: &&String| time(a).cmp(&time(b)).then(a.cmp(b));
                    prop_assert_eq!(range.0.as_ref(), texts.iter().min_by(in_time));
                    prop_assert_eq!(range.1.as_ref(), texts.iter().max_by(in_time));
                }
            }
        }
    }
}

/// Sorts timestamps of one zone: the time to the second, and nine digits of the fraction.
fn time(text: &str) -> (&str, String) {
    let (second, rest) = text.split_at(19);
    let fraction = rest.strip_prefix('.').unwrap_or_default();
    let digits: String = fraction.chars().take_while(char::is_ascii_digit).collect();
    (second, format!("{digits:0<9}"))
}

#[test]
fn a_sample_is_the_first_records() {
    for json in [
        "{\"a\":1}\n{\"a\":x}\n{\"a\":3}\n{\"b\":4}\n",
        "[{\"a\":1},{\"a\":x},{\"a\":3},{\"b\":4}]",
    ] {
        for chunk_bytes in [1, 12, 4 << 20] {
            for sample in 1..=6 {
                let config = TransmogConfig::default()
                    .with_on_error(OnError::Skip)
                    .with_chunk_bytes(chunk_bytes)
                    .with_max_records(Some(sample));
                let (schema, summary) = survey(json, &config).expect("a survey");
                let read = summary.records.read;
                let rejected = u64::from(sample > 1);
                assert_eq!(
                    (read, summary.records.rejected),
                    (sample.min(4), rejected),
                    "{json}"
                );
                assert_eq!(summary.rejections.len() as u64, rejected);
                let columns = schema.tables[0].columns.len();
                assert_eq!(columns, if sample < 4 { 1 } else { 2 });
            }
        }
    }
}

#[test]
fn a_diagram_has_every_table_column_and_link() {
    let json = r#"{"a\"b":1,"t":[{"c d":[{"e":1}]}]}"#;
    let (_, summary) = survey(json, &TransmogConfig::default()).expect("a survey");
    let diagram = mermaid(&summary.tables);
    for line in [
        "erDiagram",
        "    \"data_t_c d\" {",
        "        int64 a_b \"$['a'b']\"",
        "        text _parent_id FK",
        "    \"data\" ||--o{ \"data_t\" : has",
        "    \"data_t\" ||--o{ \"data_t_c d\" : has",
    ] {
        assert!(
            diagram.lines().any(|found| found == line),
            "{line}\n{diagram}"
        );
    }
}

#[test]
fn sql_names_are_unique_and_files_are_loadable() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = FormatOptions {
        formula_guard: Some(false),
        ..FormatOptions::default()
    };
    let output = Output::with_options(OutputFormat::Csv, &options).expect("options");
    let config = TransmogConfig::default().with_name("loading");
    let json = r#"{"xmin":1,"a\"b":2,"pkey":[{"A":1,"a":2}]}"#;
    for (dialect, names, load) in [
        (
            Dialect::Postgres,
            [
                r#""xmin__2" BIGINT"#,
                r#"CREATE TABLE "loading_pkey__2""#,
                r#""a" BIGINT"#,
            ],
            r#"\copy "loading" FROM 'loading.csv'"#,
        ),
        (
            Dialect::DuckDb,
            [
                r#""xmin" BIGINT"#,
                r#"CREATE TABLE "loading_pkey""#,
                r#""a__2" BIGINT"#,
            ],
            r#"INSERT INTO "loading" SELECT c0, c1, c2, c3 FROM read_csv('loading.csv'"#,
        ),
        (
            Dialect::Sqlite,
            [
                r#""a""b" INTEGER, -- $['a"b']"#,
                r#"CREATE TABLE "loading_pkey""#,
                r#""a__2" INTEGER"#,
            ],
            r#"INSERT INTO main."loading" SELECT"#,
        ),
    ] {
        let output = output.clone().with_sql(Some(dialect));
        flatten_stream(json, directory.path(), &output, &config).expect("files");
        let read = |name| std::fs::read_to_string(directory.path().join(name)).expect("there");
        let schema: String = read("schema.sql");
        for name in names {
            assert!(schema.contains(name), "{name}\n{schema}");
        }
        assert!(read("load.sql").contains(load), "{load}");
    }
    let text = r#"{"a":"x\n\\.\ny"}"#;
    let output = output.with_sql(Some(Dialect::Postgres));
    let refused = flatten_stream(text, directory.path(), &output, &config).expect_err("refused");
    assert!(refused.to_string().contains("psql"), "{refused}");
    // `load.sql` would take the first row as the header.
    let headless = FormatOptions {
        include_header: Some(false),
        ..options
    };
    let output = Output::with_options(OutputFormat::Csv, &headless).expect("options");
    let output = output.with_sql(Some(Dialect::Postgres));
    let refused = flatten_stream(json, directory.path(), &output, &config).expect_err("refused");
    assert!(refused.to_string().contains("header"), "{refused}");
}

/// What `schema.sql` and `load.sql` say of this input.
fn scripts(json: &str, sql: SqlOptions) -> [String; 2] {
    let directory = tempfile::tempdir().expect("a directory");
    let options = FormatOptions {
        formula_guard: Some(false),
        ..FormatOptions::default()
    };
    let output = Output::with_options(OutputFormat::Csv, &options).expect("options");
    let config = TransmogConfig::default().with_detect_types(DetectType::ALL.to_vec());
    flatten_stream(json, directory.path(), &output.with_sql(Some(sql)), &config).expect("files");
    ["schema.sql", "load.sql"]
        .map(|name| std::fs::read_to_string(directory.path().join(name)).expect("there"))
}

#[test]
fn sql_has_the_types_of_the_values_where_csv_has_text() {
    let json = r#"{"d":"2026-01-02","t":"2026-01-02T03:04:05Z","n":"2026-01-02T03:04:05.000000001Z",
        "o":"2026-01-02T03:04:05+16:00",
        "p":"2026-01-02T03:04:05.50-15:59","z":"2026-01-02t03:04:05z","m":["2026-01-02t03:04:05z",null],
        "l":"2026-01-02 03:04:05","u":"0190163D-8694-739B-AEA5-966C26F8AD90","s":["a"],"i":[1],"r":[{"x":[18446744073709551616]}]}"#;
    let index = r#"CREATE INDEX IF NOT EXISTS "data_r__parent_id_idx" ON "data_r" ("_parent_id");"#;
    for (dialect, types, has_index) in [
        (
            Dialect::Postgres,
            [
                "DATE",
                "TIMESTAMPTZ",
                "TEXT",
                "TEXT",
                "TEXT[]",
                "BIGINT[]",
                "NUMERIC(38,0)[]",
            ],
            true,
        ),
        (
            Dialect::DuckDb,
            [
                "DATE",
                "TIMESTAMPTZ",
                "VARCHAR",
                "TIMESTAMPTZ",
                "VARCHAR[]",
                "BIGINT[]",
                "NUMERIC(38,0)[]",
            ],
            false,
        ),
        (Dialect::Sqlite, ["TEXT"; 7], true),
    ] {
        let options = SqlOptions::of(dialect).with_if_not_exists(true);
        let [schema, _] = scripts(json, options);
        for (name, of) in ["d", "t", "n", "o", "s", "i", "x"].iter().zip(types) {
            let column = format!("    \"{name}\" {of},");
            assert!(schema.contains(&column), "{dialect}: {column}\n{schema}");
        }
        assert!(
            schema.contains(r#"CREATE TABLE IF NOT EXISTS "data_r""#),
            "{schema}"
        );
        assert_eq!(schema.contains(index), has_index, "{schema}");
        let [schema, _] = scripts(json, SqlOptions::of(dialect));
        assert!(!schema.contains("IF NOT EXISTS"), "{schema}");
    }
}

#[test]
fn text_that_a_database_cannot_load_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let run = |json: &str, format, dialect, guard: bool, nulls: bool| {
        let options = FormatOptions {
            formula_guard: (format == OutputFormat::Csv).then_some(guard),
            ..FormatOptions::default()
        };
        let output = Output::with_options(format, &options).expect("options");
        let config = TransmogConfig::default().with_include_nulls(nulls);
        let output = output.with_sql(Some(dialect)).with_data_package(true);
        flatten_stream(json, directory.path(), &output, &config).map_err(|e| e.to_string())
    };
    let (csv, plain) = (OutputFormat::Csv, r#"{"a":1}"#);
    for (refused, because) in [
        (
            run(
                plain,
                OutputFormat::Parquet,
                Dialect::Postgres,
                false,
                false,
            ),
            "CSV",
        ),
        (
            run(plain, OutputFormat::Orc, Dialect::DuckDb, false, false),
            "Parquet",
        ),
        (
            run(plain, csv, Dialect::DuckDb, true, false),
            "formula_guard",
        ),
        (
            run(plain, csv, Dialect::Sqlite, false, true),
            "include_nulls",
        ),
        (
            run(r#"{"a":"x\u0000"}"#, csv, Dialect::Postgres, false, false),
            "NUL",
        ),
        (
            run(
                r#"{"a":{"b":["\u0000"]},"a":[{"b":"\u0000"}]}"#,
                csv,
                Dialect::Sqlite,
                false,
                false,
            ),
            "$.a[*].b",
        ),
    ] {
        let message = refused.expect_err("refused");
        assert!(message.contains(because), "{message}");
    }
    assert_eq!(
        std::fs::read_dir(directory.path()).expect("there").count(),
        0
    );
    run(r#"{"a":"x\u0000"}"#, csv, Dialect::DuckDb, false, false).expect("DuckDB has NUL");
    let mut names: Vec<_> = std::fs::read_dir(directory.path())
        .expect("there")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("text")
        })
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "_transmog.json",
            "data.csv",
            "datapackage.json",
            "load.sql",
            "schema.sql"
        ]
    );
}
