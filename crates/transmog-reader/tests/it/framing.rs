//! Where records begin and end, whatever the chunk size and the reads.

use crate::records::{Records, Rejected};
use transmog_reader::{ReadOptions, Source};

const CHUNK_BYTES: [usize; 6] = [1, 2, 7, 31, 64, 1 << 20];

/// Gives a byte at a time.
pub(crate) struct ByteByByte(pub(crate) std::io::Cursor<Vec<u8>>);

impl std::io::Read for ByteByByte {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let end = buffer.len().min(1);
        self.0.read(&mut buffer[..end])
    }
}

/// Reads with each chunk size, whole and a byte at a time, asserts that it
/// makes no difference, and gives what came out.
fn read(data: &[u8], options: &ReadOptions) -> Records {
    let whole = Records::of_bytes(data, options.clone());
    for chunk_bytes in CHUNK_BYTES {
        let options = options.clone().with_chunk_bytes(chunk_bytes);
        let slow = ByteByByte(std::io::Cursor::new(data.to_vec()));
        for records in [
            Records::of_bytes(data, options.clone()),
            Records::of(
                vec![Source::reader("<bytes>", Box::new(slow))],
                options.clone(),
            ),
        ] {
            let text = String::from_utf8_lossy(data);
            assert_eq!(records.accepted, whole.accepted, "{chunk_bytes}: {text}");
            assert_eq!(records.rejected, whole.rejected, "{chunk_bytes}: {text}");
            let message = |records: &Records| records.error.as_ref().map(ToString::to_string);
            assert_eq!(message(&records), message(&whole), "{chunk_bytes}: {text}");
        }
    }
    whole
}

fn accepted(data: &[u8]) -> Vec<String> {
    let records = read(data, &ReadOptions::default());
    assert!(records.is_clean(), "{records:?}");
    records.accepted
}

fn resuming() -> ReadOptions {
    ReadOptions::default().with_resume(true)
}

fn place(rejected: &Rejected) -> (usize, u64, u64, u64) {
    (
        rejected.records_before,
        rejected.line,
        rejected.column,
        rejected.byte,
    )
}

