//! Records one after another.

use super::framer::{Framer, State};
use crate::{
    chunk::{Chunk, Early},
    error::Error,
    json::{Checked, RECORD_SEPARATOR, Validator, is_blank, skip_blanks},
    options::ReadOptions,
};
use memchr::{memchr2_iter, memmem, memrchr2_iter};

/// What is known of an array of records behind records one after another.
enum NextArray {
    /// Its `[` is here.
    At(usize),
    /// None begins in these bytes.
    None,
    /// Only more bytes tell.
    More,
}

impl Framer {
    /// The next chunk of records one after another.
    pub(super) fn lines(&mut self, options: &ReadOptions) -> Result<Option<Chunk>, Error> {
        loop {
            match self.next_array(options) {
                NextArray::At(end) => {
                    self.state = State::Records;
                    self.finish_stretch(end);
                    return Ok(Some(self.chunk(end, self.framing_of_lines(), options)));
                }
                NextArray::More => {
                    self.stream.fill(options)?;
                    continue;
                }
                NextArray::None => {}
            }
            if self.stream.is_end {
                self.state = State::Done;
                let cut_off = self.stream.cut_off.take();
                let end = self.stream.bytes().len();
                if end == 0 && cut_off.is_none() {
                    return Ok(None);
                }
                self.finish_stretch(end);
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
                    self.finish_stretch(end);
                    return Ok(Some(self.chunk(end, self.framing_of_lines(), options)));
                }
                if let Some(end) = self.record_cut(options) {
                    return Ok(Some(self.chunk(end, self.framing_of_lines(), options)));
                }
                if self.is_too_long(options) {
                    if self.step.is_some() {
                        self.open_document(options)?;
                        return Ok(None);
                    }
                    return self.too_long(options).map(Some);
                }
            }
            self.stream.fill(options)?;
        }
    }

    /// Where the next array of records begins its line, if one does. No chunk goes past it.
    fn next_array(&mut self, options: &ReadOptions) -> NextArray {
        if options.records_path.is_some() {
            return NextArray::None;
        }
        let bytes = &self.stream.data[self.stream.start..];
        let is_all = self.stream.is_end;
        let from = self.searched.min(bytes.len()).saturating_sub(1);
        for newline in memmem::find_iter(&bytes[from..], b"\n[") {
            let at = from + newline + 1;
            if at < self.searched || !is_after_value(&bytes[..at]) {
                continue;
            }
            match begins_array(
                &bytes[at + 1..],
                is_all || bytes.len() - at > options.longest(),
            ) {
                Some(true) => return NextArray::At(at),
                None => return NextArray::More,
                Some(false) => {}
            }
        }
        self.searched = bytes.len();
        NextArray::None
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
    fn finish_stretch(&mut self, end: usize) {
        if self.is_in_stretch {
            let stretch = next_cut(&self.stream.bytes()[..end], self.scanned);
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

/// Whether the bytes behind a `[` are those of an array with a sound record, or of an empty one;
/// `None` when only more bytes tell. A line of other values is a record that is rejected.
fn begins_array(bytes: &[u8], is_all: bool) -> Option<bool> {
    let first = skip_blanks(bytes, 0);
    match bytes.get(first) {
        Some(b'{') => {}
        Some(byte) => return Some(*byte == b']'),
        None => return is_all.then_some(false),
    }
    let end = match Validator::default().feed(&bytes[first..]) {
        Checked::Done(length) => first + length,
        Checked::More => return is_all.then_some(false),
        Checked::Wrong(..) => return Some(false),
    };
    match bytes.get(skip_blanks(bytes, end)) {
        Some(byte) => Some(matches!(byte, b',' | b']')),
        None => is_all.then_some(false),
    }
}

/// Whether nothing before a line says that a value goes on in it.
fn is_after_value(before: &[u8]) -> bool {
    let last = before.iter().rfind(|byte| !is_blank(**byte));
    !matches!(last, Some(b',' | b'[' | b'{' | b':'))
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
