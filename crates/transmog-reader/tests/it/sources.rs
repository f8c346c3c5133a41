//! Files, compressed files, and documents in dialects.

use crate::records::Records;
use std::{fs, io::Write as _};
use transmog_reader::{ReadOptions, Source};

const LINES: &[u8] = b"{\"a\":1}\n{\"a\":2}\n";

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(data: &[u8]) -> Vec<u8> {
    zstd::encode_all(data, 1).unwrap()
}

#[test]
fn compression_is_known_by_content() {
    let expected = Records::all(LINES, ReadOptions::default());
    for compressed in [
        gzip(LINES),
        zstandard(LINES),
        // Members and frames one after another are one file.
        [gzip(&LINES[..5]), gzip(&LINES[5..])].concat(),
        [zstandard(&LINES[..5]), zstandard(&LINES[5..])].concat(),
    ] {
        assert_eq!(Records::all(&compressed, ReadOptions::default()), expected);
    }
}

#[test]
fn a_compressed_file_cut_short_is_an_error() {
    let long: Vec<u8> = LINES.repeat(10_000);
    for compressed in [gzip(&long), zstandard(&long)] {
        for end in [compressed.len() - 1, compressed.len() / 2, 12] {
            let records = Records::of_bytes(
                &compressed[..end],
                ReadOptions::default().with_chunk_bytes(64),
            );
            assert!(
                records.error.is_some(),
                "cut at {end}: {} records",
                records.accepted.len()
            );
        }
    }
    let mut garbled = gzip(&long);
    let middle = garbled.len() - 6;
    garbled[middle] ^= 0xff;
    assert!(
        Records::of_bytes(&garbled, ReadOptions::default())
            .error
            .is_some()
    );
}

#[test]
fn an_encoding_is_decoded_in_chunks_of_any_size() {
    let text = "{\"a\":\"größe 日本\"}\n".repeat(50);
    let utf_16 = |to_bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let marked = format!("\u{feff}{text}");
        marked.encode_utf16().flat_map(to_bytes).collect()
    };
    let expected = Records::all(text.as_bytes(), ReadOptions::default());
    for data in [utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes)] {
        for size in [1, 17, 1000, 1 << 20] {
            let options = ReadOptions::default().with_chunk_bytes(size);
            assert_eq!(Records::all(&data, options), expected, "{size}");
            let options = ReadOptions::default().with_chunk_bytes(size);
            let records = Records::of_bytes(&gzip(&data), options.with_resume(true));
            assert_eq!(
                (records.accepted, records.starts[1]),
                (expected.clone(), 23)
            );
        }
        // Half a character at the end belongs to the last record.
        let options = ReadOptions::default().with_resume(true);
        let records = Records::of_bytes(&data[..data.len() - 1], options);
        assert_eq!((records.accepted.len(), records.rejected.len()), (49, 1));
        assert!(
            records.rejected[0].message.contains("UTF-16"),
            "{records:?}"
        );
    }
}

#[test]
fn a_window_is_allowed_as_far_as_the_memory_is() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.long_distance_matching(true).unwrap();
    encoder.window_log(28).unwrap();
    encoder.write_all(LINES).unwrap();
    let compressed = encoder.finish().unwrap();
    let small = Records::of_bytes(&compressed, ReadOptions::default());
    let message = small.error.expect("it is too much").to_string();
    assert!(message.contains("memory_limit"), "{message}");
    let options = ReadOptions::default().with_decompressor_memory(256 << 20);
    assert_eq!(Records::all(&compressed, options).len(), 2);
}

#[cfg(feature = "xz")]
#[test]
fn a_dictionary_is_allowed_as_far_as_the_memory_is() {
    let mut compressed = Vec::new();
    let mut encoder = liblzma::write::XzEncoder::new(&mut compressed, 9);
    encoder.write_all(LINES).unwrap();
    encoder.finish().unwrap();
    let options = ReadOptions::default().with_decompressor_memory(1 << 20);
    let small = Records::of_bytes(&compressed, options);
    let message = small.error.expect("it is too much").to_string();
    assert!(message.contains("memory_limit"), "{message}");
    assert_eq!(Records::all(&compressed, ReadOptions::default()).len(), 2);
}

#[test]
fn what_is_behind_a_member_is_counted() {
    use transmog_events::Remark;
    let member = gzip(LINES);
    for (behind, count) in [
        (&b""[..], 0),
        (b"\0", 1),
        (b"\0\0\x1f", 0),
        (b"\x1f\0", 2),
        (b"garbage", 7),
    ] {
        let data = [&member[..], behind].concat();
        for size in [1, 1 << 20] {
            let options = ReadOptions::default().with_chunk_bytes(size);
            let records = Records::of_bytes(&data, options.with_resume(true));
            assert_eq!(records.accepted.len(), 2);
            if behind.ends_with(b"\x1f") {
                // It may be the beginning of a member that is cut off.
                assert_eq!(records.rejected.len(), 1);
                continue;
            }
            let trailing = (Remark::TrailingByte, "$".to_owned());
            assert_eq!(records.remarks, vec![trailing; count], "{behind:?}");
        }
    }
}

