//! Nested JSON and JSONL in, related tables out
