//! Names that do not collide, and file names that can be trusted.

use std::{borrow::Cow, collections::HashSet};

/// Longest text that [`brief`] leaves as it is, in bytes.
const MAX_BRIEF: usize = 200;

/// Longest file stem, in bytes, that [`safe_file_stem`] makes.
const MAX_STEM: usize = 120;

/// Gives out names once each: the first taker keeps the plain name, later ones
/// get `__2`, `__3`, ….
#[derive(Debug, Default)]
pub struct NameScope {
    taken: HashSet<String>,
    ignore_case: bool,
    longest: Option<usize>,
}

impl NameScope {
    /// A scope in which names that differ only by case collide.
    #[must_use]
    pub fn ignoring_case() -> Self {
        Self {
            ignore_case: true,
            ..Self::default()
        }
    }

    /// A scope whose names have so many bytes at most: longer ones are cut.
    #[must_use]
    pub fn with_longest(mut self, bytes: usize) -> Self {
        self.longest = Some(bytes);
        self
    }

    /// Keeps `name` for another use.
    pub fn reserve(&mut self, name: &str) {
        self.taken.insert(self.key(name));
    }

    /// Takes `name`, or the first free `name__N`.
    pub fn take(&mut self, name: &str) -> String {
        let mut candidate = self.fitting(name, "");
        let mut number = 2u64;
        while !self.taken.insert(self.key(&candidate)) {
            candidate = self.fitting(name, &format!("__{number}"));
            number += 1;
        }
        candidate
    }

    /// The name and its suffix, the name cut to what is left of the longest.
    fn fitting(&self, name: &str, suffix: &str) -> String {
        let left = self.longest.map(|bytes| bytes.saturating_sub(suffix.len()));
        let end = left.map_or(name.len(), |left| name.floor_char_boundary(left));
        format!("{}{suffix}", &name[..end])
    }

    fn key(&self, name: &str) -> String {
        if self.ignore_case {
            name.to_lowercase()
        } else {
            name.to_owned()
        }
    }
}

/// A text of the input, a key or a path say, as messages have it: of a long one the
/// beginning and the end.
///
/// ```
/// use transmog_model::brief;
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

/// A file name (without extension) made from a table name: every character
/// outside `[A-Za-z0-9._-]` becomes `_`, the length is bounded, and names that
/// a file system reads specially (`..`, hidden files, `CON`) get a leading `_`.
/// A name that is changed so ends in a hash of what it was: `é` and `ü` do not
/// become one file, neither in one run nor in two.
///
/// ```
/// use transmog_model::safe_file_stem;
///
/// assert_eq!(safe_file_stem("data_items"), "data_items");
/// assert_eq!(safe_file_stem("data_../../x"), "data_.._.._x-37950630");
/// ```
#[must_use]
pub fn safe_file_stem(table: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let safe = |c: char| if is_safe(c) { c } else { '_' };
    let mut stem: String = table.chars().map(safe).take(MAX_STEM).collect();
    let base = stem
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let device = matches!(base.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (base.len() == 4
            && (base.starts_with("COM") || base.starts_with("LPT"))
            && base.as_bytes()[3].is_ascii_digit());
    if stem.is_empty() || stem.starts_with(['.', '-']) || device {
        stem.insert(0, '_');
    }
    if stem != table {
        stem.push_str(&format!("-{:08x}", fnv_1a(table.as_bytes())));
    }
    stem
}

/// The hash FNV-1a in 32 bits, which stays the same from version to version.
fn fnv_1a(bytes: &[u8]) -> u32 {
    let next = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    bytes.iter().fold(0x811c_9dc5, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_takers_are_numbered() {
        let mut scope = NameScope::default();
        assert_eq!(scope.take("a"), "a");
        assert_eq!(scope.take("a__2"), "a__2");
        assert_eq!(scope.take("a"), "a__3");
        assert_eq!(scope.take("A"), "A");
        assert_eq!(NameScope::ignoring_case().take("A"), "A");
        scope.reserve("b");
        assert_eq!(scope.take("b"), "b__2");
        let mut short = NameScope::default().with_longest(5);
        assert_eq!(
            ["ääää", "ääää"].map(|name| short.take(name)),
            ["ää", "ä__2"]
        );
    }

    #[test]
    fn stems_are_safe() {
        for (name, stem) in [
            ("", "_-811c9dc5"),
            ("con", "_con-HASH"),
            ("COM1.x", "_COM1.x-HASH"),
            ("a b/é", "a_b__-HASH"),
            ("-rf", "_-rf-HASH"),
            ("..", "_..-HASH"),
            ("a.", "a."),
            ("A-b_c.1", "A-b_c.1"),
        ] {
            let hash = format!("{:08x}", fnv_1a(name.as_bytes()));
            assert_eq!(safe_file_stem(name), stem.replace("HASH", &hash));
        }
        // The published value of the hash for this text.
        assert_eq!(fnv_1a(b"foobar"), 0xbf9c_f968);
        assert!(safe_file_stem(&"x".repeat(10_000)).len() <= MAX_STEM + 10);
    }

    #[test]
    fn names_that_differ_have_stems_that_differ() {
        let long = "x".repeat(10_000);
        let longer = format!("{long}y");
        // Two forms of é, look-alikes, white space, and what is safe already.
        let names = [
            "é", "e\u{301}", "ü", "_", "a b", "a_b", "a\tb", "a\0b", " a", "a ", "a\u{a0}", "CON",
            "_CON", "..", "_..", "", "-a", "_-a", &long, &longer, "日本", "日木",
        ];
        let stems: HashSet<_> = names.iter().map(|name| safe_file_stem(name)).collect();
        assert_eq!(stems.len(), names.len(), "{stems:?}");
    }
}
