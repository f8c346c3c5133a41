//! The facade, over the case corpus and the naive oracle.

mod batches;
mod cases;
mod commit;
mod damage;
mod data_sets;
mod earlier_run;
mod files;
mod forms;
mod fuzz;
mod interrupted;
mod killed;
mod maps;
mod memory;
mod origins;
mod properties;
mod recovery;
mod rules;
mod schema;
mod survey;
mod values;
