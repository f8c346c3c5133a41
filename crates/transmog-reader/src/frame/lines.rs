//! Records one after another.

use super::framer::{DATA_CUT_OFF, Framer, State};
use crate::{
    chunk::{Chunk, Early},
    error::Error,
    json::{is_blank, skip_blanks},
    options::ReadOptions,
};
use memchr::memrchr_iter;

impl Framer {
    /// The next chunk of records one after another.
    pub(super) fn lines(&mut self, options: &ReadOptions) -> Result<Option<Chunk>, Error> {
        loop {
            if self.stream.is_end {
                self.state = State::Done;
                let is_cut_off = std::mem::take(&mut self.stream.is_cut_off);
                let end = self.stream.bytes().len();
                if end == 0 && !is_cut_off {
                    return Ok(None);
                }
                let mut chunk = self.chunk(end, self.framing_of_lines(), options);
                chunk.ends_early = is_cut_off.then_some(Early {
                    message: DATA_CUT_OFF,
                    note: DATA_CUT_OFF,
                    bracket: None,
                });
                return Ok(Some(chunk));
            }
            let length = self.stream.bytes().len();
            if length >= options.chunk_bytes {
                if let Some(end) = line_cut(self.stream.bytes()) {
                    self.is_in_record = false;
                    (self.cut, self.scanned) = (0, 0);
                    return Ok(Some(self.chunk(end, self.framing_of_lines(), options)));
                }
                if let Some(end) = self.record_cut(options) {
                    return Ok(Some(self.chunk(end, self.framing_of_lines(), options)));
                }
                if self.is_too_long(options) {
                    return self.too_long(options).map(Some);
                }
            }
            self.stream.fill(options)?;
        }
    }

    /// The last place between two records in the bytes read.
    fn record_cut(&mut self, options: &ReadOptions) -> Option<usize> {
        let bytes = &self.stream.data[self.stream.start..];
        loop {
            if !self.is_in_record {
                let at = skip_blanks(bytes, self.cut.max(self.scanned));
                if at == bytes.len() {
                    break;
                }
                self.splitter.begin(bytes, at, self.stream.at.lead);
                self.is_in_record = true;
            }
            match (self.splitter).end_within(bytes, options.longest(), false) {
                Some(end) => {
                    self.scanned = end;
                    self.is_in_record = false;
                    if end >= self.splitter.seen_to || end > options.longest() {
                        self.cut = end;
                    }
                }
                None => break,
            }
        }
        (self.cut > 0).then_some(self.cut)
    }
}

/// Offset behind the last line end between two values.
fn line_cut(buffer: &[u8]) -> Option<usize> {
    memrchr_iter(b'\n', buffer).find_map(|newline| cut_at(buffer, newline))
}

/// Offset behind this line end, if a `{` begins the next line and what is before it, white space
/// aside, is not what a `{` inside a value follows. In valid JSON that is so only between two
/// values. In broken JSON, a `{` at the beginning of a line is where the next record most likely
/// begins.
pub(super) fn cut_at(bytes: &[u8], newline: usize) -> Option<usize> {
    if bytes.get(newline + 1) != Some(&b'{') {
        return None;
    }
    let before = (bytes[..newline].iter()).rposition(|byte| !is_blank(*byte))?;
    (!matches!(bytes[before], b',' | b'[' | b':')).then_some(newline + 1)
}
