//! The schema of all tables as a Python object.

use crate::error::ValidationError;
use pyo3::{prelude::*, types::PyDict};
use transmog::Action;

/// The exact schema of all tables.
#[pyclass(frozen, eq, module = "transmog")]
#[derive(PartialEq)]
pub(crate) struct Schema(transmog::Schema);

impl Schema {
    pub(crate) fn new(inner: transmog::Schema) -> Self {
        Self(inner)
    }

    pub(crate) fn inner(&self) -> transmog::Schema {
        self.0.clone()
    }
}

#[pymethods]
impl Schema {
    /// Reads the text of `to_json`.
    #[staticmethod]
    fn from_json(text: &str) -> PyResult<Self> {
        let schema = transmog::Schema::from_json(text);
        schema
            .map(Self)
            .map_err(|e| ValidationError::new_err(e.to_string()))
    }

    /// The schema as JSON text, the same for the same schema.
    fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// A schema with the tables and columns of both.
    fn merge(&self, other: &Self) -> Self {
        let mut merged = self.0.clone();
        merged.merge(&other.0);
        Self(merged)
    }

    /// The paths of the maps, which a run with this schema makes.
    #[getter]
    fn maps(&self) -> Vec<String> {
        let rules = self.0.rules.iter();
        let maps = rules.filter(|rule| rule.action == Action::Map);
        maps.map(|map| map.path.to_string()).collect()
    }

    /// By table path: column paths and their types.
    #[getter]
    fn tables<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let tables = PyDict::new(py);
        for table in &self.0.tables {
            let columns = PyDict::new(py);
            for column in &table.columns {
                let column_type = column.column_type().to_string();
                columns.set_item(column.path.to_string(), column_type)?;
            }
            tables.set_item(table.path.to_string(), columns)?;
        }
        Ok(tables)
    }

    fn __repr__(&self) -> String {
        let columns: usize = self.0.tables.iter().map(|t| t.columns.len()).sum();
        let tables = self.0.tables.len();
        format!("<transmog.Schema: {tables} tables, {columns} columns>")
    }
}
