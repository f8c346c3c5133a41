//! Database systems, and what they cannot load.

use super::jsonb;
use arrow::array::{Array, AsArray, ListArray, StringArray};
use transmog_model::{AlteredCells, LossKind, Observed, TextForm, strings};

/// A database system.
///
/// # Examples
/// ```
/// use transmog_describe::Dialect;
/// assert_eq!("duckdb".parse(), Ok(Dialect::DuckDb));
/// assert!(Dialect::DuckDb.loads("parquet") && !Dialect::Postgres.loads("parquet"));
/// assert!(!Dialect::Sqlite.takes("a\0b"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL, whose `psql` loads CSV files.
    Postgres,
    /// DuckDB, which loads CSV and Parquet files.
    DuckDb,
    /// SQLite, whose shell loads CSV files.
    Sqlite,
}

transmog_events::names! {
    Dialect, "SQL dialect" {
        Postgres = "postgres",
        DuckDb = "duckdb",
        Sqlite = "sqlite",
    }
}

impl Dialect {
    /// Whether the system loads files with this extension.
    #[must_use]
    pub fn loads(self, extension: &str) -> bool {
        self.extensions().contains(&extension)
    }

    pub(super) fn extensions(self) -> &'static [&'static str] {
        match self {
            Dialect::Postgres | Dialect::Sqlite => &["csv"],
            Dialect::DuckDb => &["csv", "csv.gz", "csv.zst", "parquet"],
        }
    }

    /// A message that says which files the system loads.
    #[must_use]
    pub fn refusal(self) -> String {
        match self {
            Dialect::DuckDb => "duckdb loads CSV and Parquet files".to_owned(),
            _ => format!("{self} loads CSV files without compression"),
        }
    }

    /// Whether the system loads a text unchanged. PostgreSQL has no character NUL, and its `psql`
    /// takes a line `\.` as the end of a file; SQLite's import cuts text at NUL.
    #[must_use]
    pub fn takes(self, text: &str) -> bool {
        let has_nul = text.contains('\0');
        match self {
            Dialect::Postgres => {
                let ends_file = |line| line == "\\.";
                !has_nul && !text.split(['\n', '\r']).any(ends_file)
            }
            Dialect::Sqlite => !has_nul,
            Dialect::DuckDb => true,
        }
    }

    /// Which of these cells the system cannot [load](Self::takes), given what was seen in their
    /// column; `None` if it loads all. In PostgreSQL the elements of lists are text too, and JSON is
    /// `jsonb`, which has no character NUL and only numbers that `numeric` can be.
    ///
    /// # Examples
    /// ```
    /// use arrow::array::StringArray;
    /// use transmog_describe::Dialect;
    /// use transmog_model::Observed;
    /// let texts = StringArray::from(vec!["a", "b\0", "\0"]);
    /// let refused = Dialect::Postgres.unloadable(&texts, Observed::text());
    /// let refused = refused.expect("two have a NUL");
    /// assert_eq!((refused.first, refused.count), (1, 2));
    /// assert_eq!(Dialect::DuckDb.unloadable(&texts, Observed::text()), None);
    /// ```
    #[must_use]
    pub fn unloadable(self, cells: &dyn Array, seen: Observed) -> Option<AlteredCells> {
        match (self, strings(cells)) {
            (Dialect::DuckDb, _) => None,
            (_, Some(texts)) => self.unloadable_texts(texts, seen),
            (Dialect::Postgres, None) => unloadable_lists(cells.as_list_opt()?),
            (Dialect::Sqlite, None) => None,
        }
    }

    fn unloadable_texts(self, texts: &StringArray, seen: Observed) -> Option<AlteredCells> {
        let is_json = self == Dialect::Postgres && seen.scalars.form() == TextForm::Json;
        let is_list = self == Dialect::Postgres && seen.carries_lists_as_json();
        // Most columns have no such text.
        if !is_json && memchr::memchr2(0, b'\\', texts.value_data()).is_none() {
            return None;
        }
        let is_refused = |text: &str| {
            !self.takes(text) || is_json && !jsonb::holds(text) || is_list && jsonb::has_nul(text)
        };
        unloadable(texts.iter().map(|text| text.is_some_and(is_refused)))
    }

    /// Why the system cannot load such a text, and what to do, in words that follow `text at PATH`.
    #[must_use]
    pub fn text_refusal(self) -> &'static str {
        match self {
            Dialect::Postgres => {
                "that the database cannot load unchanged: it has the character NUL, or a line \
                 `\\.`, which ends the file for psql, or is JSON with a number that is too large \
                 for jsonb; fix the data, or load into duckdb"
            }
            Dialect::Sqlite => {
                "that the database cannot load unchanged: it has the character NUL; fix the data, \
                 or load into duckdb"
            }
            Dialect::DuckDb => "that the database loads",
        }
    }

    /// The most columns of a table.
    pub(super) fn max_columns(self) -> usize {
        match self {
            Dialect::Postgres => 1600,
            Dialect::DuckDb => usize::MAX,
            Dialect::Sqlite => 2000,
        }
    }
}

/// The lists of texts that PostgreSQL has no array for.
fn unloadable_lists(lists: &ListArray) -> Option<AlteredCells> {
    let texts = strings(lists.values())?;
    memchr::memchr(0, texts.value_data())?;
    let is_refused = |text: &str| text.contains('\0');
    unloadable(lists.iter().map(|list| {
        let list = list.as_deref().and_then(strings);
        list.is_some_and(|texts| texts.iter().flatten().any(is_refused))
    }))
}

/// The cells of which this says that the system does not load them.
fn unloadable(cells: impl Iterator<Item = bool>) -> Option<AlteredCells> {
    let mut refused = cells.enumerate().filter(|(_, is_refused)| *is_refused);
    let (first, _) = refused.next()?;
    Some(AlteredCells {
        kind: LossKind::Unloadable,
        count: 1 + refused.count() as u64,
        first,
    })
}
