//! How large records become, and the limits of a run.

use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use transmog_events::{JsonPath, Rejection, Step, brief};

/// Is called with the number of bytes that the records so far take. It may wait before it
/// returns, which makes the flattener wait.
///
/// # Examples
/// ```
/// use transmog_flatten::{Flattener, Options};
/// let mut flattener = Flattener::new(Options::default());
/// flattener.set_watch(Box::new(|bytes| {
///     if bytes > 64 << 20 {
///         std::thread::yield_now();
///     }
/// }));
/// ```
pub type Watch = Box<dyn FnMut(usize) + Send>;

/// The bytes are counted each time this many list elements were added; a row counts as several.
const INTERVAL: usize = 1 << 14;
/// Bytes of a path besides its text and its steps.
const NODE_BYTES: usize = 128;
/// Bytes of a step of a path.
const STEP_BYTES: usize = 16;

/// How often the text of a path is in memory: as the path, as the name of the column or the
/// table, in schemas, and in what is written of them.
const COPIES: usize = 4;

/// Bytes of memory that a path and the names made of it take, about.
///
/// # Examples
/// ```
/// use transmog_events::JsonPath;
/// use transmog_flatten::node_bytes;
/// let short = JsonPath::root().member("a");
/// assert!(node_bytes(&short.member("long key")) > node_bytes(&short));
/// ```
#[must_use]
pub fn node_bytes(path: &JsonPath) -> usize {
    NODE_BYTES + path.steps().len() * STEP_BYTES + path.text_len() * COPIES
}

/// The object on the way to these paths with the most keys; of several the first.
fn busiest<'p>(paths: impl IntoIterator<Item = &'p JsonPath>) -> JsonPath {
    let mut met = FxHashSet::default();
    let mut keys: FxHashMap<JsonPath, (usize, Reverse<usize>)> = FxHashMap::default();
    for path in paths {
        let mut path = path.clone();
        while !path.steps().is_empty() && met.insert(path.clone()) {
            let parent = path.parent();
            if matches!(path.steps().last(), Some(Step::Member(_))) {
                let first = Reverse(keys.len());
                keys.entry(parent.clone()).or_insert((0, first)).0 += 1;
            }
            path = parent;
        }
    }
    let most = keys.into_iter().max_by_key(|(_, most)| *most);
    most.map(|(path, _)| path).unwrap_or_default()
}

/// What is known about the size of the record at hand.
#[derive(Default)]
pub(crate) struct Growth {
    /// Values since the bytes were counted last.
    values: usize,
    /// Whether they were counted for this record.
    pub(crate) was_checked: bool,
    /// Whether an id of the record is longer than a generated one.
    pub(crate) has_long_ids: bool,
    /// Bytes that such ids take.
    pub(crate) id_bytes: usize,
    /// Bytes that carried values take.
    pub(crate) carried_bytes: usize,
    refusal: Option<Rejection>,
    /// Bytes of all known paths.
    pub(crate) names: usize,
    /// The limit that was reached, the size of what it bounds, and the object with the most keys.
    pub(crate) hit: Option<(Limit, usize, JsonPath)>,
    pub(crate) watch: Option<Watch>,
}

impl Growth {
    pub(crate) fn begin(&mut self) {
        self.values = 0;
        self.was_checked = false;
        self.has_long_ids = false;
        self.id_bytes = 0;
        self.carried_bytes = 0;
        self.refusal = None;
    }

    /// Whether it is time to count, with `values` more.
    #[inline(always)]
    pub(crate) fn is_due(&mut self, values: usize) -> bool {
        self.values += values;
        let is_due = self.values >= INTERVAL;
        if is_due {
            self.values = 0;
        }
        is_due
    }

    #[cold]
    pub(crate) fn refuse(&mut self, rejection: Rejection) {
        self.refusal.get_or_insert(rejection);
    }

    /// An error if the record was refused.
    #[inline(always)]
    pub(crate) fn allowed(&self) -> Result<(), Rejection> {
        match &self.refusal {
            None => Ok(()),
            Some(rejection) => Err(rejection.clone()),
        }
    }
}

/// A limit of a whole run.
///
/// # Examples
/// ```
/// use transmog_events::JsonPath;
/// use transmog_flatten::Limit;
/// let users = JsonPath::root().member("users");
/// let columns = ["ada", "grace"].map(|name| users.member(name));
/// let object = Limit::object(&columns);
/// let error = Limit::Columns.error(&object, 1).to_string();
/// assert!(error.contains("$.users adds more than 1 columns"));
/// assert!(error.contains("--map '$.users'"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// The number of columns of a table.
    Columns,
    /// The number of tables.
    Tables,
    /// Bytes of the paths and names of all columns and tables.
    Names,
}

impl Limit {
    /// The object with the most keys on the way to the columns or tables that outgrew a limit.
    #[must_use]
    pub fn object<'p>(paths: impl IntoIterator<Item = &'p JsonPath>) -> JsonPath {
        busiest(paths)
    }

    /// The error of a run in which this object outgrew the limit, `bound`. Its advice works: with it,
    /// the object adds no more columns or tables.
    #[cold]
    #[must_use]
    pub fn error(self, object: &JsonPath, bound: usize) -> Rejection {
        let depth = object.steps().len();
        let whole = object.to_string();
        let object = brief(&whole);
        // A path that is cut short helps nobody.
        let map = (object == whole).then(|| format!("make it a map (--map '{object}')"));
        let text = (depth > 0).then(|| format!("keep it as JSON text with max_depth = {depth}"));
        let keep: Vec<_> = map.into_iter().chain(text).collect();
        let keep = keep.join(", or ");
        let or_allow = |more: &str| format!("if its keys are data, {keep}; or allow more {more}");
        Rejection::limit(match self {
            Limit::Columns => format!(
                "the object at {object} adds more than {bound} columns to its table \
                 (max_columns); {}",
                or_allow("columns")
            ),
            Limit::Tables => format!(
                "the object at {object} adds more than {bound} tables (max_tables); {}",
                or_allow("tables")
            ),
            // Nobody knows how much would suffice: a path repeats the keys above it.
            Limit::Names => format!(
                "the object at {object} adds names of more than {bound} bytes (memory_limit); {keep}"
            ),
        })
    }
}
