//! Where records come from: the columns of the source, the line and the byte.

use serde_json::json;
use std::{fs, path::Path};
use transmog::{
    ArrayMode, FlattenResult, Input, LossKind, OnError, Output, OutputFormat, TransmogConfig,
    flatten, flatten_stream, flatten_values,
};

fn config() -> TransmogConfig {
    TransmogConfig::default()
        .with_time_field(None)
        .with_source_field(Some("_source".into()))
        .with_line_field(Some("_line".into()))
        .with_byte_field(Some("_byte".into()))
}

/// The cells of a column of the main table.
fn cells(result: &FlattenResult, column: &str) -> Vec<Option<String>> {
    let rows = result.main().rows();
    rows.map(|row| row.text(column)).collect()
}

fn numbers(result: &FlattenResult, column: &str) -> Vec<u64> {
    let cells = cells(result, column).into_iter();
    let cells = cells.map(|cell| cell.expect("not null").parse().expect("a number"));
    cells.collect()
}

/// Every record holds the byte where it begins.
fn truthful(records: usize) -> String {
    let mut text = String::new();
    for at in 0..records {
        let blanks = ["", "\n\n", "  ", "\r\n\t"][at % 4];
        text.push_str(blanks);
        let (byte, line) = (text.len(), text.matches('\n').count() + 1);
        let kept = json!({"byte": byte, "line": line, "s": "{\"\u{e9}", "t": [{"u": at}]});
        text.push_str(&kept.to_string());
        text.push('\n');
    }
    text
}

#[test]
fn places_are_right_however_the_input_is_cut_and_held() {
    let text = truthful(300);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("in.jsonl");
    fs::write(&file, &text).expect("written");
    for (threads, chunk_bytes, memory_limit) in [
        (1, 4 << 20, 256 << 20),
        (1, 1, 256 << 20),
        (4, 700, 1),
        (3, 4 << 20, 1 << 14),
    ] {
        let config = config()
            .with_threads(threads)
            .with_chunk_bytes(chunk_bytes)
            .with_memory_limit(memory_limit)
            .with_max_record_bytes(1 << 20);
        let result = flatten(&*file, &config).expect("tables");
        assert_eq!(numbers(&result, "_byte"), numbers(&result, "byte"));
        assert_eq!(numbers(&result, "_line"), numbers(&result, "line"));
        let source = Some(file.to_string_lossy().into_owned());
        assert!(cells(&result, "_source").iter().all(|cell| *cell == source));
        let child = result.table("data_t").expect("a child table").schema();
        assert_eq!(child.columns.len(), 3, "{:?}", child.columns);
        // Rows that wait, on disk too, keep them.
        let out = directory.path().join("out");
        let output = Output::of(OutputFormat::Csv).expect("a format");
        flatten_stream(&*file, &out, &output, &config).expect("files");
        let csv = fs::read_to_string(out.join("data.csv")).expect("a file");
        for (line, (number, byte)) in (csv.lines().skip(1)).zip(
            numbers(&result, "_line")
                .into_iter()
                .zip(numbers(&result, "_byte")),
        ) {
            assert!(line.contains(&format!(",{number},{byte},")), "{line}");
        }
        assert_eq!(csv.lines().count(), 301);
    }
}

/// Rows of many small tables wait in a temporary file.
#[test]
fn places_are_right_where_rows_wait_on_disk() {
    let arrays = (0..60).map(|at| format!("\"t{at}\":[{{\"u\":{at}}}]"));
    let record = format!("{{{}}}\n", arrays.collect::<Vec<_>>().join(","));
    let directory = tempfile::tempdir().expect("a temporary directory");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let config = config().with_memory_limit(1 << 20).with_threads(1);
    let text = record.repeat(300);
    flatten_stream(text, directory.path(), &output, &config).expect("files");
    let csv = fs::read_to_string(directory.path().join("data.csv")).expect("a file");
    for (at, row) in csv.lines().skip(1).enumerate() {
        let place = format!(",<bytes>,{},{}", at + 1, at * record.len());
        assert!(row.ends_with(&place), "{row}: expected {place}");
    }
    assert_eq!(csv.lines().count(), 301);
}

#[test]
fn rejected_records_and_envelopes_do_not_shift_places() {
    let broken = "{\"a\":1}\n{\"a\":oops}\n\n{\"a\":2} {\"a\":}\n[]\n{\"a\":3}\n";
    for threads in [1, 3] {
        let config = config()
            .with_on_error(OnError::Skip)
            .with_threads(threads)
            .with_chunk_bytes(8);
        let result = flatten(broken, &config).expect("tables");
        let places: Vec<_> = (numbers(&result, "_line").into_iter())
            .zip(numbers(&result, "_byte"))
            .collect();
        let places_of = |text: &str| {
            let byte = broken.find(text).expect("it is there");
            (broken[..byte].matches('\n').count() as u64 + 1, byte as u64)
        };
        let expected = ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"].map(places_of);
        assert_eq!(places, expected, "{threads}");
    }
    let pages = "{\"n\":1,\n \"items\":[\n  {\"a\":1}, {\"a\":2}]}\n{\"items\":[{\"a\":3}]}\n";
    let config = config().with_records_path(Some("/items".into()));
    let result = flatten(pages, &config).expect("tables");
    assert_eq!(numbers(&result, "_line"), [3, 3, 4]);
    assert_eq!(numbers(&result, "_byte"), [21, 30, 50]);
    for (byte, a) in numbers(&result, "_byte").into_iter().zip(1..) {
        assert!(pages[byte as usize..].starts_with(&format!("{{\"a\":{a}}}")));
    }
}

