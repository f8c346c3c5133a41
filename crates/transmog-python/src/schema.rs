//! The schema of all tables as a Python object.

use crate::error::ValidationError;
use pyo3::{prelude::*, types::PyDict};
use transmog::FoundMap;

/// The exact schema of all tables.
#[pyclass(frozen, eq, module = "transmog")]
pub(crate) struct Schema {
    inner: transmog::Schema,
    maps: Vec<FoundMap>,
}

impl Schema {
    /// A schema, and the maps that were found with it.
    pub(crate) fn new(inner: transmog::Schema, maps: Vec<FoundMap>) -> Self {
        Self { inner, maps }
    }

    pub(crate) fn inner(&self) -> transmog::Schema {
        self.inner.clone()
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

#[pymethods]
impl Schema {
    /// Reads the text of `to_json`.
    #[staticmethod]
    fn from_json(text: &str) -> PyResult<Self> {
        let schema = transmog::Schema::from_json(text);
        schema
            .map(|schema| Self::new(schema, Vec::new()))
            .map_err(|e| ValidationError::new_err(e.to_string()))
    }

    /// The schema as JSON text, the same for the same schema.
    fn to_json(&self) -> String {
        self.inner.to_json()
    }

    /// A schema with the tables and columns of both.
    fn merge(&self, other: &Self) -> Self {
        let mut merged = self.inner.clone();
        merged.merge(&other.inner);
        Self::new(merged, Vec::new())
    }

    /// The paths of the maps that were found, for the option `map` of a run.
    #[getter]
    fn maps(&self) -> Vec<&str> {
        let maps = self.maps.iter();
        maps.map(|map| map.path.as_str()).collect()
    }

    /// By table path: column paths and their types.
    #[getter]
    fn tables<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let tables = PyDict::new(py);
        for table in &self.inner.tables {
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
        let columns: usize = self.inner.tables.iter().map(|t| t.columns.len()).sum();
        let tables = self.inner.tables.len();
        format!("<transmog.Schema: {tables} tables, {columns} columns>")
    }
}
