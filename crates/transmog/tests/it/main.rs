//! The facade, over the case corpus and the naive oracle.

mod cases;
mod files;
mod properties;
