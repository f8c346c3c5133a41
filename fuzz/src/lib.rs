//! What must hold for any input. Fuzz targets call these functions, and the
//! tests of `transmog` call them with the inputs that once failed.

mod checks;

pub use checks::{arrow, avro, csv, flattening, framing, orc, parquet, parsing};
