//! Invisible characters that act on the text around them.

use std::{borrow::Cow, fmt::Write};

/// Whether a terminal, an editor or a page obeys the character and does not show it: control
/// characters, those that end lines or change the direction of text, and those without width that
/// no script needs, soft hyphens and tags among them.
#[must_use]
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// The text on one line, with every invisible character spelled out: `\n`, `\u{1b}`. Text from
/// data, keys and file names is to be spelled before people read it.
///
/// # Examples
/// ```
/// use transmog_events::spelled;
///
/// assert_eq!(spelled("naïve"), "naïve");
/// assert_eq!(spelled("a\u{1b}[31m\nb\u{202e}"), r"a\u{1b}[31m\nb\u{202e}");
/// ```
#[must_use]
pub fn spelled(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unseen) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        // Writing to a string does not fail.
        let _ = match is_unseen(c) {
            true => write!(out, "{}", c.escape_default()),
            false => out.write_char(c),
        };
    }
    out.into()
}

/// The same JSON text with an escape for every invisible character in its strings.
///
/// # Examples
/// ```
/// use transmog_events::json_spelled;
///
/// assert_eq!(json_spelled("[\n\"\u{9b}\u{202e}\"]"), "[\n\"\\u009b\\u202e\"]");
/// ```
#[must_use]
pub fn json_spelled(json: &str) -> Cow<'_, str> {
    // Up to the space there are only line ends and blanks, between the strings.
    let is_raw = |c: char| c > ' ' && is_unseen(c);
    if !json.contains(is_raw) {
        return json.into();
    }
    let mut out = String::with_capacity(json.len() + 8);
    for c in json.chars() {
        if !is_raw(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spelled_has_nothing_unseen() {
        let unseen: String = ('\0'..=char::MAX).filter(|c| is_unseen(*c)).collect();
        assert!(unseen.chars().count() > 200);
        for c in ['\u{ad}', '\u{e0001}', '\u{e0041}', '\u{e007f}'] {
            assert!(unseen.contains(c), "{c:?}");
        }
        assert_eq!(super::spelled("a\u{ad}\u{e0041}"), r"a\u{ad}\u{e0041}");
        assert_eq!(json_spelled("[\"\u{e0041}\"]"), r#"["\udb40\udc41"]"#);
        assert!(!spelled(&unseen).contains(is_unseen));
        let json = serde_json::to_string(&unseen).expect("text");
        let spelled = json_spelled(&json);
        assert!(!spelled.contains(is_unseen));
        let value: String = serde_json::from_str(&spelled).expect("JSON");
        assert_eq!(value, unseen);
        // Scripts and pictures that need their joiners keep them.
        for text in ["می‌خواهم", "👩‍👩‍👧", "e\u{301}", "a b\u{a0}c\\"] {
            assert!(matches!(super::spelled(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
