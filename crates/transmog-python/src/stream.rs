//! Objects with a `read` method as streams of bytes.

use crate::error::{ConfigurationError, InputTypeError, Raised, wrong};
use pyo3::{
    prelude::*,
    types::{PyByteArray, PyBytes, PyString},
};
use std::{io, path::PathBuf};

/// Bytes or characters that are asked for at once.
const BLOCK: usize = 1 << 18;
/// Stands for the name of a stream that has none.
const STREAM: &str = "<stream>";

/// Reads an object of Python in blocks.
pub(crate) struct PythonReader {
    object: Py<PyAny>,
    block: Vec<u8>,
    /// Bytes of the block that were taken.
    taken: usize,
    /// Whether the run has the option `encoding`, so that it needs bytes.
    has_encoding: bool,
    raised: Raised,
}

impl PythonReader {
    pub(crate) fn new(object: &Bound<'_, PyAny>, has_encoding: bool, raised: Raised) -> Self {
        Self {
            object: object.clone().unbind(),
            block: Vec::new(),
            taken: 0,
            has_encoding,
            raised,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.block.clear();
        self.taken = 0;
        Python::attach(|py| {
            let block = py.check_signals();
            let block = block.and_then(|()| self.object.bind(py).call_method1("read", (BLOCK,)));
            let filled = block.and_then(|block| append(&block, self.has_encoding, &mut self.block));
            filled.map_err(|error| {
                let message = error.to_string();
                match error.is_instance_of::<ConfigurationError>(py) {
                    true => self.raised.set(error),
                    false => self.raised.set_cause(py, error),
                }
                io::Error::other(message)
            })
        })
    }
}

/// The error of text with the option `encoding`.
pub(crate) fn has_no_encoding() -> PyErr {
    wrong(
        "encoding: expected bytes or a file, found text, which is already decoded; leave the option \
         out, or give bytes, such as those of a file opened with mode \"rb\"",
    )
}

/// Appends a block of bytes, or of text as UTF-8.
fn append(block: &Bound<'_, PyAny>, has_encoding: bool, out: &mut Vec<u8>) -> PyResult<()> {
    if let Ok(bytes) = block.cast::<PyBytes>() {
        out.extend_from_slice(bytes.as_bytes());
    } else if let Ok(text) = block.cast::<PyString>() {
        if has_encoding {
            return Err(has_no_encoding());
        }
        out.extend_from_slice(text.to_str()?.as_bytes());
    } else if let Ok(bytes) = block.cast::<PyByteArray>() {
        out.extend_from_slice(&bytes.to_vec());
    } else {
        let found = block.get_type().fully_qualified_name()?;
        let message = format!("expected bytes or text from read(), found {found}");
        return Err(InputTypeError::new_err(message));
    }
    Ok(())
}

impl io::Read for PythonReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.block.len() && !buffer.is_empty() {
            self.fill()?;
        }
        let read = io::Read::read(&mut &self.block[self.taken..], buffer)?;
        self.taken += read;
        Ok(read)
    }
}

/// The name of a stream: its attribute `name`, if that is a path.
pub(crate) fn name(object: &Bound<'_, PyAny>) -> String {
    let name = object.getattr("name").ok();
    let path = name.and_then(|name| name.extract::<PathBuf>().ok());
    let path = path.filter(|path| !path.as_os_str().is_empty());
    path.map_or_else(
        || STREAM.to_owned(),
        |path| path.to_string_lossy().into_owned(),
    )
}
