//! Text that is not UTF-8, decoded as its bytes come.

#[cfg(feature = "encodings")]
use encoding_rs::DecoderResult;
use std::{fmt, str::FromStr};

/// What stands for bytes that are not of the encoding: a byte that no UTF-8 has. So the record
/// that has it is rejected as one with invalid UTF-8 is.
pub(crate) const MALFORMED: u8 = 0xff;

/// Bytes that are decoded at once.
#[cfg(feature = "encodings")]
const PIECE: usize = 1 << 16;

/// The encoding of text, by a label of the WHATWG Encoding Standard such as `windows-1252`,
/// `utf-16le` or `shift_jis`. Any case will do.
///
/// # Examples
/// ```
/// use transmog_reader::Encoding;
///
/// let encoding: Encoding = "latin1".parse()?;
/// assert_eq!(encoding.to_string(), "windows-1252");
/// assert!("klingon".parse::<Encoding>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(
    #[cfg(feature = "encodings")] &'static encoding_rs::Encoding,
    #[cfg(not(feature = "encodings"))] std::convert::Infallible,
);

#[cfg(feature = "encodings")]
impl Encoding {
    /// The encoding that the byte-order mark at the beginning tells, unless it is UTF-8.
    pub(crate) fn of_mark(bytes: &[u8]) -> Option<Self> {
        let (encoding, _) = encoding_rs::Encoding::for_bom(bytes)?;
        Some(Self(encoding)).filter(|encoding| !encoding.is_utf8())
    }

    /// Whether text in it is read as it is.
    pub(crate) fn is_utf8(self) -> bool {
        self.0 == encoding_rs::UTF_8
    }

    /// Its name in the standard.
    pub(crate) fn name(self) -> &'static str {
        self.0.name()
    }
}

#[cfg(not(feature = "encodings"))]
impl Encoding {
    pub(crate) fn of_mark(_: &[u8]) -> Option<Self> {
        None
    }

    pub(crate) fn is_utf8(self) -> bool {
        match self.0 {}
    }

    pub(crate) fn name(self) -> &'static str {
        match self.0 {}
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Encoding {
    type Err = String;

    #[cfg(feature = "encodings")]
    fn from_str(label: &str) -> Result<Self, String> {
        let found = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes());
        found.map(Self).ok_or_else(|| {
            format!(
                "unknown encoding `{label}`; expected a label of the WHATWG Encoding Standard, \
                 such as windows-1252, utf-16le, shift_jis or gb18030"
            )
        })
    }

    #[cfg(not(feature = "encodings"))]
    fn from_str(label: &str) -> Result<Self, String> {
        Err(format!(
            "this build reads UTF-8 only, and not `{label}`; build transmog with the feature \
             `encodings`"
        ))
    }
}

/// Decodes text piece by piece. A byte-order mark at the beginning goes before the label, and is
/// not part of the text.
pub(crate) struct Decoder {
    #[cfg(feature = "encodings")]
    decoder: encoding_rs::Decoder,
    #[cfg(not(feature = "encodings"))]
    encoding: Encoding,
}

#[cfg(feature = "encodings")]
impl Decoder {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self {
            decoder: encoding.0.new_decoder(),
        }
    }

    /// Appends the text of the next bytes. Nothing may come after the last ones.
    pub(crate) fn decode(&mut self, bytes: &[u8], is_last: bool, text: &mut Vec<u8>) {
        let mut rest = bytes;
        while rest.len() > PIECE {
            self.piece(&rest[..PIECE], false, text);
            rest = &rest[PIECE..];
        }
        self.piece(rest, is_last, text);
    }

    fn piece(&mut self, mut bytes: &[u8], is_last: bool, text: &mut Vec<u8>) {
        loop {
            let length = text.len();
            let most = (self.decoder).max_utf8_buffer_length_without_replacement(bytes.len());
            text.resize(length + most.unwrap_or(PIECE), 0);
            let into = &mut text[length..];
            let (result, read, written) =
                (self.decoder).decode_to_utf8_without_replacement(bytes, into, is_last);
            text.truncate(length + written);
            bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => text.push(MALFORMED),
            }
        }
    }
}

#[cfg(not(feature = "encodings"))]
impl Decoder {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self { encoding }
    }

    pub(crate) fn decode(&mut self, _: &[u8], _: bool, _: &mut Vec<u8>) {
        match self.encoding.0 {}
    }
}

#[cfg(all(test, feature = "encodings"))]
mod tests {
    use super::*;

    #[test]
    fn pieces_do_not_show() {
        let text = "\u{feff}{\"a\":\"größe 日本 \u{1f600}\"}".repeat(3);
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for size in [1, 2, 3, 5, bytes.len()] {
            let mut decoder = Decoder::new("utf-16be".parse().expect("a label"));
            let mut found = Vec::new();
            for piece in bytes.chunks(size) {
                decoder.decode(piece, false, &mut found);
            }
            decoder.decode(&[], true, &mut found);
            assert_eq!(found, text.trim_start_matches('\u{feff}').as_bytes());
        }
    }

    #[test]
    fn bytes_of_no_character_are_marked() {
        for (label, bytes, expected) in [
            ("shift_jis", &b"a\x81\x20b"[..], &b"a\xff b"[..]),
            ("utf-16le", b"a\0\0\xd8b\0", b"a\xffb"),
            ("utf-16le", b"a\0b", b"a\xff"),
            ("windows-1252", b"\xe9\x80", "é€".as_bytes()),
        ] {
            let mut decoder = Decoder::new(label.parse().expect("a label"));
            let mut found = Vec::new();
            decoder.decode(bytes, true, &mut found);
            assert_eq!(found, expected, "{label}");
        }
    }
}
