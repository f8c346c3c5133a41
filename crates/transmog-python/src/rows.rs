//! Rows of Arrow batches as Python dicts.

use crate::error::TransmogError;
use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    datatypes::{
        DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit,
        TimestampMicrosecondType,
    },
};
use pyo3::{
    IntoPyObjectExt,
    prelude::*,
    types::{PyBytes, PyDict, PyList, PyString},
};
use transmog::{Decimal, ScalarType, TableSchema, TimestampType, text_of};

/// Appends a dict for each row; a null cell is `None` or absent.
pub(crate) fn append(
    batch: &RecordBatch,
    keeps_nulls: bool,
    rows: &Bound<'_, PyList>,
) -> PyResult<()> {
    let py = rows.py();
    let schema = batch.schema();
    let schema = TableSchema::from_arrow("", &schema)
        .map_err(|error| TransmogError::new_err(error.to_string()))?;
    let columns: Vec<_> = (schema.columns.iter().zip(batch.columns()))
        .map(|(column, cells)| {
            let name = PyString::intern(py, &column.name);
            let reader = cell_reader(py, cells, column.column_type.scalar())?;
            Ok((name, cells, reader))
        })
        .collect::<PyResult<Vec<_>>>()?;
    for row in 0..batch.num_rows() {
        let dict = PyDict::new(py);
        for (name, cells, reader) in &columns {
            if cells.is_valid(row) {
                dict.set_item(name, reader(row)?)?;
            } else if keeps_nulls {
                dict.set_item(name, py.None())?;
            }
        }
        rows.append(dict)?;
    }
    Ok(())
}

type Reader<'c, 'py> = Box<dyn Fn(usize) -> PyResult<Bound<'py, PyAny>> + 'c>;

/// Reads a cell that is not null.
fn cell_reader<'c, 'py: 'c>(
    py: Python<'py>,
    cells: &'c ArrayRef,
    of: ScalarType,
) -> PyResult<Reader<'c, 'py>> {
    Ok(match cells.data_type() {
        DataType::Utf8 => {
            let cells = cells.as_string::<i32>();
            Box::new(move |row| Ok(PyString::new(py, cells.value(row)).into_any()))
        }
        DataType::Int64 => {
            let cells = cells.as_primitive::<Int64Type>();
            Box::new(move |row| cells.value(row).into_bound_py_any(py))
        }
        DataType::Float64 => {
            let cells = cells.as_primitive::<Float64Type>();
            Box::new(move |row| cells.value(row).into_bound_py_any(py))
        }
        DataType::Boolean => {
            let cells = cells.as_boolean();
            Box::new(move |row| cells.value(row).into_bound_py_any(py))
        }
        DataType::Decimal128(_, 0) => {
            let cells = cells.as_primitive::<Decimal128Type>();
            Box::new(move |row| cells.value(row).into_bound_py_any(py))
        }
        DataType::Decimal128(_, scale) => {
            let cells = cells.as_primitive::<Decimal128Type>();
            let scale = scale.unsigned_abs();
            let decimal = py.import("decimal")?.getattr("Decimal")?;
            Box::new(move |row| decimal.call1((Decimal::new(cells.value(row), scale).to_string(),)))
        }
        DataType::Date32 => {
            let cells = cells.as_primitive::<Date32Type>();
            Box::new(move |row| match cells.value_as_date(row) {
                Some(date) => date.into_bound_py_any(py),
                None => Ok(py.None().into_bound(py)),
            })
        }
        DataType::FixedSizeBinary(_) => {
            let cells = cells.as_fixed_size_binary();
            let uuid = py.import("uuid")?.getattr("UUID")?;
            Box::new(move |row| {
                let bytes = PyBytes::new(py, cells.value(row));
                uuid.call((py.None(), bytes), None)
            })
        }
        // A `datetime` has no nanoseconds.
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            let texts = text_of(cells, of);
            Box::new(move |row| Ok(PyString::new(py, texts.value(row)).into_any()))
        }
        DataType::Timestamp(_, zone) if of != ScalarType::Timestamp(TimestampType::RUN) => {
            let cells = cells.as_primitive::<TimestampMicrosecondType>();
            let is_utc = zone.is_some();
            Box::new(move |row| match cells.value_as_datetime(row) {
                Some(time) if is_utc => time.and_utc().into_bound_py_any(py),
                Some(time) => time.into_bound_py_any(py),
                None => Ok(py.None().into_bound(py)),
            })
        }
        DataType::Timestamp(..) => {
            // All rows have the same keys.
            let mut text = Vec::new();
            if !cells.is_empty() {
                transmog::text_at(&mut text, cells, 0);
            }
            let text = PyString::from_bytes(py, &text)?.into_any();
            Box::new(move |_| Ok(text.clone()))
        }
        DataType::List(_) => {
            let cells = cells.as_list::<i32>();
            let offsets = cells.value_offsets();
            let values = cells.values();
            let reader = cell_reader(py, values, of)?;
            Box::new(move |row| {
                let (start, end) = (offsets[row] as usize, offsets[row + 1] as usize);
                let list = PyList::empty(py);
                for at in start..end {
                    match values.is_valid(at) {
                        true => list.append(reader(at)?)?,
                        false => list.append(py.None())?,
                    }
                }
                Ok(list.into_any())
            })
        }
        DataType::Null => Box::new(move |_| Ok(py.None().into_bound(py))),
        other => {
            let message = format!("a column of type {other}; this is a bug, please report it");
            return Err(TransmogError::new_err(message));
        }
    })
}
