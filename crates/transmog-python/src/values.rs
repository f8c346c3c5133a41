//! Python values to parse events.

use crate::{
    error::{InputTypeError, Raised},
    foreign::{self, Simple, is_path, type_name},
};
use pyo3::{
    prelude::*,
    types::{PyBool, PyDict, PyFloat, PyInt, PyIterator, PyList, PyMapping, PyString, PyTuple},
};
use transmog::{Error, EventSink, JsonPath, RecordSource, Records, Rejection, parse_number};

/// The most levels of lists and dicts, as in JSON text.
const MAX_LEVELS: usize = 1024;

/// The records of an iterator, or a single dict.
pub(crate) struct PythonRecords {
    items: Items,
    total: Option<u64>,
    raised: Raised,
}

enum Items {
    One(Option<Py<PyAny>>),
    Iterator(Py<PyIterator>),
}

impl PythonRecords {
    pub(crate) fn new(data: &Bound<'_, PyAny>, raised: Raised) -> PyResult<Self> {
        let (items, total) = if data.is_instance_of::<PyDict>() {
            (Items::One(Some(data.clone().unbind())), Some(1))
        } else if let (Ok(iterator), false) = (data.try_iter(), data.cast::<PyMapping>().is_ok()) {
            let total = data.cast::<PyList>().ok().map(|list| list.len() as u64);
            (Items::Iterator(iterator.unbind()), total)
        } else {
            return Err(InputTypeError::new_err(format!(
                "expected a dict, an iterable of dicts, a path or a list of paths, JSON text or \
                 bytes, an object with a method `read`, or a table, found {}",
                type_name(data)
            )));
        };
        Ok(Self {
            items,
            total,
            raised,
        })
    }
}

impl RecordSource for PythonRecords {
    fn next_records(&mut self, records: &mut Records<'_>) -> transmog::Result<()> {
        Python::attach(|py| {
            while !records.is_full() {
                let item = match &mut self.items {
                    Items::One(item) => item.take().map(|item| Ok(item.into_bound(py))),
                    Items::Iterator(iterator) => iterator.bind(py).clone().next(),
                };
                match item {
                    None => break,
                    Some(Ok(item)) => records.add(|events| record(&item, events)),
                    Some(Err(error)) => {
                        let message = error.to_string();
                        self.raised.set(error);
                        return Err(Error::from_source(message));
                    }
                }
            }
            Ok(())
        })
    }

    fn total(&self) -> Option<u64> {
        self.total
    }
}

/// Why a value is refused.
enum Fault {
    /// The engine refuses it.
    Rejected(Rejection),
    /// JSON cannot represent it: the message, and the path to it from the inside out.
    Value(String, Vec<Option<String>>),
}

type Done = Result<(), Fault>;

impl From<Rejection> for Fault {
    fn from(rejection: Rejection) -> Self {
        Fault::Rejected(rejection)
    }
}

fn fault(message: impl Into<String>) -> Fault {
    Fault::Value(message.into(), Vec::new())
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        fault(error.to_string())
    }
}

impl Fault {
    /// Adds the next outer step to the path.
    #[cold]
    fn inside(mut self, key: Option<&str>) -> Self {
        if let Fault::Value(_, steps) = &mut self {
            steps.push(key.map(str::to_owned));
        }
        self
    }
}

fn record(item: &Bound<'_, PyAny>, events: &mut dyn EventSink) -> Result<(), Rejection> {
    let given = match item.cast::<PyDict>() {
        Ok(dict) => object(dict, events, 1),
        Err(_) => Err(fault(format!(
            "expected a dict as the record, found {}{}",
            type_name(item),
            match is_path(item).unwrap_or(false) {
                true => "; if these are paths, make a list of them",
                false => "",
            }
        ))),
    };
    given.map_err(|fault| match fault {
        Fault::Rejected(rejection) => rejection,
        Fault::Value(message, steps) => {
            let path = steps
                .iter()
                .rev()
                .fold(JsonPath::root(), |path, step| match step {
                    Some(key) => path.member(&**key),
                    None => path.elements(),
                });
            Rejection::invalid(Some(path.to_string()), message)
        }
    })
}

fn object(dict: &Bound<'_, PyDict>, events: &mut dyn EventSink, level: usize) -> Done {
    events.begin_object()?;
    for (key, item) in dict.iter() {
        let Ok(key) = key.cast::<PyString>() else {
            return Err(fault(format!(
                "expected a string as the key, found {}",
                type_name(&key)
            )));
        };
        let key = key.to_str().map_err(Fault::from)?;
        events.key(key)?;
        value(&item, events, level).map_err(|fault| fault.inside(Some(key)))?;
    }
    Ok(events.end_object()?)
}

fn elements<'py>(
    items: impl Iterator<Item = Bound<'py, PyAny>>,
    events: &mut dyn EventSink,
    level: usize,
) -> Done {
    events.begin_array()?;
    for item in items {
        value(&item, events, level).map_err(|fault| fault.inside(None))?;
    }
    Ok(events.end_array()?)
}

fn value(item: &Bound<'_, PyAny>, events: &mut dyn EventSink, level: usize) -> Done {
    if let Ok(text) = item.cast::<PyString>() {
        return Ok(events.string(text.to_str()?)?);
    }
    if item.is_none() {
        return Ok(events.null()?);
    }
    if let Ok(boolean) = item.cast::<PyBool>() {
        return Ok(events.boolean(boolean.is_true())?);
    }
    if let Ok(int) = item.cast::<PyInt>() {
        if let Ok(int) = int.extract::<i64>() {
            return Ok(events.integer(int)?);
        }
        // Python limits the digits of `str(int)`, but not those of a `Decimal`. A subclass may
        // override `__str__`; the decimal has only the value.
        let digits = foreign::decimal_type(item.py())?.call1((int,))?.str()?;
        return Ok(parse_number(digits.to_str()?).give(events)?);
    }
    if let Ok(float) = item.cast::<PyFloat>() {
        let float = float.value();
        return match float.is_infinite() {
            // The missing value of pandas and NumPy.
            _ if float.is_nan() => Ok(events.null()?),
            true => Err(fault("expected a finite number, found an infinity")),
            false => Ok(events.float(float)?),
        };
    }
    if level == MAX_LEVELS {
        let what = "expected nesting of at most 1024 levels; does a value contain itself?";
        return Err(fault(what));
    }
    if let Ok(dict) = item.cast::<PyDict>() {
        return object(dict, events, level + 1);
    }
    if let Ok(list) = item.cast::<PyList>() {
        return elements(list.iter(), events, level + 1);
    }
    if let Ok(tuple) = item.cast::<PyTuple>() {
        return elements(tuple.iter(), events, level + 1);
    }
    match foreign::simple(item)? {
        Simple::Null => Ok(events.null()?),
        Simple::Text(text) => Ok(events.string(&text)?),
        Simple::Integer(digits) => Ok(parse_number(&digits).give(events)?),
        Simple::Exact(digits) => Ok(events.exact_number(&digits)?),
        Simple::Elements(items) => elements_of(&items, events, level + 1),
        Simple::Value(inner) => value(&inner, events, level + 1),
        Simple::Wrong(message) => Err(fault(message)),
    }
}

/// The elements of an array of NumPy.
fn elements_of(items: &Bound<'_, PyAny>, events: &mut dyn EventSink, level: usize) -> Done {
    events.begin_array()?;
    for item in items.try_iter()? {
        value(&item?, events, level).map_err(|fault| fault.inside(None))?;
    }
    Ok(events.end_array()?)
}
