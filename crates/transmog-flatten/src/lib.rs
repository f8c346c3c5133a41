//! Parse events to columns: the flatten core.
//!
//! A [`Flattener`] takes the events of records and appends their values
//! straight to the columns of related tables; [`Flattener::finish`] hands the
//! tables of the chunk over as Arrow arrays with the types seen in it. It does
//! no I/O and parses nothing: ids come from an [`IdSource`], options from
//! [`Options`]. Names of columns and tables are not made here: they depend on
//! the whole input, and the merge of chunks decides them.

mod content;
mod flattener;
mod growth;
mod ids;
mod options;
mod record;
mod serialize;
mod shape;
mod table;
mod validity;
mod values;

pub use flattener::Flattener;
pub use growth::{Limit, Watch, node_bytes};
pub use ids::{IdSource, NAMESPACE, RandomIds, child_id, hash_id};
pub use options::{ArrayMode, Contract, IdGeneration, Numbers, Options};
pub use serialize::{SerializeError, serialize_events};
pub use table::{ChunkColumn, ChunkTable, KindPlace, TableSet};
