//! The place of a value in a record, printed as JSONPath (RFC 9535).

use crate::{brief::brief, json_text::write_json_string};
use std::{fmt, str::FromStr, sync::Arc};

/// One step from a value into it. It is exhaustive: who names or prints paths must handle each.
///
/// # Examples
/// ```
/// use transmog_events::{JsonPath, Step};
/// let path = JsonPath::root().member("items").elements();
/// assert_eq!(path.steps(), [Step::Member("items".into()), Step::Elements]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Into the member of an object with this name.
    Member(Arc<str>),
    /// Into the elements of an array.
    Elements,
    /// Into the members of an object whose keys are data.
    Members,
    /// To the key of a member, as text.
    Key,
}

/// The steps from a record to a value in it. It is printed as JSONPath (RFC 9535), with `~` for the
/// key of a member, which RFC 9535 has no name for, and parsed from that; clones share the steps.
///
/// # Examples
/// ```
/// use transmog_events::JsonPath;
/// let path = JsonPath::root().member("a b").elements().member("size");
/// assert_eq!(path.to_string(), "$['a b'][*].size");
/// assert_eq!("$['a b'][*].size".parse(), Ok(path));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JsonPath(Arc<[Step]>);

impl JsonPath {
    /// The record itself, `$`.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The path of a member.
    #[must_use]
    pub fn member(&self, name: impl Into<Arc<str>>) -> Self {
        self.then(Step::Member(name.into()))
    }

    /// The path of an array's elements.
    #[must_use]
    pub fn elements(&self) -> Self {
        self.then(Step::Elements)
    }

    /// The path of an object's members, whose keys are data.
    #[must_use]
    pub fn members(&self) -> Self {
        self.then(Step::Members)
    }

    /// The path of a member's key.
    #[must_use]
    pub fn key(&self) -> Self {
        self.then(Step::Key)
    }

    /// The path of one step more.
    #[must_use]
    pub fn then(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    /// The path of the value around this one; `$` is its own parent.
    #[must_use]
    pub fn parent(&self) -> Self {
        let steps = self.0.split_last().map_or(&[][..], |(_, steps)| steps);
        Self(steps.into())
    }

    /// The path of the row that has the value: of the record, or of the innermost element or member
    /// that is a row.
    ///
    /// # Examples
    /// ```
    /// use transmog_events::JsonPath;
    /// let path: JsonPath = "$.orders[*].customer.name".parse()?;
    /// assert_eq!(path.row().to_string(), "$.orders[*]");
    /// # Ok::<(), transmog_events::PathError>(())
    /// ```
    #[must_use]
    pub fn row(&self) -> Self {
        let is_row = |step: &Step| matches!(step, Step::Elements | Step::Members);
        let end = self.0.iter().rposition(is_row).map_or(0, |at| at + 1);
        Self(self.0[..end].into())
    }

    /// The paths of the values around this one, from the inside out; `$` is the last.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        (0..self.0.len())
            .rev()
            .map(|len| Self(self.0[..len].into()))
    }

    /// Length of the printed path in bytes, about.
    #[must_use]
    pub fn text_len(&self) -> usize {
        let step = |step: &Step| match step {
            Step::Member(name) => name.len() + 1,
            Step::Elements => 3,
            Step::Members | Step::Key => 2,
        };
        1 + self.0.iter().map(step).sum::<usize>()
    }

    /// The printed path, [cut short](brief) if its keys are long, for messages.
    #[must_use]
    pub fn brief(&self) -> String {
        brief(&self.to_string()).into_owned()
    }

