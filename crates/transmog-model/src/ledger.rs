//! The loss ledger: what did not arrive in the tables as it was, how often,
//! and where first.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, sync::Arc};
use transmog_events::{JsonPath, Remark};

/// A way in which a value can fail to arrive as it was.
///
/// # Examples
///
/// ```
/// use transmog_model::LossKind;
///
/// assert_eq!("rounded".parse(), Ok(LossKind::Rounded));
/// assert_eq!(LossKind::DepthCut.to_string(), "depth_cut");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LossKind {
    /// A null that left no value: an absent cell, a dropped element.
    Null,
    /// `""` taken as null.
    EmptyString,
    /// `{}` as a member value.
    EmptyObject,
    /// `[]` as a member value.
    EmptyArray,
    /// An array omitted by `array_mode = skip`.
    ArraySkipped,
    /// A value deeper than `max_depth`, kept as JSON text.
    DepthCut,
    /// A number that became the nearest float64, with fewer digits than it was
    /// written with.
    Rounded,
    /// A value that a rule leaves out or masks.
    ByRule,
    /// A value that is none of the type that a rule gives it, taken as null.
    TypeMismatch,
    /// A string that holds no JSON where a rule says that it does; it stays text.
    NotJson,
    /// A value, or an array or object of rows, that the given schema has no place for.
    NotInSchema,
    /// An earlier value of a key that an object holds twice.
    DuplicateKey,
    /// `NaN` or an infinity that `lenient` takes as null.
    LenientNonFinite,
    /// Half a surrogate pair that `lenient` takes as U+FFFD.
    LenientSurrogate,
    /// A comma too many that `lenient` takes.
    LenientComma,
    /// A comment that `lenient` takes as blanks.
    LenientComment,
    /// Bytes between or behind the compressed members of an input, which belong to none.
    TrailingBytes,
    /// A column whose plain name another column has.
    ColumnRenamed,
    /// A table whose plain name another table has.
    TableRenamed,
    /// A CSV cell or header prefixed by the formula guard.
    CellGuarded,
    /// Text that the database which the files are for does not load as it is.
    Unloadable,
    /// A column whose values other than strings became text.
    JoinedToText,
    /// A column written as text because the format lacks its type.
    StoredAsText,
}

transmog_events::names! {
    LossKind, "kind of loss" {
        Null = "null",
        EmptyString = "empty_string",
        EmptyObject = "empty_object",
        EmptyArray = "empty_array",
        ArraySkipped = "array_skipped",
        DepthCut = "depth_cut",
        Rounded = "rounded",
        ByRule = "by_rule",
        TypeMismatch = "type_mismatch",
        NotJson = "not_json",
        NotInSchema = "not_in_schema",
        DuplicateKey = "duplicate_key",
        LenientNonFinite = "lenient_non_finite",
        LenientSurrogate = "lenient_surrogate",
        LenientComma = "lenient_comma",
        LenientComment = "lenient_comment",
        TrailingBytes = "trailing_bytes",
        ColumnRenamed = "column_renamed",
        TableRenamed = "table_renamed",
        CellGuarded = "cell_guarded",
        Unloadable = "unloadable",
        JoinedToText = "joined_to_text",
        StoredAsText = "stored_as_text",
    }
}

impl LossKind {
    /// The kinds that `strict` without a list means: all but what rules leave out, which was asked for.
    #[must_use]
    pub fn all_strict() -> Vec<Self> {
        let kinds = Self::ALL.into_iter();
        kinds.filter(|kind| *kind != LossKind::ByRule).collect()
    }

    /// The kind of what a reader remarks.
    #[must_use]
    pub fn of(remark: Remark) -> Self {
        match remark {
            Remark::DuplicateKey => LossKind::DuplicateKey,
            Remark::LenientNonFinite => LossKind::LenientNonFinite,
            Remark::LenientSurrogate => LossKind::LenientSurrogate,
            Remark::LenientComma => LossKind::LenientComma,
            Remark::LenientComment => LossKind::LenientComment,
            _ => LossKind::TrailingBytes,
        }
    }
}

/// Where a record begins: counts start at 1, the byte offset at 0.
///
/// # Examples
///
/// ```
/// use transmog_model::Place;
///
/// let place = Place { file: "a.jsonl".into(), record: 2, line: 3, byte: 70 };
/// assert_eq!(place.to_string(), "a.jsonl, record 2, line 3, byte 70");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The input's name.
    pub file: Arc<str>,
    /// Number of the record in the whole run, from 1.
    pub record: u64,
    /// Line in the file, from 1.
    pub line: u64,
    /// Byte offset in the (decompressed) file, from 0.
    pub byte: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, record {}, line {}, byte {}",
            self.file, self.record, self.line, self.byte
        )
    }
}

/// One line of the ledger.
///
/// See [`Ledger`] for an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    /// What happened.
    pub kind: LossKind,
    /// JSONPath of the values, in RFC 9535 form.
    pub path: String,
    /// How many values; one for a column or a table.
    pub count: u64,
    /// The record of the first occurrence; `None` for a loss that only the whole run shows.
    pub first: Option<Place>,
    /// The result, for example the new name of a renamed column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Bytes of a line beside its path.
const ENTRY_BYTES: usize = 128;

/// Counts losses by kind and path.
///
/// # Examples
///
/// ```
/// use transmog_events::JsonPath;
/// use transmog_model::{Ledger, LossKind};
///
/// let mut ledger = Ledger::default();
/// let path = JsonPath::root().member("size");
/// ledger.add(LossKind::Null, &path, 2, None);
/// ledger.add(LossKind::Null, &path, 1, None);
/// let entries = ledger.entries();
/// assert_eq!((&*entries[0].path, entries[0].count), ("$.size", 3));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    entries: BTreeMap<(LossKind, JsonPath), Counted>,
    path_bytes: usize,
}

/// How often, where first, and what came of it.
type Counted = (u64, Option<Place>, Option<String>);

impl Ledger {
    /// Adds `count` losses. Of two places the earlier record is kept.
    pub fn add(&mut self, kind: LossKind, path: &JsonPath, count: u64, first: Option<Place>) {
        let path_bytes = &mut self.path_bytes;
        let entry = (self.entries.entry((kind, path.clone()))).or_insert_with(|| {
            *path_bytes += path.text_len() + ENTRY_BYTES;
            (0, None, None)
        });
        entry.0 += count;
        if let Some(place) = first
            && entry
                .1
                .as_ref()
                .is_none_or(|seen| place.record < seen.record)
        {
            entry.1 = Some(place);
        }
    }

    /// Adds one loss with what came of it, which replaces the detail of an earlier one at
    /// the same path.
    pub fn add_detail(
        &mut self,
        kind: LossKind,
        path: &JsonPath,
        first: Option<Place>,
        detail: String,
    ) {
        self.add(kind, path, 1, first);
        if let Some(entry) = self.entries.get_mut(&(kind, path.clone())) {
            entry.2 = Some(detail);
        }
    }

    /// Bytes that the lines take, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.path_bytes
    }

    /// The lines, by kind and path.
    #[must_use]
    pub fn entries(&self) -> Vec<LedgerEntry> {
        self.entries
            .iter()
            .map(|((kind, path), (count, first, detail))| LedgerEntry {
                kind: *kind,
                path: path.to_string(),
                count: *count,
                first: first.clone(),
                detail: detail.clone(),
            })
            .collect()
    }
}
