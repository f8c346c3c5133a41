//! The state of the source being cut.

use crate::{
    buffers::Buffers,
    chunk::{Chunk, Framing, Refusal, Remarks},
    encoding::Encoding,
    error::Error,
    json::Validator,
    opening::Opening,
    options::ReadOptions,
    seek::Open,
    source::Source,
    split::{Form, Splitter},
    stream::{Held, Mark, Stream},
};
use std::{
    collections::VecDeque,
    sync::{Arc, atomic::AtomicU64},
};

/// Bytes of a record that are kept when the rest of it is dropped: what is before the current
/// byte may still be needed.
pub(super) const LOOK_BACK: usize = 1 << 12;

/// What the next bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The first bytes of the source.
    Start,
    /// Records, in an array or one after another.
    Records,
    /// A document with records where the path leads.
    Document,
    /// The one record of a document.
    Record,
    /// Members of an object; `is_first` says that its `{` is before them.
    Members {
        is_first: bool,
    },
    /// An element to go into.
    Element,
    Lines,
    /// Elements of an array; `is_separated` says that a comma or the `[` is before them.
    Array {
        is_separated: bool,
    },
    /// Behind the array of records.
    After,
    Done,
}

/// Cuts one source into chunks.
pub(super) struct Framer {
    pub(super) stream: Stream,
    /// The name of the source.
    source: Arc<str>,
    pub(super) state: State,
    pub(super) splitter: Splitter,
    /// Whether the splitter is in a record.
    pub(super) is_in_record: bool,
    /// How far the bytes that are not consumed were scanned.
    pub(super) scanned: usize,
    /// Whether a comma or the `[` is before that place, and whether it is a comma.
    pub(super) is_separated: bool,
    pub(super) is_after_comma: bool,
    /// Where records begin and end in these bytes whose own bytes may not tell their end.
    pub(super) known_ends: VecDeque<(usize, usize)>,
    /// How far the next element was checked, an array in which the path goes on.
    pub(super) array: Option<(Validator, usize)>,
    /// Whether it is too long to be held.
    pub(super) is_long_array: bool,
    /// How far the next array was searched in them.
    pub(super) searched: usize,
    /// Whether a chunk of records one after another may have ended in the stretch at hand.
    pub(super) is_in_stretch: bool,
    /// The last place in these bytes where a chunk may end, and whether a comma or the `[` is
    /// before it.
    pub(super) cut: usize,
    pub(super) is_cut_separated: bool,
    /// The containers around the records at hand, from the outside in.
    pub(super) envelope: Vec<Open>,
    /// Where the document at hand begins, and its first byte.
    pub(super) top: (Mark, u8),
    /// The step of the path that is next in the elements, members or documents at hand; `None` where
    /// they are the records.
    pub(super) step: Option<usize>,
    /// The key of the member that the records at hand are in.
    pub(super) key: Option<Arc<str>>,
    /// Whether there was a document, and how they stand one after another, if that is known.
    pub(super) is_begun: bool,
    pub(super) documents: Option<Form>,
    /// The place of the `[` of the array.
    pub(super) bracket: Mark,
    /// How documents begin, if the one at hand begins its line.
    pub(super) opening: Option<Opening>,
    /// Whether an earlier document was on one line.
    pub(super) is_line_each: bool,
    /// What the text looks like, if not like JSON, until the first chunk has it.
    pub(super) resemblance: Option<&'static str>,
    /// Bytes that were read again since they belonged to the next document.
    pub(super) gone_back: u64,
}

impl Framer {
    pub(super) fn open(
        source: Source,
        read: Arc<AtomicU64>,
        buffers: &Buffers,
        options: &ReadOptions,
    ) -> Result<Self, Error> {
        Ok(Self {
            source: Arc::clone(&source.name),
            stream: Stream::open(source, read, buffers, options)?,
            state: match options.part {
                Some(_) => State::Document,
                None => State::Start,
            },
            splitter: Splitter::new(
                Form::Lines { are_beside: false },
                options.longest_record().bytes,
            ),
            is_in_record: false,
            scanned: 0,
            known_ends: VecDeque::new(),
            array: None,
            is_long_array: false,
            searched: 0,
            is_in_stretch: false,
            cut: 0,
            is_cut_separated: false,
            is_separated: false,
            is_after_comma: false,
            envelope: Vec::new(),
            top: (Mark::START, b'{'),
            step: None,
            key: None,
            is_begun: false,
            documents: None,
            bracket: Mark::START,
            opening: None,
            is_line_each: false,
            resemblance: None,
            gone_back: 0,
        })
    }

