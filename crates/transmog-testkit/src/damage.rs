//! Damaged inputs, and their records that are still whole.

use std::ops::Range;

/// The layout of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One record per line, indented by this many blanks.
    Lines(usize),
    /// Records of several lines each.
    Pretty,
    /// All records on one line.
    SideBySide,
    /// An array with one element per line, indented by this many blanks.
    ArrayLines(usize),
    /// An array with elements of several lines, indented by this many blanks.
    ArrayPretty(usize),
    /// An array on one line.
    ArrayOneLine,
    /// An array with one element per line and a comma before each.
    ArrayCommasFirst,
    /// An array whose elements begin on the line where the element before ends.
    ArrayJoined,
}

impl Form {
    /// All layouts.
    pub const ALL: [Form; 12] = [
        Form::Lines(0),
        Form::Lines(1),
        Form::Pretty,
        Form::SideBySide,
        Form::ArrayLines(0),
        Form::ArrayLines(3),
        Form::ArrayPretty(0),
        Form::ArrayPretty(2),
        Form::ArrayOneLine,
        Form::Lines(4),
        Form::ArrayCommasFirst,
        Form::ArrayJoined,
    ];

    /// Whether each record has its own line.
    #[must_use]
    pub fn is_by_line(self) -> bool {
        matches!(
            self,
            Form::Lines(_) | Form::ArrayLines(_) | Form::ArrayCommasFirst
        )
    }

    /// Whether the records are in an array.
    #[must_use]
    pub fn is_array(self) -> bool {
        matches!(
            self,
            Form::ArrayLines(_)
                | Form::ArrayPretty(_)
                | Form::ArrayOneLine
                | Form::ArrayCommasFirst
                | Form::ArrayJoined
        )
    }
}

/// An input, and the records that were written to it.
#[derive(Clone, Debug)]
pub struct Damaged {
    /// The layout.
    pub form: Form,
    /// Whether the array is at `/d` of an object.
    pub is_envelope: bool,
    /// The bytes.
    pub text: Vec<u8>,
    /// The place of each record, and whether it is undamaged.
    pub records: Vec<(Range<usize>, bool)>,
    /// The records before the damage.
    pub originals: Vec<String>,
    /// Where the envelope ends before the records and continues after them.
    pub inner: Range<usize>,
    /// Whether the end is cut off.
    pub is_cut: bool,
}

/// Pseudorandom numbers, the same for the same seed.
#[derive(Clone, Debug)]
pub struct Chance(pub u64);

impl Chance {
    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    fn one_of<'s>(&mut self, all: &[&'s str]) -> &'s str {
        all[self.below(all.len())]
    }
}

