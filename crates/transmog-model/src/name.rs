//! Names that do not collide, and file names that can be trusted.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

/// Longest file stem, in bytes, that [`safe_file_stem`] makes.
const MAX_STEM: usize = 120;
/// Longest name, in bytes, that every SQL database takes: PostgreSQL's.
const MAX_SQL_NAME: usize = 63;

/// Which names tables and columns may have.
///
/// # Examples
///
/// ```
/// use transmog_model::{NameScope, Names};
///
/// let take_all = |names| {
///     let mut scope = NameScope::of(names);
///     ["Id", "id", "2 b"].map(|name| scope.take(name))
/// };
/// assert_eq!(take_all(Names::Exact), ["Id", "id", "2 b"]);
/// assert_eq!(take_all(Names::CaseInsensitive), ["Id", "id__2", "2 b"]);
/// assert_eq!(take_all(Names::Sql), ["id", "id__2", "_2_b"]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Names {
    /// Any.
    #[default]
    Exact,
    /// Any that differ by more than case.
    CaseInsensitive,
    /// Lower case letters, digits and `_`, no digit first, at most 63 bytes.
    Sql,
}

transmog_events::names! {
    Names, "setting of names" {
        Exact = "exact",
        CaseInsensitive = "case_insensitive",
        Sql = "sql",
    }
}

/// Assigns names once each: the first taker keeps the plain name, later ones
/// get `__2`, `__3`, ….
///
/// # Examples
///
/// ```
/// use transmog_model::NameScope;
///
/// let mut scope = NameScope::default().with_longest(5);
/// scope.reserve("_time");
/// let taken = ["_time", "id", "longer"].map(|name| scope.take(name));
/// assert_eq!(taken, ["_t__2", "id", "longe"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct NameScope {
    taken: HashSet<String>,
    /// The number to try next for names that others wanted, too.
    numbers: HashMap<String, u64>,
    ignore_case: bool,
    is_sql: bool,
    longest: Option<usize>,
}

impl NameScope {
    /// A scope of names such as these.
    #[must_use]
    pub fn of(names: Names) -> Self {
        Self {
            ignore_case: names != Names::Exact,
            is_sql: names == Names::Sql,
            longest: (names == Names::Sql).then_some(MAX_SQL_NAME),
            ..Self::default()
        }
    }

    /// A scope in which names that differ only by case collide.
    #[must_use]
    pub fn ignoring_case() -> Self {
        Self::of(Names::CaseInsensitive)
    }

    /// A scope whose names have at most this many bytes: longer ones are cut. By default they have
    /// any length, but for [`Names::Sql`] 63 bytes.
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
        let name = match self.is_sql {
            true => Cow::Owned(sql_name(name)),
            false => Cow::Borrowed(name),
        };
        let plain = self.fitting(&name, "");
        let key = self.key(&plain);
        if self.taken.insert(key.clone()) {
            return plain;
        }
        let mut number = self.numbers.get(&key).copied().unwrap_or(2);
        let mut candidate = self.fitting(&name, &format!("__{number}"));
        while !self.taken.insert(self.key(&candidate)) {
            number += 1;
            candidate = self.fitting(&name, &format!("__{number}"));
        }
        self.numbers.insert(key, number + 1);
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
            folded(name)
        } else {
            name.to_owned()
        }
    }
}

/// The name without its case. Names that some system takes for the same are the same here:
/// it compares upper cases and lower cases, character by character, as Java does.
fn folded(name: &str) -> String {
    let upper = name.chars().flat_map(char::to_uppercase);
    upper.filter_map(|c| c.to_lowercase().next()).collect()
}

/// The name in lower case, with `_` for what is neither letter nor digit, and before a
/// digit that is first.
fn sql_name(name: &str) -> String {
    let legal = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => c.to_ascii_lowercase(),
        _ => '_',
    };
    let mut legal: String = name.chars().map(legal).collect();
    if legal.is_empty() || legal.starts_with(|c: char| c.is_ascii_digit()) {
        legal.insert(0, '_');
    }
    legal
}

/// A legal name for each of `names`, no two the same. Those that `legal` gives back as they
/// are stay with their owners.
///
/// # Examples
///
/// ```
/// use transmog_model::legal_names;
///
/// let names = ["a.b", "a_b"].into_iter();
/// assert_eq!(legal_names(names, |name| name.replace('.', "_")), ["a_b__2", "a_b"]);
/// ```
#[must_use]
pub fn legal_names<'n>(
    names: impl Iterator<Item = &'n str>,
    legal: impl Fn(&str) -> String,
) -> Vec<String> {
    let wanted: Vec<_> = names.map(|name| (name, legal(name))).collect();
    let mut scope = NameScope::default();
    for (name, wanted) in &wanted {
        if name == wanted {
            scope.reserve(name);
        }
    }
    let legal = |(name, wanted): (&str, String)| match name == wanted {
        true => wanted,
        false => scope.take(&wanted),
    };
    wanted.into_iter().map(legal).collect()
}

/// A file name (without extension) made from a table name: every character
/// outside `[A-Za-z0-9._-]` becomes `_`, the length is bounded, and names that
/// a file system reads specially (`..`, hidden files, `CON`) get a leading `_`.
/// A name that is changed so ends in a hash of what it was: `é` and `ü` do not
/// become one file, neither in one run nor in two.
///
/// # Examples
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
    fn names_of_sql_are_identifiers() {
        let mut scope = NameScope::of(Names::Sql);
        let long = "Ab".repeat(40);
        let given = ["Größe", "", "2nd", "a b", "a_b", "A.B", &long, &long];
        let longest = "ab".repeat(32)[..63].to_owned();
        let numbered = format!("{}__2", &longest[..60]);
        let taken = given.map(|name| scope.take(name));
        let expected = [
            "gr__e", "_", "_2nd", "a_b", "a_b__2", "a_b__3", &longest, &numbered,
        ];
        assert_eq!(taken, expected);
    }

    #[test]
    fn case_is_ignored_as_spark_ignores_it() {
        for (one, other) in [("ſ", "S"), ("İ", "i"), ("ı", "I"), ("ς", "Σ"), ("K", "k")] {
            let mut scope = NameScope::ignoring_case();
            assert_eq!(scope.take(one), one);
            assert_eq!(scope.take(other), format!("{other}__2"));
        }
    }

    #[test]
    fn legal_names_stay_with_their_owners() {
        let names = ["a b", "a.b", "a_b", "a_b__2"];
        let legal = legal_names(names.into_iter(), |name| name.replace([' ', '.'], "_"));
        assert_eq!(legal, ["a_b__3", "a_b__4", "a_b", "a_b__2"]);
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
