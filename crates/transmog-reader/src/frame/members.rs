//! Members of an object whose values are records.
//!
//! A member ends where its value does, which is checked here, once. A broken one that
//! begins its line ends before the next line that begins so, with the same indentation and a key;
//! another one, where its brackets close before the next key. Where neither tells, the rest of the
//! document is rejected with it.

use super::framer::{Framer, State};
use crate::{
    chunk::{Chunk, Framing, Member},
    document::Document,
    ending::next_byte,
    error::Error,
    json::{Checked, Validator, find_special, is_blank, parse_document, skip_blanks},
    options::ReadOptions,
    split::{Scanned, Sound},
};
use memchr::memchr_iter;

/// Bytes of broken members that may be read again: this many, and this many times those before.
/// It bounds the time that many broken members take.
const MIN_READ_AGAIN: u64 = 1 << 20;
const MOST_READ_AGAIN: u64 = 8;

/// How far the value of the member at hand was checked.
struct Value {
    validator: Validator,
    checked: usize,
    /// Whether extra commas are accepted.
    is_lenient: bool,
}

/// Why there is no further member in the bytes read.
enum Stop {
    /// Only more bytes tell.
    More,
    /// The object ends at this offset.
    Ended(usize),
    /// The member, or what is before it, is broken: its beginning, the place and what was expected.
    Broken(usize, usize, String),
}

impl Framer {
    /// The next chunk of members; `None` behind the last one.
    pub(super) fn members(
        &mut self,
        is_first: bool,
        options: &ReadOptions,
    ) -> Result<Option<Chunk>, Error> {
        let mut members = Vec::new();
        let mut at = 0;
        let mut is_separated = is_first;
        let mut checked = Value::new(options);
        loop {
            match self.member(at, is_separated, &mut checked) {
                Ok(member) => {
                    at = member.end;
                    members.push(member);
                    checked = Value::new(options);
                    is_separated = false;
                    if at < options.chunk_bytes {
                        continue;
                    }
                    self.state = State::Members { is_first: false };
                }
                Err(Stop::More) if self.stream.bytes().len() - at > options.longest() => {
                    if members.is_empty() {
                        return self.member_too_long(at, &mut checked, options);
                    }
                    self.state = State::Members { is_first: false };
                }
                Err(Stop::More) => {
                    self.stream.fill(options)?;
                    continue;
                }
                Err(Stop::Ended(end)) => {
                    let chunk = self.chunk_of_members(members, at, options);
                    self.consume(end - at);
                    self.stream.hold();
                    self.consume(1);
                    self.state = State::After;
                    return Ok(chunk);
                }
                Err(Stop::Broken(..)) if !members.is_empty() => {
                    self.state = State::Members { is_first: false };
                }
                Err(Stop::Broken(start, at, message)) => {
                    let open = checked.validator.open().collect();
                    return (self.broken_member(start, at, open, message, options)).map(Some);
                }
            }
            return Ok(self.chunk_of_members(members, at, options));
        }
    }

    fn chunk_of_members(
        &mut self,
        members: Vec<Member>,
        end: usize,
        options: &ReadOptions,
    ) -> Option<Chunk> {
        self.stream.held = None;
        if members.is_empty() {
            return None;
        }
        Some(self.chunk(end, Framing::Members(members), options))
    }

    /// The next member from this place on.
    fn member(
        &self,
        from: usize,
        mut is_separated: bool,
        checked: &mut Value,
    ) -> Result<Member, Stop> {
        let bytes = self.stream.bytes();
        let next = |at: usize| {
            let at = skip_blanks(bytes, at);
            match bytes.get(at) {
                Some(byte) => Ok((at, *byte)),
                None if self.stream.is_end => {
                    let message = "expected the rest of the object, found the end".to_owned();
                    Err(Stop::Broken(from, bytes.len(), message))
                }
                None => Err(Stop::More),
            }
        };
        let (mut key, mut byte) = next(from)?;
        let mut comma = None;
        while byte == b',' && (!is_separated || checked.is_lenient) {
            comma = Some(key);
            (key, byte) = next(key + 1)?;
            is_separated = true;
        }
        if byte == b'}' {
            return Err(match comma.filter(|_| !checked.is_lenient) {
                Some(comma) => Stop::Broken(comma, key, "expected a key".to_owned()),
                None => Stop::Ended(key),
            });
        }
        if byte != b'"' || !is_separated {
            let message = match is_separated {
                true => "expected a key in double quotes",
                false => "expected `,` or `}`",
            };
            return Err(Stop::Broken(key, key, message.to_owned()));
        }
        let is_all = self.stream.is_end;
        let plain_end = find_special::<true>(bytes, key + 1).filter(|end| bytes[*end] == b'"');
        let key_end = match plain_end {
            Some(end) => Checked::Done(end + 1 - key),
            None => checked.validator.again().feed(&bytes[key..]),
        };
        let length = match key_end {
            Checked::Done(length) => length,
            Checked::More if !is_all => return Err(Stop::More),
            Checked::More => {
                let message = "expected the string to end, found the end".to_owned();
                return Err(Stop::Broken(key, bytes.len(), message));
            }
            Checked::Wrong(at, expected) => {
                return Err(Stop::Broken(key, key + at, expected.to_owned()));
            }
        };
        let in_member = |stop| match stop {
            Stop::Broken(_, at, message) => Stop::Broken(key, at, message),
            stop => stop,
        };
        let (colon, byte) = next(key + length).map_err(in_member)?;
        if byte != b':' {
            let message = "expected `:` after the key".to_owned();
            return Err(Stop::Broken(key, colon, message));
        }
        let (value, _) = next(colon + 1).map_err(in_member)?;
        let end = checked
            .end(&bytes[value..], is_all)
            .map_err(|stop| match stop {
                Stop::Broken(_, at, message) => Stop::Broken(key, value + at, message),
                stop => stop,
            })?;
        Ok(Member {
            key,
            value,
            end: value + end,
        })
    }

