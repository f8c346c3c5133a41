//! Records that are longer than allowed.

use super::framer::{Framer, LOOK_BACK, State};
use crate::{
    chunk::{Chunk, Refusal},
    error::Error,
    options::ReadOptions,
    split::Form,
};

impl Framer {
    /// Whether the record at hand is longer than allowed. White space is consumed.
    pub(super) fn is_too_long(&mut self, options: &ReadOptions) -> bool {
        let bytes = &self.stream.data[self.stream.start..];
        if !self.is_in_record {
            if bytes.len() > options.longest() {
                self.consume(self.stream.bytes().len());
            }
            return false;
        }
        if self.splitter.length(bytes) <= options.longest() {
            return false;
        }
        // At most white space and a comma are before it.
        let start = bytes.len() - self.splitter.length(bytes);
        self.consume(start);
        // The beginning is kept, since the sink may have more to say of it than that it is too
        // long.
        self.stream
            .hold_up_to(options.longest().max(options.max_raw_bytes));
        true
    }

    /// Consumes the rest of a record that is too long.
    pub(super) fn too_long(&mut self, options: &ReadOptions) -> Result<Chunk, Error> {
        loop {
            let bytes = &self.stream.data[self.stream.start..];
            // The first error ends the run, so the end of the record does not matter.
            if !options.resume {
                self.consume(bytes.len());
                break;
            }
            if let Some(end) = self.splitter.end(bytes, self.stream.is_end) {
                self.consume(end);
                break;
            }
            self.consume(self.stream.bytes().len().saturating_sub(LOOK_BACK));
            self.stream.fill(options)?;
        }
        self.is_in_record = false;
        self.is_separated = false;
        self.is_after_comma = false;
        self.state = match self.splitter.form() {
            Form::Lines { .. } | Form::Documents => State::Lines,
            Form::Elements(_) => State::Array {
                is_separated: false,
            },
        };
        Ok(self.refuse_long_record(options))
    }

    /// The chunk that rejects the held bytes, which are a record that is too long.
    pub(super) fn refuse_long_record(&mut self, options: &ReadOptions) -> Chunk {
        let held = self.stream.take_held();
        let refusal = Refusal {
            message: options.too_long(),
            byte: held.from.byte,
            line: held.from.line,
            column: held.from.column,
            length: 0,
            is_record: true,
        };
        self.refused(held, refusal, options)
    }
}
