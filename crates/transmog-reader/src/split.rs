//! Where a record ends that may be broken, and so where the next one begins.
//!
//! A record that is JSON ends where its outermost bracket closes. One that is not
//! is met by what JSON cannot be: a `{` where an object has a key, a bracket that
//! closes another kind, a line end in a string. It ends before the next line that
//! begins as it began, or where its brackets close. All of this depends on the
//! record's bytes, on what stands before it in its line, and on how the elements of
//! its array are indented, which each chunk knows. So whoever cuts the input into
//! chunks and whoever parses a chunk find the same records, whatever its size.

use crate::{
    ending::{Ending, next_byte},
    json::{Word, find, is_blank, skip_blanks},
    lead::Lead,
};
use memchr::memchr;

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
    form: Form,
    /// Longest record: in a longer one, a line that begins as it did is the next.
    most: usize,
    start: usize,
    at: usize,
    /// How far the line is indented that the record begins; none when it stands in a line.
    lead: Option<usize>,
    /// The same of the first element that begins its line.
    pub(crate) indent: Option<usize>,
    /// Whether no record before it was broken.
    is_indent_sure: bool,
    /// Brackets open, and how many of them are `[`.
    open: Vec<u8>,
    arrays: usize,
    /// The quote of the string in progress.
    string: Option<usize>,
    /// Quotes before it begin no string.
    plain_until: usize,
    /// Whether it is certain that the record is no JSON, and whether that was so of one before.
    is_broken: bool,
    has_broken: bool,
    /// The first line in the record that begins as the record did.
    first: Option<usize>,
    /// In each array open in the record, the first `{` that begins as the record did,
    /// with the brackets open around it; none where an array began so, too.
    alike: Vec<(usize, usize)>,
    has_alike: bool,
    /// All of these that are open, with the brackets open around each.
    inner: Vec<(usize, usize)>,
    /// Records known to be broken: those open when the last one was found to be,
    /// and whether nothing closed that one.
    broken: Vec<usize>,
    is_broken_to_end: bool,
    /// Of the same, what begins as they did in an array that nothing closed.
    known_alike: Vec<usize>,
    /// Whether nothing closes the record, and whether that is known beforehand.
    is_unclosed: bool,
    is_known_unclosed: bool,
    /// Whether it is known beforehand that the record is broken.
    is_known: bool,
    /// The comma after the record, when what follows it is not known to be another one.
    comma: Option<usize>,
    /// How far the end of the first line was looked for; none when it is settled.
    first_line: Option<usize>,
    /// Whether the beginning of the record is gone.
    is_cut: bool,
}

/// How the search goes on.
enum Step {
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

    /// The end of the record, blanks and separators behind it aside; none when it
    /// takes more bytes to tell, which `is_all` says there are not.
    pub(crate) fn end(&mut self, data: &[u8], is_all: bool) -> Option<usize> {
        loop {
            let step = match self.string {
                Some(quote) => self.string(data, quote, is_all),
                None => self.structure(data, is_all),
            };
            match step {
                Step::On => {}
                Step::Ended(end) => return Some(end),
                Step::More => return None,
            }
        }
    }

    /// The same for a record among bytes to which nothing is added.
    pub(crate) fn end_of(&mut self, data: &[u8], start: usize, line: Lead) -> usize {
        self.begin(data, start, line);
        self.end(data, true).unwrap_or(data.len())
    }

    /// The end of a record that has become too long, where that can be told.
    pub(crate) fn end_of_too_long(&mut self, data: &[u8]) -> Option<usize> {
        let next = self.first.or(self.first_alike());
        self.is_unclosed |= next.is_some();
        next.and_then(|_| self.settle(data, self.at))
    }

