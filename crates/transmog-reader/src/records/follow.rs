//! The records in what is framed, where a path goes on in it: a document a line, an element, or a
//! member. Whatever is not plain and sound is left to [`part`](super::part), which says what is
//! wrong.

use super::pass::Pass;
use crate::json::{fast, skip_blanks};
use transmog_events::{Ignored, PatternStep, RecordSink};

impl<'c, S: RecordSink> Pass<'c, S> {
    /// Takes the records in the unit at `at`, on which the steps are followed, and gives the place
    /// behind it. `None` leaves it to others, but for the records before
    /// [`taken_to`](Pass::taken_to).
    ///
    /// Of a broken unit none is taken here, since what is wrong behind a record can tell that it is
    /// none. So a unit is checked to its end before the second record of it, or one of an array, is
    /// taken; where there is only one, it waits for the end.
    pub(super) fn follow_unit(
        &mut self,
        text: &'c str,
        at: usize,
        steps: &'c [PatternStep],
    ) -> Option<usize> {
        (self.unit, self.is_sound) = (at, false);
        let around = (!steps.is_empty()).then(|| self.key.clone());
        let after = self.follow(text, at, steps);
        if let Some(around) = around {
            self.key = around;
        }
        let after = after.and_then(|end| self.end_of_unit(text, end));
        let after = after.filter(|_| self.end_waiting());
        if self.waiting.take().is_some() {
            self.sink.abandon_record();
        }
        after
    }

    /// The place behind the unit that ends at `end`, if it may end there.
    fn end_of_unit(&self, text: &str, end: usize) -> Option<usize> {
        let after = skip_blanks(text.as_bytes(), end);
        (self.may_follow)(&text.as_bytes()[after..]).then_some(after)
    }

    /// Ends the record that waits for that, if any; `false` when the sink rejects it.
    fn end_waiting(&mut self) -> bool {
        let Some(at) = self.waiting else {
            return true;
        };
        if self.sink.end_record().is_err() {
            return false;
        }
        self.waiting = None;
        self.index += 1;
        self.rejected_to = None;
        self.taken_to = at + 1;
        true
    }

    /// Checks the unit to its end, once.
    fn check_unit(&mut self, text: &str) -> Option<()> {
        if !self.is_sound {
            let end = self.skip(text, self.unit)?;
            self.end_of_unit(text, end)?;
            self.is_sound = true;
        }
        Some(())
    }

    /// Takes the records in the value at `at`, on which the steps are followed, and gives its end.
    fn follow(&mut self, text: &'c str, at: usize, steps: &'c [PatternStep]) -> Option<usize> {
        let at = skip_blanks(text.as_bytes(), at);
        let bracket = *text.as_bytes().get(at)?;
        let Some((step, rest)) = steps.split_first() else {
            return match bracket {
                b'{' => self.take(text, at),
                b'[' => self.each_element(text, at, None),
                _ => None,
            };
        };
        match (step, bracket) {
            (PatternStep::Elements, b'[') => self.each_element(text, at, Some(rest)),
            (PatternStep::Members, b'{') => self.each_member(text, at, rest),
            (PatternStep::Member(key) | PatternStep::Token(key), b'{') => {
                self.member(text, at, key, rest)
            }
            _ => None,
        }
    }

    /// Takes the record at `at` and gives its end.
    fn take(&mut self, text: &str, at: usize) -> Option<usize> {
        if at < self.taken_to || self.index == self.most {
            return self.skip(text, at);
        }
        if self.waiting.is_some() {
            self.check_unit(text)?;
            self.end_waiting().then_some(())?;
        }
        let mut unescaped = std::mem::take(&mut self.unescaped);
        let end = fast::parse(text, at..text.len(), &mut unescaped, self.begin(at))
            .filter(|end| end - at <= self.options.longest_record().bytes);
        self.unescaped = unescaped;
        if end.is_none() {
            self.sink.abandon_record();
            return None;
        }
        self.waiting = Some(at);
        end
    }

