//! Batches to stripes.
//!
//! The library's writer cannot move between threads, so each file has a thread
//! of its own that owns it. Calls wait for their answer. A panic of the library
//! ends the thread and comes back as an error.

use crate::{Compression, Options, STRIPE_BYTES, stored_type};
use arrow::{
    array::{Array, ArrayRef, RecordBatch},
    datatypes::{Field, Schema, SchemaRef},
};
use orc_rust::{ArrowWriter, ArrowWriterBuilder, compression::CompressionType, error::OrcError};
use std::{
    io::{self, BufWriter, Write},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};
use transmog_model::{ByteSink, Error, Result, TableSchema, TableWriter, text_array};

enum Command {
    Write(RecordBatch),
    EndStripe,
    Finish,
}

pub(crate) struct Writer {
    commands: SyncSender<Command>,
    /// Bytes in memory after each command.
    answers: Receiver<Result<usize>>,
    thread: JoinHandle<Result<()>>,
    schema: SchemaRef,
    buffered: usize,
    table: String,
}

impl Writer {
    pub(crate) fn create(options: &Options, schema: &TableSchema, out: ByteSink) -> Result<Self> {
        options.validate()?;
        let table = schema.name.clone();
        let stored = stored_schema(schema);
        let (commands, inbox) = sync_channel(0);
        let (outbox, answers) = sync_channel(1);
        let job = Job {
            table: table.clone(),
            schema: Arc::clone(&stored),
            options: options.clone(),
        };
        let thread = thread::Builder::new()
            .name("transmog-orc".to_owned())
            .spawn(move || job.run(out, &inbox, &outbox))
            .map_err(|e| Error::io(format!("starting the ORC writer of table `{table}`"), e))?;
        let mut writer = Self {
            commands,
            answers,
            thread,
            schema: stored,
            buffered: 0,
            table,
        };
        writer.await_answer()?;
        Ok(writer)
    }

    fn call(&mut self, command: Command) -> Result<()> {
        self.commands
            .send(command)
            .map_err(|_| ended(&self.table))?;
        self.await_answer()
    }

    fn await_answer(&mut self) -> Result<()> {
        let answer = self.answers.recv().map_err(|_| ended(&self.table))?;
        self.buffered = answer?;
        Ok(())
    }
}

/// The error of calls to a writer whose library panicked or that failed before.
#[cold]
fn ended(table: &str) -> Error {
    Error::format("orc", format!("the writer of table `{table}` has failed"))
}

/// The schema of what the library gets.
fn stored_schema(schema: &TableSchema) -> SchemaRef {
    let arrow = schema.arrow_schema();
    let field = |(field, column): (&Arc<Field>, &transmog_model::Column)| {
        let stored = stored_type(column.column_type).arrow_type();
        field.as_ref().clone().with_data_type(stored)
    };
    let fields = arrow.fields().iter().zip(&schema.columns).map(field);
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

impl TableWriter for Writer {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let stored = |(array, field): (&ArrayRef, &Arc<Field>)| {
            if array.data_type() == field.data_type() {
                Arc::clone(array)
            } else {
                Arc::new(text_array(array)) as ArrayRef
            }
        };
        let columns = batch.columns().iter().zip(self.schema.fields()).map(stored);
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns.collect())
            .map_err(|e| Error::format("orc", e))?;
        self.call(Command::Write(batch))
    }

    fn end_row_group(&mut self) -> Result<()> {
        self.call(Command::EndStripe)
    }

    fn buffered_bytes(&self) -> usize {
        self.buffered
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let Self {
            commands,
            thread,
            table,
            ..
        } = *self;
        commands.send(Command::Finish).map_err(|_| ended(&table))?;
        thread.join().map_err(|_| ended(&table))?
    }
}

/// What the thread of a file does.
struct Job {
    table: String,
    schema: SchemaRef,
    options: Options,
}

