//! What input is that is not JSON, told by its first bytes, and what to do with it.

use crate::{compression::Compression, json::is_blank};
use memchr::memchr;

/// The longest look that tells: the mark of tar is there.
pub(crate) const LOOK: usize = 512;

/// A kind of file that no JSON begins like.
struct Kind {
    name: &'static str,
    /// Where its mark is.
    at: usize,
    mark: &'static [u8],
    advice: &'static str,
}

const UNPACK: &str = "unpack it, and read the files in it";
const DECOMPRESS: &str = "decompress it first";
const EXPORT: &str = "export it as JSON or JSON Lines first";
const TABLES: &str = "it holds tables already; a program that reads such files, as DuckDB, can \
                      export them as JSON";
const CONVERT: &str = "convert it to UTF-8";

const fn kind(name: &'static str, at: usize, mark: &'static [u8], advice: &'static str) -> Kind {
    Kind {
        name,
        at,
        mark,
        advice,
    }
}

/// The words among these are only marks where the bytes are not text.
const KINDS: [Kind; 30] = [
    kind("UTF-32", 0, b"\xff\xfe\0\0", CONVERT),
    kind("UTF-32", 0, b"\0\0\xfe\xff", CONVERT),
    kind("UTF-32", 0, b"{\0\0\0", CONVERT),
    kind("UTF-32", 0, b"[\0\0\0", CONVERT),
    kind("UTF-32", 0, b"\0\0\0{", CONVERT),
    kind("UTF-32", 0, b"\0\0\0[", CONVERT),
    kind(
        "zero bytes",
        0,
        b"\0\0",
        "it was not written, or cut while something wrote to it; get it again",
    ),
    kind("a zip archive", 0, b"PK\x03\x04", UNPACK),
    kind("a zip archive", 0, b"PK\x05\x06", UNPACK),
    kind("a tar archive", 257, b"ustar", UNPACK),
    kind("a 7z archive", 0, b"7z\xbc\xaf\x27\x1c", UNPACK),
    kind("a RAR archive", 0, b"Rar!\x1a\x07", UNPACK),
    kind("data compressed by LZ4", 0, b"\x04\x22\x4d\x18", DECOMPRESS),
    kind(
        "data compressed by Snappy",
        0,
        b"\xff\x06\0\0sNaPpY",
        DECOMPRESS,
    ),
    kind("data compressed by lzip", 0, b"LZIP\x01", DECOMPRESS),
    kind("data compressed by LZMA", 0, b"\x5d\0\0", DECOMPRESS),
    kind("data compressed by compress", 0, b"\x1f\x9d", DECOMPRESS),
    kind("a Parquet file", 0, b"PAR1", TABLES),
    kind("an encrypted Parquet file", 0, b"PARE", TABLES),
    kind("an Avro file", 0, b"Obj\x01", TABLES),
    kind("an Arrow file", 0, b"ARROW1\0\0", TABLES),
    kind("an Arrow stream", 0, b"\xff\xff\xff\xff", TABLES),
    kind("a Feather file", 0, b"FEA1", TABLES),
    kind("a SQLite database", 0, b"SQLite format 3\0", EXPORT),
    kind("a DuckDB database", 8, b"DUCK", EXPORT),
    kind("an HDF5 file", 0, b"\x89HDF\r\n\x1a\n", EXPORT),
    kind(
        "an Office document",
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        EXPORT,
    ),
    kind("a PDF document", 0, b"%PDF-", EXPORT),
    kind("XML", 0, b"<?xml", EXPORT),
    kind("an ORC file", 0, b"ORC", TABLES),
];

/// Those that may be text as far as their first bytes go. Text with another mark may hold records.
const TEXTS: [&str; 2] = ["XML", "a PDF document"];

/// What may be before text that holds records.
const BEFORE_TEXT: [&str; 4] = ["zero bytes", HTML_PAGE, "XML", "a PDF document"];
const HTML_PAGE: &str = "an HTML page";

/// Beginnings of HTML, in lower case.
const HTML: [&[u8]; 3] = [b"<!doctype html", b"<html", b"<head"];
const HTML_ADVICE: &str = "it is a page for people, often one that says why there is no data: look \
                           at it, and check the address and the login";

/// Whether records may stand in lines behind first bytes that [`refusal`] names: a page or zero bytes
/// that something wrote before them. `look` is the beginning of the source.
pub(crate) fn may_hold_records(look: &[u8]) -> bool {
    let is_before_text = named(look).is_some_and(|(name, _)| BEFORE_TEXT.contains(&name));
    let begins_record = |line: &[u8]| {
        let mut bytes = line.iter().filter(|byte| !is_blank(**byte));
        bytes.next() == Some(&b'{') && matches!(bytes.next(), Some(b'"' | b'}'))
    };
    is_before_text && look.split(|byte| *byte == b'\n').skip(1).any(begins_record)
}

