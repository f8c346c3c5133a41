//! The stages one by one, on one thread, in bytes of input per second: framing,
//! parsing, and bytes to tables in each array mode and id strategy.

#![allow(missing_docs, reason = "criterion makes a public function of a group")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::{hint::black_box, ops::ControlFlow};
use transmog::{ArrayMode, IdGeneration, TransmogConfig, flatten};
use transmog_events::{Ignored, JsonPath, RecordError, RecordSink, RecordStart, Rejection, Remark};
use transmog_reader::{Chunk, ChunkReader, ReadOptions, Source};
use transmog_testkit::Workload;

/// Bytes of each data set.
const BYTES: usize = 8 << 20;
/// The same when a benchmark is only tried.
const TRIED_BYTES: usize = 64 << 10;

fn bytes() -> usize {
    match std::env::args().any(|argument| argument == "--test") {
        true => TRIED_BYTES,
        false => BYTES,
    }
}

/// The same records as lines and as one array.
fn forms(workload: Workload) -> [(&'static str, String); 2] {
    let lines = workload.lines(bytes());
    let array = format!("[{}]", lines.trim_end().replace('\n', ",\n"));
    [("lines", lines), ("array", array)]
}

fn chunks(text: &str) -> Vec<Chunk> {
    let source = Source::bytes("bench", text.as_bytes().to_vec());
    let mut reader = ChunkReader::new(vec![source], ReadOptions::default());
    std::iter::from_fn(|| reader.next_chunk().expect("JSON")).collect()
}

fn framing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("framing");
    for workload in [Workload::Orders, Workload::Tweets] {
        for (form, text) in forms(workload) {
            group.throughput(Throughput::Bytes(text.len() as u64));
            let id = BenchmarkId::new(workload.name(), form);
            group.bench_function(id, |bencher| {
                bencher.iter(|| chunks(black_box(&text)).len())
            });
        }
    }
}

/// Takes the records as they come.
#[derive(Default)]
struct Count {
    records: u64,
    events: Ignored,
}

impl RecordSink for Count {
    type Events = Ignored;
    fn begin_record(&mut self, _: RecordStart) -> &mut Ignored {
        self.records += 1;
        &mut self.events
    }
    fn remark(&mut self, _: Remark, _: &JsonPath, _: u64) {}
    fn end_record(&mut self) -> Result<(), Rejection> {
        Ok(())
    }
    fn abandon_record(&mut self) {}
    fn reject_record(&mut self, error: RecordError) -> ControlFlow<()> {
        panic!("{error:?}")
    }
}

fn parsing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parsing");
    for workload in Workload::ALL {
        for (form, text) in forms(workload) {
            let chunks = chunks(&text);
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(BenchmarkId::new(workload.name(), form), |bencher| {
                bencher.iter(|| {
                    let mut count = Count::default();
                    chunks.iter().for_each(|chunk| chunk.parse(&mut count));
                    count.records
                });
            });
        }
    }
}

fn tables(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tables");
    let config = || TransmogConfig::default().with_threads(1);
    let modes = [
        ArrayMode::Smart,
        ArrayMode::Separate,
        ArrayMode::Inline,
        ArrayMode::Skip,
    ];
    for workload in Workload::ALL {
        let text = workload.lines(bytes());
        group.throughput(Throughput::Bytes(text.len() as u64));
        for mode in modes {
            let config = config().with_array_mode(mode);
            let id = BenchmarkId::new(workload.name(), mode);
            group.bench_function(id, |bencher| {
                bencher.iter(|| flatten(black_box(&*text), &config).expect("tables"));
            });
        }
    }
    let text = Workload::Orders.lines(bytes());
    let fields = vec!["order_id".to_owned()];
    for (name, ids) in [
        ("hash", IdGeneration::Hash),
        ("fields", IdGeneration::Fields(fields)),
        ("natural", IdGeneration::Natural),
    ] {
        let config = config().with_id_generation(ids).with_id_field("order_id");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::new("ids", name), |bencher| {
            bencher.iter(|| flatten(black_box(&*text), &config).expect("tables"));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = framing, parsing, tables
}
criterion_main!(benches);
