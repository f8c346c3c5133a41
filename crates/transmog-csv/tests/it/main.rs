//! Files written and read back.

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use std::{fs::File, io::Read, sync::Arc};
use transmog_csv::{Compression, Format, Options, is_formula};
use transmog_model::{TableFormat, text_array};
use transmog_testkit::conformance::{
    check_compressions, check_random_tables, check_writer, rows_of_every_type, schema, write,
};

#[test]
fn the_writer_conforms() {
    let format = |compression| {
        Format::new(
            Options::default()
                .with_compression(compression)
                .with_formula_guard(false),
        )
    };
    let formats = Compression::ALL.map(format);
    check_writer(&formats.each_ref().map(|format| format as &dyn TableFormat));
    check_compressions(&Compression::ALL);
}

#[test]
fn random_values_arrive() {
    check_random_tables(
        &Format::new(Options::default().with_formula_guard(false)),
        0..60,
    );
}

fn text(options: &Options, mut file: File) -> String {
    let mut text = String::new();
    match options.compression() {
        Compression::None => file.read_to_string(&mut text),
        Compression::Gzip => flate2::read::GzDecoder::new(file).read_to_string(&mut text),
        Compression::Zstd => zstd::Decoder::new(file)
            .expect("zstd")
            .read_to_string(&mut text),
        other => panic!("{other} is new"),
    }
    .expect("text");
    text
}

#[test]
fn a_library_reads_the_same_cells() {
    let schema = schema();
    let rows = rows_of_every_type(&schema, 300);
    let options = Options::default().with_formula_guard(false);
    let text = text(
        &options,
        write(
            &Format::new(options.clone()),
            &schema,
            std::slice::from_ref(&rows),
        ),
    );
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns: Vec<StringArray> = rows.columns().iter().map(|c| text_array(c)).collect();
    for (row, record) in reader.records().enumerate() {
        let record = record.expect("a record");
        for (column, cell) in columns.iter().zip(&record) {
            let expected = column.is_valid(row).then(|| column.value(row));
            assert_eq!(cell, expected.unwrap_or_default(), "row {row}");
        }
    }
    assert_eq!(reader.position().record(), 301);
}

#[test]
fn a_file_without_rows_has_its_header() {
    let schema = schema();
    for compression in Compression::ALL {
        let options = Options::default().with_compression(compression);
        let head = text(&options, write(&Format::new(options.clone()), &schema, &[]));
        assert_eq!(
            head,
            "_id,_parent_id,bool,int,float,decimal,text,ints,texts,bools,fraction,_timestamp\n"
        );
        let options = options.with_include_header(false);
        assert_eq!(
            text(&options, write(&Format::new(options.clone()), &schema, &[])),
            ""
        );
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
    text(
        options,
        write(&Format::new(options.clone()), &schema, &[rows]),
    )
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
        write(
            &Format::new(options.clone()),
            &schema,
            &[rows_of_every_type(&schema, 1)],
        ),
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
        let out = Box::new(std::io::sink());
        assert!(Format::new(bad).create(&schema(), out).is_err());
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
