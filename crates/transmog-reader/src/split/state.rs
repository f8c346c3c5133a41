//! The evidence about the record at hand, and what is kept from one record to the next.

use super::sound::Sound;
use crate::{ending::Ending, json::skip_blanks, lead::Lead};

/// Records of one kind are recognised by their first bytes, up to the end of the first key: at
/// most this many.
pub(crate) const MAX_HEAD: usize = 100;

/// Bytes of a record whose end is noted when it is found, so that the record need not be gone through
/// twice.
const LONG: usize = 64 << 10;

/// Whether the record between these places is one of those.
pub(crate) fn is_long(start: usize, end: usize) -> bool {
    end - start >= LONG
}

/// How records are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One after another: one a line, or beside each other on a line (`are_beside`).
    Lines { are_beside: bool },
    /// Documents with records in them, one a line. What is behind one in its line belongs to it.
    Documents,
    /// In an array, and how to tell its `]`.
    Elements(Ending),
}

/// Finds the ends of records, one record after another. When it needs more bytes it stops, and
/// continues there.
#[derive(Debug)]
pub(crate) struct Splitter {
    pub(super) form: Form,
    /// The longest record. In a longer one, a line that begins as it did is the next record.
    pub(super) most: usize,
    /// Where the record begins, and how far it was scanned.
    pub(super) start: usize,
    pub(super) at: usize,
    /// The indentation of the line that the record begins; `None` in the middle of a line.
    pub(super) lead: Option<usize>,
    /// The indentation of the first element that begins its line.
    pub(crate) indent: Option<usize>,
    /// Whether no record before that one was broken.
    pub(super) is_indent_sure: bool,
    /// The open brackets, and how many of them are `[`.
    pub(super) open: Vec<u8>,
    pub(super) arrays: usize,
    /// The first quote of the string at hand.
    pub(super) string: Option<usize>,
    /// Quotes before this place do not begin a string: one of them turned out not to.
    pub(super) plain_until: usize,
    /// Whether the record is certainly broken, and whether an earlier one was.
    pub(super) is_broken: bool,
    pub(super) has_broken: bool,
    /// The first line in the record that begins as the record did.
    pub(super) first: Option<usize>,
    /// For each open array in the record: the first `{` that begins as the record did, and the
    /// number of brackets open around it. None are added once an array began so.
    pub(super) alike: Vec<(usize, usize)>,
    pub(super) has_alike: bool,
    /// Every `{` that begins as the record did or begins a line, and the number of brackets open
    /// around it; those of closed brackets are gone.
    pub(super) inner: Vec<(usize, usize)>,
    /// The beginnings of records known to be broken, since they were in `inner` when the last one
    /// was found to be, and whether nothing closed that one.
    pub(super) broken: Vec<usize>,
    pub(super) is_broken_to_end: bool,
    /// The same of `alike`, where nothing closed the array.
    pub(super) known_alike: Vec<usize>,
    /// Whether nothing closes the record, and whether that is known beforehand.
    pub(super) is_unclosed: bool,
    pub(super) is_known_unclosed: bool,
    /// Whether it is known beforehand that the record is broken.
    pub(super) is_known: bool,
    /// The comma behind the record, when what follows it may not be another record.
    pub(super) comma: Option<usize>,
    /// How far the end of the first line was looked for; `None` once that is settled.
    pub(super) first_line: Option<usize>,
    /// Whether the first bytes of the record are no longer there.
    pub(super) is_cut: bool,
    /// The short way through the record, as long as it is sound; and whether it is not tried again.
    pub(super) sound: Option<Sound>,
    pub(super) is_often_doubtful: bool,
    /// Whether there was a record, and how many elements after a sound one began their lines, and
    /// did not.
    is_begun: bool,
    pub(super) line_count: u64,
    pub(super) beside_count: u64,
    /// Bytes of a range that are not a part of a record.
    pub(super) tail: (usize, usize),
}

/// How the search continues.
pub(super) enum Step {
    /// At the next byte that means something.
    On,
    /// The record ends at this offset.
    Ended(usize),
    /// Only more bytes tell.
    More,
}

impl Splitter {
    /// A splitter before the first record.
    pub(crate) fn new(form: Form, most: usize) -> Self {
        Self {
            form,
            most,
            start: 0,
            at: 0,
            lead: None,
            indent: None,
            is_indent_sure: false,
            open: Vec::new(),
            arrays: 0,
            string: None,
            plain_until: 0,
            is_broken: false,
            has_broken: false,
            first: None,
            alike: Vec::new(),
            has_alike: false,
            inner: Vec::new(),
            broken: Vec::new(),
            is_broken_to_end: false,
            known_alike: Vec::new(),
            is_unclosed: false,
            is_known_unclosed: false,
            is_known: false,
            comma: None,
            first_line: None,
            is_cut: false,
            sound: None,
            is_often_doubtful: false,
            is_begun: false,
            line_count: 0,
            beside_count: 0,
            tail: (0, 0),
        }
    }

