//! JSON and JSONL in: sources, decompression, framing into chunks, and parse events
