//! Options of flattening.

use crate::{
    choices::{ArrayMode, IdGeneration, Numbers},
    keys::Seed,
    rules::Rules,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use transmog_events::{JsonPath, PathPattern, Rejection};
use transmog_model::{ColumnType, DetectType, Observed};

/// What happens to a value that a given schema has no place for.
///
/// See [`Contract`] for an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnUnknown {
    /// It is taken.
    Take,
    /// Its record is rejected.
    #[default]
    Reject,
    /// It is left out, and counted.
    LeaveOut,
}

/// The tables and columns that a given schema has.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use transmog_events::{JsonPath, RecordSink, RecordStart};
/// use transmog_flatten::{Contract, Flattener, OnUnknown, Options, SerializeError, serialize_events};
/// use transmog_model::Observed;
/// let root = JsonPath::root();
/// let contract = Contract {
///     columns: [(root.member("name"), Observed::text())].into(),
///     tables: [root].into(),
///     unknown: vec![("$.debug".parse().expect("a path"), OnUnknown::LeaveOut)],
///     ..Contract::default()
/// };
/// let options = Options { contract: Some(Arc::new(contract)), ..Options::default() };
/// let mut flattener = Flattener::new(options);
/// flattener.begin_record(RecordStart { byte: 0, index: 0 });
/// serialize_events(&serde_json::json!({"name": "Ada", "debug": 1, "age": 36}), &mut flattener)?;
/// let error = flattener.end_record().expect_err("there is no column for the age");
/// assert!(error.to_string().contains("$.age"));
/// # Ok::<(), SerializeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contract {
    /// The paths of the tables.
    pub tables: HashSet<JsonPath>,
    /// The columns of all tables by path, with the kinds they may hold.
    pub columns: HashMap<JsonPath, Observed>,
    /// What happens to anything else.
    pub otherwise: OnUnknown,
    /// What happens to the values at some paths and in them; the longest path counts.
    pub unknown: Vec<(PathPattern, OnUnknown)>,
}

impl Contract {
    /// What happens to a value at this path that has no place.
    pub(crate) fn on_unknown(&self, path: &JsonPath) -> OnUnknown {
        let around = self
            .unknown
            .iter()
            .filter(|(pattern, _)| pattern.is_around(path));
        let nearest = around.max_by_key(|(pattern, _)| pattern.steps().len());
        nearest.map_or(self.otherwise, |(_, action)| *action)
    }

    /// Whether anything is left out.
    pub(crate) fn leaves_out(&self) -> bool {
        let by_path = self.unknown.iter().map(|(_, action)| *action);
        by_path
            .chain([self.otherwise])
            .any(|action| action == OnUnknown::LeaveOut)
    }

    /// An error if `seen` needs a wider type than the column has.
    pub(crate) fn check(&self, column: &JsonPath, seen: &Observed) -> Result<(), Rejection> {
        let Some(known) = self.columns.get(column) else {
            let message = "the schema has no column for this value";
            return Err(Rejection::drift(column.to_string(), message));
        };
        let (known, wider) = (known.final_type(), known.join(*seen).final_type());
        if known == wider {
            return Ok(());
        }
        let in_form = |of: ColumnType| match of.form() {
            Some(form) => format!("{of} in the form `{form}`"),
            None => of.to_string(),
        };
        let (known, wider) = match known.to_string() == wider.to_string() {
            true => (in_form(known), in_form(wider)),
            false => (known.to_string(), wider.to_string()),
        };
        let message =
            format!("expected {known}, the type in the schema; found a value that needs {wider}");
        Err(Rejection::drift(column.to_string(), message))
    }

    /// An error if there is no such table.
    pub(crate) fn check_table(&self, table: &JsonPath) -> Result<(), Rejection> {
        match self.tables.contains(table) {
            true => Ok(()),
            false => {
                let message = "the schema has no table for this row";
                Err(Rejection::drift(table.to_string(), message))
            }
        }
    }
}

/// Bytes of a key that is a UUID in a column of text.
const KEY_BYTES: usize = 36 + size_of::<i32>();

/// Options of the flatten core. Fields are public; see each for its default.
///
/// # Examples
/// ```
/// use transmog_flatten::{ArrayMode, Options};
///
/// let options = Options {
///     array_mode: ArrayMode::Separate,
///     indexes: true,
///     ..Options::default()
/// };
/// assert_eq!(options.max_depth, 100);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What becomes of arrays. Default [`ArrayMode::Smart`].
    pub array_mode: ArrayMode,
    /// The types that columns of text are found to have, if all their texts are of one form. Default
    /// none.
    pub detect: Vec<DetectType>,
    /// How rows get their ids. Default [`IdGeneration::Random`].
    pub id_generation: IdGeneration,
    /// What random ids are made from. Default `None`: a seed that differs for each flattener.
    pub seed: Option<Seed>,
    /// Key, or path of keys joined with dots, of natural ids. Default `_id`.
    pub id_field: String,
    /// The member in which a record that is itself a member has its key
    /// ([`record_key`](transmog_events::RecordSink::record_key)). Default `_key`.
    pub key_field: Arc<str>,
    /// Whether nulls, empty strings and empty arrays are kept; else they are left out and
    /// counted. Default `false`.
    pub include_nulls: bool,
    /// Whether every scalar becomes text. Default `false`.
    pub stringify_values: bool,
    /// What a number with a fraction or an exponent becomes. Default [`Numbers::Float64`].
    pub numbers: Numbers,
    /// Whether child rows get the id of their main row. Default `false`.
    pub root_ids: bool,
    /// Whether child rows get their position in the array, from 0. Default `false`.
    pub indexes: bool,
    /// What becomes of the values at some paths. Default none.
    pub rules: Arc<Rules>,
    /// What records may hold; a record with anything else is rejected. Default `None`: anything.
    pub contract: Option<Arc<Contract>>,
    /// Most columns of a table. More end the run. Default: no bound.
    pub max_columns: usize,
    /// Most tables. More end the run. Default: no bound.
    pub max_tables: usize,
    /// Deepest level that is flattened; deeper values stay as JSON text. Default 100.
    pub max_depth: usize,
    /// Bytes that the rows of one record may take. A larger record is rejected. Default: no bound.
    pub record_memory: usize,
    /// Bytes that the paths and names of columns and tables may take. More end the run. Default:
    /// no bound.
    pub names_memory: usize,
}

impl Options {
    /// Bytes of a key in a column.
    pub(crate) fn key_bytes(&self) -> usize {
        match self.id_generation {
            IdGeneration::Sequence => size_of::<i64>(),
            _ => KEY_BYTES,
        }
    }

    /// Bytes of a key in a batch that the tables of a chunk do not have yet, because it is made from
    /// the number of its row: 0 where they have all.
    #[must_use]
    pub fn made_key_bytes(&self) -> usize {
        match self.id_generation {
            IdGeneration::Random | IdGeneration::Sequence => self.key_bytes(),
            _ => 0,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            array_mode: ArrayMode::default(),
            detect: Vec::new(),
            id_generation: IdGeneration::default(),
            seed: None,
            id_field: "_id".into(),
            key_field: "_key".into(),
            include_nulls: false,
            stringify_values: false,
            numbers: Numbers::default(),
            root_ids: false,
            indexes: false,
            rules: Arc::default(),
            contract: None,
            max_columns: usize::MAX,
            max_tables: usize::MAX,
            max_depth: 100,
            record_memory: usize::MAX,
            names_memory: usize::MAX,
        }
    }
}