    /// The end of a value that is passed by.
    fn skip(&mut self, text: &str, at: usize) -> Option<usize> {
        fast::parse(text, at..text.len(), &mut self.unescaped, &mut Ignored)
    }

    /// Takes the records in each element of an array. Without steps the elements are the records.
    fn each_element(
        &mut self,
        text: &'c str,
        at: usize,
        steps: Option<&'c [PatternStep]>,
    ) -> Option<usize> {
        let bytes = text.as_bytes();
        let mut at = skip_blanks(bytes, at + 1);
        if bytes.get(at) == Some(&b']') {
            return Some(at + 1);
        }
        loop {
            let end = match steps {
                Some(steps) => self.follow(text, at, steps)?,
                None if bytes.get(at) == Some(&b'{') => self.take(text, at)?,
                None => return None,
            };
            at = skip_blanks(bytes, end);
            match bytes.get(at)? {
                b',' => at = skip_blanks(bytes, at + 1),
                b']' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    /// Takes the records in each member of an object, with the keys of the members.
    fn each_member(&mut self, text: &'c str, at: usize, steps: &'c [PatternStep]) -> Option<usize> {
        let around = self.key.take();
        let mut next = self.first_key(text, at)?;
        while let Next::Key(start, end) = next {
            let key = self.text_of(&text[start + 1..end - 1]).to_owned();
            let value = colon(text, end)?;
            self.key = Some(key);
            let end = self.follow(text, value, steps)?;
            next = self.next_key(text, end)?;
        }
        self.key = around;
        next.end()
    }

    /// Takes the records in one member of an object, which must have it once.
    fn member(
        &mut self,
        text: &'c str,
        at: usize,
        key: &str,
        steps: &'c [PatternStep],
    ) -> Option<usize> {
        let mut is_found = false;
        let mut next = self.first_key(text, at)?;
        while let Next::Key(start, end) = next {
            let is_wanted = self.text_of(&text[start + 1..end - 1]) == key;
            let value = colon(text, end)?;
            let end = match is_wanted {
                true if is_found => return None,
                true => self.follow(text, value, steps)?,
                false => self.skip(text, skip_blanks(text.as_bytes(), value))?,
            };
            is_found |= is_wanted;
            next = self.next_key(text, end)?;
        }
        next.end().filter(|_| is_found)
    }

    /// The text of the string that was parsed last, which is this between its quotes.
    fn text_of<'t>(&'t self, raw: &'t str) -> &'t str {
        match raw.contains('\\') {
            true => &self.unescaped,
            false => raw,
        }
    }

    /// The first key of an object.
    fn first_key(&mut self, text: &str, at: usize) -> Option<Next> {
        let at = skip_blanks(text.as_bytes(), at + 1);
        match text.as_bytes().get(at)? {
            b'}' => Some(Next::End(at + 1)),
            _ => self.key_at(text, at),
        }
    }

    /// The key behind a value.
    fn next_key(&mut self, text: &str, at: usize) -> Option<Next> {
        let bytes = text.as_bytes();
        let at = skip_blanks(bytes, at);
        match bytes.get(at)? {
            b'}' => Some(Next::End(at + 1)),
            b',' => self.key_at(text, skip_blanks(bytes, at + 1)),
            _ => None,
        }
    }

    fn key_at(&mut self, text: &str, at: usize) -> Option<Next> {
        let is_key = text.as_bytes().get(at) == Some(&b'"');
        let end = is_key.then(|| self.skip(text, at))??;
        Some(Next::Key(at, end))
    }
}

/// What comes next in an object.
#[derive(Clone, Copy)]
enum Next {
    /// A key, in quotes.
    Key(usize, usize),
    /// The end, before this offset.
    End(usize),
}

impl Next {
    fn end(self) -> Option<usize> {
        match self {
            Next::End(end) => Some(end),
            Next::Key(..) => None,
        }
    }
}

/// The place behind the colon after a key.
fn colon(text: &str, key_end: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let at = skip_blanks(bytes, key_end);
    (bytes.get(at) == Some(&b':')).then_some(at + 1)
}
