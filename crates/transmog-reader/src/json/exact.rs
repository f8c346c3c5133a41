//! The exact parser: RFC 8259 to the letter, errors to the byte.
//!
//! Records come here when the fast parser does not take them: for duplicate keys, for numbers
//! that need care, for deep nesting, and for errors with their place. It does not recurse, so
//! the depth of the input takes no stack.

use crate::{
    document::{self, Document},
    lenient::Lenient,
};
use transmog_events::{EventSink, Remark, parse_number};

/// Levels of arrays and objects in each other that are read; the record itself is one.
pub const MAX_NESTING: usize = 1024;

/// What `lenient` takes for null.
const NON_FINITES: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];

const NON_FINITE: &str = "expected a value (JSON has no NaN and no Infinity); `lenient` = \
                          `non_finite` (--lenient non_finite) takes them as null";
const COMMENT: &str = "expected a value, found `/`; `lenient` = `comments` (--lenient comments) \
                       accepts comments";
const SURROGATE: &str = "expected a pair of surrogates, found a lone surrogate; `lenient` = \
                         `surrogates` (--lenient surrogates) takes it as U+FFFD";

/// Text that is not JSON, and where it stops being so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Offset of the offending byte in the text, from 0.
    pub byte: usize,
    /// What was expected, as in "expected `,` or `]`".
    pub message: String,
    /// Whether the text ends before the value does, so that more text may help.
    pub is_end: bool,
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    lenient: Lenient,
}

/// Parses the value at the start of `bytes` into `document`, which is cleared first, and gives
/// the offset of its end. White space before the value is skipped; what follows it is not read.
///
/// # Errors
/// When the text is not JSON, ends before the value does, has more than [`MAX_NESTING`] levels,
/// or when the document takes more memory than it may ([`Document::with_memory`]).
///
/// # Examples
/// ```
/// use transmog_reader::{Document, parse_document};
///
/// let mut document = Document::default();
/// let text = br#"{"a":1} {"a":2}"#;
/// assert_eq!(parse_document(text, &mut document), Ok(7));
///
/// let error = parse_document(br#"{"a" 1}"#, &mut document).unwrap_err();
/// assert_eq!((error.byte, error.message.as_str()), (5, "expected `:` after the key"));
/// ```
pub fn parse_document(bytes: &[u8], document: &mut Document) -> Result<usize, SyntaxError> {
    parse_lenient(bytes, document, Lenient::default())
}

/// The same, where more than JSON is accepted; the document counts that.
pub(crate) fn parse_lenient(
    bytes: &[u8],
    document: &mut Document,
    lenient: Lenient,
) -> Result<usize, SyntaxError> {
    document.clear();
    let mut parser = Parser {
        bytes,
        at: 0,
        lenient,
    };
    parser.value(document)?;
    Ok(parser.at)
}

#[cold]
fn too_large(byte: usize, memory: usize) -> SyntaxError {
    SyntaxError {
        byte,
        message: document::too_large(memory),
        is_end: false,
    }
}

