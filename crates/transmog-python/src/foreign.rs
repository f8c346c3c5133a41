//! Values that JSON does not have: those with one exact text, and those of NumPy and pandas.

use base64::{Engine, engine::general_purpose::STANDARD};
use pyo3::{
    prelude::*,
    sync::PyOnceLock,
    types::{PyByteArray, PyBytes, PyDict, PyString, PyType},
};
use transmog::{Number, parse_number};

/// What a value is in JSON.
pub(crate) enum Simple<'py> {
    /// A missing value.
    Null,
    Text(String),
    /// The digits of an integer.
    Integer(String),
    /// A number to keep with all its digits.
    Exact(String),
    /// An array.
    Elements(Bound<'py, PyAny>),
    /// What another value is.
    Value(Bound<'py, PyAny>),
    /// JSON cannot represent it.
    Wrong(String),
}

/// What a value is that is neither of JSON nor a container of Python.
pub(crate) fn simple<'py>(item: &Bound<'py, PyAny>) -> PyResult<Simple<'py>> {
    static UUID: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static DATE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static TIME: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static DURATION: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let py = item.py();
    if let Ok(bytes) = item.cast::<PyBytes>() {
        return Ok(Simple::Text(STANDARD.encode(bytes.as_bytes())));
    }
    if let Ok(bytes) = item.cast::<PyByteArray>() {
        return Ok(Simple::Text(STANDARD.encode(bytes.to_vec())));
    }
    if item.is_instance(decimal_type(py)?)? {
        return Ok(decimal(item.str()?.to_str()?));
    }
    if item.is_instance(UUID.import(py, "uuid", "UUID")?)? {
        return Ok(Simple::Text(item.str()?.to_str()?.to_owned()));
    }
    // A datetime is a date.
    if item.is_instance(DATE.import(py, "datetime", "date")?)?
        || item.is_instance(TIME.import(py, "datetime", "time")?)?
    {
        let text = item.call_method0("isoformat")?;
        return Ok(time(text.cast::<PyString>()?.to_str()?));
    }
    if item.is_instance(DURATION.import(py, "datetime", "timedelta")?)? {
        return timedelta(item).map(Simple::Text);
    }
    let kind = item.get_type();
    let (module, name) = (kind.module()?, kind.name()?);
    match (module.to_str()?, name.to_str()?) {
        ("numpy", name) => numpy(item, name),
        (module, "NAType") if module.starts_with("pandas") => Ok(Simple::Null),
        _ => Ok(refused(item)),
    }
}

fn refused<'py>(item: &Bound<'py, PyAny>) -> Simple<'py> {
    Simple::Wrong(format!(
        "expected a JSON value, a Decimal, date, time, timedelta, UUID or bytes, or a value of \
         NumPy, found {}; convert it first",
        type_name(item)
    ))
}

/// An integer, or a number with all its digits. NaN is a missing value.
fn decimal<'py>(text: &str) -> Simple<'py> {
    if matches!(text, "NaN" | "-NaN") {
        return Simple::Null;
    }
    if !text.ends_with(|last: char| last.is_ascii_digit()) {
        return Simple::Wrong(format!("expected a finite number, found Decimal {text}"));
    }
    match parse_number(text) {
        Number::Integer(_) | Number::Decimal(_) => Simple::Integer(text.to_owned()),
        _ => Simple::Exact(text.to_owned()),
    }
}

pub(crate) fn decimal_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    DECIMAL.import(py, "decimal", "Decimal")
}

/// A time in ISO 8601, whose fraction has no more digits than it needs. pandas calls a missing one
/// NaT.
fn time<'py>(text: &str) -> Simple<'py> {
    if text == "NaT" {
        return Simple::Null;
    }
    let Some((whole, rest)) = text.split_once('.') else {
        return Simple::Text(text.to_owned());
    };
    let end = rest.find(|char: char| !char.is_ascii_digit());
    let (fraction, zone) = rest.split_at(end.unwrap_or(rest.len()));
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Simple::Text(format!("{whole}{point}{fraction}{zone}"))
}

/// The seconds of a duration in ISO 8601. That of pandas has nanoseconds.
fn timedelta(item: &Bound<'_, PyAny>) -> PyResult<String> {
    let part = |name: &str| item.getattr(name)?.extract::<i128>();
    let micros = (part("days")? * 86_400 + part("seconds")?) * 1_000_000 + part("microseconds")?;
    let nanos = part("nanoseconds").unwrap_or(0);
    Ok(duration(micros * 1_000 + nanos))
}

fn duration(nanos: i128) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let fraction = format!(".{rest:09}");
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    format!("{sign}PT{seconds}{fraction}S")
}

/// A value of NumPy: an array, or a scalar, which is what the same value of Python is.
fn numpy<'py>(item: &Bound<'py, PyAny>, name: &str) -> PyResult<Simple<'py>> {
    match name {
        "ndarray" if item.getattr("ndim")?.extract::<usize>()? > 0 => {
            return Ok(Simple::Elements(item.clone()));
        }
        // Python has no time in nanoseconds.
        "datetime64" => return Ok(time(item.str()?.to_str()?)),
        "timedelta64" if item.str()?.to_str()? == "NaT" => return Ok(Simple::Null),
        "timedelta64" => {
            let unit = item.getattr("dtype")?.getattr("str")?;
            let inner = item.call_method0("item")?;
            return match (inner.extract::<i128>(), unit.str()?.to_str()?) {
                (Ok(nanos), "<m8[ns]") => Ok(Simple::Text(duration(nanos))),
                (Ok(_), _) => Ok(refused(item)),
                (Err(_), _) => timedelta(&inner).map(Simple::Text),
            };
        }
        _ => {}
    }
    let inner = item.call_method0("item")?;
    Ok(match inner.get_type().is(item.get_type()) {
        true => refused(item),
        false => Simple::Value(inner),
    })
}

/// The name of its type.
pub(crate) fn type_name(item: &Bound<'_, PyAny>) -> String {
    let name = item.get_type().fully_qualified_name();
    name.map_or_else(|_| "something".to_owned(), |name| name.to_string())
}

/// Whether it is a path, or text that may be one.
pub(crate) fn is_path(item: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(item.is_instance_of::<PyString>()
        || (!item.is_instance_of::<PyDict>() && item.hasattr("__fspath__")?))
}
