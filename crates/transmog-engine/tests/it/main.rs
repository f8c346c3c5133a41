//! The engine as its callers use it: runs, destinations, and their misuse.

mod arrow_records;
mod arrow_types;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchIterator};
use std::sync::Arc;
use transmog_engine::{
    ArrowRecords, Category, Companion, Destination, Directory, Error, Feed, Memory, Nothing,
    OutputFiles, Result, Rows, Run, TransmogConfig, Values, save,
};
use transmog_model::TableSink;
use transmog_reader::{Leniency, Source};

fn text(json: &str) -> Feed<'static> {
    Feed::text(vec![Source::bytes("text", json.as_bytes().to_vec())])
}

fn config(threads: usize) -> TransmogConfig {
    TransmogConfig::default().with_threads(threads)
}

fn csv() -> OutputFiles {
    OutputFiles::new(Arc::new(transmog_csv::Format::default()))
}

#[test]
fn a_run_that_failed_neither_goes_on_nor_commits() {
    for threads in [1, 2] {
        let config = config(threads).with_chunk_bytes(8);
        let mut run = Run::start(text("{\"a\":1}\n{\"a\":2}\n{\"a\"\n"), Nothing, &config)
            .expect("valid options");
        let error = loop {
            match run.step() {
                Ok(true) => {}
                Ok(false) => panic!("the last record is broken"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.location().and_then(|at| at.record), Some(3));
        assert!(run.step().is_err());
        let error = run.finish().expect_err("it has failed");
        assert!(error.to_string().contains("has failed"), "{error}");
    }
}

#[test]
fn a_run_does_not_commit_before_its_end() {
    let memory = Memory::default();
    let run = Run::start(text("{\"a\":1}\n"), memory.clone(), &config(1)).expect("valid options");
    let error = run.finish().expect_err("it has not read");
    assert!(error.to_string().contains("step until"), "{error}");
    assert!(memory.take().is_empty());
}

/// Has no sink.
struct Refusing;

impl Destination for Refusing {
    fn rows(&self) -> Rows {
        Rows::Streamed
    }

    fn table(&mut self, _: usize) -> Result<Box<dyn TableSink>> {
        Err(Error::config("no sink"))
    }
}

#[test]
fn a_destination_without_a_sink_ends_the_run() {
    for threads in [1, 2] {
        let run = Run::start(text("{\"a\":1}"), Refusing, &config(threads)).expect("valid options");
        let error = run.complete().expect_err("there is no sink");
        assert_eq!(error.to_string(), "no sink");
    }
}

#[test]
fn companion_files_have_plain_names_and_a_text_each() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("out");
    let with = |name: &str, texts: usize| {
        let mut files = csv();
        files.companions.push(Companion {
            names: vec![name.to_owned()],
            is_own: false,
            make: Arc::new(move |_| Ok(vec![String::new(); texts])),
        });
        let mut directory = Directory::open(&path, files, &config(1), &[])?;
        Run::start(text("{\"a\":1}"), &mut directory, &config(1))?.complete()
    };
    for (name, texts) in [("../x", 1), ("/tmp/x", 1), (".x", 1), ("x", 0), ("x", 2)] {
        assert!(with(name, texts).is_err(), "{name} {texts}");
        let left = std::fs::read_dir(directory.path()).expect("a directory");
        assert_eq!(left.count(), 0, "{name} {texts}");
    }
    assert!(with("x", 1).is_ok());
}

#[test]
fn each_saved_table_has_one_name() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let memory = Memory::default();
    let values = Values([serde_json::json!({"a": [{"b": 1}]})].into_iter());
    Run::start(Feed::records(values), memory.clone(), &config(1))
        .and_then(Run::complete)
        .expect("two tables");
    let tables = memory.take();
    for names in [vec![], vec!["a.csv"], vec!["a.csv", "b.csv", "c.csv"]] {
        let names = names.into_iter().map(str::to_owned).collect();
        let saved = save(&tables, names, directory.path(), &csv(), 1 << 20);
        assert!(saved.is_err());
        let left = std::fs::read_dir(directory.path()).expect("a directory");
        assert_eq!(left.count(), 0);
    }
}

#[test]
fn options_of_text_are_refused_for_records_that_are_not_text() {
    let values = || Feed::records(Values([1].into_iter()));
    let rows = || {
        let columns: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let batch = RecordBatch::try_from_iter([("a", columns)]).expect("one column");
        let reader = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
        Feed::arrow(ArrowRecords::new(reader))
    };
    let encoding = "latin1".parse().expect("an encoding");
    let configs = [
        (
            "records_path",
            config(1).with_records_path(Some("/a".to_owned())),
        ),
        ("key_field", config(1).with_key_field("name")),
        ("lenient", config(1).with_lenient(vec![Leniency::Commas])),
        ("encoding", config(1).with_encoding(Some(encoding))),
    ];
    for (option, config) in configs {
        for feed in [values(), rows()] {
            let error = Run::start(feed, Nothing, &config).err().expect("refused");
            assert_eq!(error.category(), Category::Config);
            let message = error.to_string();
            let begins = format!("{option}: expected JSON text as the input");
            assert!(message.starts_with(&begins), "{message}");
        }
        Run::start(text("[{}]"), Nothing, &config).expect("text has the option");
    }
}

/// Says which thread reads it.
struct Where(
    std::sync::mpsc::Sender<std::thread::ThreadId>,
    &'static [u8],
);

impl std::io::Read for Where {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let _ = self.0.send(std::thread::current().id());
        self.1.read(buffer)
    }
}

#[test]
fn a_feed_on_this_thread_is_read_by_no_other() {
    for threads in [1, 4] {
        let (sender, threads_of_reads) = std::sync::mpsc::channel();
        let reader = Where(sender, b"{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
        let source = Source::reader("reads", Box::new(reader));
        let feed = Feed::text(vec![source]).on_this_thread();
        let config = config(threads).with_chunk_bytes(8).with_cancel(|| false);
        let run = Run::start(feed, Nothing, &config).expect("valid options");
        assert_eq!(run.complete().expect("valid text").records.read, 3);
        let here = std::thread::current().id();
        assert!(threads_of_reads.iter().all(|thread| thread == here));
    }
}