/// A value as compact text.
fn value(chance: &mut Chance, depth: usize) -> String {
    let scalars = [
        "1",
        "-2.5",
        "true",
        "null",
        "\"\"",
        "\"a b\"",
        "\"}{\"",
        "\"],[\"",
        "\"q\\\"q\"",
        "\"\\\\\"",
        "\"né\"",
        "\"a:b,c\"",
        "12345678",
        "\"{\\\"i\\\":1}\"",
    ];
    let kinds = if depth == 0 { 4 } else { 7 };
    match chance.below(kinds) {
        0..4 => chance.one_of(&scalars).to_owned(),
        4 => {
            let count = chance.below(3);
            let values: Vec<_> = (0..count).map(|_| value(chance, depth - 1)).collect();
            format!("[{}]", values.join(","))
        }
        5 => {
            let count = chance.below(3) + 1;
            let elements: Vec<_> = (0..count)
                .map(|at| {
                    // A nested object may begin as a record does.
                    let key = chance.one_of(&["x", "i"]);
                    format!("{{\"{key}\":{at},\"y\":{}}}", value(chance, depth - 1))
                })
                .collect();
            format!("[{}]", elements.join(","))
        }
        _ => {
            let count = chance.below(3);
            let members: Vec<_> = (0..count)
                .map(|at| format!("\"k{at}\":{}", value(chance, depth - 1)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
    }
}

fn record(chance: &mut Chance, number: usize) -> String {
    let members = (0..chance.below(4)).map(|at| format!(",\"m{at}\":{}", value(chance, 2)));
    let members: String = members.collect();
    format!("{{\"i\":{number}{members}}}")
}

/// A value as text of several lines.
fn pretty(compact: &str, indent: usize) -> String {
    let mut text = String::new();
    let mut depth = 0;
    let mut is_string = false;
    let mut is_escaped = false;
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', indent + depth * indent.max(2)));
    };
    let mut characters = compact.chars().peekable();
    while let Some(character) = characters.next() {
        if is_string {
            text.push(character);
            is_string = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
            continue;
        }
        match character {
            '"' => {
                is_string = true;
                text.push(character);
            }
            '{' | '[' => {
                text.push(character);
                let end = if character == '{' { '}' } else { ']' };
                if characters.peek() == Some(&end) {
                    text.push(end);
                    characters.next();
                } else {
                    depth += 1;
                    line(&mut text, depth);
                }
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut text, depth);
                text.push(character);
            }
            ',' => {
                text.push(character);
                line(&mut text, depth);
            }
            ':' => text.push_str(": "),
            _ => text.push(character),
        }
    }
    text
}

/// Damages the bytes of a record.
fn damage(chance: &mut Chance, text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let at = chance.below(bytes.len());
    match chance.below(8) {
        0 => drop(bytes.remove(at)),
        1 => {
            let end = bytes.len().min(at + 1 + chance.below(8));
            bytes.drain(at..end);
        }
        2 => bytes.insert(at, bytes[at]),
        3 => {
            let other = chance.below(bytes.len());
            bytes.swap(at, other);
        }
        4 => {
            let brackets: Vec<_> = (0..bytes.len())
                .filter(|at| b"{}[]\"".contains(&bytes[*at]))
                .collect();
            bytes.remove(brackets[chance.below(brackets.len())]);
        }
        5 => bytes.insert(at, b"{}[]\",:"[chance.below(7)]),
        6 => {
            let prefix = chance.one_of(&["[10:00] ", "svc: ", "x", "[svc] \"a\" ", "]", "it's "]);
            bytes.splice(0..0, prefix.bytes());
        }
        _ => bytes.truncate(at.max(1)),
    }
    bytes
}

/// An input of `count` records, of which about `share` in a thousand are damaged.
#[must_use]
pub fn damaged(seed: u64, form: Form, count: usize, share: usize) -> Damaged {
    damaged_of(seed, form, count, share, false)
}

/// The same where each record is the member `w` of an object, which stands in its place.
#[must_use]
pub fn damaged_members(seed: u64, form: Form, count: usize, share: usize) -> Damaged {
    damaged_of(seed, form, count, share, true)
}

fn damaged_of(seed: u64, form: Form, count: usize, share: usize, are_members: bool) -> Damaged {
    let mut chance = Chance(seed);
    let is_envelope = form.is_array() && chance.below(3) == 0;
    let mut text: Vec<u8> = Vec::new();
    if is_envelope {
        text.extend(b"{\"n\":{\"d\":[{}]},\"d\":");
    }
    let inner_start = text.len();
    let indent = match form {
        Form::Lines(indent) | Form::ArrayLines(indent) | Form::ArrayPretty(indent) => indent,
        _ => 0,
    };
    let is_lined = !matches!(
        form,
        Form::SideBySide | Form::ArrayOneLine | Form::ArrayJoined
    );
    let blanks = chance.one_of(&["", " "]);
    if form.is_array() {
        text.push(b'[');
    }
    let is_first_beside = form.is_array() && indent == 0 && chance.below(2) == 0;
    let mut records = Vec::new();
    let mut originals = Vec::new();
    for number in 0..count {
        let is_first = number == 0;
        let is_comma_first = form == Form::ArrayCommasFirst;
        if !is_first && form.is_array() && !is_comma_first {
            text.push(b',');
        }
        match is_lined {
            true if is_first && (is_first_beside || !form.is_array()) => {}
            true => text.push(b'\n'),
            false => text.extend(blanks.bytes()),
        }
        text.extend(std::iter::repeat_n(b' ', indent));
        if !is_first && is_comma_first {
            text.push(b',');
        }
        let compact = record(&mut chance, number);
        originals.push(compact.clone());
        let compact = match are_members {
            true => format!("{{\"w\":{compact}}}"),
            false => compact,
        };
        let written = match form {
            Form::Pretty | Form::ArrayPretty(_) | Form::ArrayJoined => pretty(&compact, indent),
            _ => compact,
        };
        let start = text.len();
        let is_damaged = chance.below(1000) < share;
        match is_damaged {
            true => text.extend(damage(&mut chance, &written)),
            false => text.extend(written.bytes()),
        }
        records.push((start..text.len(), !is_damaged));
    }
    if is_lined {
        text.push(b'\n');
    }
    if form.is_array() {
        text.push(b']');
    }
    let inner = inner_start..text.len();
    if is_envelope {
        text.extend(b",\"z\":[1]}\n");
    }
    let is_cut = chance.below(6) == 0;
    if is_cut {
        let before = records.get(count / 2).map_or(0, |record| record.0.start);
        let end = before + chance.below(text.len() - before);
        text.truncate(end.max(1));
        records.retain(|record| record.0.start < text.len());
        for (range, is_whole) in &mut records {
            *is_whole &= range.end <= text.len();
            range.end = range.end.min(text.len());
        }
        originals.truncate(records.len());
    }
    let inner = inner.start.min(text.len())..inner.end.min(text.len());
    Damaged {
        form,
        is_envelope,
        text,
        records,
        originals,
        inner,
        is_cut,
    }
}