    /// The steps from the record.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

/// Whether JSONPath writes a member name without brackets (RFC 9535, 2.5.1).
pub(crate) fn is_shorthand(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let mut chars = name.chars();
    chars.next().is_some_and(first) && chars.all(|c| first(c) || c.is_ascii_digit())
}

/// Writes the step to a member as JSONPath does.
pub(crate) fn write_member(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    if is_shorthand(name) {
        return write!(f, ".{name}");
    }
    // JSONPath has the escapes of JSON, but a single quote.
    let mut quoted = Vec::new();
    write_json_string(&mut quoted, name);
    let text = String::from_utf8_lossy(&quoted[1..quoted.len() - 1]);
    let text = text.replace("\\\"", "\"").replace('\'', "\\'");
    write!(f, "['{text}']")
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for step in self.0.iter() {
            match step {
                Step::Elements => f.write_str("[*]")?,
                Step::Members => f.write_str(".*")?,
                Step::Key => f.write_str("~")?,
                Step::Member(name) => write_member(f, name)?,
            }
        }
        Ok(())
    }
}

/// Text that is not a [`JsonPath`] as it is printed. The message names the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    text: String,
    byte: usize,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, byte } = self;
        write!(
            f,
            "`{text}` is not a path at byte {byte}; expected one such as $.a['b c'][*]"
        )
    }
}

impl std::error::Error for PathError {}

/// Reads the form that [`JsonPath`] prints.
impl FromStr for JsonPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let mut path = JsonPath::root();
        let wrong = |rest: &str| PathError {
            text: text.to_owned(),
            byte: text.len() - rest.len(),
        };
        let mut rest = text.strip_prefix('$').ok_or_else(|| wrong(text))?;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("[*]") {
                path = path.elements();
                rest = after;
            } else if let Some(after) = rest.strip_prefix(".*") {
                path = path.members();
                rest = after;
            } else if let Some("") = rest.strip_prefix('~') {
                path = path.key();
                rest = "";
            } else if let Some(quoted) = rest.strip_prefix("['") {
                let (name, after) = unquoted(quoted).ok_or_else(|| wrong(rest))?;
                path = path.member(name);
                rest = after;
            } else {
                let name = rest.strip_prefix('.').ok_or_else(|| wrong(rest))?;
                let end = name.find(['.', '[', '~']).unwrap_or(name.len());
                if !is_shorthand(&name[..end]) {
                    return Err(wrong(rest));
                }
                path = path.member(&name[..end]);
                rest = &name[end..];
            }
        }
        Ok(path)
    }
}

/// The name before `']`, and the text behind it.
pub(crate) fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut escaped = false;
    let end = text.char_indices().find(|(_, c)| {
        let is_end = *c == '\'' && !escaped;
        escaped = *c == '\\' && !escaped;
        is_end
    });
    let (end, _) = end?;
    let after = text[end..].strip_prefix("']")?;
    // Back to the escapes of JSON, which escapes the other quote.
    let mut json = String::from("\"");
    let mut chars = text[..end].chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next()? {
                '\'' => json.push('\''),
                other => json.extend(['\\', other]),
            },
            ('"', _) => json.push_str("\\\""),
            _ => json.push(c),
        }
    }
    json.push('"');
    serde_json::from_str(&json).ok().map(|name| (name, after))
}

#[cfg(test)]
mod tests {
    use super::JsonPath;

    #[test]
    fn what_is_not_a_path_is_refused() {
        for text in [
            "", "a", "$a", "$.", "$.a b", "$['a", "$['a'", "$[0]", "$..a", "$['a\\']", "$~.a",
        ] {
            assert!(text.parse::<JsonPath>().is_err(), "{text}");
        }
    }

    #[test]
    fn quotes_what_is_not_an_identifier() {
        for (name, expected) in [
            ("a", "$.a"),
            ("", "$['']"),
            ("1a", "$['1a']"),
            ("é", "$.é"),
            ("it's", "$['it\\'s']"),
            ("a\"b", "$['a\"b']"),
            ("back\\slash\n", "$['back\\\\slash\\n']"),
            ("../x", "$['../x']"),
        ] {
            let path = JsonPath::root().member(name).elements().member("x");
            assert_eq!(path.to_string(), format!("{expected}[*].x"));
            assert_eq!(path.to_string().parse(), Ok(path));
        }
        let key = JsonPath::root().member("labels").members().key();
        assert_eq!(key.to_string(), "$.labels.*~");
        assert_eq!(key.to_string().parse(), Ok(key));
    }
}
