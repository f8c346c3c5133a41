//! The options of a case.

use serde_json::Value;

/// What arrays become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ArrayMode {
    /// Lists of primitives stay, other arrays become child tables.
    #[default]
    Smart,
    /// Every array becomes a child table.
    Separate,
    /// Arrays are JSON text.
    Inline,
    /// Arrays are omitted.
    Skip,
}

/// Which names tables and columns may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// Any.
    #[default]
    Exact,
    /// Any that differ by more than case.
    CaseInsensitive,
    /// Lower case letters, digits and `_`.
    Sql,
}

/// How ids are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum IdMode {
    /// UUID version 4.
    #[default]
    Random,
    /// UUID version 5 over the record.
    Hash,
    /// The value at the id field.
    Natural,
    /// 1, 2, 3, … in every table.
    Sequence,
    /// UUID version 5 over the named fields.
    Fields(Vec<String>),
}

/// The options of a run that cases set. The defaults are the documented ones, except that the time
/// column is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseOptions {
    /// Name of the main table.
    pub name: String,
    /// Joins keys.
    pub separator: String,
    /// Which names are allowed.
    pub names: Names,
    /// What arrays become.
    pub array_mode: ArrayMode,
    /// How ids are made (`id` in case files).
    pub id: IdMode,
    /// What random ids are made from.
    pub seed: Option<u64>,
    /// Whether ids are of the type for UUIDs (`id_type` in case files: `text` or `uuid`).
    pub uuid_ids: bool,
    /// Name of the id column; under [`IdMode::Natural`] the path of the id.
    pub id_field: String,
    /// Member for the keys of records.
    pub key_field: String,
    /// Name of the parent id column.
    pub parent_field: String,
    /// Name of the root id column.
    pub root_field: Option<String>,
    /// Name of the index column.
    pub index_field: Option<String>,
    /// Name of the column with the name of the input.
    pub source_field: Option<String>,
    /// Name of the column with the line of the record.
    pub line_field: Option<String>,
    /// Name of the column with the byte of the record.
    pub byte_field: Option<String>,
    /// Name of the time column.
    pub time_field: Option<String>,
    /// Whether nulls and empties are kept.
    pub include_nulls: bool,
    /// Whether every leaf is text.
    pub stringify: bool,
    /// The types to find in text: `date`, `timestamp`, `uuid`.
    pub detect_types: Vec<String>,
    /// Whether no number is rounded (`numbers` in case files: `float64` or `exact`).
    pub exact_numbers: bool,
    /// Deeper values are JSON text.
    pub max_depth: usize,
    /// Path to the records, or a JSON Pointer.
    pub records_path: Option<String>,
    /// `fail`, `skip` or `quarantine`.
    pub on_error: String,
    /// A count, or a share such as `10%`.
    pub max_errors: Option<String>,
    /// Longest record.
    pub max_record_bytes: Option<u64>,
    /// What to accept although it is not JSON.
    pub lenient: Vec<String>,
    /// The label of the input's encoding.
    pub encoding: Option<String>,
    /// Loss kinds that are errors; `["all"]` for all.
    pub strict: Vec<String>,
    /// Rules by path in their printed form, as in `rename $.a=b`.
    pub rules: Vec<String>,
    /// Whether a value that is not of the type of its rule is null, and does not reject its record
    /// (`on_mismatch` in case files: `reject` or `null`).
    pub mismatch_is_null: bool,
    /// The key of rules that mask values.
    pub mask_key: Option<String>,
    /// Extension of the input's file name, without dot.
    pub extension: String,
}