#[test]
fn one_form_or_another_gives_the_same_records() {
    let expected = [r#"{"a":1}"#, r#"{"a":"}\n]["}"#, "{}"];
    for form in [
        "{\"a\":1}\n{\"a\":\"}\\n][\"}\n{}\n",
        "{\"a\":1}\n{\"a\":\"}\\n][\"}\n{}",
        "{\"a\":1}\r\n{\"a\":\"}\\n][\"}\r\n{}\r\n",
        "\n\n{\"a\":1}\n \t\n{\"a\":\"}\\n][\"}\n\n{}\n\n",
        "{\"a\":1}{\"a\":\"}\\n][\"}{}",
        "{\"a\":1} {\"a\":\"}\\n][\"}\t{}",
        "{\n  \"a\": 1\n}\n{\n  \"a\": \"}\\n][\"\n}\n{\n}\n",
        "[{\"a\":1},{\"a\":\"}\\n][\"},{}]",
        " [\n  {\"a\": 1},\n  {\"a\": \"}\\n][\"},\n  {}\n]\n",
        "\u{feff}[{\"a\":1},{\"a\":\"}\\n][\"},{}]",
        "\u{feff}{\"a\":1}\n{\"a\":\"}\\n][\"}\n{}\n",
    ] {
        assert_eq!(accepted(form.as_bytes()), expected, "{form:?}");
    }
}

#[test]
fn nothing_gives_no_records() {
    for input in ["", " \n\t\r\n", "\u{feff}", "[]", " [ ] \n"] {
        assert!(accepted(input.as_bytes()).is_empty(), "{input:?}");
    }
}

#[test]
fn line_separators_of_unicode_end_no_line() {
    let input = "{\"a\":\"x\u{2028}y\u{2029}z\u{85}\"}\n{\"a\":2}\n";
    let expected = ["{\"a\":\"x\u{2028}y\u{2029}z\u{85}\"}", "{\"a\":2}"];
    assert_eq!(accepted(input.as_bytes()), expected);
}

#[test]
fn a_record_that_is_not_json_is_rejected_at_its_place() {
    let lines = b"{\"a\":1}\n{\"a\":tru}\n\n{\"a\":3}\n[4]\n{\"a\":5}\n";
    let records = read(lines, &resuming());
    assert_eq!(records.accepted, [r#"{"a":1}"#, r#"{"a":3}"#, r#"{"a":5}"#]);
    let places: Vec<_> = records.rejected.iter().map(place).collect();
    assert_eq!(places, [(1, 2, 9, 16), (3, 5, 1, 27)]);
    assert_eq!(records.rejected[0].raw, b"{\"a\":tru}");
    assert_eq!(records.rejected[1].raw, b"[4]");

    let array = b"[{\"a\":1},\n{\"a\":tru},\n\n{\"a\":3},[4],\n{\"a\":5}]";
    let records = read(array, &resuming());
    assert_eq!(records.accepted, [r#"{"a":1}"#, r#"{"a":3}"#, r#"{"a":5}"#]);
    let places: Vec<_> = records.rejected.iter().map(place).collect();
    assert_eq!(places, [(1, 2, 9, 18), (3, 4, 9, 30)]);
    assert_eq!(records.rejected[0].raw, b"{\"a\":tru}");
    assert_eq!(records.rejected[1].raw, b"[4]");
}

#[test]
fn an_object_that_does_not_end_hides_none_that_begins_on_a_line_after_it() {
    for unfinished in ["{\"n\":1", "{\"n\":1,", "{\"n\":[1,", "{\"n"] {
        for whole in ["{\"n\":2}", "{\"n\":2\n}", "{\n\"n\":\n2\n}"] {
            let text = format!("{unfinished}\n{whole}\n}}\n{{\"n\":3}}\n");
            let records = Records::of_bytes(text.as_bytes(), resuming());
            assert_eq!(records.accepted, ["{\"n\":2}", "{\"n\":3}"], "{text}");
            assert!(!records.rejected.is_empty(), "{text}");
        }
    }
}

#[test]
fn commas_of_an_array_are_checked() {
    for input in ["[,]", "[{},,{}]", "[{},]", "[,{}]", "[{}{}]", "[{} {}]"] {
        let records = read(input.as_bytes(), &ReadOptions::default());
        assert!(!records.is_clean(), "{input}: {records:?}");
    }
}

#[test]
fn an_end_that_does_not_come_is_an_error_with_its_place() {
    for (input, accepted) in [
        ("[{\"a\":1},\n{\"a\":2}", 1),
        ("[{\"a\":1},\n{\"a\":2},", 2),
        ("[", 0),
    ] {
        let records = read(input.as_bytes(), &resuming());
        assert!(!records.is_clean(), "{input}: {records:?}");
        assert!(records.accepted.len() >= accepted, "{input}: {records:?}");
    }
    let records = read(b"{\"a\":1}\n{\"a\":", &resuming());
    assert_eq!(records.accepted, [r#"{"a":1}"#]);
    assert_eq!(place(&records.rejected[0]), (1, 2, 6, 13));
}

#[test]
fn something_after_the_array_is_an_error() {
    for input in ["[{}] x", "[{}]]", "[{}],{}"] {
        let records = read(input.as_bytes(), &ReadOptions::default());
        assert_eq!(records.accepted, ["{}"], "{input}");
        assert!(records.error.is_some(), "{input}: {records:?}");
    }
}

#[test]
fn a_record_that_is_too_long_is_rejected_and_reading_goes_on() {
    let options = resuming().with_max_record_bytes(32);
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(100));
    for input in [
        format!("{{\"a\":1}}\n{long}\n{{\"a\":2}}\n"),
        format!("[{{\"a\":1}},\n{long},\n{{\"a\":2}}]"),
    ] {
        let records = read_lengths(&input, &options);
        assert_eq!(records.accepted, [r#"{"a":1}"#, r#"{"a":2}"#], "{input}");
        assert_eq!(records.rejected.len(), 1, "{records:?}");
        assert_eq!(
            (records.rejected[0].records_before, records.rejected[0].line),
            (1, 2)
        );
        assert!(records.rejected[0].message.contains("max_record_bytes"));
    }
}

/// As [`read`], but for the raw bytes: of what is too long there are as many
/// as were read before it showed.
fn read_lengths(input: &str, options: &ReadOptions) -> Records {
    let whole = Records::of_bytes(input.as_bytes(), options.clone());
    for chunk_bytes in CHUNK_BYTES {
        let records = Records::of_bytes(
            input.as_bytes(),
            options.clone().with_chunk_bytes(chunk_bytes),
        );
        assert_eq!(records.accepted, whole.accepted, "{chunk_bytes}: {input}");
        let places = |records: &Records| records.rejected.iter().map(place).collect::<Vec<_>>();
        assert_eq!(places(&records), places(&whole), "{chunk_bytes}: {input}");
    }
    whole
}

/// Elements that look sound, among others that stand beside each other or begin their lines.
#[test]
fn an_element_ends_where_those_before_it_say_in_every_chunk() {
    let beside = r#"[{"b"},{"b":1},{"b"},{"c":1},{"b"},"#;
    for line_end in ["\n", "\r\n", "\n\n", "\n  ", "\n\t"] {
        for behind in ["\\", "x", "\"x\"", "1 2", "[1]", "[{}]"] {
            let input = format!("{beside}{line_end}{{\"\"}}{line_end}{behind},{{\"a\":1}}]");
            let records = read(input.as_bytes(), &resuming());
            let expected = [r#"{"b":1}"#, r#"{"c":1}"#, r#"{"a":1}"#];
            assert_eq!(records.accepted, expected, "{input}");
        }
        let long = format!("{{\"l\":[{line_end}\t{{\"a\":2}},{{\"d\"}}]}}");
        let input = format!("{beside}{line_end} {long},{{\"a\":1}}]");
        read(input.as_bytes(), &resuming().with_max_record_bytes(12));
    }
}

#[test]
fn records_may_lie_in_an_envelope() {
    let options =
        |pointer: &str| ReadOptions::default().with_records_path(Some(pointer.parse().unwrap()));
    let expected = [r#"{"a":1}"#, r#"{"a":[2]}"#];
    for (pointer, input) in [
        ("", r#"[{"a":1},{"a":[2]}]"#),
        ("/data", r#"{"data":[{"a":1},{"a":[2]}]}"#),
        (
            "/data/items",
            r#"{"meta":{"items":[9]},"data":{"n":2,"items":[{"a":1},{"a":[2]}],"next":"]"},"x":[]}"#,
        ),
        ("/a~1b/m~0n", r#"{"a/b":{"m~n":[{"a":1},{"a":[2]}]}}"#),
        ("/1", r#"[{"x":1},[{"a":1},{"a":[2]}],3]"#),
        ("/é\n", "{\"\\u00e9\\n\":[{\"a\":1},{\"a\":[2]}]}"),
        (
            "/data",
            "{\"data\":[{\"a\":1}]}\n{\"data\":[{\"a\":[2]}]}\n",
        ),
        ("/data", "{\"data\":[]}{\"data\":[{\"a\":1},{\"a\":[2]}]}"),
    ] {
        let records = read(input.as_bytes(), &options(pointer));
        assert!(records.is_clean(), "{pointer} {input}: {records:?}");
        assert_eq!(records.accepted, expected, "{pointer} {input}");
    }
    for (pointer, input) in [
        ("/data", r#"{"dat":[{"a":1}]}"#),
        ("/data", r#"{"data":"a"}"#),
        ("/data/x", r#"{"data":[{"x":1}]}"#),
        ("/data", r#"{"data":[{"a":1}]"#),
        ("/data", r#"{"data":[{"a":1}]}}"#),
    ] {
        let records = read(input.as_bytes(), &options(pointer));
        assert!(!records.is_clean(), "{pointer} {input}: {records:?}");
    }
}

#[test]
fn an_array_may_begin_with_as_many_other_values_as_it_likes() {
    for scalars in [10, 16_383, 16_384, 17_000, 40_000] {
        for scalar in ["\"x\",", "1,", "null, ", "[1],"] {
            let input = format!("[{}{{\"a\":1}}]", scalar.repeat(scalars));
            let options = ReadOptions::default().with_resume(true);
            let records = Records::of_bytes(input.as_bytes(), options);
            assert_eq!(records.accepted.len(), 1, "{scalars} times {scalar}");
            assert_eq!(records.rejected.len(), scalars, "{scalars} times {scalar}");
        }
    }
}
