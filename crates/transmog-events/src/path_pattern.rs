//! A path with wildcards: where the records of a document are.

use crate::path::{JsonPath, Step, is_shorthand, unquoted, write_member};
use std::{fmt, str::FromStr, sync::Arc};

/// One step of a [`PathPattern`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PatternStep {
    /// Into the member of an object with this name, `.name` or `['name']`.
    Member(Arc<str>),
    /// Into every element of an array, `[*]`.
    Elements,
    /// Into every member of an object, `.*`.
    Members,
    /// A token of a JSON Pointer: the name of a member, or the number of an element.
    Token(Arc<str>),
}

impl PatternStep {
    /// Whether this step of a path is one of those that it stands for.
    #[must_use]
    pub fn fits(&self, step: &Step) -> bool {
        match (self, step) {
            (PatternStep::Member(name) | PatternStep::Token(name), Step::Member(key)) => {
                name == key
            }
            (PatternStep::Members, Step::Member(_) | Step::Members) => true,
            (PatternStep::Elements, Step::Elements) => true,
            _ => false,
        }
    }
}

/// A path with wildcards through a document: a subset of JSONPath (RFC 9535) with `$`, `.name`,
/// `['name']`, `[*]` for the elements of an array and `.*` for the members of an object; or a JSON
/// Pointer (RFC 6901). It is printed as it was given, but for the form of quoted names.
///
/// # Examples
/// ```
/// use transmog_events::{PathPattern, PatternStep};
///
/// let path: PathPattern = "$.hits.hits[*]._source".parse()?;
/// assert_eq!(path.steps().len(), 4);
/// assert_eq!(path.steps()[2], PatternStep::Elements);
/// let pointer: PathPattern = "/data/items".parse()?;
/// assert_eq!(pointer.to_string(), "/data/items");
/// let error = "$.data items".parse::<PathPattern>().unwrap_err();
/// assert_eq!(error.byte(), 6);
/// # Ok::<(), transmog_events::PatternError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PathPattern {
    steps: Arc<[PatternStep]>,
    is_pointer: bool,
}

impl PathPattern {
    /// The steps from the document's top.
    #[must_use]
    pub fn steps(&self) -> &[PatternStep] {
        &self.steps
    }

    /// Whether it is a JSON Pointer.
    #[must_use]
    pub fn is_pointer(&self) -> bool {
        self.is_pointer
    }

    /// Whether it leads to the value at this path of a record, or to one around it. `.*` stands for a
    /// member of any name. A JSON Pointer leads only to members.
    ///
    /// # Examples
    /// ```
    /// use transmog_events::{JsonPath, PathPattern};
    /// let labels: PathPattern = "$.items[*].*".parse()?;
    /// let item = JsonPath::root().member("items").elements();
    /// assert!(labels.is_around(&item.member("size")) && !labels.is_around(&item));
    /// # Ok::<(), transmog_events::PatternError>(())
    /// ```
    #[must_use]
    pub fn is_around(&self, path: &JsonPath) -> bool {
        let fits = |(pattern, step): (&PatternStep, &Step)| pattern.fits(step);
        self.steps.len() <= path.steps().len() && self.steps.iter().zip(path.steps()).all(fits)
    }

    /// Its first steps, in the same notation.
    #[must_use]
    pub fn first(&self, steps: usize) -> Self {
        Self {
            steps: self.steps.iter().take(steps).cloned().collect(),
            is_pointer: self.is_pointer,
        }
    }

    /// The path of a member, in the same notation.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        let name = Arc::from(name);
        let step = match self.is_pointer {
            true => PatternStep::Token(name),
            false => PatternStep::Member(name),
        };
        Self {
            steps: self.steps.iter().cloned().chain([step]).collect(),
            is_pointer: self.is_pointer,
        }
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_pointer {
            f.write_str("$")?;
        }
        for step in self.steps.iter() {
            match step {
                PatternStep::Member(name) => write_member(f, name)?,
                PatternStep::Elements => f.write_str("[*]")?,
                PatternStep::Members => f.write_str(".*")?,
                PatternStep::Token(token) => {
                    write!(f, "/{}", token.replace('~', "~0").replace('/', "~1"))?;
                }
            }
        }
        Ok(())
    }
}

/// Text that is not a [`PathPattern`]: where, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    text: String,
    byte: usize,
    expected: &'static str,
}