impl Parser<'_> {
    #[cold]
    fn error<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        let is_end = self.at >= self.bytes.len();
        let mut message = message.into();
        if is_end {
            message.push_str(", found the end");
        }
        Err(SyntaxError {
            byte: self.at,
            message,
            is_end,
        })
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, document: &mut Document) -> Result<(), SyntaxError> {
        // True for an array, false for an object.
        let mut open: Vec<bool> = Vec::new();
        'value: loop {
            self.blanks();
            match self.peek() {
                Some(b'{') => {
                    self.nest(&mut open, false)?;
                    let _ = document.begin_object();
                    self.leading_commas(document);
                    if self.peek() != Some(b'}') {
                        self.key(document)?;
                        continue 'value;
                    }
                }
                Some(b'[') => {
                    self.nest(&mut open, true)?;
                    let _ = document.begin_array();
                    self.leading_commas(document);
                    if self.peek() != Some(b']') {
                        continue 'value;
                    }
                }
                _ => self.primitive(document)?,
            }
            if let Some(memory) = document.excess() {
                return Err(too_large(self.at, memory));
            }
            // After a value, or in an empty container: close what ends here.
            loop {
                let Some(is_array) = open.last().copied() else {
                    return Ok(());
                };
                self.blanks();
                match (self.peek(), is_array) {
                    (Some(b']'), true) => {
                        let _ = document.end_array();
                    }
                    (Some(b'}'), false) => {
                        let _ = document.end_object();
                    }
                    (Some(b','), is_array) => {
                        self.at += 1;
                        let end = if is_array { b']' } else { b'}' };
                        if self.is_last_comma(document, end) {
                            continue;
                        }
                        if !is_array {
                            self.key(document)?;
                        }
                        continue 'value;
                    }
                    (_, true) => return self.error("expected `,` or `]`"),
                    (_, false) => return self.error("expected `,` or `}`"),
                }
                self.at += 1;
                open.pop();
            }
        }
    }

    /// Skips white space, and commas before the first value where they are accepted.
    fn leading_commas(&mut self, document: &mut Document) {
        self.blanks();
        let mut count = 0;
        while self.lenient.commas && self.peek() == Some(b',') {
            count += 1;
            self.at += 1;
            self.blanks();
        }
        if count > 0 {
            document.note_commas(count);
        }
    }

    /// Skips white space after a comma, and more commas where they are accepted. Tells whether
    /// `end` comes next, which makes the comma a trailing one.
    fn is_last_comma(&mut self, document: &mut Document, end: u8) -> bool {
        self.leading_commas(document);
        let is_last = self.lenient.commas && self.peek() == Some(end);
        if is_last {
            document.note_commas(1);
        }
        is_last
    }

    fn nest(&mut self, open: &mut Vec<bool>, is_array: bool) -> Result<(), SyntaxError> {
        if open.len() == MAX_NESTING {
            return self.error(format!("expected nesting of at most {MAX_NESTING} levels"));
        }
        open.push(is_array);
        self.at += 1;
        Ok(())
    }

    fn key(&mut self, document: &mut Document) -> Result<(), SyntaxError> {
        if self.peek() != Some(b'"') {
            return self.error("expected a key in double quotes");
        }
        self.string(document, true)?;
        self.blanks();
        if self.peek() != Some(b':') {
            return self.error("expected `:` after the key");
        }
        self.at += 1;
        Ok(())
    }

    fn primitive(&mut self, document: &mut Document) -> Result<(), SyntaxError> {
        match self.peek() {
            Some(b'"') => return self.string(document, false),
            Some(b'N' | b'I' | b'-') if self.non_finite() => {
                let _ = document.null();
                document.note_here(Remark::LenientNonFinite, 1);
                return Ok(());
            }
            Some(b'-' | b'0'..=b'9') => return self.number(document),
            Some(b't') => self.word("true")?,
            Some(b'f') => self.word("false")?,
            Some(b'n') => self.word("null")?,
            Some(b'N' | b'I') => {
                return self.error(NON_FINITE);
            }
            Some(b'/') => return self.error(COMMENT),
            _ => return self.error("expected a value"),
        }
        // The word's last letters tell which it was.
        let _ = match self.bytes[self.at - 2] {
            b'u' => document.boolean(true),
            b's' => document.boolean(false),
            _ => document.null(),
        };
        Ok(())
    }

    /// Advances past `NaN` or an infinity, where they are accepted.
    fn non_finite(&mut self) -> bool {
        let rest = &self.bytes[self.at..];
        let found = NON_FINITES.iter().find(|word| rest.starts_with(word));
        match found {
            Some(word) if self.lenient.non_finite => {
                self.at += word.len();
                true
            }
            _ => false,
        }
    }

    fn word(&mut self, word: &str) -> Result<(), SyntaxError> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                return self.error(format!("expected `{word}`"));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return self.error("expected a digit");
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self, document: &mut Document) -> Result<(), SyntaxError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
            if self.peek() == Some(b'I') {
                return self.error(NON_FINITE);
            }
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return self.error("expected a number without leading zeros");
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        let _ = parse_number(text).give(document);
        Ok(())
    }

    fn string(&mut self, document: &mut Document, is_key: bool) -> Result<(), SyntaxError> {
        self.at += 1;
        let start = document.text_mut().len();
        let mut lone = 0;
        loop {
            let rest = &self.bytes[self.at..];
            let end = rest
                .iter()
                .position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f));
            let plain = &rest[..end.unwrap_or(rest.len())];
            match std::str::from_utf8(plain) {
                Ok(text) => document.text_mut().push_str(text),
                Err(error) => {
                    self.at += error.valid_up_to();
                    return self.error("expected UTF-8; convert the input to UTF-8");
                }
            }
            self.at += plain.len();
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => lone += u64::from(self.escape(document)?),
                Some(_) => {
                    return self.error("expected control characters in strings to be escaped");
                }
                None => return self.error("expected the string to end"),
            }
        }
        self.at += 1;
        document.end_string(start, is_key);
        if lone > 0 {
            document.note_here(Remark::LenientSurrogate, lone);
        }
        Ok(())
    }

    /// Whether the escape is a lone surrogate.
    fn escape(&mut self, document: &mut Document) -> Result<bool, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let character = match self.peek() {
            Some(b'u') => {
                self.at += 1;
                return self.unicode(start, document);
            }
            Some(escape) if let Some(character) = unescaped(escape) => character,
            _ => return self.error("expected an escape of JSON"),
        };
        document.text_mut().push(character);
        self.at += 1;
        Ok(false)
    }

    fn hex(&mut self) -> Result<u32, SyntaxError> {
        let mut value = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|b| (b as char).to_digit(16)) else {
                return self.error("expected four hexadecimal digits");
            };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }

    fn unicode(&mut self, start: usize, document: &mut Document) -> Result<bool, SyntaxError> {
        let mut code = self.hex()?;
        let end = self.at;
        if (0xd800..0xdc00).contains(&code) && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            }
        }
        match char::from_u32(code) {
            Some(character) => {
                document.text_mut().push(character);
                Ok(false)
            }
            None if self.lenient.surrogates => {
                // The escape behind it is no part of it.
                self.at = end;
                document.text_mut().push(char::REPLACEMENT_CHARACTER);
                Ok(true)
            }
            None => {
                self.at = start;
                self.error(SURROGATE)
            }
        }
    }
}

/// The character that a byte after a backslash means; `u` has no single one.
pub(crate) fn unescaped(escape: u8) -> Option<char> {
    Some(match escape {
        b'"' | b'\\' | b'/' => char::from(escape),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return None,
    })
}