    /// Goes into a member that is too long to be held if records may be in it, and rejects it
    /// otherwise. Only white space and a comma are before it.
    fn member_too_long(
        &mut self,
        at: usize,
        value: &mut Value,
        options: &ReadOptions,
    ) -> Result<Option<Chunk>, Error> {
        let start = |byte: &u8| !is_blank(*byte) && *byte != b',';
        let bytes = self.stream.bytes();
        let key = at + bytes[at..].iter().position(start).unwrap_or(0);
        let mut name = Document::default();
        let length = parse_document(&bytes[key..], &mut name).unwrap_or_default();
        let colon = skip_blanks(bytes, key + length);
        let first = skip_blanks(bytes, colon + 1);
        if value.checked == 0 {
            return Err(self.stream.error(key, options.too_long()));
        }
        if !self.is_record_at(first, options) {
            self.consume(first);
            self.go_into_member(&name.into_text(), options)?;
            return Ok(None);
        }
        if !options.resume {
            return Err(self.stream.error(key, options.too_long()));
        }
        self.consume(key);
        self.stream
            .hold_up_to(options.longest().max(options.max_raw_bytes));
        self.skip_checked(value, options)?;
        self.state = State::Members { is_first: false };
        Ok(Some(self.refuse_long_record(options)))
    }

    /// Consumes the rest of a value of which all bytes in the buffer were checked.
    fn skip_checked(&mut self, value: &mut Value, options: &ReadOptions) -> Result<(), Error> {
        loop {
            self.stream.consume_all();
            self.stream.fill(options)?;
            match value.validator.feed(self.stream.bytes()) {
                Checked::Done(end) => {
                    self.consume(end);
                    return Ok(());
                }
                Checked::Wrong(at, expected) => return Err(self.stream.error(at, expected)),
                Checked::More if self.stream.is_end => {
                    let message = "expected the rest of the value, found the end";
                    return Err(self.stream.error(self.stream.bytes().len(), message));
                }
                Checked::More => {}
            }
        }
    }

    /// Rejects a broken member, up to the next line that begins a member or ends the object.
    fn broken_member(
        &mut self,
        start: usize,
        at: usize,
        open: Vec<u8>,
        message: String,
        options: &ReadOptions,
    ) -> Result<Chunk, Error> {
        let error = self.stream.error(at, &*message);
        let indent = self.stream.at.lead.at(self.stream.bytes(), start).indent();
        if !options.resume {
            return Err(error);
        }
        let next = loop {
            let bytes = self.stream.bytes();
            let is_enough = self.stream.is_end || bytes.len() - start > options.longest();
            let next = match indent {
                Some(indent) => next_line(bytes, start, indent, is_enough),
                None => next_beside(bytes, at, open.clone(), is_enough),
            };
            match next {
                Some(Some(next)) if next > start => break next,
                Some(Some(_)) => return Err(error),
                Some(None) if is_enough => return Err(error),
                _ => self.stream.fill(options)?,
            }
        };
        let bytes = self.stream.bytes();
        self.gone_back += at.saturating_sub(next) as u64;
        if self.gone_back > MIN_READ_AGAIN + MOST_READ_AGAIN * self.stream.at.byte {
            return Err(error);
        }
        let is_between = |byte: &u8| is_blank(*byte) || *byte == b',';
        let last = bytes[start..next]
            .iter()
            .rposition(|byte| !is_between(byte));
        let end = start + last.map_or(1, |last| last + 1);
        self.consume(start);
        self.stream.hold_up_to(options.max_raw_bytes);
        self.consume(end - start);
        let held = self.stream.take_held();
        self.consume(next - end);
        self.state = State::Members { is_first: true };
        Ok(self.refuse_for(held, &error, message, options))
    }
}

