//! Growing columns of one chunk: exact values in one physical type, widened in place when a
//! value of another kind comes.
//!
//! A [`Scalar`] is a value on its way. `typed` holds values of one Arrow type, zeroes where a
//! cell is null; [`Cells`] add which are null (`nulls`) and the set of kinds that they may
//! hold without widening; `lists` are rows of cells; a column ([`ColumnValues`]) is one of
//! these, or text where lists stand beside scalars.
//!
//! **Invariant:** a cell can give back the value that was put, in its one text form, from any
//! type that the column had. So when a column widened never shows in what is written: a column
//! that becomes text later has the same text as one that was text from the first cell.

mod cells;
mod column;
mod lists;
mod nulls;
mod scalar;
mod texts;
mod typed;

pub(crate) use column::ColumnValues;
pub(crate) use scalar::{Scalar, as_text};
pub(crate) use texts::{Room, Texts};