    /// Whether this `]`, which closes no bracket of a record, ends the array; none
    /// when it takes more bytes to tell. `is_outside` says that no record is open.
    pub(crate) fn ends_array(
        &self,
        data: &[u8],
        at: usize,
        is_outside: bool,
        is_after_comma: bool,
        is_all: bool,
    ) -> Option<bool> {
        // Where a record is broken, what looks like the end may stand in it.
        let is_doubtful = self.has_broken || self.is_broken || is_after_comma;
        match self.form {
            Form::Lines { .. } => Some(false),
            Form::Elements(Ending::First) => Some(is_outside),
            Form::Elements(ending) => {
                let is_certain = is_outside && !is_doubtful;
                ending.is_at(data, at, is_certain, self.is_outdented(data, at), is_all)
            }
        }
    }

    /// Whether this place begins its line, less indented than the elements.
    fn is_outdented(&self, data: &[u8], at: usize) -> bool {
        let line = memchr::memrchr(b'\n', &data[..at]).map(|newline| at - newline - 1);
        let is_begin = |indent: &usize| data[at - indent..at].iter().all(|byte| is_blank(*byte));
        let elements = self.indent.filter(|_| self.is_indent_sure);
        let is_less = |indent: usize| elements.is_some_and(|most| indent < most.max(1));
        line.filter(is_begin).is_some_and(is_less)
    }

    /// Whether this bracket closes an element, and text follows it on a line of its own, which is
    /// no part of it; none when it takes more bytes to tell.
    fn is_before_text(&self, data: &[u8], is_all: bool) -> Option<bool> {
        if self.is_lines() || self.lead.is_none() || self.is_broken || self.open.len() != 1 {
            return Some(false);
        }
        let (next, byte) = next_byte(data, self.at + 1, is_all)?;
        let is_text = byte.is_some_and(|byte| !b",]}\"{[".contains(&byte));
        Some(is_text && memchr(b'\n', &data[self.at..next]).is_some())
    }

    /// Whether the record, which closes with this bracket, has swallowed the end of the array:
    /// a line in it begins as it did, and behind it an envelope can neither go on nor end. None
    /// when it takes more bytes to tell.
    fn swallows_end(&self, data: &[u8], is_all: bool) -> Option<bool> {
        if self.form != Form::Elements(Ending::Envelope)
            || self.first.is_none()
            || self.open.len() != 1
        {
            return Some(false);
        }
        let (next, byte) = next_byte(data, self.at + 1, is_all)?;
        Some(match byte {
            None => true,
            Some(b'{') => {
                let head = self.head(data);
                let is_line = memchr(b'\n', &data[self.at..next]).is_some();
                is_line && !head.is_empty() && !data[next..].starts_with(head)
            }
            Some(_) => false,
        })
    }

    fn is_lines(&self) -> bool {
        matches!(self.form, Form::Lines { .. })
    }

    /// How records stand.
    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// Bytes from the beginning of the record in progress on.
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

    /// A string goes on to its last quote. It is taken back when a line ends in
    /// it, or when what follows it follows no string: a quote is missing, or is
    /// one too many.
    fn string(&mut self, data: &[u8], quote: usize, is_all: bool) -> Step {
        let in_word = |word: Word| word.is(b'"') | word.is(b'\\') | word.is(b'\n');
        let is = |byte| matches!(byte, b'"' | b'\\' | b'\n');
        let found = find(data, self.at, in_word, is).unwrap_or(data.len());
        self.at = found;
        match (data.get(found), data.get(found + 1)) {
            (None, _) | (Some(b'\\'), None) if !is_all => return Step::More,
            (None, _) | (Some(b'\\'), None) => self.take_back(quote, data.len()),
            (Some(b'\\'), Some(b'\n')) => self.take_back(quote, found + 1),
            (Some(b'\\'), _) => self.at += 2,
            (Some(b'\n'), _) => self.take_back(quote, found),
            _ => {
                let next = skip_blanks(data, found + 1);
                if next == data.len() && !is_all {
                    return Step::More;
                }
                let follows = matches!(data.get(next), None | Some(b':' | b',' | b'}' | b']'));
                if follows || memchr(b'\n', &data[found + 1..next]).is_some() {
                    self.string = None;
                    self.at += 1;
                    return self.string_ends(data, quote, data.get(next) == Some(&b':'));
                }
                self.take_back(quote, found);
            }
        }
        Step::On
    }