    /// Begins with the record at `start`, which is not white space. `line` is what is before the
    /// bytes in their first line.
    pub(crate) fn begin(&mut self, data: &[u8], start: usize, line: Lead) {
        self.start = start;
        self.at = start;
        self.has_broken |= self.is_broken;
        let was_known = self.indent.is_some();
        let indent = line.at(data, start).indent();
        self.lead = match self.form {
            Form::Lines { are_beside: true } => None,
            Form::Lines { .. } | Form::Documents => indent,
            Form::Elements(_) => {
                if self.is_begun && !self.is_broken {
                    match indent {
                        Some(_) => self.line_count += 1,
                        None => self.beside_count += 1,
                    }
                }
                // An element that lost some of its indentation has that of the others.
                let indent = indent.map(|indent| indent.max(*self.indent.get_or_insert(indent)));
                // Where most elements are beside others, one that begins its line is, too.
                indent.filter(|_| self.beside_count <= self.line_count)
            }
        };
        self.is_begun = true;
        self.open.clear();
        self.arrays = 0;
        self.string = None;
        self.plain_until = 0;
        if !was_known {
            self.is_indent_sure = self.indent.is_some() && !self.has_broken;
        }
        self.is_broken = self.broken.binary_search(&start).is_ok();
        self.is_known = self.is_broken;
        self.is_unclosed = false;
        self.is_known_unclosed = self.is_broken && self.is_broken_to_end;
        self.comma = None;
        self.first = None;
        self.alike.clear();
        self.has_alike = false;
        self.inner.clear();
        self.first_line = Some(start);
        self.is_cut = false;
        let may_be_sound = data[start] == b'{' && !self.is_known && !self.is_often_doubtful;
        self.sound = may_be_sound.then(|| Sound::new(start));
    }

    /// The same splitter before the first record.
    pub(crate) fn restart(&mut self) {
        *self = Self {
            indent: self.indent,
            ..Self::new(self.form, self.most)
        };
    }

    /// How records are arranged.
    #[inline]
    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// Bytes from the beginning of the record on.
    #[inline]
    pub(crate) fn length(&self, data: &[u8]) -> usize {
        data.len() - self.start
    }

    /// Where the record at hand begins, if its bytes alone may not tell that it ends at `end`: it is
    /// broken, or an element that is too long or has no other object right behind its bracket.
    pub(crate) fn doubtful_start(&self, data: &[u8], end: usize) -> Option<usize> {
        let is_sound = !self.is_broken && !self.is_unclosed && self.begins_with(data) == b'{';
        let is_closed = || end - self.start <= self.most && data[..end].ends_with(b"}");
        let next = skip_blanks(data, end);
        let is_separated = match data.get(next) {
            Some(b',') => data.get(skip_blanks(data, next + 1)) == Some(&b'{'),
            byte => byte == Some(&b']') || self.is_lines(),
        };
        let is_certain = is_sound && is_separated && (self.is_lines() || is_closed());
        (!is_certain).then_some(self.start)
    }

    /// Where the record at hand begins, if it ends at `end` and is long.
    pub(crate) fn long_start(&self, end: usize) -> Option<usize> {
        is_long(self.start, end).then_some(self.start)
    }

    /// Adjusts places when `count` bytes before all others are gone.
    pub(crate) fn forget(&mut self, count: usize) {
        self.is_cut |= count > self.start;
        let back = |place: &mut usize| *place = place.saturating_sub(count);
        let places = [&mut self.start, &mut self.at, &mut self.plain_until];
        places.into_iter().for_each(back);
        [&mut self.tail.0, &mut self.tail.1]
            .into_iter()
            .for_each(back);
        self.first.as_mut().map(back);
        self.string.as_mut().map(back);
        if let Some(sound) = &mut self.sound {
            sound.forget(back);
        }
        self.first_line.as_mut().map(back);
        self.comma.as_mut().map(back);
        let pairs = self.inner.iter_mut().chain(&mut self.alike);
        pairs.for_each(|pair| back(&mut pair.0));
        self.known_alike.retain(|place| *place >= count);
        self.known_alike.iter_mut().for_each(back);
        self.broken.retain(|place| *place >= count);
        self.broken.iter_mut().for_each(back);
    }

    #[inline]
    pub(super) fn is_lines(&self) -> bool {
        matches!(self.form, Form::Lines { .. } | Form::Documents)
    }

    /// The first byte of the record.
    #[inline]
    pub(super) fn begins_with(&self, data: &[u8]) -> u8 {
        match self.is_cut {
            true => b'{',
            false => data[self.start],
        }
    }

    /// Whether something is before an object on its line.
    #[inline]
    pub(super) fn is_prefixed(&self, data: &[u8]) -> bool {
        self.lead.is_some() && self.begins_with(data) != b'{'
    }

    /// Whether the record is too long by now.
    #[inline]
    pub(super) fn is_beyond(&self) -> bool {
        self.is_cut || self.at - self.start > self.most
    }

    #[inline]
    pub(super) fn first_alike(&self) -> Option<usize> {
        self.alike.first().map(|alike| alike.0)
    }
}
