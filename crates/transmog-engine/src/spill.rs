//! Rows that wait on disk: tables of chunks, in a temporary file while there are too many small
//! tables to keep in memory.
//! The file has the buffers of the arrays; only the process that wrote it reads it.

use arrow::{
    array::{Array, ArrayData, ArrayRef, make_array, new_empty_array},
    buffer::Buffer,
    datatypes::DataType,
    error::ArrowError,
};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    sync::Mutex,
};
use transmog_flatten::ChunkTable;
use transmog_model::{Error, Result};

/// A temporary file of waiting rows.
#[derive(Debug)]
pub(crate) struct SpillFile(Mutex<File>);

/// The place of the arrays of one table of a chunk in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    start: u64,
    length: usize,
}

impl SpillFile {
    /// Uses a file that is open for reading and writing.
    pub(crate) fn new(file: File) -> Self {
        Self(Mutex::new(file))
    }

    /// Moves the arrays of the table to the file.
    pub(crate) fn write(&self, table: &mut ChunkTable) -> Result<Block> {
        let mut bytes = Vec::new();
        for array in arrays(table) {
            put(&mut bytes, &array.to_data());
            // The empty array keeps the type.
            *array = new_empty_array(array.data_type());
        }
        let mut file = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let start = file
            .seek(SeekFrom::End(0))
            .and_then(|start| file.write_all(&bytes).map(|()| start))
            .map_err(|e| Error::io("cannot write rows to a temporary file", e))?;
        Ok(Block {
            start,
            length: bytes.len(),
        })
    }

    /// Reads the arrays of the table back.
    pub(crate) fn read(&self, block: Block, table: &mut ChunkTable) -> Result<()> {
        let mut bytes = vec![0; block.length];
        {
            let mut file = self.0.lock().unwrap_or_else(|e| e.into_inner());
            file.seek(SeekFrom::Start(block.start))
                .and_then(|_| file.read_exact(&mut bytes))
                .map_err(|e| Error::io("cannot read rows from a temporary file", e))?;
        }
        let mut rest = &bytes[..];
        for array in arrays(table) {
            let data = take(&mut rest, array.data_type());
            *array = make_array(data.map_err(|e| Error::format("spill", e))?);
        }
        Ok(())
    }
}

/// The arrays of a table, always in the same order.
fn arrays(table: &mut ChunkTable) -> Vec<&mut ArrayRef> {
    let metadata = [
        table.ids.as_mut(),
        table.parent_ids.as_mut(),
        table.root_ids.as_mut(),
        table.indexes.as_mut(),
    ];
    let origin = table.origin.iter_mut();
    let origin = origin.flat_map(|origin| [origin.lines.as_mut(), origin.bytes.as_mut()]);
    let data = table.columns.iter_mut().map(|column| &mut column.cells);
    let metadata = metadata.into_iter().chain(origin).flatten();
    metadata.chain(data).collect()
}

/// Appends length, validity, buffers and children.
fn put(out: &mut Vec<u8>, data: &ArrayData) {
    debug_assert_eq!(data.offset(), 0, "arrays of a chunk are whole");
    put_number(out, data.len());
    match data.nulls() {
        Some(nulls) => put_bytes(out, nulls.buffer().as_slice()),
        None => put_bytes(out, &[]),
    }
    put_number(out, data.buffers().len());
    for buffer in data.buffers() {
        put_bytes(out, buffer.as_slice());
    }
    for child in data.child_data() {
        put(out, child);
    }
}

fn put_number(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&(number as u64).to_le_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn take(from: &mut &[u8], data_type: &DataType) -> Result<ArrayData, ArrowError> {
    let len = take_number(from)?;
    let validity = take_bytes(from)?;
    let mut builder = ArrayData::builder(data_type.clone()).len(len);
    if !validity.is_empty() {
        builder = builder.null_bit_buffer(Some(Buffer::from(validity)));
    }
    for _ in 0..take_number(from)? {
        builder = builder.add_buffer(Buffer::from(take_bytes(from)?));
    }
    if let DataType::List(field) = data_type {
        builder = builder.add_child_data(take(from, field.data_type())?);
    }
    builder.build()
}

fn take_number(from: &mut &[u8]) -> Result<usize, ArrowError> {
    let (number, rest) = from.split_first_chunk::<8>().ok_or_else(cut_off)?;
    *from = rest;
    usize::try_from(u64::from_le_bytes(*number)).map_err(|_| cut_off())
}

fn take_bytes<'b>(from: &mut &'b [u8]) -> Result<&'b [u8], ArrowError> {
    let length = take_number(from)?;
    let (bytes, rest) = from.split_at_checked(length).ok_or_else(cut_off)?;
    *from = rest;
    Ok(bytes)
}

#[cold]
fn cut_off() -> ArrowError {
    ArrowError::ParseError("the temporary file of rows is cut off".to_owned())
}
