//! Files written and read back.

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBuilder, Decimal128Array, Float64Array, Int64Array,
    Int64Builder, ListBuilder, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use std::io::Read;
use std::{
    fs::File,
    io::{Seek, SeekFrom},
    sync::Arc,
};
use transmog_csv::is_formula;
use transmog_csv::{Compression, Format, Options};
use transmog_model::{
    Column, ColumnRole, ColumnType, Path, ScalarType, TableFormat, TableSchema, text_array,
};

fn schema() -> TableSchema {
    let scalar = ColumnType::Scalar;
    let columns = [
        ("_id", ColumnRole::Id, ColumnType::TEXT),
        ("_parent_id", ColumnRole::Parent, ColumnType::TEXT),
        ("bool", ColumnRole::Data, scalar(ScalarType::Boolean)),
        ("int", ColumnRole::Data, scalar(ScalarType::Int64)),
        ("float", ColumnRole::Data, scalar(ScalarType::Float64)),
        ("decimal", ColumnRole::Data, scalar(ScalarType::Decimal)),
        ("text", ColumnRole::Data, ColumnType::TEXT),
        (
            "ints",
            ColumnRole::Data,
            ColumnType::List(ScalarType::Int64),
        ),
        (
            "texts",
            ColumnRole::Data,
            ColumnType::List(ScalarType::Text),
        ),
        (
            "bools",
            ColumnRole::Data,
            ColumnType::List(ScalarType::Boolean),
        ),
        ("_timestamp", ColumnRole::Time, ColumnType::Timestamp),
    ];
    TableSchema {
        name: "data".to_owned(),
        path: Path::root(),
        columns: columns
            .into_iter()
            .map(|(name, role, column_type)| Column {
                name: name.to_owned(),
                path: None,
                role,
                column_type,
            })
            .collect(),
    }
}

/// Rows whose values repeat with different periods, nulls and extremes included.
fn batch(schema: &TableSchema, rows: usize) -> RecordBatch {
    let texts = [
        Some("a"),
        None,
        Some(""),
        Some("h\u{e9}\u{1f600}"),
        Some("x,\"y\"\r\nz"),
        Some("=1+1"),
        Some("-5"),
        Some("null"),
    ];
    let ints = [
        Some(i64::MIN),
        None,
        Some(i64::MAX),
        Some(0),
        Some(-1),
        Some(i64::MAX),
    ];
    let floats = [
        Some(f64::MAX),
        Some(-0.0),
        None,
        Some(5e-324),
        Some(0.1),
        Some(-1e300),
    ];
    let top = 10i128.pow(38) - 1;
    let decimals = [Some(top), None, Some(-top), Some(0), Some(1 << 70)];
    let bools = [Some(true), None, Some(false)];
    let mut int_lists = ListBuilder::new(Int64Builder::new());
    let mut text_lists = ListBuilder::new(StringBuilder::new());
    let mut bool_lists = ListBuilder::new(BooleanBuilder::new());
    for row in 0..rows {
        let valid = row % 4 != 1;
        if valid {
            for at in row..row + row % 4 {
                int_lists.values().append_option(ints[at % ints.len()]);
                text_lists.values().append_option(texts[at % texts.len()]);
                bool_lists.values().append_option(bools[at % bools.len()]);
            }
        }
        int_lists.append(valid);
        text_lists.append(valid);
        bool_lists.append(valid);
    }
    let ids: StringArray = (0..rows).map(|row| Some(format!("id-{row}"))).collect();
    let parents: StringArray = (0..rows)
        .map(|row| Some(format!("parent-{}", row / 3)))
        .collect();
    let decimal: Decimal128Array = (0..rows)
        .map(|row| decimals[row % decimals.len()])
        .collect();
    let times: TimestampMicrosecondArray = (0..rows)
        .map(|row| Some(1_764_000_000_123_456 + row as i64))
        .collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(ids),
        Arc::new(parents),
        Arc::new(
            (0..rows)
                .map(|row| bools[row % bools.len()])
                .collect::<BooleanArray>(),
        ),
        Arc::new(
            (0..rows)
                .map(|row| ints[row % ints.len()])
                .collect::<Int64Array>(),
        ),
        Arc::new(
            (0..rows)
                .map(|row| floats[row % floats.len()])
                .collect::<Float64Array>(),
        ),
        Arc::new(decimal.with_precision_and_scale(38, 0).expect("38 digits")),
        Arc::new(
            (0..rows)
                .map(|row| texts[row % texts.len()])
                .collect::<StringArray>(),
        ),
        Arc::new(int_lists.finish()),
        Arc::new(text_lists.finish()),
        Arc::new(bool_lists.finish()),
        Arc::new(times.with_timezone("UTC")),
    ];
    RecordBatch::try_new(schema.arrow_schema(), columns).expect("the columns fit")
}

/// Writes the batches, a row group each, and returns the file at its start.
fn write(options: Options, schema: &TableSchema, batches: &[RecordBatch]) -> File {
    let file = tempfile::tempfile().expect("a temporary file");
    let mut writer = Format::new(options).create(schema, file).expect("created");
    for batch in batches {
        writer.write(batch).expect("written");
        writer.end_row_group().expect("ended");
    }
    writer.end_row_group().expect("an empty group");
    let mut file = writer.finish().expect("finished").file;
    file.seek(SeekFrom::Start(0)).expect("seek");
    file
}

