//! The native part of the Python package `transmog`. The package's Python files have the names and
//! signatures of the Python library, and call this crate: options to a configuration ([`options`], [`rules`]),
//! data to an input ([`input`]), its Arrow arrays ([`import`]), streams to bytes ([`stream`]), Python values to parse events
//! ([`values`], [`foreign`]), a run that can be stopped ([`run`]), tables as Arrow and as dicts
//! ([`tables`], [`rows`]), their schema ([`schema`]), errors to exceptions ([`error`]),
//! the end of the interpreter ([`exit`]).

mod arguments;
mod error;
mod exit;
mod foreign;
mod import;
mod input;
mod options;
mod rows;
mod rules;
mod run;
mod schema;
mod stream;
mod tables;
mod values;

use pyo3::prelude::*;

/// The engine of the package `transmog`.
#[pymodule(gil_used = true)]
mod _transmog {
    #[pymodule_export]
    use crate::exit::end_runs;
    #[pymodule_export]
    use crate::run::{discover, flatten, flatten_batches, flatten_stream};
    #[pymodule_export]
    use crate::schema::Schema;
    #[pymodule_export]
    use crate::tables::{Batches, RecordBatch, Result, Table};

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let end_runs = module.getattr("end_runs")?;
        module
            .py()
            .import("atexit")?
            .call_method1("register", (end_runs,))?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
