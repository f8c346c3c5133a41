//! Every option of a run.

use crate::{
    error::{Error, Result},
    policy::{MaxErrors, OnDrift, OnError},
    schema::Schema,
};
use std::{fmt, sync::Arc};
use transmog_events::PathPattern;
use transmog_flatten::{ArrayMode, IdGeneration, IdType, MaskKey, Naming, Numbers, Rule};
use transmog_model::{DetectType, LossKind, NameScope, Names, ScalarType};
use transmog_reader::{Encoding, Leniency};

/// Default of [`TransmogConfig::with_batch_size`].
pub const DEFAULT_BATCH_SIZE: usize = 1000;
/// Default number of records between two calls of the progress callback of
/// `flatten_stream`.
pub const DEFAULT_STREAM_BATCH_SIZE: usize = 100;
/// Default of [`TransmogConfig::with_separator`].
pub const DEFAULT_SEPARATOR: &str = "_";
/// Default of [`TransmogConfig::with_max_depth`].
pub const DEFAULT_MAX_DEPTH: usize = 100;
/// Default of [`TransmogConfig::with_memory_limit`]: 256 MiB.
pub const DEFAULT_MEMORY_LIMIT: usize = 256 << 20;
/// Default of [`TransmogConfig::with_max_columns`].
pub const DEFAULT_MAX_COLUMNS: usize = 16_384;
/// Default of [`TransmogConfig::with_max_tables`].
pub const DEFAULT_MAX_TABLES: usize = 16_384;
const DEFAULT_KEY_FIELD: &str = "_key";
/// Default of [`TransmogConfig::with_name`].
pub const DEFAULT_NAME: &str = "data";

/// The progress of a run.
///
/// # Examples
/// ```
/// use transmog_engine::{Progress, TransmogConfig};
/// let share = |progress: &Progress| {
///     let total = progress.total_bytes.filter(|total| *total > 0)?;
///     Some(progress.bytes as f64 / total as f64)
/// };
/// let config = TransmogConfig::default().with_progress_callback(move |progress| {
///     if let Some(share) = share(progress) {
///         eprintln!("{:.0} %, {} records", share * 100.0, progress.records);
///     }
/// });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Records done.
    pub records: u64,
    /// Records of the whole input, if known.
    pub total: Option<u64>,
    /// Bytes read of all inputs, before decompression.
    pub bytes: u64,
    /// Bytes of all inputs, if they are files or bytes.
    pub total_bytes: Option<u64>,
    /// Name of the current input.
    pub file: Arc<str>,
}

/// Returns whether the run should stop.
///
/// See [`with_cancel`](TransmogConfig::with_cancel) for an example.
pub type Cancel = dyn Fn() -> bool + Send + Sync;

/// Called with the number of records done and, if known, their total.
///
/// See [`with_progress_callback`](TransmogConfig::with_progress_callback) for an example.
pub type ProgressCallback = Arc<dyn Fn(&Progress) + Send + Sync>;

/// The options of a run.
///
/// ```
/// use transmog_engine::TransmogConfig;
/// use transmog_flatten::ArrayMode;
/// let config = TransmogConfig::default().with_array_mode(ArrayMode::Separate);
/// assert_eq!(config.separator(), "_");
/// ```
#[derive(Clone)]
pub struct TransmogConfig {
    pub(crate) name: String,
    pub(crate) separator: String,
    pub(crate) names: Names,
    pub(crate) array_mode: ArrayMode,
    pub(crate) id_generation: IdGeneration,
    pub(crate) seed: Option<u64>,
    pub(crate) id_type: IdType,
    pub(crate) id_field: String,
    pub(crate) parent_field: String,
    pub(crate) root_field: Option<String>,
    pub(crate) index_field: Option<String>,
    pub(crate) key_field: String,
    pub(crate) source_field: Option<String>,
    pub(crate) line_field: Option<String>,
    pub(crate) byte_field: Option<String>,
    pub(crate) time_field: Option<String>,
    pub(crate) include_nulls: bool,
    pub(crate) stringify_values: bool,
    pub(crate) numbers: Numbers,
    pub(crate) detect_types: Vec<DetectType>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) mask_key: Option<MaskKey>,
    pub(crate) max_depth: usize,
    pub(crate) max_record_bytes: usize,
    pub(crate) chunk_bytes: usize,
    pub(crate) memory_limit: usize,
    pub(crate) max_columns: usize,
    pub(crate) max_tables: usize,
    pub(crate) records_path: Option<String>,
    pub(crate) batch_size: Option<usize>,
    pub(crate) threads: Option<usize>,
    pub(crate) on_error: OnError,
    pub(crate) max_errors: Option<MaxErrors>,
    pub(crate) schema: Option<Arc<Schema>>,
    pub(crate) on_drift: Option<OnDrift>,
    pub(crate) lenient: Vec<Leniency>,
    pub(crate) encoding: Option<Encoding>,
    pub(crate) strict: Vec<LossKind>,
    pub(crate) progress: Option<ProgressCallback>,
    pub(crate) cancel: Option<Arc<Cancel>>,
    pub(crate) max_records: Option<u64>,
    pub(crate) statistics: bool,
    pub(crate) allow_empty: bool,
}

