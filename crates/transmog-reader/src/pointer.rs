//! Finding the array of records inside an envelope: a JSON Pointer (RFC 6901)
//! followed through a stream.

use crate::{
    document::Document,
    error::Error,
    frame::Stream,
    options::ReadOptions,
    scan::{Scanner, Stop},
    syntax::parse_document,
};

/// Consumes the stream up to the first element of the array and gives the
/// number of brackets open around the array; `None` for a blank input.
pub(crate) fn seek(
    stream: &mut Stream,
    pointer: &str,
    options: &ReadOptions,
) -> Result<Option<usize>, Error> {
    if stream.peek(options)?.is_none() {
        return Ok(None);
    }
    let tokens = pointer
        .split('/')
        .skip(1)
        .map(|token| token.replace("~1", "/").replace("~0", "~"));
    let mut open = 0;
    let mut found = String::new();
    for token in tokens {
        match stream.peek(options)? {
            Some(b'{') => member(stream, &token, pointer, &found, options)?,
            Some(b'[') => element(stream, &token, pointer, &found, options)?,
            _ => return Err(missing(stream, pointer, &found)),
        }
        open += 1;
        found = format!("{found}/{token}");
    }
    match stream.peek(options)? {
        Some(b'[') => {
            stream.consume(1);
            Ok(Some(open))
        }
        _ => Err(stream.error(0, format!("records_path: expected an array at `{pointer}`"))),
    }
}

#[cold]
fn missing(stream: &Stream, pointer: &str, found: &str) -> Error {
    let deepest = if found.is_empty() {
        "the document's top"
    } else {
        found
    };
    stream.error(
        0,
        format!("records_path: there is no `{pointer}`; the deepest part found is {deepest}"),
    )
}

/// Consumes an object up to the value of `key`.
fn member(
    stream: &mut Stream,
    key: &str,
    pointer: &str,
    found: &str,
    options: &ReadOptions,
) -> Result<(), Error> {
    stream.consume(1);
    let mut document = Document::default();
    let mut wanted = Document::default();
    let quoted = serde_json::Value::from(key).to_string();
    // Text that serde_json wrote is JSON.
    let _ = parse_document(quoted.as_bytes(), &mut wanted);
    loop {
        match stream.peek(options)? {
            Some(b'"') => {}
            _ => return Err(missing(stream, pointer, found)),
        }
        let length = loop {
            match parse_document(&stream.buffer, &mut document) {
                Ok(length) => break length,
                Err(error)
                    if error.is_end
                        && !stream.is_end()
                        && stream.buffer.len() <= options.max_record_bytes =>
                {
                    stream.fill(options)?;
                }
                Err(error) => return Err(stream.error(error.byte, error.message)),
            }
        };
        stream.consume(length);
        if stream.peek(options)? != Some(b':') {
            return Err(stream.error(0, "expected `:` after the key"));
        }
        stream.consume(1);
        if document.is_same_string(&wanted) {
            return Ok(());
        }
        skip_value(stream, options)?;
        if stream.peek(options)? == Some(b',') {
            stream.consume(1);
        }
    }
}

/// Consumes an array up to its element `index`.
fn element(
    stream: &mut Stream,
    index: &str,
    pointer: &str,
    found: &str,
    options: &ReadOptions,
) -> Result<(), Error> {
    stream.consume(1);
    let Ok(index) = index.parse::<usize>() else {
        return Err(missing(stream, pointer, found));
    };
    for _ in 0..index {
        skip_value(stream, options)?;
        match stream.peek(options)? {
            Some(b',') => stream.consume(1),
            _ => return Err(missing(stream, pointer, found)),
        };
    }
    Ok(())
}

/// Consumes a value that is not wanted, up to the comma or bracket after it.
fn skip_value(stream: &mut Stream, options: &ReadOptions) -> Result<(), Error> {
    let mut scanner = Scanner::default();
    loop {
        match scanner.next(&stream.buffer, 0) {
            Stop::Comma(at) | Stop::Excess(at) => {
                stream.consume(at);
                return Ok(());
            }
            Stop::Closed(at) => {
                stream.consume(at + 1);
            }
            Stop::End => {
                let all = stream.buffer.len();
                stream.consume(all);
                if stream.is_end() {
                    return Err(stream.error(0, "expected the document to go on, found the end"));
                }
                stream.fill(options)?;
            }
        }
    }
}