/// Why these first bytes of a source begin no JSON, if that is certain. They are decompressed from
/// `outer`.
pub(crate) fn refusal(bytes: &[u8], outer: Compression) -> Option<String> {
    let inner = Compression::of(bytes);
    if inner != Compression::None {
        return Some(format!(
            "expected JSON in the data compressed by {}, found data compressed by {}; decompress \
             it once before",
            outer.name(),
            inner.name()
        ));
    }
    let (name, advice) = named(bytes)?;
    Some(format!("expected JSON, found {name}; {advice}"))
}

fn named(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let is_text = !bytes[..bytes.len().min(LOOK)].iter().any(is_binary);
    let has_mark = |kind: &&Kind| {
        let found = bytes.get(kind.at..kind.at + kind.mark.len());
        found == Some(kind.mark) && (!is_text || TEXTS.contains(&kind.name))
    };
    if let [b'{' | b'[', second, ..] = bytes
        && *second != 0
    {
        return None;
    }
    if let Some(kind) = KINDS.iter().find(has_mark) {
        return Some((kind.name, kind.advice));
    }
    let text = bytes.trim_ascii_start();
    let is_html = |begin: &&[u8]| {
        let head = text.get(..begin.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(begin))
    };
    if HTML.iter().any(is_html) {
        return Some((HTML_PAGE, HTML_ADVICE));
    }
    match bytes {
        #[cfg(not(feature = "encodings"))]
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some((
            "UTF-16, which this build does not read",
            "build transmog with the feature `encodings`, or convert it to UTF-8",
        )),
        [0, _, ..] | [_, 0, ..] => Some((
            "UTF-16 without a byte-order mark",
            "name the encoding (encoding = utf-16le or utf-16be)",
        )),
        _ => None,
    }
}

/// Whether no text has the byte. A record separator is in JSON text sequences.
fn is_binary(byte: &u8) -> bool {
    matches!(byte, 0..=8 | 0x0e..=0x1d | 0x1f | 0x7f)
}

/// What text looks like that begins like this, if it begins no JSON. It is only a guess: text may
/// hold records behind such a beginning, as logs do.
pub(crate) fn resemblance(bytes: &[u8]) -> Option<&'static str> {
    let text = bytes.trim_ascii_start();
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.next()?;
    let second = lines.find(|line| !line.is_empty()).unwrap_or_default();
    if matches!(first.first(), None | Some(b'{')) {
        return None;
    }
    if text.starts_with(b")]}'") {
        return Some(
            "the input looks like JSON behind a guard against scripts; remove its first line",
        );
    }
    if is_script(text) {
        return Some(
            "the input looks like JavaScript; remove what is before its first bracket and behind \
             its last one",
        );
    }
    if matches!(text, [b'<', b'!' | b'a'..=b'z' | b'A'..=b'Z', ..]) && !first.contains(&b'{') {
        return Some("the input looks like XML or HTML; convert it to JSON first");
    }
    if is_section(first) {
        return Some("the input looks like TOML or an INI file; convert it to JSON first");
    }
    if first.starts_with(b"[") || first.contains(&b'{') || second.contains(&b'{') {
        return None;
    }
    if is_yaml(first, second) {
        return Some("the input looks like YAML; convert it to JSON first");
    }
    let is_csv = |delimiter: &u8| {
        let count = count(first, *delimiter);
        count > 0 && (second.is_empty() || count == self::count(second, *delimiter))
    };
    [b',', b'\t', b';', b'|'].iter().any(is_csv).then_some(
        "the input looks like CSV, which is a table already; convert it to JSON first to read it \
         here",
    )
}

/// `name = [`, `var name = {`, `name([`, `export default {`.
fn is_script(text: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_$.[]\"'".contains(byte);
    let mut rest = text;
    for word in ["export ", "default ", "window.", "var ", "let ", "const "] {
        rest = rest.strip_prefix(word.as_bytes()).unwrap_or(rest);
    }
    let is_default = text.starts_with(b"export default ");
    let name = rest.iter().take_while(|byte| is_name(byte)).count();
    let behind = rest[name..].trim_ascii_start();
    let value = match behind {
        [b'=' | b'(', value @ ..] if name > 0 && !rest[0].is_ascii_digit() => value,
        _ if is_default => rest,
        _ => return false,
    };
    rest.first() != Some(&b'[') && matches!(value.trim_ascii_start().first(), Some(b'[' | b'{'))
        || is_default
}

