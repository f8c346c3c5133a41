//! The whole way from bytes to files, in bytes of input per second: each format
//! with one thread and with two.

#![allow(missing_docs, reason = "criterion makes a public function of a group")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use transmog::{Output, OutputFormat, TransmogConfig, flatten_stream};
use transmog_testkit::Workload;

/// Bytes of each data set.
const BYTES: usize = 32 << 20;
/// The same when a benchmark is only tried.
const TRIED_BYTES: usize = 64 << 10;

fn bytes() -> usize {
    match std::env::args().any(|argument| argument == "--test") {
        true => TRIED_BYTES,
        false => BYTES,
    }
}

const FORMATS: [OutputFormat; 5] = [
    OutputFormat::Csv,
    OutputFormat::Parquet,
    OutputFormat::Orc,
    OutputFormat::Avro,
    OutputFormat::Arrow,
];

fn files(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("files");
    for workload in Workload::ALL {
        let text = workload.lines(bytes());
        group.throughput(Throughput::Bytes(text.len() as u64));
        for format in FORMATS {
            for threads in [1, 2] {
                let output = Output::of(format).expect("a format");
                let config = TransmogConfig::default().with_threads(threads);
                let id = BenchmarkId::new(format!("{}/{format}", workload.name()), threads);
                group.bench_function(id, |bencher| {
                    bencher.iter(|| {
                        let directory = tempfile::tempdir().expect("a temporary directory");
                        flatten_stream(&*text, directory.path(), &output, &config).expect("files")
                    });
                });
            }
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = files
}
criterion_main!(benches);
