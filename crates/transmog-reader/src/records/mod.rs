//! The way through a chunk: each record is given to the sink, or rejected.
//!
//! A record goes to the fast parser first, which finds its end by parsing it. What that leaves,
//! the splitter gives an end, and the exact parser reads it or says what is wrong
//! (see [`json`](crate::json) for why). `pass` holds the state, `parse` takes one record,
//! `reject` what cannot be parsed, and this file goes from record to record. Where a path goes on
//! in what is framed, `follow` takes the records in it, and `part` what `follow` leaves.

mod follow;
mod parse;
mod part;
mod pass;
mod reject;

use crate::{
    chunk::{Chunk, Framing, Member},
    document::Document,
    frame::next_cut,
    json::{find_special, parse_lenient, skip_blanks},
    split::is_long,
};
use memchr::memchr;
use pass::Pass;
use std::ops::ControlFlow;
use transmog_events::{JsonPath, RecordSink, Remark};

/// How often the key of a record is in memory, about.
const KEY_COPIES: usize = 4;

impl Chunk {
    /// Gives every record to the sink, and every rejected one, in order.
    ///
    /// What the sink hears of each is described at [`RecordSink`]. Nothing is an error here: the
    /// sink decides what becomes of a rejected record, and may end the chunk.
    pub fn parse<S: RecordSink>(&self, sink: &mut S) {
        self.parse_first(u32::MAX, sink);
    }

    /// The same for the first `most` records, rejected ones included.
    pub fn parse_first<S: RecordSink>(&self, most: u32, sink: &mut S) {
        let mut pass = Pass::new(self, most, sink);
        let flow = match &self.framing {
            Framing::Lines { .. } => pass.lines(),
            Framing::Elements {
                is_separated,
                is_last,
                ..
            } => pass.elements(*is_separated, *is_last),
            Framing::Members(members) => pass.members(members),
            Framing::Refused(refusal) => pass.refused(self, refusal),
        };
        // When the sink ended the chunk, the pass is over.
        if flow.is_break() {
            return;
        }
        if let Some(early) = &self.ends_early
            && pass.ends_early(self, early).is_break()
        {
            return;
        }
        pass.remark_rest(self.remarks.trailing);
    }
}

impl<S: RecordSink> Pass<'_, S> {
    fn lines(&mut self) -> ControlFlow<()> {
        let mut at = 0;
        let mut line_end = 0;
        loop {
            at = skip_blanks(self.data, at);
            if at == self.data.len() || self.index == self.most {
                return ControlFlow::Continue(());
            }
            if self.data[at] == b',' && self.options.lenient.commas {
                (self.sink).remark(Remark::LenientComma, &JsonPath::root(), 1);
                at += 1;
                continue;
            }
            if let Some(end) = self.known_end(at) {
                if !is_long(at, end) || !self.fast(at, end) {
                    self.record(at, end)?;
                }
                at = end;
                continue;
            }
            if line_end <= at {
                let newline = memchr(b'\n', &self.data[at..]);
                line_end = newline.map_or(self.data.len(), |newline| at + newline);
            }
            if self.fast(at, line_end) {
                at = line_end;
                continue;
            }
            let end = self.end_in_stretch(at);
            let is_line = skip_blanks(&self.data[..line_end.max(end)], end) == line_end;
            if is_line || !self.fast(at, end) {
                self.record(at, end)?;
            }
            at = end;
        }
    }

    fn members(&mut self, members: &[Member]) -> ControlFlow<()> {
        for member in members {
            if self.index == self.most {
                break;
            }
            self.member = Some((member.key, member.value));
            // A key is copied several times.
            if member.value - member.key > self.options.longest_record().bytes / KEY_COPIES {
                self.reject_long_key(*member)?;
                continue;
            }
            self.key = self.key_of(*member);
            if !self.fast(member.value, member.end) {
                self.record(member.value, member.end)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The key of a member, if it is sound.
    fn key_of(&mut self, member: Member) -> Option<String> {
        let start = member.key + 1;
        let end = find_special::<false>(self.data, start)?;
        if let Some(text) = self.text.filter(|_| self.data[end] == b'"') {
            let mut key = self.key.take().unwrap_or_default();
            key.clear();
            key.push_str(&text[start..end]);
            return Some(key);
        }
        let key = &self.data[member.key..member.value];
        let mut name = Document::default();
        let parsed = parse_lenient(key, &mut name, self.options.lenient);
        parsed.is_ok().then(|| name.into_text())
    }

    /// The end of the record at this place, as the bytes of its stretch tell.
    fn end_in_stretch(&mut self, at: usize) -> usize {
        if self.stretch_end <= at {
            self.stretch_end = next_cut(self.data, at);
            self.splitter.restart();
        }
        let stretch = &self.data[..self.stretch_end];
        self.splitter.end_of(stretch, at, self.lead)
    }

    fn elements(&mut self, mut is_separated: bool, is_last: bool) -> ControlFlow<()> {
        let mut at = 0;
        // The comma after an element.
        let mut comma = None;
        loop {
            at = skip_blanks(self.data, at);
            if self.index == self.most {
                return ControlFlow::Continue(());
            }
            match self.data.get(at) {
                None => {
                    return match comma.filter(|_| is_last) {
                        Some(comma) => self.reject_comma(comma),
                        None => ControlFlow::Continue(()),
                    };
                }
                Some(b',') => {
                    comma = (!is_separated).then_some(at);
                    if is_separated {
                        self.reject_comma(at)?;
                    }
                    is_separated = true;
                    at += 1;
                    continue;
                }
                Some(_) => {}
            }
            if !is_separated && !self.options.resume {
                return self.reject_unseparated(at);
            }
            let known = self.known_end(at);
            let fast = match known {
                // A sound array in which the path goes on, or a record that is long: of one that is too
                // long the sink may have more to say.
                Some(end)
                    if self.data[at] == b'[' && self.steps.is_some()
                        || is_long(at, end)
                        || end - at > self.options.longest_record().bytes =>
                {
                    self.fast_value(at, end, <[u8]>::is_empty)
                }
                Some(_) => None,
                None => self.fast_value(at, self.data.len(), may_follow),
            };
            at = match fast {
                Some(end) => end,
                None => {
                    let end =
                        known.unwrap_or_else(|| self.splitter.end_of(self.data, at, self.lead));
                    self.record(at, end)?;
                    end
                }
            };
            comma = None;
            is_separated = false;
        }
    }
}

/// Whether an element may end before these bytes: the chunk ends there, or the next element
/// begins, on a line of its own or as an object.
fn may_follow(rest: &[u8]) -> bool {
    let [comma, rest @ ..] = rest else {
        return true;
    };
    let next = rest
        .iter()
        .find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
    *comma == b',' && matches!(next, None | Some(b'{' | b'\n'))
}
