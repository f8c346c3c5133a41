//! Opening brackets: of a part of the record, or of the next one.

use super::state::{Splitter, Step};

impl Splitter {
    /// At an opening bracket.
    #[inline]
    pub(super) fn opens(&mut self, data: &[u8], is_all: bool) -> Step {
        let at = self.at;
        if at > self.start {
            let step = match data[at] {
                b'{' => self.next_begins(data, is_all),
                _ => self.array_begins(data),
            };
            if !matches!(step, Step::On) {
                return step;
            }
        }
        self.arrays += usize::from(data[at] == b'[');
        self.open.push(data[at]);
        self.at += 1;
        Step::On
    }

    /// Whether the record ends before this `[`.
    fn array_begins(&mut self, data: &[u8]) -> Step {
        let at = self.at;
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
        self.settle(data, at).map_or(Step::On, Step::Ended)
    }

    /// Whether the next record begins with this `{`, and this one ends before it.
    fn next_begins(&mut self, data: &[u8], is_all: bool) -> Step {
        let at = self.at;
        let (before, indent) = self.before(data);
        let begins_line = self.begins_line(data, indent);
        if self.open.is_empty() {
            return self.begins_outside(data, before, begins_line, is_all);
        }
        self.is_broken |= !self.may_follow(before);
        // What is not an object is not a record, wherever it would end.
        self.is_broken |= begins_line && !self.is_lines() && self.begins_with(data) != b'{';
        if begins_line {
            self.is_broken |= self.is_beyond();
            if self.first.is_none() {
                self.first = Some(at);
            }
        }
        if let Some(end) = self.settle(data, at) {
            return Step::Ended(end);
        }
        // Only now, since what begins here is not known to be broken.
        if begins_line {
            self.inner.push((at, self.open.len()));
        }
        // Where records begin lines, none begins in the middle of one.
        let is_key = self.open.last() == Some(&b'{') && before != b':';
        let is_element = self.open.last() == Some(&b'[');
        if self.lead.is_some() && is_key && before == b',' && self.may_be_beside() {
            return match self.others_follow(data, is_all) {
                None => Step::More,
                Some(true) => Step::Ended(self.before_next(data, at)),
                Some(false) => Step::On,
            };
        }
        if self.lead.is_some() || !is_key && !is_element {
            return Step::On;
        }
        self.begins_beside(data, before, is_key, begins_line, is_all)
    }

    /// The same behind the last bracket of the record.
    fn begins_outside(&mut self, data: &[u8], before: u8, begins_line: bool, is_all: bool) -> Step {
        let is_lines = self.is_lines();
        if begins_line {
            return Step::Ended(self.before_next(data, self.at));
        }
        if self.lead.is_none() && !is_lines && self.is_cut_short(data, is_all) {
            return Step::More;
        }
        let is_beside = match self.lead {
            Some(_) => is_lines && !self.is_broken && !self.is_prefixed(data),
            None => is_lines || self.begins_alike(data),
        };
        if before == b'}' && is_beside {
            return Step::Ended(self.before_next(data, self.at));
        }
        self.is_broken |= !is_lines;
        Step::On
    }

    /// The same inside the brackets of the record, where records are beside each other: in the
    /// place of a key (`is_key`) or of an element.
    fn begins_beside(
        &mut self,
        data: &[u8],
        before: u8,
        is_key: bool,
        begins_line: bool,
        is_all: bool,
    ) -> Step {
        let at = self.at;
        // No object follows one or is a key: it is the next record, if all that is known is that
        // the bracket of this one is missing.
        let is_next = match self.is_lines() {
            true => before == b'}',
            false => before == b',' && self.open.len() == 1,
        };
        if is_key && is_next {
            return Step::Ended(self.before_next(data, at));
        }
        if self.is_cut_short(data, is_all) {
            return Step::More;
        }
        let begins_alike = match self.head(data) {
            [] => is_key && (before == b',' || before == b'}' && self.is_lines()),
            head => data[at..].starts_with(head),
        };
        match (begins_alike, is_key) {
            (false, _) => Step::On,
            (true, true) => {
                self.is_unclosed = true;
                self.ended_before(data, at)
            }
            (true, false) => self.element_alike(data, before, begins_line),
        }
    }

    /// An element of an array in the record begins as the record did, so it may be the next one.
    fn element_alike(&mut self, data: &[u8], before: u8, begins_line: bool) -> Step {
        let at = self.at;
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
            self.inner.push((at, depth));
        }
        Step::On
    }
}
