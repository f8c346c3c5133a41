//! The exceptions of the package, and exceptions that Python raised.

use pyo3::{
    exceptions::{PyException, PyKeyboardInterrupt, PyOSError},
    prelude::*,
};
use std::{
    io::ErrorKind,
    sync::{Arc, Mutex},
};
use transmog::{Category, Error};

pyo3::import_exception!(transmog.exceptions, ConfigurationError);
pyo3::import_exception!(transmog.exceptions, InputNotFoundError);
pyo3::import_exception!(transmog.exceptions, InputPermissionError);
pyo3::import_exception!(transmog.exceptions, InputTypeError);
pyo3::import_exception!(transmog.exceptions, OutputError);
pyo3::import_exception!(transmog.exceptions, OutputPermissionError);
pyo3::import_exception!(transmog.exceptions, TransmogError);
pyo3::import_exception!(transmog.exceptions, UnsupportedFormatError);
pyo3::import_exception!(transmog.exceptions, ValidationError);

/// A configuration error.
pub(crate) fn wrong(message: impl std::fmt::Display) -> PyErr {
    ConfigurationError::new_err(message.to_string())
}

/// An exception that Python raised while the engine worked, which ends the run.
#[derive(Clone, Default)]
pub(crate) struct Raised(Arc<Mutex<Option<Exception>>>);

enum Exception {
    /// It is raised again.
    Again(PyErr),
    /// It is the cause of the engine's error.
    Cause(PyErr),
}

impl Raised {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Exception>> {
        // Nothing panics while the lock is held.
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Keeps the first exception, to raise it again.
    pub(crate) fn set(&self, error: PyErr) {
        self.lock().get_or_insert(Exception::Again(error));
    }

    /// Keeps the first exception as the cause of an error. One that is no error, such as
    /// `KeyboardInterrupt`, is raised again.
    pub(crate) fn set_cause(&self, py: Python<'_>, error: PyErr) {
        let exception = match error.is_instance_of::<PyException>(py) {
            true => Exception::Cause(error),
            false => Exception::Again(error),
        };
        self.lock().get_or_insert(exception);
    }

    /// Whether an exception is to be raised.
    pub(crate) fn is_set(&self) -> bool {
        matches!(&*self.lock(), Some(Exception::Again(_)))
    }

    /// The exception for an error of the engine.
    pub(crate) fn exception(&self, py: Python<'_>, error: &Error) -> PyErr {
        let raised = self.lock().take();
        if let Some(Exception::Again(raised)) = raised {
            return raised;
        }
        let exception = exception(error);
        if let Err(raised) = locate(&exception, error, py) {
            return raised;
        }
        if let Some(Exception::Cause(cause)) = raised {
            exception.set_cause(py, Some(cause));
        }
        exception
    }
}

fn exception(error: &Error) -> PyErr {
    let message = error.to_string();
    match (error.category(), error.io_kind()) {
        (Category::Read, Some(ErrorKind::NotFound)) => InputNotFoundError::new_err(message),
        (Category::Read, Some(ErrorKind::PermissionDenied)) => {
            InputPermissionError::new_err(message)
        }
        (Category::Read | Category::Syntax | Category::Data | Category::Unsupported, _) => {
            ValidationError::new_err(message)
        }
        (Category::Write, Some(ErrorKind::PermissionDenied)) => {
            OutputPermissionError::new_err(message)
        }
        (Category::Write, _) => OutputError::new_err(message),
        (Category::Config, _) => ConfigurationError::new_err(message),
        (Category::Cancelled, _) => PyKeyboardInterrupt::new_err(message),
        _ => TransmogError::new_err(message),
    }
}

/// Sets the attributes that say where in the input the error is.
fn locate(exception: &PyErr, error: &Error, py: Python<'_>) -> PyResult<()> {
    let value = exception.value(py);
    let is_os_error = value.is_instance_of::<PyOSError>();
    if let Some(file) = error.file() {
        value.setattr("file", file)?;
        if is_os_error {
            value.setattr("filename", file)?;
        }
    }
    match error.io_kind() {
        Some(ErrorKind::NotFound) if is_os_error => value.setattr("errno", 2)?,
        Some(ErrorKind::PermissionDenied) if is_os_error => value.setattr("errno", 13)?,
        _ => {}
    }
    let Some(at) = error.location() else {
        return Ok(());
    };
    for (name, number) in [
        ("record", at.record),
        ("line", at.line),
        ("column", at.column),
        ("byte", at.byte),
    ] {
        if let Some(number) = number {
            value.setattr(name, number)?;
        }
    }
    match &at.path {
        Some(path) => value.setattr("path", path),
        None => Ok(()),
    }
}
