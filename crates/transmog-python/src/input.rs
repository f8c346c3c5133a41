//! The data that a function was given as the input of a run.

use crate::{
    error::{InputTypeError, Raised},
    foreign::{is_path, type_name},
    import::{Arrays, arrays},
    stream::{self, PythonReader},
    values::PythonRecords,
};
use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, RecordBatchReader},
    datatypes::{DataType, Schema, SchemaRef},
    error::ArrowError,
};
use pyo3::{
    exceptions::PyKeyboardInterrupt,
    prelude::*,
    types::{PyByteArray, PyBytes, PyDict, PyList, PyString, PyTuple},
};
use std::{path::PathBuf, sync::Arc};
use transmog::{ArrowRecords, Error, Input};

/// The input of a run, which is opened again if that is possible: an iterator is read only once, what
/// has a length is not.
pub(crate) fn input(
    data: &Bound<'_, PyAny>,
    has_encoding: bool,
    raised: &Raised,
) -> PyResult<Input> {
    let input = once(data, has_encoding, raised)?;
    if input.opens_again() || data.len().is_err() {
        return Ok(input);
    }
    let (data, raised) = (data.clone().unbind(), raised.clone());
    Ok(input.with_again(move || {
        let again = Python::attach(|py| once(data.bind(py), has_encoding, &raised));
        again.map_err(|error| {
            let message = error.to_string();
            raised.set(error);
            Error::from_source(message)
        })
    }))
}

/// The input of a run. Objects of Python are read only by the thread of the caller: any other would
/// crash the interpreter if it were in Python when that ends.
fn once(data: &Bound<'_, PyAny>, has_encoding: bool, raised: &Raised) -> PyResult<Input> {
    if let Ok(text) = data.cast::<PyString>() {
        return of_text(text.to_str()?, has_encoding);
    }
    if let Ok(bytes) = data.cast::<PyBytes>() {
        return Ok(Input::bytes(bytes.as_bytes()));
    }
    if let Ok(bytes) = data.cast::<PyByteArray>() {
        return Ok(Input::bytes(bytes.to_vec()));
    }
    let is_list = data.is_instance_of::<PyList>() || data.is_instance_of::<PyTuple>();
    if is_list && let Some(input) = of_paths(data)? {
        return Ok(input);
    }
    if is_list || data.is_instance_of::<PyDict>() {
        return PythonRecords::new(data, raised.clone()).map(Input::records);
    }
    if let Some(frame) = of_pandas(data)? {
        return match is_arrow(&frame)? {
            true => {
                Ok(Input::arrow(of_arrow(&frame, raised)?.with_nan_as_null(true)).on_this_thread())
            }
            false => PythonRecords::new(&frame, raised.clone()).map(Input::records),
        };
    }
    if let Some(table) = table(data)? {
        return of_arrow(&table, raised).map(|rows| Input::arrow(rows).on_this_thread());
    }
    if is_path(data)? {
        return Ok(Input::path(data.extract::<PathBuf>()?));
    }
    if data.getattr("read").is_ok_and(|read| read.is_callable()) {
        let reader = PythonReader::new(data, has_encoding, raised.clone());
        return Ok(Input::named_reader(&stream::name(data), reader).on_this_thread());
    }
    PythonRecords::new(data, raised.clone()).map(Input::records)
}

/// Text that begins like JSON is JSON, unless a file has that name; anything else is a path.
fn of_text(text: &str, has_encoding: bool) -> PyResult<Input> {
    let begins = text.trim_start_matches('\u{feff}').trim_start();
    let begins = begins.chars().next();
    let is_json = matches!(begins, None | Some('{' | '[')) && !PathBuf::from(text).exists();
    match is_json {
        true if has_encoding => Err(stream::has_no_encoding()),
        true => Ok(Input::text(text)),
        false => Ok(Input::path(text)),
    }
}

