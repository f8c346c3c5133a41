//! Arrays of other libraries, by Arrow's C interface.
//!
//! In arrow 59, the offset of a struct inside another struct or a list of fixed size counts twice
//! (apache/arrow-rs#10835): the values would be those of other rows, or making the array panics.
//! So the offsets of structs are moved into their children before arrays are made.
//!
//! Polars gives arrays of nulls a buffer, which arrow refuses; it is left out.

use crate::error::InputTypeError;
use arrow::{
    array::{ArrayData, ArrayDataBuilder},
    array::{ArrayRef, make_array},
    datatypes::{DataType, Field, UnionMode},
    error::ArrowError,
    ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi_and_data_type},
    ffi_stream::FFI_ArrowArrayStream,
};
use pyo3::{
    prelude::*,
    types::{PyCapsule, PyTuple},
};
use std::ffi::CStr;

/// Arrays of one type, one after another.
pub(crate) type Arrays = Box<dyn Iterator<Item = Result<ArrayRef, ArrowError>> + Send>;

/// The arrays of an object with `__arrow_c_stream__` or `__arrow_c_array__`, and their field.
pub(crate) fn arrays(data: &Bound<'_, PyAny>) -> PyResult<(Field, Arrays)> {
    if data.hasattr("__arrow_c_stream__")? {
        return stream(&data.call_method0("__arrow_c_stream__")?.cast_into()?);
    }
    let pair = data.call_method0("__arrow_c_array__")?;
    let pair = pair.cast::<PyTuple>()?;
    let schema = pointer::<FFI_ArrowSchema>(pair.get_item(0)?.cast()?, c"arrow_schema")?;
    let array = pointer::<FFI_ArrowArray>(pair.get_item(1)?.cast()?, c"arrow_array")?;
    // SAFETY: capsules of these names hold such structures, and live as long as `pair`.
    let (schema, mut array) = unsafe { (&*schema, FFI_ArrowArray::from_raw(array)) };
    let field = Field::try_from(schema).map_err(unreadable)?;
    // SAFETY: as below.
    unsafe { leave_out_buffers_of_nulls(&mut array, field.data_type()) };
    // SAFETY: the array has the type of its schema.
    let array = unsafe { from_ffi_and_data_type(array, field.data_type().clone()) };
    let array = array.and_then(|data| made(&data)).map_err(unreadable)?;
    Ok((field, Box::new(std::iter::once(Ok(array)))))
}

fn stream(capsule: &Bound<'_, PyCapsule>) -> PyResult<(Field, Arrays)> {
    let stream = pointer::<FFI_ArrowArrayStream>(capsule, c"arrow_array_stream")?;
    // SAFETY: a capsule of this name holds a stream, which is moved out of it and marked so.
    let mut stream = unsafe { FFI_ArrowArrayStream::from_raw(stream) };
    let (Some(get_schema), Some(_)) = (stream.get_schema, stream.release) else {
        return Err(InputTypeError::new_err(
            "the stream of the table was read before",
        ));
    };
    let mut schema = FFI_ArrowSchema::empty();
    // SAFETY: the function is that of the stream, which is not released.
    let code = unsafe { get_schema(&mut stream, &mut schema) };
    if code != 0 {
        return Err(unreadable(last_error(&mut stream, code)));
    }
    let field = Field::try_from(&schema).map_err(unreadable)?;
    let data_type = field.data_type().clone();
    Ok((field, Box::new(Stream { stream, data_type })))
}

fn pointer<T>(capsule: &Bound<'_, PyCapsule>, name: &CStr) -> PyResult<*mut T> {
    Ok(capsule.pointer_checked(Some(name))?.cast().as_ptr())
}

fn unreadable(error: ArrowError) -> PyErr {
    InputTypeError::new_err(format!("the table cannot be read: {error}"))
}