    /// After a string; a colon behind it says that it is a key.
    fn string_ends(&mut self, data: &[u8], quote: usize, is_key: bool) -> Step {
        let comma = self.comma.take();
        if is_key && !self.is_lines() && self.open.last() != Some(&b'{') {
            // The next record may have lost its bracket, when this is its first key.
            let comma = comma.filter(|_| self.lead.is_none() && self.is_first_key(data, quote));
            if let Some(comma) = comma {
                return Step::Ended(self.trimmed(data, comma));
            }
            // A `{` is missing, or is a `[`.
            self.is_broken = true;
            self.arrays -= usize::from(self.open.pop_if(|open| *open == b'[').is_some());
            self.open.push(b'{');
            return Step::On;
        }
        match comma {
            Some(comma) => Step::Ended(self.trimmed(data, comma)),
            None => Step::On,
        }
    }

    /// Whether the string at `quote` is the first key of the record.
    fn is_first_key(&self, data: &[u8], quote: usize) -> bool {
        let head = self.head(data);
        let key = memchr(b'"', head).map(|at| &head[at..]);
        key.is_some_and(|key| data[quote..].starts_with(key))
    }

    /// What seemed a string is looked at again, as no string up to `until`.
    fn take_back(&mut self, quote: usize, until: usize) {
        self.is_broken = true;
        self.comma = None;
        self.string = None;
        self.plain_until = until;
        self.at = quote + 1;
    }

    fn structure(&mut self, data: &[u8], is_all: bool) -> Step {
        let is_outside = self.open.is_empty();
        let is_text = self.first_line.is_some() && self.begins_with(data) != b'{';
        let watched = match self.form {
            Form::Lines { .. } if is_outside || is_text => b'\n',
            Form::Elements(_) if is_outside => b',',
            _ => b'"',
        };
        let in_word = |word: Word| {
            let either = word.with(0x20);
            word.is(b'"') | word.is(watched) | either.is(b'{') | either.is(b'}')
        };
        let is = |byte| byte == watched || matches!(byte, b'"' | b'{' | b'}' | b'[' | b']');
        if self.is_lines() && self.at == self.start && !self.is_cut {
            let is_punctuation = |byte: &&u8| matches!(byte, b',' | b']');
            let run = data[self.at..].iter().take_while(is_punctuation).count();
            let end = self.at + run;
            match run {
                0 => {}
                _ if end == data.len() && !is_all => return Step::More,
                _ => return Step::Ended(end),
            }
        }
        let Some(at) = find(data, self.at, in_word, is) else {
            self.at = data.len();
            if is_all {
                self.is_unclosed |= !self.open.is_empty();
                let end = match self.is_last_line(data) {
                    true => None,
                    false => self.settle(data, data.len()),
                };
                let end = end.unwrap_or_else(|| match self.form {
                    // Commas before the next chunk are between two records.
                    Form::Lines { .. } | Form::Elements(Ending::Later) => {
                        self.before_next(data, data.len())
                    }
                    _ => self.trimmed(data, data.len()),
                });
                return Step::Ended(end);
            }
            return Step::More;
        };
        self.at = at;
        match data[at] {
            b'"' => {
                self.string = (at >= self.plain_until).then_some(at);
                self.at += 1;
                Step::On
            }
            b'{' | b'[' => self.opens(data, is_all),
            b'}' | b']' => self.closes(data, is_all),
            b',' => self.separated(data, is_all),
            _ => self.line_ends(data),
        }
    }

