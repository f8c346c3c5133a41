//! Rules by path: which values are taken, in which shape, under which name and of which type.
//!
//! A [`Rule`] is a path and an [`Action`] (`rule`). [`Rules`] are those of a run, checked as a whole
//! (`check`): what contradicts itself is an error before any input. The flattener asks them once for
//! each path that it meets (`treatment`), so a value under no rule costs nothing.

mod check;
mod mask;
mod rule;
mod treatment;
mod value_type;

pub use check::Rules;
pub use mask::{Mask, MaskKey};
pub use rule::{Action, Rule, RuleError};
pub(crate) use treatment::{Live, Selection, Treatment};
pub use value_type::{OnMismatch, TimeUnit, ValueType};