/// The files of a list of paths; `None` if it holds none.
fn of_paths(list: &Bound<'_, PyAny>) -> PyResult<Option<Input>> {
    let mut input = None;
    for (at, item) in list.try_iter()?.enumerate() {
        let item = item?;
        let is_path = is_path(&item)?;
        if at > 0 && is_path != input.is_some() {
            let found = type_name(&item);
            return Err(InputTypeError::new_err(format!(
                "expected a list of paths or a list of records, found both: item {at} is {found}"
            )));
        }
        if is_path {
            let path: PathBuf = item.extract()?;
            input = Some(input.unwrap_or_else(Input::default).and_path(path));
        }
    }
    Ok(input)
}

/// A frame of pandas as an Arrow table or an iterator of dicts; `None` if it is not a frame.
fn of_pandas<'py>(data: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = data.py();
    // Who has not imported pandas has no frame.
    let modules = py.import("sys")?.getattr("modules")?;
    let pandas = modules.call_method1("get", ("pandas",))?;
    // The module is not complete while it is imported.
    let Ok(frame) = pandas.getattr("DataFrame") else {
        return Ok(None);
    };
    match data.is_instance(&frame)? {
        true => {
            let frames = py.import("transmog._frames")?;
            frames.call_method1("prepared", (data, pandas)).map(Some)
        }
        false => Ok(None),
    }
}

fn is_arrow(data: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(data.hasattr("__arrow_c_stream__")? || data.hasattr("__arrow_c_array__")?)
}

/// What gives record batches: itself, or the reader of a data set or a scanner of pyarrow.
fn table<'py>(data: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let kind = data.get_type();
    let is_lazy = kind.name()? == "LazyFrame";
    if kind.module()?.to_str()?.starts_with("polars.") && !is_lazy {
        let frames = data.py().import("transmog._frames")?;
        frames.call_method1("refuse_objects", (data,))?;
    }
    if is_arrow(data)? {
        return Ok(Some(data.clone()));
    }
    if is_lazy {
        return Err(InputTypeError::new_err(
            "expected a table, found a LazyFrame; call its method collect first",
        ));
    }
    let module = kind.module()?;
    if !module.to_str()?.starts_with("pyarrow.") && !module.to_str()?.starts_with("_dataset") {
        return Ok(None);
    }
    let scanner = match data.hasattr("scanner")? {
        true => data.call_method0("scanner")?,
        false => data.clone(),
    };
    match scanner.hasattr("to_reader")? {
        true => scanner.call_method0("to_reader").map(Some),
        false => Ok(None),
    }
}

fn of_arrow(data: &Bound<'_, PyAny>, raised: &Raised) -> PyResult<ArrowRecords> {
    let (field, arrays) = arrays(data)?;
    let DataType::Struct(columns) = field.data_type() else {
        return Err(InputTypeError::new_err(format!(
            "expected a table, found a column of type {}; a table with this column is one",
            field.data_type()
        )));
    };
    let schema = Arc::new(Schema::new(columns.clone()));
    Ok(ArrowRecords::new(Rows {
        arrays,
        schema,
        raised: raised.clone(),
    }))
}

/// Arrays of structs as record batches.
struct Rows {
    arrays: Arrays,
    schema: SchemaRef,
    raised: Raised,
}

/// Whether an iterator of batches was interrupted: pyarrow tells only by the text of its error.
fn is_interrupt(error: &ArrowError) -> bool {
    let text = error.to_string();
    text.contains("Python exception: ") && text.contains("\nKeyboardInterrupt")
}

impl Rows {
    fn batch(&self, rows: &ArrayRef) -> Result<RecordBatch, ArrowError> {
        if rows.null_count() > 0 {
            let message = "expected a struct as the record, found null; filter the nulls first";
            return Err(ArrowError::InvalidArgumentError(message.to_owned()));
        }
        let rows = rows.as_struct();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let (schema, columns) = (Arc::clone(&self.schema), rows.columns().to_vec());
        RecordBatch::try_new_with_options(schema, columns, &options)
    }
}

impl Iterator for Rows {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = self.arrays.next()?;
        if rows.as_ref().is_err_and(is_interrupt) {
            self.raised.set(PyKeyboardInterrupt::new_err(()));
        }
        Some(rows.and_then(|rows| self.batch(&rows)))
    }
}

impl RecordBatchReader for Rows {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
