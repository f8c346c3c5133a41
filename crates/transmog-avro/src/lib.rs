//! Avro writer of transmog
