//! The way to the records of a document: a path followed through a stream. The parts that are
//! passed by are checked and never held.

use crate::{
    document::Document,
    error::Error,
    files::similar,
    json::{Checked, Validator, parse_lenient},
    options::ReadOptions,
    stream::{Mark, Stream},
};
use std::sync::Arc;
use transmog_events::{PathPattern, PatternStep};

/// Keys of a document's object that are remembered for a message, and the bytes of each, at
/// most.
const MAX_KEYS: usize = 1000;
const MAX_KEY_BYTES: usize = 100;
/// At most this many of them are shown.
const MAX_SHOWN_KEYS: usize = 10;

/// A container around the records.
#[derive(Clone, Debug)]
pub(crate) enum Open {
    /// An object, in the value of this key.
    Member(String),
    /// An array, in one of its elements; no other one is meant.
    Element,
    /// An array of which every element is meant: the step behind it, and the place of its `[`.
    Elements { step: usize, bracket: Mark },
    /// An object of which every member is meant: the step behind it, and the key around it.
    Members { step: usize, key: Option<Arc<str>> },
}

/// What a path leads to. The stream is at its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// An array of records.
    Records,
    /// One record.
    Record,
    /// An array in whose elements the path goes on with this step.
    Elements { step: usize },
    /// An object in whose members the path goes on with this step.
    Members { step: usize },
}

/// A path, and how far it was followed.
#[derive(Clone, Copy)]
struct Way<'p> {
    path: &'p PathPattern,
    done: usize,
}

/// Follows the path from this step on, whose value is next, to where the records are. The
/// containers that it goes into are added to `open`.
pub(crate) fn seek(
    stream: &mut Stream,
    path: &PathPattern,
    step: usize,
    open: &mut Vec<Open>,
    options: &ReadOptions,
) -> Result<Target, Error> {
    for (done, step) in path.steps().iter().enumerate().skip(step) {
        let way = Way { path, done };
        let next = stream.peek(options)?;
        open.push(match (step, next) {
            (PatternStep::Elements, Some(b'[')) => return Ok(Target::Elements { step: done + 1 }),
            (PatternStep::Members, Some(b'{')) => return Ok(Target::Members { step: done + 1 }),
            (PatternStep::Member(key) | PatternStep::Token(key), Some(b'{')) => {
                member(stream, key, way, options)?;
                Open::Member(key.to_string())
            }
            (PatternStep::Token(index), Some(b'[')) => {
                element(stream, index, way, options)?;
                Open::Element
            }
            (step, next) => return Err(way.other(stream, wanted(step), next)),
        });
    }
    let done = path.steps().len();
    match stream.peek(options)? {
        Some(b'[') => Ok(Target::Records),
        Some(b'{') => Ok(Target::Record),
        next => Err(Way { path, done }.other(stream, "an object or an array", next)),
    }
}

/// What a step leads into.
fn wanted(step: &PatternStep) -> &'static str {
    match step {
        PatternStep::Elements => "an array",
        _ => "an object",
    }
}

/// Consumes what follows a value in these containers, and leaves those that end there. It ends
/// in a container of which every value is meant, or behind the last one.
pub(crate) fn rest(
    stream: &mut Stream,
    open: &mut Vec<Open>,
    options: &ReadOptions,
) -> Result<(), Error> {
    let is_left = |open: &mut Open| matches!(open, Open::Member(_) | Open::Element);
    while let Some(container) = open.pop_if(is_left) {
        loop {
            match (stream.peek(options)?, &container) {
                (Some(b','), Open::Member(key)) => {
                    stream.consume(1);
                    let next = skip_commas(stream, options)?;
                    if options.lenient.commas && next == Some(b'}') {
                        continue;
                    }
                    if next_key(stream, options)? == *key {
                        let message = format!(
                            "records_path: the document holds `{key}` twice, and the records of \
                             the first were read; fix the input"
                        );
                        return Err(stream.error(0, message));
                    }
                    skip_value(stream, options)?;
                }
                (Some(b','), _) => {
                    stream.consume(1);
                    let next = skip_commas(stream, options)?;
                    if !options.lenient.commas || next != Some(b']') {
                        skip_value(stream, options)?;
                    }
                }
                (Some(b'}'), Open::Member(_)) | (Some(b']'), Open::Element) => {
                    stream.consume(1);
                    break;
                }
                (None, _) => {
                    let message = "expected the document around the records to end";
                    return Err(stream.error(0, message));
                }
                (_, Open::Member(_)) => return Err(stream.error(0, "expected `,` or `}`")),
                (_, _) => return Err(stream.error(0, "expected `,` or `]`")),
            }
        }
    }
    Ok(())
}