impl Job {
    fn run(
        self,
        out: ByteSink,
        inbox: &Receiver<Command>,
        outbox: &SyncSender<Result<usize>>,
    ) -> Result<()> {
        let mut out = BufWriter::new(out);
        let mut stripes = match self.start(&mut out) {
            Ok(stripes) => stripes,
            Err(e) => {
                // The caller takes the error from here, so nobody joins.
                let _ = outbox.send(Err(e));
                return Err(ended(&self.table));
            }
        };
        let mut answer = Ok(0);
        loop {
            let failed = answer.is_err();
            // A caller that is gone has given the file up.
            if outbox.send(answer).is_err() || failed {
                return Err(ended(&self.table));
            }
            let done = match inbox.recv() {
                Ok(Command::Write(batch)) => stripes.write(&batch),
                Ok(Command::EndStripe) => stripes.end(),
                Ok(Command::Finish) => break,
                Err(_) => return Err(ended(&self.table)),
            };
            answer = done.map(|()| stripes.bytes).map_err(|e| self.refused(e));
        }
        stripes.writer.close().map_err(|e| self.refused(e))?;
        out.flush().map_err(|e| self.io(e))
    }

    fn start<'a>(&self, out: &'a mut BufWriter<ByteSink>) -> Result<Stripes<'a>> {
        let compression = match self.options.compression() {
            Compression::Zstd => Some(CompressionType::Zstd),
            Compression::Snappy => Some(CompressionType::Snappy),
            Compression::Zlib => Some(CompressionType::Zlib),
            Compression::Lz4 => Some(CompressionType::Lz4),
            Compression::None => None,
        };
        let mut builder = ArrowWriterBuilder::new(out, Arc::clone(&self.schema))
            .with_stripe_byte_size(usize::MAX);
        if let Some(compression) = compression {
            builder = builder.with_compression(compression);
        }
        Ok(Stripes {
            writer: builder.try_build().map_err(|e| self.refused(e))?,
            max_rows: self.options.batch_size(),
            rows: 0,
            bytes: 0,
        })
    }

    #[cold]
    fn io(&self, source: io::Error) -> Error {
        let table = &self.table;
        Error::io(format!("writing the ORC file of table `{table}`"), source)
    }

    #[cold]
    fn refused(&self, source: OrcError) -> Error {
        match source {
            OrcError::IoError { source, .. } => self.io(source),
            other => Error::format("orc", other),
        }
    }
}

/// Rows encoded at a time, between which a stripe can end by its bytes.
const STEP: usize = 1024;

/// The library's writer and the stripe in progress.
///
/// The library tells neither rows nor bytes of the stripe, so both are counted
/// here and stripes end by hand.
struct Stripes<'a> {
    writer: ArrowWriter<&'a mut BufWriter<ByteSink>>,
    max_rows: usize,
    rows: usize,
    bytes: usize,
}

impl Stripes<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OrcError> {
        let mut start = 0;
        while start < batch.num_rows() {
            let rows = STEP
                .min(self.max_rows - self.rows)
                .min(batch.num_rows() - start);
            let step = batch.slice(start, rows);
            self.writer.write(&step)?;
            self.rows += rows;
            self.bytes += size(&step);
            start += rows;
            if self.rows >= self.max_rows || self.bytes >= STRIPE_BYTES {
                self.end()?;
            }
        }
        Ok(())
    }

    /// Ends the stripe. One without rows is no stripe.
    fn end(&mut self) -> Result<(), OrcError> {
        if self.rows > 0 {
            self.writer.flush_stripe()?;
            self.rows = 0;
            self.bytes = 0;
        }
        Ok(())
    }
}

/// Bytes the rows take, about.
fn size(batch: &RecordBatch) -> usize {
    let size = |array: &ArrayRef| {
        let data = array.to_data();
        data.get_slice_memory_size()
            .unwrap_or_else(|_| array.get_array_memory_size())
    };
    batch.columns().iter().map(size).sum()
}
