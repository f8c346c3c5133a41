//! What is known of the record in progress, and what is kept from one record to the next.

use crate::{ending::Ending, lead::Lead};

/// Bytes of the first key by which a record of the same kind is known.
pub(crate) const MAX_HEAD: usize = 100;

/// How records stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One after another, a line each as a rule, or beside each other on one line.
    Lines { are_beside: bool },
    /// In an array, which ends with a `]` that such rule takes for its end.
    Elements(Ending),
}

/// Finds the end of one record after another. It goes on where it stopped when
/// more bytes have come.
#[derive(Debug)]
pub(crate) struct Splitter {
    pub(super) form: Form,
    /// Longest record: in a longer one, a line that begins as it did is the next.
    pub(super) most: usize,
    pub(super) start: usize,
    pub(super) at: usize,
    /// How far the line is indented that the record begins; none when it stands in a line.
    pub(super) lead: Option<usize>,
    /// The same of the first element that begins its line.
    pub(crate) indent: Option<usize>,
    /// Whether no record before it was broken.
    pub(super) is_indent_sure: bool,
    /// Brackets open, and how many of them are `[`.
    pub(super) open: Vec<u8>,
    pub(super) arrays: usize,
    /// The quote of the string in progress.
    pub(super) string: Option<usize>,
    /// Quotes before it begin no string.
    pub(super) plain_until: usize,
    /// Whether it is certain that the record is no JSON, and whether that was so of one before.
    pub(super) is_broken: bool,
    pub(super) has_broken: bool,
    /// The first line in the record that begins as the record did.
    pub(super) first: Option<usize>,
    /// In each array open in the record, the first `{` that begins as the record did,
    /// with the brackets open around it; none where an array began so, too.
    pub(super) alike: Vec<(usize, usize)>,
    pub(super) has_alike: bool,
    /// All of these that are open, with the brackets open around each.
    pub(super) inner: Vec<(usize, usize)>,
    /// Records known to be broken: those open when the last one was found to be,
    /// and whether nothing closed that one.
    pub(super) broken: Vec<usize>,
    pub(super) is_broken_to_end: bool,
    /// Of the same, what begins as they did in an array that nothing closed.
    pub(super) known_alike: Vec<usize>,
    /// Whether nothing closes the record, and whether that is known beforehand.
    pub(super) is_unclosed: bool,
    pub(super) is_known_unclosed: bool,
    /// Whether it is known beforehand that the record is broken.
    pub(super) is_known: bool,
    /// The comma after the record, when what follows it is not known to be another one.
    pub(super) comma: Option<usize>,
    /// How far the end of the first line was looked for; none when it is settled.
    pub(super) first_line: Option<usize>,
    /// Whether the beginning of the record is gone.
    pub(super) is_cut: bool,
}

/// How the search goes on.
pub(super) enum Step {
    On,
    Ended(usize),
    /// It takes more bytes to tell.
    More,
}

impl Splitter {
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
        }
    }

    /// Goes to the record at `start`, which is not blank; `line` is what stands
    /// before the bytes in their first line.
    pub(crate) fn begin(&mut self, data: &[u8], start: usize, line: Lead) {
        self.start = start;
        self.at = start;
        self.has_broken |= self.is_broken;
        let was_known = self.indent.is_some();
        self.lead = match self.form {
            Form::Lines { are_beside: true } => None,
            Form::Lines { .. } => line.at(data, start).indent(),
            // One that lost some of its blanks is indented as the others are.
            Form::Elements(_) => (line.at(data, start).indent())
                .map(|indent| indent.max(*self.indent.get_or_insert(indent))),
        };
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
    }

    /// How records stand.
    #[inline]
    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// Bytes from the beginning of the record in progress on.
    #[inline]
    pub(crate) fn length(&self, data: &[u8]) -> usize {
        data.len() - self.start
    }

    /// So many bytes before all others are gone.
    pub(crate) fn forget(&mut self, count: usize) {
        self.is_cut |= count > self.start;
        let back = |place: &mut usize| *place = place.saturating_sub(count);
        [&mut self.start, &mut self.at, &mut self.plain_until]
            .into_iter()
            .for_each(back);
        self.first.as_mut().map(back);
        self.string.as_mut().map(back);
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
        matches!(self.form, Form::Lines { .. })
    }

    /// The first byte of the record.
    #[inline]
    pub(super) fn begins_with(&self, data: &[u8]) -> u8 {
        match self.is_cut {
            true => b'{',
            false => data[self.start],
        }
    }

    /// Whether something stands before an object on its line.
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