#[test]
fn each_file_has_its_own_form_and_places() {
    let sources = vec![
        Source::bytes("one", b"[{\"a\":1}]".to_vec()),
        Source::bytes("two", gzip(b"{\"a\":2}\n{\"a\"}\n")),
        Source::bytes("three", b"".to_vec()),
        Source::bytes("four", b"{\"a\":3}".to_vec()),
    ];
    let records = Records::of(sources, ReadOptions::default().with_resume(true));
    assert_eq!(records.accepted, [r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]);
    assert_eq!(records.rejected.len(), 1);
    assert_eq!(
        (records.rejected[0].line, records.rejected[0].byte),
        (2, 12)
    );
}

#[cfg(feature = "json5")]
#[test]
fn json5_is_read_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.json5");
    fs::write(&path, "// a comment\n[{a: 1, b: 'x',}, {a: .5}]").unwrap();
    let records = Records::of(vec![Source::path(path)], ReadOptions::default());
    assert_eq!(records.accepted, [r#"{"a":1,"b":"x"}"#, r#"{"a":0.5}"#]);
}

/// The libraries give float64, but numbers keep the digits that they have in the document.
#[cfg(all(feature = "json5", feature = "hjson"))]
#[test]
fn numbers_of_dialects_keep_their_digits() {
    let read = |name: &str, text: &str| {
        let source = Source::bytes(name, text.as_bytes().to_vec());
        Records::of(vec![source], ReadOptions::default())
    };
    for name in ["a.json5", "a.hjson"] {
        for (text, json) in [
            (
                "{\"a\": 1.123456789012345678}",
                r#"{"a":1.123456789012345678}"#,
            ),
            ("{\"a\": -1e-400, \"b\": 2.5}", r#"{"a":-1e-400,"b":2.5}"#),
            ("{\"a\": 3e-324}", r#"{"a":3e-324}"#),
            (
                "{\"b\": \"1.1234567890123457 and \\\\\", \"a\": 0.30000000000000004}",
                r#"{"b":"1.1234567890123457 and \\","a":0.30000000000000004}"#,
            ),
            (
                "{\"a\": 2.000000000000000000001, \"b\": \"2\"}",
                r#"{"a":2.000000000000000000001,"b":"2"}"#,
            ),
        ] {
            let records = read(name, text);
            assert_eq!(
                records.accepted,
                [json],
                "{name} {text} {:?}",
                records.error
            );
        }
        let several = "{\"a\": 1.123456789012345678, \"b\": 1.123456789012345679}";
        let error = read(name, several)
            .error
            .expect("not told apart")
            .to_string();
        assert!(error.contains("write them as strings"), "{error}");
    }
    let records = read("a.json5", "{a: +.12345678901234567890, b: -5.}");
    assert_eq!(records.accepted, [r#"{"a":0.12345678901234567890,"b":-5}"#]);
}

#[cfg(feature = "hjson")]
#[test]
fn hjson_is_read_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.hjson");
    fs::write(&path, "{\n  # a comment\n  a: 1\n  b: some words\n}\n").unwrap();
    let records = Records::of(vec![Source::path(path)], ReadOptions::default());
    assert_eq!(records.accepted, [r#"{"a":1,"b":"some words"}"#]);
}

#[cfg(all(feature = "json5", feature = "hjson"))]
#[test]
fn dialects_are_as_deep_and_as_large_as_bounds_allow() {
    let read = |name: &str, text: &str, memory: usize| {
        let options = ReadOptions::default().with_record_memory(memory);
        Records::of(vec![Source::bytes(name, text)], options)
    };
    for name in ["a.json5", "a.hjson"] {
        for (open, close) in [("{a:", "}"), ("[", "]"), ("{\"a\": [", "]}")] {
            let nested = |count: usize| format!("{}1{}", open.repeat(count), close.repeat(count));
            let levels = open.matches(['{', '[']).count();
            // The record is the outermost object, or in the outermost array.
            let whole = read(name, &nested(1000 / levels), usize::MAX);
            assert!(whole.error.is_none(), "{name}: {:?}", whole.error);
            for count in [1025, 5_000, 100_000] {
                let records = read(name, &nested(count), usize::MAX);
                let error = records.error.expect("too deep").to_string();
                assert!(error.contains("at most 1024 levels"), "{error}");
            }
        }
        let blanks = " ".repeat(1 << 20);
        for (text, is_read) in [("", true), (&*blanks, false)] {
            let records = read(name, &format!("{text}{{a:1\n}}"), 1 << 20);
            assert_eq!(records.accepted.len(), usize::from(is_read));
            let error = records.error.map(|error| error.to_string());
            let says = error.is_some_and(|error| error.contains("(memory_limit)"));
            assert_ne!(says, is_read);
        }
    }
}
