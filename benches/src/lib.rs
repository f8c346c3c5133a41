//! Benchmarks: `stages.rs` measures the parts, `end_to_end.rs` the whole.