fn last_error(stream: &mut FFI_ArrowArrayStream, code: i32) -> ArrowError {
    let text = stream.get_last_error.and_then(|last| {
        // SAFETY: as for `get_schema`; the text is valid until the next call.
        let text = unsafe { last(stream) };
        (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
    });
    ArrowError::CDataInterface(match text {
        Some(text) => text.to_string_lossy().into_owned(),
        None => format!("error {code}"),
    })
}

struct Stream {
    stream: FFI_ArrowArrayStream,
    data_type: DataType,
}

impl Iterator for Stream {
    type Item = Result<ArrayRef, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut array = FFI_ArrowArray::empty();
        // SAFETY: the function is that of the stream, which is not released.
        let code = unsafe { self.stream.get_next?(&mut self.stream, &mut array) };
        if code != 0 {
            return Some(Err(last_error(&mut self.stream, code)));
        }
        if array.is_released() {
            return None;
        }
        // SAFETY: the arrays of a stream have the type of its schema.
        unsafe { leave_out_buffers_of_nulls(&mut array, &self.data_type) };
        // SAFETY: the same.
        let data = unsafe { from_ffi_and_data_type(array, self.data_type.clone()) };
        Some(data.and_then(|data| made(&data)))
    }
}

/// Makes the number of buffers zero in arrays of nulls. Who releases them does not need it.
///
/// # Safety
/// The array, which is not released, has this type.
unsafe fn leave_out_buffers_of_nulls(array: &mut FFI_ArrowArray, data_type: &DataType) {
    let parts: Vec<&DataType> = match data_type {
        DataType::Null => {
            array.n_buffers = 0;
            return;
        }
        DataType::Dictionary(_, values) => {
            // SAFETY: the dictionary has the type of the values, if it is there.
            if let Some(dictionary) = unsafe { array.dictionary.as_mut() } {
                unsafe { leave_out_buffers_of_nulls(dictionary, values) };
            }
            return;
        }
        DataType::Struct(fields) => fields.iter().map(|field| field.data_type()).collect(),
        DataType::Union(fields, _) => fields.iter().map(|(_, field)| field.data_type()).collect(),
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::Map(field, _)
        | DataType::FixedSizeList(field, _) => vec![field.data_type()],
        DataType::RunEndEncoded(ends, values) => vec![ends.data_type(), values.data_type()],
        _ => return,
    };
    // An array with another number of children is refused later.
    if array.children.is_null() || array.n_children != parts.len() as i64 {
        return;
    }
    for (at, data_type) in parts.into_iter().enumerate() {
        // SAFETY: there are as many pointers to children as types.
        if let Some(child) = unsafe { (*array.children.add(at)).as_mut() } {
            unsafe { leave_out_buffers_of_nulls(child, data_type) };
        }
    }
}

fn made(data: &ArrayData) -> Result<ArrayRef, ArrowError> {
    Ok(make_array(sound(data, 0, data.len())?))
}

/// The same cells from this one on, with no struct that has an offset.
fn sound(data: &ArrayData, from: usize, count: usize) -> Result<ArrayData, ArrowError> {
    if !has_struct(data.data_type()) {
        return Ok(data.slice(from, count));
    }
    let start = data.offset() + from;
    let whole = |child: &ArrayData| sound(child, 0, child.len());
    let (children, buffers): (Vec<_>, _) = match data.data_type() {
        DataType::Struct(_) => (each(data, |child| sound(child, start, count))?, vec![]),
        DataType::FixedSizeList(_, size) => {
            let size = size.unsigned_abs() as usize;
            let part = |child: &ArrayData| sound(child, start * size, count * size);
            (each(data, part)?, vec![])
        }
        DataType::Union(_, UnionMode::Sparse) => {
            let types = data.buffers()[0].slice_with_length(start, count);
            (each(data, |child| sound(child, start, count))?, vec![types])
        }
        _ => {
            let part = data.slice(from, count);
            let children = each(&part, whole)?;
            return part.into_builder().child_data(children).build();
        }
    };
    ArrayDataBuilder::new(data.data_type().clone())
        .len(count)
        .nulls(data.nulls().map(|nulls| nulls.slice(from, count)))
        .buffers(buffers)
        .child_data(children)
        .build()
}

/// Whether there is a struct in the type.
fn has_struct(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(_) | DataType::Map(..) => true,
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _)
        | DataType::RunEndEncoded(_, field) => has_struct(field.data_type()),
        DataType::Union(fields, _) => fields
            .iter()
            .any(|(_, field)| has_struct(field.data_type())),
        DataType::Dictionary(_, values) => has_struct(values),
        _ => false,
    }
}

fn each(
    data: &ArrayData,
    child: impl Fn(&ArrayData) -> Result<ArrayData, ArrowError>,
) -> Result<Vec<ArrayData>, ArrowError> {
    data.child_data().iter().map(child).collect()
}
