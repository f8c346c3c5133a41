//! A rule: a path, and what becomes of the values there.

use super::{
    mask::Mask,
    value_type::{OnMismatch, ValueType},
};
use std::fmt;
use transmog_events::{PathPattern, brief};

/// Rules that cannot be followed: which, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError(String);

impl RuleError {
    #[cold]
    pub(crate) fn new(message: String) -> Self {
        Self(message)
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&brief(&self.0))
    }
}

impl std::error::Error for RuleError {}

/// What becomes of the values at the path of a [`Rule`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Only these values and what is in them are taken; all such rules together say what is.
    Select,
    /// The values are left out.
    Drop,
    /// The values are kept whole, as JSON text.
    Json,
    /// Strings that hold JSON (RFC 8259) are taken as that JSON.
    Parse,
    /// The keys of the objects are data: each member is a row of a child table.
    Map,
    /// The elements of the arrays are rows of a child table.
    Table,
    /// The arrays are lists; objects and arrays in them are JSON text.
    List,
    /// The name of the column, or of the table.
    Rename(String),
    /// The type of the values; they are converted, or they are none of that type.
    Type(ValueType, OnMismatch),
    /// The values do not arrive.
    Mask(Mask),
    /// The value is repeated in the rows of all tables below its own.
    Carry,
}

impl Action {
    /// The names of all actions, which are those of their options.
    pub const NAMES: [&str; 11] = [
        "select", "drop", "json", "parse", "map", "table", "list", "rename", "type", "mask",
        "carry",
    ];

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Action::Select => "select",
            Action::Drop => "drop",
            Action::Json => "json",
            Action::Parse => "parse",
            Action::Map => "map",
            Action::Table => "table",
            Action::List => "list",
            Action::Rename(_) => "rename",
            Action::Type(..) => "type",
            Action::Mask(_) => "mask",
            Action::Carry => "carry",
        }
    }

    /// What the action is to do besides its name: the new name, the type, the way of masking.
    #[must_use]
    pub fn argument(&self) -> Option<String> {
        match self {
            Action::Rename(name) => Some(name.clone()),
            Action::Type(value_type, _) => Some(value_type.to_string()),
            Action::Mask(mask) => Some(mask.to_string()),
            _ => None,
        }
    }
}

/// What becomes of the values at a path. The path goes from the record; `.*` stands for every member
/// of an object, `[*]` for every element of an array.
///
/// # Examples
/// ```
/// use transmog_flatten::{Action, Rule};
///
/// let rule = Rule::parse("rename", "$.customer.id=customer")?;
/// assert_eq!(rule.action, Action::Rename("customer".to_owned()));
/// assert_eq!(rule.to_string(), "rename $.customer.id=customer");
/// assert!(Rule::parse("type", "$.size=int65").is_err());
/// # Ok::<(), transmog_flatten::RuleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where the values are.
    pub path: PathPattern,
    /// What becomes of them.
    pub action: Action,
}

/// What every rule has.
pub(super) const A_PATH: &str = "a path that begins with `$`, as in $.items[*].size";

impl Rule {
    /// The rule of this name, which is one of [`Action::NAMES`]: `text` is its path and, for those
    /// that need it, `=` and an argument, as in `$.customer.id=customer`.
    ///
    /// # Errors
    /// When the text is not a path, the argument is missing or unknown, or there is no such rule.
    pub fn parse(name: &str, text: &str) -> Result<Self, RuleError> {
        let wrong = |message: String| RuleError::new(format!("{name} {text}: {message}"));
        if !text.starts_with('$') {
            return Err(wrong(format!("expected {A_PATH}")));
        }
        let takes_argument = matches!(name, "rename" | "type" | "mask");
        let (path, argument) = match takes_argument {
            false => (text.parse(), ""),
            true => split(text),
        };
        let path: PathPattern = path.map_err(|error| wrong(error.to_string()))?;
        if takes_argument && argument.is_empty() {
            let expected = match name {
                "rename" => "`=` and a name behind the path, as in $.customer.id=customer",
                "type" => "`=` and a type behind the path, as in $.size=int64",
                _ => "`=` and hmac, null or redact behind the path, as in $.email=hmac",
            };
            return Err(wrong(format!("expected {expected}")));
        }
        let action = match name {
            "select" => Action::Select,
            "drop" => Action::Drop,
            "json" => Action::Json,
            "parse" => Action::Parse,
            "map" => Action::Map,
            "table" => Action::Table,
            "list" => Action::List,
            "rename" => Action::Rename(argument.to_owned()),
            "type" => Action::Type(argument.parse().map_err(wrong)?, OnMismatch::Reject),
            "mask" => {
                let mask = argument.parse::<Mask>();
                Action::Mask(mask.map_err(|error| wrong(error.to_string()))?)
            }
            "carry" => Action::Carry,
            _ => {
                let names = Action::NAMES.join(", ");
                let message = format!("unknown rule `{name}`; expected one of {names}");
                return Err(RuleError::new(message));
            }
        };
        Ok(Self { path, action })
    }
}

impl Rule {
    /// The same with what becomes of values that are not of the type of the rule, if it has one.
    #[must_use]
    pub fn on_mismatch(mut self, on_mismatch: OnMismatch) -> Self {
        if let Action::Type(_, otherwise) = &mut self.action {
            *otherwise = on_mismatch;
        }
        self
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.action.name(), self.path)?;
        match self.action.argument() {
            Some(argument) => write!(f, "={argument}"),
            None => Ok(()),
        }
    }
}

/// The path, and the text behind the first `=` that ends one.
fn split(text: &str) -> (Result<PathPattern, transmog_events::PatternError>, &str) {
    let ends = text.match_indices('=').map(|(at, _)| at);
    let ends = ends.map(|at| (text[..at].parse(), &text[at + 1..]));
    let found = ends.into_iter().find(|(path, _)| path.is_ok());
    found.unwrap_or_else(|| {
        let end = text.find('=').unwrap_or(text.len());
        (text[..end].parse(), "")
    })
}
