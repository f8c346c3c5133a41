//! The exceptions of the package, and exceptions that Python raised.

use pyo3::{exceptions::PyKeyboardInterrupt, prelude::*};
use std::sync::{Arc, Mutex};
use transmog::{Category, Error};

pyo3::import_exception!(transmog.exceptions, ConfigurationError);
pyo3::import_exception!(transmog.exceptions, OutputError);
pyo3::import_exception!(transmog.exceptions, TransmogError);
pyo3::import_exception!(transmog.exceptions, UnsupportedFormatError);
pyo3::import_exception!(transmog.exceptions, ValidationError);

/// A configuration error.
pub(crate) fn wrong(message: impl std::fmt::Display) -> PyErr {
    ConfigurationError::new_err(message.to_string())
}

/// An exception that Python raised while the engine worked. It ends the run and is raised again.
#[derive(Clone, Default)]
pub(crate) struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<PyErr>> {
        // Nothing panics while the lock is held.
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Keeps the first exception.
    pub(crate) fn set(&self, error: PyErr) {
        self.lock().get_or_insert(error);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.lock().is_some()
    }

    /// The exception for an error of the engine.
    pub(crate) fn exception(&self, error: &Error) -> PyErr {
        if let Some(raised) = self.lock().take() {
            return raised;
        }
        let message = error.to_string();
        match error.category() {
            Category::Read | Category::Syntax | Category::Data | Category::Unsupported => {
                ValidationError::new_err(message)
            }
            Category::Write => OutputError::new_err(message),
            Category::Config => ConfigurationError::new_err(message),
            Category::Cancelled => PyKeyboardInterrupt::new_err(message),
            _ => TransmogError::new_err(message),
        }
    }
}