impl Value {
    fn new(options: &ReadOptions) -> Self {
        Self {
            validator: Validator::new(options.lenient),
            checked: 0,
            is_lenient: options.lenient.commas,
        }
    }

    /// The end of the value, of which these are all bytes read.
    fn end(&mut self, bytes: &[u8], is_all: bool) -> Result<usize, Stop> {
        // Most values are plain objects, of which all bytes are there.
        if self.checked == 0
            && let Scanned::Last(bracket) = Sound::new(0).scan::<true>(bytes, None)
        {
            return Ok(bracket + 1);
        }
        match self.validator.feed(&bytes[self.checked..]) {
            Checked::Done(end) => Ok(self.checked + end),
            Checked::More if !is_all => {
                self.checked = bytes.len();
                Err(Stop::More)
            }
            Checked::More => {
                let message = "expected the rest of the value, found the end".to_owned();
                Err(Stop::Broken(0, bytes.len(), message))
            }
            Checked::Wrong(at, expected) => {
                let wrong = Stop::Broken(0, self.checked + at, expected.to_owned());
                Err(wrong)
            }
        }
    }
}

/// The place in the next line behind `start` that begins a member with this indentation, or ends
/// the object around it with less; `None` when only more bytes tell.
fn next_line(bytes: &[u8], start: usize, indent: usize, is_all: bool) -> Option<Option<usize>> {
    for newline in memchr_iter(b'\n', &bytes[start..]) {
        let line = start + newline + 1;
        let blanks = bytes[line..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'));
        let at = line + blanks.count();
        let is_end = at - line < indent && bytes.get(at) == Some(&b'}');
        if is_end || at - line == indent && begins_member(&bytes[at..], is_all)? {
            return Some(Some(at));
        }
    }
    Some(None)
}

/// The place of the next member behind the broken one, in which these brackets are open at `at`,
/// or of the end of the object; `None` when only more bytes tell. Strings are taken as they stand, so
/// that a quote too many hides the rest. A bracket closes the last one of its kind, and those in that.
fn next_beside(
    bytes: &[u8],
    mut at: usize,
    mut open: Vec<u8>,
    is_all: bool,
) -> Option<Option<usize>> {
    // Without it, each bracket that closes none would be looked for among all.
    let mut arrays = open.iter().filter(|bracket| **bracket == b'[').count();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let mut escaped = false;
                let end = bytes[at + 1..].iter().position(|byte| {
                    let is_end = *byte == b'"' && !escaped;
                    escaped = *byte == b'\\' && !escaped;
                    is_end
                });
                match end {
                    Some(end) => at += 1 + end,
                    None => return is_all.then_some(None),
                }
            }
            b'{' | b'[' => {
                arrays += usize::from(*byte == b'[');
                open.push(*byte);
            }
            b'}' if open.is_empty() => return Some(Some(at)),
            b']' if arrays == 0 => {}
            b'}' | b']' => {
                // An array that no bracket closes ends with what is around it.
                let is_alone = *byte == b'}' && arrays == open.len();
                while let Some(bracket) = open.pop() {
                    arrays -= usize::from(bracket == b'[');
                    // `{` and `[` are two below their closing brackets.
                    if is_alone || bracket + 2 == *byte {
                        break;
                    }
                }
            }
            b',' if open.is_empty() => {
                let (next, _) = next_byte(bytes, at + 1, is_all)?;
                if begins_member(&bytes[next..], is_all)? {
                    return Some(Some(next));
                }
            }
            _ => {}
        }
        at += 1;
    }
    is_all.then_some(None)
}

/// Whether a key with an object as its value is here; `None` when only more bytes tell.
fn begins_member(bytes: &[u8], is_all: bool) -> Option<bool> {
    match bytes.first() {
        Some(b'"') => {}
        None if !is_all => return None,
        _ => return Some(false),
    }
    let length = match parse_document(bytes, &mut Document::default()) {
        Ok(length) => length,
        Err(error) if error.is_end && !is_all => return None,
        Err(_) => return Some(false),
    };
    let (colon, byte) = next_byte(bytes, length, is_all)?;
    if byte != Some(b':') {
        return Some(false);
    }
    Some(next_byte(bytes, colon + 1, is_all)?.1 == Some(b'{'))
}