#[test]
fn an_unknown_compression_lists_those_there_are() {
    let message = "rar"
        .parse::<Compression>()
        .expect_err("no rar")
        .to_string();
    for compression in Compression::ALL {
        assert_eq!(
            compression
                .to_string()
                .parse::<Compression>()
                .expect("known"),
            compression
        );
        assert!(message.contains(compression.name()), "{message}");
    }
}

fn text(options: &Options, mut file: File) -> String {
    let mut text = String::new();
    match options.compression() {
        Compression::None => file.read_to_string(&mut text),
        Compression::Gzip => flate2::read::GzDecoder::new(file).read_to_string(&mut text),
        Compression::Zstd => zstd::Decoder::new(file)
            .expect("zstd")
            .read_to_string(&mut text),
    }
    .expect("text");
    text
}

fn guarded(cell: &str) -> String {
    if is_formula(cell) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[test]
fn every_compression_holds_every_type() {
    let schema = schema();
    let batches = [batch(&schema, 1), batch(&schema, 3000), batch(&schema, 24)];
    for compression in Compression::ALL {
        let options = Options::default().with_compression(compression);
        let text = text(&options, write(options.clone(), &schema, &batches));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header: Vec<String> = reader
            .headers()
            .expect("header")
            .iter()
            .map(str::to_owned)
            .collect();
        let names: Vec<String> = schema.columns.iter().map(|c| c.name.clone()).collect();
        assert_eq!(header, names);
        let mut records = reader.records();
        for batch in &batches {
            let columns: Vec<StringArray> = batch.columns().iter().map(|c| text_array(c)).collect();
            for row in 0..batch.num_rows() {
                let record = records.next().expect("a row").expect("a record");
                for (at, column) in columns.iter().enumerate() {
                    let cell = column.iter().nth(row).flatten().unwrap_or_default();
                    let expected = if at == 6 {
                        guarded(cell)
                    } else {
                        cell.to_owned()
                    };
                    assert_eq!(&record[at], expected, "row {row}, column {at}");
                }
            }
        }
        assert!(records.next().is_none());
    }
}

#[test]
fn a_file_without_rows_has_its_header() {
    let schema = schema();
    for compression in Compression::ALL {
        let options = Options::default().with_compression(compression);
        let head = text(&options, write(options.clone(), &schema, &[]));
        assert_eq!(
            head,
            "_id,_parent_id,bool,int,float,decimal,text,ints,texts,bools,_timestamp\n"
        );
        let options = options.with_include_header(false);
        assert_eq!(text(&options, write(options.clone(), &schema, &[])), "");
    }
}

/// The lines of a table with the columns `_id` and `=name`.
fn lines(options: &Options, cells: &[Option<&str>]) -> String {
    let mut schema = schema();
    schema.columns = vec![schema.columns[0].clone(), schema.columns[6].clone()];
    schema.columns[1].name = "=name".to_owned();
    let ids: StringArray = (0..cells.len()).map(|row| Some(row.to_string())).collect();
    let texts: StringArray = cells.iter().copied().collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(ids), Arc::new(texts)];
    let rows = RecordBatch::try_new(schema.arrow_schema(), columns).expect("fits");
    text(options, write(options.clone(), &schema, &[rows]))
}

#[test]
fn bytes_are_as_documented() {
    let cells = [
        None,
        Some(""),
        Some("a,\"b\""),
        Some("=1"),
        Some("-5"),
        Some(" x\n"),
    ];
    let guarded = "_id,'=name\n0,\n1,\"\"\n2,\"a,\"\"b\"\"\"\n3,'=1\n4,-5\n5,\" x\n\"\n";
    assert_eq!(lines(&Options::default(), &cells), guarded);
    let options = Options::default().with_formula_guard(false);
    assert_eq!(lines(&options, &cells), guarded.replace('\'', ""));
}

#[test]
fn delimiter_and_quotechar_are_free() {
    let options = Options::default()
        .with_delimiter(b';')
        .with_quotechar(b'\'');
    let text = lines(&options, &[Some("=1"), Some("x;"), Some("it's")]);
    assert_eq!(text, "_id;'''=name'\n0;'''=1'\n1;'x;'\n2;'it''s'\n");
    // Numbers are quoted as well when the delimiter demands it.
    let schema = schema();
    let options = Options::default()
        .with_include_header(false)
        .with_delimiter(b'-');
    let text = self::text(
        &options,
        write(options.clone(), &schema, &[batch(&schema, 1)]),
    );
    assert!(text.contains("\"-9223372036854775808\""), "{text}");
}

#[test]
fn options_are_checked() {
    let base = Options::default;
    for bad in [
        base().with_delimiter(b'"'),
        base().with_delimiter(b'\n'),
        base().with_quotechar(b'\r'),
        base().with_delimiter(0xe9),
    ] {
        assert!(bad.validate().is_err());
        let file = tempfile::tempfile().expect("a temporary file");
        assert!(Format::new(bad).create(&schema(), file).is_err());
    }
}

#[test]
fn formulas_are_told_from_numbers() {
    for formula in [
        "=", "=1", "+a", "-", "@x", "\t", "\rx", "  =1", "-1.", "-1e", "-1+2", " -5", "+1.5e",
    ] {
        assert!(is_formula(formula), "{formula:?}");
    }
    for plain in [
        "", "   ", "a=1", "-1", "+1", "-1.5", "-1.5e7", "+1e-7", "-1E+7", "1=", "'=1",
    ] {
        assert!(!is_formula(plain), "{plain:?}");
    }
}
