//! Values of keyword arguments.

use crate::error::wrong;
use pyo3::{prelude::*, types::PyBool};
use std::str::FromStr;

/// The value of a keyword argument, or an error that names it.
pub(crate) fn get<'a, 'py, T: FromPyObject<'a, 'py>>(
    name: &str,
    expected: &str,
    value: &'a Bound<'py, PyAny>,
) -> PyResult<T> {
    value.extract().map_err(|_| unlike(name, expected, value))
}

/// The error of a value of another type.
pub(crate) fn unlike(name: &str, expected: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let found = value.get_type();
    let found = found.name().map(|name| name.to_string());
    let found = found.unwrap_or_default();
    wrong(format!("{name}: expected {expected}, found {found}"))
}

pub(crate) fn whole(name: &str, value: &Bound<'_, PyAny>) -> PyResult<usize> {
    if value.is_instance_of::<PyBool>() {
        return Err(wrong(format!(
            "{name}: expected a whole number, found bool"
        )));
    }
    get(name, "a whole number", value)
}

pub(crate) fn flag(name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    get(name, "True or False", value)
}

pub(crate) fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    get(name, "a string", value)
}

pub(crate) fn optional_text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    get(name, "a string or None", value)
}

pub(crate) fn named<T: FromStr<Err: std::fmt::Display>>(
    name: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<T> {
    let text = text(name, value)?;
    text.parse().map_err(|e| wrong(format!("{name}: {e}")))
}