impl PatternError {
    /// Offset of the first byte that is wrong.
    #[must_use]
    pub fn byte(&self) -> usize {
        self.byte
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            text,
            byte,
            expected,
        } = self;
        write!(
            f,
            "`{text}` is not a path at byte {byte}: expected {expected}"
        )
    }
}

impl std::error::Error for PatternError {}

impl FromStr for PathPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() || text.starts_with('/') {
            return pointer(text);
        }
        let wrong = |rest: &str, expected| PatternError {
            text: text.to_owned(),
            byte: text.len() - rest.len(),
            expected,
        };
        let Some(mut rest) = text.strip_prefix('$') else {
            let expected = "`$`, as in $.data.items, or a JSON Pointer such as /data/items";
            return Err(wrong(text, expected));
        };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = step(rest).map_err(|(at, expected)| wrong(at, expected))?;
            steps.push(step);
            rest = after;
        }
        Ok(Self {
            steps: steps.into(),
            is_pointer: false,
        })
    }
}

/// The first step, and the text behind it; or the place of an error, and what was expected there.
fn step(text: &str) -> Result<(PatternStep, &str), (&str, &'static str)> {
    if let Some(after) = text.strip_prefix("[*]") {
        return Ok((PatternStep::Elements, after));
    }
    if let Some(quoted) = text.strip_prefix("['") {
        let (name, after) = unquoted(quoted).ok_or((text, "a name in `['` and `']`"))?;
        return Ok((PatternStep::Member(name.into()), after));
    }
    if let Some(inside) = text.strip_prefix('[') {
        let expected = "`*` or a name in single quotes, as in [*] or ['name']";
        return Err((inside, expected));
    }
    if text.starts_with("..") {
        return Err((&text[1..], "a name: a path goes down step by step"));
    }
    let Some(name) = text.strip_prefix('.') else {
        return Err((text, "`.name`, `['name']`, `[*]` or `.*`"));
    };
    if let Some(after) = name.strip_prefix('*') {
        return Ok((PatternStep::Members, after));
    }
    let end = name.find(['.', '[']).unwrap_or(name.len());
    if is_shorthand(&name[..end]) {
        return Ok((PatternStep::Member(name[..end].into()), &name[end..]));
    }
    let expected = "a name of letters, digits and `_` that begins with no digit; others are \
                    written ['name']";
    let first = |c: char| c == '_' || c.is_ascii_alphabetic() || !c.is_ascii();
    let is_wrong = |(at, c): &(usize, char)| !(first(*c) || *at > 0 && c.is_ascii_digit());
    let at = name.char_indices().find(is_wrong);
    Err((&name[at.map_or(end, |(at, _)| at)..], expected))
}

/// A JSON Pointer (RFC 6901).
fn pointer(text: &str) -> Result<PathPattern, PatternError> {
    let mut tokens = Vec::new();
    let mut byte = 0;
    for token in text.split('/').skip(1) {
        byte += 1;
        let escapes = token.match_indices('~');
        for (at, _) in escapes {
            if !matches!(token.as_bytes().get(at + 1), Some(b'0' | b'1')) {
                return Err(PatternError {
                    text: text.to_owned(),
                    byte: byte + at,
                    expected: "`~0` for `~`, or `~1` for `/`",
                });
            }
        }
        byte += token.len();
        let name = token.replace("~1", "/").replace("~0", "~");
        tokens.push(PatternStep::Token(name.into()));
    }
    Ok(PathPattern {
        steps: tokens.into(),
        is_pointer: true,
    })
}

#[cfg(test)]
mod tests {
    use super::PathPattern;

    #[test]
    fn the_place_of_an_error_is_named() {
        for (text, byte) in [
            ("data.items", 0),
            ("$data", 1),
            ("$.data[0]", 7),
            ("$.a..b", 4),
            ("$.data-items", 6),
            ("$.1a", 2),
            ("$.", 2),
            ("$['a", 1),
            ("$.a.*b", 5),
            ("/a~2", 2),
        ] {
            let error = text.parse::<PathPattern>().expect_err(text);
            assert_eq!(error.byte(), byte, "{error}");
        }
    }

    #[test]
    fn a_path_is_printed_as_it_was_given() {
        for text in [
            "$",
            "$.a['b c'][*].*.d",
            "",
            "/a~1b/0/~0",
            "$['it\\'s']",
            "$[*]",
        ] {
            let path: PathPattern = text.parse().expect(text);
            assert_eq!(path.to_string(), text);
        }
    }
}
