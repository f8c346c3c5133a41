//! Records one after another.

use super::framer::{Framer, State};
use crate::{
    chunk::{Chunk, Early},
    error::Error,
    json::{RECORD_SEPARATOR, is_blank, skip_blanks},
    options::ReadOptions,
};
use memchr::{memchr2_iter, memrchr2_iter};

impl Framer {
    /// The next chunk of records one after another.
    pub(super) fn lines(&mut self, options: &ReadOptions) -> Result<Option<Chunk>, Error> {
        loop {
            if self.stream.is_end {
                self.state = State::Done;
                let cut_off = self.stream.cut_off.take();
                let end = self.stream.bytes().len();
                if end == 0 && cut_off.is_none() {
                    return Ok(None);
                }
                self.finish_stretch();
                let mut chunk = self.chunk(end, self.framing_of_lines(), options);
                chunk.ends_early = cut_off.map(|cut_off| Early {
                    note: cut_off.message.clone(),
                    message: cut_off.message,
                    open: cut_off.at,
                });
                return Ok(Some(chunk));
            }
            let length = self.stream.bytes().len();
            if length >= options.chunk_bytes {
                if let Some(end) = last_cut(self.stream.bytes()) {
                    self.finish_stretch();
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

    /// Where the last record in the bytes read begins, if others are before it. The bytes have no
    /// place that [`cut_at`] finds.
    fn record_cut(&mut self, options: &ReadOptions) -> Option<usize> {
        self.is_in_stretch = true;
        loop {
            let bytes = &self.stream.data[self.stream.start..];
            if !self.is_in_record {
                let at = skip_blanks(bytes, self.scanned);
                if at == bytes.len() {
                    break;
                }
                // Not before it: what is before a line tells where a stretch begins.
                if self.scanned > 0 {
                    self.cut = at;
                }
                self.splitter.begin(bytes, at, self.stream.at.lead);
                self.is_in_record = true;
            }
            match (self.splitter).end_within(bytes, options.longest(), false) {
                Some(end) => {
                    self.note_end(end);
                    self.scanned = end;
                    self.is_in_record = false;
                }
                None => break,
            }
        }
        (self.cut > 0).then_some(self.cut)
    }

    /// Goes on to the end of the stretch, if a chunk ended in it: whoever parses the next chunk
    /// has not seen its beginning.
    fn finish_stretch(&mut self) {
        if self.is_in_stretch {
            let stretch = next_cut(self.stream.bytes(), self.scanned);
            loop {
                let bytes = &self.stream.data[self.stream.start..][..stretch];
                if !self.is_in_record {
                    let at = skip_blanks(bytes, self.scanned);
                    if at == stretch {
                        break;
                    }
                    self.splitter.begin(bytes, at, self.stream.at.lead);
                }
                let end = self.splitter.end(bytes, true).unwrap_or(stretch);
                self.note_end(end);
                self.scanned = end;
                self.is_in_record = false;
            }
        }
        (self.is_in_stretch, self.is_in_record) = (false, false);
        (self.scanned, self.cut) = (0, 0);
        self.splitter.restart();
    }
}

/// Offset behind the last line end or record separator that is between two values for certain.
fn last_cut(bytes: &[u8]) -> Option<usize> {
    memrchr2_iter(b'\n', RECORD_SEPARATOR, bytes).find_map(|at| cut_at(bytes, at))
}

/// Offset behind the first such byte from this place on, or the end of the bytes. Between two
/// of them is a stretch, and where the records in it end is told by its bytes alone, broken or not.
pub(crate) fn next_cut(bytes: &[u8], from: usize) -> usize {
    let ends = memchr2_iter(b'\n', RECORD_SEPARATOR, &bytes[from..]);
    let mut cuts = ends.filter_map(|end| cut_at(bytes, from + end));
    cuts.next().unwrap_or(bytes.len())
}

/// Offset behind this record separator if a `{` follows, for there is none inside a value. Offset
/// behind this line end, if a `{` begins the next line and what is before it, white space
/// aside, is not what a `{` inside a value follows. In valid JSON that is so only between two
/// values. In broken JSON, a `{` at the beginning of a line is where the next record most likely
/// begins.
pub(super) fn cut_at(bytes: &[u8], end: usize) -> Option<usize> {
    if bytes.get(end + 1) != Some(&b'{') {
        return None;
    }
    if bytes[end] == RECORD_SEPARATOR {
        return Some(end + 1);
    }
    let before = (bytes[..end].iter()).rposition(|byte| !is_blank(*byte))?;
    (!matches!(bytes[before], b',' | b'[' | b':')).then_some(end + 1)
}
