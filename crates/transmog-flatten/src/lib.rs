//! Parse events to columns: the flatten core.
//!
//! A [`Flattener`] takes the events of records and appends their values straight to the columns
//! of related tables. [`Flattener::finish`] gives the tables of a chunk as Arrow arrays, with
//! the kinds of values seen in each column. It does no I/O and parses nothing; what it
//! does, [`Options`] say.
//!
//! A table is known by the [`JsonPath`](transmog_events::JsonPath) of its rows, a column by that of its
//! values. Their names and final types depend on the whole input, so they are assigned where
//! chunks are merged, by a [`Naming`]. One chunk alone becomes record batches by
//! [`ChunkTable::into_batch`], several by [`Gathered`].

mod batch;
mod choices;
mod content;
mod cursor;
mod flattener;
mod growth;
mod ids;
mod keys;
mod naming;
mod options;
mod rules;
mod serialize;
mod shape;
mod table;
mod values;

pub use batch::Gathered;
pub use choices::{ArrayMode, IdGeneration, IdType, Numbers};
pub use flattener::{Flattener, ParseText};
pub use growth::{Limit, Watch, node_bytes};
pub use ids::{NAMESPACE, child_id, hash_id, member_id};
pub use keys::{Numbering, Seed};
pub use naming::{GivenNames, KeyKinds, NamedColumns, NamedTable, Naming, Renamed, TableNames};
pub use options::{Contract, OnUnknown, Options};
pub use rules::{Action, Mask, MaskKey, OnMismatch, Rule, RuleError, Rules, TimeUnit, ValueType};
pub use serialize::{SerializeError, serialize_events};
pub use shape::Opened;
pub use table::{ChunkColumn, ChunkTable, KindPlace, NaturalIds, Origin, TableSet};
