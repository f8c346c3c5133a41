//! Where a value stands in a record, printed as RFC 9535 JSONPath.

use crate::json_text::write_json_string;
use std::{fmt, sync::Arc};

/// One step from a value into it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Into the member of an object with this name.
    Member(Arc<str>),
    /// Into the elements of an array.
    Elements,
}

/// The steps from a record to a value.
///
/// ```
/// use transmog_model::Path;
/// let path = Path::root().member("a b").elements().member("size");
/// assert_eq!(path.to_string(), "$['a b'][*].size");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

impl Path {
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

    /// The path of the value that this one stands in; that of `$` is itself.
    #[must_use]
    pub fn parent(&self) -> Self {
        let steps = self.0.split_last().map_or(&[][..], |(_, steps)| steps);
        Self(steps.to_vec())
    }

    fn then(&self, step: Step) -> Self {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend_from_slice(&self.0);
        steps.push(step);
        Self(steps)
    }

    /// The steps from the record.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

/// Whether a member name needs no brackets in JSONPath (RFC 9535, 2.5.1).
fn is_shorthand(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let mut chars = name.chars();
    chars.next().is_some_and(first) && chars.all(|c| first(c) || c.is_ascii_digit())
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for step in &self.0 {
            match step {
                Step::Elements => f.write_str("[*]")?,
                Step::Member(name) if is_shorthand(name) => write!(f, ".{name}")?,
                Step::Member(name) => {
                    // The JSON escapes are those of JSONPath but for the quote.
                    let mut quoted = Vec::new();
                    write_json_string(&mut quoted, name);
                    let text = String::from_utf8_lossy(&quoted[1..quoted.len() - 1]);
                    let text = text.replace("\\\"", "\"").replace('\'', "\\'");
                    write!(f, "['{text}']")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn quotes_what_is_no_identifier() {
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
            assert_eq!(Path::root().member(name).to_string(), expected);
        }
    }
}