impl Default for CaseOptions {
    fn default() -> Self {
        Self {
            name: "data".into(),
            separator: "_".into(),
            names: Names::Exact,
            array_mode: ArrayMode::Smart,
            id: IdMode::Random,
            seed: None,
            uuid_ids: false,
            id_field: "_id".into(),
            key_field: "_key".into(),
            parent_field: "_parent_id".into(),
            root_field: None,
            index_field: None,
            source_field: None,
            line_field: None,
            byte_field: None,
            time_field: None,
            include_nulls: false,
            stringify: false,
            detect_types: Vec::new(),
            exact_numbers: false,
            max_depth: 100,
            records_path: None,
            on_error: "fail".into(),
            max_errors: None,
            max_record_bytes: None,
            lenient: Vec::new(),
            encoding: None,
            strict: Vec::new(),
            rules: Vec::new(),
            mismatch_is_null: false,
            mask_key: None,
            extension: "jsonl".into(),
        }
    }
}

impl CaseOptions {
    /// Reads the `options` object of a case file.
    pub(crate) fn from_json(value: Option<&Value>) -> Result<Self, String> {
        let mut options = Self::default();
        let Some(value) = value else {
            return Ok(options);
        };
        for (key, value) in value.as_object().ok_or("`options` is no object")? {
            options
                .set(key, value)
                .ok_or_else(|| format!("option `{key}` cannot be {value}"))?;
        }
        Ok(options)
    }

    fn set(&mut self, key: &str, value: &Value) -> Option<()> {
        let text = || value.as_str().map(str::to_owned);
        let list = || {
            let items = value.as_array()?.iter();
            items
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
        };
        match key {
            "name" => self.name = text()?,
            "separator" => self.separator = text()?,
            "names" => {
                self.names = match value.as_str()? {
                    "exact" => Names::Exact,
                    "case_insensitive" => Names::CaseInsensitive,
                    "sql" => Names::Sql,
                    _ => return None,
                }
            }
            "array_mode" => {
                self.array_mode = match value.as_str()? {
                    "smart" => ArrayMode::Smart,
                    "separate" => ArrayMode::Separate,
                    "inline" => ArrayMode::Inline,
                    "skip" => ArrayMode::Skip,
                    _ => return None,
                }
            }
            "id" => {
                self.id = match value.as_str() {
                    Some("random") => IdMode::Random,
                    Some("hash") => IdMode::Hash,
                    Some("natural") => IdMode::Natural,
                    Some("sequence") => IdMode::Sequence,
                    Some(_) => return None,
                    None => IdMode::Fields(list()?),
                }
            }
            "seed" => self.seed = Some(value.as_u64()?),
            "id_type" => {
                self.uuid_ids = match value.as_str()? {
                    "text" => false,
                    "uuid" => true,
                    _ => return None,
                }
            }
            "id_field" => self.id_field = text()?,
            "key_field" => self.key_field = text()?,
            "parent_field" => self.parent_field = text()?,
            "root_field" => self.root_field = Some(text()?),
            "index_field" => self.index_field = Some(text()?),
            "source_field" => self.source_field = Some(text()?),
            "line_field" => self.line_field = Some(text()?),
            "byte_field" => self.byte_field = Some(text()?),
            "time_field" => self.time_field = Some(text()?),
            "include_nulls" => self.include_nulls = value.as_bool()?,
            "stringify" => self.stringify = value.as_bool()?,
            "detect_types" => self.detect_types = list()?,
            "numbers" => {
                self.exact_numbers = match value.as_str()? {
                    "float64" => false,
                    "exact" => true,
                    _ => return None,
                }
            }
            "max_depth" => self.max_depth = usize::try_from(value.as_u64()?).ok()?,
            "records_path" => self.records_path = Some(text()?),
            "on_error" => self.on_error = text()?,
            "max_errors" => self.max_errors = Some(text()?),
            "max_record_bytes" => self.max_record_bytes = Some(value.as_u64()?),
            "lenient" => self.lenient = list()?,
            "encoding" => self.encoding = Some(text()?),
            "strict" => self.strict = list()?,
            "rules" => self.rules = list()?,
            "on_mismatch" => {
                self.mismatch_is_null = match value.as_str()? {
                    "reject" => false,
                    "null" => true,
                    _ => return None,
                }
            }
            "mask_key" => self.mask_key = Some(text()?),
            "extension" => self.extension = text()?,
            _ => return None,
        }
        Some(())
    }
}
