//! Choices of flattening by name: arrays, numbers, ids.

use std::{fmt, str::FromStr};
use transmog_model::{LetterCase, ScalarType};

/// What becomes of arrays.
///
/// # Examples
/// ```
/// use transmog_flatten::{ArrayMode, Options};
/// assert_eq!("inline".parse(), Ok(ArrayMode::Inline));
/// let options = Options { array_mode: ArrayMode::Inline, ..Options::default() };
/// assert_eq!(options.array_mode.to_string(), "inline");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArrayMode {
    /// Arrays of primitives become list columns, all others child tables.
    #[default]
    Smart,
    /// Every array becomes a child table.
    Separate,
    /// Arrays stay in their row as JSON text.
    Inline,
    /// Arrays are left out, and counted.
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

/// What a number with a fraction or an exponent becomes.
///
/// # Examples
/// ```
/// use transmog_events::{EventSink, RecordSink, RecordStart, parse_number};
/// use transmog_flatten::{Flattener, Numbers, Options};
/// for (numbers, expected) in [(Numbers::Float64, "float64"), (Numbers::Exact, "decimal(38,19)")] {
///     let options = Options { numbers, ..Options::default() };
///     let mut flattener = Flattener::new(options);
///     let events = flattener.begin_record(RecordStart { byte: 0, index: 0 });
///     events.begin_object()?;
///     events.key("pi")?;
///     parse_number("3.1415926535897932384").give(events)?;
///     events.end_object()?;
///     flattener.end_record()?;
///     let column = &flattener.finish().tables[0].columns[0];
///     assert_eq!(column.seen.column_type().to_string(), expected);
/// }
/// # Ok::<(), transmog_events::Rejection>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Numbers {
    /// The nearest float64. Numbers of more than 17 significant digits are counted as rounded.
    #[default]
    Float64,
    /// A float64 if its shortest form is the number; else a decimal if it has at most 38 digits;
    /// else text.
    Exact,
}

transmog_events::names! {
    Numbers, "setting of numbers" {
        Float64 = "float64",
        Exact = "exact",
    }
}

/// The type of ids that are UUIDs.
///
/// # Examples
/// ```
/// use transmog_flatten::{IdType, Naming};
/// assert_eq!("uuid".parse(), Ok(IdType::Uuid));
/// let naming = Naming { keys: Some(IdType::Uuid.into()), ..Naming::default() };
/// assert_eq!(naming.schemas::<[_; 0]>([]), []);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdType {
    /// Their text, in lower case.
    #[default]
    Text,
    /// 16 bytes, as the type of the format for UUIDs; their text where it has none.
    Uuid,
}

transmog_events::names! {
    IdType, "id type" {
        Text = "text",
        Uuid = "uuid",
    }
}

impl From<IdType> for ScalarType {
    fn from(of: IdType) -> Self {
        match of {
            IdType::Text => ScalarType::Text,
            IdType::Uuid => ScalarType::Uuid(LetterCase::Lower),
        }
    }
}

/// How rows get their ids. As text: `random`, `hash`, `natural`, `sequence`, or the fields with
/// commas.
///
/// # Examples
/// ```
/// use transmog_flatten::IdGeneration;
/// assert_eq!("hash".parse(), Ok(IdGeneration::Hash));
/// let fields = IdGeneration::Fields(vec!["shop".to_owned(), "order.number".to_owned()]);
/// assert_eq!("shop,order.number".parse(), Ok(fields.clone()));
/// assert_eq!(fields.to_string(), "shop,order.number");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdGeneration {
    /// UUID version 4, random; the same in every run with the same
    /// [`Options::seed`](crate::Options::seed).
    #[default]
    Random,
    /// UUID version 5 of the whole record; child rows get one of their parent and place.
    Hash,
    /// The same of these fields, each a key or a path of keys joined with dots.
    Fields(Vec<String>),
    /// The value at [`Options::id_field`](crate::Options::id_field), in its own type; child rows
    /// without one get an id of their parent and place.
    Natural,
    /// 1, 2, 3, … in every table, in the order of rows.
    Sequence,
}

impl fmt::Display for IdGeneration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdGeneration::Random => f.write_str("random"),
            IdGeneration::Hash => f.write_str("hash"),
            IdGeneration::Natural => f.write_str("natural"),
            IdGeneration::Sequence => f.write_str("sequence"),
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
            "sequence" => IdGeneration::Sequence,
            "" => {
                return Err("expected random, hash, natural, sequence or field names".into());
            }
            fields => IdGeneration::Fields(fields.split(',').map(str::to_owned).collect()),
        })
    }
}
