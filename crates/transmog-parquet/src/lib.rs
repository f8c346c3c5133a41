//! Parquet writer of transmog