impl Default for TransmogConfig {
    fn default() -> Self {
        Self {
            name: DEFAULT_NAME.into(),
            separator: DEFAULT_SEPARATOR.into(),
            names: Names::Exact,
            array_mode: ArrayMode::Smart,
            id_generation: IdGeneration::Random,
            seed: None,
            id_type: IdType::Text,
            id_field: "_id".into(),
            parent_field: "_parent_id".into(),
            root_field: None,
            index_field: None,
            key_field: DEFAULT_KEY_FIELD.to_owned(),
            source_field: None,
            line_field: None,
            byte_field: None,
            time_field: Some("_timestamp".into()),
            include_nulls: false,
            stringify_values: false,
            numbers: Numbers::Float64,
            detect_types: Vec::new(),
            rules: Vec::new(),
            mask_key: None,
            max_depth: DEFAULT_MAX_DEPTH,
            max_record_bytes: transmog_reader::DEFAULT_MAX_RECORD_BYTES,
            chunk_bytes: transmog_reader::DEFAULT_CHUNK_BYTES,
            memory_limit: DEFAULT_MEMORY_LIMIT,
            max_columns: DEFAULT_MAX_COLUMNS,
            max_tables: DEFAULT_MAX_TABLES,
            records_path: None,
            batch_size: None,
            threads: None,
            on_error: OnError::Fail,
            max_errors: None,
            schema: None,
            on_drift: None,
            lenient: Vec::new(),
            encoding: None,
            strict: Vec::new(),
            progress: None,
            cancel: None,
            max_records: None,
            statistics: false,
            allow_empty: false,
        }
    }
}