    /// At a comma after the record's last bracket.
    fn separated(&mut self, data: &[u8], is_all: bool) -> Step {
        let at = self.at;
        let Some((next, byte)) = next_byte(data, at + 1, is_all) else {
            return Step::More;
        };
        let is_in_broken = self.is_broken && self.lead.is_some();
        // How far the line is indented that the comma or what follows it begins.
        let end = self.trimmed(data, at);
        let newline = memchr::memrchr(b'\n', &data[end..next]);
        let indent = newline.map(|newline| match end + newline + 1 {
            line if line > at => next - line,
            line => at - line,
        });
        match (byte, indent) {
            (None, _) => {}
            (_, Some(indent)) if is_in_broken && self.lead < Some(indent) => {
                self.at += 1;
                return Step::On;
            }
            (_, Some(_)) => {}
            (Some(b'"'), None) if next >= self.plain_until => {
                self.comma = Some(at);
                self.at = next;
                return Step::On;
            }
            (Some(b'}'), None) => {
                self.is_broken = true;
                self.at += 1;
                return Step::On;
            }
            // A line of a broken record may hold what looks like another one.
            _ if is_in_broken => {
                self.at += 1;
                return Step::On;
            }
            _ => {}
        }
        Step::Ended(end)
    }

    /// The first byte of the record.
    fn begins_with(&self, data: &[u8]) -> u8 {
        match self.is_cut {
            true => b'{',
            false => data[self.start],
        }
    }

    /// Whether something stands before an object on its line.
    fn is_prefixed(&self, data: &[u8]) -> bool {
        self.lead.is_some() && self.begins_with(data) != b'{'
    }

    fn opens(&mut self, data: &[u8], is_all: bool) -> Step {
        let at = self.at;
        if at > self.start {
            let end = if data[at] == b'{' {
                match self.next_begins(data, is_all) {
                    Step::On => None,
                    Step::Ended(end) => Some(end),
                    Step::More => return Step::More,
                }
            } else {
                let (before, indent) = self.before(data);
                let may_follow = self.may_follow(before);
                if self.begins_line(data, indent)
                    && !self.is_lines()
                    && (self.open.is_empty() || !may_follow)
                {
                    self.is_broken |= !self.open.is_empty();
                    return self.ended_before(data, at);
                }
                self.is_broken |= !may_follow;
                self.settle(data, at)
            };
            if let Some(end) = end {
                return Step::Ended(end);
            }
        }
        self.arrays += usize::from(data[at] == b'[');
        self.open.push(data[at]);
        self.at += 1;
        Step::On
    }

    /// Whether a bracket may open after this byte, inside the brackets open.
    fn may_follow(&self, before: u8) -> bool {
        match self.open.last() {
            Some(b'{') => before == b':',
            Some(_) => matches!(before, b'[' | b','),
            None => true,
        }
    }

    /// Whether the next record begins with this `{`; the end of this one, then.
    fn next_begins(&mut self, data: &[u8], is_all: bool) -> Step {
        let at = self.at;
        let was_broken = self.is_broken;
        let (before, indent) = self.before(data);
        let begins_line = self.begins_line(data, indent);
        let is_lines = self.is_lines();
        if self.open.is_empty() {
            if begins_line {
                return Step::Ended(self.before_next(data, at));
            }
            if self.lead.is_none() && !is_lines && self.is_cut_short(data, is_all) {
                return Step::More;
            }
            let is_beside = match self.lead {
                Some(_) => is_lines && !was_broken && !self.is_prefixed(data),
                None => is_lines || self.begins_alike(data),
            };
            if before == b'}' && is_beside {
                return Step::Ended(self.before_next(data, at));
            }
            self.is_broken |= !is_lines;
            return Step::On;
        }
        self.is_broken |= !self.may_follow(before);
        // What is no object is no record, wherever it would end.
        self.is_broken |= begins_line && !is_lines && self.begins_with(data) != b'{';
        if begins_line {
            self.is_broken |= self.is_beyond();
            if self.first.is_none() {
                self.first = Some(at);
            }
        }
        if let Some(end) = self.settle(data, at) {
            return Step::Ended(end);
        }
        // Only now: what begins here is not known to be broken.
        if begins_line {
            self.inner.push((at, self.open.len()));
        }
        // What begins in the middle of a line is no record where records begin lines.
        let is_key = self.open.last() == Some(&b'{') && before != b':';
        let is_element = self.open.last() == Some(&b'[');
        if self.lead.is_some() || !is_key && !is_element {
            return Step::On;
        }
        // No object follows one, or stands for a key: it is the next record, when all
        // that is known is that this one's bracket is missing.
        let is_next = match is_lines {
            true => before == b'}',
            false => before == b',' && self.open.len() == 1,
        };
        if is_key && is_next {
            return Step::Ended(self.before_next(data, at));
        }
        if self.is_cut_short(data, is_all) {
            return Step::More;
        }
        let head = self.head(data);
        let begins_alike = match head {
            [] => is_key && (before == b',' || before == b'}' && self.is_lines()),
            head => data[at..].starts_with(head),
        };
        if begins_alike && is_key {
            self.is_unclosed = true;
            return self.ended_before(data, at);
        }
        if begins_alike {
            self.has_alike |= before == b'[';
            let depth = self.open.len();
            let is_first = self.alike.last().is_none_or(|alike| alike.1 < depth);
            if !self.has_alike && is_first {
                self.alike.push((at, depth));
            }
            let is_known = || self.known_alike.binary_search(&at).is_ok();
            self.is_unclosed |= self.is_known_unclosed && is_known();
            self.is_unclosed |= self.is_beyond() && self.first_alike().is_some();
            if self.is_unclosed
                && let Some(end) = self.settle(data, at)
            {
                return Step::Ended(end);
            }
            if !begins_line {
                self.inner.push((at, self.open.len()));
            }
        }
        Step::On
    }

