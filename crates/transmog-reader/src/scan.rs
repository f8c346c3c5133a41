//! Finding where values end without parsing them: brackets and quotes only.

use memchr::memchr2;

/// State of a scan that goes on as bytes come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scanner {
    /// Brackets open.
    pub(crate) depth: usize,
    in_string: bool,
    /// The last byte was a backslash in a string.
    escaped: bool,
}

/// What a scan stopped at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The bracket at this offset closed the outermost one.
    Closed(usize),
    /// A comma outside all brackets.
    Comma(usize),
    /// A closing bracket outside all brackets.
    Excess(usize),
    /// All bytes were scanned.
    End,
}

impl Scanner {
    /// Whether a bracket or a quote is open.
    pub(crate) fn is_open(&self) -> bool {
        self.depth > 0 || self.in_string
    }

    /// The brackets outside strings from `at` on, and whether they open.
    pub(crate) fn brackets(
        mut self,
        bytes: &[u8],
        mut at: usize,
    ) -> impl Iterator<Item = (usize, bool)> {
        std::iter::from_fn(move || {
            loop {
                if self.in_string {
                    at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
                    match bytes[at] {
                        b'"' => self.in_string = false,
                        _ => at += 1,
                    }
                    at += 1;
                    continue;
                }
                let byte = *bytes.get(at)?;
                at += 1;
                match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => return Some((at - 1, true)),
                    b'}' | b']' => return Some((at - 1, false)),
                    _ => {}
                }
            }
        })
    }

    /// Scans `bytes` from `at` to the next stop.
    pub(crate) fn next(&mut self, bytes: &[u8], mut at: usize) -> Stop {
        loop {
            if self.in_string {
                if self.escaped {
                    if at >= bytes.len() {
                        return Stop::End;
                    }
                    self.escaped = false;
                    at += 1;
                    continue;
                }
                match bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
                    Some(found) if bytes[at + found] == b'"' => {
                        self.in_string = false;
                        at += found + 1;
                    }
                    Some(found) => {
                        self.escaped = true;
                        at += found + 1;
                    }
                    None => return Stop::End,
                }
                continue;
            }
            let Some(byte) = bytes.get(at) else {
                return Stop::End;
            };
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth == 0 => return Stop::Excess(at),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Stop::Closed(at);
                    }
                }
                b',' if self.depth == 0 => return Stop::Comma(at),
                _ => {}
            }
            at += 1;
        }
    }
}

/// Whether a byte is white space of JSON.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Offset of the first byte from `at` that is not blank, or the length.
pub(crate) fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    let found = bytes[at..].iter().position(|byte| !is_blank(*byte));
    found.map_or(bytes.len(), |found| at + found)
}