#[test]
fn each_input_has_its_name_and_its_own_places() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    fs::create_dir(at.join("b")).expect("made");
    for (name, text) in [
        ("a.jsonl", "{\"a\":1}\n{\"a\":2}\n"),
        ("b/c.json", "[{\"a\":3}]"),
        ("d.json5", "// a comment\n{a: 4}"),
        ("e.jsonl", "{\"a\":5}\n"),
    ] {
        fs::write(at.join(name), text).expect("written");
    }
    let result = flatten(Input::path(at).with_recursive(true), &config()).expect("tables");
    let source = |name: &str| Some(at.join(name).to_string_lossy().into_owned());
    let names = ["a.jsonl", "a.jsonl", "b/c.json", "d.json5", "e.jsonl"];
    assert_eq!(cells(&result, "_source"), names.map(source));
    let some = |cell: &str| Some(cell.to_owned());
    // A converted document has no places.
    let lines = [some("1"), some("2"), some("1"), None, some("1")];
    assert_eq!(cells(&result, "_line"), lines);
    let bytes = [some("0"), some("8"), some("1"), None, some("0")];
    assert_eq!(cells(&result, "_byte"), bytes);
}

#[test]
fn what_is_in_memory_has_the_name_it_was_given() {
    let text = flatten("{}", &config()).expect("tables");
    assert_eq!(cells(&text, "_source"), [Some("<bytes>".to_owned())]);
    let reader = Input::reader(std::io::Cursor::new("{}"));
    let reader = flatten(reader, &config()).expect("tables");
    assert_eq!(cells(&reader, "_source"), [Some("<reader>".to_owned())]);
    for threads in [1, 2] {
        let values = [json!({"a": 1}), json!({"a": 2})];
        let values = flatten_values(values, &config().with_threads(threads)).expect("tables");
        for column in ["_source", "_line", "_byte"] {
            assert_eq!(cells(&values, column), [None, None], "{column}");
        }
        let columns = values.main().schema().columns.iter();
        let columns: Vec<_> = columns.map(|column| column.name.as_str()).collect();
        assert_eq!(columns, ["_id", "_source", "_line", "_byte", "a"]);
    }
}

#[test]
fn every_format_has_the_places() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    fs::write(at.join("in.jsonl"), truthful(40)).expect("written");
    // A converted document gives nulls.
    fs::write(at.join("in.hjson"), "{byte: 1}").expect("written");
    let config = config().with_id_generation(transmog::IdGeneration::Hash);
    let input = || Input::path(at.join("in.hjson")).and_path(at.join("in.jsonl"));
    let result = flatten(input(), &config).expect("tables");
    for format in crate::files::FORMATS {
        let out = at.join(format.to_string());
        let output = Output::of(format).expect("a format");
        let summary = flatten_stream(input(), &out, &output, &config).expect("files");
        let files = summary.tables.into_iter().filter_map(|table| table.file);
        let files: Vec<_> = files.collect();
        crate::fuzz::checks::check_files(&result, &files, format, &out).expect("equal");
    }
}

#[test]
fn a_name_that_looks_like_a_formula_is_guarded_and_counted() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let out = directory.path().join("out");
    let records = || {
        let source = transmog_reader::Source::bytes("=cmd", "{}\n{}\n[1]\n{}");
        transmog_engine::Feed::text(vec![source])
    };
    let config = config().with_on_error(OnError::Skip).with_chunk_bytes(1);
    let format = std::sync::Arc::new(transmog_csv::Format::default());
    let output = transmog_engine::OutputFiles::new(format);
    let to = transmog_engine::Directory::open(&out, output, &config, &[]);
    let run = transmog_engine::Run::start(records(), to.expect("a directory"), &config);
    let summary = run.expect("a run").complete().expect("files");
    let csv = fs::read_to_string(out.join("data.csv")).expect("a file");
    assert_eq!(csv.matches(",'=cmd,").count(), 3, "{csv}");
    let entry = &summary.ledger[0];
    assert_eq!(
        (entry.kind, &*entry.path, entry.count),
        (LossKind::CellGuarded, "$", 3)
    );
}

