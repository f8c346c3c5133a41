//! Tables and batches as Python objects.

use crate::{
    error::Raised,
    exit::{self, Call, Open},
    options, rows,
};
use arrow::{
    array::{ArrayRef, StructArray},
    datatypes::{DataType, Field, SchemaRef},
    error::ArrowError,
};
use pyo3::{
    prelude::*,
    types::{PyCapsule, PyDict, PyList, PyTuple},
};
use pyo3_arrow::ffi::{
    ArrayIterator, to_array_pycapsules, to_schema_pycapsule, to_stream_pycapsule,
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// The tables that `flatten` made.
#[pyclass(frozen, module = "transmog._transmog")]
pub(crate) struct Result {
    inner: transmog::FlattenResult,
    keeps_nulls: bool,
}

impl Result {
    pub(crate) fn new(inner: transmog::FlattenResult, keeps_nulls: bool) -> Self {
        Self { inner, keeps_nulls }
    }
}

#[pymethods]
impl Result {
    /// The tables, the main one first.
    fn tables(&self) -> Vec<Table> {
        let tables = self.inner.all_tables().iter();
        tables
            .map(|table| Table {
                name: table.name().to_owned(),
                schema: table.schema().arrow_schema(),
                batches: table.batches().to_vec(),
                keeps_nulls: self.keeps_nulls,
            })
            .collect()
    }

    /// The report as JSON.
    fn summary(&self) -> String {
        self.inner.summary().to_json()
    }

    /// Writes every table to a file in the directory; returns the file names.
    fn save_to(
        &self,
        py: Python<'_>,
        directory: PathBuf,
        output_format: &str,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Vec<String>> {
        let output = options::output(output_format, options)?;
        py.detach(|| self.inner.save_to(&directory, &output))
            .map_err(|error| Raised::default().exception(py, &error))
    }

    /// Writes the main table to this file.
    fn save_main(
        &self,
        py: Python<'_>,
        path: PathBuf,
        output_format: &str,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<()> {
        let output = options::output(output_format, options)?;
        py.detach(|| self.inner.save_main(&path, &output))
            .map_err(|error| Raised::default().exception(py, &error))
    }
}

/// A table in memory, shared with libraries that read Arrow's PyCapsule streams.
#[pyclass(frozen, module = "transmog")]
pub(crate) struct Table {
    name: String,
    schema: SchemaRef,
    batches: Vec<arrow::array::RecordBatch>,
    keeps_nulls: bool,
}

#[pymethods]
impl Table {
    /// The table's name.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    /// Number of rows.
    #[getter]
    fn num_rows(&self) -> usize {
        self.batches.iter().map(|batch| batch.num_rows()).sum()
    }

    /// Names of the columns in order.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        column_names(&self.schema)
    }

    /// The rows as dicts.
    fn to_pylist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for batch in &self.batches {
            rows::append(batch, self.keeps_nulls, &list)?;
        }
        Ok(list)
    }

    fn __len__(&self) -> usize {
        self.num_rows()
    }

    fn __repr__(&self) -> String {
        let (name, rows, columns) = (&self.name, self.num_rows(), self.schema.fields().len());
        format!("<transmog.Table {name}: {rows} rows, {columns} columns>")
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(to_schema_pycapsule(py, &*self.schema)?)
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let field = Field::new_struct("", self.schema.fields().clone(), false)
            .with_metadata(self.schema.metadata().clone());
        let batches = self.batches.clone().into_iter();
        let arrays =
            batches.map(|b| Ok::<_, ArrowError>(Arc::new(StructArray::from(b)) as ArrayRef));
        let reader = ArrayIterator::new(arrays, Arc::new(field));
        Ok(to_stream_pycapsule(py, Box::new(reader), requested_schema)?)
    }
}

fn column_names(schema: &SchemaRef) -> Vec<String> {
    let fields = schema.fields().iter();
    fields.map(|field| field.name().clone()).collect()
}

/// Some rows of a table, shared with libraries that read Arrow's PyCapsules.
#[pyclass(frozen, module = "transmog")]
pub(crate) struct RecordBatch {
    batch: arrow::array::RecordBatch,
    keeps_nulls: bool,
}

#[pymethods]
impl RecordBatch {
    /// Number of rows.
    #[getter]
    fn num_rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// Names of the columns in order.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        column_names(&self.batch.schema())
    }

    /// The rows as dicts.
    fn to_pylist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        rows::append(&self.batch, self.keeps_nulls, &list)?;
        Ok(list)
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    fn __repr__(&self) -> String {
        let (rows, columns) = (self.batch.num_rows(), self.batch.num_columns());
        format!("<transmog.RecordBatch: {rows} rows, {columns} columns>")
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(to_schema_pycapsule(py, &*self.batch.schema())?)
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let array = StructArray::from(self.batch.clone());
        let fields = DataType::Struct(self.batch.schema().fields().clone());
        let field = Arc::new(Field::new("", fields, false));
        Ok(to_array_pycapsules(py, field, &array, requested_schema)?)
    }
}

/// Record batches of a run in progress.
#[pyclass(frozen, module = "transmog")]
pub(crate) struct Batches {
    inner: Arc<Open>,
    summary: OnceLock<String>,
    raised: Raised,
    keeps_nulls: bool,
}

impl Batches {
    pub(crate) fn new(inner: transmog::Batches, raised: Raised, keeps_nulls: bool) -> Self {
        let inner = Arc::new(Mutex::new(Some(inner)));
        exit::note(&inner);
        Self {
            inner,
            summary: OnceLock::new(),
            raised,
            keeps_nulls,
        }
    }

    /// The next batch. The run is dropped at its end.
    fn next(&self) -> transmog::Result<Option<(String, arrow::array::RecordBatch)>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(batches) = &mut *inner else {
            return Ok(None);
        };
        let next = batches.next();
        if !matches!(next, Some(Ok(_))) {
            if let Some(summary) = batches.summary() {
                let _ = self.summary.set(summary.to_json());
            }
            *inner = None;
        }
        next.transpose()
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        // There is none after the end of the interpreter, which has closed them.
        let _ = Python::try_attach(|py| exit::close(py, &self.inner));
    }
}

#[pymethods]
impl Batches {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<(String, RecordBatch)>> {
        let _call = Call::begin()?;
        let next = py.detach(|| self.next());
        let next = next.map_err(|error| self.raised.exception(py, &error))?;
        Ok(next.map(|(table, batch)| {
            let keeps_nulls = self.keeps_nulls;
            (table, RecordBatch { batch, keeps_nulls })
        }))
    }

    /// The report as JSON; `None` before the end.
    #[pyo3(name = "_summary")]
    fn summary(&self) -> Option<&str> {
        self.summary.get().map(String::as_str)
    }
}