    /// The beginning of the record up to the end of its first key.
    fn head<'d>(&self, data: &'d [u8]) -> &'d [u8] {
        let record = &data[self.start..self.at];
        if self.is_cut || record[0] != b'{' {
            return &[];
        }
        let key = skip_blanks(record, 1) + 1;
        let end = record.get(key..).and_then(|rest| {
            let rest = &rest[..rest.len().min(MAX_HEAD)];
            (record[key - 1] == b'"').then_some(())?;
            memchr(b'"', rest)
        });
        end.map_or(&[], |end| &record[..=key + end])
    }

    /// Whether a line that is indented so far may begin the next record; none is
    /// what stands in a line.
    fn begins_line(&self, data: &[u8], indent: Option<usize>) -> bool {
        let is_object = self.is_lines() || self.begins_with(data) == b'{';
        let most = self.lead.unwrap_or(if is_object { 0 } else { usize::MAX });
        indent.is_some_and(|indent| indent <= most)
    }

    /// Whether it takes more bytes to tell whether what stands here begins as the record did.
    fn is_cut_short(&self, data: &[u8], is_all: bool) -> bool {
        self.at + self.head(data).len() > data.len() && !is_all
    }

    /// Whether what stands here begins as the record did.
    fn begins_alike(&self, data: &[u8]) -> bool {
        let head = self.head(data);
        !head.is_empty() && data[self.at..].starts_with(head)
    }

    /// Whether the record is too long by now.
    fn is_beyond(&self) -> bool {
        self.is_cut || self.at - self.start > self.most
    }

    fn first_alike(&self) -> Option<usize> {
        self.alike.first().map(|alike| alike.0)
    }

    fn closes(&mut self, data: &[u8], is_all: bool) -> Step {
        let at = self.at;
        if self.is_beyond()
            && let Some(end) = self.end_of_too_long(data)
        {
            return Step::Ended(end);
        }
        let wanted = if data[at] == b'}' { b'{' } else { b'[' };
        if self.is_lines() && self.open.len() == 1 && !is_all {
            let is_tail = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b',' | b']');
            if data[at + 1..].iter().take_while(is_tail).count() == data.len() - at - 1 {
                return Step::More;
            }
        }
        let is_open = match wanted {
            b'[' => self.arrays > 0,
            _ => self.arrays < self.open.len(),
        };
        if data[at] == b']' && (!is_open || self.begins_end(data)) {
            let is_outside = self.open.is_empty();
            let is_first = at == self.start;
            match self.ends_array(data, at, is_outside, is_first, is_all) {
                None => return Step::More,
                Some(true) => {
                    self.is_unclosed = !self.open.is_empty();
                    let end = self.settle(data, at);
                    return Step::Ended(end.unwrap_or_else(|| self.trimmed(data, at)));
                }
                Some(false) => {}
            }
        }
        // The array that the record stands in may end here, and not one in the record.
        if data[at] == b']' && is_open && self.lead.is_none() && !self.alike.is_empty() {
            match self.ends_array(data, at, false, false, is_all) {
                None => return Step::More,
                Some(ends) => self.is_unclosed |= ends,
            }
        }
        let Some(is_before_text) = self.is_before_text(data, is_all) else {
            return Step::More;
        };
        match self.swallows_end(data, is_all) {
            None => return Step::More,
            Some(swallows) => self.is_unclosed |= swallows,
        }
        self.is_broken |= self.open.last() != Some(&wanted);
        if let Some(end) = self.settle(data, at) {
            return Step::Ended(end);
        }
        let is_excess = wanted == b'{' && self.open.last() == Some(&b'[');
        let is_excess = match is_open && is_excess {
            true => match self.array_goes_on(data, is_all) {
                Some(goes_on) => goes_on,
                None => return Step::More,
            },
            false => !is_open,
        };
        self.at += 1;
        if is_excess {
            return Step::On;
        }
        while let Some(bracket) = self.open.pop() {
            self.arrays -= usize::from(bracket == b'[');
            if bracket == wanted {
                break;
            }
        }
        while self
            .inner
            .last()
            .is_some_and(|inner| inner.1 >= self.open.len())
        {
            self.inner.pop();
        }
        while self
            .alike
            .last()
            .is_some_and(|alike| alike.1 > self.open.len())
        {
            self.alike.pop();
        }
        match self.open.is_empty() {
            true if is_before_text => Step::Ended(self.at),
            true => self.closed(data),
            false => Step::On,
        }
    }

    /// Whether this bracket begins its line where the record is broken and the array may end.
    fn begins_end(&self, data: &[u8]) -> bool {
        let is_broken = self.is_broken || self.open.last() != Some(&b'[');
        let Some(lead) = self.lead.filter(|_| is_broken && !self.is_lines()) else {
            return false;
        };
        let (_, indent) = self.before(data);
        indent.is_some_and(|indent| indent < lead.max(1))
    }

    /// Whether the array in which a `}` stands that closes no object of it goes on:
    /// then a `{` is missing before, else the array's `]`. None when it takes more
    /// bytes to tell.
    fn array_goes_on(&self, data: &[u8], is_all: bool) -> Option<bool> {
        let next = |from| next_byte(data, from, is_all);
        let (comma, byte) = next(self.at + 1)?;
        if byte != Some(b',') {
            return Some(byte == Some(b']'));
        }
        let (value, byte) = next(comma + 1)?;
        if byte != Some(b'{') {
            return Some(false);
        }
        let head = self.head(data);
        if value + head.len() > data.len() && !is_all {
            return None;
        }
        let is_next = !head.is_empty() && data[value..].starts_with(head);
        Some(!is_next)
    }

    /// After the record's last bracket.
    fn closed(&mut self, data: &[u8]) -> Step {
        self.first = None;
        if !self.is_lines() || self.is_prefixed(data) {
            return Step::On;
        }
        // Commas and brackets of an array around the record are no part of it.
        let is_tail = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\r' | b',' | b']');
        let tail = data[self.at..].iter().position(is_tail);
        match tail.map(|tail| (self.at + tail, data[self.at + tail])) {
            Some((next, b'{')) if self.is_broken && self.lead.is_some() => {
                let lead = Lead::Inside.at(&data[self.start..next], next - self.start);
                match self.begins_line(data, lead.indent()) {
                    true => Step::Ended(self.at),
                    false => Step::On,
                }
            }
            None | Some((_, b'\n' | b'{')) => Step::Ended(self.at),
            Some(_) => Step::On,
        }
    }

    /// A line ends outside brackets, or the first one of text that is no object.
    fn line_ends(&mut self, data: &[u8]) -> Step {
        let end = self.trimmed(data, self.at);
        self.first_line = None;
        let goes_on = matches!(data[end - 1], b'{' | b'[' | b',' | b':');
        if self.open.is_empty() || !goes_on {
            return Step::Ended(self.before_next(data, self.at));
        }
        self.at += 1;
        Step::On
    }

    /// The record ends before the next one at `at`, or before when it is broken.
    fn ended_before(&mut self, data: &[u8], at: usize) -> Step {
        let end = self.settle(data, at);
        Step::Ended(end.unwrap_or_else(|| self.before_next(data, at)))
    }

    /// The end of the record when it is broken and that can be told.
    fn settle(&mut self, data: &[u8], at: usize) -> Option<usize> {
        if !self.is_broken && !self.is_unclosed {
            return None;
        }
        self.is_broken = true;
        if let Some(end) = self.end_of_first_line(data, at) {
            return Some(end);
        }
        // A record that ends while it is open may have ended in an array.
        let ends = self.is_unclosed || self.first.is_some();
        let first = match (self.first, self.first_alike().filter(|_| ends)) {
            (Some(first), Some(alike)) => first.min(alike),
            (first, alike) => first.or(alike)?,
        };
        // What was known says more than where this one is left.
        if !self.is_known {
            self.broken.clear();
            self.broken.extend(self.inner.iter().map(|inner| inner.0));
            self.is_broken_to_end = self.is_unclosed;
            self.known_alike.clear();
            let alike = self.alike.iter().map(|alike| alike.0);
            self.known_alike.extend(alike);
        }
        Some(self.before_next(data, first))
    }

    /// The end of the first line, when nothing says that the record goes on.
    fn end_of_first_line(&mut self, data: &[u8], at: usize) -> Option<usize> {
        let from = self.first_line()?;
        let Some(newline) = memchr(b'\n', &data[from..at]) else {
            self.first_line = Some(at);
            return None;
        };
        self.first_line = None;
        let end = self.trimmed(data, from + newline);
        let next = data.get(skip_blanks(data, from + newline));
        let goes_on = matches!(data[end - 1], b'{' | b'[' | b',' | b':')
            || matches!(next, None | Some(b'}' | b']' | b','));
        (!goes_on).then_some(end)
    }

    /// How far the end of the first line was looked for, where lines are records.
    fn first_line(&self) -> Option<usize> {
        let are_lines = self.form == Form::Lines { are_beside: false };
        self.first_line.filter(|_| are_lines && !self.is_cut)
    }

    /// Whether the record begins on the last line, where lines are records.
    fn is_last_line(&self, data: &[u8]) -> bool {
        (self.first_line()).is_some_and(|from| memchr(b'\n', &data[from..]).is_none())
    }

    /// The byte before this place, blanks aside, and how far the line is indented
    /// when it begins here.
    fn before(&self, data: &[u8]) -> (u8, Option<usize>) {
        let before = &data[self.start..self.at];
        let text = before.iter().rfind(|byte| !is_blank(**byte));
        let in_line = Lead::Inside.at(before, before.len());
        (text.copied().unwrap_or(b'{'), in_line.indent())
    }

    /// `end` without the blanks before it.
    fn trimmed(&self, data: &[u8], end: usize) -> usize {
        let record = &data[self.start..end];
        let last = record.iter().rposition(|byte| !is_blank(*byte));
        self.start + last.map_or(0, |last| last + 1)
    }

    /// The end of this record where the next one is at `next`, or the end of what is
    /// no array: commas behind a bracket that closes are no part of it, and in an
    /// array no commas are.
    fn before_next(&self, data: &[u8], next: usize) -> usize {
        let record = &data[self.start..next];
        let is_between = |byte: &u8| is_blank(*byte) || *byte == b',';
        match record.iter().rposition(|byte| !is_between(byte)) {
            Some(last) if !self.is_lines() || matches!(record[last], b'}' | b']') => {
                self.start + last + 1
            }
            _ => self.trimmed(data, next),
        }
    }
}