macro_rules! options {
    ($($(#[$doc:meta])* $with:ident, $get:ident: $type:ty as $view:ty = |$value:ident| $to:expr, |$this:ident| $from:expr;)*) => {
        impl TransmogConfig {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $with(mut self, $value: $type) -> Self {
                    self.$get = $to;
                    self
                }

                #[doc = concat!("The value of [`", stringify!($with), "`](Self::", stringify!($with), ").")]
                #[must_use]
                pub fn $get(&self) -> $view {
                    let $this = self;
                    $from
                }
            )*
        }
    };
}

options! {
    /// The number of records to read from the beginning, including rejected ones. With this option
    /// one thread reads them. Default: all.
    with_max_records, max_records: Option<u64> as Option<u64> = |v| v, |c| c.max_records;
    /// Whether the [`Summary`](crate::Summary) has [statistics](transmog_model::ColumnStatistics)
    /// of the columns. Default `false`.
    with_statistics, statistics: bool as bool = |v| v, |c| c.statistics;
    /// Whether standard input, a pipe or a device may end without a byte. Otherwise that is an
    /// error. Default `false`.
    with_allow_empty, allow_empty: bool as bool = |v| v, |c| c.allow_empty;
    /// Name of the main table and prefix of the others. Default [`DEFAULT_NAME`].
    with_name, name: impl Into<String> as &str = |v| v.into(), |c| &c.name;
    /// Joins keys to column and table names. Default [`DEFAULT_SEPARATOR`].
    with_separator, separator: impl Into<String> as &str = |v| v.into(), |c| &c.separator;
    /// Which names tables and columns may have. Others are changed, which the ledger counts.
    /// Default [`Names::Exact`].
    with_names, names: Names as Names = |v| v, |c| c.names;
    /// What arrays become. Default [`ArrayMode::Smart`].
    with_array_mode, array_mode: ArrayMode as ArrayMode = |v| v, |c| c.array_mode;
    /// How rows get their ids. Default [`IdGeneration::Random`].
    with_id_generation, id_generation: IdGeneration as &IdGeneration = |v| v, |c| &c.id_generation;
    /// What random ids are made from: with the same number they are the same in every run. Default
    /// none: they differ.
    with_seed, seed: Option<u64> as Option<u64> = |v| v, |c| c.seed;
    /// The type of ids that are UUIDs. Default [`IdType::Text`].
    with_id_type, id_type: IdType as IdType = |v| v, |c| c.id_type;
    /// Name of the id column. Default `_id`.
    with_id_field, id_field: impl Into<String> as &str = |v| v.into(), |c| &c.id_field;
    /// Name of the parent id column. Default `_parent_id`.
    with_parent_field, parent_field: impl Into<String> as &str = |v| v.into(), |c| &c.parent_field;
    /// Name of the column with the id of the main row. Default none.
    with_root_field, root_field: Option<String> as Option<&str> = |v| v, |c| c.root_field.as_deref();
    /// Name of the column with the position in the array, from 0. Default none.
    with_index_field, index_field: Option<String> as Option<&str> = |v| v, |c| c.index_field.as_deref();
    /// Name of a column of the main table with the name of the record's input, as in messages: a
    /// path, `<stdin>`, or the name given to bytes or a reader; null for values. Default none.
    with_source_field, source_field: Option<String> as Option<&str> = |v| v, |c| c.source_field.as_deref();
    /// Name of a column of the main table with the line where the record begins, from 1, in the
    /// decompressed input; null for values, JSON5 and HJSON. Default none.
    with_line_field, line_field: Option<String> as Option<&str> = |v| v, |c| c.line_field.as_deref();
    /// Name of a column of the main table with the byte where the record begins, from 0, in the
    /// decompressed input; null for values, JSON5 and HJSON. Default none.
    with_byte_field, byte_field: Option<String> as Option<&str> = |v| v, |c| c.byte_field.as_deref();
    /// Name of the column with the start of the run; `None` leaves it out. Default `_timestamp`.
    with_time_field, time_field: Option<String> as Option<&str> = |v| v, |c| c.time_field.as_deref();
    /// Whether nulls and empty strings are kept apart. Default false.
    with_include_nulls, include_nulls: bool as bool = |v| v, |c| c.include_nulls;
    /// Whether every leaf becomes text. Default false.
    with_stringify_values, stringify_values: bool as bool = |v| v, |c| c.stringify_values;
    /// How to store a number with a fraction or an exponent: as the nearest float64, or as a
    /// decimal if that is not the same number. Default [`Numbers::Float64`].
    with_numbers, numbers: Numbers as Numbers = |v| v, |c| c.numbers;
    /// The types that a column of text gets if every one of its texts has the same form, from which it
    /// can be given back. Default none.
    with_detect_types, detect_types: Vec<DetectType> as &[DetectType] = |v| v, |c| &c.detect_types;
    /// What becomes of the values at some paths. Default none.
    with_rules, rules: Vec<Rule> as &[Rule] = |v| v, |c| &c.rules;
    /// The key under which rules mask values. Default: the text of the environment variable
    /// [`MASK_KEY`](crate::MASK_KEY).
    with_mask_key, mask_key: Option<MaskKey> as Option<&MaskKey> = |v| v, |c| c.mask_key.as_ref();
    /// Deepest level that is flattened. Default [`DEFAULT_MAX_DEPTH`].
    with_max_depth, max_depth: usize as usize = |v| v, |c| c.max_depth;
    /// Longest record, in bytes. Default 128 MiB, at most 256 MiB.
    with_max_record_bytes, max_record_bytes: usize as usize = |v| v, |c| c.max_record_bytes;
    /// Size of a chunk of input, in bytes. Default 4 MiB.
    with_chunk_bytes, chunk_bytes: usize as usize = |v| v, |c| c.chunk_bytes;
    /// Approximate memory use of `flatten_stream`, in bytes. Default [`DEFAULT_MEMORY_LIMIT`]. It
    /// bounds the waiting rows and the size of row groups. A record that takes more than half of
    /// it, as text or in tables, is an error, and so is compressed input that takes more than half
    /// of it to decompress (128 MiB for Zstandard and 16 MiB for xz are always allowed).
    with_memory_limit, memory_limit: usize as usize = |v| v, |c| c.memory_limit;
    /// The most columns in a table; more end the run with an error. Default
    /// [`DEFAULT_MAX_COLUMNS`].
    with_max_columns, max_columns: usize as usize = |v| v, |c| c.max_columns;
    /// The most tables; more end the run with an error. Default [`DEFAULT_MAX_TABLES`].
    with_max_tables, max_tables: usize as usize = |v| v, |c| c.max_tables;
    /// Where the records of each document are: a path such as `$.data.items`, `$.hits.hits[*]._source`
    /// or `$.users.*` ([`PathPattern`]), or a JSON Pointer. Default none.
    with_records_path, records_path: Option<String> as Option<&str> = |v| v, |c| c.records_path.as_deref();
    /// The member of each record in which it has its key, where the records are members of an object
    /// (`.*` in [`with_records_path`](Self::with_records_path)), and the column of the keys in the
    /// tables of rules for maps. Default `_key`.
    with_key_field, key_field: impl Into<String> as &str = |v| v.into(), |c| &c.key_field;
    /// Records between two calls of the progress callback. Default
    /// [`DEFAULT_BATCH_SIZE`] for `flatten`, [`DEFAULT_STREAM_BATCH_SIZE`] for `flatten_stream`.
    /// It does not change the output or the speed.
    with_batch_size, batch_size: usize as Option<usize> = |v| Some(v), |c| c.batch_size;
    /// Number of threads. Default: all cores of the machine.
    with_threads, threads: usize as Option<usize> = |v| Some(v), |c| c.threads;
    /// What happens to a bad record. Default [`OnError::Fail`].
    with_on_error, on_error: OnError as OnError = |v| v, |c| c.on_error;
    /// How many records may be rejected. Default: no limit.
    with_max_errors, max_errors: Option<MaxErrors> as Option<MaxErrors> = |v| v, |c| c.max_errors;
    /// The schema to start with. Default none.
    with_schema, schema: Option<Arc<Schema>> as Option<&Schema> = |v| v, |c| c.schema.as_deref();
    /// What happens to a record that does not fit the given schema. Default: what the schema says
    /// ([`Schema::on_drift`]), or else [`OnDrift::Evolve`].
    with_on_drift, on_drift: OnDrift as Option<OnDrift> = |v| Some(v), |c| c.on_drift;
    /// What to accept although it is not JSON; the ledger counts it. Default none.
    with_lenient, lenient: Vec<Leniency> as &[Leniency] = |v| v, |c| &c.lenient;
    /// The encoding of the text. A byte-order mark at its beginning goes before it. Default none:
    /// UTF-8, or UTF-16 where the mark says so.
    with_encoding, encoding: Option<Encoding> as Option<Encoding> = |v| v, |c| c.encoding;
    /// Kinds of loss that end the run with an error. Default none.
    with_strict, strict: Vec<LossKind> as &[LossKind] = |v| v, |c| &c.strict;
}

impl TransmogConfig {
    /// Called every [`batch_size`](Self::with_batch_size) records, and at the end.
    ///
    /// # Examples
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use transmog_engine::{Feed, Nothing, Run, TransmogConfig, Values};
    ///
    /// let seen = Arc::new(Mutex::new(Vec::new()));
    /// let calls = Arc::clone(&seen);
    /// let config = TransmogConfig::default().with_batch_size(2).with_progress_callback(
    ///     move |progress| calls.lock().expect("no panic").push(progress.records),
    /// );
    /// let values = Values((1..=5).map(|a| serde_json::json!({"a": a})));
    /// Run::start(Feed::records(values), Nothing, &config)?.complete()?;
    /// assert_eq!(*seen.lock().expect("no panic"), [2, 4, 5]);
    /// # Ok::<(), transmog_engine::Error>(())
    /// ```
    #[must_use]
    pub fn with_progress_callback(
        mut self,
        callback: impl Fn(&Progress) + Send + Sync + 'static,
    ) -> Self {
        self.progress = Some(Arc::new(callback));
        self
    }

    /// The run calls this function repeatedly on the calling thread, at least every 50 milliseconds
    /// while it waits. If it returns true, the run ends and leaves no files behind.
    ///
    /// # Examples
    /// ```
    /// use transmog_engine::{Category, Feed, Nothing, Run, TransmogConfig, Values};
    /// let config = TransmogConfig::default().with_cancel(|| true);
    /// let values = Values([serde_json::json!({"a": 1})].into_iter());
    /// let run = Run::start(Feed::records(values), Nothing, &config)?;
    /// let error = run.complete().expect_err("it is stopped");
    /// assert_eq!(error.category(), Category::Cancelled);
    /// # Ok::<(), transmog_engine::Error>(())
    /// ```
    #[must_use]
    pub fn with_cancel(mut self, cancel: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.cancel = Some(Arc::new(cancel));
        self
    }

    /// The options that the tables depend on, as JSON.
    pub(crate) fn parameters(&self) -> serde_json::Value {
        serde_json::json!({
            "name": self.name,
            "separator": self.separator,
            "names": self.names.name(),
            "array_mode": self.array_mode.to_string(),
            "id_generation": self.id_generation.to_string(),
            "seed": self.seed,
            "id_type": self.id_type.name(),
            "id_field": self.id_field,
            "parent_field": self.parent_field,
            "root_field": self.root_field,
            "index_field": self.index_field,
            "key_field": self.key_field,
            "source_field": self.source_field,
            "line_field": self.line_field,
            "byte_field": self.byte_field,
            "time_field": self.time_field,
            "include_nulls": self.include_nulls,
            "stringify_values": self.stringify_values,
            "numbers": self.numbers.to_string(),
            "detect_types": self.detect_types.iter().map(|of| of.name()).collect::<Vec<_>>(),
            "max_depth": self.max_depth,
            "rules": self.all_rules().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "records_path": self.effective_records_path(),
            "encoding": self.encoding.map(|encoding| encoding.to_string()),
            "lenient": self.lenient.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
            "on_error": self.on_error.name(),
        })
    }

    /// The options that names of tables and columns are made from.
    #[must_use]
    pub fn naming(&self) -> Naming {
        Naming {
            name: self.name.clone(),
            separator: self.separator.clone(),
            names: self.names,
            id: match self.id_generation {
                // These ids are values of the input; their column is named like any other.
                IdGeneration::Natural => self.id_field.replace('.', &self.separator),
                _ => self.id_field.clone(),
            },
            keys: match self.id_generation {
                IdGeneration::Natural => None,
                IdGeneration::Sequence => Some(ScalarType::Int64),
                _ => Some(self.id_type.into()),
            },
            parent: self.parent_field.clone(),
            root: self.root_field.clone(),
            index: self.index_field.clone(),
            key: self.key_field.clone(),
            given: self.given_names(),
            source: self.source_field.clone(),
            line: self.line_field.clone(),
            byte: self.byte_field.clone(),
            time: self.time_field.clone(),
            include_nulls: self.include_nulls,
            parameters: Some(self.parameters().to_string()),
        }
    }

    /// What happens to a record that does not fit the schema, where no path says otherwise.
    pub(crate) fn effective_on_drift(&self) -> OnDrift {
        let of_schema = self.schema.as_ref().and_then(|schema| schema.on_drift);
        self.on_drift.or(of_schema).unwrap_or_default()
    }

    /// The path to the records of the options, or else of the schema.
    fn effective_records_path(&self) -> Option<&str> {
        let of_schema = self.schema.as_ref();
        let of_schema = of_schema.and_then(|schema| schema.records_path.as_deref());
        self.records_path.as_deref().or(of_schema)
    }

    /// The path to the records, parsed.
    pub(crate) fn path_to_records(&self) -> Result<Option<PathPattern>> {
        let path = self.effective_records_path().map(str::parse).transpose();
        path.map_err(|error| Error::config(format!("records_path: {error}")))
    }

    /// An error if options are set that only JSON text has, for records that are not text.
    pub(crate) fn refuse_text_options(&self) -> Result<()> {
        let (option, cure) = if self.records_path.is_some() {
            ("records_path", "give the records themselves")
        } else if self.key_field != DEFAULT_KEY_FIELD && !self.has_maps() {
            (
                "key_field",
                "give the records themselves, each with its key",
            )
        } else if !self.lenient.is_empty() {
            ("lenient", "leave it out, because values are already parsed")
        } else if self.encoding.is_some() {
            ("encoding", "leave it out, because values have none")
        } else {
            return Ok(());
        };
        Err(Error::config(format!(
            "{option}: expected JSON text as the input, found records that are not text; {cure}"
        )))
    }

    /// Checks that the options do not conflict.
    ///
    /// # Errors
    /// When names of metadata columns are equal or empty, or a number is out of range.
    pub fn validate(&self) -> Result<()> {
        self.path_to_records()?;
        self.check_rules()?;
        if self.seed.is_some() && self.id_generation != IdGeneration::Random {
            return Err(Error::config(format!(
                "`seed` would do nothing, because ids are {}; leave it out, or choose random ids",
                self.id_generation
            )));
        }
        let are_uuids = self.naming().keys == Some(self.id_type.into());
        if self.id_type != IdType::Text && !are_uuids {
            return Err(Error::config(format!(
                "`id_type` is {} but ids are {}, which are no UUIDs; leave it out, or choose ids that are \
                 random, hash or made of fields",
                self.id_type, self.id_generation
            )));
        }
        if self.schema.is_none() && self.on_drift.is_some_and(|drift| drift != OnDrift::Evolve) {
            return Err(Error::config(
                "`on_drift` needs a schema; give one, or leave `on_drift` at evolve",
            ));
        }
        if self.stringify_values && !self.detect_types.is_empty() {
            return Err(Error::config(
                "`detect_types` finds nothing under `stringify_values`, where every value is text; \
                 leave one of them out",
            ));
        }
        let naming = self.naming();
        let names = [
            Some(("id_field", &naming.id)),
            Some(("parent_field", &naming.parent)),
            naming.root.as_ref().map(|name| ("root_field", name)),
            naming.index.as_ref().map(|name| ("index_field", name)),
            naming.source.as_ref().map(|name| ("source_field", name)),
            naming.line.as_ref().map(|name| ("line_field", name)),
            naming.byte.as_ref().map(|name| ("byte_field", name)),
            naming.time.as_ref().map(|name| ("time_field", name)),
        ];
        let names: Vec<_> = names.into_iter().flatten().collect();
        for (at, (option, name)) in names.iter().enumerate() {
            if name.is_empty() {
                return Err(Error::config(format!(
                    "`{option}` is empty; give the column a name"
                )));
            }
            // The names are the same if the earlier one changes this one.
            let is_same = |(_, earlier): &&(&str, &String)| {
                let mut scope = NameScope::of(self.names);
                let alone = NameScope::of(self.names).take(name);
                scope.take(earlier);
                scope.take(name) != alone
            };
            if let Some((other, earlier)) = names[..at].iter().find(is_same) {
                let what = match earlier == name {
                    true => format!("both `{name}`"),
                    false => format!(
                        "`{earlier}` and `{name}`, the same name under names = {}",
                        self.names
                    ),
                };
                return Err(Error::config(format!(
                    "`{other}` and `{option}` are {what}; give the columns different names"
                )));
            }
        }
        for (option, value) in [
            ("max_depth", Some(self.max_depth)),
            ("max_record_bytes", Some(self.max_record_bytes)),
            ("chunk_bytes", Some(self.chunk_bytes)),
            ("memory_limit", Some(self.memory_limit)),
            ("max_columns", Some(self.max_columns)),
            ("max_tables", Some(self.max_tables)),
            ("batch_size", self.batch_size),
            ("threads", self.threads),
        ] {
            if value == Some(0) {
                return Err(Error::config(format!("`{option}` must be at least 1")));
            }
        }
        if self.max_record_bytes > 256 << 20 {
            return Err(Error::config(
                "`max_record_bytes` must be at most 268435456 (256 MiB)",
            ));
        }
        if self.name.is_empty() {
            return Err(Error::config("`name` is empty; give the main table a name"));
        }
        Ok(())
    }
}

impl fmt::Debug for TransmogConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransmogConfig")
            .field("name", &self.name)
            .field("array_mode", &self.array_mode)
            .field("id_generation", &self.id_generation)
            .field("include_nulls", &self.include_nulls)
            .field("on_error", &self.on_error)
            .finish_non_exhaustive()
    }
}