#[test]
fn long_names_of_inputs_take_little_memory() {
    let name = "n".repeat(1 << 20);
    let source = transmog_reader::Source::bytes(&name, "{}\n".repeat(5000));
    let rows = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Rows(rows.clone());
    let config = config().with_array_mode(ArrayMode::Skip);
    let feed = transmog_engine::Feed::text(vec![source]);
    let run = transmog_engine::Run::start(feed, seen, &config).expect("a run");
    run.complete().expect("batches");
    let rows = rows.lock().expect("no panic");
    assert_eq!(rows.iter().sum::<usize>(), 5000);
    assert!(rows.iter().all(|rows| *rows <= 4), "few rows at a time");
}

/// Counts the rows of each batch.
struct Rows(std::sync::Arc<std::sync::Mutex<Vec<usize>>>);

impl transmog_engine::Destination for Rows {
    fn rows(&self) -> transmog_engine::Rows {
        transmog_engine::Rows::Yielded
    }

    fn table(&mut self, _: usize) -> transmog::Result<Box<dyn transmog_model::TableSink>> {
        Ok(Box::new(Rows(self.0.clone())))
    }
}

impl transmog_model::TableSink for Rows {
    fn write(
        &mut self,
        _: &transmog::TableSchema,
        rows: arrow::array::RecordBatch,
    ) -> transmog_model::Result<()> {
        self.0.lock().expect("no panic").push(rows.num_rows());
        Ok(())
    }

    fn finish(&mut self, _: &transmog::TableSchema) -> transmog_model::Result<()> {
        Ok(())
    }
}

#[test]
fn what_directories_leave_out_is_in_the_summary() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    fs::create_dir(at.join("in")).expect("made");
    for name in ["in/a.jsonl", "in/notes.txt", "in/_transmog.json"] {
        fs::write(at.join(name), "{}").expect("written");
    }
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let summary = flatten_stream(at.join("in"), at.join("out"), &output, &config());
    let summary = summary.expect("files");
    assert_eq!(summary.records.read, 1);
    let path = |name: &str| at.join(name).to_string_lossy().into_owned();
    let names = ["in/notes.txt", "in/_transmog.json"].map(path);
    assert_eq!(summary.left_out.names, names);
    let json: serde_json::Value = serde_json::from_str(&summary.to_json()).expect("JSON");
    assert_eq!(json["left_out"], json!({"count": 2, "names": names}));
    // The temporary folder of the run itself does not count.
    for count in [2, 3] {
        let input = Input::path(at.join("in")).with_recursive(true);
        let summary = flatten_stream(input, at.join("in"), &output, &config());
        assert_eq!(summary.expect("files").left_out.count, count);
    }
}

#[test]
fn urls_and_names_of_files_are_no_directories() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let output = Output::of(OutputFormat::Csv).expect("a format");
    let run = |input: Input, out: &Path| {
        let planned = transmog::dry_run("{}", out, &output, &config()).map(drop);
        let done = flatten_stream(input, out, &output, &config()).map(drop);
        let error = done.expect_err("an error");
        assert_eq!(error.category(), transmog::Category::Config, "{error}");
        (error.to_string(), planned)
    };
    let (error, _) = run(Input::path("hdfs://server/a.json"), directory.path());
    assert!(error.starts_with("hdfs://: expected"), "{error}");
    let (error, _) = run(Input::path("file:///a%2.json"), directory.path());
    assert!(error.contains("two hexadecimal digits"), "{error}");
    let file = directory.path().join("a b.json");
    fs::write(&file, "{\"a\":1}").expect("written");
    let url = format!("file://{}", file.display().to_string().replace(' ', "%20"));
    let all = flatten(Input::path(&url), &config()).expect("it names the file");
    assert_eq!(all.main().len(), 1);
    assert!(Input::path(&url).reads(&file).expect("it is there"));
    for url in [
        "https://example.com/a.json",
        "s3://bucket/a",
        "file:///tmp/a.json",
    ] {
        let (error, planned) = run(Input::text("{}"), Path::new(url));
        assert!(error.contains("found a URL"), "{error}");
        assert_eq!(planned.expect_err("the same").to_string(), error);
        assert!(!Path::new(url).exists());
    }
    for (name, advice) in [
        ("orders.parquet", "orders -f parquet)"),
        ("v1.2.CSV.gz", "v1.2 -f csv)"),
        ("a.feather", "a -f arrow)"),
    ] {
        let out = directory.path().join(name);
        let (error, planned) = run(Input::text("{}"), &out);
        assert!(error.contains(advice), "{error}");
        assert_eq!(planned.expect_err("the same").to_string(), error);
        assert!(!out.exists());
        // A directory of that name is one.
        fs::create_dir(&out).expect("made");
        flatten_stream("{}", &out, &output, &config()).expect("files");
    }
    for name in [".csv", "csv", "a.csv.d", "a:b//c"] {
        let out = directory.path().join(name);
        flatten_stream("{}", &out, &output, &config()).expect("files");
    }
}
