//! Choices by the names that users write.

use std::{fmt, str::FromStr};

/// A name that no choice has. Its message lists the names that exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    what: &'static str,
    name: String,
    names: &'static [&'static str],
}

impl UnknownName {
    /// The error of a `name` that is not among the `names` (of which there is at least one) of
    /// `what`, as in "array mode".
    #[cold]
    #[must_use]
    pub fn new(what: &'static str, name: &str, names: &'static [&'static str]) -> Self {
        Self {
            what,
            name: name.to_owned(),
            names,
        }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, name, names } = self;
        write!(f, "unknown {what} `{name}`; expected ")?;
        for (at, name) in names.iter().enumerate() {
            let separator = match at {
                0 => "",
                at if at + 1 == names.len() => " or ",
                _ => ", ",
            };
            write!(f, "{separator}{name}")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownName {}

/// A type whose values users choose by name; [`names!`](crate::names) implements it.
pub trait Named: FromStr<Err = UnknownName> {
    /// The names of all choices, in order.
    const NAMES: &'static [&'static str];
}

/// Gives the values of an enum the names that users write. It adds `ALL`, `name`, `Display`,
/// `FromStr` and [`Named`].
///
/// # Examples
/// ```
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// pub enum Fruit {
///     Apple,
///     Pear,
/// }
///
/// transmog_events::names! {
///     Fruit, "fruit" {
///         Apple = "apple",
///         Pear = "pear",
///     }
/// }
///
/// assert_eq!("pear".parse(), Ok(Fruit::Pear));
/// let error = "plum".parse::<Fruit>().unwrap_err();
/// assert_eq!(error.to_string(), "unknown fruit `plum`; expected apple or pear");
/// ```
#[macro_export]
macro_rules! names {
    ($type:ident, $what:literal { $($value:ident = $name:literal),+ $(,)? }) => {
        impl $type {
            /// Every choice.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$value),+];

            /// The name that users write.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name),+
                }
            }
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl ::std::str::FromStr for $type {
            type Err = $crate::UnknownName;

            fn from_str(name: &str) -> ::std::result::Result<Self, $crate::UnknownName> {
                let found = Self::ALL.into_iter().find(|choice| choice.name() == name);
                let names = <Self as $crate::Named>::NAMES;
                found.ok_or_else(|| $crate::UnknownName::new($what, name, names))
            }
        }

        impl $crate::Named for $type {
            const NAMES: &'static [&'static str] = &[$($name),+];
        }
    };
}
