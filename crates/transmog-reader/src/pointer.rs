//! The array of records inside an envelope: a JSON Pointer (RFC 6901) followed through a stream.
//! The parts that are skipped are checked and never held.

use crate::{
    document::Document,
    error::Error,
    files::similar,
    json::{Checked, Validator, parse_document},
    options::ReadOptions,
    stream::Stream,
};

/// Keys of an envelope's object that are remembered for a message, and the bytes of each, at
/// most.
const MAX_KEYS: usize = 1000;
const MAX_KEY_BYTES: usize = 100;
/// At most this many of them are shown.
const MAX_SHOWN_KEYS: usize = 10;

/// One step into an envelope.
#[derive(Clone, Debug)]
pub(crate) enum Token {
    /// Into the member of an object.
    Key(String),
    /// Into an element of an array.
    Element,
}

/// The key that a token of a pointer means.
pub(crate) fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// Consumes the stream up to the `[` of the array and gives the containers around it.
pub(crate) fn seek(
    stream: &mut Stream,
    pointer: &str,
    options: &ReadOptions,
) -> Result<Vec<Token>, Error> {
    let tokens = pointer.split('/').skip(1).map(unescaped);
    let mut open = Vec::new();
    let mut found = String::new();
    for token in tokens {
        let deeper = format!("{found}/{token}");
        open.push(match stream.peek(options)? {
            Some(b'{') => {
                member(stream, &token, pointer, &found, options)?;
                Token::Key(token)
            }
            Some(b'[') => {
                element(stream, &token, pointer, &found, options)?;
                Token::Element
            }
            _ => return Err(missing(stream, pointer, &found, "")),
        });
        found = deeper;
    }
    match stream.peek(options)? {
        Some(b'[') => Ok(open),
        _ => Err(stream.error(0, format!("records_path: expected an array at `{pointer}`"))),
    }
}

/// Consumes the rest of an envelope after the array of records.
pub(crate) fn rest(
    stream: &mut Stream,
    mut open: Vec<Token>,
    options: &ReadOptions,
) -> Result<(), Error> {
    while let Some(token) = open.pop() {
        loop {
            match (stream.peek(options)?, &token) {
                (Some(b','), Token::Element) => {
                    stream.consume(1);
                    skip_value(stream, options)?;
                }
                (Some(b','), Token::Key(key)) => {
                    stream.consume(1);
                    if next_key(stream, options)? == *key {
                        let message = format!(
                            "records_path: the envelope holds `{key}` twice, and the records of \
                             the first were read; fix the input"
                        );
                        return Err(stream.error(0, message));
                    }
                    skip_value(stream, options)?;
                }
                (Some(b']'), Token::Element) | (Some(b'}'), Token::Key(_)) => {
                    stream.consume(1);
                    break;
                }
                (None, _) => {
                    let message = "expected the document around the records to end";
                    return Err(stream.error(0, message));
                }
                (_, Token::Element) => return Err(stream.error(0, "expected `,` or `]`")),
                (_, Token::Key(_)) => return Err(stream.error(0, "expected `,` or `}`")),
            }
        }
    }
    Ok(())
}

/// The error of a pointer of which only `found` exists; `hint` says more.
#[cold]
fn missing(stream: &Stream, pointer: &str, found: &str, hint: &str) -> Error {
    let deepest = if found.is_empty() {
        "the document's top"
    } else {
        found
    };
    stream.error(
        0,
        format!("records_path: there is no `{pointer}`; the deepest part found is {deepest}{hint}"),
    )
}

/// The key that was probably meant, or the keys that exist.
fn hint(found: &str, wanted: &str, keys: &[String]) -> String {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    if keys.is_empty() {
        return String::new();
    }
    if let Some(key) = similar(wanted, keys.iter().cloned()) {
        return format!("; did you mean `{found}/{}`?", escaped(&key));
    }
    let shown = keys.iter().take(MAX_SHOWN_KEYS);
    let shown: Vec<_> = shown
        .map(|key| format!("`{found}/{}`", escaped(key)))
        .collect();
    let more = if keys.len() > MAX_SHOWN_KEYS {
        ", …"
    } else {
        ""
    };
    format!("; there are {}{more}", shown.join(", "))
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
    let mut keys = Vec::new();
    if stream.peek(options)? == Some(b'}') {
        return Err(missing(stream, pointer, found, ""));
    }
    loop {
        let next = next_key(stream, options)?;
        if next == key {
            return Ok(());
        }
        if keys.len() < MAX_KEYS && next.len() <= MAX_KEY_BYTES {
            keys.push(next);
        }
        skip_value(stream, options)?;
        match stream.peek(options)? {
            Some(b',') => stream.consume(1),
            Some(b'}') => {
                let hint = hint(found, key, &keys);
                return Err(missing(stream, pointer, found, &hint));
            }
            _ => return Err(stream.error(0, "expected `,` or `}`")),
        }
    }
}

/// Consumes a key and its colon.
fn next_key(stream: &mut Stream, options: &ReadOptions) -> Result<String, Error> {
    if stream.peek(options)? != Some(b'"') {
        return Err(stream.error(0, "expected a key in double quotes"));
    }
    let mut document = Document::default();
    let length = loop {
        match parse_document(stream.bytes(), &mut document) {
            Ok(length) => break length,
            Err(error)
                if error.is_end
                    && !stream.is_end()
                    && stream.bytes().len() <= options.longest_record().bytes =>
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
    Ok(document.into_text())
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
    let is_number = index == "0" || !index.starts_with(['0', '+']);
    let Some(index) = index.parse::<usize>().ok().filter(|_| is_number) else {
        return Err(missing(stream, pointer, found, ""));
    };
    for at in 0..=index {
        if at == 0 && stream.peek(options)? == Some(b']') {
            return Err(missing(stream, pointer, found, ""));
        }
        if at == index {
            break;
        }
        skip_value(stream, options)?;
        match stream.peek(options)? {
            Some(b',') => stream.consume(1),
            Some(b']') => return Err(missing(stream, pointer, found, "")),
            _ => return Err(stream.error(0, "expected `,` or `]`")),
        }
    }
    Ok(())
}

/// Consumes a value.
fn skip_value(stream: &mut Stream, options: &ReadOptions) -> Result<(), Error> {
    let mut validator = Validator::new(options.lenient);
    loop {
        match validator.feed(stream.bytes()) {
            Checked::Done(end) => {
                stream.consume(end);
                return Ok(());
            }
            Checked::Wrong(at, expected) => return Err(stream.error(at, expected)),
            Checked::More => {
                stream.consume_all();
                if stream.is_end() {
                    return Err(stream.error(0, "expected the rest of the document, found the end"));
                }
                stream.fill(options)?;
            }
        }
    }
}
