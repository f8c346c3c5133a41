//! Compact JSON text in one canonical form: no white space, only the escapes that are needed,
//! numbers in the form of RFC 8785, integers by their digits.

use crate::{
    decimal::Decimal,
    event::{EventSink, Rejection},
    number::{write_float, write_integer},
};

/// Appends `value` as a JSON string, in quotes, with the escapes that RFC 8259 demands and no
/// others.
///
/// # Examples
/// ```
/// let mut out = Vec::new();
/// transmog_events::write_json_string(&mut out, "a\"b\n");
/// assert_eq!(out, br#""a\"b\n""#);
/// ```
pub fn write_json_string(out: &mut Vec<u8>, value: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let bytes = value.as_bytes();
    let mut start = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[start..at]);
        start = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(byte >> 4)]);
                out.push(HEX[usize::from(byte & 15)]);
            }
        }
    }
    out.extend_from_slice(&bytes[start..]);
    out.push(b'"');
}

/// Parse events as compact JSON text.
///
/// Commas and colons come by themselves. It does not check that the events nest.
///
/// # Examples
/// ```
/// use transmog_events::JsonText;
///
/// let mut json = JsonText::default();
/// json.begin_object();
/// json.key("sizes");
/// json.begin_array();
/// json.integer(7);
/// json.float(2.50);
/// json.end_array();
/// json.end_object();
/// assert_eq!(json.as_str(), r#"{"sizes":[7,2.5]}"#);
/// ```
#[derive(Debug, Default)]
pub struct JsonText {
    out: Vec<u8>,
}

impl JsonText {
    /// The text so far.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the text is always UTF-8")]
    pub fn as_str(&self) -> &str {
        // Only whole strings and ASCII are ever appended.
        std::str::from_utf8(&self.out).expect("JSON text is made of UTF-8 parts")
    }

    /// Length of the text in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Makes the text empty and keeps the memory.
    pub fn clear(&mut self) {
        self.out.clear();
    }

    fn comma(&mut self) {
        if !matches!(self.out.last(), None | Some(b'[' | b'{' | b':')) {
            self.out.push(b',');
        }
    }

    /// `{`
    pub fn begin_object(&mut self) {
        self.comma();
        self.out.push(b'{');
    }

    /// A member's name.
    pub fn key(&mut self, key: &str) {
        self.comma();
        write_json_string(&mut self.out, key);
        self.out.push(b':');
    }

    /// `}`
    pub fn end_object(&mut self) {
        self.out.push(b'}');
    }

    /// `[`
    pub fn begin_array(&mut self) {
        self.comma();
        self.out.push(b'[');
    }

    /// `]`
    pub fn end_array(&mut self) {
        self.out.push(b']');
    }

    /// `null`
    pub fn null(&mut self) {
        self.raw("null");
    }

    /// `true` or `false`
    pub fn boolean(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    /// An integer by its digits.
    pub fn integer(&mut self, value: impl itoa::Integer + TryInto<u32> + Copy) {
        self.comma();
        write_integer(&mut self.out, value);
    }

    /// A finite float in the form of RFC 8785.
    pub fn float(&mut self, value: f64) {
        self.comma();
        write_float(&mut self.out, value);
    }

    /// A decimal in the form of [`Decimal::write`].
    pub fn decimal(&mut self, value: Decimal) {
        self.comma();
        value.write(&mut self.out);
    }

    /// A string.
    pub fn string(&mut self, value: &str) {
        self.comma();
        write_json_string(&mut self.out, value);
    }

    /// Text that is JSON already: a number with all its digits, for example.
    pub fn raw(&mut self, text: &str) {
        self.comma();
        self.out.extend_from_slice(text.as_bytes());
    }
}

/// Numbers that are given with their text keep it.
impl EventSink for JsonText {
    fn begin_object(&mut self) -> Result<(), Rejection> {
        self.begin_object();
        Ok(())
    }

    fn key(&mut self, key: &str) -> Result<(), Rejection> {
        self.key(key);
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), Rejection> {
        self.end_object();
        Ok(())
    }

    fn begin_array(&mut self) -> Result<(), Rejection> {
        self.begin_array();
        Ok(())
    }

    fn end_array(&mut self) -> Result<(), Rejection> {
        self.end_array();
        Ok(())
    }

    fn null(&mut self) -> Result<(), Rejection> {
        self.null();
        Ok(())
    }

    fn boolean(&mut self, value: bool) -> Result<(), Rejection> {
        self.boolean(value);
        Ok(())
    }

    fn integer(&mut self, value: i64) -> Result<(), Rejection> {
        self.integer(value);
        Ok(())
    }

    fn decimal(&mut self, value: i128) -> Result<(), Rejection> {
        self.integer(value);
        Ok(())
    }

    fn float(&mut self, value: f64) -> Result<(), Rejection> {
        self.float(value);
        Ok(())
    }

    fn long_float(&mut self, _: f64, text: &str) -> Result<(), Rejection> {
        self.raw(text);
        Ok(())
    }

    fn exact_number(&mut self, text: &str) -> Result<(), Rejection> {
        self.raw(text);
        Ok(())
    }

    fn string(&mut self, value: &str) -> Result<(), Rejection> {
        self.string(value);
        Ok(())
    }
}
