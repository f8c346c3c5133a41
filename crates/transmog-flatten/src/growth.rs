//! How large the records in progress become, and the limits of a run.

use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use transmog_events::{Path, Rejection, Step};

/// Told how many bytes the records in progress take; it may wait before it returns.
pub type Watch = Box<dyn FnMut(usize) + Send>;

/// Rows, or their worth in list elements, after which the bytes are counted.
const INTERVAL: usize = 1 << 14;
/// Bytes of a path beside its text and its steps.
const NODE_BYTES: usize = 128;
/// Bytes of a step of a path.
const STEP_BYTES: usize = 16;

/// Times that the text of a path is in memory: as the path, as the name of the column or
/// the table, in schemas, and in what is written of them.
const COPIES: usize = 4;

/// Bytes that a path and the names made of it take, about.
#[must_use]
pub fn node_bytes(path: &Path) -> usize {
    NODE_BYTES + path.steps().len() * STEP_BYTES + path.text_len() * COPIES
}

/// The object on the way to these paths that they lead out of by the most keys; of
/// several the first.
fn busiest<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Path {
    let mut met = FxHashSet::default();
    let mut keys: FxHashMap<Path, (usize, Reverse<usize>)> = FxHashMap::default();
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

/// What is known of the size of the record in progress.
#[derive(Default)]
pub(crate) struct Growth {
    /// Values since the bytes were counted.
    values: usize,
    /// Whether they were counted in this record.
    pub(crate) was_checked: bool,
    /// Whether an id of the record is longer than a generated one.
    pub(crate) has_long_ids: bool,
    /// Bytes that such ids take.
    pub(crate) id_bytes: usize,
    refusal: Option<Rejection>,
    /// Bytes of the paths that are known.
    pub(crate) names: usize,
    /// The limit that was hit, and how much of what it bounds there was.
    pub(crate) hit: Option<(Limit, usize)>,
    pub(crate) watch: Option<Watch>,
}

impl Growth {
    pub(crate) fn begin(&mut self) {
        self.values = 0;
        self.was_checked = false;
        self.has_long_ids = false;
        self.id_bytes = 0;
        self.refusal = None;
    }

    /// Whether, with so many values more, it is time to count.
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

    /// An error when the record was refused.
    #[inline(always)]
    pub(crate) fn allowed(&self) -> Result<(), Rejection> {
        match &self.refusal {
            None => Ok(()),
            Some(rejection) => Err(rejection.clone()),
        }
    }
}

/// A limit of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Columns of a table.
    Columns,
    /// Tables.
    Tables,
    /// Bytes of the paths and names of all columns and tables.
    Names,
}

impl Limit {
    /// The error of a run in which the columns or tables at `paths` outgrew the limit,
    /// `bound`. It names the object with the most keys, and what it says to do works: the
    /// object brings no more columns or tables then.
    #[cold]
    #[must_use]
    pub fn error<'p>(self, paths: impl IntoIterator<Item = &'p Path>, bound: usize) -> Rejection {
        let object = busiest(paths);
        let depth = object.steps().len();
        let keep = match (depth, self) {
            (0, Limit::Tables) => Some("keep arrays in their rows (array mode inline)".to_owned()),
            (0, _) => None,
            _ => Some(format!("keep it as JSON text with max_depth = {depth}")),
        };
        let object = object.brief();
        let or_allow = |more: &str| match &keep {
            Some(keep) => format!("if its keys are data, {keep}, or allow more {more}"),
            None => format!("allow more {more}"),
        };
        Rejection::limit(match self {
            Limit::Columns => format!(
                "the object at {object} brings more than {bound} columns into its table \
                 (max_columns); {}",
                or_allow("columns")
            ),
            Limit::Tables => format!(
                "the object at {object} brings more than {bound} tables (max_tables); {}",
                or_allow("tables")
            ),
            // How much would be enough nobody knows: a path repeats the keys above it.
            Limit::Names => format!(
                "the object at {object} brings names of more than {bound} bytes (memory_limit); {}",
                keep.as_deref().unwrap_or("allow more memory")
            ),
        })
    }
}