impl Way<'_> {
    /// The error of a path of which no more exists; `hint` says more.
    #[cold]
    fn missing(self, stream: &Stream, hint: &str) -> Error {
        let wanted = self.path.first(self.done + 1);
        let at = self.place();
        let message =
            format!("records_path: there is no `{wanted}`; the deepest part found is {at}{hint}");
        stream.error(0, message).of_path()
    }

    /// The error of a value of another kind.
    #[cold]
    fn other(self, stream: &Stream, wanted: &str, next: Option<u8>) -> Error {
        let found = match next {
            Some(b'{') => "an object, whose members are `.*`",
            Some(b'[') => "an array, whose elements are `[*]`",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            Some(b'-' | b'0'..=b'9') => "a number",
            Some(_) => "no JSON",
            None => "the end",
        };
        let message = format!(
            "records_path: expected {wanted} at {}, found {found}",
            self.place()
        );
        stream.error(0, message).of_path()
    }

    /// How far it was followed, for messages.
    fn place(self) -> String {
        match self.done {
            0 => "the document's top".to_owned(),
            done => format!("`{}`", self.path.first(done)),
        }
    }

    /// The key that was probably meant, or the keys that exist.
    fn hint(self, wanted: &str, keys: &[String]) -> String {
        let path = |key: &str| self.path.first(self.done).member(key);
        if keys.is_empty() {
            return String::new();
        }
        if let Some(key) = similar(wanted, keys.iter().cloned()) {
            return format!("; did you mean `{}`?", path(&key));
        }
        let shown = keys.iter().take(MAX_SHOWN_KEYS);
        let shown: Vec<_> = shown.map(|key| format!("`{}`", path(key))).collect();
        let more = if keys.len() > MAX_SHOWN_KEYS {
            ", …"
        } else {
            ""
        };
        format!("; there are {}{more}", shown.join(", "))
    }
}

/// Consumes an object up to the value of `key`.
fn member(
    stream: &mut Stream,
    key: &str,
    way: Way<'_>,
    options: &ReadOptions,
) -> Result<(), Error> {
    stream.consume(1);
    let mut keys = Vec::new();
    loop {
        // Extra commas are accepted behind the last key only where they are anywhere.
        let next = skip_commas(stream, options)?;
        if next == Some(b'}') && (keys.is_empty() || options.lenient.commas) {
            let hint = way.hint(key, &keys);
            return Err(way.missing(stream, &hint));
        }
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
                let hint = way.hint(key, &keys);
                return Err(way.missing(stream, &hint));
            }
            _ => return Err(stream.error(0, "expected `,` or `}`")),
        }
    }
}

/// Consumes extra commas, if they are accepted, and gives the next byte.
fn skip_commas(stream: &mut Stream, options: &ReadOptions) -> Result<Option<u8>, Error> {
    loop {
        match stream.peek(options)? {
            Some(b',') if options.lenient.commas => stream.consume(1),
            next => return Ok(next),
        }
    }
}

/// Consumes a key and its colon.
pub(crate) fn next_key(stream: &mut Stream, options: &ReadOptions) -> Result<String, Error> {
    if stream.peek(options)? != Some(b'"') {
        return Err(stream.error(0, "expected a key in double quotes"));
    }
    let mut document = Document::default();
    let length = loop {
        match parse_lenient(stream.bytes(), &mut document, options.lenient) {
            Ok(length) => break length,
            Err(error) if error.is_end && !stream.is_end() => {
                if stream.bytes().len() > options.longest_record().bytes {
                    return Err(stream.error(0, options.too_long()));
                }
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
    way: Way<'_>,
    options: &ReadOptions,
) -> Result<(), Error> {
    stream.consume(1);
    let is_number = index == "0" || !index.starts_with(['0', '+']);
    let Some(index) = index.parse::<usize>().ok().filter(|_| is_number) else {
        return Err(way.missing(stream, ""));
    };
    for at in 0..=index {
        if at == 0 && stream.peek(options)? == Some(b']') {
            return Err(way.missing(stream, ""));
        }
        if at == index {
            break;
        }
        skip_value(stream, options)?;
        match stream.peek(options)? {
            Some(b',') => stream.consume(1),
            Some(b']') => return Err(way.missing(stream, "")),
            _ => return Err(stream.error(0, "expected `,` or `]`")),
        }
    }
    Ok(())
}

/// Consumes a value.
pub(crate) fn skip_value(stream: &mut Stream, options: &ReadOptions) -> Result<(), Error> {
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
