//! What flattening does, resolved.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    str::FromStr,
    sync::Arc,
};
use transmog_events::{Path, Rejection};
use transmog_model::Observed;

/// What becomes of arrays (contract: `array_mode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArrayMode {
    /// Arrays of primitives are list columns, all others child tables.
    #[default]
    Smart,
    /// Every array is a child table.
    Separate,
    /// Arrays stay in the row as JSON text.
    Inline,
    /// Arrays are omitted and counted.
    Skip,
}

transmog_events::names! {
    ArrayMode, "array mode" {
        Smart = "smart",
        Separate = "separate",
        Inline = "inline",
        Skip = "skip",
    }
}

/// What a number with a fraction or an exponent is (contract: `numbers`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Numbers {
    /// The nearest float64. Numbers of more than 17 significant digits are counted.
    #[default]
    Float64,
    /// A float64 when its shortest form is that number, else a decimal, else text.
    Exact,
}

transmog_events::names! {
    Numbers, "setting of numbers" {
        Float64 = "float64",
        Exact = "exact",
    }
}

/// How rows get their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdGeneration {
    /// UUID version 4.
    #[default]
    Random,
    /// UUID version 5 of the whole record.
    Hash,
    /// UUID version 5 of these fields, each a key or a dotted path.
    Fields(Vec<String>),
    /// The value at `id_field`.
    Natural,
}

impl fmt::Display for IdGeneration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdGeneration::Random => f.write_str("random"),
            IdGeneration::Hash => f.write_str("hash"),
            IdGeneration::Natural => f.write_str("natural"),
            IdGeneration::Fields(fields) => f.write_str(&fields.join(",")),
        }
    }
}

impl FromStr for IdGeneration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "random" => IdGeneration::Random,
            "hash" => IdGeneration::Hash,
            "natural" => IdGeneration::Natural,
            "" => return Err("expected random, hash, natural or field names".into()),
            fields => IdGeneration::Fields(fields.split(',').map(str::to_owned).collect()),
        })
    }
}

/// The tables and columns that records may bring values for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contract {
    /// Paths of the tables.
    pub tables: HashSet<Path>,
    /// What the columns of all tables may hold.
    pub columns: HashMap<Path, Observed>,
}

impl Contract {
    /// An error when a column holds, with `seen`, more than its type does.
    pub(crate) fn check(&self, column: &Path, seen: &Observed) -> Result<(), Rejection> {
        let Some(known) = self.columns.get(column) else {
            let message = "expected no value that the schema has no column for";
            return Err(Rejection::drift(column.to_string(), message));
        };
        let (known, wider) = (known.final_type(), known.join(*seen).final_type());
        if known == wider {
            return Ok(());
        }
        let message = format!("expected {known} as the schema has it, found what makes it {wider}");
        Err(Rejection::drift(column.to_string(), message))
    }

    /// An error when there is no such table.
    pub(crate) fn check_table(&self, table: &Path) -> Result<(), Rejection> {
        match self.tables.contains(table) {
            true => Ok(()),
            false => {
                let message = "expected no row that the schema has no table for";
                Err(Rejection::drift(table.to_string(), message))
            }
        }
    }
}

/// Options of the flatten core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What becomes of arrays.
    pub array_mode: ArrayMode,
    /// How rows get their ids.
    pub id_generation: IdGeneration,
    /// Key or dotted path of natural ids.
    pub id_field: String,
    /// Whether nulls and empty strings are kept.
    pub include_nulls: bool,
    /// Whether every leaf becomes text.
    pub stringify_values: bool,
    /// What a number with a fraction or an exponent is.
    pub numbers: Numbers,
    /// Whether child rows get the id of their main row.
    pub root_ids: bool,
    /// Whether child rows get their position in the array.
    pub indexes: bool,
    /// What records may hold; none allows everything.
    pub contract: Option<Arc<Contract>>,
    /// Columns of a table at most.
    pub max_columns: usize,
    /// Tables at most.
    pub max_tables: usize,
    /// Deepest level that is flattened; what lies deeper is kept as JSON text.
    pub max_depth: usize,
    /// Bytes that what a record becomes may take.
    pub record_memory: usize,
    /// Bytes that the paths and names of columns and tables may take.
    pub names_memory: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            array_mode: ArrayMode::default(),
            id_generation: IdGeneration::default(),
            id_field: "_id".into(),
            include_nulls: false,
            stringify_values: false,
            numbers: Numbers::default(),
            root_ids: false,
            indexes: false,
            contract: None,
            max_columns: usize::MAX,
            max_tables: usize::MAX,
            max_depth: 100,
            record_memory: usize::MAX,
            names_memory: usize::MAX,
        }
    }
}
