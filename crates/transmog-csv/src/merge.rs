//! Segments to one file: cells are copied as they stand, rows get an empty
//! cell for each column that came later, and only lists whose elements became
//! text are written anew.

use crate::{Options, rows::Rows, writer::Writer};
use std::{io, ops::Range, str, sync::Arc};
use transmog_model::{
    ByteSink, ColumnType, Error, Result, ScalarType, Segment, Segments, TableSchema, TableWriter,
    quote_elements,
};

pub(crate) fn merge(
    options: &Options,
    segments: Segments,
    schema: &TableSchema,
    out: ByteSink<'_>,
) -> Result<()> {
    let mut out = Writer::create(options, schema, out)?;
    let failed = |e| Error::writing("CSV", &schema.name, e);
    // A list without the quotes of its cell, and the list it becomes.
    let mut list = Default::default();
    for segment in segments {
        let segment = segment?;
        let parts = parts(&segment, schema);
        let bytes = Arc::clone(&segment.bytes);
        let mut rows = Rows::new(options, bytes).map_err(failed)?;
        if options.include_header() {
            rows.next().map_err(failed)?;
        }
        while rows.next().map_err(failed)? {
            rows.expect(segment.schema.columns.len()).map_err(failed)?;
            write(&rows, &parts, &mut list, &mut out).map_err(failed)?;
            out.flush_when_full()?;
        }
    }
    Box::new(out).finish()
}

/// What stands at a place of the merged rows.
enum Part {
    /// Cells of the segment that stand side by side in both.
    Copy(Range<usize>),
    /// An empty cell.
    Missing,
    /// A cell with a list whose elements become text.
    Texts(usize),
}

fn parts(segment: &Segment, schema: &TableSchema) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (column, source) in schema.columns.iter().zip(segment.sources(schema)) {
        let Some(at) = source else {
            parts.push(Part::Missing);
            continue;
        };
        match (segment.column_type(at), column.column_type) {
            (from, to @ ColumnType::List(ScalarType::Text)) if from != to => {
                parts.push(Part::Texts(at));
            }
            _ => match parts.last_mut() {
                Some(Part::Copy(cells)) if cells.end == at => cells.end = at + 1,
                _ => parts.push(Part::Copy(at..at + 1)),
            },
        }
    }
    parts
}

/// Writes the row as the parts say.
fn write(
    rows: &Rows,
    parts: &[Part],
    list: &mut (Vec<u8>, Vec<u8>),
    out: &mut Writer,
) -> io::Result<()> {
    let (before, after) = list;
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.cells.delimiter();
        }
        match part {
            Part::Missing => {}
            Part::Copy(cells) => out.cells.out.extend_from_slice(rows.raw(cells.clone())),
            Part::Texts(at) => {
                if let Some(list) = rows.cell(*at, before) {
                    after.clear();
                    quote_elements(after, text(list)?);
                    out.cells.text(text(after)?);
                }
            }
        }
    }
    out.cells.end_row();
    Ok(())
}

fn text(bytes: &[u8]) -> io::Result<&str> {
    str::from_utf8(bytes).map_err(io::Error::other)
}
