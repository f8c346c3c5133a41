//! Text of the input in messages.

use std::borrow::Cow;

/// Longest text that [`brief`] leaves unchanged, in bytes.
const MAX_BRIEF: usize = 200;

/// A text of the input, a key or a path for example, for a message: of one longer than 200 bytes,
/// the beginning and the end with `…` between them.
///
/// # Examples
/// ```
/// use transmog_events::brief;
/// assert_eq!(brief("$.a.b"), "$.a.b");
/// assert!(brief(&"key".repeat(10_000)).len() < 220);
/// ```
#[must_use]
pub fn brief(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_BRIEF {
        return text.into();
    }
    let start = text.floor_char_boundary(MAX_BRIEF / 2);
    let end = text.ceil_char_boundary(text.len() - MAX_BRIEF / 2);
    format!("{}…{}", &text[..start], &text[end..]).into()
}
