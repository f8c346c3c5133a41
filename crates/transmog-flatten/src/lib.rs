//! Parse events to columns: the flatten core.
//!
//! A [`Flattener`] takes the events of records and appends their values
//! straight to the columns of related tables; [`Flattener::finish`] hands the
//! tables of the chunk over as Arrow arrays with the types seen in it. It does
//! no I/O and parses nothing: ids come from an [`IdSource`], options from
//! [`Options`]. Names of columns and tables depend on the whole input: the merge
//! of chunks asks a [`Naming`] for them.

mod batch;
mod content;
mod cursor;
mod flattener;
mod growth;
mod ids;
mod naming;
mod options;
mod serialize;
mod shape;
mod table;
mod values;

pub use batch::Gathered;
pub use flattener::Flattener;
pub use growth::{Limit, Watch, node_bytes};
pub use ids::{IdSource, NAMESPACE, RandomIds, child_id, hash_id};
pub use naming::{NamedColumns, NamedTable, Naming, Renamed, TableNames};
pub use options::{ArrayMode, Contract, IdGeneration, Numbers, Options};
pub use serialize::{SerializeError, serialize_events};
pub use table::{ChunkColumn, ChunkTable, KindPlace, TableSet};
