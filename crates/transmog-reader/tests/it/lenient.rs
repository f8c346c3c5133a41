//! What is not quite JSON: the size of chunks does not show, and what is counted is what is there.

use crate::records::Records;
use transmog_reader::{Leniency, ReadOptions};

const PARTS: [&str; 24] = [
    "{\"a\":1}",
    "{\"a\":1}\n",
    "\u{1e}{\"a\":1}\n",
    "\u{1e}{\"a\":[{\"b\"",
    "\u{1e}",
    "\n",
    "{\"a\":NaN}",
    "{\"a\":\"\\ud800\"}\n",
    "// \"{\n",
    "/* } \n ] */",
    "//",
    "/*",
    "*/",
    "/",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "x",
    "\\",
    " ",
];

fn random_texts(count: usize) -> impl Iterator<Item = String> {
    let mut bits = 88_172_645_463_325_252u64;
    let mut next = move |below: usize| {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        (bits % below as u64) as usize
    };
    (0..count).map(move |_| {
        let length = next(14);
        (0..length).map(|_| PARTS[next(PARTS.len())]).collect()
    })
}

#[test]
fn chunks_do_not_show() {
    let without = Leniency::ALL.into_iter();
    let without: Vec<_> = without.filter(|it| *it != Leniency::Comments).collect();
    for kinds in [&Leniency::ALL[..], &without, &[]] {
        for text in random_texts(4000) {
            let read = |chunk_bytes| {
                let options = ReadOptions::default()
                    .with_lenient(kinds)
                    .with_resume(true)
                    .with_chunk_bytes(chunk_bytes);
                let records = Records::of_bytes(text.as_bytes(), options);
                assert!(records.error.is_none(), "{text:?}: {records:?}");
                let raws = records.rejected.into_iter().map(|it| it.raw);
                let raws: Vec<_> = raws.collect();
                let mut remarks = records.remarks;
                remarks.sort();
                (records.accepted, records.starts, raws, remarks)
            };
            let whole = read(1 << 20);
            for chunk_bytes in [1, 5, 40] {
                assert_eq!(read(chunk_bytes), whole, "{text:?} by {chunk_bytes}");
            }
        }
    }
}

#[test]
fn a_text_that_is_cut_off_costs_no_other() {
    let cut_off = ["{\"a\":1", "{\"a\":\"x", "{\"a\":", "{\"a\":[{\"b\":[", "{"];
    for broken in cut_off {
        let text =
            format!("\u{1e}{{\"n\":1}}\n\u{1e}{broken}\u{1e}{{\"n\":2}}\n\u{1e}{{\"n\":3}}\n");
        for chunk_bytes in [1, 20, 1 << 20] {
            let options = ReadOptions::default()
                .with_resume(true)
                .with_chunk_bytes(chunk_bytes);
            let records = Records::of_bytes(text.as_bytes(), options);
            let expected = [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":3}"#];
            assert_eq!(records.accepted, expected, "{text:?} by {chunk_bytes}");
            assert_eq!(records.rejected.len(), 1, "{text:?} by {chunk_bytes}");
            assert_eq!(records.rejected[0].raw, broken.as_bytes());
        }
    }
}

#[test]
fn what_is_skipped_may_be_lenient_too() {
    let text = r#"{"meta":{"x":NaN,"y":["\ud800",],},"d":[{"a":1}]}"#;
    let options = ReadOptions::default().with_records_path(Some("/d".parse().unwrap()));
    let lenient = options.clone().with_lenient(&Leniency::ALL);
    assert_eq!(Records::all(text.as_bytes(), lenient), [r#"{"a":1}"#]);
    assert!(Records::of_bytes(text.as_bytes(), options).error.is_some());
}