    /// Advances by `count` bytes.
    pub(super) fn consume(&mut self, count: usize) {
        self.stream.consume(count);
        self.forget(count);
    }

    /// Adjusts places when `count` bytes before them are consumed.
    fn forget(&mut self, count: usize) {
        self.scanned = self.scanned.saturating_sub(count);
        self.cut = self.cut.saturating_sub(count);
        self.searched = self.searched.saturating_sub(count);
        self.splitter.forget(count);
        self.take_known_ends(count);
        for (start, end) in &mut self.known_ends {
            *start = start.saturating_sub(count);
            *end -= count;
        }
    }

    /// Takes the noted records that end in the first `count` bytes.
    fn take_known_ends(&mut self, count: usize) -> Vec<(usize, usize)> {
        let ended = self.known_ends.iter().take_while(|(_, end)| *end <= count);
        let ended = ended.count();
        self.known_ends.drain(..ended).collect()
    }

    /// Remembers where the record at hand ends, unless whoever parses it sees that, too: how a
    /// broken record ends may be told by bytes far behind it, which its chunk need not have, and a
    /// long one need not be gone through again.
    pub(super) fn note_end(&mut self, end: usize) {
        let bytes = &self.stream.data[self.stream.start..];
        let start = self.splitter.doubtful_start(bytes, end);
        if let Some(start) = start.or_else(|| self.splitter.long_start(end)) {
            self.known_ends.push_back((start, end));
        }
    }

    /// Begins to look for records in this form.
    pub(super) fn begin_records(&mut self, form: Form, options: &ReadOptions) {
        self.splitter = Splitter::new(form, options.longest_record().bytes);
        self.is_in_record = false;
        self.scanned = 0;
        self.known_ends.clear();
        self.is_in_stretch = false;
        self.searched = 0;
        self.cut = 0;
    }

    /// A chunk of the bytes up to `end`.
    pub(super) fn chunk(&mut self, end: usize, framing: Framing, options: &ReadOptions) -> Chunk {
        let from = self.stream.at;
        let known_ends = self.take_known_ends(end);
        let data = self.stream.take(end);
        self.forget(end);
        let mut chunk = self.chunk_of(from, data, framing, options);
        chunk.known_ends = known_ends;
        chunk
    }

    /// The chunk of bytes that are rejected as a whole.
    pub(super) fn refused(&self, held: Held, mut refusal: Refusal, options: &ReadOptions) -> Chunk {
        let data = held.raw;
        refusal.length = held.length;
        let framing = Framing::Refused(Box::new(refusal));
        self.chunk_of(held.from, data, framing, options)
    }

    fn chunk_of(
        &self,
        from: Mark,
        data: Vec<u8>,
        framing: Framing,
        options: &ReadOptions,
    ) -> Chunk {
        Chunk {
            file: Arc::clone(&self.stream.name),
            source: Arc::clone(&self.source),
            byte: from.byte,
            line: from.line,
            column: from.column,
            lead: from.lead,
            data,
            framing,
            step: self.step,
            key: self.key.clone(),
            known_ends: Vec::new(),
            ends_early: None,
            remarks: Remarks {
                resemblance: None,
                encoding: self.stream.encoding().map(Encoding::name),
                comments: Vec::new(),
                trailing: 0,
            },
            buffers: self.stream.buffers.clone(),
            options: options.clone(),
            bytes_read: 0,
        }
    }

    /// The chunk with what is left to say of the source at its end, if there is anything.
    pub(super) fn last_remarks(&mut self, options: &ReadOptions) -> Option<Chunk> {
        let comments = self.stream.comments_before(u64::MAX, u64::MAX);
        let trailing = self.stream.trailing();
        if comments.is_empty() && trailing == 0 {
            return None;
        }
        let framing = Framing::Lines { are_beside: false };
        let mut chunk = self.chunk_of(self.stream.at, Vec::new(), framing, options);
        chunk.remarks.comments = comments;
        chunk.remarks.trailing = trailing;
        Some(chunk)
    }

    /// Gives the chunk what there is to say of its bytes.
    pub(super) fn remark(&mut self, chunk: &mut Chunk) {
        let end = chunk.byte + chunk.length();
        chunk.remarks.comments = self.stream.comments_before(end, chunk.byte);
        chunk.remarks.resemblance = self.resemblance.take();
    }

    pub(super) fn framing_of_elements(&self, is_separated: bool, is_last: bool) -> Framing {
        Framing::Elements {
            is_separated,
            is_last,
            indent: self.splitter.indent,
        }
    }

    pub(super) fn framing_of_lines(&self) -> Framing {
        let are_beside = self.splitter.form() == Form::Lines { are_beside: true };
        Framing::Lines { are_beside }
    }
}
