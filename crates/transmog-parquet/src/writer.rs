//! Batches to row groups.

use crate::{Options, ROW_GROUP_BYTES, encoding::properties};
use arrow::array::RecordBatch;
use parquet::{arrow::ArrowWriter, errors::ParquetError};
use std::io::{self, Write};
use transmog_model::{ByteSink, Error, Result, TableSchema, TableWriter};

pub(crate) struct Writer {
    options: Options,
    schema: TableSchema,
    state: State,
}

/// The first rows decide how columns are encoded.
enum State {
    Empty(ByteSink),
    Begun(Box<ArrowWriter<ByteSink>>),
    /// Beginning failed.
    Failed,
}

impl Writer {
    pub(crate) fn create(options: &Options, schema: &TableSchema, out: ByteSink) -> Result<Self> {
        options.validate()?;
        Ok(Self {
            options: options.clone(),
            schema: schema.clone(),
            state: State::Empty(out),
        })
    }

    /// The library's writer, made when it is first needed.
    fn writer(&mut self, first: Option<&RecordBatch>) -> Result<&mut ArrowWriter<ByteSink>> {
        self.state = match std::mem::replace(&mut self.state, State::Failed) {
            State::Empty(out) => {
                let properties = properties(&self.options, &self.schema, first);
                let writer =
                    ArrowWriter::try_new(out, self.schema.arrow_schema(), Some(properties));
                State::Begun(Box::new(writer.map_err(refused)?))
            }
            state => state,
        };
        match &mut self.state {
            State::Begun(writer) => Ok(writer),
            _ => Err(Error::unsupported("the Parquet file could not be begun")),
        }
    }
}

#[cold]
pub(crate) fn refused(source: ParquetError) -> Error {
    match source {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(source) => Error::io("writing Parquet", *source),
            Err(source) => Error::format("parquet", source),
        },
        other => Error::format("parquet", other),
    }
}

impl TableWriter for Writer {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let writer = self.writer(Some(batch))?;
        writer.write(batch).map_err(refused)?;
        // The library divides batches by the bytes it has seen a row take;
        // this ends a group that outgrew the estimate.
        if writer.memory_size() >= ROW_GROUP_BYTES {
            writer.flush().map_err(refused)?;
        }
        Ok(())
    }

    fn end_row_group(&mut self) -> Result<()> {
        match &mut self.state {
            State::Begun(writer) => writer.flush().map_err(refused),
            _ => Ok(()),
        }
    }

    fn buffered_bytes(&self) -> usize {
        match &self.state {
            State::Begun(writer) => writer.memory_size(),
            _ => 0,
        }
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.writer(None)?;
        let Self { state, schema, .. } = *self;
        let State::Begun(writer) = state else {
            unreachable!("the writer is begun");
        };
        let mut out = writer.into_inner().map_err(refused)?;
        out.flush().map_err(|e| {
            let table = &schema.name;
            Error::io(format!("writing the Parquet file of table `{table}`"), e)
        })
    }
}