/// `[section]` or `[[section]]`.
fn is_section(line: &[u8]) -> bool {
    let inner = line.strip_prefix(b"[").and_then(|it| it.strip_suffix(b"]"));
    inner.is_some_and(|inner| {
        let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-. []".contains(byte);
        inner.iter().any(u8::is_ascii_alphabetic)
            && inner.iter().all(is_of_name)
            && !matches!(inner, b"null" | b"true" | b"false")
    })
}

/// `---`, `- item`, or two lines `key: value`.
fn is_yaml(first: &[u8], second: &[u8]) -> bool {
    let is_member = |line: &[u8]| {
        let Some(colon) = memchr(b':', line) else {
            return false;
        };
        let is_of_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-. \"'".contains(byte);
        let (key, value) = line.split_at(colon);
        key.first().is_some_and(|byte| !byte.is_ascii_digit())
            && key.iter().all(is_of_key)
            && matches!(value, [b':'] | [b':', b' ', ..])
    };
    let is_item = |line: &[u8]| line.starts_with(b"- ");
    first == b"---"
        || first.starts_with(b"%YAML")
        || is_item(first)
        || is_member(first) && (second.is_empty() || is_member(second) || is_item(second))
}

/// The delimiters of a line of CSV outside quotes.
fn count(line: &[u8], delimiter: u8) -> usize {
    let mut is_quoted = false;
    let outside = line.iter().filter(|byte| {
        is_quoted ^= **byte == b'"';
        !is_quoted && **byte == delimiter
    });
    outside.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_refused_for_its_words() {
        for text in [
            &b"PAR1 {\"a\":1}\n"[..],
            b"ORC is a format {\"a\":1}\n",
            b"FEA1 {}",
            b"PARE",
            b"12345678DUCK {}",
            b"{\"name\":DUCK\x01}",
            b"<13>Oct 1 host {\"a\":1}",
            b"\x1e{\"a\":1}\n",
            b"BZh9 {\"a\":1}",
            b"{\"a\":1}",
            b"",
            b"1",
        ] {
            let found = refusal(text, Compression::None);
            assert_eq!(found, None, "{:?}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn every_kind_is_named() {
        for kind in &KINDS {
            let mut bytes = vec![b'a'; kind.at];
            bytes.extend_from_slice(kind.mark);
            bytes.extend_from_slice(b"\x01\x02\x00\x00 and more");
            let found = named(&bytes).map(|(name, _)| name);
            assert_eq!(found, Some(kind.name), "{:?}", kind.mark);
        }
        for html in ["<!DOCTYPE html>\n<html>", "\n  <HTML lang=en>"] {
            let found = refusal(html.as_bytes(), Compression::None);
            assert!(found.expect("a refusal").contains("HTML"), "{html}");
        }
        let twice = refusal(b"\x1f\x8b\x08\0", Compression::Xz).expect("a refusal");
        assert!(twice.contains("gzip") && twice.contains("xz"), "{twice}");
    }

    #[test]
    fn text_resembles_other_formats() {
        for (text, expected) in [
            ("id,name\n1,a\n2,b\n", "CSV"),
            ("id;name\n1;\"a;b\"\n", "CSV"),
            ("\"id\"\t\"name\"\n", "CSV"),
            ("name: a\nitems:\n  - 1\n", "YAML"),
            ("---\n- a\n", "YAML"),
            ("- a: 1\n  b: 2\n", "YAML"),
            ("window.YTD.tweets.part0 = [ {\n", "JavaScript"),
            ("const rows = {\"a\":1};", "JavaScript"),
            ("export default [{}]", "JavaScript"),
            ("callback([{\"a\":1}])", "JavaScript"),
            (")]}'\n[1]", "guard"),
            ("<rss version=\"2\">", "XML"),
            ("[package]\nname = \"a\"\n", "TOML"),
        ] {
            let found = resemblance(text.as_bytes()).unwrap_or("nothing");
            assert!(found.contains(expected), "{text:?}: {found}");
        }
        for text in [
            "[10:00] {\"n\":1}\n",
            "INFO, started {\"n\":1}\n",
            "a,b {\"n\":1}\nc,d {\"n\":2}\n",
            "{'a': 1, 'b': 2}\n",
            "{a = [1]}",
            "[1, 2]\n",
            "[null]\n",
            "hello\n{\"a\":1}\n",
            "12:30:01 started\n",
            "",
        ] {
            assert_eq!(resemblance(text.as_bytes()), None, "{text:?}");
        }
    }
}
