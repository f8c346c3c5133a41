//! What scripts are made for.

use super::dialect::Dialect;

/// The system that scripts are for, and what they do there.
///
/// # Examples
/// ```
/// use transmog_describe::{Dialect, SqlOptions};
/// let options = SqlOptions::of(Dialect::Postgres).with_if_not_exists(true);
/// assert_eq!(options.dialect(), Dialect::Postgres);
/// assert!(options.if_not_exists());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqlOptions {
    dialect: Dialect,
    if_not_exists: bool,
}

impl SqlOptions {
    /// Scripts for this system, which create all tables.
    #[must_use]
    pub fn of(dialect: Dialect) -> Self {
        Self {
            dialect,
            if_not_exists: false,
        }
    }

    /// Sets whether tables and indexes that exist already are left as they are; otherwise they are
    /// an error of the system. Default `false`.
    #[must_use]
    pub fn with_if_not_exists(mut self, if_not_exists: bool) -> Self {
        self.if_not_exists = if_not_exists;
        self
    }

    /// The system.
    #[must_use]
    pub fn dialect(self) -> Dialect {
        self.dialect
    }

    /// Whether tables and indexes that exist already are left as they are.
    #[must_use]
    pub fn if_not_exists(self) -> bool {
        self.if_not_exists
    }

    /// What stands before the name of what is created.
    pub(super) fn condition(self) -> &'static str {
        match self.if_not_exists {
            true => "IF NOT EXISTS ",
            false => "",
        }
    }
}

/// Scripts of the default options.
impl From<Dialect> for SqlOptions {
    fn from(dialect: Dialect) -> Self {
        Self::of(dialect)
    }
}
