//! Files written and read back.

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, new_null_array};
use arrow::datatypes::DataType;
use bytes::Bytes;
use std::{io::Read, sync::Arc};
use transmog_csv::{Compression, Format, Options, is_formula};
use transmog_model::{ScalarType, Segment, TableFormat, text_array};
use transmog_testkit::conformance::{
    assert_holds, check_compressions, check_random_tables, check_writer, read, rows_of_every_type,
    schema, wide_schema, write,
};
use transmog_testkit::{random_table, read_back, texts_of};

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

fn text(options: &Options, file: Bytes) -> String {
    let mut text = String::new();
    match options.compression() {
        Compression::None => (&*file).read_to_string(&mut text),
        Compression::Gzip => flate2::read::GzDecoder::new(&*file).read_to_string(&mut text),
        Compression::Zstd => zstd::Decoder::new(&*file)
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
    let fields = rows.schema();
    let columns = rows.columns().iter().zip(fields.fields());
    let columns: Vec<_> = columns
        .map(|(column, field)| texts_of(column, field))
        .collect();
    for (row, record) in reader.records().enumerate() {
        let record = record.expect("a record");
        for (column, cell) in columns.iter().zip(&record) {
            assert_eq!(
                cell,
                column[row].as_deref().unwrap_or_default(),
                "row {row}"
            );
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
            "_id,_parent_id,bool,int,float,decimal,text,ints,texts,bools,fraction,date,instant,nanos,\
             local,uuid,json,dates,locals,uuids,_timestamp\n"
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

#[test]
fn files_of_other_options_are_read() {
    let schema = schema();
    let rows = rows_of_every_type(&schema, 300);
    let base = || Options::default().with_formula_guard(false);
    for options in [
        base().with_include_header(false),
        base().with_delimiter(b';').with_quotechar(b'\''),
        // Digits are cells that need quotes.
        base().with_delimiter(b'1'),
        base().with_quotechar(b'a'),
    ] {
        let format = Format::new(options);
        let file = write(&format, &schema, std::slice::from_ref(&rows));
        assert_holds(&format, &schema, &file, std::slice::from_ref(&rows));
    }
}

#[test]
fn another_reader_finds_the_same_cells() {
    let format = Format::new(Options::default().with_formula_guard(false));
    for seed in 0..20 {
        let (schema, rows) = random_table(seed);
        let file = write(&format, &schema, std::slice::from_ref(&rows));
        let cells = &read_back("csv", file)[0];
        for (read, wanted) in cells.columns().iter().zip(rows.columns()) {
            assert_eq!(text_array(read), text_array(wanted), "seed {seed}");
        }
    }
}

#[test]
fn nulls_are_told_from_the_empty_text_and_guarded_cells_stay() {
    let mut schema = schema();
    schema.columns = vec![schema.columns[6].clone()];
    let cells = StringArray::from(vec![None, Some(""), Some("=1"), Some("'"), Some("\"\"")]);
    let rows = RecordBatch::try_new(schema.arrow_schema(), vec![Arc::new(cells)]).expect("fits");
    let file = write(&Format::default(), &schema, &[rows]);
    assert_eq!(&file[..], b"text\n\n\"\"\n'=1\n'\n\"\"\"\"\"\"\n");
    let rows = read(&Format::default(), &schema, &file).expect("read");
    let expected = StringArray::from(vec![None, Some(""), Some("'=1"), Some("'"), Some("\"\"")]);
    assert_eq!(rows[0].column(0).as_string::<i32>(), &expected);
}

#[test]
fn long_rows_and_many_columns_are_read_in_batches() {
    let format = Format::new(Options::default().with_compression(Compression::Zstd));
    let mut schema = schema();
    schema.columns.truncate(1);
    let texts: StringArray = (0..40).map(|row| Some("x".repeat(row * 20_000))).collect();
    let rows = RecordBatch::try_new(schema.arrow_schema(), vec![Arc::new(texts)]).expect("fits");
    let file = write(&format, &schema, std::slice::from_ref(&rows));
    let batches = read(&format, &schema, &file).expect("read");
    assert!((3..6).contains(&batches.len()), "{}", batches.len());
    assert_holds(&format, &schema, &file, &[rows]);

    let schema = wide_schema(5000, ScalarType::Int64);
    let columns = vec![new_null_array(&DataType::Int64, 500); 5000];
    let rows = RecordBatch::try_new(schema.arrow_schema(), columns).expect("fits");
    let file = write(&format, &schema, &[rows]);
    let batches = read(&format, &schema, &file).expect("read");
    assert_eq!(batches[0].num_rows(), 419);
}

#[test]
fn a_segment_that_is_damaged_is_not_merged() {
    let mut schema = schema();
    schema.columns = vec![schema.columns[0].clone(), schema.columns[3].clone()];
    let format = Format::default();
    let merge = |file: &[u8]| {
        let segment = Segment {
            bytes: Arc::new(file.to_vec()),
            schema: schema.clone(),
        };
        let mut merged = Vec::new();
        let mut segments = [Ok(segment)].into_iter();
        let done = format.merge(&mut segments, &schema, Box::new(&mut merged));
        done.map(|()| merged)
    };
    let file = b"_id,int\na,1\nb,\n";
    assert_eq!(merge(file).expect("merged"), file);
    let error = merge(b"_id,int\na,1\nb\n").expect_err("a cell is missing");
    let error = error.to_string();
    assert!(error.contains("row 3 has 1 cells, expected 2"), "{error}");
}

#[test]
fn damaged_files_are_errors_that_say_where() {
    let mut schema = schema();
    schema.columns = vec![schema.columns[0].clone(), schema.columns[3].clone()];
    for (file, message) in [
        ("", "unexpected end of file"),
        ("_id\n", ""),
        ("_id,int\na,1\nb\n", "row 3 has 1 cells, expected 2"),
        ("_id,int\na,1\nb,2", "row 3 does not end"),
        ("_id,int\na,1\n\"b", "row 3 does not end"),
        ("_id,int\n\"a\"x,1\n", "row 2 has a cell that goes on"),
        ("_id,int\na,x\n", "column `int`"),
        ("_id,int\n,1\n", "_id"),
        ("_id,other\na,1\n", "column 1 is `other`, expected `int`"),
        ("_id\na\n", "column `int` is missing"),
        ("_id,int,x\na,1,2\n", "column `x` is not expected"),
    ] {
        match read(&Format::default(), &schema, file.as_bytes()) {
            Ok(rows) => assert!(rows.is_empty() && message.is_empty(), "{file:?}"),
            Err(error) => {
                let error = error.to_string();
                assert!(error.contains(message), "{file:?}: {error}");
                assert!(error.contains("csv file of table `data`"), "{error}");
            }
        }
    }
    let bytes = b"_id,int\n\xff,1\n";
    let error = read(&Format::default(), &schema, bytes).expect_err("not UTF-8");
    assert!(error.to_string().contains("row 2 is not UTF-8"), "{error}");
}
