//! Where the array of records ends: which `]` to believe when records may be broken.

use crate::{
    document::Document,
    json::{parse_document, skip_blanks},
};
use memchr::memchr;

/// At most this many closing brackets are skipped to find the end of an array.
const MAX_CLOSES: usize = 16;
/// At most this many bytes of an envelope behind its records are looked at.
const MAX_REST: usize = 1 << 12;

/// Which `]` that closes no bracket of a record ends the array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// None: the array continues after these bytes.
    Later,
    /// None: it ends behind these bytes.
    Behind,
    /// The first one, whatever follows: errors end the reading.
    First,
    /// One that no further element follows.
    Top,
    /// One behind which an object around the array continues or ends.
    Envelope,
}

impl Ending {
    /// Whether this `]` ends the array; `None` when only more bytes tell. `is_certain` says that
    /// it is not inside a record, `is_outdented` that it begins its line, with less indentation
    /// than the elements.
    pub(crate) fn is_at(
        self,
        data: &[u8],
        at: usize,
        is_certain: bool,
        is_outdented: bool,
        is_all: bool,
    ) -> Option<bool> {
        match self {
            Ending::Later | Ending::Behind => Some(false),
            Ending::First => Some(is_certain),
            Ending::Top => ends_top(data, at, is_certain, is_all),
            Ending::Envelope => ends_in_envelope(data, at, is_certain, is_outdented, is_all),
        }
    }
}

/// Whether this `]` ends an array that is not in an envelope.
fn ends_top(data: &[u8], at: usize, is_certain: bool, is_all: bool) -> Option<bool> {
    let (first, byte) = next_byte(data, at + 1, is_all)?;
    Some(match byte {
        None => true,
        Some(b'}' | b']') => is_certain && past_closes(data, first, b"}]", is_all)?.1.is_none(),
        Some(b',') => false,
        // The next array begins on a line of its own.
        Some(b'[') => is_certain || memchr(b'\n', &data[at..first]).is_some(),
        Some(_) => is_certain,
    })
}

/// Whether this `]` ends an array inside objects.
fn ends_in_envelope(
    data: &[u8],
    at: usize,
    is_certain: bool,
    is_outdented: bool,
    is_all: bool,
) -> Option<bool> {
    let (first, _) = next_byte(data, at + 1, is_all)?;
    let (after, byte) = past_closes(data, first, b"}", is_all)?;
    let is_next_line = || memchr(b'\n', &data[first..after]).is_some();
    Some(match byte {
        None => true,
        Some(b',') => match rest_of_envelope(data, first, is_all)? {
            Rest::Envelope => true,
            Rest::Other => is_certain && is_outdented,
            // No element begins with a key, whatever is wrong behind it.
            Rest::Member => is_certain || is_outdented,
            Rest::Long => is_certain,
        },
        // The next envelope begins on a line of its own.
        Some(b'{') => after > first && (is_certain || is_next_line()),
        Some(b']') => is_certain && past_closes(data, after, b"}]", is_all)?.1.is_none(),
        Some(_) => is_certain,
    })
}

/// The next byte that is neither white space nor one of these closing brackets, which are those
/// of the envelope, or too many at the end; and its place. `None` when only more bytes tell.
fn past_closes(
    data: &[u8],
    mut from: usize,
    closes: &[u8],
    is_all: bool,
) -> Option<(usize, Option<u8>)> {
    for _ in 0..MAX_CLOSES {
        let (after, byte) = next_byte(data, from, is_all)?;
        match byte {
            Some(byte) if closes.contains(&byte) => from = after + 1,
            byte => return Some((after, byte)),
        }
    }
    next_byte(data, from, is_all)
}

/// The next byte that is not white space, and its place; `None` when only more bytes tell.
pub(crate) fn next_byte(data: &[u8], from: usize, is_all: bool) -> Option<(usize, Option<u8>)> {
    let next = skip_blanks(data, from);
    (next < data.len() || is_all).then(|| (next, data.get(next).copied()))
}

/// What follows a `]` that may end the array of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// The rest of the envelope, up to the end of the input or a line that begins the next one.
    Envelope,
    /// A member of the envelope, and then something else.
    Member,
    /// Something else.
    Other,
    /// More than [`MAX_REST`] bytes.
    Long,
}

/// What follows the array; `None` when only more bytes tell.
fn rest_of_envelope(data: &[u8], from: usize, is_all: bool) -> Option<Rest> {
    let mut document = Document::default();
    let is_short = data.len() - from < MAX_REST;
    let mut value = |at: usize| match parse_document(&data[at..], &mut document) {
        Ok(length) => Some(Ok(at + length)),
        Err(error) if !error.is_end || is_all => Some(Err(None)),
        Err(_) => (!is_short).then_some(Err(Some(Rest::Long))),
    };
    let mut at = from;
    let mut is_closed = false;
    // The answer if what comes next does not belong to an envelope.
    let mut other = Rest::Other;
    while at - from < MAX_REST {
        let (next, byte) = next_byte(data, at, is_all)?;
        at = next + 1;
        match byte {
            None => return Some(Rest::Envelope),
            Some(b'}') => is_closed = true,
            Some(b',') => {
                if next_byte(data, at, is_all)?.1 != Some(b'"') {
                    return Some(other);
                }
                let colon = match value(skip_blanks(data, at))? {
                    Ok(key) => next_byte(data, key, is_all)?,
                    Err(rest) => return Some(rest.unwrap_or(other)),
                };
                if colon.1 != Some(b':') {
                    return Some(other);
                }
                if !is_closed {
                    other = Rest::Member;
                }
                at = match value(skip_blanks(data, colon.0 + 1))? {
                    Ok(end) => end,
                    Err(rest) => return Some(rest.unwrap_or(other)),
                };
            }
            Some(b'{') if is_closed && data[from..next].contains(&b'\n') => {
                return Some(Rest::Envelope);
            }
            Some(_) => return Some(other),
        }
    }
    Some(Rest::Long)
}
